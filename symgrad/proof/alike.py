"""Functions of sums that are the same, though they are not written alike.

    exp(sum(j if j != i, u[j])) - exp(sum(j, u[j]) - u[i]) = 0
    g(floor(N / 2) + ceil(N / 2)) - g(N) = 0

Two atoms that differ in their sums only, and these by sums over index sets that cancel at every
point, or by integer weights that do, become one. Exponentials are compared as the products that
they stand in: exp(u) exp(v) by u + v. What surrounds both may be relied upon.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Any

from symgrad.proof.holes import same_maximum
from symgrad.proof.integers import without_weightless
from symgrad.proof.regions import diagonals, without_cancelling
from symgrad.proof.scope import NONZERO
from symgrad.proof.terms import (
    BRACKET,
    COMPOUND,
    DEMAND,
    EXP,
    FUNCTION,
    PARTIAL,
    REDUCTION,
    UNIT,
    Atom,
    Factors,
    Number,
    Poly,
    Sum,
    add,
    atom_poly,
    exponents_added,
    free,
    scale,
    subtract,
)
from symgrad.proof.theory import Theory
from symgrad.sets.affine import Constraint

HOLDERS = (FUNCTION, PARTIAL, COMPOUND, BRACKET, EXP, REDUCTION, DEMAND)
"""Atoms that are told by their sums."""

MOST_PAIRS = 12
"""So many pairs of atoms are compared in one step."""

MOST_RATIOS = 8
"""So many ratios are tried of two sums whose factor does not matter."""


def alike(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Write atoms over the same sums as one, and products of exponentials over the same sum."""
    return _exponents_alike(known, _atoms_alike(known, poly))


def _atoms_alike(known: Theory, poly: Poly) -> Poly:
    algebra = known.algebra
    written: dict[Atom, Poly] = {}
    around = _around(poly)
    for kept, gone in islice(_pairs(around), MOST_PAIRS):
        if kept in written or gone in written:
            continue
        where = around[gone]
        ratio = next((c for c in _ratios(kept, gone) if _same(known, kept, gone, where, c)), None)
        value = None if ratio is None else _written(known, kept, gone, ratio)
        # the names of what it binds could be those around it
        if value is not None and not any(bounds for bounds, _, _ in value):
            written[gone] = value
            around[kept] &= where
    if not written:
        return poly
    result: Poly = {}
    for (bounds, constraints, factors), coefficient in poly.items():
        rest: Poly = {}
        algebra.assemble(rest, (), (), (item for item in factors if item[0] not in written), UNIT)
        changed = (algebra.raised(written[a], power) for a, power in factors if a in written)
        term = scale(algebra.multiply(rest, *changed), coefficient)
        result = add(result, algebra.bind(term, bounds, constraints))
    return result


def _exponents_alike(known: Theory, poly: Poly) -> Poly:
    """exp(u) exp(v) = exp(w) exp(z), where u + v and w + z are the same sum."""
    around: dict[Factors, frozenset[Constraint]] = {}
    for _, constraints, factors in poly:
        own = _exponentials(factors)
        around[own] = around.get(own, frozenset(constraints)) & frozenset(constraints)
    written: dict[Factors, Factors] = {}
    pairs = (pair for pair in combinations(sorted(around), 2) if _may_be_one(*pair))
    for kept, gone in islice(pairs, MOST_PAIRS):
        if kept in written or gone in written:
            continue
        where = around[kept] & around[gone]
        if _zero(known, subtract(exponents_added(kept), exponents_added(gone)), where):
            written[gone] = kept
            around[kept] = where
    if not written:
        return poly
    result: Poly = {}
    for (bounds, constraints, factors), coefficient in poly.items():
        own = _exponentials(factors)
        rest = tuple(item for item in factors if item not in own)
        changed = (*rest, *written.get(own, own))
        known.algebra.assemble(result, bounds, constraints, changed, coefficient)
    return result


def _exponentials(factors: Factors) -> Factors:
    return tuple(item for item in factors if item[0][0] == EXP)


