"""Every element that is read or written, with what holds where it is.

    for i if i > 1: y[i] = [x[i] > 0] * A[i-1]      A[i-1] under 1 <= i <= N, i > 1 and x[i] > 0

Only what is really evaluated counts: the loops' ranges, the guard, the condition of a reduction,
the chosen side of `where`, and the brackets of a product, since a false bracket guards all its
product (`[1 <= p-l+1 <= H] * A[p-l+1]`). Conditions on indices are decided before those on data
(`t > 1 and x[t-1] > 0` reads no x[0]); conditions on data are taken to hold at any place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Indexed, Mul, Symbol
from sympy.logic.boolalg import And, Boolean, Or

from symgrad.expressions import Element, indices_of, is_element
from symgrad.heads import Bracket, Partial, Reduction, Where
from symgrad.program import Axis, Loop, Nest
from symgrad.sets.literals import conjuncts, positive, within


@dataclass(frozen=True)
class Scope:
    """The indices bound at a place, and the conditions under which it is evaluated."""

    loops: tuple[Loop, ...] = ()
    conditions: tuple[Boolean, ...] = ()

    def bind(self, index: Symbol, lower: Expr, upper: Expr) -> Scope:
        """One index more; what was said of an outer index of that name is forgotten."""
        return Scope(
            (*(loop for loop in self.loops if loop.index != index), Loop(index, lower, upper)),
            (
                *(part for part in self.conditions if index not in part.free_symbols),
                *within(index, Axis(upper, lower)),
            ),
        )

    def inside(self, loops: Iterable[Loop]) -> Scope:
        """The indices of loops more, from the outermost inwards."""
        scope = self
        for loop in loops:
            scope = scope.bind(loop.index, loop.lower, loop.upper)
        return scope

    def when(self, *conditions: Boolean) -> Scope:
        parts = tuple(part for condition in conditions for part in conjuncts(condition))
        return Scope(self.loops, self.conditions + parts) if parts else self


def nest_reads_and_writes(nest: Nest) -> Iterator[tuple[int, Element, Scope]]:
    """Every access of a nest with the number of its statement."""
    scope = Scope()
    for loop in nest.loops:
        for bound in (loop.lower, loop.upper):
            for element, inner in accesses(bound, scope):
                yield 0, element, inner
        scope = scope.bind(loop.index, loop.lower, loop.upper)
    for element, inner in accesses(nest.guard, scope):
        yield 0, element, inner
    scope = scope.when(nest.guard)
    for k, statement in enumerate(nest.body):
        for part in (statement.target, *statement.members):
            for element, inner in accesses(part, scope):
                yield k, element, inner


def accesses(expr: Any, scope: Scope) -> Iterator[tuple[Element, Scope]]:
    """Every element that an expression or condition reads, with what holds when it is read."""
    if is_element(expr):
        yield expr, scope
    for part, inner in _parts(expr, scope):
        yield from accesses(part, inner)


def _parts(expr: Any, scope: Scope) -> Iterator[tuple[Any, Scope]]:
    if isinstance(expr, Reduction):
        inner = scope
        for bound, lower, upper in expr.limits:
            yield from ((lower, inner), (upper, inner))
            inner = inner.bind(bound, lower, upper)
        yield expr.condition, inner
        yield expr.body, inner.when(expr.condition)
    elif isinstance(expr, Where):
        condition, then, otherwise = expr.args
        yield condition, scope
        yield then, scope.when(condition)
        yield otherwise, scope.when(positive(condition, negated=True))
    elif isinstance(expr, Mul):
        conditions = [part.condition for part in expr.args if isinstance(part, Bracket)]
        for part in expr.args:
            if isinstance(part, Bracket):
                yield part.condition, scope.when(*_about_indices(conditions))
            else:
                yield part, scope.when(*conditions)
    elif isinstance(expr, And):
        inner = scope.when(*_about_indices(expr.args))
        yield from ((part, inner) for part in expr.args)
    elif isinstance(expr, Or):
        failing = (positive(part, negated=True) for part in expr.args)
        inner = scope.when(*_about_indices(failing))
        yield from ((part, inner) for part in expr.args)
    elif isinstance(expr, Bracket):
        yield expr.condition, scope
    else:
        for part in _plain_parts(expr):
            yield part, scope


def _plain_parts(expr: Any) -> tuple[Any, ...]:
    if isinstance(expr, Indexed):
        return indices_of(expr)
    return expr.arguments if isinstance(expr, Partial) else tuple(expr.args)


def _about_indices(conditions: Iterable[Boolean]) -> Iterator[Boolean]:
    """The conjuncts that need no data: they are decided before an element is read."""
    for condition in conditions:
        for part in conjuncts(condition):
            if not any(is_element(symbol) for symbol in part.free_symbols):
                yield part
