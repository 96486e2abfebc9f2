"""Arrays of constant size, element by element.

    x[3] = [1, 3, 0], y[i] = x[i] [x[i] > 2]      y[1] = 0, y[2] = 3, y[3] = 0

Sums over constant ranges are written out and fixed data are put in. An extent is constant only
where the program says so (`input x[4]`, `assume P == 2`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from flint import fmpq

from symgrad.program import Array
from symgrad.proof.canonical import put_all
from symgrad.proof.splitting import vanishes
from symgrad.proof.terms import (
    ACCESS,
    BODY,
    EXTENT,
    LABEL,
    ONE,
    PRIME,
    REDUCTION,
    Atom,
    OutOfReach,
    Poly,
    Sum,
    add,
    atom_poly,
    constant,
    free_of_key,
    nested,
)
from symgrad.proof.theory import Theory
from symgrad.sets.affine import (
    FALSE,
    Affine,
    Constraint,
    Variable,
    equal,
    is_index_variable,
    names,
    plus,
    put,
)

Point: TypeAlias = Mapping[Variable, int]
"""Numbers for extents and indices."""


def cases(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Zero, where every element is, at each number of the indices that have constant bounds.

    Sums over constant ranges are written out, fixed data and definitions are put in. Other indices
    stay as they are.
    """
    formals = {name for key in poly for name in free_of_key(key)}
    extents = _extents(poly)
    sized = {name for name in formals | extents if _is_sized(known, name)}
    points = known.sets.listed(sorted(sized), known.algebra.known)
    if points is None:
        return poly
    written = WrittenOut(known)
    try:
        zero = all(vanishes(known, written.value(poly, at)) for at in points)
    except OutOfReach:
        return poly
    return {} if zero and (sized or written.any) else poly


def _is_sized(known: Theory, name: Variable) -> bool:
    """Are there numbers between which a free index or an extent lies?"""
    return known.sets.listed([name], known.algebra.known) is not None


class WrittenOut:
    """Sums at numbers for their extents and free indices; what an element holds is kept.

    `any` tells whether there was anything to write out.
    """

    def __init__(self, known: Theory) -> None:
        self.known = known
        self.held: dict[Atom, Poly] = {}
        self.any = False

    def value(self, poly: Poly, at: Point) -> Poly:
        """The sum with sums over constant ranges written out, and all put in that is known."""
        algebra = self.known.algebra
        result: Poly = {}
        for key, coefficient in poly.items():
            bounds, constraints, factors = algebra.opened(key)
            within = put_all(constraints, _forms(at))
            if FALSE in within:  # what stands there may have no value
                continue
            sized = [name for name in bounds if self._listed([name], within) is not None]
            rest = tuple(name for name in bounds if name not in sized)
            self.any = self.any or bool(sized)
            for point in self._listed(sized, within) or ():
                algebra.spend(len(factors))
                numbers = {**at, **point}
                powers = (algebra.raised(self.atom(a, numbers), power) for a, power in factors)
                product = algebra.multiply(constant(coefficient), *powers)
                limits = put_all(within, _forms(point))
                result = add(result, algebra.bind(product, rest, limits))
        return result

    def _listed(
        self, names: Sequence[Variable], within: tuple[Constraint, ...]
    ) -> list[dict[Variable, int]] | None:
        """The numbers that indices take, if they are few."""
        return self.known.sets.listed(names, within)

    def _points(
        self, bounds: tuple[Variable, ...], constraints: tuple[Constraint, ...], at: Point
    ) -> list[Point]:
        """The numbers that all bound indices take."""
        within = put_all(constraints, _forms(at))
        if FALSE in within:
            return []
        found = self._listed(bounds, within)
        if found is None or any(names([form]).difference(bounds) for _, form in within):
            raise OutOfReach("a maximum that has no constant bounds")
        return [{**at, **point} for point in found] if bounds or not within else []

    def atom(self, atom: Atom, at: Point) -> Poly:
        """An atom over sums with everything put in."""
        tag, name, forms, sums = atom
        if tag == EXTENT:
            return constant(at[name]) if name in at else atom_poly(atom)
        if tag == REDUCTION:
            values = [value for _, value in self._candidates(sums[0], at)]
            return self.known.laws.function(self.known.algebra, "max", *values)
        new = _forms(at)
        moved = tuple(put(form, new) for form in forms)
        if tag == ACCESS:
            return self._element((tag, name, moved, ()))
        if tag == LABEL and sums:
            return self._is_first(sums[0], moved, at)
        if tag in (LABEL, PRIME):
            return atom_poly((tag, name, moved, ()))
        inner = tuple(self.value(held.poly(), at) for held in sums)
        return self.known.algebra.laws[tag](self.known.algebra, (tag, name, moved, sums), inner)

    def _element(self, atom: Atom) -> Poly:
        """A fixed datum as the number that it is, a computed element by its definition."""
        name, places = atom[1:3]
        array, definition = self.known.arrays.get(name), self.known.definitions.get(name)
        if any(parts for _, parts in places):
            if array is not None and array.data is not None:
                raise OutOfReach("a datum at no number")
            return atom_poly(atom)
        if array is not None and array.data is not None:
            self.any = True
            return _datum(array, [place for place, _ in places])
        if definition is None:
            return atom_poly(atom)
        if atom not in self.held:
            numbers = {
                formal: place for formal, (place, _) in zip(definition.formals, places, strict=True)
            }
            self.held[atom] = self.value(definition.poly, numbers)
        return self.held[atom]

    def _is_first(self, held: Sum, places: tuple[Affine, ...], at: Point) -> Poly:
        """[place == argmax(k, u)] for finitely many numbers: at the first of the greatest."""
        found = self._candidates(held, at)
        if any(value.keys() - {ONE} for _, value in found):
            raise OutOfReach("an argmax of what are no numbers")
        first, _ = min(found, key=lambda item: (-item[1].get(ONE, fmpq(0)), item[0]))
        gaps = (plus(place, (number, ()), -1) for place, number in zip(places, first, strict=True))
        same = [item for gap in gaps if (item := equal(gap)) is not None]
        return self.known.algebra.bind(constant(1), (), same)

    def _candidates(self, held: Sum, at: Point) -> list[tuple[tuple[int, ...], Poly]]:
        """What a reduction compares: places (those that its body names) and values."""
        ((bounds, constraints, factors), _), *others = held.terms
        if others or len(factors) != 1 or factors[0][0][0] != BODY:
            raise OutOfReach("a maximum under a condition")
        _, _, places, (body,) = factors[0][0]
        found = [
            (
                tuple(put(place, _forms(point))[0] for place in places),
                self.value(body.poly(), point),
            )
            for point in self._points(bounds, constraints, at)
        ]
        if not found:
            raise OutOfReach("a maximum over nothing")
        return found


def _forms(at: Point) -> dict[Variable, Affine]:
    return {name: (value, ()) for name, value in at.items()}


def _datum(array: Array, places: Iterable[int]) -> Poly:
    data: Any = array.data
    for place, axis in zip(places, array.axes, strict=True):
        start = place - int(axis.lower)
        if not 0 <= start < len(data):
            raise OutOfReach("a datum outside its axis")
        data = data[start]
    return constant(fmpq(int(data.p), int(data.q)))


def _extents(poly: Poly) -> set[Variable]:
    found: set[Variable] = set()
    for _, constraints, factors in nested(poly):
        forms = [form for _, form in constraints]
        for atom, _ in factors:
            forms += atom[2]
            found |= {atom[1]} if atom[0] == EXTENT else set()
        found |= {n for form in forms for n, _ in form[1] if not is_index_variable(n)}
    return found
