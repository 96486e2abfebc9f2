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
from sympy import Integer
from sympy.logic.boolalg import Boolean

from symgrad.errors import StudentError
from symgrad.heads import Where
from symgrad.program import Loop, Nest, Program, Statement
from symgrad.python.syntax import Text
from symgrad.python.trace import Step, both
from symgrad.separation.dependence import Dependences, Update
from symgrad.sets.integers import Integers

MAX_TOGETHER = 40
"""Statements of one loop that are taken apart."""


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
        _together([steps[n] for n in sorted(circle)], dependences.integers, text)
        for circle in _circles(after)
    ]


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


def _together(steps: list[Step], integers: Integers, text: Text) -> list[Step]:
    """A body of several statements, under the loops of the innermost ones.

    What stands before an inner loop is done in its first round, what stands behind it in its last:
    for b: for j: t += …; Z[b] = t      for b, j: t += …; Z[b] = where(j == J, t, Z[b])
    """
    if all((step.loops, step.guard) == (steps[0].loops, steps[0].guard) for step in steps):
        return steps
    deepest = max(steps, key=lambda step: len(step.loops))
    deep = [n for n, step in enumerate(steps) if len(step.loops) == len(deepest.loops)]
    found = []
    for n, step in enumerate(steps):
        depth = len(step.loops)
        inner = deepest.loops[depth:]
        same = step.place[: 2 * depth] == deepest.place[: 2 * depth] if not inner else True
        if step.loops != deepest.loops[:depth] or not same or not _runs(inner, integers):
            raise _inseparable(step, text)
        if deep[0] < n < deep[-1] and inner:
            raise _inseparable(step, text)
        when = [
            sympy.Eq(loop.index, loop.lower if n < deep[0] else loop.upper, evaluate=False)
            for loop in inner
        ]
        found.append(_only_when(step, deepest.loops, both(*when, step.guard)))
    return found


def _runs(inner: Sequence[Loop], integers: Integers) -> bool:
    """Do inner loops have at least one round, whatever the outer ones say?"""
    return all(
        integers.implies((), sympy.Le(loop.lower, loop.upper, evaluate=False)) for loop in inner
    )


def _only_when(step: Step, loops: tuple[Loop, ...], condition: Boolean) -> Step:
    """The statement under more loops, where it does something only under a condition."""
    target, operator, value = step.statement.target, step.statement.op, step.statement.value
    if condition is not sympy.true:
        idle = {"=": target, "*=": Integer(1)}.get(operator, Integer(0))
        value = Where(condition, value, idle)
    return replace(
        step, loops=loops, guard=sympy.true, statement=Statement(target, operator, value)
    )


def _inseparable(step: Step, text: Text) -> StudentError:
    return text.error(
        "this loop uses what its earlier rounds left in several statements that do not loop alike",
        step.node,
        "limit",
        "give what a round leaves an axis of its own, as in h[t + 1] = … h[t] …",
    )
