"""A count of conditions is zero where the largest does not meet them, and nowhere else."""

from __future__ import annotations

from itertools import product

import pytest

from symgrad import read
from symgrad.equivalence import proved
from symgrad.program import Program
from symgrad.refutation.refute import refute
from symgrad.refutation.witness import Witness

FORWARD = read("input u[N]\ninput a")

COUNTS = {
    "larger than a": "sum(k, [u[k] > a])",
    "larger than u[i]": "sum(k, [u[k] > u[i]])",
    "at least u[i]": "sum(k, [u[k] >= u[i]])",
    "others larger": "sum(k if k != i, [u[k] > u[i]])",
    "larger before": "sum(k in 1..i-1, [u[k] > u[i]])",
    "smaller": "sum(k, [u[k] < u[i]])",
}
RELATIONS = ("== 0", "> 0", "< 1", "== 1", ">= 1", "== N", "< N", "== N - 1")
MASKS = (
    "[u[i] == max(k, u[k])]",
    "1 - [u[i] == max(k, u[k])]",
    "[max(k, u[k]) > a]",
    "[max(k, u[k]) <= a]",
    "[u[i] >= max(k in 1..i, u[k])]",
    "[u[i] == min(k, u[k])]",
)


def side(value: str) -> Program:
    found = read(f"for i in 1..N: out[i] = {value}", given=FORWARD)
    return found if found.given else Program(found.declarations, found.nests, FORWARD)


@pytest.mark.parametrize(("count", "relation"), [*product(COUNTS, RELATIONS)])
def test_what_is_proved_of_a_count_is_so_at_every_point(count: str, relation: str) -> None:
    """Without the refuter no mask is proved that the refuter tells apart."""
    left = side(f"[{COUNTS[count]} {relation}]")
    for mask in MASKS:
        right = side(mask)
        if proved(left, right, ("out",)) is not None:
            assert not isinstance(refute(left, right, ("out",)), Witness), mask


@pytest.mark.parametrize(
    ("count", "relation", "mask"),
    [
        ("larger than a", "== 0", MASKS[3]),
        ("larger than a", ">= 1", MASKS[2]),
        ("larger than u[i]", "== 0", MASKS[0]),
        ("larger than u[i]", "> 0", MASKS[1]),
        ("at least u[i]", "== 1", MASKS[0]),
        ("others larger", "< 1", MASKS[0]),
        ("larger before", "== 0", MASKS[4]),
        ("smaller", "== N - 1", MASKS[0]),
        ("smaller", "== 0", MASKS[5]),
    ],
)
def test_whether_one_of_them_holds_is_a_comparison_with_the_largest(
    count: str, relation: str, mask: str
) -> None:
    left, right = side(f"[{COUNTS[count]} {relation}]"), side(mask)
    found = proved(left, right, ("out",))
    assert found is not None and found.replay()
