"""What a loop or a list runs over, as a count of rounds and the item of each.

    range(2, N)          first 2, N - 2 rounds     n
    x                    first 0, B rounds         x[n]
    enumerate(x)         first 0, B rounds         n, x[n]
    zip(x, y)            first 0, B rounds         x[n], y[n]
    np.ndindex(H, W)     first 0, H x W rounds     (n, m)

What is spelled out, such as a tuple or the keys of a dictionary, is several items instead.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import Expr, Integer

from symgrad.program import Loop
from symgrad.python.parts import Parts
from symgrad.python.productaxes import ProductExtent, joined, parts_of, plain
from symgrad.python.values import Anything, Named, Positions, Several, Value, Words, single

LOOPS = "write `for b in range(B):` and index with b"


@dataclass(frozen=True)
class Rounds:
    """Rounds of one loop or of several within each other; `counts`: their items start with n."""

    firsts: tuple[Expr, ...]
    counts: tuple[Expr, ...]
    item: Callable[[Positions], Anything]
    counting: bool = False


def _rounds(count: Expr, item: Callable[[Expr], Anything], counting: bool = False) -> Rounds:
    """Rounds that count up to an extent: of a product, one loop for each of its parts."""
    parts = parts_of(count)
    return Rounds((Integer(0),) * len(parts), parts, lambda at: item(joined(at, parts)), counting)


Over = Rounds | Several


class Iteration(Parts):
    """Reads what stands behind `in`."""

    def rounds(self, node: ast.expr) -> Over:
        """What runs through a loop, one round after the other."""
        if isinstance(node, ast.Call):
            row = OVER.get(_called_name(node.func))
            if row is not None:
                return row(self, node)
        return self._over(self.read(node), node)

    def steady(self, value: Value) -> Value:
        """The value with the numbers of now, if it is computed from what may change."""
        return value

    def _over(self, found: Anything, node: ast.expr) -> Over:
        if isinstance(found, Several):
            return found
        if isinstance(found, Named) and not found.open:
            return Several(tuple(map(Words, found.items)))
        if not isinstance(found, Value):
            raise self.trace.error("a loop runs over range(…) or an array", hint=LOOPS, at=node)
        if not found.rank or found.mask is not None:
            what = "a number" if not found.rank else "x[mask]"
            raise self.trace.error(f"a loop over {what} is not read", hint=LOOPS, at=node)
        array = self.steady(found)
        return _rounds(array.shape[0], lambda place: self._row(array, (place,)))

    def _row(self, array: Value, at: Positions) -> Value:
        return self.subscripts.subscripted(array, [single(n, "integer") for n in at])

    def loops_of(self, over: Rounds, target: ast.expr) -> list[Loop]:
        """The loops of the program, with the names that the text has for what counts."""
        names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
        if not over.counting or len(names) < len(over.counts):
            names = [""] * len(over.counts)
        return [
            Loop(
                self.trace.fresh_index(name) if name else self.trace.index_over(count),
                first + 1,
                sympy.expand(first + count),
            )
            for name, first, count in zip(names, over.firsts, over.counts, strict=False)
        ]

    def matched(self, target: ast.expr, item: Anything) -> dict[str, Anything]:
        """The names that a target gives to the parts of an item."""
        if isinstance(target, ast.Name):
            return {target.id: item}
        if not isinstance(target, (ast.Tuple, ast.List)):
            raise self.trace.error("a name is expected here", at=target)
        if not isinstance(item, Several) or len(item.items) != len(target.elts):
            has = len(item.items) if isinstance(item, Several) else 1
            raise self.trace.error(f"{len(target.elts)} names for {has} values", "shape", at=target)
        pairs = zip(target.elts, item.items, strict=True)
        return {name: found for pair in pairs for name, found in self.matched(*pair).items()}

    # --- functions that are run over ---------------------------------------------------------

    def _range(self, node: ast.Call) -> Rounds:
        """`range(a, b, s)`"""
        if not 1 <= len(node.args) <= 3 or node.keywords:
            raise self.trace.error("range takes one to three numbers", at=node)
        ends = [self._bound(part) for part in node.args]
        start, stop = (Integer(0), ends[0]) if len(ends) == 1 else ends[:2]
        step = self._literal(node.args[2]) if len(ends) == 3 else 1
        if step == 0:
            raise self.trace.error("range with step 0", at=node)
        return self.counted(start, stop, step)

    def counted(self, start: Expr, stop: Expr, step: int) -> Rounds:
        """Rounds that count from a number on, by steps, to before another one."""
        if start == 0 and step == 1:
            stop = stop if isinstance(stop, ProductExtent) else plain(stop)
            return _rounds(stop, lambda place: single(place, "integer"), True)
        start, stop = plain(start), plain(stop)
        distance = sympy.expand(stop - start if step > 0 else start - stop)
        count = sympy.ceiling(distance / abs(step)) if abs(step) > 1 else distance
        if step == 1:
            return Rounds((start,), (count,), lambda at: single(at[0], "integer"), True)

        def item(at: Positions) -> Value:
            return single(start + step * at[0], "integer")

        return Rounds((Integer(0),), (count,), item, True)

    def _bound(self, node: ast.expr) -> Expr:
        found = self.value(node)
        if found.sort != "integer" or found.rank:
            raise self.trace.error("a loop counts whole numbers", at=node)
        return found.at(())

    def _enumerated(self, node: ast.Call) -> Over:
        parts = [*node.args, *(part.value for part in node.keywords)]
        if not 1 <= len(parts) <= 2:
            raise self.trace.error("enumerate takes an array", at=node)
        begin = self._bound(parts[1]) if len(parts) == 2 else Integer(0)
        over = self.rounds(parts[0])
        if isinstance(over, Several):
            counted = (single(begin + n, "integer") for n in range(len(over.items)))
            return Several(tuple(map(_pair, counted, over.items)))
        over = self._one(over, node)
        return replace(
            over,
            item=lambda at: _pair(single(at[0] + begin, "integer"), over.item(at)),
            counting=True,
        )

    def _zipped(self, node: ast.Call) -> Over:
        overs = [self.rounds(part) for part in node.args]
        lists = [over for over in overs if isinstance(over, Several)]
        if overs and len(lists) == len(overs):
            shortest = min(len(over.items) for over in lists)
            return Several(tuple(Several(row[:shortest]) for row in _rows(lists, shortest)))
        if lists or not overs:
            raise self.trace.error("zip of arrays and lists is not read", hint=LOOPS, at=node)
        each = [self._one(over, node) for over in overs if isinstance(over, Rounds)]
        count = each[0].counts[0]
        for over in each[1:]:
            if not self.trace.same(over.counts[0], count):
                raise self.trace.error(
                    f"zip of {self.trace.shown((count,))} and "
                    f"{self.trace.shown(over.counts)} items",
                    "shape",
                    at=node,
                )
        return Rounds(
            (Integer(0),),
            (count,),
            lambda at: Several(tuple(over.item(at) for over in each)),
            each[0].counting,
        )

    def _one(self, over: Rounds, node: ast.AST) -> Rounds:
        """Rounds of one loop that count from 0."""
        if len(over.counts) > 1:
            raise self.trace.error("several loops at once are not read here", hint=LOOPS, at=node)
        first = over.firsts[0]
        if first == 0:
            return over
        return replace(over, firsts=(Integer(0),), item=lambda at: over.item((at[0] + first,)))

    def _reversed(self, node: ast.Call) -> Over:
        if len(node.args) != 1:
            raise self.trace.error("reversed takes one array or range", at=node)
        over = self.rounds(node.args[0])
        if isinstance(over, Several):
            return Several(over.items[::-1])
        over = self._one(over, node)
        last = over.counts[0] - 1
        return replace(over, item=lambda at: over.item((last - at[0],)))

    def _positions(self, node: ast.Call) -> Rounds:
        """`np.ndindex(H, W)`, `np.ndindex(x.shape)`, `np.ndenumerate(x)`"""
        if _called_name(node.func) == "ndenumerate":
            array: Value | None = self.steady(self._only(node))
            shape = array.shape if array is not None else ()
        else:
            array, shape = None, self._call("ndindex", [*map(self.read, node.args)], {}).shape(0)
        if not shape:
            raise self.trace.error("positions of an array without axes", "shape", at=node)

        def item(at: Positions) -> Several:
            where = Several(tuple(single(n, "integer") for n in at))
            return where if array is None else _pair(where, self._row(array, at))

        return Rounds((Integer(0),) * len(shape), shape, item, True)

    def _only(self, node: ast.Call) -> Value:
        if len(node.args) != 1 or node.keywords:
            raise self.trace.error("one array is expected here", at=node)
        return self.value(node.args[0])

    def _product(self, node: ast.Call) -> Rounds:
        """`itertools.product(range(H), range(W))`"""
        each = [self.rounds(part) for part in node.args]
        if node.keywords or not all(isinstance(over, Rounds) for over in each):
            raise self.trace.error("a product of ranges and arrays is read", hint=LOOPS, at=node)
        loops = [self._one(over, node) for over in each if isinstance(over, Rounds)]
        return Rounds(
            (Integer(0),) * len(loops),
            tuple(loop.counts[0] for loop in loops),
            lambda at: Several(tuple(loop.item((n,)) for loop, n in zip(loops, at, strict=True))),
            True,
        )

    def _inner(self, node: ast.Call) -> Over:
        """`list(x)`, `iter(x)`, `tqdm(x)`"""
        if len(node.args) != 1:
            raise self.trace.error("one array or range is read here", hint=LOOPS, at=node)
        return self.rounds(node.args[0])

    def _entries(self, node: ast.Call) -> Over:
        """`d.items()`, `d.values()`, `d.keys()`"""
        assert isinstance(node.func, ast.Attribute)
        holder = self.read(node.func.value)
        if not isinstance(holder, Named) or holder.open or node.args:
            return self._over(self.read(node), node)
        rows: dict[str, list[Anything]] = {
            "items": [_pair(Words(key), item) for key, item in holder.items.items()],
            "values": list(holder.items.values()),
            "keys": list(map(Words, holder.items)),
        }
        return Several(tuple(rows[node.func.attr]))


def _called_name(function: ast.expr) -> str:
    """The last word of what is called."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _pair(*items: Anything) -> Several:
    return Several(items)


def _rows(lists: Sequence[Several], count: int) -> list[tuple[Anything, ...]]:
    return [tuple(each.items[n] for each in lists) for n in range(count)]


OVER: Mapping[str, Callable[[Any, ast.Call], Over]] = {
    "range": Iteration._range,
    "enumerate": Iteration._enumerated,
    "zip": Iteration._zipped,
    "reversed": Iteration._reversed,
    "ndindex": Iteration._positions,
    "ndenumerate": Iteration._positions,
    "product": Iteration._product,
    **dict.fromkeys(("list", "tuple", "iter", "tqdm"), Iteration._inner),
    **dict.fromkeys(("items", "keys", "values"), Iteration._entries),
}
"""Functions that loops run over."""
