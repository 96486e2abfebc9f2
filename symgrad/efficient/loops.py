"""Loops over whole axes, with conditions for what loops over parts of them leave out.

for i, j in 1..i: …               for i, j if j <= i: …
for b: p[b, b] += u               for b, b1 if b == b1: p[b, b1] += u
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import sympy
from sympy import Symbol
from sympy.logic.boolalg import Boolean

from symgrad.expressions import array_of, element, index, indices_of, is_element, is_index
from symgrad.program import Axis, Loop, Nest, Statement
from symgrad.sets.literals import conjunction, conjuncts


def uneven(loop: Loop) -> bool:
    """Do the bounds of a loop depend on an index or on an array?"""
    return any(
        is_index(symbol) or is_element(symbol)
        for bound in (loop.lower, loop.upper)
        for symbol in bound.free_symbols
    )


def evened(
    loops: Iterable[Loop], alone: Mapping[Symbol, set[Axis]]
) -> tuple[tuple[Loop, ...], list[Boolean]]:
    """Uneven loops over the one axis on which they stand, with what their bounds say."""
    even: list[Loop] = []
    conditions: list[Boolean] = []
    for loop in loops:
        axes = alone.get(loop.index, set())
        if not uneven(loop) or len(axes) != 1:
            even.append(loop)
            continue
        (axis,) = axes
        even.append(Loop(loop.index, axis.lower, axis.upper))
        if loop.lower != axis.lower:
            conditions.append(sympy.Le(loop.lower, loop.index, evaluate=False))
        if loop.upper != axis.upper:
            conditions.append(sympy.Le(loop.index, loop.upper, evaluate=False))
    return tuple(even), conditions


def apart(nest: Nest, statement: Statement) -> tuple[Nest, Statement]:
    """`for b: p[b, b] += u` as `for b, b1 if b == b1: p[b, b1] += u`."""
    places = list(indices_of(statement.target))
    loops = {loop.index: loop for loop in nest.loops}
    new: list[Loop] = []
    conditions = list(conjuncts(nest.guard))
    for n, place in enumerate(places):
        if place in places[:n] and place in loops:
            places[n] = index(f"{place}#{n}")
            new.append(Loop(places[n], loops[place].lower, loops[place].upper))
            conditions.append(sympy.Eq(place, places[n], evaluate=False))
    if not new:
        return nest, statement
    target = element(array_of(statement.target), *places)
    statement = replace(statement, target=target)
    return Nest((*nest.loops, *new), (statement,), conjunction(conditions)), statement
