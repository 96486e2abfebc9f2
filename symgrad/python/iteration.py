"""What loops and lists run over: `range(a, b, s)`."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Integer

from symgrad.expressions import rename
from symgrad.program import Loop
from symgrad.python.elementwise import joined, truth
from symgrad.python.parts import Parts
from symgrad.python.trace import numeric
from symgrad.python.values import Value, single


class Iteration(Parts):
    """Reads what stands behind `in`."""

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Value:
        """`[e for j in range(J)]` is an array with one axis more."""
        if len(node.generators) != 1 or node.generators[0].is_async:
            raise self.trace.error("a list built by two loops is not read", hint="write loops")
        over = node.generators[0]
        if not isinstance(over.target, ast.Name):
            raise self.trace.error("one index is read here", at=over.target)
        name, limits = over.target.id, self.range(over.iter)
        start, count, step = limits
        symbol = self.trace.fresh_index(name)
        within = Loop(symbol, Integer(1), count)

        def element() -> tuple[Value, Any]:
            masks = [truth(self.trace, self.value(condition)) for condition in over.ifs]
            return self.value(node.elt), joined(sympy.And)(*(mask.at(()) for mask in masks))

        counted = single(start + step * (symbol - 1), "integer")
        with self.trace.binding(within):
            value, kept = self.with_local(name, counted, element)
        value = numeric(value)

        def put(expr: Any, position: Expr) -> Any:
            return rename(expr, {symbol: position + 1})

        found = Value((count, *value.shape), lambda at: put(value.at(at[1:]), at[0]), value.sort)
        if kept is sympy.true:
            return found
        mask = Value(found.shape, lambda at: put(kept, at[0]), "truth")
        return replace(found, mask=mask)

    def range(self, node: ast.expr) -> tuple[Expr, Expr, int]:
        """`range(a, b, s)` as its first value, how many there are, and the step."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            raise self.trace.error("a loop runs over range(…)", hint=LOOPS, at=node)
        if node.func.id != "range" or not 1 <= len(node.args) <= 3 or node.keywords:
            raise self.trace.error(
                f"a loop over {node.func.id}(…) is not read", hint=LOOPS, at=node
            )
        ends = [self._bound(part) for part in node.args]
        start, stop = (Integer(0), ends[0]) if len(ends) == 1 else ends[:2]
        step = self._literal(node.args[2]) if len(ends) == 3 else 1
        if step == 0:
            raise self.trace.error("range with step 0", at=node)
        distance = sympy.expand(stop - start if step > 0 else start - stop)
        count = sympy.ceiling(distance / abs(step)) if abs(step) > 1 else distance
        return start, count, step

    def _bound(self, node: ast.expr) -> Expr:
        found = self.value(node)
        if found.sort != "integer" or found.rank:
            raise self.trace.error("range counts whole numbers", at=node)
        return found.at(())


LOOPS = "write `for b in range(B):` and index with b"
