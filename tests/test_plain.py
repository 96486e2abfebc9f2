"""What is seen to be definitions at a look is what isl would leave as it stands."""

from __future__ import annotations

from random import Random

import pytest
import randomprograms
from hypothesis import given
from strategies import forward_programs

from symgrad import derive, read
from symgrad.course.exercise import catalogue
from symgrad.program import Program
from symgrad.separation.plain import plain
from symgrad.separation.separate import Separated, _taken_apart, separate

GIVEN = "input x[N]\ninput A[N, N]\ninput y in 1..N\noutput out\nfor i: out[i] = x[i]"

REFUSED = {
    "two statements in a body": "for i: a[i] = x[i]; b[i] = 2*x[i]",
    "an array written twice": "for i: a[i] = x[i]\nfor i: a[i] += x[i]",
    "an array that reads itself": "for i: a[i] += x[i]\nfor i in 2..N: b[i] = b[i-1] + a[i]",
    "an array read before it is complete": "for i: b[i] = a[i]\nfor i: a[i] = x[i]",
    "an array read in a place": "for i: c[i] = A[i, y]\nfor i: c[1] = 2",
    "an element that several assign": "for i, j: a[i] = A[i, j]",
    "an input": "for i: x[i] += 1",
    "a product": "for i: a[i] = x[i]\nfor i: b[i] *= a[i]",
}


def agrees(program: Program) -> int:
    """How often the look alone was enough; then its outcome is the same."""
    seen = 0
    for versions in (True, False):
        if plain(program, versions=versions) is not None:
            seen += 1
            assert separate(program, versions=versions) == _taken_apart(program, versions=versions)
    return seen


@given(forward_programs())
def test_what_looks_plain_is_what_isl_leaves(
    forward: Program,
) -> None:
    for program in (forward, derive(forward)):
        agrees(program)


def test_the_exercises_are_plain() -> None:
    forwards = {part.forward for item in catalogue().values() for part in item.parts}
    assert sum(map(agrees, forwards)) > len(forwards)


def test_random_programs_that_look_plain_are() -> None:
    """Random statements over few arrays, most of which get in each other's way."""
    seen = [agrees(randomprograms.program(Random(seed))) for seed in range(150)]
    assert any(seen) and not all(seen)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_needs_more_than_a_look_gets_it(text: str) -> None:
    assert plain(read(text, given=read(GIVEN)), versions=True) is None


def test_an_assignment_that_spreads_becomes_a_sum_from_zero() -> None:
    program = read("for i: a[i] = x[i]\nfor i: b[i] += a[i]", given=read(GIVEN))
    found = separate(program, versions=True)
    assert isinstance(found, Separated)
    assert str(found.program).splitlines() == ["for i: a[i] += x[i]", "for i: b[i] += a[i]"]
    assert separate(program) == Separated(program)
