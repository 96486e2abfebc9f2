"""Auxiliary arrays that an answer reads before it assigns to them: there they are still zero.

s.grad[b, j] = p[b, j] * (p.grad[b, j] - e[b])
e[b] = sum(j, p[b, j] * p.grad[b, j])               e is read too early
"""

from __future__ import annotations

from symgrad.expressions import array_of
from symgrad.program import Program
from symgrad.shapes import nest_accesses


def read_early(program: Program) -> list[str]:
    """The auxiliaries that some nest reads before the first nest that writes them."""
    written: dict[str, int] = {}
    for n, nest in enumerate(program.nests):
        for statement in nest.body:
            written.setdefault(array_of(statement.target), n)
    early: dict[str, None] = {}
    for n, nest in enumerate(program.nests):
        for element, _ in nest_accesses(nest):
            name = array_of(element)
            if written.get(name, n) > n and program.arrays[name].role == "auxiliary":
                early[name] = None
    return list(early)
