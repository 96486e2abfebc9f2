"""`while` loops that count: they run over a range, and how often is known before they begin.

i = 0                          for i in range(0, N):
while i < N:                       …
    …                          i = N
    i += 1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgrad.python.flow import assigned, leaves, stored_names

_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.NotEq: ast.NotEq,
}
"""`N > i` is `i < N`."""


@dataclass(frozen=True)
class Counting:
    """A loop that goes on while `name` is on this side of `end`, by `step` a round.

    `beyond` is what has to be added to the end: `i <= N` ends before N + 1, `i >= 0` before -1;
    `exactly`: it ends at the end alone, `i != N`.
    """

    name: str
    end: ast.expr
    step: int
    beyond: int
    exactly: bool = False


def counting(node: ast.While) -> Counting | None:
    """How a loop counts; None if that is not seen from its text."""
    test = node.test
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or node.orelse:
        return None
    if any(isinstance(part, ast.Break) for part in ast.walk(node)) or leaves(node.body):
        return None
    sides = [(test.left, type(test.ops[0]), test.comparators[0])]
    mirrored = _MIRRORED.get(type(test.ops[0]))
    if mirrored is not None:
        sides.append((test.comparators[0], mirrored, test.left))
    for counter, sign, end in sides:
        step = _step(counter.id, node.body) if isinstance(counter, ast.Name) else None
        if step is not None and isinstance(counter, ast.Name):
            steady = not set(stored_names(node)) & {*_names(end)}
            beyond = _beyond(sign, step)
            if steady and beyond is not None:
                return Counting(counter.id, end, step, beyond, sign is ast.NotEq)
    return None


def _beyond(sign: type[ast.cmpop], step: int) -> int | None:
    """What the end lacks as that of a range; None where the loop runs away from it."""
    if sign is ast.NotEq:
        return 0 if abs(step) == 1 else None
    up = {ast.Lt: 0, ast.LtE: 1}.get(sign)
    down = {ast.Gt: 0, ast.GtE: -1}.get(sign)
    return up if step > 0 else down


def _step(name: str, body: Sequence[ast.stmt]) -> int | None:
    """The number that every round adds once, `i += 1` or `i = i + 1`; nothing else changes i."""
    changes = [part for statement in body for part in stored_names(statement) if part == name]
    if len(changes) != 1:
        return None
    for statement in body:
        if isinstance(statement, ast.AugAssign) and name in assigned([statement]):
            return _signed(statement.op, statement.value)
        if isinstance(statement, ast.Assign) and name in assigned([statement]):
            value = statement.value
            if isinstance(value, ast.BinOp) and _names(value.left) == [name]:
                whole = isinstance(value.left, ast.Name)
                return _signed(value.op, value.right) if whole else None
    return None


def _signed(sign: ast.operator, step: ast.expr) -> int | None:
    number = step.value if isinstance(step, ast.Constant) else None
    if type(number) is not int or not 0 < number < 100:
        return None
    return {ast.Add: number, ast.Sub: -number}.get(type(sign))


def _names(node: ast.expr) -> list[str]:
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


@dataclass(frozen=True)
class Increment:
    """`k += 1` once in every round of the innermost of loops in each other.

    `path` are the bodies of the loops, from the outside.
    """

    name: str
    step: int
    path: tuple[Sequence[ast.stmt], ...]


def increments(node: ast.For) -> list[Increment]:
    """The numbers that a loop counts on, and that it changes nowhere else."""
    if any(isinstance(part, (ast.Continue, ast.Break, ast.Return)) for part in ast.walk(node)):
        return []
    stored = list(stored_names(node))
    return [found for found in _increments(node.body, ()) if stored.count(found.name) == 1]


def _increments(
    body: Sequence[ast.stmt], outer: tuple[Sequence[ast.stmt], ...]
) -> Iterator[Increment]:
    path = (*outer, body)
    for statement in body:
        if isinstance(statement, ast.For):
            yield from _increments(statement.body, path)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            step = _signed(statement.op, statement.value)
            if step is not None:
                yield Increment(statement.target.id, step, path)
