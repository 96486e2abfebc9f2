"""The choice of extents: a few small shapes that the assumptions admit.

No single shape shows every mistake: equal extents hide swapped axes, different ones may turn a
transposition into something else, and a range of one element hides a missing sum. So there are
several: the smallest, one whose extents all differ, one that orders them the other way round, one
with equal extents, a larger one. They are returned from the smallest product of extents upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, product
from math import prod
from random import Random
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol

from symgrad.evaluation.closures import Compiler
from symgrad.evaluation.frames import Layout
from symgrad.expressions import extent, is_extent
from symgrad.program import Input, Program
from symgrad.sets.literals import conjuncts

Shape = dict[str, int]

Score = tuple[int, int, int]
"""Empty axes, pairs of axes that happen to be equal, product of the extents."""

Candidate = tuple[Score, Shape]

LARGE, LARGE_PRODUCT = 5, 300
"""The larger shape: extents of 5, or beyond the reach, where their product stays small, to meet
constants like 1..4."""

MOST = 260
"""How many assignments are looked at."""

LARGEST_CONSTANT = 64
"""Constants in assumptions widen the range of extents that are tried up to here."""


def shapes(program: Program, names: Iterable[str] = ()) -> tuple[Shape, ...]:
    """A few assignments of the program's extents, and of those named, from small to large."""
    return selection(candidates(program, names))


def candidates(program: Program, names: Iterable[str] = (), reach: int = 0) -> list[Candidate]:
    """Every assignment that is looked at and admitted, from small to large, with its score.

    Some extents are larger than `reach`, a constant that programs mention.
    """
    symbols = {extent(name) for name in names}
    for array in program.arrays.values():
        for axis in (*array.axes, *filter(None, [array.values])):
            symbols |= _extents_in(axis.upper) | _extents_in(axis.lower)
    conditions = list(_conditions(program))
    symbols.update(*(_extents_in(condition) for condition in conditions))
    free, solved = _solved(sorted(symbols, key=lambda symbol: symbol.name), conditions)
    if not free and not solved:
        return [((0, 0, 1), {})]
    axes = {
        axis.extent
        for array in program.arrays.values()
        for axis in array.axes
        if _extents_in(axis.extent) and axis.extent.free_symbols <= symbols
    }
    judge = Judge(symbols, conditions, list(axes | symbols))
    found = {}
    widest = max(_reach(conditions), reach + 1)
    for numbers in islice(_assignments(len(free), widest), 2 * MOST):
        shape = dict(zip((str(symbol.name) for symbol in free), numbers, strict=True))
        if all(_put(shape, symbol, value) for symbol, value in reversed(solved)):
            score = judge.score(shape)
            if score is not None:
                found[tuple(sorted(shape.items()))] = (score, shape)
    return sorted(found.values(), key=_size)


def _size(candidate: Candidate) -> tuple[int, int, list[tuple[str, int]]]:
    """Axes that are empty count most, then the product of the extents."""
    (empty, _, product), shape = candidate
    return empty, product, sorted(shape.items())


def selection(candidates: list[Candidate], reach: int = 0) -> tuple[Shape, ...]:
    """One shape of each kind."""
    large = max(LARGE, reach + 1)
    if not all(shape for _, shape in candidates):
        return ({},)
    kinds: list[Callable[[Score, Shape], Any]] = [
        lambda score, shape: (score[0], min(shape.values()) < 2, score[1], score[2]),
        lambda score, shape: (
            score[0],
            min(shape.values()) < 2,
            score[1],
            not _falls(shape),
            score[2],
        ),
        lambda score, shape: (score[0], min(shape.values()) < 2, -score[1], score[2]),
        lambda score, shape: (score[0], min(shape.values()) > 1, score[1], score[2]),
        lambda score, shape: (score[0], score[2]),
        lambda score, shape: (
            score[0],
            score[2] > LARGE_PRODUCT,
            -min(*shape.values(), large),
            score[1],
            score[2],
        ),
    ]
    chosen: list[Shape] = []
    for kind in kinds:
        _, shape = min(
            candidates,
            key=lambda entry: (kind(*entry), sorted(entry[1].items())),
            default=(0, None),
        )
        if shape is not None and shape not in chosen:
            chosen.append(shape)
    return tuple(sorted(chosen, key=lambda shape: (prod(shape.values()), sorted(shape.items()))))


def beyond(candidates: list[Candidate], reach: int) -> list[Shape]:
    """For each extent the smallest shape where it goes beyond a constant, and where most do."""
    shapes = [shape for _, shape in candidates]
    names = sorted({name for shape in shapes for name in shape})
    wide = [[shape for shape in shapes if shape[name] > reach] for name in names]
    chosen = [found[0] for found in wide if found]
    chosen += sorted(shapes, key=lambda shape: _far(shape, reach))[:1]
    return [shape for place, shape in enumerate(chosen) if shape not in chosen[:place]]


