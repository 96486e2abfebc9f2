"""Padding: a sum with exact bounds as a sum over whole ranges of zero-padded copies.

    for p: I.grad[p] = sum(l in max(1, p+h-H)..min(p, h), K[l] * J.grad[p-l+1])

    for i: P[i+h-1] = J.grad[i]                          δI = pad(δJ) * flip(K)
    for l: F[l] = K[h-l+1]
    for p: I.grad[p] = sum(l, P[p+l-1] * F[l])

A loop index that the target determines (i = p-l+1) makes a factor zero outside its range once that
factor is copied into an array of zeros, shifted so that the smallest index that is read is 1; then
the index needs no range. An index that runs backwards in a copy is reversed, l to h-l+1, and
factors on whose axis it stands alone are copied in reverse. Any number of axes and of such indices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy
from sympy import Expr, Indexed, Integer, Mul, Symbol

from symgrad.algebra.binding import fresh
from symgrad.expressions import array_of, element, index, indices_of, is_index, mul, rename
from symgrad.forms.contribution import Contribution
from symgrad.program import Array, Axis, Loop, Nest, Statement
from symgrad.sets.bounds import Constraint, lower_bounds, upper_bounds
from symgrad.sets.integers import Integers
from symgrad.sets.literals import ranges, within
from symgrad.shapes import span


@dataclass(frozen=True)
class Solved:
    """An index that an equation gives in terms of the target and the other indices."""

    symbol: Symbol
    value: Expr
    equation: Constraint
    axis: Axis
    """Its own range."""


@dataclass
class Padding:
    """Pads one contribution; `copies` are the nests that fill the auxiliary arrays."""

    arrays: Mapping[str, Array]
    integers: Integers
    taken: set[str]
    copies: list[Nest] = field(default_factory=list)

    def padded(self, contribution: Contribution, target: Sequence[Loop]) -> Contribution:
        """The contribution over whole ranges, as far as products of elements allow it."""
        ranges = _rectangular(contribution)
        determined = list(_determined(contribution, ranges))
        inner = {found.symbol for found in determined}
        free = [Loop(symbol, axis.lower, axis.upper) for symbol, axis in ranges.items()]
        scope = (*target, *(loop for loop in free if loop.index not in inner))
        bound = {*inner, *(loop.index for loop in scope)}
        chosen = {
            found.symbol: found
            for found in determined
            if found.value.free_symbols & set(contribution.indices) <= bound - inner
            and self._leaves(found, scope)
            and self._can_be_padded(contribution, found)
        }
        if not chosen:
            return contribution
        return self._rearranged(contribution, chosen, scope, ranges)

    def flushed(self) -> list[Nest]:
        """The copies since the last call."""
        copies, self.copies = self.copies, []
        return copies

    def _leaves(self, found: Solved, scope: Sequence[Loop]) -> bool:
        known = ranges(scope)
        return not all(
            self.integers.implies(known, part) for part in within(found.value, found.axis)
        )

    def _can_be_padded(self, contribution: Contribution, found: Solved) -> bool:
        """Does the index stand alone, on whole axes of computed factors, and nowhere else?"""
        for part in contribution.constraints:
            mentioned = set(filter(is_index, part.symbols))
            if part != found.equation and found.symbol in mentioned and len(mentioned) > 1:
                return False
        if any(found.symbol in part.free_symbols for part in contribution.conditions):
            return False
        using = [
            factor
            for factor in Mul.make_args(contribution.value)
            if found.symbol in factor.free_symbols
        ]
        return bool(using) and all(self._takes(factor, found) for factor in using)

    def _takes(self, factor: Expr, found: Solved) -> bool:
        if not isinstance(factor, Indexed):
            return False
        array = self.arrays[array_of(factor)]
        places = zip(indices_of(factor), array.axes, strict=True)
        used = [(place, axis) for place, axis in places if found.symbol in place.free_symbols]
        return array.role != "input" and used == [(found.symbol, found.axis)]

    def _rearranged(
        self,
        contribution: Contribution,
        chosen: Mapping[Symbol, Solved],
        scope: Sequence[Loop],
        ranges: Mapping[Symbol, Axis],
    ) -> Contribution:
        shifts = {
            symbol: 1 - span(found.value, tuple(scope)).lower for symbol, found in chosen.items()
        }
        backwards = {
            symbol: ranges[symbol].lower + ranges[symbol].upper - symbol
            for symbol in contribution.indices
            if symbol in ranges.keys() - chosen.keys() and _runs_backwards(symbol, chosen.values())
        }
        values = {
            symbol: sympy.expand((found.value + shifts[symbol]).xreplace(backwards))
            for symbol, found in chosen.items()
        }
        factors = []
        for factor in Mul.make_args(contribution.value):
            if factor.free_symbols & chosen.keys():
                factors.append(rename(self._pad(factor, shifts), {**backwards, **values}))
            else:
                factors.append(self._flip(factor, backwards, ranges))
        dropped = {found.equation for found in chosen.values()}
        return replace(
            contribution,
            indices=tuple(symbol for symbol in contribution.indices if symbol not in chosen),
            constraints=tuple(
                part
                for part in contribution.constraints
                if part not in dropped and not part.symbols & chosen.keys()
            ),
            conditions=tuple(rename(part, backwards) for part in contribution.conditions),
            value=mul(*factors),
        )

    def _pad(self, factor: Indexed, shifts: Mapping[Symbol, Expr]) -> Expr:
        """A copy with zeros around it:  P[i + shift] = G[i]."""
        name = self._fresh("P")
        loops = self._axes(factor)
        places = [
            loop.index + shifts.get(position, Integer(0))
            for loop, position in zip(loops, indices_of(factor), strict=True)
        ]
        self._copy(loops, element(name, *places), element(array_of(factor), *_indices(loops)))
        return element(name, *indices_of(factor))

    def _flip(
        self, factor: Expr, backwards: Mapping[Symbol, Expr], ranges: Mapping[Symbol, Axis]
    ) -> Expr:
        """A copy in reverse:  F[l] = K[h-l+1]; other uses of the index are reversed in place."""
        turned: set[Symbol] = set()
        if isinstance(factor, Indexed):
            axes = self.arrays[array_of(factor)].axes
            turned = {
                position
                for position, axis in zip(indices_of(factor), axes, strict=True)
                if position in backwards and axis == ranges[position]
            }
            alone = [part for part in indices_of(factor) if part.free_symbols & turned]
            if set(alone) != turned or len(alone) != len(turned):
                turned = set()
        if not turned:
            return rename(factor, dict(backwards))
        name = self._fresh("F")
        loops = self._axes(factor)
        places = [
            loop.lower + loop.upper - loop.index if position in turned else loop.index
            for loop, position in zip(loops, indices_of(factor), strict=True)
        ]
        self._copy(loops, element(name, *_indices(loops)), element(array_of(factor), *places))
        rest = {symbol: value for symbol, value in backwards.items() if symbol not in turned}
        return rename(element(name, *indices_of(factor)), rest)

    def _axes(self, factor: Indexed) -> list[Loop]:
        """Loops over a whole array, by the names of its indices where they stand alone."""
        loops: list[Loop] = []
        axes = self.arrays[array_of(factor)].axes
        for position, axis in zip(indices_of(factor), axes, strict=True):
            used = {loop.index for loop in loops}
            symbol = position
            if not is_index(position) or position in used:
                symbol = index(fresh("k", {*self.taken, *(other.name for other in used)}))
            loops.append(Loop(symbol, axis.lower, axis.upper))
        return loops

    def _copy(self, loops: Sequence[Loop], target: Expr, value: Expr) -> None:
        self.copies.append(Nest(tuple(loops), (Statement(target, "=", value),)))

    def _fresh(self, name: str) -> str:
        found = fresh(name, self.taken)
        self.taken.add(found)
        return found


def _indices(loops: Sequence[Loop]) -> list[Symbol]:
    return [loop.index for loop in loops]


def _rectangular(contribution: Contribution) -> dict[Symbol, Axis]:
    """The ranges of indices that depend on extents alone."""
    found = {}
    for symbol in contribution.indices:
        own = [
            part
            for part in contribution.constraints
            if not part.equality
            and symbol in part.symbols
            and all(not is_index(other) or other == symbol for other in part.symbols)
        ]
        lower = [bound for part in own for bound in lower_bounds(part, symbol)]
        upper = [bound for part in own for bound in upper_bounds(part, symbol)]
        if len(lower) == len(upper) == 1:
            found[symbol] = Axis(upper[0], lower[0])
    return found


def _determined(contribution: Contribution, ranges: Mapping[Symbol, Axis]) -> Iterator[Solved]:
    """For each equation the outermost index that it gives, with coefficient ±1.

    None is put into another: which of them are used is chosen afterwards.
    """
    equations = [part for part in contribution.constraints if part.equality]
    for symbol in filter(ranges.__contains__, contribution.indices):
        for part in equations:
            slope = part.slope(symbol)
            if slope in (1, -1):
                value = sympy.expand(symbol - slope * part.form)
                yield Solved(symbol, value, part, ranges[symbol])
                equations.remove(part)
                break


def _runs_backwards(symbol: Symbol, found: Iterable[Solved]) -> bool:
    slopes = [item.value.coeff(symbol) for item in found if symbol in item.value.free_symbols]
    return bool(slopes) and all(slope.is_negative for slope in slopes)
