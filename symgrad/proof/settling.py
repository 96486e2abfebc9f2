"""Denominators out of a sum that is to be zero.

a/(a + b) + b/(a + b) - 1 = 0    if    a + b - (a + b) = 0
1/(1 + 1/a) = a/(a + 1)          within functions, where nothing can be multiplied
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symgrad.proof.factors import factored
from symgrad.proof.logarithms import grouped, ratio
from symgrad.proof.replacing import mapped
from symgrad.proof.rewriting import cancel, clear
from symgrad.proof.terms import (
    BODY,
    BRACKET,
    COMPOUND,
    EXP,
    FUNCTION,
    PARTIAL,
    Atom,
    Exponent,
    Poly,
    Sum,
    constant,
    free,
)
from symgrad.proof.theory import Theory

APPLIED = (FUNCTION, EXP, PARTIAL, COMPOUND, BRACKET, BODY)
"""Atoms that are applied to sums."""

ROUNDS = 20
"""So many denominators are cleared."""


def clearable(poly: Poly) -> Sum | None:
    """The largest sum that stands in denominators and depends on no bound index."""
    found: set[Sum] = set()
    barred: set[Sum] = set()
    for bounds, _, factors in poly:
        for atom, power in factors:
            if atom[0] == COMPOUND:
                if not free(atom).isdisjoint(bounds):
                    barred.add(atom[3][0])
                elif power < 0:
                    found.add(atom[3][0])
    # The one that holds others comes first: clearing it may bring those forth.
    return max(found - barred, key=lambda base: (base.height, len(base.terms), base), default=None)


def has_denominators(poly: Poly) -> bool:
    """Is a sum below the line anywhere among the factors?"""
    return any(atom[0] == COMPOUND and power < 0 for _, _, f in poly for atom, power in f)


def settled(known: Theory, poly: Poly) -> Poly:
    """A sum that is zero where this one is, with fewer denominators and logarithms."""
    poly = _cleared(known, poly)
    for logs in grouped(poly).values():
        gap = ratio(known, logs)
        if gap is not None and not _cleared(known, gap):
            taken = {key for key, _, _ in logs}
            poly = {key: value for key, value in poly.items() if key not in taken}
    return poly


def _cleared(known: Theory, poly: Poly) -> Poly:
    for _ in range(ROUNDS):
        base = clearable(poly)
        if base is None:
            break
        poly = clear(known, poly, base)
    return cancel(known, poly) if has_denominators(poly) else poly


def fractions(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Write every argument of a function, and every base of a power, as one reduced fraction."""

    def change(atom: Atom) -> Poly | None:
        if atom[0] not in APPLIED:
            return None
        inner = tuple(mapped(known.algebra, part.poly(), change, APPLIED) for part in atom[3])
        made = tuple(_together(known, part) for part in inner)
        if made == tuple(part.poly() for part in atom[3]):
            return None
        return known.algebra.laws[atom[0]](known.algebra, atom, made)

    return mapped(known.algebra, poly, change, APPLIED)


def _together(known: Theory, poly: Poly) -> Poly:
    """The sum as a product of powers of irreducible sums, if it has a denominator."""
    cleared = poly
    below: list[tuple[Sum, Exponent]] = []
    for _ in range(ROUNDS):
        base = clearable(cleared)
        if base is None:
            break
        least = min(dict(factors).get((COMPOUND, "", (), (base,)), 0) for _, _, factors in cleared)
        below.append((base, least))
        cleared = clear(known, cleared, base)
    if not below:
        return poly
    if not cleared:
        return {}
    powers: dict[Sum, int] = {}
    number = constant(1)
    for part, times in ((cleared, 1), *((base.poly(), least) for base, least in below)):
        found = factored(known.algebra, part)
        if found is None or isinstance(times, Fraction):
            return poly
        number = {key: value * found[0] ** times for key, value in number.items()}
        for factor, power in found[1]:
            frozen = known.algebra.freeze(factor)
            powers[frozen] = powers.get(frozen, 0) + power * times
    result = number
    for frozen, power in powers.items():
        if power:
            raised = known.laws.power(known.algebra, frozen.poly(), power)
            result = known.algebra.multiply(result, raised)
    return result
