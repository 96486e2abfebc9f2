"""Statements under loops of their own in the body of a loop, as one nest that runs as they do.

    for n:                                 for n, c, m, m2:
        for c:                                 e = where(m == 1 and m2 == 1, …, e)
            e = …                              t[m] += where(m2 == 1, …, 0)
            for m: t[m] += …                   z[n, m2] = where(c == C and m == M, …, z[n, m2])
        for m: z[n, m] = t[m]

The nest goes through all the loops in the order of the text. A statement runs in the last round of
the loops before it and in the first of those behind it, so its executions come in their order if
all of these loops have a round. What it does in the other rounds changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import sympy
from sympy import Expr, Integer, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.algebra.binding import fresh
from symgrad.expressions import index, is_element, rename
from symgrad.heads import Where
from symgrad.program import Loop, Nest, Statement

NEUTRAL = {"+=": Integer(0), "-=": Integer(0), "*=": Integer(1)}
"""What an update with each operator does nothing with; `x = x` is none."""


@dataclass(frozen=True)
class Timed:
    """A statement of a body with the loops that it has there, and when it runs.

    The place holds numbers, by which statements and loops follow each other, and the indices of
    the loops; two statements are in one loop if their places are the same up to its index.
    """

    loops: tuple[Loop, ...]
    statement: Statement
    place: tuple[Expr, ...]
    guard: Boolean = sympy.true

    def around(self) -> Iterator[tuple[tuple[Expr, ...], Loop]]:
        """The loops, each with the part of the place that tells it from others."""
        ends = (n for n, part in enumerate(self.place, 1) if isinstance(part, Symbol))
        return ((self.place[:end], loop) for end, loop in zip(ends, self.loops, strict=True))


@dataclass(frozen=True)
class Woven:
    """The nest, and for each of its inner loops, which must have a round, what it was called."""

    nest: Nest
    inner: tuple[tuple[Loop, Loop], ...]


def woven(
    outer: tuple[Loop, ...], guard: Boolean, steps: Sequence[Timed], taken: Collection[str]
) -> Woven:
    """One nest over the outer loops and those of all statements; new indices get free names."""
    first: dict[tuple[Expr, ...], int] = {}
    written: dict[tuple[Expr, ...], Loop] = {}
    for n, step in enumerate(steps):
        for key, loop in step.around():
            first.setdefault(key, n)
            written.setdefault(key, loop)
    called = _called(outer, written, taken)
    loops = {key: _moved(loop, key, called) for key, loop in written.items()}
    body = [_at(step, n, first, loops, called) for n, step in enumerate(steps)]
    inner = tuple((loops[key], written[key]) for key in written)
    nest = Nest((*outer, *(loop for loop, _ in inner)), tuple(body), guard)
    return Woven(nest, inner)


def _called(
    outer: Sequence[Loop], written: dict[tuple[Expr, ...], Loop], taken: Collection[str]
) -> dict[tuple[Expr, ...], Symbol]:
    """An index for each loop that no other has."""
    found: dict[tuple[Expr, ...], Symbol] = {}
    used = {loop.index.name for loop in outer}
    for key, loop in written.items():
        name = loop.index.name
        if name in used:
            name = fresh(name, {*taken, *used})
        used.add(name)
        found[key] = loop.index if name == loop.index.name else index(name)
    return found


def _moved(loop: Loop, key: tuple[Expr, ...], called: dict[tuple[Expr, ...], Symbol]) -> Loop:
    new = _renaming(key, called)
    return Loop(called[key], rename(loop.lower, new), rename(loop.upper, new))


def _renaming(
    place: tuple[Expr, ...], called: dict[tuple[Expr, ...], Symbol]
) -> dict[Symbol, Expr]:
    """The indices of the loops around a place, as they are called now."""
    return {
        part: called[place[:end]]
        for end, part in enumerate(place, 1)
        if isinstance(part, Symbol) and part != called.get(place[:end], part)
    }


def _at(
    step: Timed,
    n: int,
    first: dict[tuple[Expr, ...], int],
    loops: dict[tuple[Expr, ...], Loop],
    called: dict[tuple[Expr, ...], Symbol],
) -> Statement:
    """The statement at its time, elsewhere nothing."""
    own = {key for key, _ in step.around()}
    new = _renaming(step.place, called)
    times = [
        sympy.Eq(loop.index, loop.upper if first[key] < n else loop.lower, evaluate=False)
        for key, loop in loops.items()
        if key not in own
    ]
    if step.guard != sympy.true:
        times.append(rename(step.guard, new))
    return only_when(step.statement.renamed(new), times)


def only_when(statement: Statement, times: Sequence[Boolean]) -> Statement:
    """The statement where all conditions hold, elsewhere nothing."""
    if not times:
        return statement
    condition = times[0] if len(times) == 1 else sympy.And(*times, evaluate=False)
    otherwise = NEUTRAL.get(statement.op, statement.target)
    *earlier, value = (Where(condition, member, otherwise) for member in statement.members)
    return replace(statement, value=value, earlier=tuple(earlier))


def acting(statement: Statement) -> tuple[Boolean, Statement]:
    """When a statement does anything, as far as indices decide that, and what it does then.

    t[m] += where(j == M, v, 0)      j == M,  t[m] += v
    """
    otherwise = NEUTRAL.get(statement.op, statement.target)
    if not isinstance(statement.value, Where) or statement.earlier:
        return sympy.true, statement
    condition, value, other = statement.value.args
    if other != otherwise or any(map(is_element, condition.free_symbols)):
        return sympy.true, statement
    return condition, replace(statement, value=value)


__all__ = ["Timed", "Woven", "acting", "only_when", "woven"]
