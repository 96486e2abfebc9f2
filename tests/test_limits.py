"""Constraints as ranges and conditions: the same points, however they are put."""

from __future__ import annotations

from itertools import permutations, product
from math import ceil, floor
from random import Random

import pytest

from symgrad.proof.limits import Ranges, described, eliminated, ranges, reduced
from symgrad.proof.terms import OutOfReach
from symgrad.sets.affine import (
    EQUAL,
    Affine,
    Constraint,
    atleast,
    equal,
    plus,
    variable,
)
from symgrad.sets.indexsets import IndexSets

A, B, C, N = (variable(name) for name in ("@i", "@j", "@k", "N"))


def form(number: int, *parts: tuple[Affine, int]) -> Affine:
    result: Affine = (number, ())
    for part, times in parts:
        result = plus(result, part, times)
    return result


def some(*items: Constraint | None) -> tuple[Constraint, ...]:
    return tuple(item for item in items if item is not None)


def within(index: Affine) -> tuple[Constraint, ...]:
    """1 <= index <= N."""
    return some(atleast(form(-1, (index, 1))), atleast(form(0, (N, 1), (index, -1))))


def value(found: Affine, at: dict[str, int]) -> int:
    return found[0] + sum(slope * at[name] for name, slope in found[1])


def holds(item: Constraint, at: dict[str, int]) -> bool:
    number = value(item[1], at)
    return number == 0 if item[0] == EQUAL else number >= 0


def listed(found: Ranges, at: dict[str, int]) -> list[dict[str, int]]:
    """Every point that ranges and conditions leave, as loops would run."""
    points = [at]
    for name, (lower, below), (upper, above) in found.limits:
        points = [
            {**point, name: number}
            for point in points
            for number in range(
                ceil(value(lower, point) / below), floor(value(upper, point) / above) + 1
            )
        ]
    return [point for point in points if all(holds(item, point) for item in found.conditions)]


def test_plain_ranges_need_no_conditions() -> None:
    found = ranges(["@i", "@j"], (*within(A), *within(B)))
    assert [name for name, _, _ in found.limits] == ["@i", "@j"] and not found.conditions


def test_an_end_may_follow_from_several_constraints() -> None:
    """1 <= i, i <= k, k <= N: no constraint alone bounds i from above by an extent."""
    chain = some(
        atleast(form(-1, (A, 1))),
        atleast(form(0, (C, 1), (A, -1))),
        atleast(form(0, (N, 1), (C, -1))),
    )
    for order in permutations(["@i", "@k"]):
        found = ranges(order, chain)
        assert len(listed(found, {"N": 4})) == 10


def test_an_index_that_nothing_bounds_has_no_range() -> None:
    with pytest.raises(OutOfReach):
        ranges(["@i"], some(atleast(form(-1, (A, 1)))))


def test_of_an_equation_the_form_that_subtracts_least_is_taken() -> None:
    same = some(equal(form(1, (A, -1), (B, -1), (C, 1))))
    fixed, left = eliminated(["@i", "@j", "@k"], (*same, *within(A), *within(B)))
    assert fixed == {"@k": form(-1, (A, 1), (B, 1))} and left == (*within(A), *within(B))


def test_what_follows_from_the_rest_is_left_out() -> None:
    sets = IndexSets()
    chain = some(atleast(form(0, (B, 1), (A, -1))))
    found = reduced(sets.implied, (*within(B), *chain, *within(A)))
    assert set(found) == {*within(B), *chain, *within(A)} - set(
        some(atleast(form(0, (N, 1), (A, -1))), atleast(form(-1, (B, 1))))
    )


def random_items(random: Random) -> tuple[Constraint, ...]:
    items = [*within(A), *within(B), *within(C)]
    for _ in range(random.randint(0, 3)):
        drawn = form(
            random.randint(-3, 3), *((index, random.randint(-2, 2)) for index in (A, B, C, N))
        )
        made = random.choice([atleast, atleast, equal])(drawn)
        items += some(made)
    random.shuffle(items)
    return tuple(dict.fromkeys(items))


@pytest.mark.parametrize("seed", range(60))
def test_ranges_and_conditions_have_the_points_of_the_constraints(seed: int) -> None:
    """Brute force over small extents, what is left out and what is eliminated put back."""
    items = random_items(Random(seed))
    names = ["@i", "@j", "@k"]
    fixed, rest = eliminated(names, items)
    left = [name for name in names if name not in fixed]
    found = described(left, rest, IndexSets().implied)
    for size in (1, 2, 4):
        points = [
            {**point, **{name: value(known, point) for name, known in fixed.items()}}
            for point in listed(found, {"N": size})
        ]
        expected = [
            {"N": size, **dict(zip(names, numbers, strict=True))}
            for numbers in product(range(1, size + 1), repeat=3)
        ]
        expected = [point for point in expected if all(holds(item, point) for item in items)]
        assert sorted(sorted(point.items()) for point in points) == sorted(
            sorted(point.items()) for point in expected
        )


def test_ends_are_forms_over_divisors() -> None:
    third = some(atleast(form(0, (N, 1), (A, -3))), atleast(form(-1, (A, 2))))
    ((_, lower, upper),) = ranges(["@i"], third).limits
    assert lower == (form(1), 1) and upper == (N, 3)
