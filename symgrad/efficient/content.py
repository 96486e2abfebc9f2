"""What the terms of a polynomial share.

2 a x - 4 a y  =  2 * a * (x - 2 y)
"""

from __future__ import annotations

from collections.abc import Mapping

from symgrad.efficient.terms import Access, Factors, Poly, scale, whole
from symgrad.proof.terms import Exponent, Number


def content(poly: Poly) -> tuple[Number, Factors, Poly]:
    """poly = number * factors * rest, where the terms of the rest share nothing."""
    shared: dict[Access, Exponent] = {}
    for n, (_, factors) in enumerate(poly):
        own = {atom: power for atom, power in factors if all(i < 0 for i in atom[1])}
        if n == 0:
            shared = own
            continue
        shared = {
            atom: _nearer(power, own[atom])
            for atom, power in shared.items()
            if atom in own and (own[atom] > 0) == (power > 0)
        }
    by = poly[min(poly)]
    rest: Poly = {}
    for (bounds, factors), coefficient in poly.items():
        # Shared factors hold no bound index, so the others keep their order.
        rest[bounds, _without(factors, shared) if shared else factors] = coefficient / by
    leading = rest[min(rest)]
    if leading != 1:
        rest, by = scale(rest, 1 / leading), by * leading
    return by, tuple(sorted(shared.items())), rest


def _without(factors: Factors, shared: Mapping[Access, Exponent]) -> Factors:
    """A product without some powers of its factors."""
    left = ((atom, whole(power - shared.get(atom, 0))) for atom, power in factors)
    return tuple([item for item in left if item[1]])


def _nearer(left: Exponent, right: Exponent) -> Exponent:
    """The exponent that is nearer to 0."""
    return left if abs(float(left)) <= abs(float(right)) else right
