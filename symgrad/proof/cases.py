"""Arrays of constant size, element by element.

    x[3] = [1, 3, 0], y[i] = x[i] [x[i] > 2]      y[1] = 0, y[2] = 3, y[3] = 0

Sums over constant ranges are written out and fixed data are put in. An extent is constant only
where the program says so (`input x[4]`, `assume P == 2`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flint import fmpq

from symgrad.proof.terms import (
    ACCESS,
    EXTENT,
    ONE,
    REDUCTION,
    Atom,
    Key,
    OutOfReach,
    Poly,
    add,
    constant,
    free,
)
from symgrad.proof.theory import Theory
from symgrad.sets.affine import (
    Variable,
    is_index_variable,
)


def cases(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Zero, where every element is: for arrays whose every index has constant bounds.

    Sums over constant ranges are written out, and fixed data are put in.
    """
    formals = {name for key in poly for name in _free(key)}
    extents = _extents(poly)
    points = known.sets.listed(sorted(formals | extents), known.algebra.known)
    if points is None or any(_at(known, poly, point) for point in points):
        return poly
    return {}


def _at(known: Theory, poly: Poly, point: Mapping[Variable, int]) -> Poly:
    algebra = known.algebra
    new = {name: (value, ()) for name, value in point.items()}

    def change(atom: Atom) -> Poly | None:
        if atom[0] == EXTENT:
            return constant(point[atom[1]]) if atom[1] in point else None
        if atom[0] == ACCESS and all(not parts for _, parts in atom[2]):
            return _datum(known, atom)
        if atom[0] == REDUCTION:
            return _greatest(known, atom, change)
        return None

    written_out: Poly = {}
    for (bounds, constraints, factors), coefficient in algebra.substitute(poly, new).items():
        values = known.sets.listed(bounds, constraints) if bounds else [{}]
        if values is None:
            raise OutOfReach("a sum that has no constant bounds")
        term: Poly = {((), constraints, factors): coefficient}
        for value in values:
            chosen = {name: (number, ()) for name, number in value.items()}
            written_out = add(written_out, algebra.substitute(term, chosen) if chosen else term)
    return algebra.mapped(written_out, change)


def _datum(known: Theory, atom: Atom) -> Poly | None:
    """A fixed datum as the number that it is."""
    array = known.arrays.get(atom[1])
    if array is None or array.data is None:
        return None
    data: Any = array.data
    for (place, _), axis in zip(atom[2], array.axes, strict=True):
        assert isinstance(data, tuple)
        data = data[place - int(axis.lower)]
    return constant(fmpq(int(data.p), int(data.q)))


def _greatest(known: Theory, atom: Atom, change: Callable[[Atom], Poly | None]) -> Poly | None:
    """The greatest of finitely many numbers."""
    (bounds, constraints, factors), _ = atom[3][0].terms[0]
    points = known.sets.listed(bounds, constraints)
    if not points:
        return None
    body = factors[0][0][3][0].poly()
    found = []
    for point in points:
        new = {name: (value, ()) for name, value in point.items()}
        value = known.algebra.mapped(known.algebra.substitute(body, new), change)
        if value.keys() - {ONE}:
            return None
        found.append(value.get(ONE, fmpq(0)))
    return constant(max(found))


def _free(key: Key) -> set[Variable]:
    bounds, constraints, factors = key
    found = {name for _, form in constraints for name, _ in form[1] if is_index_variable(name)}
    return found.union(*(free(atom) for atom, _ in factors)).difference(bounds)


def _extents(poly: Poly) -> set[Variable]:
    found = set()
    for _, constraints, factors in poly:
        found |= {n for _, form in constraints for n, _ in form[1] if not is_index_variable(n)}
        for atom, _ in factors:
            found |= {n for form in atom[2] for n, _ in form[1] if not is_index_variable(n)}
            if atom[0] == EXTENT:
                found.add(atom[1])
            for inner in atom[3]:
                found |= _extents(inner.poly())
    return found
