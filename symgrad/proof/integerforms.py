"""Sums of indices and extents, read as index forms.

    1/2 N P + i - 1   is a positive multiple of   N P + 2 i - 2

A product of extents is an extent of its own.
"""

from __future__ import annotations

from math import lcm

from symgrad.proof.terms import EXTENT, INDEX, Factors, Poly
from symgrad.sets.affine import Affine, Variable, constant, plus, variable


def integer_form(poly: Poly) -> Affine | None:
    """A positive multiple of a sum of indices and products of extents, as an index form."""
    below = 1
    for bounds, constraints, factors in poly:
        if bounds or constraints or any(atom[0] not in (EXTENT, INDEX) for atom, _ in factors):
            return None
        below = lcm(below, int(poly[bounds, constraints, factors].q))
    form = constant(0)
    for (_, _, factors), coefficient in poly.items():
        part = _integer_part(factors)
        if part is None:
            return None
        form = plus(form, part, int(coefficient * below))
    return form


def _integer_part(factors: Factors) -> Affine | None:
    """An index, a product of extents, or 1, as an index form."""
    if len(factors) == 1 and factors[0][0][0] == INDEX and factors[0][1] == 1:
        return factors[0][0][2][0]
    names: list[Variable] = []
    for atom, power in factors:
        if atom[0] != EXTENT or not isinstance(power, int) or power < 1:
            return None
        names += [atom[1]] * power
    return variable("*".join(sorted(names))) if names else constant(1)
