"""Elements made of the one before them hold what a run of the loop leaves in them."""

from __future__ import annotations

from itertools import product

import pytest

from symgrad import read
from symgrad.program import Program
from symgrad.refutation.refute import refute
from symgrad.refutation.witness import Agreement
from symgrad.separation.separate import Inseparable, Separated, separate

GIVEN = read("input u[N]\ninput A[N, M]")

LOOPS = {
    "upwards": "for i in 2..N: c[i] = {}",
    "from the second": "for i in 1..N-1: c[i+1] = {}",
    "downwards": "for i in 1..N-1: c[N-i] = {}",
}
BEFORE = {"upwards": "c[i-1]", "from the second": "c[i]", "downwards": "c[N-i+1]"}
JOINS = ("{} + u[i]", "u[i]^2 + {} + 1", "{} - u[i]", "max({}, u[i])", "min(u[i], {}, 2)")


def both(text: str) -> tuple[Program, Program]:
    """A text as it runs, and separated."""
    found = read(text, given=GIVEN)
    outcome = separate(found, versions=True)
    assert isinstance(outcome, Separated), outcome
    assert "c" not in outcome.final
    return found, Program((), outcome.program.nests, GIVEN)


@pytest.mark.parametrize(("loop", "join"), [*product(LOOPS, JOINS)])
def test_what_is_separated_leaves_the_same(loop: str, join: str) -> None:
    first = "c[N] = u[1]\n" if loop == "downwards" else "c[1] = u[N]\n"
    text = first + LOOPS[loop].format(join.format(BEFORE[loop]))
    assert isinstance(refute(*both(text), ("c",)), Agreement)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..N: c[i, 1] = 0\nfor i in 1..N, j in 2..M: c[i, j] = c[i, j-1] + A[i, j]",
        "for j in 1..M: c[1, j] = 2\nfor j in 1..M, i in 2..N: c[i, j] = max(A[i, j], c[i-1, j])",
        "for i in 1..N: c[i, 1] = u[i]\nfor i in 1..N, j in 2..M: c[i, j] = c[i, j-1] - A[i, j]*j",
    ],
)
def test_rows_and_columns_are_recursions_of_their_own(text: str) -> None:
    assert isinstance(refute(*both(text), ("c",)), Agreement)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 2..N: c[i] = c[i-1] + u[i]",
        "c[1] = 1\nfor i in 2..N: c[i] = 2*c[i-1] + u[i]",
        "for i in 3..N: c[i] = c[i-2] + u[i]",
        "for i in 2..N: c[i] = c[i-1] + u[i]*c[i-1]",
        "for i in 2..N: c[i] = c[i-1] + c[1]",
        "for i in 2..N, j in 2..M: c[i, j] = c[i-1, j-1] + A[i, j]",
        "for i in 2..N if u[i] > 0: c[i] = c[i-1] + u[i]",
    ],
)
def test_other_recursions_are_left_as_they_are(text: str) -> None:
    assert isinstance(separate(read(text, given=GIVEN), versions=True), Inseparable)
