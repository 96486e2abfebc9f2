"""What a program means does not hang on how it is written: random programs and their rewritings.

The verdict on them, the normal form of the prover, and that equality is an equivalence relation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import pytest
import variants
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from renamings import WHOLE, Case
from rewritings import SIDES
from strategies import forward_programs
from sympy import true
from test_loops import check_agreement, check_witness

from symgrad import equivalent, read
from symgrad.derivation.backward import derive
from symgrad.equivalence import Verdict, asked
from symgrad.expressions import array_of, element, indices_of
from symgrad.program import Loop, Loss, Nest, Output, Program, Statement, primal
from symgrad.proof.comparison import Question
from symgrad.proof.narrate import Narrator
from symgrad.proof.rules import Argument
from symgrad.proof.terms import Poly


def few(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


Rewriting = Callable[[Program], Program]


def renamed(program: Program) -> Program:
    """Every index and every array but the last one under another name."""
    return variants.renamed(program, (last(program),))


KINDS: dict[str, dict[str, Rewriting]] = {
    "shuffled": {name: SIDES[name] for name in ("reordered", "loops turned", "nests turned")},
    "renamed": {"renamed": renamed},
    "redistributed": {name: SIDES[name] for name in ("distributed", "drawn in", "joined")},
    "unfolded": {
        name: SIDES[name] for name in ("unfolded", "with helper", "with transposed helper")
    },
    "split": {
        name: SIDES[name]
        for name in (
            "last apart",
            "first apart",
            "parities",
            "last round apart",
            "first round apart",
            "every other round",
            "halves",
            "sides of the diagonal",
        )
    },
    "re-associated": {
        name: SIDES[name]
        for name in (
            "nested",
            "summed",
            "unsummed",
            "reflected",
            "shifted",
            "backwards",
            "from zero",
        )
    },
}
"""All the ways of `SIDES`, and other names."""

PLAIN = ("reordered", "loops turned", "nested", "shifted", "summed", "unsummed")
"""What the normal form alone undoes, without a step of proof."""

programs = forward_programs(depth=2)


def last(program: Program) -> str:
    """The array that is written last."""
    return array_of(program.nests[-1].body[0].target)


def rewritten(program: Program, order: Iterable[Rewriting]) -> Program:
    """The program under the first rewriting that changes it."""
    found = (change(program) for change in order)
    changed = next((new for new in found if new != program and last(new) == last(program)), None)
    assume(changed is not None)
    assert changed is not None
    return changed


def verdict(left: Program, right: Program) -> Verdict:
    return equivalent(left, right, targets=[last(right)])


def unguarded(program: Program) -> Program:
    return replace(program, nests=tuple(replace(nest, guard=true) for nest in program.nests))


def test_every_rewriting_of_a_side_has_its_kind() -> None:
    known = [name for rewritings in KINDS.values() for name in rewritings]
    assert sorted(known) == sorted([*SIDES, "renamed"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_is_proved_equal_to_its_rewritten_self(kind: str) -> None:
    """Shuffled, renamed, redistributed, unfolded, split, re-associated: equal, and it replays."""

    @few(6)
    @given(programs, st.permutations(list(KINDS[kind].values())))
    def check(program: Program, order: list[Rewriting]) -> None:
        program = unguarded(program)
        found = verdict(rewritten(program, order), program)
        assert found.proof is not None and found.proof.replay()

    check()


@few(10)
@given(programs)
def test_a_program_under_other_names_throughout_has_the_same_verdict(program: Program) -> None:
    """Arrays, functions, indices and extents, of both sides and of the forward pass."""
    forward = inputs_of(program)
    left, right = (Program((), side.nests, forward) for side in (program, unguarded(program)))
    case = Case(left, right, forward, (last(program),))
    for name in WHOLE:
        new = WHOLE[name](case)
        found = equivalent(new.left, new.right, given=new.given, targets=new.targets)
        before = equivalent(left, right, given=forward, targets=case.targets)
        assert found.status == before.status


@pytest.mark.parametrize(("free", "computed"), [("a", "t"), ("t", "a")])
def test_which_of_two_names_comes_first_does_not_matter(free: str, computed: str) -> None:
    """A free input beside what is computed from fixed data: min(a, t[i]) by a condition."""
    forward = read(f"input {free}\ninput y[4] = [0, 1, 1, -1]")
    start = f"for i in 1..4: {computed}[i] = erf([i < 4]*y[i+1])\nfor i in 1..4: out[i] = "
    place = f"{computed}[i]"
    left = f"{start}min({free}, {place})"
    right = f"{start}{free} - [{free} >= {place}]*{free} + [{free} >= {place}]*{place}"
    assert equivalent(left, right, given=forward, targets=["out"]).status == "equal"


@few(15)
@given(programs, st.permutations(list(SIDES.values())))
def test_no_rewriting_is_different(program: Program, order: list[Rewriting]) -> None:
    assert verdict(rewritten(program, order), program).status != "different"


@few(10)
@given(programs, st.permutations(list(SIDES.values())), st.permutations(list(SIDES.values())))
def test_equality_is_symmetric_and_transitive(
    program: Program, order: list[Rewriting], then: list[Rewriting]
) -> None:
    first = unguarded(program)
    second = rewritten(first, order)
    third = rewritten(second, then)
    pairs = [(first, second), (second, first), (second, third), (first, third), (third, first)]
    assert {verdict(*pair).status for pair in pairs} == {"equal"}


# --- the normal form ---------------------------------------------------------------------------


@few(15)
@given(programs, st.permutations([SIDES[name] for name in PLAIN]))
def test_the_normal_form_does_not_know_the_presentation(
    program: Program, order: list[Rewriting]
) -> None:
    new = rewritten(program, order)
    question = asked(new, program, (last(program),))
    assert isinstance(question, Question)
    assert Argument(question).begin(last(program)).done


@few(15)
@given(programs)
def test_the_normal_form_does_not_know_the_names(program: Program) -> None:
    question = asked(renamed(program), program, (last(program),))
    assert isinstance(question, Question)
    assert Argument(question).begin(last(program)).done


def normalised(program: Program) -> tuple[Poly, Program]:
    """The normal form of the last array, and that form as a program.

    for i: t[i] = (the terms of the normal form)
    """
    name = last(program)
    question = asked(program, program, (name,))
    assert isinstance(question, Question)
    definition, _ = Argument(question).finals(name)
    notation, place = Narrator(question).element(name, definition.formals)
    separated = question.left
    axes = separated.program.arrays[separated.final.get(name, name)].axes
    loops = tuple(
        Loop(index, axis.lower, axis.upper)
        for index, axis in zip(indices_of(place), axes, strict=True)
    )
    value = notation.expression(definition.poly)
    nest = Nest(loops, (Statement(element(name, *indices_of(place)), "=", value),))
    return definition.poly, Program(program.declarations, (nest,), program.given)


@few(25)
@given(programs)
def test_the_normal_form_is_idempotent(program: Program) -> None:
    """Normalising a normalised program changes nothing, neither its terms nor its text."""
    inputs = inputs_of(program)
    form, once = normalised(Program((), program.nests, inputs))
    again, twice = normalised(once)
    assert again == form and twice == once
    assert read(str(once), given=inputs) == once


# --- mutants -----------------------------------------------------------------------------------


def inputs_of(program: Program) -> Program:
    """What a program declares, but for its goals."""
    kept = (item for item in program.declarations if not isinstance(item, (Output, Loss)))
    return Program(tuple(kept))


@pytest.mark.parametrize("kind", variants.SLIPS)
def test_a_mutant_is_different_exactly_if_it_computes_something_else(kind: str) -> None:
    """Random backward passes with one mistake: what another interpreter tells apart differs."""
    found: Counter[str] = Counter()

    @few(6)
    @given(forward_programs(depth=1), st.randoms(use_true_random=False))
    def check(forward: Program, random: Random) -> None:
        right = derive(forward)
        targets = tuple(
            name
            for name in dict.fromkeys(array_of(one.target) for _, one in right.statements)
            if forward.arrays[primal(name)].role == "input"
        )
        slips = [*variants.SLIPS[kind](right)]
        assume(slips and targets)
        wrong = random.choice(slips)
        verdict = equivalent(wrong, right, given=forward, targets=targets)
        found[verdict.status] += 1
        if verdict.witness is not None:
            check_witness(verdict.witness, wrong, right, forward)
        else:
            check_agreement(verdict, wrong, right, forward, targets)

    check()
    assert found["different"]
