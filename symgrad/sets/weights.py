"""Weights on index sets: do they cancel at every point?

    sum over parts:  [p in S] P(p, q)        S = { p : exists q: constraints }, one q for each p

The points are told apart by the parts whose sets hold them. Where the same parts count, their
weights add up to one polynomial; it is zero there if the equations that hold at all those points
(isl's affine hull, which knows about integers) say so, or do for each value of a form that takes
only a few values there.

    N - q - q',  2 q <= N <= 2 q + 1, 2 q' <= N + 1 <= 2 q' + 1:   q + q' = N at all integer points
    r^2 - r,     r = N - 2 q in 0..1:                             zero at r = 0 and at r = 1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

import islpy as isl
from flint import Ordering, fmpq, fmpq_mpoly_ctx

from symgrad.sets.affine import Constraint, Variable, names
from symgrad.sets.conjunctions import IslSet, has_own_indices, isl_name
from symgrad.sets.indexsets import IndexSets

MOST_CELLS = 24
"""So many sets of points are told apart before giving up."""

MOST_VALUES = 6
"""A form that takes more values is not looked at value by value."""

MOST_SPLITS = 3
"""So many forms are looked at value by value, one within the other."""

Weight: TypeAlias = "Mapping[tuple[Variable, ...], Any]"
"""A polynomial: monomials (variables with repetitions) and their coefficients."""

Polynomial: TypeAlias = Any
"""A polynomial of python-flint, which has no types."""


@dataclass(frozen=True)
class Part:
    """A weight over the points for which some choice of hidden indices meets the constraints."""

    constraints: tuple[Constraint, ...]
    hidden: tuple[Variable, ...]
    weight: Weight


def cancel(
    sets: IndexSets,
    indices: Sequence[Variable],
    parts: Sequence[Part],
    context: Iterable[Constraint],
) -> bool:
    """Is the sum of the weights zero at every point? Hidden indices must be determined."""
    known = tuple(context)
    return sets.within_work(lambda: _Weights(sets, tuple(indices), parts, known).cancel())


class _Weights:
    """The names and the ring of one question."""

    def __init__(
        self,
        sets: IndexSets,
        indices: tuple[Variable, ...],
        parts: Sequence[Part],
        context: tuple[Constraint, ...],
    ) -> None:
        self.sets = sets
        self.indices = indices
        self.parts = parts
        self.context = context
        mentioned = {
            name
            for part in parts
            for name in (*names(f for _, f in part.constraints), *chain(*part.weight))
        } | names(form for _, form in context)
        self.of_isl = {isl_name(name): name for name in mentioned}
        simple = {piece for name in mentioned | {*indices} for piece in name.split("*")}
        self.variables = sorted(simple.union(*(part.hidden for part in parts)))
        self.ring = fmpq_mpoly_ctx.get(
            [f"v{n}" for n in range(len(self.variables))] or ["v"], Ordering.lex
        )
        self.values = dict(zip(self.variables, self.ring.gens(), strict=False))

    def cancel(self) -> bool:
        return all(self._zero_in(cell, parts) for cell, parts in self._cells())

    def _cells(self) -> Iterator[tuple[IslSet, tuple[Part, ...]]]:
        """Sets of points, disjoint, with the parts that count at each of their points."""
        bounds = self.sets.points((), self.context, ())
        everywhere = self.sets.points(self.indices, (), ()).intersect_params(bounds)
        cells: list[tuple[IslSet, tuple[Part, ...]]] = [(everywhere, ())]
        for part in self.parts:
            shadow = self.sets.points(self.indices, part.constraints, part.hidden)
            cells = [
                (piece, counted)
                for cell, before in cells
                for piece, counted in (
                    (cell.intersect(shadow), (*before, part)),
                    (cell.subtract(shadow), before),
                )
                if not piece.is_empty()
            ]
            if len(cells) > MOST_CELLS:
                raise isl.Error("too many cells")
        return ((cell, parts) for cell, parts in cells if parts)

    def _zero_in(self, cell: IslSet, parts: Sequence[Part]) -> bool:
        """Do the weights of parts that all count at the points of a cell add up to zero there?"""
        hidden = [name for part in parts for name in part.hidden]
        found = (*self.indices, *hidden)
        within = tuple(item for part in parts for item in part.constraints)
        points = self.sets.points(found, within, ())
        points = points.intersect(cell.add_dims(isl.dim_type.set, len(hidden)))
        total = sum((self._polynomial(part.weight) for part in parts), self.ring.constant(0))
        return self._zero(points, found, total, MOST_SPLITS)

    def _polynomial(self, weight: Weight) -> Polynomial:
        total = self.ring.constant(0)
        for monomial, coefficient in weight.items():
            product = self.ring.constant(fmpq(coefficient))
            for name in monomial:
                product *= self._value(name)
            total += product
        return total

    def _value(self, name: Variable) -> Polynomial:
        """The polynomial that a variable is: M*N is M times N."""
        result = self.ring.constant(1)
        for piece in name.split("*"):
            result *= self.values[piece]
        return result

    def _zero(
        self, points: IslSet, order: Sequence[Variable], total: Polynomial, splits: int
    ) -> bool:
        """Is a polynomial zero at all points of a set?"""
        return total == 0 or all(
            self._zero_on(isl.Set.from_basic_set(piece), order, total, splits)
            for piece in points.get_basic_sets()
        )

    def _zero_on(
        self, piece: IslSet, order: Sequence[Variable], total: Polynomial, splits: int
    ) -> bool:
        hull = piece.affine_hull()
        rest = self._reduced(total, list(self._equations(hull, order)))
        if rest == 0:
            return True
        if not splits:
            return False
        for item in chain(*(part.get_constraints() for part in piece.get_basic_sets())):
            width = None if item.is_equality() else _width(piece, item)
            if width is not None:
                cases = (_at(piece, item, value) for value in range(width + 1))
                return all(self._zero(case, order, rest, splits - 1) for case in cases)
        return False

    def _equations(self, hull: Any, order: Sequence[Variable]) -> Iterator[Polynomial]:
        """What is zero at all points, without what isl says by indices of its own."""
        for item in hull.get_constraints():
            if has_own_indices(item):
                continue
            total = self.ring.constant(item.get_constant_val().to_python())
            for place, name in enumerate(order):
                slope = item.get_coefficient_val(isl.dim_type.set, place).to_python()
                total += slope * self._value(name)
            for place in range(item.dim(isl.dim_type.param)):
                slope = item.get_coefficient_val(isl.dim_type.param, place).to_python()
                if slope:
                    name = self.of_isl[item.get_dim_name(isl.dim_type.param, place)]
                    total += slope * self._value(name)
            yield total

    def _reduced(self, total: Polynomial, equations: list[Polynomial]) -> Polynomial:
        """The polynomial with every variable that an equation gives replaced."""
        while equations:
            equation = equations.pop()
            name = self._given(equation)
            if name is None:
                continue
            slope = _linear(equation, self.variables.index(name))
            value = self.values[name] - equation / slope
            new = [value if other == name else self.values[other] for other in self.variables]
            total = total.compose(*new, ctx=self.ring)
            equations = [other.compose(*new, ctx=self.ring) for other in equations]
        return total

    def _given(self, equation: Polynomial) -> Variable | None:
        """A variable that an equation is linear in, and that stands in no product there."""
        degrees = equation.to_dict()
        for place, name in enumerate(self.variables):
            held = [row for row in degrees if row[place]]
            if len(held) == 1 and sum(held[0]) == 1:
                return name
        return None


def _linear(equation: Polynomial, place: int) -> Any:
    """The coefficient of a variable that an equation is linear in."""
    return next(c for row, c in equation.to_dict().items() if row[place] and sum(row) == 1)


def _width(piece: IslSet, item: Any) -> int | None:
    """The greatest value of the form of a constraint form >= 0, if it is a small one."""
    if has_own_indices(item):
        return None
    most = piece.max_val(item.get_aff())
    if not most.is_int():
        return None
    width = int(most.to_python())
    return width if 0 < width <= MOST_VALUES else None


def _at(piece: IslSet, item: Any, value: int) -> IslSet:
    """The points where the form of a constraint has a value."""
    form = item.get_aff().add_constant_val(isl.Val(-value))
    return piece.intersect(isl.Set.from_basic_set(form.zero_basic_set()))


__all__ = ["Part", "cancel"]
