"""Loops, followed once for all their rounds.

- What is assigned before it is read belongs to each round, and after the loop is the last round's.
- A number or array that an earlier round left is overwritten in place.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import sympy

from symgrad.expressions import rename
from symgrad.program import Loop
from symgrad.python.counting import counting
from symgrad.python.flow import assigned, is_bound, is_read_first
from symgrad.python.iteration import Rounds
from symgrad.python.productaxes import plain, product
from symgrad.python.scope import Unset
from symgrad.python.searching import Searching
from symgrad.python.values import Anything, Positions, Several, Storage, Value, single


class Looping(Searching):
    """Follows `for`."""

    @abstractmethod
    def block(self, statements: Sequence[ast.stmt], last: bool = True) -> None:
        """Statements in their order; `last`: after them the round of the loop ends."""

    def _for(self, node: ast.For) -> None:
        if node.orelse:
            raise self.trace.error("`else` of a loop is not read", at=node.orelse[0])
        if self.searched(node):
            return
        over = self.rounds(node.iter)
        if isinstance(over, Several):
            self._unrolled(node, over.items)
            return
        self._run(node, over)

    def _while(self, node: ast.While) -> None:
        """A loop that counts, as one over a range."""
        found = counting(node)
        if found is None:
            raise self.trace.error(
                "`while` is read where it counts",
                hint="as in `while i < N:` with `i += 1` once in every round, or write `for`",
            )
        counter = ast.copy_location(ast.Name(found.name, ast.Store()), node)
        start, stop = self._bound(counter), plain(self._bound(found.end)) + found.beyond
        over = self.counted(start, sympy.expand(stop), found.step)
        count = plain(product(over.counts))
        ends = self.trace.implied(sympy.Ge(count, 0, evaluate=False))
        if found.exactly and not ends:
            raise self.trace.error(
                f"`while` with != may count past its end, {found.name} < … does not"
            )
        del self.frame.names[found.name]
        self._run(ast.copy_location(ast.For(counter, found.end, node.body, []), node), over)
        if ends:
            self.frame.names[found.name] = single(
                sympy.expand(plain(start) + found.step * count), "integer"
            )

    def _run(self, node: ast.For, over: Rounds) -> None:
        fixed = set(self.frame.fixed)
        self.start_counters(node)
        self._prepare(node)
        before = dict(self.frame.names)
        loops = self.loops_of(over, node.target)
        renewed = {storage: storage.renewed for storage in self._storages()}
        with self.counted_rounds(node, loops):
            with ExitStack() as stack, self.growing(node, loops):
                for loop in loops:
                    stack.enter_context(self.trace.loop(loop))
                self.put(node.target, over.item(tuple(loop.index - 1 for loop in loops)))
                self.block(node.body)
            self._check_shared(renewed, node)
            for loop in reversed(loops):
                self._after(before, loop)
        self.frame.fixed = fixed

    def _unrolled(self, node: ast.For, items: Sequence[Anything]) -> None:
        """A loop over what is spelled out: its statements for each."""
        self.frame.unrolled += 1
        for item in items:
            self.trace.node = node
            self.put(node.target, item)
            self.block(node.body)
        self.frame.unrolled -= 1

    def _check_shared(self, renewed: Mapping[Storage, int], node: ast.For) -> None:
        """Memory that a name shares from an earlier round on must not change in the loop."""
        for name in sorted(self.frame.fixed):
            value = self.frame.names.get(name)
            if isinstance(value, Value):
                for source, _ in self.detached.get(value.storage, ()):
                    if source.renewed != renewed.get(source, 0):
                        raise self._shared(name, node)

    def _prepare(self, node: ast.For) -> None:
        """What the body assigns and an earlier round may have left needs memory of its own."""
        for name in assigned(node.body):
            if name in self.frame.fixed or name not in self.frame.names:
                continue
            if not is_read_first(name, node.body):
                del self.frame.names[name]
                continue
            self._own(name, node)

    def _own(self, name: str, node: ast.stmt) -> None:
        """Make a name refer to memory that nothing else refers to."""
        value = self.frame.names[name]
        if not isinstance(value, Value) or value.sort == "truth":
            return
        if value.rank and not is_bound(name, node):
            return
        inside = {loop.index for loop in self.trace.loops}
        own = (
            value.whole
            and value.storage is not None
            and value.sort == "number"
            and value.storage.given is None
            and set(value.storage.outer) <= inside
            and self._holders(value.storage) == 1
        )
        if not own and not (value.storage is not None and value.storage.given and not value.rank):
            self.trace.node = node
            copy = self.trace.stored(value, name)
            self._detach(copy, value)
            self.frame.names[name] = copy
        self.frame.fixed.add(name)

    def _after(self, before: dict[str, Anything | Unset], loop: Loop) -> None:
        """After a loop its names have the values of the last round."""
        runs = self.trace.implied(sympy.Le(loop.lower, loop.upper, evaluate=False))
        for name, value in list(self.frame.names.items()):
            if before.get(name) is value or not isinstance(value, Value):
                continue
            if not runs:
                self.frame.names[name] = Unset("is set in a loop that may have no round")
            else:
                self.frame.names[name] = _last(value, loop, self.trace.somewhere(value.shape))


def _last(value: Value, loop: Loop, at: Positions) -> Value:
    """A value of the last round of a loop; `at` is any position in it."""
    new = {loop.index: loop.upper}
    if not value.at(at).free_symbols & {loop.index}:
        return value
    found = Value(value.shape, lambda at: rename(value.at(at), new), value.sort)
    storage, place = value.storage, value.place
    if storage is None:
        return found
    outer = storage.outer if value.outer is None else value.outer
    return replace(
        found,
        storage=storage,
        place=lambda at: tuple(rename(part, new) for part in (place(at) if place else at)),
        outer=tuple(rename(part, new) for part in outer),
    )
