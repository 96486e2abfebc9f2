"""Arrays that no declaration names, written over ranges and under conditions of all kinds.

Such an array is 0 wherever nothing writes it: two of them are the same if their elements are. The
oracle is tests/loops.py: Python runs the loops beside.
"""

from __future__ import annotations

from itertools import combinations
from random import Random

import mpmath
import pytest
from loops import Loops, precise

from symgrad import equivalent, read
from symgrad.equivalence import proved
from symgrad.program import Program

GIVEN = read("input a\ninput x[N]\ninput A[N, N]\nassume N >= 3")

VECTORS = (
    "for r: t[r] = x[r]",
    "for r in 0..N+1 if 1 <= r <= N: t[r] = x[r]",
    "for r in 0..N+1 if r >= 1 and r <= N: t[r] = x[r]",
    "for r in 0..N+1: t[r] += [r > 0 and r < N+1]*x[r]",
    "for r in 0..N if not r == 0: t[r] = x[r]",
    "for r in 0..N-1: t[r+1] = x[r+1]",
    "for r, q in 0..N if q == r: t[q] = x[r]",
    "for r if mod(r, 2) == 0: t[r] = x[r]",
    "for r: t[r] = [mod(r, 2) == 0]*x[r]",
    "for r in 1..N//2: t[2*r] = x[2*r]",
    "for r in 1..N//2: t[r] = x[2*r]",
    "for r if x[r] > 0: t[r] = x[r]",
    "for r in 0..N if r > 0: t[r] = [x[r] > 0]*x[r]",
    "for r if r > 1: t[r] = x[r]",
    "for r in 2..N: t[r] = x[r]",
    "for r: t[r] = x[r] if r > 1 else 0",
    "for r in 0..N: t[r] = a if r == 0 else x[r]",
    "t[0] = a\nfor r in 1..N: t[r] = x[r]",
    "for q in 0..N if q <= 0: t[q] = a\nfor r in 1..N: t[r] = x[r]",
    "for r in 1..N+1: t[r-1] = x[max(r-1, 1)] if r > 1 else a",
    "for r in 0..N+1 if 1 <= r <= N: t[r] = x[r]\nfor r in 0..N+1: t[r] += a - a",
    "for r in 1..N: t[r] = 0",
    "for r in 1..N+1: t[r] = 0*a",
)

MATRICES = (
    "for i, j: t[i, j] = A[i, j]",
    "for i, j in 0..N+1 if 1 <= j <= N: t[i, j] = A[i, j]",
    "for i, j if j <= i: t[i, j] = A[i, j]",
    "for i, j in 1..i: t[i, j] = A[i, j]",
    "for i, j in 0..N: t[i, j] = [1 <= j <= i]*A[i, max(j, 1)]",
    "for i in 2..N+1, k in 1..N if 1 <= i-k <= N: t[i-k, k] = A[i-k, k]",
    "for i in 2..2*N, k in 1..N if 1 <= i-k <= N: t[i-k, k] = A[i-k, k]",
    "for i in 0..N if i > 0: t[i, 1] = A[i, 1]",
    "for i: t[i, 1] = A[i, 1]",
)


def left_by(program: Program, size: int) -> dict[tuple[int, ...], str]:
    """What a program leaves in `t` at a point, but for zeros."""
    random, loops = Random(size), Loops({"N": size})
    loops.arrays = {
        "a": {(): precise(random.randint(1, 9))},
        "x": {(n,): precise(random.randint(-9, 9) * 2 + 1) for n in range(1, size + 1)},
        "A": {
            (n, m): precise(random.randint(-99, 99) * 2 + 1)
            for n in range(1, size + 1)
            for m in range(1, size + 1)
        },
    }
    with mpmath.workdps(40):
        loops.run(program)
    return {key: str(value) for key, value in loops.arrays["t"].items() if value != 0}


@pytest.mark.parametrize("texts", [VECTORS, MATRICES], ids=["vectors", "matrices"])
def test_what_is_written_decides_and_no_range_does(texts: tuple[str, ...]) -> None:
    """Every pair of the texts is decided, as Python running both of them does."""
    sides = [read(text, given=GIVEN) for text in texts]
    held = [[left_by(side, size) for size in (3, 4, 7)] for side in sides]
    for one, other in combinations(range(len(texts)), 2):
        expected = "equal" if held[one] == held[other] else "different"
        verdict = equivalent(sides[one], sides[other], given=GIVEN, targets=["t"])
        assert verdict.status == expected, (texts[one], texts[other])
        assert verdict.proof is None or verdict.proof.replay()
        assert proved(sides[one], sides[other], ("t",)) is None or expected == "equal"


def test_ranks_are_told_apart_even_where_all_is_zero() -> None:
    for left, right in combinations(("t = 0", "t[1] = 0", "for i in 1..N: t[i, 1] = 0"), 2):
        verdict = equivalent(left, right, given=GIVEN, targets=["t"])
        assert verdict.witness is not None and verdict.witness.kind == "shape"


def test_a_difference_beside_the_axes_of_one_side_is_told_as_one_of_axes() -> None:
    """A value too much, and no value too much."""
    much = equivalent(
        "for r in 0..N: t[r] = a", "for r in 1..N: t[r] = a", given=GIVEN, targets=["t"]
    )
    assert much.witness is not None
    assert (much.witness.kind, much.witness.left, much.witness.right) == ("shape", "0..3", "1..3")
    other = "for r in 0..N if r > 0: t[r] = a*r"
    verdict = equivalent(other, "for r in 1..N: t[r] = 2*a", given=GIVEN, targets=["t"])
    assert verdict.witness is not None and verdict.witness.element == (1,)
