"""What every arithmetic does in the same way: powers, the smaller of two, the first maximum."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq

from symgrad.evaluation.values import UNDECIDED, UNDEFINED, Arithmetic, Nonvalue, Number

MAX_DEGREE = 64
"""Roots of a higher degree are taken by exp and log."""


def smaller(arithmetic: Arithmetic, x: Number, y: Number) -> Number:
    return -arithmetic.larger(-x, -y)


def rational_power(arithmetic: Arithmetic, x: Number, exponent: Fraction) -> Number:
    """x^(p/q), for q > 1 the root first, so that x must not be negative."""
    if exponent.denominator == 1:
        return arithmetic.power(x, exponent.numerator)
    if exponent.denominator > MAX_DEGREE:
        log = arithmetic.functions["log"](x)
        return arithmetic.functions["exp"](arithmetic.number(exponent) * log)
    return arithmetic.power(arithmetic.root(x, exponent.denominator), exponent.numerator)


def general_power(arithmetic: Arithmetic, x: Number, y: Number) -> Number:
    """x^y for an exponent known only at run time: exact where y is rational, else exp(y log x)."""
    if isinstance(y, Nonvalue):
        return y
    if isinstance(y, fmpq):
        return rational_power(arithmetic, x, Fraction(int(y.p), int(y.q)))
    if isinstance(y, float) and y.is_integer():
        return arithmetic.power(x, int(y))
    return arithmetic.functions["exp"](y * arithmetic.functions["log"](x))


def first_largest(arithmetic: Arithmetic, values: Sequence[Number]) -> int | Nonvalue:
    """The position of the first maximum."""
    if not values or UNDEFINED in values:
        return UNDEFINED
    leaders: list[int] = []
    for n, value in enumerate(values):
        overtaken = [arithmetic.less(values[leader], value) for leader in leaders]
        leaders = [
            m for m, is_behind in zip(leaders, overtaken, strict=True) if is_behind is not True
        ]
        if False not in overtaken:
            leaders.append(n)
    return leaders[0] if len(leaders) == 1 else UNDECIDED
