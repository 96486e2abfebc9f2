"""Points and extents reach beyond the constants that programs mention."""

from __future__ import annotations

import pytest
from flint import fmpq

from symgrad import equivalent, read
from symgrad.refutation.instances import Point
from symgrad.refutation.magnitudes import constants, reach, scaled

GIVEN = "input x[N]\ninput c"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("out = [c > 100] * c^2 / 2", [100]),
        ("out = max(c, -500) + c / 1000", [fmpq(1, 1000), 500]),
        ("out = 3 * c + 1/2", []),
        ("for i in 1..N if i > 20: out[i] = x[i]", [20]),
    ],
)
def test_constants_that_no_usual_number_reaches(text: str, found: list[fmpq]) -> None:
    assert constants([read(text, given=read(GIVEN))]) == found


@pytest.mark.parametrize(
    ("text", "largest"),
    [
        ("out = sum(i in 1..min(N, 6), x[i])", 6),
        ("for i: out[i] = [i != 7] * x[i]", 7),
        ("out = 9 * c + x[1]^8", 0),
        ("out = sum(i in 1..min(N, 100), x[i])", 0),
    ],
)
def test_the_reach_of_ranges_and_conditions_on_indices(text: str, largest: int) -> None:
    found = reach([read(text, given=read(GIVEN))])
    assert found == largest or (largest == 0 and found <= 2)


def test_scaled_points_lie_on_both_sides_of_a_constant_and_of_zero() -> None:
    point = Point({}, {"c": {(): fmpq(2)}}, {}, fixed=False)
    found = [p.values["c"][()] for p in scaled(point, point.values, fmpq(100))]
    assert min(found) < -100 < -50 < found[1] < 0 < found[0] < 50 < 100 < max(found)


@pytest.mark.parametrize(
    "wrong",
    [
        "for i: out[i] = min(x[i], 100)",
        "for i: out[i] = max(x[i], -5000)",
        "for i: out[i] = x[i] * [abs(x[i]) > 1/500]",
        "for i: out[i] = x[i] * [i != 7]",
        "for i in 1..min(N, 8): t[i] = x[i]\nfor i: out[i] = t[i]",
    ],
)
def test_a_mistake_that_only_unusual_numbers_or_sizes_show_is_found(wrong: str) -> None:
    verdict = equivalent(wrong, "for i: out[i] = x[i]", given=GIVEN)
    assert verdict.status == "different" and verdict.witness is not None
    assert len(verdict.witness.inputs["x"]) == verdict.witness.extents["N"]


def test_a_value_that_is_no_real_number_is_nothing_to_reach_beyond() -> None:
    assert reach([read("out = log(0)^0 + c", given=read(GIVEN))]) == 0
