"""Maxima over index sets with holes: the same exactly where the sets are, by plain Python."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given as tried
from hypothesis import settings
from hypothesis import strategies as st

from symgrad import equivalent, read
from symgrad.sets.affine import Constraint, atleast, equal, plus, variable
from symgrad.sets.indexsets import IndexSets

GIVEN = read("input x[K]\nassume K >= 3")

CONDITIONS = [
    "k != c",
    "k < c or k > c",
    "k != 2",
    "k == 1 or k > 2",
    "k != c and k != 1",
    "k != c or k == K",
    "k <= 2 or k >= 2",
    "k != 1 and k != K",
    "k > 1 and k < K",
    "not (k == c)",
]

SIZES = [(size, c) for size in range(3, 7) for c in range(1, size + 1)]


def points(condition: str, size: int, c: int) -> set[int]:
    code = compile(condition, "", "eval")
    return {k for k in range(1, size + 1) if eval(code, {"k": k, "c": c, "K": size})}


@tried(st.sampled_from([*product(CONDITIONS, repeat=2)]))
@settings(max_examples=40)
def test_maxima_are_the_same_if_their_sets_are(pair: tuple[str, str]) -> None:
    found = [[points(condition, *size) for size in SIZES] for condition in pair]
    sides = [f"for c in 1..K: out[c] = max(k if {condition}, x[k])" for condition in pair]
    verdict = equivalent(sides[0], sides[1], given=GIVEN, targets=["out"])
    assert verdict.status == ("equal" if found[0] == found[1] else "different")
    assert verdict.proof is None or verdict.proof.replay()


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if c != "k > 1 and k < K"])
def test_the_larger_of_a_part_and_an_element_is_over_both(condition: str) -> None:
    left = f"for c in 1..K: out[c] = max(max(k if {condition}, x[k]), x[c])"
    right = f"for c in 1..K: out[c] = max(k if {condition} or k == c, x[k])"
    verdict = equivalent(left, right, given=GIVEN, targets=["out"])
    assert verdict.proof is not None and verdict.proof.replay()


K, C, N = "@k", "$c", "N"


def between(low: int) -> list[Constraint]:
    """low <= k <= N."""
    found = atleast(plus(variable(K), (-low, ()))), atleast(plus(variable(N), variable(K), -1))
    return [item for item in found if item is not None]


@pytest.mark.parametrize("place", [1, 2, 4])
def test_pieces_have_the_points_that_count_one(place: int) -> None:
    same = equal(plus(variable(K), (place, ()), -1))
    assert same is not None
    signed: list[tuple[list[Constraint], tuple[str, ...], int]] = [
        (between(1), (), 1),
        ([*between(1), same], (), -1),
    ]
    parts = IndexSets().pieces((K,), signed, ())
    assert parts is not None
    for size, k in product(range(1, 7), range(-1, 9)):
        inside = any(all(_holds(item, {K: k, N: size}) for item in part) for part in parts)
        assert inside == (1 <= k <= size and k != place)


def _holds(item: Constraint, values: dict[str, int]) -> bool:
    kind, (number, slopes) = item
    value = number + sum(slope * values[name] for name, slope in slopes)
    return value == 0 if kind == "=" else value >= 0


def test_what_is_counted_twice_has_no_pieces() -> None:
    signed: list[tuple[list[Constraint], tuple[str, ...], int]] = [
        (between(1), (), 1),
        (between(2), (), 1),
    ]
    assert IndexSets().pieces((K,), signed, ()) is None
