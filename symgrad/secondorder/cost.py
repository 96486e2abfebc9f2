"""What a rule costs: its operations, and how many numbers it holds at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from symgrad.efficient.operations import operations
from symgrad.expressions import array_of, elements
from symgrad.program import Nest, Program


def operation_count(program: Program) -> int:
    """Operations of a program of scalars: one a sum, product or quotient, ten a function."""
    return int(operations(program).operations)


def memory(program: Program) -> int:
    """The largest number of scalars that a program holds at once, besides the forward pass.

    A scalar is held from the first statement that writes it to the last that reads or writes it.
    """
    held = program.given.arrays if program.given else {}
    uses: dict[str, list[int]] = {}
    for place, nest in enumerate(program.nests):
        for name in _used(nest):
            if name not in held:
                uses.setdefault(name, []).append(place)
    changes = [0] * (len(program.nests) + 1)
    for places in uses.values():
        changes[places[0]] += 1
        changes[places[-1] + 1] -= 1
    return max(accumulate(changes), default=0)


def _used(nest: Nest) -> Iterator[str]:
    for statement in nest.body:
        yield array_of(statement.target)
        yield from map(array_of, elements(statement.value))
