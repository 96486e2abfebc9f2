"""Sums over the same indices, whatever the indices are called and however that is said.

    sum(i, j if i < j, u[i] v[j])    and    sum(i, j if j < i, w[i])    are sums over k < l

A region is the constraints of a sum without those that follow from the others, under the order of
its bound indices that gives the least constraints. Where several orders do, the region maps to
itself, and a sum over it is the mean of its images: the pairs i < j and j < i of all pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any, TypeAlias

from symgrad.proof.canonical import echelon, put_all
from symgrad.proof.terms import UNIT, Key, Poly, add, scale
from symgrad.proof.theory import Theory
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Affine,
    Constraint,
    Variable,
    atleast,
    determined,
    equal,
    is_index_variable,
    names,
    plus,
    put,
    variable,
)

MOST_BOUND = 4
"""Sums over more indices are compared only where their indices have the same names."""

MOST_SPLIT = 24
"""So many sums are split in one step."""

WIDEST = 3
"""A form that takes at most so many values but one cuts a sum at each of them."""

Region: TypeAlias = "tuple[int, tuple[Constraint, ...]]"
"""The number of indices, and the constraints on them under the names of `_names`."""


@dataclass(frozen=True)
class Aligned:
    """A sum as one over a region: the orders of the indices that stay, and what equations fix."""

    region: Region
    orders: tuple[tuple[Variable, ...], ...]
    fixed: tuple[tuple[Variable, Affine], ...]


def aligned(known: Theory, key: Key) -> Aligned:
    """The region of a sum."""
    bounds, constraints, _ = key
    needed = _irredundant(known, _equations(constraints))
    fixed = determined(bounds, needed)
    needed = put_all(needed, fixed)
    kept = tuple(name for name in bounds if name not in fixed)
    best: tuple[Constraint, ...] | None = None
    found: list[tuple[Variable, ...]] = []
    for order in permutations(kept) if len(kept) <= MOST_BOUND else [kept]:
        new = dict(zip(order, map(variable, _names(len(order))), strict=True))
        form = echelon(put_all(needed, new), _names(len(order)))
        if best is None or form < best:
            best, found = form, []
        if form == best:
            found.append(order)
    assert best is not None
    formals = determined([n for n in names(f for _, f in needed) if n[0] == "$"], needed)
    fixed = {name: put(form, formals) for name, form in fixed.items()} | formals
    return Aligned((len(kept), best), tuple(found), tuple(fixed.items()))


def _equations(constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """Two inequalities that leave one value as one equation."""
    found = set(constraints)
    for kind, form in constraints:
        opposite = (kind, plus((0, ()), form, -1))
        if kind == ATLEAST and opposite in found and (kind, form) in found:
            found -= {(kind, form), opposite}
            same = equal(form)
            found |= {same} if same is not None else set()
    return tuple(sorted(found))


def body(known: Theory, key: Key, how: Aligned, indices: tuple[Affine, ...]) -> Poly:
    """What a sum adds up, at given indices of its region: the mean over the orders."""
    parts = []
    for order in how.orders:
        new = dict(zip(order, indices, strict=True))
        new |= {name: put(form, new) for name, form in how.fixed}
        inner: Poly = {((), (), key[2]): UNIT}
        parts.append(known.algebra.substitute(inner, new) if new else inner)
    return scale(add({}, *parts), UNIT / len(parts))


def at(constraints: tuple[Constraint, ...], indices: tuple[Affine, ...]) -> tuple[Constraint, ...]:
    """The constraints of a region at given indices."""
    return put_all(constraints, dict(zip(_names(len(indices)), indices, strict=True)))


def split(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Cut sums where an equation of another sum cuts them: 2 i - 1 <= p <= 2 i at p = 2 i.

    So does each value of what takes a few values only, as p - 2 i does there.
    """
    regions = {key: aligned(known, key) for key in poly if key[0]}
    cuts: dict[int, set[Constraint]] = {}
    for size, constraints in (how.region for how in regions.values()):
        equations = (item for item in constraints if item[0] == EQUAL)
        cuts.setdefault(size, set()).update(equations, _values(constraints))
    result: Poly = {}
    for key, coefficient in poly.items():
        pieces: Poly = {key: coefficient}
        if key in regions:
            size, order = regions[key].region[0], regions[key].orders[0]
            for place in sorted(cuts[size]):
                new = dict(zip(_names(size), map(variable, order), strict=True))
                pieces = cut(known, pieces, put_all([place], new))
                if len(pieces) > MOST_SPLIT:
                    return poly
                if len(pieces) > 1 or key not in pieces:
                    break
        result = add(result, pieces)
    return result


def _values(constraints: tuple[Constraint, ...]) -> Iterator[Constraint]:
    """f == 0, ..., f == c - 1 for 0 <= f <= c with a small c."""
    for kind, form in constraints:
        for width in range(1, WIDEST + 1) if kind == ATLEAST else ():
            if (kind, plus((width, ()), form, -1)) in constraints:
                found = (equal(plus(form, (-value, ()))) for value in range(width))
                yield from (item for item in found if item is not None)


def cut(known: Theory, poly: Poly, at: tuple[Constraint, ...]) -> Poly:
    """The terms on an equation, above it and below it."""
    result: Poly = {}
    for key, coefficient in poly.items():
        pieces = [
            piece
            for piece in _sides(at)
            if known.sets.possible((*key[1], *known.algebra.known, piece))
        ]
        if len(pieces) < 2:
            result = add(result, {key: coefficient})
            continue
        for piece in pieces:
            result = add(result, known.algebra.bind({key: coefficient}, (), (piece,)))
    return result


def _sides(cut: tuple[Constraint, ...]) -> Iterator[Constraint]:
    """On an equation, above it, below it."""
    for kind, form in cut:
        yield kind, form
        for item in (plus(form, (-1, ())), plus((-1, ()), form, -1)):
            found = atleast(item)
            if found is not None:
                yield found


def _names(size: int) -> tuple[Variable, ...]:
    return tuple(f"@a{place}" for place in range(size))


def _irredundant(known: Theory, constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """The constraints without those that follow from the others; bounds by extents go first."""
    left = list(constraints)
    if len(left) < 3:
        return constraints
    for item in sorted(constraints, key=_by_extents, reverse=True):
        if item[0] != ATLEAST:
            continue
        known.algebra.spend(len(left))
        others = [other for other in left if other != item]
        if known.algebra.implied(item, (*others, *known.algebra.known)):
            left = others
    return tuple(left)


def _by_extents(item: Constraint) -> tuple[bool, int]:
    linked = [name for name, _ in item[1][1]]
    return len(linked) < 2 or not all(map(is_index_variable, linked)), -len(linked)
