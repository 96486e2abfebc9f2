"""The derivatives of elementary functions, of any order, against SymPy's own derivatives."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from flint import arb, fmpq

from symgrad.evaluation.arithmetic import BALLS, FLOATS, RATIONALS
from symgrad.evaluation.slopes import MAX_ORDER, slope
from symgrad.evaluation.values import UNDEFINED, Budget, NotRational

x = sympy.Symbol("x", positive=True)
FORMULAS = {
    "exp": sympy.exp(x),
    "log": sympy.log(x),
    "tanh": sympy.tanh(x),
    "sigma": 1 / (1 + sympy.exp(-x)),
    "sin": sympy.sin(x),
    "cos": sympy.cos(x),
    "softplus": sympy.log(1 + sympy.exp(x)),
    "erf": sympy.erf(x),
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("order", range(6))
def test_a_derivative_is_that_of_the_formula(name: str, order: int) -> None:
    at = Fraction(3, 4)
    expected = float(sympy.diff(FORMULAS[name], x, order).subs(x, sympy.Rational(3, 4)).evalf(30))
    ball = arb(slope(BALLS, name, order)(fmpq(3, 4)))
    assert float(ball.mid()) == pytest.approx(expected, rel=1e-12)
    assert slope(FLOATS, name, order)(float(at)) == pytest.approx(expected, rel=1e-9)


def test_relu_and_abs_have_steps() -> None:
    for number, step, sign in ((fmpq(2), 1, 1), (fmpq(0), 0, 0), (fmpq(-2), 0, -1)):
        assert slope(RATIONALS, "relu", 1)(number) == step
        assert slope(RATIONALS, "abs", 1)(number) == sign
        assert slope(RATIONALS, "relu", 2)(number) == 0


def test_a_derivative_of_log_is_undefined_where_log_is() -> None:
    assert slope(BALLS, "log", 1)(fmpq(-1)) is UNDEFINED
    assert slope(BALLS, "log", 2)(UNDEFINED) is UNDEFINED


def test_irrational_derivatives_are_refused_in_rationals() -> None:
    with pytest.raises(NotRational):
        slope(RATIONALS, "erf", 1)(fmpq(0))
    assert slope(RATIONALS, "tanh", 1)(fmpq(0)) == 1


def test_the_order_is_limited() -> None:
    with pytest.raises(Budget):
        slope(BALLS, "tanh", MAX_ORDER + 1)
