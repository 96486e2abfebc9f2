"""From steps in their order of execution to the nests of a program.

    for b in range(B):                      for b: e[b] = …
        e = …                               for b, j: ds[b, j] = … e[b] …
        for j in range(J): ds[b, j] = …

A nest of a program has all its loops outside, so what a loop holds beside another loop becomes a
nest of its own. That is admitted where every dependence keeps its order (Kennedy and Allen, 1987),
which isl decides; statements with the same loops may also stay together in one body.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import sympy
from sympy import Expr, Integer, Symbol

from symgrad.algebra.interleaving import Timed, only_when, woven
from symgrad.errors import StudentError
from symgrad.expressions import rename
from symgrad.program import Loop, Nest, Program
from symgrad.python.syntax import Text
from symgrad.python.trace import Step
from symgrad.separation.dependence import Dependences, Update
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, conjuncts, ranges

MAX_TOGETHER = 40
"""Statements of one loop that are taken apart."""

MAX_LOOPS = 8
"""Loops of a nest that holds several of them beside each other."""


@dataclass(frozen=True)
class Ordered:
    """The nests, and for each of their statements where it stands in the text."""

    nests: tuple[Nest, ...]
    nodes: tuple[tuple[ast.AST, ...], ...]


def ordered(steps: Sequence[Step], given: Program, text: Text) -> Ordered:
    groups: list[list[Step]] = []
    for _, found in groupby(steps, key=lambda step: step.place[0]):
        groups += _apart(list(found), given, text)
    return Ordered(
        tuple(
            Nest(group[0].loops, tuple(step.statement for step in group), group[0].guard)
            for group in groups
        ),
        tuple(tuple(step.node for step in group) for group in groups),
    )


def _apart(steps: list[Step], given: Program, text: Text) -> list[list[Step]]:
    """The statements of one loop as nests, each with as few of them as the order allows."""
    if len(steps) == 1:
        return [steps]
    if len(steps) > MAX_TOGETHER:
        raise text.error(
            f"more than {MAX_TOGETHER} statements in one loop", steps[-1].node, "limit"
        )
    nests = tuple(Nest(step.loops, (step.statement,), step.guard) for step in steps)
    program = Program((), nests, given)
    changing = {update.array for update in map(_update, steps)}
    dependences = Dependences(Integers.of(program), changing)
    updates = [_update(step, n) for n, step in enumerate(steps)]
    after = [
        {b for b in range(len(steps)) if a != b and dependences.precedes(updates[a], updates[b])}
        for a in range(len(steps))
    ]
    return [
        group
        for circle in _circles(after)
        for group in _of_circle([steps[n] for n in sorted(circle)], dependences, given, text)
    ]


def _of_circle(
    steps: list[Step], dependences: Dependences, given: Program, text: Text
) -> list[list[Step]]:
    """The nests of statements that wait for each other."""
    together = _together(steps, dependences)
    if together is not None:
        return [together]
    copies = _written_out(steps)
    if copies is not None:
        return _apart(copies, given, text)
    return [_interleaved(steps, dependences.integers, text)]


def _written_out(steps: Sequence[Step]) -> list[Step] | None:
    """The rounds of a short loop around all statements, one after the other."""
    for depth, loop in enumerate(steps[0].loops):
        if not all(_is_in(step, steps[0], depth) for step in steps):
            break
        if loop.lower.is_Integer and loop.upper.is_Integer:
            values = range(int(loop.lower), int(loop.upper) + 1)
            if len(values) * len(steps) > MAX_TOGETHER:
                break
            return [_in_round(step, depth, Integer(n)) for n in values for step in steps]
    return None


def _is_in(step: Step, other: Step, depth: int) -> bool:
    """Are both statements in the same loop of the text?"""
    return depth < min(step.outer, other.outer) and _meet(step, other, depth + 1)


def _meet(step: Step, other: Step, depth: int) -> bool:
    """Are so many loops around both statements the same loops of the text?"""
    return _until(step, depth) == _until(other, depth)


def _until(step: Step, depth: int) -> tuple[Expr, ...]:
    """The place of a statement, up to the index of a loop."""
    ends = [end for end, part in enumerate(step.place, 1) if isinstance(part, Symbol)]
    return step.place[: ends[depth - 1]] if depth else ()


def _in_round(step: Step, depth: int, value: Integer) -> Step:
    """The statement where a loop has a value."""
    new = {step.loops[depth].index: value}
    return replace(
        step,
        loops=tuple(one.renamed(new) for one in (*step.loops[:depth], *step.loops[depth + 1 :])),
        guard=rename(step.guard, new),
        statement=step.statement.renamed(new),
        place=tuple(rename(part, new) for part in step.place),
        outer=step.outer - 1,
    )


def _update(step: Step, number: int = 0) -> Update:
    return Update(step.loops, step.guard, step.statement, step.place, number)


def _circles(after: Sequence[set[int]]) -> list[list[int]]:
    """Which statements must stay together, in an admissible order: the first ones first."""
    reach = [set(following) for following in after]
    for middle in range(len(after)):
        for start in range(len(after)):
            if middle in reach[start]:
                reach[start] |= reach[middle]
    left = list(range(len(after)))
    found: list[list[int]] = []
    while left:
        for n in left:
            circle = [m for m in left if m == n or (m in reach[n] and n in reach[m])]
            if not any(n in reach[m] for m in left if m not in circle):
                break
        found.append(circle)
        left = [m for m in left if m not in circle]
    return found


def _together(steps: list[Step], dependences: Dependences) -> list[Step] | None:
    """A body of several statements, under the loops of the innermost ones, if that is possible.

    What stands before an inner loop is done in its first round, what stands behind it in its last:
    for b: for j: t += …; Z[b] = t      for b, j: t += …; Z[b] = where(j == J, t, Z[b])
    """
    if len(steps) == 1:
        return steps
    deepest = max(steps, key=lambda step: len(step.loops))
    deep = [n for n, step in enumerate(steps) if len(step.loops) == len(deepest.loops)]
    found = []
    for n, step in enumerate(steps):
        inner = deepest.loops[len(step.loops) :]
        if inner:
            fits = _is_around(step, deepest) and not deep[0] < n < deep[-1]
        else:
            fits = all(_take_turns(steps[m], step, dependences) for m in deep if m < n)
        if not (fits and _runs(inner, dependences.integers)):
            return None
        when = [
            sympy.Eq(loop.index, loop.lower if n < deep[0] else loop.upper, evaluate=False)
            for loop in inner
        ]
        found.append((step, conjunction((*when, step.guard))))
    if all(condition == found[0][1] for _, condition in found):
        return steps
    return [
        replace(
            step,
            loops=deepest.loops,
            guard=sympy.true,
            statement=only_when(step.statement, [*conjuncts(condition)]),
        )
        for step, condition in found
    ]


def _interleaved(steps: list[Step], integers: Integers, text: Text) -> list[Step]:
    """The statements under all the loops of all of them, each of which must have a round."""
    timed = [Timed(step.loops, step.statement, step.place, step.guard) for step in steps]
    used = {symbol.name for one in timed for symbol in one.statement.value.free_symbols}
    found = woven((), sympy.true, timed, used)
    loops = found.nest.loops
    if len(loops) > MAX_LOOPS or not all(
        integers.implies(ranges(loops[:n]), sympy.Le(loop.lower, loop.upper, evaluate=False))
        for n, loop in enumerate(loops)
    ):
        raise _inseparable(steps[-1], text)
    return [
        replace(step, loops=loops, guard=sympy.true, statement=statement)
        for step, statement in zip(steps, found.nest.body, strict=True)
    ]


def _is_around(step: Step, inner: Step) -> bool:
    """Are all the loops of a step loops of the text that hold the other one as well?"""
    depth = len(step.loops)
    return step.outer == depth <= inner.outer and _meet(step, inner, depth)


def _take_turns(first: Step, second: Step, dependences: Dependences) -> bool:
    """May the rounds of two statements that follow each other take turns?

    They do in one loop of the text. Of two whole arrays, no element of the second may need one of
    the first that comes later.
    """
    depth = first.outer
    together = second.outer == depth and _meet(first, second, depth)
    if first.loops != second.loops or not together:
        return False
    if depth == len(first.loops):
        return True
    return not dependences.precedes(_in_one_round(second), _in_one_round(first))


def _in_one_round(step: Step) -> Update:
    """The elements that a step goes through in one round of the loops of the text."""
    own = step.loops[step.outer :]
    place = (*(loop.index for loop in own), Integer(0))
    guard = conjunction((*ranges(step.loops[: step.outer]), step.guard))
    return Update(own, guard, step.statement, place, 0)


def _runs(inner: Sequence[Loop], integers: Integers) -> bool:
    """Do inner loops have at least one round, whatever the outer ones say?"""
    return all(
        integers.implies((), sympy.Le(loop.lower, loop.upper, evaluate=False)) for loop in inner
    )


def _inseparable(step: Step, text: Text) -> StudentError:
    return text.error(
        "this loop uses what its earlier rounds left in several statements that do not loop alike",
        step.node,
        "limit",
        "give what a round leaves an axis of its own, as in h[t + 1] = … h[t] …",
    )
