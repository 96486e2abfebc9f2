"""Laws of powers, exp and log: applied where they hold for all reals, and nowhere else."""

from __future__ import annotations

from fractions import Fraction

import pytest
from polynomials import element, total, with_laws

from symgrad.proof.terms import OutOfReach, Poly, add, constant, scale

X, P, Q = element("x"), element("p"), element("q")
ALGEBRA, LAWS = with_laws(positive="pq")
HALF = Fraction(1, 2)


def power(poly: Poly, exponent: int | Fraction) -> Poly:
    return LAWS.power(ALGEBRA, poly, exponent)


def times(*polys: Poly) -> Poly:
    return ALGEBRA.multiply(*polys)


def function(name: str, *polys: Poly) -> Poly:
    return LAWS.function(ALGEBRA, name, *polys)


def test_a_root_squared_is_what_was_rooted() -> None:
    for poly in (P, times(P, Q), add(X, P), scale(P, 2), add(times(X, X), constant(1))):
        root = power(poly, HALF)
        assert times(root, root) == poly
        assert times(root, power(poly, -HALF)) == constant(1)


def test_the_root_of_a_square_is_the_absolute_value() -> None:
    assert power(times(X, X), HALF) == function("abs", X)
    assert power(times(P, P), HALF) == P


def test_roots_split_over_positive_factors_only() -> None:
    assert power(times(P, Q), HALF) == times(power(P, HALF), power(Q, HALF))
    y = element("y")
    assert power(times(X, y), HALF) != times(power(X, HALF), power(y, HALF))


def test_a_sum_and_its_negative_are_one_denominator() -> None:
    gap = add(X, scale(P, -1))
    assert add(power(gap, -1), power(scale(gap, -1), -1)) == {}
    assert times(power(scale(gap, 2), -1), constant(2)) == power(gap, -1)


def test_exp_of_a_sum_is_a_product() -> None:
    assert function("exp", add(X, P)) == times(function("exp", X), function("exp", P))
    assert times(function("exp", X), function("exp", scale(X, -1))) == constant(1)
    assert function("exp", function("log", P)) == P


def test_log_of_a_product_splits_for_positive_factors() -> None:
    assert function("log", times(P, Q)) == add(function("log", P), function("log", Q))
    assert function("log", function("exp", X)) == X
    assert function("log", power(P, -2)) == scale(function("log", P), -2)


def test_log_of_a_square_does_not_split() -> None:
    assert function("log", times(X, X)) != scale(function("log", X), 2)
    assert function("log", times(X, element("y"))) != add(
        function("log", X), function("log", element("y"))
    )


def test_a_common_factor_leaves_the_log_of_a_sum() -> None:
    shifted = total(ALGEBRA, function("exp", add(element("s", "@j"), X)), j="N")
    plain = total(ALGEBRA, function("exp", element("s", "@j")), j="N")
    assert function("log", shifted) == add(X, function("log", plain))


@pytest.mark.parametrize("exponent", [-1, -HALF])
def test_zero_has_no_negative_power(exponent: int | Fraction) -> None:
    with pytest.raises(OutOfReach):
        power({}, exponent)


def test_numbers_have_their_roots() -> None:
    assert power(constant(4), HALF) == constant(2)
    assert times(power(constant(2), HALF), power(constant(8), HALF)) == constant(4)
    assert power(constant(12), HALF) == scale(power(constant(3), HALF), 2)
