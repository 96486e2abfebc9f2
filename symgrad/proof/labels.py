"""Elements that hold an index, `x[y[b]]`: what they hold is a bound index of its own.

    sum(b, x[y[b]])  is  sum(b, a, [a == y[b]] x[a])

So are the integer parts within: what is used at several places is bound once, around all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

import sympy
from sympy import Expr

from symgrad.expressions import array_of, elements, indices_of, is_extent
from symgrad.heads import Reduction
from symgrad.program import Array
from symgrad.proof.indexforms import IndexForms
from symgrad.proof.rational import Algebra
from symgrad.proof.scope import Extra, Read, Scope, note
from symgrad.proof.terms import Poly
from symgrad.sets.affine import Affine, atleast, plus, variable

Lookup: TypeAlias = Callable[[str, tuple[Affine, ...]], Poly]


class Labels(IndexForms):
    """Scopes in which every element that holds an index is bound; `label` is 1 where it holds it.

    `reads` notes the elements that are read of arrays about which it is `demanding`.
    """

    def __init__(
        self,
        algebra: Algebra,
        arrays: Mapping[str, Array],
        label: Lookup,
        demanding: Callable[[str], bool],
    ) -> None:
        super().__init__(algebra)
        self.arrays = arrays
        self.label = label
        self.demanding = demanding
        self.reads: list[Read] = []

    def labelled(self, parts: Iterable[Any], scope: Scope, body: Callable[[Scope], Poly]) -> Poly:
        """sum(a, [a == y[b]] * body), for every element y[b] that holds an index."""
        extra = Extra()
        for part in parts:
            for read in elements(part):
                self._label(read, scope, extra)
        if extra.bounds:
            known = dict(zip(extra.labels, extra.bounds, strict=True))
            held = dict(zip(extra.bounds, extra.conditions, strict=True))
            scope = replace(
                scope.under(extra.bounds, extra.constraints),
                variables={**scope.variables, **known},
                labels={**scope.labels, **held},
            )
        shared = self._quotients(parts, scope)
        if shared.bounds:
            scope = replace(
                scope.under(shared.bounds, shared.constraints),
                quotients={**scope.quotients, **shared.quotients},
            )
            extra.bounds += shared.bounds
            extra.constraints += shared.constraints
        if not scope.constraints:
            return self.bound(body(scope), extra)
        with self.algebra.inside(scope.constraints):
            inner = body(scope)
        return self.bound(inner, extra)

    def _quotients(self, parts: Iterable[Any], scope: Scope) -> Extra:
        """The integer parts of what is known in a scope, each bound once."""
        extra = Extra()
        for part in parts:
            for node in _integer_parts(part):
                if all(s in scope.variables or is_extent(s) for s in node.free_symbols):
                    self.form(node, scope, extra)
        return extra

    def _label(self, read: Expr, scope: Scope, extra: Extra) -> None:
        array = self.arrays.get(array_of(read))
        if array is None or array.values is None or read in scope.variables:
            return
        if read in extra.labels or not all(
            symbol in scope.variables or is_extent(symbol)
            for place in indices_of(read)
            for symbol in place.free_symbols
        ):
            return
        inner = Extra()
        places = tuple(self.form(place, scope, inner) for place in indices_of(read))
        if inner.bounds:
            return
        name = self.algebra.fresh()
        place = variable(name)
        lower = self.form(array.values.lower, scope, inner)
        upper = self.form(array.values.upper, scope, inner)
        note(extra.constraints, atleast(plus(place, lower, -1)))
        note(extra.constraints, atleast(plus(upper, place, -1)))
        self.note_read(array_of(read), places, scope)
        extra.conditions.append(self.label(array_of(read), (place, lower, upper, *places)))
        extra.bounds.append(name)
        extra.labels.append(read)

    def holds_index(self, read: Expr) -> bool:
        """Is this an element of an array that holds indices?"""
        array = self.arrays.get(array_of(read))
        return array is not None and array.values is not None

    def note_read(self, name: str, places: tuple[Affine, ...], scope: Scope) -> None:
        """Note an element whose array demands something wherever it is read."""
        if self.demanding(name):
            self.reads.append(Read(name, places, scope))


@lru_cache(maxsize=4096)
def _integer_parts(expr: Any) -> tuple[Expr, ...]:
    """Every floor, ceiling and remainder of a tree that no sum within it binds an index of."""
    return tuple(_found_integer_parts(expr))


def _found_integer_parts(expr: Any) -> Iterator[Expr]:
    if isinstance(expr, (sympy.floor, sympy.ceiling, sympy.Mod)):
        yield expr
    elif isinstance(expr, Reduction):
        bound = {symbol for symbol, _, _ in expr.limits}
        for part in expr.args:
            found = _found_integer_parts(part)
            yield from (node for node in found if bound.isdisjoint(node.free_symbols))
    else:
        for part in getattr(expr, "args", ()):
            yield from _found_integer_parts(part)
