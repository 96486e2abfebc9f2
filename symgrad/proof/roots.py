"""Powers and logarithms of sums that are products of other sums.

    sqrt(a^2 + 2 a b + b^2) = |a + b|         log(a^2 + 2 a b + b^2) = 2 log |a + b|
    sqrt((a^2 + 1) (b^2 + 1)) = sqrt(a^2 + 1) sqrt(b^2 + 1)
    sqrt(sum(i, j, u[i]^2 v[j]^2)) = sqrt(sum(i, u[i]^2)) sqrt(sum(j, v[j]^2))
    sqrt(a^2 sum(i, u[i]^2)) = |a| sqrt(sum(i, u[i]^2))

A factor leaves if it is positive, or if it is a square and leaves as its absolute value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from symgrad.proof.factors import factored, linear
from symgrad.proof.facts import Facts
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import UNIT, Number, Poly, constant, scale

Part: TypeAlias = "tuple[Poly, int]"
"""A sum and how often it is a factor."""


def parted(
    facts: Facts, algebra: Algebra, poly: Poly, size: Callable[[Poly], Poly]
) -> tuple[Number, list[Part], Poly] | None:
    """poly = positive number * product of positive parts * the rest, if that is anything new."""
    if linear(poly):
        return None
    found = factored(algebra, poly)
    if found is None or (len(found[1]) == 1 and found[1][0][1] == 1):
        return None
    number, factors = found
    parts: list[Part] = []
    rest: list[Part] = []
    for factor, power in factors:
        if facts.positive(algebra, factor, strict=False):
            parts.append((factor, power))
        elif facts.positive(algebra, scale(factor, -1), strict=False):
            parts.append((scale(factor, -1), power))
            number = -number if power % 2 else number
        elif power % 2 == 0:
            parts.append((size(factor), power))
        else:
            rest.append((factor, power))
    if not parts or any(power < 0 for _, power in rest):
        return None
    left = constant(UNIT if number > 0 else -UNIT)
    for factor, power in rest:
        left = algebra.multiply(left, algebra.integer_power(factor, power))
    return abs(number), parts, left
