"""The elementary functions and their derivatives, a row each.

    sigma(-u) = 1 - sigma(u)       sigma' = sigma - sigma^2
    tanh(-u) = -tanh(u)            tanh' = 1 - tanh^2
    relu(u) = u [u > 0]            relu' = [u > 0]
    abs(u) = max(u, -u)            abs' = [u > 0] - [-u > 0]
    softplus(u) = log(1 + exp(u))  softplus' = sigma

A function that has no row stays an atom over the normal form of its arguments.
"""

from __future__ import annotations

from math import factorial

from flint import fmpq

from symgrad.proof.brackets import bracket
from symgrad.proof.laws import Function, Laws, Prime
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import (
    UNIT,
    Poly,
    add,
    constant,
    scale,
    subtract,
)


def _sigma(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    if not poly:
        return constant(fmpq(1, 2))
    if poly[max(poly)] < 0:
        return subtract(constant(UNIT), laws.opaque(algebra, "sigma", (scale(poly, -1),)))
    return laws.opaque(algebra, "sigma", (poly,))


def _relu(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    return laws.function(algebra, "max", poly, {})


def _abs(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    return laws.function(algebra, "max", poly, scale(poly, -1))


def _softplus(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    return laws.log(algebra, add(constant(UNIT), laws.exp(algebra, poly)))


def _cos(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    if not poly:
        return constant(UNIT)
    return laws.opaque(algebra, "cos", (scale(poly, -1) if poly[max(poly)] < 0 else poly,))


FUNCTIONS: dict[str, Function] = {
    "exp": Laws.exp,
    "log": Laws.log,
    "sigma": _sigma,
    "tanh": lambda laws, algebra, poly: laws.odd(algebra, "tanh", poly),
    "relu": _relu,
    "sin": lambda laws, algebra, poly: laws.odd(algebra, "sin", poly),
    "cos": _cos,
    "abs": _abs,
    "softplus": _softplus,
    "erf": lambda laws, algebra, poly: laws.odd(algebra, "erf", poly),
}


def _generated(name: str, slope: dict[int, int]) -> Prime:
    """All derivatives of a function whose first is a polynomial in itself: s' = s - s^2."""

    def derivative(laws: Laws, algebra: Algebra, poly: Poly, order: int) -> Poly:
        coefficients = {1: 1}
        for _ in range(order):
            changed: dict[int, int] = {}
            for power, coefficient in coefficients.items():
                for raised, factor in slope.items():
                    place = power - 1 + raised
                    changed[place] = changed.get(place, 0) + power * coefficient * factor
            coefficients = {power: value for power, value in changed.items() if power >= 0}
        value = laws.function(algebra, name, poly)
        return add(
            {},
            *(
                scale(algebra.integer_power(value, power), coefficient)
                for power, coefficient in coefficients.items()
            ),
        )

    return derivative


def _step(laws: Laws, algebra: Algebra, poly: Poly, order: int) -> Poly:
    return bracket(laws.facts, algebra, ">", poly) if order == 1 else {}


def _sign(laws: Laws, algebra: Algebra, poly: Poly, order: int) -> Poly:
    """abs'(u) = [u > 0] - [-u > 0], which is 0 where u is."""
    negative = scale(poly, -1)
    return subtract(_step(laws, algebra, poly, order), _step(laws, algebra, negative, order))


def _turned(laws: Laws, algebra: Algebra, poly: Poly, order: int) -> Poly:
    name, sign = (("sin", 1), ("cos", 1), ("sin", -1), ("cos", -1))[order % 4]
    return scale(laws.function(algebra, name, poly), sign)


PRIMES: dict[str, Prime] = {
    "exp": lambda laws, algebra, poly, _: laws.exp(algebra, poly),
    "log": lambda laws, algebra, poly, order: scale(
        laws.power(algebra, poly, -order), (-1) ** (order - 1) * factorial(order - 1)
    ),
    "sigma": _generated("sigma", {1: 1, 2: -1}),
    "tanh": _generated("tanh", {0: 1, 2: -1}),
    "relu": _step,
    "sin": _turned,
    "cos": lambda laws, algebra, poly, order: _turned(laws, algebra, poly, order + 1),
    "abs": _sign,
    "softplus": lambda laws, algebra, poly, order: _generated("sigma", {1: 1, 2: -1})(
        laws, algebra, poly, order - 1
    ),
}
