"""Every access stays inside its axes, for all admissible extents; or it is refused when read.

    A[e1, e2, …]  under loops, guards, brackets:   lower_n <= e_n <= upper_n

An auxiliary array takes its axes from its use and cannot be left: what was never written is zero.

An index that stands alone and has the range of its axis is inside without a thought; for everything
else isl looks for the smallest extents at which the access leaves its axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import sympy
from sympy import Expr, Integer
from sympy.logic.boolalg import Boolean

from symgrad.errors import StudentError
from symgrad.expressions import Element, array_of, indices_of, is_element, is_extent
from symgrad.program import Array, Axis, Program
from symgrad.sets.integers import Integers
from symgrad.sets.scopes import Scope, nest_reads_and_writes
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
        for beyond, far in outside(position, axis):
            example = _example((*scope.conditions, beyond), integers)
            if example is not None:
                reach = span(position, scope.loops)
                reached = _agreed(reach.upper if far else reach.lower, position, example)
                return Leaving(element, n, reached, _relevant(example, position, axis, scope))
        inside.add(key)
    return None


def outside(position: Expr, axis: Axis) -> tuple[tuple[Boolean, bool], ...]:
    """The conditions under which a position is beyond an axis, above and below; is it above?"""
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
