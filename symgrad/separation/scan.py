"""Running sums and maxima, read in the loop that makes them, as sums and maxima of their own.

    for i: t += x[i]; out += t

    for i: t2[i] = x[i]; t += t2[i]; out += sum(k in 1..i, t2[k])

What an update `A[f(I)] += v` of a body adds is kept in an array with an element for every
iteration. Another statement that reads A[g] in iteration I finds what A held before the loop and

    sum(I' in the loops if f(I') == g and I' ran before, t2[I'])

where `ran before` is lexicographic: a sum for each loop, with the loops around it at their present
value. In the same way `m = max(m, v)` leaves the larger of what m held before and the maximum of v.
What is added or compared may depend on anything but the array itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Symbol, Tuple
from sympy.logic.boolalg import Boolean

from symgrad.algebra.binding import fresh, rebind
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
    mul,
    negate,
    rebuild,
    rename,
)
from symgrad.heads import Bracket, MaxOver, MinOver, Reduction, SumOver, Where
from symgrad.program import Array, Loop, Nest, Program, Statement
from symgrad.sets.literals import conjunction
from symgrad.sets.straying import written_outside

REDUCERS: dict[str, type[Reduction]] = {"max": MaxOver, "min": MinOver}


@dataclass(frozen=True)
class Scanned:
    """Nests that compute the same: what runs before the loop, its body, what runs after it.

    `numbers` tells for each statement of the body which one it was made of.
    """

    before: tuple[Nest, ...]
    nest: Nest
    numbers: tuple[int, ...]
    after: tuple[Nest, ...] = ()


@dataclass(frozen=True)
class Names:
    """A program, the arrays that may hold something already, and names in use."""

    program: Program
    filled: Collection[str]
    taken: set[str]

    @property
    def arrays(self) -> Mapping[str, Array]:
        return self.program.arrays

    def keeps_inside(self, array: str) -> bool:
        """Does a copy over its axes hold all of it?"""
        return array in self.arrays and array not in written_outside(self.program)

    def fresh(self, name: str) -> str:
        found = fresh(name.replace(".", ""), {*self.taken, name})
        self.taken.add(found)
        return found


Found: TypeAlias = Callable[[Element, int], Expr]
"""What a statement finds in an element: the read, and the place of the statement in the body."""


def scanned(nest: Nest, circle: Collection[str], names: Names) -> Scanned | None:
    """The loop without the reads of one running sum or maximum; None if it has none."""
    for array in circle:
        if not names.keeps_inside(array) or _places_or_guards(nest, array):
            continue
        for rule in (_running_sum, _running_maximum):
            found = rule(nest, array, names)
            if found is not None:
                return found
    return None


def _places_or_guards(nest: Nest, array: str) -> bool:
    """Does an array decide where, or whether, something is read or written?"""
    bounds = [bound for loop in nest.loops for bound in (loop.lower, loop.upper)]
    places = [place for statement in nest.body for place in indices_of(statement.target)]
    return any(_reads(part, array) for part in (*bounds, *places))


def _reads(expr: Any, array: str) -> bool:
    return any(array_of(found) == array for found in elements(expr))


# --- sums ---------------------------------------------------------------------------------------


def _running_sum(nest: Nest, array: str, names: Names) -> Scanned | None:
    writers = [n for n, item in enumerate(nest.body) if array_of(item.target) == array]
    if _reads(nest.guard, array) or any(
        nest.body[n].op not in ("+=", "-=") or _reads(nest.body[n].value, array) for n in writers
    ):
        return None
    if not any(_reads(item.value, array) for item in nest.body):
        return None
    indices = tuple(loop.index for loop in nest.loops)
    kept = {n: names.fresh(array) for n in writers}
    old, before = _kept(array, names)

    def found(read: Element, place: int) -> Expr:
        """What the array held before the loop, and what has been added since."""
        terms = [] if old is None else [element(old, *indices_of(read))]
        for n, name in kept.items():
            target, op = nest.body[n].target, nest.body[n].op
            for term in _earlier(nest.loops, target, read, name, n < place, names):
                terms.append(term if op == "+=" else negate(term))
        return add(*terms)

    body: list[tuple[Statement, int]] = []
    for n, item in enumerate(nest.body):
        if n in kept:
            own = element(kept[n], *indices)
            body.append((Statement(own, "=", item.value), n))
            body.append((Statement(item.target, item.op, own), n))
        else:
            body.append((_reading(nest, n, array, found, names), n))
    statements, numbers = zip(*body, strict=True)
    return Scanned(before, Nest(nest.loops, statements, nest.guard), numbers)


def _earlier(
    loops: tuple[Loop, ...], target: Element, read: Element, name: str, same: bool, names: Names
) -> Iterator[Expr]:
    """The sums of what earlier iterations added at the place of a read, `same` this one too."""
    pairs = list(zip(indices_of(target), indices_of(read), strict=True))
    fixed = {loop.index for loop in loops if (loop.index, loop.index) in pairs}
    running = [loop for loop in loops if loop.index not in fixed]
    for depth, loop in enumerate(running):
        last = same and depth == len(running) - 1
        new: dict[Symbol, Expr] = {}
        limits: list[Tuple] = []
        for inner in running[depth:]:
            bound = index(names.fresh(inner.index.name))
            lower, upper = (rename(end, new) for end in (inner.lower, inner.upper))
            if inner is loop:
                upper = inner.index if last else inner.index - 1
            limits.append(Tuple(bound, lower, upper))
            new[inner.index] = bound
        places = [new.get(one.index, one.index) for one in loops]
        yield SumOver(element(name, *places), _meeting(pairs, new), *limits)
    if same and not running:
        condition = _meeting(pairs, {})
        own = element(name, *(loop.index for loop in loops))
        yield own if condition == sympy.true else mul(Bracket(condition), own)


def _meeting(pairs: list[tuple[Expr, Expr]], new: Mapping[Symbol, Expr]) -> Any:
    """f(I') == g."""
    moved = ((rename(place, dict(new)), other) for place, other in pairs)
    return conjunction(
        sympy.Eq(place, other, evaluate=False) for place, other in moved if place != other
    )


def _kept(array: str, names: Names) -> tuple[str | None, tuple[Nest, ...]]:
    """The name of a copy of what an array holds before the loop, if that may be anything but 0."""
    known = names.arrays[array]
    if known.role != "input" and array not in names.filled:
        return None, ()
    copy = names.fresh(array)
    loops = tuple(
        Loop(index(names.fresh(f"k{n}")), axis.lower, axis.upper)
        for n, axis in enumerate(known.axes, 1)
    )
    spots = [loop.index for loop in loops]
    statement = Statement(element(copy, *spots), "=", element(array, *spots))
    return copy, (Nest(loops, (statement,)),)


def _reading(nest: Nest, place: int, array: str, found: Found, names: Names) -> Statement:
    """A statement with what it finds in place of every element of an array."""
    item = nest.body[place]
    if not _reads(item.value, array):
        return item

    def change(expr: Any) -> Any:
        if is_element(expr):
            return found(expr, place) if array_of(expr) == array else expr
        return rebuild(expr, change) if expr.args else expr

    value = rebind(item.value, [loop.index for loop in nest.loops], names.taken)
    return Statement(item.target, item.op, change(value))


# --- maxima -------------------------------------------------------------------------------------


def _running_maximum(nest: Nest, array: str, names: Names) -> Scanned | None:
    writers = [n for n, item in enumerate(nest.body) if array_of(item.target) == array]
    if len(writers) != 1:
        return None
    (place,) = writers
    compared = _compared(nest, nest.body[place])
    target = nest.body[place].target
    if compared is None or _reads(compared[1], array):
        return None
    name, value = compared
    own = [loop for loop in nest.loops if loop.index in indices_of(target)]
    over = [loop for loop in nest.loops if loop not in own]
    if not over or not _rectangular(own, over, target):
        return None
    kept = element(names.fresh(array), *(loop.index for loop in nest.loops))
    old, before = _kept(array, names) if len(nest.body) > 1 else (None, ())
    largest = _Largest(name, place, kept, tuple(over), old, names)
    readers = [n for n, item in enumerate(nest.body) if n != place and _reads(item.value, array)]
    reads = [read for n in readers for read in _of(nest.body[n].value, array)]
    if readers and (len(over) > 1 or any(read != target for read in reads)):
        return None
    body = [
        _reading(nest, n, array, largest.so_far, names) if n in readers else item
        for n, item in enumerate(nest.body)
    ]
    body[place] = Statement(kept, "=", value)
    after = Nest(tuple(own), (Statement(target, "=", largest.of_all(target)),), _runs(over))
    return Scanned(before, Nest(nest.loops, tuple(body)), tuple(range(len(body))), (after,))


@dataclass(frozen=True)
class _Largest:
    """The largest (or least) of what a loop compares, which is kept for each of its rounds."""

    name: str
    place: int
    """The number of the statement that compares."""
    kept: Element
    over: tuple[Loop, ...]
    old: str | None
    """The array that has what there was before; None where that is 0."""
    names: Names

    def so_far(self, read: Element, at: int) -> Expr:
        """The larger of what the array held before and what has been compared since."""
        start = element(self.old, *indices_of(read)) if self.old else sympy.Integer(0)
        (loop,) = self.over
        bound = index(self.names.fresh(loop.index.name))
        upper = loop.index if self.place < at else loop.index - 1
        limit = Tuple(bound, loop.lower, upper)
        top = REDUCERS[self.name](rename(self.kept, {loop.index: bound}), sympy.true, limit)
        value = call(self.name, start, top)
        if self.place < at:
            return value
        return Where(sympy.Gt(loop.index, loop.lower, evaluate=False), value, start)

    def of_all(self, target: Element) -> Expr:
        """The larger of what the target holds and of all that is compared."""
        limits = [Tuple(loop.index, loop.lower, loop.upper) for loop in self.over]
        return call(self.name, target, REDUCERS[self.name](self.kept, sympy.true, *limits))


def _runs(loops: Sequence[Loop]) -> Boolean:
    """Has each of the loops a round?"""
    some = [sympy.Le(loop.lower, loop.upper, evaluate=False) for loop in loops]
    return sympy.And(*some, evaluate=False)


def _of(expr: Any, array: str) -> Iterator[Element]:
    return (read for read in elements(expr) if array_of(read) == array)


def _rectangular(own: list[Loop], over: list[Loop], target: Element) -> bool:
    """Does the target stand at indices of loops, and run the other loops over fixed ranges?"""
    inner = {loop.index for loop in over}
    bounds = [bound for loop in (*own, *over) for bound in (loop.lower, loop.upper)]
    return all(inner.isdisjoint(bound.free_symbols) for bound in bounds) and all(
        place in {loop.index for loop in own} or inner.isdisjoint(place.free_symbols)
        for place in indices_of(target)
    )


def _compared(nest: Nest, item: Statement) -> tuple[str, Expr] | None:
    """v and whether it is the larger or the smaller, where a statement is m = max(m, v)."""
    if item.op != "=":
        return None
    target, value = item.target, item.value
    if nest.guard == sympy.true and isinstance(value, (sympy.Max, sympy.Min)):
        rest = [part for part in value.args if part != target]
        if len(rest) != len(value.args) - 1 or not rest:
            return None
        name = "max" if isinstance(value, sympy.Max) else "min"
        return name, rest[0] if len(rest) == 1 else call(name, *rest)
    if nest.guard == sympy.true and isinstance(value, Where):
        condition, then, otherwise = value.args
        if then == target:
            return _chosen(condition, otherwise, then, keeps=True)
        return _chosen(condition, then, otherwise, keeps=False) if otherwise == target else None
    if len(nest.body) == 1:
        return _chosen(nest.guard, value, target, keeps=False)
    return None


def _chosen(condition: Any, value: Expr, target: Expr, keeps: bool) -> tuple[str, Expr] | None:
    """max for v > m, or for m >= v where it keeps m."""
    if not isinstance(condition, sympy.core.relational.Relational):
        return None
    left, right = condition.args
    if {left, right} != {value, target} or value == target:
        return None
    above = isinstance(condition, (sympy.StrictGreaterThan, sympy.GreaterThan))
    below = isinstance(condition, (sympy.StrictLessThan, sympy.LessThan))
    if not above and not below:
        return None
    return ("max" if (above == (left == value)) != keeps else "min"), value
