"""Numbers that count the rounds of loops: `k += 1` in the innermost of them, wherever k is read.

k = 0
for l in range(h):
    for m in range(w):
        cols[k] = …            k is the place l*w + m
        k += 1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import sympy
from sympy import Expr

from symgrad.expressions import elements
from symgrad.program import Loop
from symgrad.python.counting import Increment, increments
from symgrad.python.growing import Lists
from symgrad.python.names import Names
from symgrad.python.productaxes import joined, plain, product
from symgrad.python.scope import Unset
from symgrad.python.trace import Trace
from symgrad.python.values import Value, single


@dataclass
class Counter:
    """What counts: from where, by what, and the loops entered so far."""

    start: Expr
    increment: Increment
    places: list[Expr] = field(default_factory=list)
    counts: list[Expr] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)

    @property
    def total(self) -> Expr:
        return plain(product(self.counts))

    def value(self, place: Expr) -> Value:
        step = self.increment.step
        whole = place if (step, self.start) == (1, 0) else self.start + step * plain(place)
        return single(whole, "integer")


class Counters(Lists):
    """Follows numbers that count."""

    def __init__(self, trace: Trace, names: Names) -> None:
        super().__init__(trace, names)
        self.counters: dict[str, Counter] = {}

    @contextmanager
    def counted_rounds(self, node: ast.For, loops: Sequence[Loop]) -> Iterator[None]:
        """While a loop runs, what counts its rounds has the value of the round."""
        begun = [name for name in self.counters if self._enters(name, node)]
        for name in begun:
            self._enter(name, loops)
        yield
        for name in begun:
            self._leave(name)

    def start_counters(self, node: ast.For) -> None:
        """The whole numbers that a loop counts on, from what they are before it."""
        for found in increments(node):
            value = self.frame.names.get(found.name)
            if found.name in self.counters or not isinstance(value, Value):
                continue
            if value.sort != "integer" or value.rank or value.storage is not None:
                continue
            start = value.at(())
            if next(elements(start), None) is None:
                self.counters[found.name] = Counter(plain(start), found)
                del self.frame.names[found.name]

    def _enters(self, name: str, node: ast.For) -> bool:
        """Is this the next loop on the way to where a number is counted on?"""
        counter = self.counters[name]
        path = counter.increment.path
        depth = len(counter.levels)
        return depth < len(path) and path[depth] is node.body

    def _enter(self, name: str, loops: Sequence[Loop]) -> None:
        counter = self.counters[name]
        counter.levels.append(len(loops))
        for loop in loops:
            counter.places.append(loop.index - loop.lower)
            counter.counts.append(sympy.expand(loop.upper - loop.lower + 1))
        if len(counter.levels) < len(counter.increment.path):
            self.frame.names[name] = Unset("counts in an inner loop")
            return
        indices = {symbol for place in counter.places for symbol in place.free_symbols}
        if any(count.free_symbols & indices for count in counter.counts):
            self.frame.names[name] = Unset("counts the rounds of a loop that is not always as long")
            return
        self.frame.names[name] = counter.value(joined(counter.places, counter.counts))

    def _leave(self, name: str) -> None:
        counter = self.counters[name]
        total, alone = counter.total, len(counter.increment.path) == 1
        for _ in range(counter.levels.pop()):
            counter.places.pop()
            counter.counts.pop()
        self.frame.names[name] = Unset("counts in an inner loop")
        if counter.levels:
            return
        del self.counters[name]
        runs = self.trace.implied(sympy.Ge(total, 0, evaluate=False))
        if alone and runs:
            self.frame.names[name] = counter.value(total)
