"""Random polynomials in the place of opaque functions."""

from __future__ import annotations

from random import Random

import pytest
import sympy
from flint import fmpq

from symgrad.evaluation.arithmetic import FLOATS, RATIONALS
from symgrad.refutation.smooth import Polynomial


@pytest.mark.parametrize("parameters", [("x",), ("y", "z"), ("a", "b", "c")])
def test_derivatives_of_any_order_are_those_of_the_polynomial(parameters: tuple[str, ...]) -> None:
    random = Random(7)
    f = Polynomial.random(parameters, random)
    symbols = sympy.symbols(parameters)
    formula = sum(
        sympy.Rational(int(c.p), int(c.q))
        * sympy.prod(s**n for s, n in zip(symbols, m, strict=True))
        for m, c in f.coefficients.items()
    )
    point = [fmpq(random.randint(-9, 9), 4) for _ in parameters]
    at = {s: sympy.Rational(int(v.p), int(v.q)) for s, v in zip(symbols, point, strict=True)}
    for orders in ([0] * len(parameters), [1] * len(parameters), [2] + [0] * (len(parameters) - 1)):
        derivative = formula
        for symbol, order in zip(symbols, orders, strict=True):
            derivative = sympy.diff(derivative, symbol, order)
        expected = sympy.Rational(derivative.subs(at))
        value = f.slope(tuple(orders), RATIONALS)(*point)
        assert value == fmpq(int(expected.p), int(expected.q))
        floats = f.slope(tuple(orders), FLOATS)(*(FLOATS.number(v) for v in point))
        assert floats == pytest.approx(float(expected), rel=1e-9)


def test_no_derivative_that_a_second_order_pass_meets_is_zero() -> None:
    f = Polynomial.random(("y", "z"), Random(1))
    for orders in ((4, 0), (2, 2), (1, 3)):
        assert f.partial(orders).coefficients


def test_the_text_is_in_the_notation() -> None:
    f = Polynomial(("y", "z"), {(0, 0): fmpq(-1, 2), (1, 0): fmpq(1), (2, 1): fmpq(-2, 7)})
    assert str(f) == "-1/2 + y - 2/7*y^2*z"
    assert str(f.partial((0, 2))) == "0"
