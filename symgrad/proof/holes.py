"""Index sets with holes, of which no list of constraints tells: maxima over them.

    max(k if k != c, u[k])    is held as    max over    sum(k, u[k]) - sum(k if k == c, u[k])

The set is told by what a sum over it counts, 1 inside and 0 outside, so that equal sets are as
equal as sums over them. Each body names its place, for at k = c the body u[k] - u[c] is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from typing import TypeAlias

from symgrad.proof.canonical import put_all
from symgrad.proof.nonempty import nonempty
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import (
    BODY,
    REDUCTION,
    UNIT,
    Atom,
    Key,
    OutOfReach,
    Poly,
    add,
    atom_poly,
    constant,
    scale,
)
from symgrad.sets.affine import Constraint, Variable, equal, plain, plus, put_in, variable

WITH_HOLES = "max of parts"
"""The name of a reduction whose index set has holes."""

Implied: TypeAlias = Callable[[Constraint, Iterable[Constraint]], bool]

MOST_INDICES = 3
"""Maxima over more indices are not compared."""

Range: TypeAlias = "tuple[tuple[Variable, ...], tuple[Constraint, ...], Poly]"
"""Bound indices under names that occur nowhere else, constraints on them, and 1 inside the set."""

Part: TypeAlias = "tuple[tuple[Constraint, ...], tuple[Variable, ...]]"
"""Constraints on the indices of a maximum, and the indices that exist besides."""

WHOLE = constant(UNIT)


def is_maximum(atom: Atom) -> bool:
    return atom[0] == REDUCTION and atom[1] in ("max", WITH_HOLES)


def range_of(algebra: Algebra, poly: Poly) -> tuple[Range, Poly]:
    """Where a maximum ranges, and what it is the largest of there."""
    if not all(_is_part(key, value.q) for key, value in poly.items()):
        raise OutOfReach("a maximum that is none")
    first = leading(poly)
    bounds, constraints, ((atom, _),) = algebra.opened(first)
    body = atom[3][0].poly()
    if len(poly) == 1 and poly[first] == 1:
        return (bounds, constraints, WHOLE), body
    names = [plain(form) for form in atom[2]]
    if not names or {*names} != {*bounds}:
        raise OutOfReach("a maximum over parts that do not tell their indices")
    held: Poly = {}
    for key, coefficient in poly.items():
        term = (bounds, constraints, first[2]) if key == first else algebra.opened(key)
        forms = term[2][0][0][2] if key != first else ()
        met = (equal(plus(variable(n), f, -1)) for n, f in zip(names, forms, strict=False) if n)
        within = (*term[1], *(item for item in met if item is not None))
        inner = () if key == first else term[0]
        held = add(held, scale(algebra.bind(WHOLE, inner, within), coefficient))
    return (bounds, (), held), body


def leading(poly: Poly) -> Key:
    """The term that tells the body of a maximum: one that binds the most indices."""
    return max(poly, key=lambda key: (len(key[0]), poly[key], key))


def everywhere(implied: Implied, poly: Poly) -> tuple[Constraint, ...]:
    """The constraints of the leading term that hold at each place where a maximum is taken."""
    first = leading(poly)
    added = [key for key, value in poly.items() if value > 0 and key != first]
    return tuple(
        item for item in first[1] if all(_holds_in(implied, item, first, key) for key in added)
    )


def _holds_in(implied: Implied, item: Constraint, first: Key, part: Key) -> bool:
    """Does a constraint on the places of one term hold at those of another one?"""
    pairs = zip(first[2][0][0][2], part[2][0][0][2], strict=True)
    moved = put_in(item, {name: form for at, form in pairs if (name := plain(at))})
    return moved is None or implied(moved, part[1])


def _is_part(key: Key, below: int) -> bool:
    return below == 1 and len(key[2]) == 1 and key[2][0][0][0] == BODY


def over(algebra: Algebra, within: Range, used: Sequence[Variable], body: Poly) -> Poly:
    """The terms of a maximum over a range: the one term, or those of a set with holes."""
    bounds, constraints, held = within
    if held != WHOLE:
        possible = algebra.sets.possible
        held = {key: value for key, value in held.items() if possible((*constraints, *key[1]))}
    frozen = algebra.freeze(body)
    places = tuple(map(variable, used))
    for at in (places, ()) if held != WHOLE else ((),):
        atom: Atom = (BODY, "", at, (frozen,))
        whole = algebra.bind(algebra.multiply(held, atom_poly(atom)), bounds, constraints)
        if len(whole) > 1:
            break
    return whole


def parts_of(algebra: Algebra, within: Range) -> list[Part] | None:
    """A range as parts without holes, or none if these cannot be told."""
    bounds, constraints, held = within
    if held == WHOLE:
        return [(constraints, ())]
    opened = [(algebra.opened(key), value) for key, value in held.items()]
    if any(key[2] for key, _ in opened):
        return None
    signed = [((*key[1], *constraints), key[0], int(value)) for key, value in opened]
    pieces = algebra.sets.pieces(bounds, signed, algebra.surroundings())
    return None if pieces is None else [(piece, ()) for piece in pieces]


def has_places(algebra: Algebra, within: Range) -> bool:
    """Is there an index in a range, whatever the extents are?"""
    bounds, constraints, held = within
    if held == WHOLE:
        return nonempty(algebra, (bounds, constraints, ()), algebra.holds)
    parts = parts_of(algebra, within)
    return bool(parts) and algebra.sets.inhabited(bounds, parts or [], algebra.surroundings())


def same_maximum(algebra: Algebra, one: Poly, other: Poly, where: Iterable[Constraint]) -> bool:
    """Are two maxima of one body, over sets that are the same once it is?

    max(i, j if i != j, u[i] u[j]) = max(i, j if i < j, u[i] u[j])
    """
    mine, body = range_of(algebra, one)
    theirs, value = range_of(algebra, other)
    if len(mine[0]) != len(theirs[0]) or len(mine[0]) > MOST_INDICES:
        return False
    with algebra.inside(where):
        left = _places(algebra, mine, body, body, mine[0])
        right = _places(algebra, theirs, value, body, mine[0])
        told = algebra.surroundings()
    return bool(left and right) and algebra.sets.same_union(mine[0], left, right, told)


def _places(
    algebra: Algebra, within: Range, value: Poly, body: Poly, names: Sequence[Variable]
) -> list[Part]:
    """Where a maximum ranges, by another's indices, in every order that gives its body."""
    found: list[Part] = []
    for part in parts_of(algebra, within) or ():
        for order in permutations(names):
            new = dict(zip(within[0], map(variable, order), strict=True))
            moved = {name: form for name, form in new.items() if form != variable(name)}
            if algebra.substitute(value, moved) == body:
                found.append((put_all(part[0], new), ()))
    return found
