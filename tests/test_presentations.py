"""What a program means does not hang on how it is written: random programs and their rewritings.

The verdict on them, the normal form of the prover, and that equality is an equivalence relation.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import variants
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from rewritings import SIDES
from strategies import forward_programs
from sympy import true
from test_loops import check_agreement, check_witness

from symgrad import equivalent
from symgrad.equivalence import Verdict, asked
from symgrad.program import Input, Opaque, Program
from symgrad.proof.rules import Argument, Question

FEW = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

PLAIN = ("reordered", "loops turned", "nested", "shifted", "summed", "unsummed")
"""What the normal form alone undoes, without a step of proof."""

programs = forward_programs(depth=2)


def last(program: Program) -> str:
    """The array that is written last."""
    return str(program.nests[-1].body[0].target).partition("[")[0]


def rewritten(program: Program, order: list[str]) -> Program:
    """The program under the first rewriting that changes it."""
    found = (SIDES[name](program) for name in order)
    changed = next((new for new in found if new != program), None)
    assume(changed is not None)
    assert changed is not None
    return changed


def verdict(left: Program, right: Program) -> Verdict:
    return equivalent(left, right, targets=[last(right)])


def unguarded(program: Program) -> Program:
    return replace(program, nests=tuple(replace(nest, guard=true) for nest in program.nests))


@FEW
@given(programs, st.permutations(list(SIDES)))
def test_a_program_is_proved_equal_to_its_rewritten_self(
    program: Program, order: list[str]
) -> None:
    program = unguarded(program)
    found = verdict(rewritten(program, order), program)
    assert found.proof is not None and found.proof.replay()


@FEW
@given(programs, st.permutations(list(SIDES)))
def test_no_rewriting_is_different(program: Program, order: list[str]) -> None:
    assert verdict(rewritten(program, order), program).status != "different"


@FEW
@given(programs, st.permutations(list(SIDES)), st.permutations(list(SIDES)))
def test_equality_is_symmetric_and_transitive(
    program: Program, order: list[str], then: list[str]
) -> None:
    first = unguarded(program)
    second = rewritten(first, order)
    third = rewritten(second, then)
    pairs = [(first, second), (second, first), (second, third), (first, third), (third, first)]
    assert {verdict(*pair).status for pair in pairs} == {"equal"}


@FEW
@given(programs, st.permutations(PLAIN))
def test_the_normal_form_does_not_know_the_presentation(program: Program, order: list[str]) -> None:
    new = rewritten(program, order)
    question = asked(new, program, (last(program),))
    assert isinstance(question, Question)
    assert Argument(question).begin(last(program)).done


@FEW
@given(programs, st.sampled_from(list(variants.SLIPS)), st.randoms(use_true_random=False))
def test_a_mutant_is_different_exactly_if_it_computes_something_else(
    program: Program, kind: str, random: Random
) -> None:
    inputs = tuple(item for item in program.declarations if isinstance(item, (Input, Opaque)))
    forward = Program(inputs)
    right = Program((), program.nests, forward)
    slips = [wrong for wrong in variants.SLIPS[kind](right) if last(wrong) == last(right)]
    assume(slips)
    wrong, targets = random.choice(slips), (last(right),)
    found = equivalent(wrong, right, given=forward, targets=targets)
    if found.witness is not None:
        check_witness(found.witness, wrong, right, forward)
    else:
        check_agreement(found, wrong, right, forward, targets)
