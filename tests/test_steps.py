"""The arithmetic that proofs trust, checked by running it: no step changes the value of a sum.

Before and after each step the difference is written as a program, and both programs are run by the
literal evaluator, which shares no code with the rules, at the shapes and points of the refuter.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sympy
from proofs import EQUAL, known_proof, notations, program
from sympy import Expr, Integer

from symgrad.expressions import add, element, indices_of, mul, power
from symgrad.heads import Bracket
from symgrad.program import Nest, Program, Statement
from symgrad.proof.notation import Notation
from symgrad.proof.rules import Proof, Step
from symgrad.proof.terms import COMPOUND, Sum
from symgrad.refutation.refute import refute
from symgrad.refutation.witness import Agreement, Witness


@pytest.fixture(autouse=True)
def _marked_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """True gradients keep the mark under which the forward pass computes them."""
    monkeypatch.setattr("symgrad.proof.notation.shown", lambda name: name)


def cleared(notation: Notation, before: Sum, step: Step) -> Expr:
    """S^n, by which the step multiplies: n is the highest power of S in a denominator."""
    assert isinstance(step.parameter, Sum)
    atom = (COMPOUND, "", (), (step.parameter,))
    least = min(dict(factors).get(atom, 0) for (_, _, factors), _ in before.terms)
    return power(notation.expression(step.parameter.poly()), Integer(1) * -least)


def pairs(proof: Proof) -> Iterator[tuple[str, Program, Program]]:
    """The programs of the sums before and after each step."""
    for _, derivation, notation, place in notations(proof):
        before = derivation.outcome
        for step in proof.derivations[derivation.target]:
            value = notation.expression(before.poly())
            if step.rule == "clear":
                value = mul(cleared(notation, before, step), value)
            after = notation.expression(step.outcome.poly())
            yield step.rule, program(proof, place, value), program(proof, place, after)
            before = step.outcome


@pytest.mark.parametrize("name", EQUAL)
def test_no_step_of_a_known_proof_changes_a_value(name: str) -> None:
    for rule, before, after in pairs(known_proof(name)):
        assert isinstance(refute(before, after, ("value",)), Agreement), (rule, str(before))


def test_a_step_that_changed_a_value_would_be_found() -> None:
    """Each kind of mistake in a sum: a term more, a factor, a sign."""
    for name in ("entropy", "variance", "inner-denominator", "scatter-gather"):
        proof = known_proof(name)
        ((argument, derivation, notation, place),) = notations(proof)
        left, _ = argument.finals(derivation.target)
        at = dict(zip(left.formals, indices_of(place), strict=True))
        right = Notation(at, notation.conventions, notation.taken, notation.implied).expression(
            left.poly
        )
        for wrong in (add(right, Integer(1)), mul(Integer(2), right), mul(Integer(-1), right)):
            pair = program(proof, place, right), program(proof, place, wrong)
            assert isinstance(refute(*pair, ("value",)), Witness)


@pytest.mark.parametrize("name", EQUAL)
def test_the_normal_form_of_a_side_has_the_values_of_the_side(name: str) -> None:
    """The sides as they were written, against the sums that the proof starts from."""
    proof = known_proof(name)
    question = proof.question
    for argument, derivation, notation, place in notations(proof):
        target = derivation.target
        for separated, definition in zip(
            (question.left, question.right), argument.finals(target), strict=True
        ):
            names = dict(zip(definition.formals, indices_of(place), strict=True))
            written = Notation(names, notation.conventions, notation.taken, notation.implied)
            final = separated.final.get(target, target)
            formed = program(proof, place, written.expression(definition.poly))
            rank = separated.program.arrays[final].rank
            nests = (*separated.program.nests, *copied(final, formed, rank))
            run = Program((), nests, formed.given)
            assert isinstance(refute(run, formed, ("value",)), Agreement), str(formed)


def copied(name: str, formed: Program, rank: int) -> tuple[Nest, ...]:
    """`for i: value[i] = name[i]`, or `for i, k: value[i, k] = [name[i] == k]`."""
    *_, (nest, statement) = formed.statements
    indices = indices_of(statement.target)
    value = element(name, *indices)
    if len(indices) > rank:
        *places, held = indices
        value = Bracket(sympy.Eq(element(name, *places), held, evaluate=False))
    return (Nest(nest.loops, (Statement(statement.target, "=", value),)),)
