"""Locals of a loop body get an element of their own for every iteration.

    for b, j: e = p[b, j] * 2; s.grad[b, j] += e

    for b, j: e2[b, j] = p[b, j] * 2; s.grad[b, j] += e2[b, j]; e = e2[b, j]

An array is local to a body when the body assigns it before it reads it, always at the same place:
then an iteration sees nothing of the others. What the last iteration leaves behind is kept by the
last statement.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from symgrad.algebra.binding import bound_in, fresh
from symgrad.expressions import (
    Element,
    array_of,
    element,
    elements,
    indices_of,
    is_element,
    rebuild,
)
from symgrad.program import Nest, Statement


def privatized(nest: Nest, array: str, taken: Collection[str]) -> Nest | None:
    """The body with a private copy of one array for each iteration; None if it is not local."""
    target = _local(nest, array)
    if target is None:
        return None
    name = fresh(array.replace(".", ""), {*taken, array})
    private = element(name, *(loop.index for loop in nest.loops))
    body = tuple(
        statement.mapped(lambda part: _replaced(part, target, private)) for statement in nest.body
    )
    return Nest(nest.loops, (*body, Statement(target, "=", private)), nest.guard)


def _local(nest: Nest, array: str) -> Element | None:
    """The one element of an array that a body uses, if its first use assigns it."""
    uses = [
        found
        for statement in nest.body
        for part in (statement.target, statement.value)
        for found in elements(part)
        if array_of(found) == array
    ]
    outside = [nest.guard, *(bound for loop in nest.loops for bound in (loop.lower, loop.upper))]
    if len(set(uses)) != 1 or any(
        array_of(found) == array for part in outside for found in elements(part)
    ):
        return None
    target = uses[0]
    if any(is_element(part) for place in indices_of(target) for part in place.free_symbols):
        return None
    for statement in nest.body:
        if _reads(statement.value, target):
            return None
        if statement.target == target:
            # a bound index of that name could stand for two things
            bound = set().union(*(bound_in(item.value) for item in nest.body))
            return target if statement.op == "=" and not target.free_symbols & bound else None
    return None


def _reads(expr: Any, target: Element) -> bool:
    return any(found == target for found in elements(expr))


def _replaced(expr: Any, target: Element, private: Element) -> Any:
    if expr == target:
        return private
    if not expr.args:
        return expr
    return rebuild(expr, lambda arg: _replaced(arg, target, private))
