"""Auxiliary arrays of which an access may lie outside of their axes, which are read off their use.

for i: t[i] = a; for i: out[i] = t[i-1]      t[0] is 0, which no axis of t holds
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Expr

from symgrad.expressions import Element, array_of, indices_of
from symgrad.program import Axis, Program, Statement, kept
from symgrad.sets.access import outside
from symgrad.sets.integers import Integers
from symgrad.sets.scopes import Scope, nest_reads_and_writes


@kept
def straying(program: Program) -> frozenset[str]:
    """The auxiliary arrays that some access may take outside of their axes."""
    return _leaving_axes(program, (access[1:] for access in _accesses(program)))


@kept
def written_outside(program: Program) -> frozenset[str]:
    """The auxiliary arrays that may hold something outside of their axes."""
    writes = (
        (element, scope)
        for statement, element, scope in _accesses(program)
        if element == statement.target
    )
    return _leaving_axes(program, writes)


def _accesses(program: Program) -> Iterator[tuple[Statement, Element, Scope]]:
    for nest in program.nests:
        for k, element, scope in nest_reads_and_writes(nest):
            yield nest.body[k], element, scope


def _leaving_axes(program: Program, uses: Iterable[tuple[Element, Scope]]) -> frozenset[str]:
    if not any(item.role == "auxiliary" and item.axes for item in program.arrays.values()):
        return frozenset()
    integers = Integers.of(program)
    found: set[str] = set()
    for element, scope in uses:
        array = program.arrays[array_of(element)]
        if array.role == "auxiliary" and array.name not in found:
            positions = zip(indices_of(element), array.axes, strict=True)
            if any(_may_leave(*pair, scope, integers) for pair in positions):
                found.add(array.name)
    return frozenset(found)


def _may_leave(position: Expr, axis: Axis, scope: Scope, integers: Integers) -> bool:
    if any(Axis(loop.upper, loop.lower) == axis for loop in scope.loops if loop.index == position):
        return False
    return any(
        integers.possible((*scope.conditions, beyond)) for beyond, _ in outside(position, axis)
    )
