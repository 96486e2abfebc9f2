"""Every access stays inside its axes, for all admissible extents; or it is refused when read.

    A[e1, e2, …]  under loops, guards, brackets:   lower_n <= e_n <= upper_n

Only what is really evaluated counts: the loops' ranges, the guard, the condition of a reduction,
the chosen side of `where`, and the brackets of a product, since a false bracket guards all its
product (`[1 <= p-l+1 <= H] * A[p-l+1]`). Conditions on indices are decided before those on data
(`t > 1 and x[t-1] > 0` reads no x[0]); conditions on data are taken to hold at any place. An
auxiliary array takes its axes from its use and cannot be left: what was never written is zero.

An index that stands alone and has the range of its axis is inside without a thought; for everything
else isl looks for the smallest extents at which the access leaves its axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy
from sympy import Expr, Indexed, Integer, Mul, Symbol
from sympy.logic.boolalg import And, Boolean, Or

from symgrad.errors import StudentError
from symgrad.expressions import Element, array_of, indices_of, is_element, is_extent
from symgrad.heads import Bracket, Partial, Reduction, Where
from symgrad.program import Array, Axis, Loop, Nest, Program, Statement, kept
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjuncts, positive, within
from symgrad.shapes import span
from symgrad.writing.spelling import Speller

Place = tuple[int, int, str]
"""Line, column and the text of the line."""

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
LARGEST_TRIED = 4
"""Extents up to here are tried one by one where an access is not affine."""

MOST_TRIED = 64
"""So many choices of extents; where they are fewer than all, equal extents are tried besides."""


@dataclass(frozen=True)
class Scope:
    """The indices bound at a place, and the conditions under which it is evaluated."""

    loops: tuple[Loop, ...] = ()
    conditions: tuple[Boolean, ...] = ()

    def bind(self, index: Symbol, lower: Expr, upper: Expr) -> Scope:
        """One index more; what was said of an outer index of that name is forgotten."""
        return Scope(
            (*(loop for loop in self.loops if loop.index != index), Loop(index, lower, upper)),
            (
                *(part for part in self.conditions if index not in part.free_symbols),
                *within(index, Axis(upper, lower)),
            ),
        )

    def inside(self, loops: Iterable[Loop]) -> Scope:
        """The indices of loops more, from the outermost inwards."""
        scope = self
        for loop in loops:
            scope = scope.bind(loop.index, loop.lower, loop.upper)
        return scope

    def when(self, *conditions: Boolean) -> Scope:
        parts = tuple(part for condition in conditions for part in conjuncts(condition))
        return Scope(self.loops, self.conditions + parts) if parts else self


@dataclass(frozen=True)
class Leaving:
    """An access that leaves an axis: where to, and the smallest example of it."""

    element: Element
    axis: int
    reached: Expr
    example: Mapping[Expr, Integer]


def check_accesses(
    program: Program, where: Callable[[int, int, Element], Place] | None = None
) -> None:
    """Refuse the first access that can leave an axis.

    `where(nest, statement, element)` finds its text.
    """
    integers = Integers.of(program)
    inside: set[tuple[object, ...]] = set()
    for n, nest in enumerate(program.nests):
        for k, element, scope in nest_reads_and_writes(nest):
            array = program.arrays[array_of(element)]
            if array.role != "auxiliary" and array.rank == len(indices_of(element)):
                leaving = _leaving(element, array, scope, integers, inside)
                if leaving:
                    raise _refusal(leaving, array, where(n, k, element) if where else (1, 1, ""))


@kept
def straying(program: Program) -> frozenset[str]:
    """The auxiliary arrays that some access may take outside of their axes.

    for i: t[i] = a; for i: out[i] = t[i-1]      t[0] is 0, which no axis of t holds
    """
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
        integers.possible((*scope.conditions, beyond)) for beyond, _ in _outside(position, axis)
    )


def nest_reads_and_writes(nest: Nest) -> Iterator[tuple[int, Element, Scope]]:
    """Every access of a nest with the number of its statement."""
    scope = Scope()
    for loop in nest.loops:
        for bound in (loop.lower, loop.upper):
            for element, inner in accesses(bound, scope):
                yield 0, element, inner
        scope = scope.bind(loop.index, loop.lower, loop.upper)
    for element, inner in accesses(nest.guard, scope):
        yield 0, element, inner
    scope = scope.when(nest.guard)
    for k, statement in enumerate(nest.body):
        for part in (statement.target, *statement.members):
            for element, inner in accesses(part, scope):
                yield k, element, inner


def accesses(expr: Any, scope: Scope) -> Iterator[tuple[Element, Scope]]:
    """Every element that an expression or condition reads, with what holds when it is read."""
    if is_element(expr):
        yield expr, scope
    for part, inner in _parts(expr, scope):
        yield from accesses(part, inner)


def _parts(expr: Any, scope: Scope) -> Iterator[tuple[Any, Scope]]:
    if isinstance(expr, Reduction):
        inner = scope
        for bound, lower, upper in expr.limits:
            yield from ((lower, inner), (upper, inner))
            inner = inner.bind(bound, lower, upper)
        yield expr.condition, inner
        yield expr.body, inner.when(expr.condition)
    elif isinstance(expr, Where):
        condition, then, otherwise = expr.args
        yield condition, scope
        yield then, scope.when(condition)
        yield otherwise, scope.when(positive(condition, negated=True))
    elif isinstance(expr, Mul):
        conditions = [part.condition for part in expr.args if isinstance(part, Bracket)]
        for part in expr.args:
            if isinstance(part, Bracket):
                yield part.condition, scope.when(*_about_indices(conditions))
            else:
                yield part, scope.when(*conditions)
    elif isinstance(expr, And):
        inner = scope.when(*_about_indices(expr.args))
        yield from ((part, inner) for part in expr.args)
    elif isinstance(expr, Or):
        failing = (positive(part, negated=True) for part in expr.args)
        inner = scope.when(*_about_indices(failing))
        yield from ((part, inner) for part in expr.args)
    elif isinstance(expr, Bracket):
        yield expr.condition, scope
    else:
        for part in _plain_parts(expr):
            yield part, scope


def _plain_parts(expr: Any) -> tuple[Any, ...]:
    if isinstance(expr, Indexed):
        return indices_of(expr)
    return expr.arguments if isinstance(expr, Partial) else tuple(expr.args)


def _about_indices(conditions: Iterable[Boolean]) -> Iterator[Boolean]:
    """The conjuncts that need no data: they are decided before an element is read."""
    for condition in conditions:
        for part in conjuncts(condition):
            if not any(is_element(symbol) for symbol in part.free_symbols):
                yield part


def _leaving(
    element: Element,
    array: Array,
    scope: Scope,
    integers: Integers,
    inside: set[tuple[object, ...]],
) -> Leaving | None:
    ranges = {loop.index: Axis(loop.upper, loop.lower) for loop in scope.loops}
    for n, (position, axis) in enumerate(zip(indices_of(element), array.axes, strict=True)):
        if ranges.get(position) == axis:
            continue
        key = (position, axis, scope)
        if key in inside:
            continue
        for beyond, far in _outside(position, axis):
            example = _example((*scope.conditions, beyond), integers)
            if example is not None:
                reach = span(position, scope.loops)
                reached = _agreed(reach.upper if far else reach.lower, position, example)
                return Leaving(element, n, reached, _relevant(example, position, axis, scope))
        inside.add(key)
    return None


def _outside(position: Expr, axis: Axis) -> tuple[tuple[Boolean, bool], ...]:
    return (
        (sympy.Gt(position, axis.upper, evaluate=False), True),
        (sympy.Lt(position, axis.lower, evaluate=False), False),
    )


def _agreed(reach: Expr, position: Expr, example: Mapping[Expr, Integer]) -> Expr:
    """The bound of an access in the extents, if it is simple and the example meets it; else the
    value there."""
    value = position.xreplace({symbol: sympy.Integer(number) for symbol, number in example.items()})
    simple = all(map(is_extent, reach.free_symbols)) and not reach.has(sympy.Max, sympy.Min)
    return reach if simple and reach.xreplace(example) == value else value


# --- examples ----------------------------------------------------------------------------------


def _example(conditions: tuple[Boolean, ...], integers: Integers) -> Mapping[Expr, Integer] | None:
    """The smallest integers that satisfy the conditions; conditions on data are taken to hold."""
    if not integers.possible(conditions):
        return None
    everything = (*conditions, *integers.assumptions)
    extents = sorted(
        {symbol for part in everything for symbol in part.free_symbols if is_extent(symbol)},
        key=str,
    )
    if all(map(integers.is_linear, conditions)):
        return integers.example(conditions, [*extents, *_inner(conditions, integers)])
    for sizes in _sizes(len(extents)):
        fixed = dict(zip(extents, map(Integer, sizes), strict=True))
        small = [part.xreplace(fixed) for part in everything]
        if not all(map(integers.is_linear, small)):
            return None  # a product of two indices, which no choice of extents makes affine
        example = integers.example(small, _inner(small, integers))
        if example is not None:
            return {**fixed, **example}
    return None


def _sizes(count: int) -> Iterator[tuple[int, ...]]:
    """Small choices of so many extents, as far as there are not too many."""
    widest = LARGEST_TRIED
    while widest > 1 and widest**count > MOST_TRIED:
        widest -= 1
    yield from product(range(1, widest + 1), repeat=count)
    yield from ((size,) * count for size in range(widest + 1, LARGEST_TRIED + 1))


def _inner(conditions: Iterable[Boolean], integers: Integers) -> list[Expr]:
    """The indices, from the outermost loop inwards, then the elements that hold an index."""
    pieces = dict.fromkeys(
        piece
        for condition in conditions
        for piece in sorted(integers.pieces(condition), key=str)
        if not is_extent(piece)
    )
    return sorted(pieces, key=is_element)


def _relevant(
    example: Mapping[Expr, Integer], position: Expr, axis: Axis, scope: Scope
) -> Mapping[Expr, Integer]:
    """The part of an example that decides about one position."""
    found = set(position.free_symbols | axis.upper.free_symbols | axis.lower.free_symbols)
    found.update(part for part in sympy.preorder_traversal(position) if is_element(part))
    for loop in reversed(scope.loops):
        if loop.index in found:
            found |= loop.lower.free_symbols | loop.upper.free_symbols
    return {symbol: value for symbol, value in example.items() if symbol in found}


def _refusal(leaving: Leaving, array: Array, place: Place) -> StudentError:
    axis = array.axes[leaving.axis]
    position = indices_of(leaving.element)[leaving.axis]
    spell = Speller({}).index
    lower, upper, reached, index = map(spell, (axis.lower, axis.upper, leaving.reached, position))
    which = f"its {ORDINALS[leaving.axis]} axis" if array.rank > 1 else "its axis"
    reaches = "" if index == reached else f": {index} reaches {reached}"
    example = ", ".join(f"{spell(symbol)} = {value}" for symbol, value in leaving.example.items())
    line, column, source = place
    return StudentError(
        f"{spell(leaving.element)} leaves {which} {lower}..{upper}{reaches}"
        + (f" (for example {example})" if example else ""),
        kind="shape",
        line=line,
        column=column,
        source=source,
    )
