"""Loop bodies whose statements have loops of their own.

    for b: t[b] = dot(x[b, :], y); z[b, :] += t[b] * x[b, :]

    for b: t[b] = …            one nest for each statement, where the order in which iterations
    for b, j: z[b, j] += …     of different statements run cannot be told

    for b: t = dot(x[b, :], y); …     what only one iteration speaks of gets an element for each:
                               t[b] = dot(x[b, :], y)

    for k in 1..3: h = W @ h   the rounds of a short loop, one after the other

    for t: h = W @ h           otherwise one nest over all their loops (`algebra.interleaving`)

So the program that results does what the text says, whatever the arrays are. Of loops within loops
the inner ones come first: what can be told apart in a round of the outer ones is. The condition of
an inner loop goes along with each of its statements; it is asked once in a round, so what is taken
apart must not change what it reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.algebra.interleaving import Timed
from symgrad.expressions import (
    array_of,
    element,
    elements,
    indices_of,
    is_element,
    is_index,
    rebuild,
    rename,
)
from symgrad.program import Loop, Nest, Statement
from symgrad.sets.literals import conjunction
from symgrad.shapes import nest_accesses

MOST_WRITTEN_OUT = 64
"""So many statements of the rounds of a loop are written out one by one."""


@dataclass(frozen=True)
class Step:
    """Statements of a body with the loops that they alone have.

    place    when they run in the body: numbers and the indices of the loops, see `Timed`
    tied     whether they have to stay together with others, under different loops
    guard    the conditions of these loops
    """

    loops: tuple[Loop, ...]
    statements: tuple[Statement, ...]
    place: tuple[Expr, ...] = ()
    tied: bool = False
    guard: Boolean = sympy.true

    def nest(self, loops: tuple[Loop, ...], guard: Boolean) -> Nest:
        return Nest(loops + self.loops, self.statements, conjunction([guard, self.guard]))

    @property
    def is_plain(self) -> bool:
        """Does it run once in each round?"""
        return not self.loops and self.guard == sympy.true

    def when(self, guard: Boolean) -> Step:
        """The step where another condition holds, too."""
        return replace(self, guard=conjunction([guard, self.guard]))

    def numbered(self, number: int) -> Step:
        """The step as part of a body."""
        place = self.place or tuple(loop.index for loop in self.loops)
        return replace(self, place=(Integer(number), *place))

    def inside(self, loops: tuple[Loop, ...], tied: bool) -> Step:
        """The step in a loop around it."""
        place = (*(loop.index for loop in loops), *self.place)
        return replace(self, loops=loops + self.loops, place=place, tied=tied)

    def at(self, symbol: Symbol, value: Integer) -> Step:
        """The step in the round of an outer loop in which its index has a value."""
        new: dict[Symbol, Expr] = {symbol: value}
        loops = (loop.renamed(new) for loop in self.loops)
        statements = tuple(one.renamed(new) for one in self.statements)
        guard, place = rename(self.guard, new), (value, *self.place)
        return Step(tuple(loops), statements, place, self.tied, guard)

    @property
    def block(self) -> tuple[Expr, ...]:
        """Of tied statements the place of the outermost loop that they share; else nothing."""
        ends = (end for end, part in enumerate(self.place, 1) if isinstance(part, Symbol))
        return self.place[: next(ends, 0)] if self.tied else ()

    def timed(self) -> Iterator[Timed]:
        """The statements, and when each of them runs."""
        for n, statement in enumerate(self.statements):
            yield Timed(self.loops, statement, (*self.place, Integer(n)), self.guard)

    @property
    def written(self) -> set[str]:
        return {array_of(statement.target) for statement in self.statements}

    def adds_only(self, name: str) -> bool:
        """Is an array only added to, and read nowhere?"""
        targets = [one for one in self.statements if array_of(one.target) == name]
        values = (member for one in self.statements for member in one.members)
        read = self.asked | {array_of(part) for value in values for part in elements(value)}
        return name not in read and all(one.op in ("+=", "-=") for one in targets)

    @property
    def asked(self) -> set[str]:
        """The arrays that its condition and the ranges of its loops read."""
        return read_by(self.loops, self.guard)


def nests(loops: tuple[Loop, ...], steps: Sequence[Step]) -> list[list[Step]] | None:
    """The steps that may share a nest, one list a nest; None where they must be interleaved."""
    if any(step.tied for step in steps):
        return None
    groups: list[list[Step]] = []
    for step in steps:
        if groups and _follows(groups[-1], step):
            groups[-1].append(step)
        else:
            groups.append([step])
    if len(groups) == 1 or not loops:
        return groups
    pairs = combinations(groups, 2)
    return groups if all(_independent(loops, *pair) for pair in pairs) else None


def _follows(group: Sequence[Step], step: Step) -> bool:
    """Is it asked in the same rounds as a group, which all run in one nest?"""
    alike = not step.loops and not group[-1].loops and step.guard == group[-1].guard
    return alike and not any(step.asked & earlier.written for earlier in group)


def together(steps: Sequence[Step]) -> Step:
    """Steps that share a nest as one."""
    statements = tuple(statement for step in steps for statement in step.statements)
    return replace(steps[0], statements=statements)


def widened(loops: tuple[Loop, ...], steps: Sequence[Step], names: Collection[str]) -> list[Step]:
    """The steps with an element for each iteration of some arrays."""
    outer = [loop.index for loop in loops]

    def wide(node: Any) -> Any:
        if is_element(node) and array_of(node) in names:
            return element(array_of(node), *outer, *map(wide, indices_of(node)))
        return rebuild(node, wide) if node.args else node

    return [
        replace(
            step,
            loops=tuple(Loop(at.index, wide(at.lower), wide(at.upper)) for at in step.loops),
            statements=tuple(statement.mapped(wide) for statement in step.statements),
            guard=wide(step.guard),
        )
        for step in steps
    ]


def rounds(loops: tuple[Loop, ...], guard: Boolean, size: int) -> list[Integer] | None:
    """The values of the innermost index, where a body of so many statements may be written out."""
    last = loops[-1]
    if not (last.lower.is_Integer and last.upper.is_Integer) or last.index in guard.free_symbols:
        return None
    count = int(last.upper - last.lower) + 1
    return [last.lower + n for n in range(count)] if count * size <= MOST_WRITTEN_OUT else None


def unread_before(name: str, steps: Sequence[Step]) -> bool:
    """Is an array overwritten before it is read?"""
    for step in steps:
        if name in step.asked:
            return False
        for statement in step.statements:
            if any(array_of(part) == name for one in statement.members for part in elements(one)):
                return False
            if array_of(statement.target) == name:
                return statement.op == "=" and _runs(step, name)
    return False


def _runs(step: Step, name: str) -> bool:
    """Is an array written in every round of the outer loops, or in none?"""
    own = {loop.index for loop in step.loops}
    ends = (end for loop in step.loops for end in (loop.lower, loop.upper))
    varies = any(is_index(part) and part not in own for end in ends for part in end.free_symbols)
    return step.guard == sympy.true and not varies


def changes_its_own_head(loops: Sequence[Loop], guard: Boolean, steps: Sequence[Step]) -> bool:
    """Does a body write what its guard or a range reads?"""
    read = read_by(loops, guard)
    return any(read & step.written for step in steps)


def asked_again(step: Step) -> bool:
    """Does a statement change what the condition reads that goes along with the next ones?"""
    read = read_by((), step.guard)
    return any(array_of(one.target) in read for one in step.statements[:-1])


def read_by(loops: Iterable[Loop], guard: Boolean) -> set[str]:
    """The arrays that a condition and the ranges of loops read."""
    bounds = chain.from_iterable((loop.lower, loop.upper) for loop in loops)
    return {array_of(part) for expr in (guard, *bounds) for part in elements(expr)}


def _independent(loops: tuple[Loop, ...], left: Sequence[Step], right: Sequence[Step]) -> bool:
    """Do two groups meet in the same iteration only, or only add to what they share?"""
    steps = (*left, *right)
    written = set().union(*(step.written for step in steps))
    return all(
        all(step.adds_only(name) for step in steps) or _in_step(loops, steps, name)
        for name in _names(left) & _names(right) & written
    )


def _names(group: Sequence[Step]) -> set[str]:
    return {
        array_of(element)
        for step in group
        for element, _ in nest_accesses(step.nest((), sympy.true))
    }


def _in_step(loops: tuple[Loop, ...], steps: Sequence[Step], name: str) -> bool:
    """Does every access of an array name each outer loop's index, always in the same place?"""
    found = [
        (indices_of(element), scope)
        for step in steps
        for element, scope in nest_accesses(step.nest(loops, sympy.true))
        if array_of(element) == name
    ]
    return all(
        any(
            all(places[n] == loop.index and loop in scope for places, scope in found)
            for n in range(len(found[0][0]))
        )
        for loop in loops
    )
