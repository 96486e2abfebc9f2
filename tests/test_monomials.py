"""Products as numbers times powers."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, Rational

from symgrad.algebra.monomials import Monomial, collected, shared
from symgrad.expressions import add, call, divide, element, mul, negate, power, root, scalar

a, b, s = (scalar(name) for name in "abs")
two, half = Integer(2), Rational(1, 2)


def test_a_product_is_read_with_the_exponents_added() -> None:
    """2 * a / a^3 * 1/2 = a^-2"""
    assert Monomial.of(two, a, power(a, Integer(-3)), half) == Monomial(Integer(1), ((a, -two),))


def test_a_root_is_half_a_power() -> None:
    """a / sqrt(s) * 1 / s = a * s^(-3/2)"""
    read = Monomial.of(divide(a, root(s)), divide(Integer(1), s))
    assert read.powers == ((a, Integer(1)), (s, Rational(-3, 2)))


def test_the_root_of_a_square_is_not_the_base() -> None:
    """sqrt(a^2) is |a|."""
    assert Monomial.of(root(power(a, two))).powers == ((power(a, two), half),)


def test_the_square_of_a_root_of_a_product_is_the_product_again() -> None:
    """sqrt(2 * a)^2 = 2 * a"""
    both = root(mul(two, a))
    assert Monomial.of(both, both) == Monomial.of(two, a)


def test_a_sum_is_a_base() -> None:
    difference = add(a, negate(b))
    assert Monomial.of(power(difference, two), difference).powers == ((difference, Integer(3)),)


def test_a_zero_in_a_denominator_stays() -> None:
    assert Monomial.of(divide(a, Integer(0))).powers == ((a, 1), (Integer(0), -1))


@pytest.mark.parametrize(
    "tree",
    [
        mul(two, a, power(b, Integer(-1))),
        mul(half, a),
        power(call("exp", a), two),
        divide(Integer(1), root(s)),
        mul(a, power(s, Rational(-3, 2))),
        element("x", Integer(1)),
        Integer(3),
    ],
)
def test_a_monomial_is_written_as_it_was_read(tree: Expr) -> None:
    assert Monomial.of(tree).tree() == tree


def test_like_terms_are_added_whatever_the_order_of_their_factors() -> None:
    """a*b + 2*b*a - 3*a*b + s = s"""
    terms = [Monomial.of(a, b), Monomial.of(two, b, a), Monomial.of(Integer(-3), a, b)]
    assert collected([*terms, Monomial.of(s)]) == [Monomial.of(s)]


def test_what_is_shared_divides_every_term() -> None:
    """2*a^2/s and -2*a*b/s^2 share 2*a/s"""
    terms = [
        Monomial.of(two, power(a, two), divide(Integer(1), s)),
        Monomial.of(-two, a, b, power(s, -two)),
    ]
    assert shared(terms) == Monomial.of(two, a, divide(Integer(1), s))
