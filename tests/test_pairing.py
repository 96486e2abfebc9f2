"""An axis made of several is taken apart, in all programs of a comparison or in none."""

from __future__ import annotations

from itertools import product

import pytest
from flint import fmpq

from symgrad import equivalent, read
from symgrad.evaluation.evaluate import Cells, evaluate
from symgrad.separation.pairing import paired

FORWARD = "input w[P*Q, K]\ninput z[P, Q]\ninput y[K]\n"

SAME = [
    (
        "for i in 1..P, j in 1..Q, k: a[k] += w[Q*(i-1) + j, k] * z[i, j]",
        "for k: a[k] = sum(i in 1..P, sum(j in 1..Q, z[i, j] * w[j - Q + Q*i, k]))",
    ),
    ("for n in 1..P*Q, k: b[k] += w[n, k]", "for i in 1..P, j in 1..Q, k: b[k] += w[Q*(i-1)+j, k]"),
    (
        "for i, j: v[Q*(i-1)+j] = z[i, j]\nfor n in 1..P*Q, k: c[k] += v[n]*w[n, k]",
        "for k: c[k] = sum(i in 1..P, j in 1..Q, z[i, j]*w[Q*(i-1)+j, k])",
    ),
    ("for n in 1..P*Q, k: d[n, k] = w[n, k]*y[k]", "for k, n in 1..P*Q: d[n, k] += y[k]*w[n, k]"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_places_that_are_pairs_are_proved(left: str, right: str) -> None:
    """Rows before columns, as a flat place, as an index over all, in auxiliaries."""
    verdict = equivalent(left, right, given=FORWARD)
    assert verdict.status == "equal" and verdict.proof is not None and verdict.proof.replay()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (SAME[0][0], "for i in 1..P, j in 1..Q, k: a[k] += w[P*(j-1) + i, k] * z[i, j]"),
        (SAME[1][0], "for i in 1..P, j in 2..Q, k: b[k] += w[Q*(i-1)+j, k]"),
    ],
)
def test_columns_before_rows_and_missing_places_are_refuted(left: str, right: str) -> None:
    assert equivalent(left, right, given=FORWARD).status == "different"


def test_a_program_computes_the_same_when_its_axes_are_taken_apart() -> None:
    """Against the literal evaluator, place by place."""
    forward = read(FORWARD)
    program = read(SAME[2][0], given=forward)
    (apart,) = paired(program)
    assert apart != program and apart.arrays["w"].rank == 3
    extents = {"P": 2, "Q": 3, "K": 2}
    z: Cells = {(i, j): fmpq(7 * i + j * j, 3) for i in (1, 2) for j in (1, 2, 3)}
    y: Cells = {(1,): fmpq(2), (2,): fmpq(5)}
    flat: Cells = {(n, k): fmpq(n * n - 4 * k, 7) for n in range(1, 7) for k in (1, 2)}
    pairs: Cells = {
        (i, j, k): flat[3 * (i - 1) + j, k] for i, j, k in product((1, 2), (1, 2, 3), (1, 2))
    }
    one = evaluate(program, extents, {"w": flat, "z": z, "y": y})["c"]
    other = evaluate(apart, extents, {"w": pairs, "z": z, "y": y})["c"]
    assert {key: float(cell) for key, cell in one.items()} == pytest.approx(
        {key: float(cell) for key, cell in other.items()}
    )


def test_programs_with_another_place_stay_as_they_are() -> None:
    """A shifted or a single place is no pair: nothing is taken apart, in no program."""
    forward = read(FORWARD)
    programs = [
        read(text, given=forward)
        for text in (SAME[1][0], "for n in 2..P*Q, k: b[k] += w[n - 1, k]")
    ]
    assert paired(*programs) == tuple(programs)
