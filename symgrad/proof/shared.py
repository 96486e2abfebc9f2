"""Which arrays both sides compute on their way: compared first, they need not be opened again.

left     z.grad[i] += ...; x.grad[j] += sum(i, z.grad[i] * W[i, j])
right    z.grad[i] += ...; x.grad[j] += sum(i, W[i, j] * z.grad[i])        z.grad, then x.grad
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from symgrad.expressions import array_of
from symgrad.program import Program, kept
from symgrad.proof.comparison import Question


def shared(question: Question) -> Iterator[str]:
    """The targets, and before them what both sides compute for them, as the left side goes on."""
    left, right = question.left, question.right
    reads = [_reads(side.program) for side in (left, right)]
    needed = [
        _closure([side.final.get(target, target) for target in question.targets], read)
        for side, read in zip((left, right), reads, strict=True)
    ]
    passed = [{name for names in read.values() for name in names} for read in reads]
    common = needed[0] & needed[1] & passed[0] & passed[1]
    waiting = list(question.targets)
    for name in _completed(left.program):
        for target in [item for item in waiting if left.final.get(item, item) == name]:
            waiting.remove(target)
            yield target
        if name in common - {*question.targets} and _alike(question, name):
            yield name
    yield from waiting


def _alike(question: Question, name: str) -> bool:
    """Has the array the same axes on both sides, and the same kind of values?"""
    return question.left.program.arrays[name] == question.right.program.arrays[name]


@kept
def _reads(program: Program) -> dict[str, set[str]]:
    """For each array that a program writes, those of them that go into it."""
    written = set(program.written)
    found: dict[str, set[str]] = {name: set() for name in written}
    for nest in program.nests:
        for statement in nest.body:
            target = array_of(statement.target)
            found[target] |= (nest.reads & written) - {target}
    return found


def _closure(start: Collection[str], reads: dict[str, set[str]]) -> set[str]:
    """What the arrays at the start need, themselves included."""
    found: set[str] = set()
    stack = list(start)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(reads.get(name, ()))
    return found


@kept
def _completed(program: Program) -> list[str]:
    """The arrays that a program writes, in the order in which they are complete."""
    names = [array_of(item.target) for _, item in program.statements]
    return sorted(set(names), key=lambda name: len(names) - names[::-1].index(name))
