"""Sets of integers over affine constraints, decided by isl.

    { [a, l] : exists i : a = i + l - 1, 1 <= i <= H-h+1, 1 <= l <= h }     H, h parameters

`IndexSets.implied` proves constraints; `vanishes` proves that a signed sum of sets counts every
point zero times: where sums over different index sets hold the same atoms, their difference is
zero if the sets, taken apart into disjoint pieces, cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

import islpy as isl

from symgrad.sets.affine import (
    ATLEAST,
    Constraint,
    Variable,
    is_index_variable,
    names,
    plus,
    variable,
)
from symgrad.sets.conjunctions import (
    IslSet,
    about,
    constraint_of,
    equations,
    has_own_indices,
    is_empty,
    is_implied,
    isl_name,
    isl_set,
    isl_text,
    isl_tuple,
    linked,
)
from symgrad.sets.patience import Patience

CASES = 256
"""So many values are listed one by one."""

PIECES = 64
"""So many disjoint pieces are told apart before giving up."""


MOST_OPERATIONS = 60_000
"""isl's own count for one question about pieces: about 10 ms; a textbook's takes some thousands."""

MOST_GIVEN_UP = 8
"""After so many such questions without an answer no more are asked in one comparison."""


class IndexSets:
    """Integer sets under assumptions on extents, with remembered answers.

    Taking apart pieces can grow without bound: what takes longer is not seen to vanish.
    """

    def __init__(self, assumed: Iterable[Constraint] = ()) -> None:
        self._assumed = tuple(assumed)
        self._patience = Patience(MOST_OPERATIONS, MOST_GIVEN_UP)
        self._hulls = Patience(MOST_OPERATIONS, MOST_GIVEN_UP)
        self._longer = Patience(10 * MOST_OPERATIONS, 2)

    def anew(self) -> IndexSets:
        """The same assumptions, and all the patience there was at first."""
        return IndexSets(self._assumed)

    def implied(self, condition: Constraint, constraints: Iterable[Constraint]) -> bool:
        """Does the condition hold wherever the constraints and the assumptions do?"""
        return is_implied(condition, frozenset((*constraints, *self._assumed)))

    def possible(self, constraints: Iterable[Constraint]) -> bool:
        return not is_empty(frozenset((*constraints, *self._assumed)))

    def points(
        self,
        indices: Sequence[Variable],
        constraints: Iterable[Constraint],
        hidden: Sequence[Variable],
    ) -> IslSet:
        """{ [indices] : exists hidden : constraints }, everything else a parameter."""
        return isl_set(tuple(indices), frozenset(constraints), tuple(hidden))

    def listed(
        self, variables: Sequence[Variable], constraints: Iterable[Constraint]
    ) -> list[dict[Variable, int]] | None:
        """Every value of the variables, if the constraints and assumptions leave only a few."""
        if not variables:
            return [{}]
        items = {
            item
            for name in variables
            for item in linked((ATLEAST, variable(name)), (*constraints, *self._assumed))
        }
        others = names(form for _, form in items).difference(variables)
        found = self.points(variables, items, sorted(others))
        if not all(map(is_index_variable, variables)):
            sizes = isl_text((), variables)
            found = found.intersect(isl.Set(f"{{ {isl_tuple(variables)} : {sizes} }}"))
        if not found.is_bounded() or found.count_val().to_python() > CASES:
            return None
        points: list[dict[Variable, int]] = []

        def note(point: Any) -> None:
            values = [
                point.get_coordinate_val(isl.dim_type.set, n).to_python()
                for n in range(len(variables))
            ]
            points.append(dict(zip(variables, values, strict=True)))

        found.foreach_point(note)
        return sorted(points, key=lambda point: tuple(point.values()))

    def determined(
        self,
        indices: Sequence[Variable],
        constraints: Iterable[Constraint],
        hidden: Sequence[Variable],
    ) -> bool:
        """Do the indices and parameters leave at most one value to all hidden indices?"""
        if not hidden:
            return True
        items = tuple(constraints)
        parameters = sorted(names(form for _, form in items).difference(indices, hidden))
        text = isl_text(items, parameters)
        given, seen, unseen = map(isl_tuple, (parameters, indices, hidden))
        relation = isl.Map(f"{given} -> {{ {seen} -> {unseen} : {text} }}")
        return self._patience.ask(lambda: bool(relation.is_single_valued()), unknown=False)

    def tied(
        self, indices: Sequence[Variable], constraints: Iterable[Constraint]
    ) -> tuple[Constraint, ...]:
        """The equations that constraints imply: p + q = N, for the lower and the upper half."""
        items = frozenset((*constraints, *self._assumed))
        return self._hulls.ask(lambda: equations(tuple(indices), items), unknown=())

    def vanishes(self, signed: Sequence[tuple[IslSet, Any]], context: Iterable[Constraint]) -> bool:
        """Is sum of number * [point in set] zero at every point, within the context?"""
        return self._patience.ask(lambda: self._cancel(signed, context), unknown=False)

    def makes(
        self,
        indices: Sequence[Variable],
        parts: Iterable[tuple[Iterable[Constraint], Sequence[Variable]]],
        whole: Iterable[Constraint],
        context: Iterable[Constraint],
    ) -> bool:
        """Do the parts, each constraints and hidden indices, share no point and make the whole?"""
        signed = [(self.points(indices, *part), 1) for part in parts]
        signed.append((self.points(indices, whole, ()), -1))
        return self._hulls.ask(lambda: self._cancel(signed, context), unknown=False)

    def united(
        self,
        indices: Sequence[Variable],
        parts: Sequence[tuple[Iterable[Constraint], Sequence[Variable]]],
        context: Iterable[Constraint],
    ) -> frozenset[Constraint] | None:
        """The constraints that say of indices that they are in one of the parts, if there are."""
        told = {*self._told((items for items, _ in parts), context)}
        found = names(form for items in (told, *(part[0] for part in parts)) for _, form in items)
        told |= {(ATLEAST, plus(variable(n), (-1, ()))) for n in found if not is_index_variable(n)}
        within = [((*items, *told), hidden) for items, hidden in parts]
        hull = self.hull(indices, within)
        whole = frozenset(item for item in hull if not names([item[1]]).isdisjoint(indices))

        def described() -> bool:
            union = reduce(isl.Set.union, (self.points(indices, *part) for part in within))
            return bool(union.is_equal(self.points(indices, {*whole, *told}, ())))

        return whole if self._hulls.ask(described, unknown=False) else None

    def _told(
        self, parts: Iterable[Iterable[Constraint]], context: Iterable[Constraint]
    ) -> tuple[Constraint, ...]:
        """What is known of the extents and free indices that parts speak of."""
        found = names(form for items in parts for _, form in items)
        return tuple(sorted(about(found, (*context, *self._assumed))))

    def inhabited(
        self,
        indices: Sequence[Variable],
        parts: Sequence[tuple[Iterable[Constraint], Sequence[Variable]]],
        context: Iterable[Constraint],
    ) -> bool:
        """Has one of the parts a point at all extents and free indices that the context admits?"""
        told = self._told((items for items, _ in parts), context)

        def found() -> bool:
            union = reduce(
                isl.Set.union, (self.points(indices, (*p[0], *told), p[1]) for p in parts)
            )
            return bool(self.points((), told, ()).params().is_subset(union.params()))

        return self._hulls.ask(found, unknown=False)

    def same_union(
        self,
        indices: Sequence[Variable],
        left: Sequence[tuple[Iterable[Constraint], Sequence[Variable]]],
        right: Sequence[tuple[Iterable[Constraint], Sequence[Variable]]],
        context: Iterable[Constraint],
    ) -> bool:
        """Do two unions of parts have the same points?"""
        told = self._told((items for items, _ in (*left, *right)), context)

        def compared() -> bool:
            one, other = (
                reduce(isl.Set.union, (self.points(indices, (*p[0], *told), p[1]) for p in parts))
                for parts in (left, right)
            )
            return bool(one.is_equal(other))

        return self._hulls.ask(compared, unknown=False)

    def within_work(self, question: Callable[[], bool]) -> bool:
        """The answer to a harder question, of which few are asked, or no after so much work."""
        return self._longer.ask(question, unknown=False)

    def pieces(
        self,
        indices: Sequence[Variable],
        signed: Sequence[tuple[Iterable[Constraint], Sequence[Variable], int]],
        context: Iterable[Constraint],
    ) -> list[tuple[Constraint, ...]] | None:
        """Where a signed sum of sets counts 1, as parts of constraints each, if it is 0 elsewhere.

        1..N without c is 1..c-1 and c+1..N.
        """
        return self._hulls.ask(lambda: self._pieces(tuple(indices), signed, context), unknown=None)

    def _pieces(
        self,
        indices: tuple[Variable, ...],
        signed: Sequence[tuple[Iterable[Constraint], Sequence[Variable], int]],
        context: Iterable[Constraint],
    ) -> list[tuple[Constraint, ...]] | None:
        found = [(tuple(items), tuple(hidden), number) for items, hidden, number in signed]
        told = self._told((items for items, _, _ in found), context)
        sets = [(self.points(indices, items, hidden), n) for items, hidden, n in found]
        totals = self._totals(sets, told)
        if totals is None or any(number != 1 for _, number in totals):
            return None
        every = (told, *(items for items, _, _ in found))
        mentioned = names(form for items in every for _, form in items)
        known = {isl_name(name): name for name in (*indices, *mentioned)}
        parts: list[tuple[Constraint, ...]] = []
        for piece, _ in totals:
            for basic in piece.make_disjoint().get_basic_sets():
                limits = basic.get_constraints()
                if any(map(has_own_indices, limits)):
                    return None
                read = (constraint_of(item, known) for item in limits)
                parts.append(tuple(item for item in read if item is not None))
        return parts

    def _cancel(self, signed: Sequence[tuple[IslSet, Any]], context: Iterable[Constraint]) -> bool:
        return self._totals(signed, context) == []

    def _totals(
        self, signed: Sequence[tuple[IslSet, Any]], context: Iterable[Constraint]
    ) -> list[tuple[IslSet, Any]] | None:
        """Disjoint pieces with how often the sets count their points, where that is not 0."""
        bounds = self.points((), (*context, *self._assumed), ())
        pieces: list[tuple[IslSet, Any]] = []
        for found, number in signed:
            rest = found.intersect_params(bounds)
            split: list[tuple[IslSet, Any]] = []
            for piece, total in pieces:
                common = piece.intersect(rest)
                if common.is_empty():
                    split.append((piece, total))
                    continue
                outside = piece.subtract(rest)
                if not outside.is_empty():
                    split.append((outside, total))
                if total + number:
                    split.append((common, total + number))
                rest = rest.subtract(piece)
            if not rest.is_empty():
                split.append((rest, number))
            # A piece whose count cancelled holds no point of the remaining rest, but may meet a
            # later set: it is left out, and that later set then counts it alone, as it should.
            pieces = split
            if len(pieces) > PIECES:
                return None
        return pieces

    def hull(
        self,
        indices: Sequence[Variable],
        parts: Iterable[tuple[Iterable[Constraint], Sequence[Variable]]],
    ) -> frozenset[Constraint]:
        """The constraints on the indices that hold in all parts, with as few as describe them.

        Each part is constraints and the indices that exist besides. There are none where isl would
        have to work too long for them.
        """
        found = [(tuple(items), tuple(hidden)) for items, hidden in parts]
        union = reduce(isl.Set.union, (self.points(indices, *part) for part in found))
        known = {
            isl_name(name): name
            for items, _ in found
            for name in (*indices, *names(form for _, form in items))
        }
        limits: list[Any] = self._hulls.ask(
            lambda: list(union.polyhedral_hull().get_constraints()), unknown=[]
        )
        read = (constraint_of(item, known) for item in limits)
        return frozenset(item for item in read if item is not None)