def _may_be_one(one: Factors, other: Factors) -> bool:
    """Are there sums over index sets in products of exponentials, at the same outer indices?"""
    both = ({name for atom, _ in powers for name in free(atom)} for powers in (one, other))
    sums = (atom[3][0] for powers in (one, other) for atom, _ in powers)
    return bool(one and other) and len({*map(frozenset, both)}) == 1 and any(map(_has_sets, sums))


def _around(poly: Poly) -> dict[Atom, frozenset[Constraint]]:
    """The atoms over sums among the factors, and the constraints that hold wherever they stand."""
    found: dict[Atom, frozenset[Constraint]] = {}
    for _, constraints, factors in poly:
        for atom, _ in factors:
            if atom[0] in HOLDERS:
                found[atom] = found.get(atom, frozenset(constraints)) & frozenset(constraints)
    return found


def _pairs(atoms: dict[Atom, frozenset[Constraint]]) -> Iterator[tuple[Atom, Atom]]:
    """Atoms of one kind whose sums read the same arrays at the same outer indices."""
    groups: dict[tuple[Any, ...], list[Atom]] = {}
    for atom in sorted(atoms):
        tag, name, forms, sums = atom
        if tag == REDUCTION:  # over a set with or without holes, which may be at other indices
            groups.setdefault((tag, sums[0].arrays), []).append(atom)
        else:
            groups.setdefault((tag, name, forms, *(held.free for held in sums)), []).append(atom)
    for members in groups.values():
        for one, other in combinations(sorted(members, key=lambda atom: len(free(atom))), 2):
            if not free(one) <= free(other):
                continue
            if one[0] == REDUCTION or any(map(_has_sets, (*one[3], *other[3]))):
                yield one, other


def _has_sets(held: Sum) -> bool:
    """Is a sum one over index sets, or under conditions?"""
    return any(constraints for (_, constraints, _), _ in held.terms)


def _ratios(one: Atom, other: Atom) -> list[Number]:
    """What the sum of one atom may be of the other's, for the atoms to tell of each other."""
    if one[0] == FUNCTION and len(one[3]) == 1:
        return [UNIT, -UNIT]
    if one[0] not in (BRACKET, COMPOUND, DEMAND):
        return [UNIT]
    found = {a / b for _, a in one[3][0].terms for _, b in other[3][0].terms}
    found |= {ratio * times for ratio in found for times in (2, UNIT / 2)}  # i < k and k < i
    found |= {-ratio for ratio in found}
    if one[0] == DEMAND and one[1] != NONZERO:
        found = {ratio for ratio in found if ratio > 0}
    return sorted(found, key=lambda ratio: (abs(ratio.p * ratio.q), ratio))[:MOST_RATIOS]


def _written(known: Theory, kept: Atom, gone: Atom, ratio: Number) -> Poly:
    """An atom by another one whose sum is a multiple of its own."""
    if ratio == 1 or kept[0] == DEMAND:
        return atom_poly(kept)
    if kept[0] == COMPOUND:
        return scale(atom_poly(kept), 1 / ratio)
    turned = tuple(scale(held.poly(), 1 if ratio > 0 else -1) for held in kept[3])
    return known.algebra.laws[kept[0]](known.algebra, gone, turned)


def _same(
    known: Theory, one: Atom, other: Atom, where: frozenset[Constraint], ratio: Number
) -> bool:
    """Are the sums of one atom a multiple of the other's where the constraints hold?"""
    if one[0] == REDUCTION:
        return same_maximum(known.algebra, one[3][0].poly(), other[3][0].poly(), where)
    return all(
        _zero(known, subtract(left.poly(), scale(right.poly(), ratio)), where)
        for left, right in zip(one[3], other[3], strict=True)
    )


def _zero(known: Theory, poly: Poly, where: frozenset[Constraint]) -> bool:
    """Is a sum seen to be zero where the constraints hold?"""
    rest = without_cancelling(known, poly, where)
    if rest:
        rest = without_cancelling(known, diagonals(known, rest), where)
    return not rest or not without_weightless(known, rest, where)
