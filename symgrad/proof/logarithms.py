"""Sums of logarithms as the logarithm of one product.

    log(-a b) - log(a) - log(-b) = 0      for (-a b) / (a (-b)) = 1

Wherever the logarithms have values, their arguments are positive, and so is any product of powers
of them: where that product is 1, the sum is 0.
"""

from __future__ import annotations

from math import lcm

from symgrad.proof.terms import (
    FUNCTION,
    UNIT,
    Factors,
    Key,
    Number,
    Poly,
    constant,
    subtract,
)
from symgrad.proof.theory import Theory

HIGHEST = 12
"""Logarithms with a larger factor, against the others, are left alone."""


def grouped(poly: Poly) -> dict[Factors, list[tuple[Key, Poly, Number]]]:
    """The logarithms in a sum by what they are multiplied with: term, argument, coefficient."""
    found: dict[Factors, list[tuple[Key, Poly, Number]]] = {}
    for key, coefficient in poly.items():
        bounds, constraints, factors = key
        logs = [atom for atom, power in factors if atom[:2] == (FUNCTION, "log") and power == 1]
        if bounds or constraints or len(logs) != 1:
            continue
        rest = tuple(item for item in factors if item[0] != logs[0])
        found.setdefault(rest, []).append((key, logs[0][3][0].poly(), coefficient))
    return {rest: logs for rest, logs in found.items() if len(logs) > 1}


def ratio(known: Theory, logs: list[tuple[Key, Poly, Number]]) -> Poly | None:
    """What is zero where the product of the arguments, to the powers of their factors, is 1."""
    whole = lcm(*(int(coefficient.q) for _, _, coefficient in logs))
    product = constant(UNIT)
    for _, argument, coefficient in logs:
        power = int((coefficient * whole).p)
        if abs(power) > HIGHEST:
            return None
        raised = known.laws.power(known.algebra, argument, power)
        product = known.algebra.multiply(product, raised)
    return subtract(product, constant(UNIT))
