"""The derivatives of the elementary functions, of any order, in any arithmetic.

A row names a function and gives its n-th derivative. Those of σ, tanh and erf are polynomials,
p(σ), p(tanh) and p(x) exp(-x²), which obey a recursion:

    σ' = σ - σ²        tanh' = 1 - tanh²        (p(x) exp(-x²))' = (p' - 2 x p) exp(-x²)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from flint import fmpq_poly

from symgrad.evaluation.values import Arithmetic, Budget, Nonvalue, Number

Function = Callable[[Number], Number]

MAX_ORDER = 32


def slope(arithmetic: Arithmetic, name: str, order: int) -> Function:
    """The derivative of this order; of order 0 the function itself."""
    if order > MAX_ORDER:
        raise Budget(f"a derivative of order {order}")
    return SLOPES[name](arithmetic, order) if order else arithmetic.functions[name]


@lru_cache(maxsize=256)
def _iterated(order: int, start: tuple[int, ...], own: tuple[int, ...]) -> fmpq_poly:
    """p of order n + 1 is p' of order n times the polynomial that the generator's slope is."""
    polynomial = fmpq_poly(list(start))
    for _ in range(order):
        polynomial = polynomial.derivative() * fmpq_poly(list(own))
    return polynomial


@lru_cache(maxsize=256)
def _hermite(order: int) -> fmpq_poly:
    polynomial = fmpq_poly([1])
    for _ in range(order):
        polynomial = polynomial.derivative() - fmpq_poly([0, 2]) * polynomial
    return polynomial


def _value(arithmetic: Arithmetic, polynomial: fmpq_poly, x: Number) -> Number:
    total = arithmetic.number(0)
    for coefficient in reversed(polynomial.coeffs()):
        total = total * x + arithmetic.number(coefficient)
    return total


def _of_generator(name: str, own: tuple[int, ...]) -> Callable[[Arithmetic, int], Function]:
    def row(arithmetic: Arithmetic, order: int) -> Function:
        polynomial = _iterated(order, (0, 1), own)
        return lambda x: _value(arithmetic, polynomial, arithmetic.functions[name](x))

    return row


def _exp(arithmetic: Arithmetic, _: int) -> Function:
    return arithmetic.functions["exp"]


def _log(arithmetic: Arithmetic, order: int) -> Function:
    """(-1)^(n-1) (n-1)! / x^n, where the logarithm has a value."""
    factor = arithmetic.number((-1) ** (order - 1) * math.factorial(order - 1))
    log = arithmetic.functions["log"]

    def derivative(x: Number) -> Number:
        value = log(x) if arithmetic.less(arithmetic.number(0), x) is not True else None
        return value if isinstance(value, Nonvalue) else factor * arithmetic.power(x, -order)

    return derivative


def _circular(phase: int) -> Callable[[Arithmetic, int], Function]:
    """sin, cos, -sin, -cos and round again; cosine starts one further."""

    def row(arithmetic: Arithmetic, order: int) -> Function:
        step = (order + phase) % 4
        function = arithmetic.functions["sin" if step % 2 == 0 else "cos"]
        return function if step < 2 else lambda x: -function(x)

    return row


def _sign(arithmetic: Arithmetic, x: Number) -> Number:
    """[x > 0] - [x < 0]"""
    zero = arithmetic.number(0)
    positive, negative = arithmetic.less(zero, x), arithmetic.less(x, zero)
    if isinstance(positive, Nonvalue):
        return positive
    if isinstance(negative, Nonvalue):
        return negative
    return arithmetic.number(positive - negative)


def _step(arithmetic: Arithmetic, x: Number) -> Number:
    """[x > 0]"""
    positive = arithmetic.less(arithmetic.number(0), x)
    return positive if isinstance(positive, Nonvalue) else arithmetic.number(int(positive))


def _then_flat(
    first: Callable[[Arithmetic, Number], Number],
) -> Callable[[Arithmetic, int], Function]:
    """Piecewise linear: every derivative after the first is 0."""

    def row(arithmetic: Arithmetic, order: int) -> Function:
        if order == 1:
            return lambda x: first(arithmetic, x)
        return lambda x: x * arithmetic.number(0)

    return row


def _softplus(arithmetic: Arithmetic, order: int) -> Function:
    return slope(arithmetic, "sigma", order - 1)


def _erf(arithmetic: Arithmetic, order: int) -> Function:
    """p(x) exp(-x²) 2/√π with p the polynomial of order n - 1."""
    polynomial = _hermite(order - 1)
    exp = arithmetic.functions["exp"]

    def derivative(x: Number) -> Number:
        bell = exp(-(x * x)) * arithmetic.reciprocal(arithmetic.root_pi())
        return arithmetic.number(2) * _value(arithmetic, polynomial, x) * bell

    return derivative


SLOPES: dict[str, Callable[[Arithmetic, int], Function]] = {
    "exp": _exp,
    "log": _log,
    "tanh": _of_generator("tanh", (1, 0, -1)),
    "sigma": _of_generator("sigma", (0, 1, -1)),
    "relu": _then_flat(_step),
    "sin": _circular(0),
    "cos": _circular(1),
    "abs": _then_flat(_sign),
    "softplus": _softplus,
    "erf": _erf,
}
