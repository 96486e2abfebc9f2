"""Frames: the working memory of a compiled program, and the loops that move through it.

A frame is a list. The compiler gives every extent, index, array, constant and function a slot of
its own, and a compiled expression is a closure that reads its slots from the frame it is called
with; so a program is compiled once and run at any extents, in any arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sympy import Symbol

from symgrad.evaluation.values import Nonvalue
from symgrad.expressions import is_extent

Frame: TypeAlias = list[Any]
Closure: TypeAlias = Callable[[Frame], Any]
Scope: TypeAlias = Mapping[Symbol, int]
"""The slots of the bound indices."""

Step: TypeAlias = Callable[..., None]
"""Called with a frame; and with a `Nonvalue` where a guard has no truth value."""

Span: TypeAlias = tuple[int, Closure, Closure]
"""The slot of a bound index, its first and its last value."""

ARITHMETIC, WORK, ZERO, ONE = range(4)
"""The first slots of every frame: the run's arithmetic, its allowance of work, 0 and 1."""


class Layout:
    """Which slot of a frame holds what."""

    def __init__(self) -> None:
        self.size = ONE + 1
        self.extents: dict[str, int] = {}
        self.arrays: dict[str, int] = {}
        self.constants: dict[Any, int] = {0: ZERO, 1: ONE}
        self.functions: dict[tuple[str, tuple[int, ...]], int] = {}

    def slot(self) -> int:
        self.size += 1
        return self.size - 1

    def of(self, table: dict[Any, int], key: Any) -> int:
        """The slot of a table's entry, a new one where it has none yet."""
        if key not in table:
            table[key] = self.slot()
        return table[key]

    def symbol(self, symbol: Symbol, scope: Scope) -> int:
        """The slot of an extent or of a bound index."""
        return self.of(self.extents, symbol.name) if is_extent(symbol) else scope[symbol]

    def frame(self, extents: Mapping[str, int]) -> Frame:
        frame: Frame = [None] * self.size
        for name, slot in self.extents.items():
            frame[slot] = extents[name]
        return frame


def nested(spans: Sequence[Span], body: Step, weight: int = 1) -> Step:
    """Loops, the first outermost; one turn of the innermost costs the weight of the body."""
    for slot, first, last in reversed(spans):
        body = _loop(slot, first, last, body, weight)
        weight = 1
    return body


def _loop(slot: int, first: Closure, last: Closure, body: Step, weight: int) -> Step:
    def loop(frame: Frame) -> None:
        start, stop = first(frame), last(frame) + 1
        if stop > start:
            frame[WORK].charge((stop - start) * weight)
            for frame[slot] in range(start, stop):
                body(frame)

    return loop


def guarded(holds: Closure, step: Step) -> Step:
    """Run where a condition holds; where it has no truth, neither has what would be computed."""

    def guard(frame: Frame) -> None:
        truth = holds(frame)
        if isinstance(truth, Nonvalue):
            step(frame, truth)
        elif truth:
            step(frame)

    return guard
