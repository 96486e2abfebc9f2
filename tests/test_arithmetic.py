"""Floats, exact rationals and balls give the same numbers, and say when there is none."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest
from flint import arb, fmpq
from oracles import ELEMENTARY

from symgrad.evaluation.arithmetic import BALLS, FLOATS, RATIONALS, precision
from symgrad.evaluation.operations import first_largest, general_power, rational_power, smaller
from symgrad.evaluation.values import (
    UNDECIDED,
    UNDEFINED,
    Arithmetic,
    Budget,
    NotRational,
    Work,
    opposite,
)

WIDE = arb(0, 1)
"""A ball from -1 to 1."""

ALL = pytest.mark.parametrize("arithmetic", [FLOATS, RATIONALS, BALLS], ids=lambda a: a.name)
EXACT = pytest.mark.parametrize("arithmetic", [RATIONALS, BALLS], ids=lambda a: a.name)


@pytest.mark.parametrize("name", ELEMENTARY)
@pytest.mark.parametrize("x", [Fraction(1, 3), Fraction(7, 2), Fraction(-5, 4)])
def test_a_ball_holds_the_float(name: str, x: Fraction) -> None:
    if name == "log" and x < 0:
        return
    ball = BALLS.functions[name](BALLS.number(x))
    assert float(arb(ball).mid()) == pytest.approx(ELEMENTARY[name](float(x)), rel=1e-14)
    assert FLOATS.functions[name](float(x)) == pytest.approx(ELEMENTARY[name](float(x)), rel=1e-14)


@EXACT
def test_rational_operations_stay_exact(arithmetic: Arithmetic) -> None:
    third = arithmetic.number(Fraction(1, 3))
    assert arithmetic.reciprocal(third) == fmpq(3)
    assert arithmetic.power(third, -2) == fmpq(9)
    assert arithmetic.root(fmpq(4, 9), 2) == fmpq(2, 3)
    assert rational_power(arithmetic, fmpq(4, 9), Fraction(-3, 2)) == fmpq(27, 8)
    assert arithmetic.functions["relu"](-third) == 0
    assert arithmetic.functions["abs"](-third) == third
    assert arithmetic.larger(third, fmpq(1, 2)) == fmpq(1, 2)
    assert smaller(arithmetic, third, fmpq(1, 2)) == third
    assert arithmetic.floor(fmpq(-1, 2)) == -1


@EXACT
@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [("exp", 0, 1), ("log", 1, 0), ("sigma", 0, Fraction(1, 2)), ("cos", 0, 1), ("tanh", 0, 0)],
)
def test_the_rational_values_of_functions_are_exact(
    arithmetic: Arithmetic, name: str, argument: int, value: object
) -> None:
    result = arithmetic.functions[name](arithmetic.number(argument))
    assert type(result) is fmpq and result == arithmetic.number(value)


def test_rationals_refuse_what_is_irrational() -> None:
    with pytest.raises(NotRational, match=r"exp\(1/2\)"):
        RATIONALS.functions["exp"](fmpq(1, 2))
    with pytest.raises(NotRational):
        RATIONALS.root(fmpq(2), 2)


@ALL
def test_operations_without_a_result_are_undefined(arithmetic: Arithmetic) -> None:
    zero, minus = arithmetic.number(0), arithmetic.number(-2)
    assert arithmetic.reciprocal(zero) is UNDEFINED
    assert arithmetic.power(zero, -1) is UNDEFINED
    assert arithmetic.functions["log"](zero) is UNDEFINED
    assert arithmetic.functions["log"](minus) is UNDEFINED
    assert arithmetic.root(minus, 2) is UNDEFINED
    assert arithmetic.root(minus, 3) is UNDEFINED
    assert general_power(arithmetic, minus, arithmetic.number(Fraction(1, 2))) is UNDEFINED
    assert first_largest(arithmetic, []) is UNDEFINED


@ALL
def test_the_undefined_absorbs_every_operation(arithmetic: Arithmetic) -> None:
    x = arithmetic.number(3)
    for result in (x + UNDEFINED, UNDEFINED - x, x * UNDEFINED, -UNDEFINED, 0 * UNDEFINED):
        assert result is UNDEFINED
    for function in arithmetic.functions.values():
        assert function(UNDEFINED) is UNDEFINED
    assert arithmetic.less(x, UNDEFINED) is UNDEFINED
    assert arithmetic.equal(UNDECIDED, UNDEFINED) is UNDEFINED
    assert arithmetic.larger(UNDECIDED, x) is UNDECIDED
    assert opposite(UNDEFINED) is UNDEFINED
    assert UNDECIDED + UNDEFINED is UNDEFINED and UNDEFINED + UNDECIDED is UNDEFINED


def test_nobody_takes_the_truth_of_what_has_none() -> None:
    with pytest.raises(TypeError):
        bool(UNDECIDED)


def test_what_a_ball_cannot_decide_is_undecided() -> None:
    assert BALLS.less(fmpq(0), WIDE) is UNDECIDED
    assert BALLS.equal(WIDE, fmpq(0)) is UNDECIDED
    assert BALLS.reciprocal(WIDE) is UNDECIDED
    assert BALLS.functions["log"](WIDE) is UNDECIDED
    assert BALLS.root(WIDE, 2) is UNDECIDED
    assert BALLS.less(WIDE, fmpq(2)) is True
    assert BALLS.functions["log"](WIDE - 2) is UNDEFINED


def test_a_maximum_of_overlapping_balls_holds_both() -> None:
    largest = BALLS.larger(WIDE, fmpq(1, 2))
    assert largest.contains(fmpq(1, 2)) and largest.contains(1) and not largest.contains(fmpq(1, 4))


def test_a_ball_is_equal_to_itself_and_known_values_are_the_same_ball() -> None:
    assert BALLS.equal(WIDE, WIDE) is True and BALLS.less(WIDE, WIDE) is False
    exp = BALLS.functions["exp"]
    values = [exp(BALLS.number(n)) for n in (1, 3, 3, 0)]
    assert first_largest(BALLS, values) == 1
    with precision(512):
        assert exp(fmpq(3)) is not values[1]
    assert exp(fmpq(3)) is values[2]


def test_precision_tells_apart_what_differs_by_little() -> None:
    left, right = fmpq(1), fmpq(1) + fmpq(1, 10**40)
    with precision(64):
        assert BALLS.less(BALLS.functions["exp"](left), BALLS.functions["exp"](right)) is UNDECIDED
    with precision(256):
        assert BALLS.less(BALLS.functions["exp"](left), BALLS.functions["exp"](right)) is True


@ALL
def test_the_first_of_equal_maxima_is_taken(arithmetic: Arithmetic) -> None:
    assert first_largest(arithmetic, [arithmetic.number(n) for n in (1, 3, 3, 0)]) == 1


def test_the_first_maximum_is_the_one_that_python_finds() -> None:
    random = Random(1)
    for _ in range(200):
        numbers = [random.randint(0, 3) for _ in range(random.randint(1, 5))]
        found = first_largest(RATIONALS, [fmpq(number) for number in numbers])
        assert found == numbers.index(max(numbers))


def test_a_wide_ball_below_the_maximum_does_not_matter() -> None:
    assert first_largest(BALLS, [WIDE, fmpq(1, 2), fmpq(3), fmpq(3)]) == 2
    assert first_largest(BALLS, [WIDE, fmpq(1, 2)]) is UNDECIDED
    assert first_largest(BALLS, [fmpq(1), UNDEFINED]) is UNDEFINED


def test_long_numbers_become_balls_or_are_refused() -> None:
    assert isinstance(BALLS.power(fmpq(3, 2), 10**5), arb)
    assert isinstance(BALLS.kept(fmpq(1, 3**5000)), arb)
    with pytest.raises(Budget):
        RATIONALS.power(fmpq(3, 2), 10**5)
    with pytest.raises(Budget):
        BALLS.power(fmpq(3, 2), 10**9)
    assert BALLS.power(fmpq(-1), 10**5) == 1


def test_general_powers_agree_with_floats() -> None:
    for x, y in product((0.5, 2.0, 3.25), (2.0, -1.0, 0.5, 1.7)):
        ball = general_power(BALLS, BALLS.number(x), BALLS.number(y))
        assert float(arb(ball).mid()) == pytest.approx(x**y, rel=1e-12)
        assert general_power(FLOATS, x, y) == pytest.approx(x**y)
    assert general_power(BALLS, BALLS.functions["exp"](fmpq(1)), fmpq(2)).overlaps(arb(2).exp())


def test_an_allowance_of_work_is_drawn_down() -> None:
    work = Work(5)
    work.charge(5)
    with pytest.raises(Budget):
        work.charge(1)
