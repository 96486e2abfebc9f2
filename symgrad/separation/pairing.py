"""An axis made of several is taken apart: places that are pairs become two places.

    input omega[P*Q, K]                          input omega[P, Q, K]
    for i, j, k: omega[Q*(i - 1) + j, k]         for i, j, k: omega[i, j, k]
    for n in 1..P*Q, k: omega[n, k]              for i in 1..P, j in 1..Q, k: omega[i, j, k]

`Q*(i - 1) + j` is not affine; the pair (i, j) is. Rows come before columns on both sides, so that
loops still run in the same order. It is done in all programs of a comparison at once, for every
axis of such an extent, or not at all: then the programs stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations
from typing import Any

import sympy
from sympy import Expr, Indexed, Mul, Symbol, Tuple

from symgrad.algebra.binding import fresh, names
from symgrad.expressions import array_of, element, index, indices_of, is_extent, is_index, rebuild
from symgrad.heads import ArgmaxOver, Reduction
from symgrad.program import Axis, Input, Loop, Nest, Program, kept

Dimensions = tuple[Expr, ...]
"""The extents that an axis is made of, the slowest first."""

MOST_FACTORS = 3


class NotPaired(Exception):
    """A place on such an axis that is no tuple of indices."""


def paired(*programs: Program) -> tuple[Program, ...]:
    """The programs with all axes taken apart that are addressed by tuples everywhere."""
    for product in _products(programs):
        for dimensions in permutations(product.args):
            apart = [_apart(program, product, dimensions) for program in programs]
            if None not in apart:
                programs = tuple(program for program in apart if program is not None)
                break
    return programs


@kept
def _apart(program: Program, product: Expr, dimensions: Dimensions) -> Program | None:
    """The program with all axes of an extent taken apart, if tuples address them everywhere."""
    given = None if program.given is None else _apart(program.given, product, dimensions)
    if given is None and program.given is not None:
        return None
    with suppress(NotPaired):
        return _Pairing(product, dimensions, program).program(given)
    return None


def _products(programs: Sequence[Program]) -> list[Expr]:
    """The extents of axes that are products of extents."""
    found: dict[Expr, None] = {}
    for program in programs:
        for array in program.arrays.values():
            for axis in array.axes:
                product = _product(axis.extent) if axis.lower == 1 else None
                if product is not None:
                    found[product] = None
    return list(found)


@lru_cache(maxsize=1024)
def _product(size: Expr) -> Expr | None:
    """The extent as a product of extents, if it is one."""
    terms = sympy.Add.make_args(size)
    if any(isinstance(term, Mul) and len(term.free_symbols) > 1 for term in terms):
        product = sympy.factor(size) if len(terms) > 1 else size
        parts = product.args if isinstance(product, Mul) else ()
        if 1 < len(parts) <= MOST_FACTORS and all(map(_has_extent, parts)):
            return product
    return None


def _has_extent(factor: Expr) -> bool:
    return any(map(is_extent, factor.free_symbols))


@dataclass(frozen=True)
class _Scope:
    """The ranges of the indices in force, and the tuples that stand for those taken apart."""

    ranges: Mapping[Symbol, tuple[Expr, Expr]]
    tuples: Mapping[Symbol, tuple[Symbol, ...]]

    def bind(self, loop: Loop) -> _Scope:
        tuples = {symbol: parts for symbol, parts in self.tuples.items() if symbol != loop.index}
        return _Scope({**self.ranges, loop.index: (loop.lower, loop.upper)}, tuples)

    def split(self, symbol: Symbol, parts: Sequence[Loop]) -> _Scope:
        scope = self
        for part in parts:
            scope = scope.bind(part)
        return _Scope(scope.ranges, {**scope.tuples, symbol: tuple(part.index for part in parts)})


class _Pairing:
    """Takes the axes of one extent apart in one program."""

    def __init__(self, product: Expr, dimensions: Dimensions, whole: Program) -> None:
        self.product = product
        self.dimensions = dimensions
        self.whole = whole
        self.arrays = whole.arrays
        self.taken = set(names(whole))

    def program(self, given: Program | None) -> Program:
        """The program, after a given in which the same is done."""
        return Program(
            tuple(map(self._declaration, self.whole.declarations)),
            tuple(map(self._nest, self.whole.nests)),
            given,
        )

    # --- axes and ranges ---

    def _is_made_of(self, lower: Expr, upper: Expr) -> bool:
        return bool(lower == 1 and sympy.expand(upper - self.product) == 0)

    def _declaration(self, item: Any) -> Any:
        if not isinstance(item, Input):
            return item
        axes = tuple(part for axis in item.axes for part in self._axes(axis))
        if axes != item.axes and item.data is not None:
            raise NotPaired
        return replace(item, axes=axes)

    def _axes(self, axis: Axis) -> Iterator[Axis]:
        if self._is_made_of(axis.lower, axis.upper):
            yield from map(Axis, self.dimensions)
        else:
            yield axis

    def _loops(self, loops: Sequence[Loop], scope: _Scope) -> tuple[tuple[Loop, ...], _Scope]:
        found: list[Loop] = []
        for loop in loops:
            lower, upper = self._tree(loop.lower, scope), self._tree(loop.upper, scope)
            if not self._is_made_of(lower, upper):
                found.append(Loop(loop.index, lower, upper))
                scope = scope.bind(found[-1])
                continue
            parts = []
            for size in self.dimensions:
                name = fresh(loop.index.name, self.taken)
                self.taken.add(name)
                parts.append(Loop(index(name), sympy.Integer(1), size))
            found += parts
            scope = scope.split(loop.index, parts)
        return tuple(found), scope

    # --- statements and expressions ---

    def _nest(self, nest: Nest) -> Nest:
        loops, scope = self._loops(nest.loops, _Scope({}, {}))
        body = tuple(item.mapped(lambda part: self._tree(part, scope)) for item in nest.body)
        return Nest(loops, body, self._tree(nest.guard, scope))

    def _tree(self, expr: Any, scope: _Scope) -> Any:
        if isinstance(expr, Indexed):
            return self._element(expr, scope)
        if isinstance(expr, Symbol):
            if expr in scope.tuples:
                raise NotPaired
            return expr
        if isinstance(expr, Reduction):
            return self._reduction(expr, scope)
        if not expr.args:
            return expr
        return rebuild(expr, lambda part: self._tree(part, scope))

    def _reduction(self, expr: Reduction, scope: _Scope) -> Any:
        loops, inner = self._loops([Loop(*limit) for limit in expr.limits], scope)
        if len(loops) > len(expr.limits) and isinstance(expr, ArgmaxOver):
            raise NotPaired
        limits = (Tuple(loop.index, loop.lower, loop.upper) for loop in loops)
        return expr.func(self._tree(expr.body, inner), self._tree(expr.condition, inner), *limits)

    def _element(self, expr: Indexed, scope: _Scope) -> Expr:
        places: list[Expr] = []
        axes = self.arrays[array_of(expr)].axes
        for place, axis in zip(indices_of(expr), axes, strict=True):
            if self._is_made_of(axis.lower, axis.upper):
                places += self._places(place, scope)
            else:
                places.append(self._tree(place, scope))
        return element(array_of(expr), *places)

    def _places(self, place: Expr, scope: _Scope) -> tuple[Symbol, ...]:
        """The tuple that a place is: an index taken apart, or (i - 1) * Q + j."""
        if place in scope.tuples:
            return scope.tuples[place]
        symbols = [s for s in place.free_symbols if is_index(s)]
        for order in permutations(sorted(symbols, key=str), len(self.dimensions)):
            ranges = [scope.ranges.get(symbol) for symbol in order]
            fits = [(sympy.Integer(1), size) for size in self.dimensions]
            if ranges == fits and sympy.expand(place - self._flat(order)) == 0:
                return order
        raise NotPaired

    def _flat(self, order: Sequence[Symbol]) -> Expr:
        flat: Expr = sympy.Integer(0)
        for symbol, size in zip(order, self.dimensions, strict=True):
            flat = flat * size + symbol - 1
        return flat + 1
