"""An index that stands nowhere alone, but in one form by itself, becomes that form.

    for j in 0..J-1: y[j+1] = x[j+1]^2                    for j in 1..J: y[j] = x[j]^2
    sum(j in 1..J, u[J-j+1])                              sum(j in 1..J, u[j])
    for p in 1..ceil(N/2): t += x[2*p-1]                  for p if mod(p, 2) == 1: t += x[p]
    for p, q in 0..1 if 2*p-q <= N: y[2*p-q] = x[2*p-q]   for p in 1..N: y[p] = x[p]

Such places are the integers of one set, which isl compares with the axis on which they stand: the
same elements are reached, each once. Where the rounds of a loop then come in another order, no two
of them may touch one element, unless both add to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import sympy
from sympy import Expr, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.expressions import (
    Element,
    array_of,
    elements,
    index,
    indices_of,
    is_affine_head,
    is_element,
    is_index,
    rebuild,
    rename,
)
from symgrad.heads import ArgmaxOver, Reduction
from symgrad.program import Axis, Loop, Nest, Program, Statement, kept
from symgrad.separation.dependence import Access, Dependences, conflicting
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, conjuncts, ranges, within
from symgrad.sets.scopes import Scope

NEW = " placed"
"""Marks the new index while it is put in; no name holds a space."""


class OtherForm(Exception):
    """An index that stands in another form as well."""


@dataclass(frozen=True)
class Bound:
    """Expressions under loops and a condition: of a nest, or of a reduction."""

    loops: tuple[Loop, ...]
    condition: Boolean
    parts: tuple[Any, ...]

    def places(self) -> Iterator[tuple[Element, int, Expr]]:
        """Where indices stand: element, position, form."""
        for part in (self.condition, *self.parts):
            for found in elements(part):
                for n, place in enumerate(indices_of(found)):
                    if not is_element(place):  # of s[b, y[b]] the y[b] is asked for its own
                        yield found, n, place


@dataclass(frozen=True)
class Form:
    """The one form in which some neighbouring loops' indices stand, and the axes under it."""

    first: int
    indices: tuple[Symbol, ...]
    value: Expr
    slopes: tuple[int, ...]
    rest: Expr
    axes: tuple[Axis, ...]

    @property
    def is_shift(self) -> bool:
        return self.slopes == (1,)


@kept
def rebased(program: Program) -> Program:
    """The program with its indices where they stand."""
    if not any(map(_has_other_places, program.nests)):
        return program
    changing = Rebasing(program)
    nests = tuple(map(changing.nest, program.nests))
    return program if nests == program.nests else program.over_the_same_arrays(nests)


def _has_other_places(nest: Nest) -> bool:
    """Does some index stand in a form?"""
    parts = (nest.guard, *(part for item in nest.body for part in (item.target, item.value)))
    return any(
        not is_index(place) and _indices_in(place)
        for part in parts
        for found in elements(part)
        for place in indices_of(found)
    )


