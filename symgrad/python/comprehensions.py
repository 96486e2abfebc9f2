"""Lists built by loops: `[e for j in range(J)]`, `sum(e for i in range(H) for j in range(W))`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import Expr

from symgrad.expressions import rename
from symgrad.heads import MaxOver, MinOver, Reduction, SumOver
from symgrad.program import Loop
from symgrad.python.elementwise import joined, truth
from symgrad.python.iteration import LOOPS, Iteration, Rounds
from symgrad.python.productaxes import ProductExtent
from symgrad.python.values import Anything, Callee, Several, Storage, Value
from symgrad.python.views import numeric

Comprehension = ast.ListComp | ast.GeneratorExp

REDUCTIONS: dict[str, type[Reduction]] = {"sum": SumOver, "max": MaxOver, "min": MinOver}
"""What may be asked of a list built by several loops, whose order is lost then."""


@dataclass(frozen=True)
class _Listed:
    """An element of a list, the loops that list it, and where it is kept."""

    loops: Sequence[Loop]
    value: Value
    kept: Any


def sources_of(value: Value) -> tuple[tuple[Storage, int], ...]:
    """The memory that an item of a list shares, if it is a view."""
    storage = value.storage if value.rank else None
    return () if storage is None else ((storage, storage.renewed),)


class Comprehensions(Iteration):
    """Reads lists and generators."""

    def _comprehension(self, node: Comprehension) -> Value | Several:
        """`[e for j in range(J)]` is an array with one axis more."""
        over = self.rounds(node.generators[0].iter)
        if isinstance(over, Several):
            return self._spelled(node, over)
        listed = self._element(node)
        loops, value = listed.loops, listed.value
        counts = [sympy.expand(loop.upper - loop.lower + 1) for loop in loops]
        inner = {loop.index for loop in loops}
        if any(count.free_symbols & inner for count in counts):
            raise self.trace.error(
                "a list built by a loop that is not always as long is not read", hint="write loops"
            )

        def put(expr: Any, position: Expr) -> Any:
            places = self.trace.split_in(position, tuple(counts))
            pairs = zip(loops, places, strict=True)
            return rename(expr, {loop.index: place + loop.lower for loop, place in pairs})

        extent = counts[0] if len(counts) == 1 else ProductExtent(*counts)
        shape = (extent, *value.shape)
        found = Value(
            shape, lambda at: put(value.at(at[1:]), at[0]), listed=True, sources=sources_of(value)
        )
        if listed.kept is sympy.true:
            return found
        mask = Value(found.shape, lambda at: put(listed.kept, at[0]), "truth")
        return replace(found, mask=mask)

    def _spelled(self, node: Comprehension, over: Several) -> Several:
        """`[f(v) for v in (a, b)]`"""
        generator = node.generators[0]
        if len(node.generators) > 1:
            raise self.trace.error("a list built by two loops is not read here", hint=LOOPS)
        if generator.ifs:
            raise self.trace.error("a condition on a list that is spelled out is not read")
        found = []
        for item in over.items:
            with self.under(self.matched(generator.target, item)):
                found.append(self.read(node.elt))
        return Several(tuple(found))

    def _element(self, node: Comprehension) -> _Listed:
        loops: list[Loop] = []
        masks: list[Value] = []
        with ExitStack() as stack:
            for generator in node.generators:
                over = self.rounds(generator.iter)
                if not isinstance(over, Rounds) or generator.is_async:
                    raise self.trace.error("a loop runs over range(…) or an array", hint=LOOPS)
                own = self.loops_of(over, generator.target)
                item = over.item(tuple(loop.index - 1 for loop in own))
                for loop in own:
                    stack.enter_context(self.trace.binding(loop))
                stack.enter_context(self.under(self.matched(generator.target, item)))
                loops += own
                masks += [truth(self.trace, self.value(part)) for part in generator.ifs]
            value = numeric(self.value(node.elt))
        kept = joined(sympy.And)(*(mask.at(()) for mask in masks))
        return _Listed(loops, value, kept)

    def reduced_list(self, function: Anything, node: ast.Call) -> Value | None:
        """`sum(e for i in range(H) for j in range(W))`: a list by several loops, reduced."""
        head = REDUCTIONS.get(function.name) if isinstance(function, Callee) else None
        only = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if head is None or not isinstance(only, Comprehension) or len(only.generators) < 2:
            return None
        listed = self._element(only)
        if listed.value.rank:
            raise self.trace.error("a list of arrays built by two loops is not read")
        limits = [(loop.index, loop.lower, loop.upper) for loop in listed.loops]

        def at(_: Any) -> Expr:
            fresh = {index: self.trace.fresh_index() for index, *_ in limits}
            ranges = [
                (fresh[index], rename(lower, fresh), rename(upper, fresh))
                for index, lower, upper in limits
            ]
            body, kept = listed.value.at(()), listed.kept
            return head.over(ranges, rename(body, fresh), rename(kept, fresh))

        return Value((), at)
