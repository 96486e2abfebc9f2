"""What all terms of a sum have in common, taken out.

    2 x exp(c) p + 4 x exp(c) g  =  2 * x exp(c) * (p + 2 g)

So that sums which differ by a factor are one atom under a power, in a logarithm or in a condition.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from symgrad.proof.rational import Algebra
from symgrad.proof.signs import Facts
from symgrad.proof.terms import (
    BRACKET,
    LABEL,
    Atom,
    Exponent,
    Number,
    OutOfReach,
    Poly,
    free,
    scale,
)
from symgrad.sets.affine import Variable


def primitive(
    facts: Facts,
    algebra: Algebra,
    poly: Poly,
    positive: bool,
    inside: Collection[Variable] = (),
) -> tuple[Number, tuple[tuple[Atom, Exponent], ...], Poly]:
    """poly = number * common factors * rest; if asked, with the first two positive.

    The rest has the leading coefficient 1 (or -1, where the number must be positive); what depends
    on an index named by `inside` stays in it.
    """
    least: dict[Atom, Exponent] = {}
    barred: set[Atom] = set()
    for bounds, _, factors in poly:
        for atom, power in factors:
            least[atom] = min(least.get(atom, power), power)
            if atom[0] in (BRACKET, LABEL) or not free(atom).isdisjoint((*bounds, *inside)):
                barred.add(atom)
    for _, _, factors in poly:
        present = {atom for atom, _ in factors}
        for atom in least:
            if atom not in present:
                least[atom] = min(least[atom], 0)
    common = tuple(
        sorted(
            (atom, power)
            for atom, power in least.items()
            if power
            and atom not in barred
            and (not positive or facts.power_positive(algebra, atom, power))
        )
    )
    inverse = tuple((atom, -power) for atom, power in common)
    rest: Poly = {}
    if common:
        for (bounds, constraints, factors), coefficient in poly.items():
            algebra.assemble(rest, bounds, constraints, (*factors, *inverse), coefficient)
        if not rest:
            raise OutOfReach("a power of zero")
    else:
        rest = dict(poly)
    leading = rest[max(rest)]
    if positive and leading < 0:
        leading = -leading
    return leading, common, scale(rest, 1 / leading)


def reduced(power: Exponent) -> Exponent:
    return int(power) if isinstance(power, Fraction) and power.denominator == 1 else power


def single_atom(poly: Poly) -> tuple[Atom, Exponent] | None:
    """The one power of an atom that a sum consists of, with coefficient 1."""
    if len(poly) != 1:
        return None
    ((bounds, constraints, factors), coefficient) = next(iter(poly.items()))
    if bounds or constraints or len(factors) != 1 or coefficient != 1:
        return None
    return factors[0]


def without(algebra: Algebra, poly: Poly, condition: Atom) -> Poly:
    """The sum with a condition taken out of its terms, its bound indices named anew."""
    out: Poly = {}
    for (bounds, constraints, factors), value in poly.items():
        left = [item for item in factors if item[0] != condition]
        algebra.assemble(out, bounds, constraints, left, value)
    return out


def common_condition(poly: Poly) -> Atom | None:
    """A condition that every term holds, free of the bound indices."""
    first, *others = poly
    for atom, _ in first[2]:
        if atom[0] in (BRACKET, LABEL) and all(
            free(atom).isdisjoint(bounds) and (atom, 1) in factors
            for bounds, _, factors in (first, *others)
        ):
            return atom
    return None
