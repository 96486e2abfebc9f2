"""Ranges read off linear constraints: checked by counting the points."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
import sympy
from sympy import Expr, Integer

from symgrad.expressions import extent, index
from symgrad.program import Axis
from symgrad.sets.bounds import Constraint, constraints_of, needed, nested, single_value
from symgrad.sets.integers import Integers
from symgrad.sets.literals import within

H, h, N = extent("H"), extent("h"), extent("N")
i, j, p = index("i"), index("j"), index("p")
FREE = Integers()


def constraints(*conditions: Expr, integers: Integers = FREE) -> list[Constraint]:
    found = constraints_of(sympy.And(*conditions, evaluate=False), integers)
    assert found is not None
    return list(found)


def at_least(left: Expr, right: Expr) -> Expr:
    return sympy.Ge(left, right, evaluate=False)


def test_the_bounds_of_the_convolution() -> None:
    """l in max(1, p+h-H)..min(p, h), and nothing else, under H >= h."""
    integers = Integers({}, [at_least(H, h)])
    ranges = [*within(i, Axis(h)), *within(p - i + 1, Axis(H - h + 1))]
    found = nested([i], constraints(*ranges, integers=integers), within(p, Axis(H)), integers)
    assert found is not None
    (only,), outside, leftover = found
    assert only.lower == sympy.Max(1, p + h - H)
    assert only.upper == sympy.Min(p, h)
    assert not outside
    assert not leftover


def test_what_the_others_imply_is_not_needed() -> None:
    ranges = constraints(at_least(i, Integer(1)), at_least(i, Integer(0)), at_least(N + 1, i))
    assert needed(ranges, [*within(i, Axis(N))], FREE) == []
    assert {part.form for part in needed(ranges, [], FREE)} == {i - 1, N + 1 - i}


@pytest.mark.parametrize(
    "rounded, expected",
    [
        (at_least(sympy.floor(N / 2), i), {N - 2 * i}),
        (at_least(i, sympy.ceiling(N / 2)), {2 * i - N}),
        (at_least(i, sympy.floor(N / 2)), {2 * i - N + 1}),
        (at_least(sympy.ceiling(N / 2), i), {N - 2 * i + 1}),
        (sympy.Eq(sympy.floor(i / 2), p, evaluate=False), {i - 2 * p, 2 * p + 1 - i}),
        (sympy.Eq(p, sympy.ceiling(i / 3), evaluate=False), {3 * p - i, i + 2 - 3 * p}),
    ],
)
def test_integer_parts_become_linear(rounded: Expr, expected: set[Expr]) -> None:
    assert {part.form for part in constraints(rounded)} == expected


def test_conditions_that_are_no_conjunction_of_linear_ones_are_left_alone() -> None:
    assert constraints_of(sympy.Ne(i, j, evaluate=False), FREE) is None
    either = sympy.Or(at_least(i, j), at_least(j, N), evaluate=False)
    assert constraints_of(either, FREE) is None
    assert constraints_of(sympy.Gt(sympy.Symbol("x", real=True), 0, evaluate=False), FREE) is None


def test_a_range_of_one_value_is_that_value() -> None:
    window = constraints(at_least(2 * i, p), at_least(p + 1, 2 * i))
    assert single_value(i, window, [], FREE) == sympy.ceiling(p / 2)
    assert single_value(i, constraints(*within(i, Axis(N))), [], FREE) is None


@pytest.mark.parametrize("seed", range(30))
def test_nested_ranges_hold_the_same_points(seed: int) -> None:
    """The oracle counts: ranges, conditions and outside together admit exactly the same points."""
    random = Random(seed)
    box = [*within(i, Axis(Integer(4), Integer(-2))), *within(j, Axis(Integer(3), Integer(-3)))]
    forms = [random.randint(-3, 3) * i + random.randint(-3, 3) * j + p for _ in range(2)]
    more = [at_least(form, Integer(random.randint(-3, 3))) for form in forms]
    found = nested([i, j], constraints(*box, *more), [], FREE)
    assert found is not None
    ranges, outside, leftover = found
    for values in product(range(-4, 6), range(-4, 6), range(-2, 4)):
        point = dict(zip((i, j, p), map(Integer, values), strict=True))
        expected = all(bool(part.xreplace(point)) for part in (*box, *more))
        conditions = [part.condition for part in (*outside, *leftover)]
        for item in ranges:
            conditions += within(item.index, Axis(item.upper, item.lower))
        assert all(bool(part.xreplace(point)) for part in conditions) == expected
