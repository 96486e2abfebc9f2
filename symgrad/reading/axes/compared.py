"""What an index is set equal to: where it stands alone nowhere, that says what it runs over.

input y in 1..K                    for k: t[k] = [k == y]        k in 1..K, as y is
for i, j: A[i, j] = [i == j] - p[j]                              i as j
istar = argmax(i, x[i])            for i: t[i] = [i == istar]    i as in argmax
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sympy import Eq, Ne, Symbol
from sympy.core.basic import Basic

from symgrad.expressions import array_of, indices_of, is_element
from symgrad.heads import ArgmaxOver, Reduction
from symgrad.program import Array, Axis, Nest


def equals(part: Nest | Reduction, index: Symbol) -> Iterator[Basic]:
    """The other sides of the equations and inequations of an index, in its own scope."""
    for equation in _equations(_parts(part), index):
        left, right = equation.args
        if index in (left, right):
            yield right if left == index else left


def labels(nests: Iterable[Nest], declared: Mapping[str, Array]) -> dict[str, Axis]:
    """The arrays that hold indices, declared or first places of a maximum, with what they hold."""
    found = {name: array.values for name, array in declared.items() if array.values is not None}
    for nest in nests:
        for line in nest.body:
            if isinstance(line.value, ArgmaxOver) and len(line.value.limits) == 1:
                ((_, lower, upper),) = line.value.limits
                found.setdefault(array_of(line.target), Axis(upper, lower))
    return found


def label(side: Basic) -> str | None:
    """The array whose element a side of an equation is, if it is one."""
    return array_of(side) if is_element(side) else None


def _parts(part: Nest | Reduction) -> Iterator[Basic]:
    if isinstance(part, Reduction):
        yield from (part.condition, part.body)
        return
    yield part.guard
    for line in part.body:
        yield from (*indices_of(line.target), *line.members)


def _equations(parts: Iterable[Basic], index: Symbol) -> Iterator[Eq | Ne]:
    """Every equation and inequation, but for those in a reduction that binds the index again."""
    for part in parts:
        if isinstance(part, Reduction) and any(bound == index for bound, _, _ in part.limits):
            continue
        if isinstance(part, (Eq, Ne)):
            yield part
        yield from _equations(part.args, index)
