"""Lists that loops fill: `rows.append(e)` once in every round makes an array of a list.

rows = []                                    rows[l*w + m] = e
for l in range(h):
    for m in range(w): rows.append(e)        a product axis, of h x w
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import sympy

from symgrad.expressions import Element
from symgrad.program import Loop
from symgrad.python.assignments import Assignments
from symgrad.python.comprehensions import sources_of
from symgrad.python.flow import appended, uses
from symgrad.python.productaxes import ProductExtent
from symgrad.python.scope import Growing
from symgrad.python.values import Anything, Positions, Several, Storage, Value


class Lists(Assignments):
    """Follows `.append`."""

    @contextmanager
    def growing(self, node: ast.For, loops: Sequence[Loop]) -> Iterator[None]:
        """Lists that the body adds to once a round; those of an outer loop grow on."""
        outer, own = self.lists, self._lists(node) if len(loops) == 1 else {}
        passed = {name for name in outer if len(loops) == 1 and _path(name, node.body)}
        self.lists = {**own, **{name: Growing() for name in passed}}
        begun = {storage: storage.renewed for storage in self._storages()}
        yield
        found, self.lists = self.lists, outer
        for name, one in found.items():
            if one.added is None:
                continue
            one = replace(one, loops=(loops[0], *one.loops))
            if name in passed:
                self.lists[name] = one
            else:
                self.frame.names[name] = self._grown(one, node, begun)

    def _lists(self, node: ast.For) -> dict[str, Growing]:
        """Empty lists, made where the loop stands, that it uses for nothing but one `.append`."""
        depth = len(self.trace.loops)
        if any(isinstance(part, ast.Continue) for part in ast.walk(node)):
            return {}
        return {
            name: Growing()
            for name, value in self.frame.names.items()
            if isinstance(value, Several)
            and not value.items
            and self.frame.lists.get(name) == depth
            if uses(name, node) == 1 and _path(name, node.body)
        }

    def _grown(self, one: Growing, node: ast.For, begun: Mapping[Storage, int]) -> Value:
        """The list of what the rounds of loops have added; what it shares has not changed."""
        for loop in one.loops:
            if not self.trace.implied(sympy.Le(loop.lower, loop.upper, evaluate=False)):
                raise self.trace.error("a list without items is not read", "shape", at=node)
        counts = tuple(sympy.expand(loop.upper - loop.lower + 1) for loop in one.loops)
        indices = {loop.index for loop in one.loops}
        if any(count.free_symbols & indices for count in counts):
            raise self.trace.error(
                "a list filled by a loop that is not always as long is not read", at=node
            )
        assert one.added is not None
        storage, shape = one.added.storage, one.added.shape
        assert storage is not None

        def at(positions: Positions) -> Element:
            places = self.trace.split_in(positions[0], counts)
            rounds = (place + loop.lower for place, loop in zip(places, one.loops, strict=True))
            outer = (*storage.outer[: -len(counts)], *rounds)
            return storage.element(positions[1:], outer)

        sources = tuple((source, begun.get(source, count)) for source, count in one.added.sources)
        extent = counts[0] if len(counts) == 1 else ProductExtent(*counts)
        return Value((extent, *shape), at, listed=True, sources=sources)

    def append(self, name: str, value: Anything, node: ast.AST) -> None:
        """`name.append(value)`"""
        held = self.frame.names.get(name)
        if name in self.lists and self.lists[name].added is None and not self.trace.guards:
            one = self.as_array(value, node)
            copy = self.trace.stored(one, name)
            copy = replace(copy, sources=(*one.sources, *sources_of(one)))
            self.lists[name] = Growing(copy)
        elif isinstance(held, Several) and not (self.trace.loops or self.trace.guards):
            added = self._kept(name, value) if isinstance(value, Value) else value
            self.frame.names[name] = Several((*held.items, added))
        else:
            raise self.trace.error(
                f"{name} is added to in a way that is not read",
                hint=f"start with {name} = [] and append once in every round of a loop",
                at=node,
            )


def _path(name: str, body: Sequence[ast.stmt]) -> bool:
    """Is there one `.append` in the body, or in a loop that it holds?"""
    inner = [statement.body for statement in body if isinstance(statement, ast.For)]
    found = [appended(statement) == name for statement in body]
    return sum([*found, *(_path(name, part) for part in inner)]) == 1