class Rebasing:
    """The indices of a program, and what isl knows of them."""

    def __init__(self, program: Program) -> None:
        self.arrays = program.arrays
        self.integers = Integers.of(program)
        self.dependences = Dependences(self.integers, set(program.written))

    def nest(self, nest: Nest) -> Nest:
        around = Scope().inside(nest.loops).when(nest.guard)
        body = tuple(replace(item, value=self.value(item.value, around)) for item in nest.body)
        nest = replace(nest, body=body)
        parts = tuple(part for item in body for part in (item.target, item.value))
        bound = Bound(nest.loops, nest.guard, parts)
        while (found := self._placed(bound, Scope(), nest)) is not None:
            bound = found
            pairs = zip(nest.body, bound.parts[::2], bound.parts[1::2], strict=True)
            body = tuple(Statement(target, item.op, value) for item, target, value in pairs)
            nest = Nest(bound.loops, body, bound.condition)
        return nest

    def value(self, expr: Any, around: Scope) -> Any:
        """The value with the indices of its reductions, the outer ones first, where they stand."""
        if is_element(expr) or is_affine_head(expr) or not expr.args:
            return expr
        if not isinstance(expr, Reduction):
            return rebuild(expr, lambda part: self.value(part, around))
        bound = Bound(tuple(Loop(*limit) for limit in expr.limits), expr.condition, (expr.body,))
        outer = around
        for loop in bound.loops:
            outer = replace(
                outer,
                conditions=tuple(
                    part for part in outer.conditions if loop.index not in part.free_symbols
                ),
            )
        while not isinstance(expr, ArgmaxOver):
            found = self._placed(bound, outer)
            if found is None:
                break
            bound = found
        inner = outer.inside(bound.loops)
        limits = [(loop.index, loop.lower, loop.upper) for loop in bound.loops]
        condition = self.value(bound.condition, inner)
        return expr.func.over(limits, self.value(bound.parts[0], inner), condition)

    def _placed(self, bound: Bound, around: Scope, nest: Nest | None = None) -> Bound | None:
        """The same with one index, or two, where they stand."""
        for form in self._forms(bound):
            if nest is None or form.is_shift or self._is_unordered(nest):
                found = self._moved(bound, form) if len(form.slopes) == 1 else None
                for axis in form.axes:
                    found = found or self._on_axis(bound, form, axis, around)
                if found is not None:
                    return found
        return None

    # --- the form of an index ---

    def _forms(self, bound: Bound) -> Iterator[Form]:
        for first, _ in enumerate(bound.loops):
            for count in (1, 2):
                own = tuple(loop.index for loop in bound.loops[first : first + count])
                found = self._form(bound, first, own) if len(own) == count else None
                if found is not None:
                    yield found

    def _form(self, bound: Bound, first: int, own: tuple[Symbol, ...]) -> Form | None:
        """The form in which indices stand where no other index does, if it is one."""
        found = [place for place in bound.places() if _indices_in(place[2]) & {*own}]
        found = [place for place in found if _indices_in(place[2]) <= {*own}]
        values = {place for _, _, place in found}
        if len(values) != 1 or is_index(value := values.pop()):
            return None
        slopes = tuple(value.coeff(symbol) for symbol in own)
        rest = sympy.expand(value - sum(a * p for a, p in zip(slopes, own, strict=True)))
        if _indices_in(rest) or not all(slope.is_Integer and slope != 0 for slope in slopes):
            return None
        axes = dict.fromkeys(self.arrays[array_of(one)].axes[n] for one, n, _ in found)
        return Form(first, own, value, tuple(map(int, slopes)), rest, tuple(axes))

    # --- the new range ---

    def _moved(self, bound: Bound, form: Form) -> Bound | None:
        """p in a..b in the form p + c, or c - p."""
        (slope,) = form.slopes
        (symbol,) = form.indices
        if abs(slope) != 1:
            return None
        loop = bound.loops[form.first]
        ends = (loop.lower, loop.upper) if slope > 0 else (loop.upper, loop.lower)
        low, high = (sympy.expand(slope * end + form.rest) for end in ends)
        new = {symbol: sympy.expand(slope * (symbol - form.rest))}
        behind = tuple(one.renamed(new) for one in bound.loops[form.first + 1 :])
        loops = (*bound.loops[: form.first], Loop(symbol, low, high), *behind)
        parts = tuple(rename(part, new) for part in bound.parts)
        return Bound(loops, rename(bound.condition, new), parts)

    def _on_axis(self, bound: Bound, form: Form, axis: Axis, around: Scope) -> Bound | None:
        """Whatever reaches each place of an axis once, or every second one."""
        own, count = {*form.indices}, len(form.indices)
        behind = bound.loops[form.first + count :]
        if any(own & (one.lower.free_symbols | one.upper.free_symbols) for one in behind):
            return None
        new = index(form.indices[0].name + NEW)
        conditions = conjuncts(bound.condition)
        about = [
            item for item in conditions if item.free_symbols & own and self.integers.is_affine(item)
        ]
        whole = [*within(new, axis), *_every(form, new)]
        if not self._is_image(bound, form, about, (new, whole), around):
            return None
        try:
            parts = tuple(_put(part, form, new) for part in bound.parts)
            left = [_put(item, form, new) for item in conditions if item not in about]
        except OtherForm:
            return None
        (symbol, *_) = form.indices
        back = {new: symbol}
        loop = Loop(symbol, axis.lower, axis.upper)
        condition = conjunction(rename(item, back) for item in (*left, *_every(form, new)))
        loops = (*bound.loops[: form.first], loop, *behind)
        return Bound(loops, condition, tuple(rename(part, back) for part in parts))

    def _is_image(
        self,
        bound: Bound,
        form: Form,
        about: Sequence[Boolean],
        whole: tuple[Symbol, list[Boolean]],
        around: Scope,
    ) -> bool:
        """Are these places all the integers of a set, each once?"""
        integers, (new, inside) = self.integers, whole
        end = form.first + len(form.indices)
        own = ranges(bound.loops[form.first : end])
        if not all(map(integers.is_affine, inside)) or not all(map(integers.expresses, own)):
            return False
        outer = [*around.conditions, *ranges(bound.loops[: form.first])]
        reached = [*own, *about]
        places = [*reached, sympy.Eq(new, form.value, evaluate=False)]
        again = {symbol: index(symbol.name + NEW) for symbol in form.indices}
        twice = [
            sympy.Eq(form.value, rename(form.value, again), evaluate=False),
            *(rename(item, again) for item in reached),
        ]
        return (
            integers.includes(([*outer, *inside], ()), ([*outer, *places], form.indices))
            and integers.includes(([*outer, *places], form.indices), ([*outer, *inside], ()))
            and not any(
                integers.possible([*outer, *reached, *twice, other(one, two, evaluate=False)])
                for one, two in again.items()
                for other in (sympy.Lt, sympy.Gt)
            )
        )

    # --- the order of rounds ---

    def _is_unordered(self, nest: Nest) -> bool:
        """Do no two rounds touch one element, unless both add to it?"""
        accesses = [
            replace(access, place=access.place[:-1])
            for access in self.dependences.accesses_in(nest, [loop.index for loop in nest.loops])
        ]
        return not any(self._meet(*pair) for pair in combinations_with_replacement(accesses, 2))

    def _meet(self, one: Access, other: Access) -> bool:
        return conflicting(one, other) and (
            self.dependences.meet(one, other, earlier=True)
            or self.dependences.meet(other, one, earlier=True)
        )


def _indices_in(place: Expr) -> set[Symbol]:
    return set(filter(is_index, place.free_symbols))


def _every(form: Form, new: Symbol) -> list[Boolean]:
    """That a place is one that a single index reaches by steps of more than one."""
    step = abs(form.slopes[0])
    if len(form.slopes) > 1 or step == 1:
        return []
    return [sympy.Eq(sympy.Mod(new - form.rest, step), 0, evaluate=False)]


def _put(expr: Any, form: Form, new: Symbol) -> Any:
    """The expression with a new index for the form; in no other form may the old ones stand."""
    if not expr.free_symbols & {*form.indices}:
        return expr
    if isinstance(expr, Symbol):
        raise OtherForm
    if isinstance(expr, Reduction) and {limit[0] for limit in expr.limits} & {*form.indices}:
        raise OtherForm
    if is_affine_head(expr) and not isinstance(expr, (sympy.floor, sympy.ceiling, sympy.Mod)):
        times = sympy.expand(expr).coeff(form.indices[0]) / form.slopes[0]
        left = sympy.expand(expr - times * form.value)
        if not times.is_Integer or left.free_symbols & {*form.indices}:
            raise OtherForm
        return left + times * new
    return rebuild(expr, lambda part: _put(part, form, new))