def _far(shape: Shape, reach: int) -> tuple[int, int]:
    """How few extents go beyond a constant, then the product of the extents."""
    return -sum(size > reach for size in shape.values()), prod(shape.values())


def _falls(shape: Shape) -> bool:
    """Is the alphabetically first extent larger than the last?"""
    names = sorted(shape)
    return shape[names[0]] > shape[names[-1]]


class Judge:
    """Compiled conditions and axes, to accept and to score an assignment of extents."""

    def __init__(
        self, symbols: Iterable[Symbol], conditions: Sequence[Any], axes: Sequence[Expr]
    ) -> None:
        self._layout = Layout()
        compiler = Compiler(self._layout, {})
        self._conditions = [compiler.condition(condition, {}) for condition in conditions]
        self._axes = [compiler.whole(axis, {}) for axis in axes]
        for symbol in symbols:
            self._layout.symbol(symbol, {})

    def score(self, shape: Shape) -> Score | None:
        """None for a shape that is not admitted."""
        frame = self._layout.frame(shape)
        if not all(condition(frame) is True for condition in self._conditions):
            return None
        sizes = [axis(frame) for axis in self._axes]
        if any(size < 0 or size.denominator != 1 for size in sizes):
            return None
        different = len(set(sizes))
        return sizes.count(0), len(sizes) - different, prod(shape.values())


def _conditions(program: Program) -> Iterator[Any]:
    """Assumptions on extents alone, and that every input axis has an element, or its data."""
    for part in chain.from_iterable(map(conjuncts, program.assumptions)):
        if all(map(is_extent, part.free_symbols)):
            yield part
    for item in program.declared(Input):
        assert isinstance(item, Input)
        data: Any = item.data
        for axis in item.axes:
            if _extents_in(axis.extent):
                yield axis.extent >= 1
            if data is not None:
                yield sympy.Eq(axis.extent, len(data), evaluate=False)
                data = data[0]
        if item.values is not None and _extents_in(item.values.extent):
            yield item.values.extent >= 1


def _solved(
    symbols: list[Symbol], conditions: list[Any]
) -> tuple[list[Symbol], list[tuple[Symbol, Callable[[Shape], Any]]]]:
    """Use equations to express extents by others: `H - h + 1 == 2*P` gives `H = 2*P + h - 1`.

    Returns the free extents, and the others with their values in the order in which they were
    eliminated (to be computed backwards). Slopes are ±1, so that few values are no whole numbers.
    """
    free, solved = list(symbols), []
    equations = [
        sympy.expand(condition.lhs - condition.rhs)
        for condition in conditions
        if isinstance(condition, sympy.Eq)
    ]
    while equations:
        equation = equations.pop(0)
        for symbol in free:
            slope = equation.coeff(symbol)
            rest = equation - slope * symbol
            if slope in (1, -1) and symbol not in rest.free_symbols:
                value = sympy.expand(-rest * slope)
                equations = [sympy.expand(other.xreplace({symbol: value})) for other in equations]
                free.remove(symbol)
                solved.append((symbol, _value_of(value)))
                break
    return free, solved


def _value_of(expr: Expr) -> Callable[[Shape], Any]:
    layout = Layout()
    whole = Compiler(layout, {}).whole(expr, {})

    return lambda shape: whole(layout.frame(shape))


def _put(shape: Shape, symbol: Symbol, value: Callable[[Shape], Any]) -> bool:
    """Add a solved extent to the shape; an extent is a positive integer."""
    number = value(shape)
    if number.denominator != 1 or number < 1:
        return False
    shape[str(symbol.name)] = int(number)
    return True


def _reach(conditions: Sequence[Any]) -> int:
    """The largest value tried: beyond the constants that the conditions mention."""
    constants = [
        abs(int(number))
        for condition in conditions
        if not isinstance(condition, sympy.Eq)
        for number in condition.atoms(Integer)
    ]
    return 4 + min(max(constants, default=1), LARGEST_CONSTANT)


def _assignments(count: int, reach: int) -> Iterator[tuple[int, ...]]:
    """All small tuples, then different numbers in turn, then a fixed random choice."""
    if not count:
        yield ()
        return
    width = reach
    while width > 2 and width**count > MOST:
        width -= 1
    if width**count <= MOST:
        yield from product(range(1, width + 1), repeat=count)
    for least in (2, LARGE):
        different = list(range(least, least + max(count, 3)))
        for turn in range(len(different)):
            turned = different[turn:] + different[:turn]
            yield tuple(turned[:count])
            yield tuple(reversed(turned[:count]))
    yield (1,) * count
    yield (2,) * count
    for place in range(count):
        yield (*(2,) * place, reach, *(2,) * (count - place - 1))
    yield (reach,) * count
    random = Random(count)
    for _ in range(MOST // 3):
        yield tuple(random.randint(1, max(reach, 5)) for _ in range(count))


def _extents_in(expr: Any) -> set[Symbol]:
    return {symbol for symbol in expr.free_symbols if is_extent(symbol)}
