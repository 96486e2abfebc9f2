"""Elements made of the one before them, as sums and maxima of their own.

    for i in 2..N: c[i] = c[i-1] + u[i]

    for i in 2..N: c2[i] = u[i]
    c3 = c[1]
    for i in 2..N: c[i] = c3 + sum(k in 2..i, c2[k])

In the same way `c[i] = max(c[i-1], u[i])`, and from the end to the start. What is added or compared
may depend on anything but the array itself; other indices stand at places of their own. There must
be an element before the first one, or the first round reads outside the array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Tuple

from symgrad.expressions import (
    Element,
    add,
    array_of,
    call,
    element,
    elements,
    index,
    indices_of,
    is_element,
    rename,
)
from symgrad.heads import MaxOver, MinOver, Reduction, SumOver
from symgrad.program import Axis, Loop, Nest, Statement
from symgrad.separation.scan import Names, Scanned

JOINS: dict[type[Expr], tuple[Callable[..., Expr], type[Reduction]]] = {
    sympy.Add: (add, SumOver),
    sympy.Max: (lambda *parts: call("max", *parts), MaxOver),
    sympy.Min: (lambda *parts: call("min", *parts), MinOver),
}
"""How the element before and what is new are joined, and what joins all that is new."""


@dataclass(frozen=True)
class _Step:
    """A[..p(i)..] = A[..p(i-1)..] and v, joined: the loop over i, the element before it, v."""

    along: Loop
    before: Element
    new: Expr
    head: type[Expr]


def recursive(nest: Nest, array: str, names: Names) -> Scanned | None:
    """The loop with every element told by the first one; None if it is no such recursion."""
    found = _step(nest, array)
    if found is None or not _starts_within(found, names.arrays[array].axes):
        return None
    join, reduction = JOINS[found.head]
    along, (statement,) = found.along, nest.body
    others = tuple(loop for loop in nest.loops if loop != along)
    new = element(names.fresh(array), *(loop.index for loop in nest.loops))
    start = element(names.fresh(array), *(loop.index for loop in others))
    held = rename(found.before, {along.index: along.lower})
    some = sympy.Le(along.lower, along.upper, evaluate=False)
    before = (
        Nest(nest.loops, (Statement(new, "=", found.new),)),
        Nest(others, (Statement(start, "=", held),), some),
    )
    bound = index(names.fresh(along.index.name))
    limit = Tuple(bound, along.lower, along.index)
    rest = reduction(rename(new, {along.index: bound}), sympy.true, limit)
    changed = Statement(statement.target, "=", join(start, rest))
    return Scanned(before, Nest(nest.loops, (changed,)), (0,))


def _step(nest: Nest, array: str) -> _Step | None:
    if len(nest.body) != 1 or nest.guard != sympy.true or nest.body[0].op != "=":
        return None
    (statement,) = nest.body
    head = next((head for head in JOINS if isinstance(statement.value, head)), None)
    if head is None or array_of(statement.target) != array:
        return None
    reads = [part for part in statement.value.args if is_element(part) and array_of(part) == array]
    new = [part for part in statement.value.args if part not in reads]
    if len(reads) != 1 or not new or any(array_of(r) == array for v in new for r in elements(v)):
        return None
    for along in _along(nest, statement.target):
        if _is_one_before(along, statement.target, reads[0]):
            joined = new[0] if len(new) == 1 else JOINS[head][0](*new)
            return _Step(along, reads[0], joined, head)
    return None


def _starts_within(step: _Step, axes: Sequence[Axis]) -> bool:
    """Is there an element before the first one that is made?

    It lies beside that one, and so within the axis if the end on its side does not come between.
    """
    name = step.along.index
    start = {name: step.along.lower}
    for place, axis in zip(indices_of(step.before), axes, strict=True):
        if name in place.free_symbols:
            first = place.xreplace(start)
            upwards = sympy.diff(place, name) == 1
            room = sympy.expand(first - axis.lower if upwards else axis.upper - first)
            return bool(room.is_Integer and room >= 0)
    return False


def _along(nest: Nest, target: Element) -> Iterator[Loop]:
    """The loops along which elements may follow each other: all others stand at their places."""
    places = indices_of(target)
    for loop in nest.loops:
        others = [other for other in nest.loops if other != loop]
        ends = [end for other in others for end in (other.lower, other.upper)]
        if (
            len(places) == len(others) + 1
            and all(places.count(other.index) == 1 for other in others)
            and not any(loop.index in end.free_symbols for end in ends)
        ):
            yield loop


def _is_one_before(loop: Loop, target: Element, read: Element) -> bool:
    """Does the read stand where the target of the iteration before stands, and nowhere else?"""
    name = loop.index
    for place, other in zip(indices_of(target), indices_of(read), strict=True):
        if name not in place.free_symbols:
            if place != other:
                return False
        elif not (
            abs(sympy.diff(place, name)) == 1
            and sympy.expand(place.xreplace({name: name - 1}) - other) == 0
        ):
            return False
    return True
