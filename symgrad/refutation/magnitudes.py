"""Numbers and sizes of the order of the constants that two programs mention.

`[x > 100]` is 0, and `min(N, 9)` is N, at every small point. So points are scaled to either side of
an unusual constant, in both signs, and extents reach beyond the constants of ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sympy
from flint import fmpq
from sympy import Integer, Rational, Symbol
from sympy.core.relational import Relational

from symgrad.evaluation.stage import Cells
from symgrad.expressions import elements, indices_of, is_affine_head, is_element
from symgrad.program import Nest, Program
from symgrad.refutation.instances import Point

USUAL = fmpq(1, 10), fmpq(15)
"""What the styles of numbers cover."""

MOST_CONSTANTS = 6

SCALES = fmpq(1, 16), fmpq(4)
"""Numbers between 1/4 and 9 become smaller and larger than the constant that they are scaled to."""

LARGEST_SIZE = 12

FURTHEST_SIZE = 128
"""The largest constant that extents are sent beyond where nothing else decides."""


def constants(programs: Iterable[Program]) -> list[fmpq]:
    """The sizes of the constants that no usual number reaches, in ascending order."""
    found = {
        fmpq(abs(int(number.p)), int(number.q))
        for part in _parts(programs)
        for number in part.atoms(Rational)
    }
    unusual = sorted(size for size in found if size != 0 and not USUAL[0] <= size <= USUAL[1])
    return unusual[:MOST_CONSTANTS]


def scaled(point: Point, free: Mapping[str, Cells], size: fmpq) -> Iterator[Point]:
    """Points whose free numbers lie below and above a constant, in both signs."""
    for scale in SCALES:
        for factor in (size * scale, -size * scale):
            values = {
                name: {key: value * factor for key, value in cells.items()}
                for name, cells in free.items()
            }
            yield replace(point, values={**point.values, **values})


def reach(programs: Iterable[Program], largest: int = LARGEST_SIZE) -> int:
    """The largest integer that ranges, conditions on indices and positions mention, bounded."""
    numbers = [
        abs(int(number))
        for part in _parts(programs)
        for bound in _bounds(part)
        for number in bound.atoms(Integer)
    ]
    return max((number for number in numbers if number <= largest), default=0)


def _parts(programs: Iterable[Program]) -> Iterator[Any]:
    for program in programs:
        for nest in program.nests:
            yield from _of_nest(nest)


def _of_nest(nest: Nest) -> Iterator[Any]:
    yield from (sympy.Tuple(loop.lower, loop.upper) for loop in nest.loops)
    yield nest.guard
    for statement in nest.body:
        yield statement.target
        yield statement.value


def _bounds(part: Any) -> Iterator[Any]:
    """The parts of an expression that only indices, extents and integers make up."""
    if isinstance(part, sympy.Tuple):
        yield part  # a range: its ends are index expressions
    elif isinstance(part, Relational) and not any(True for _ in elements(part)):
        yield part
    elif is_element(part):
        for position in indices_of(part):
            yield from _bounds(position)
    elif _is_position(part):
        yield part
    else:
        for inner in getattr(part, "args", ()):
            yield from _bounds(inner)


def _is_position(part: Any) -> bool:
    """Is this an index expression with something in it that varies, like `min(N, i + 8)`?

    Nothing else is asked whether it is an integer: SymPy fails where an expression has no value.
    """
    if isinstance(part, (sympy.Max, sympy.Min)):
        return any(map(_is_position, part.args))
    if isinstance(part, Symbol):
        return bool(part.is_integer)
    return bool(getattr(part, "free_symbols", ())) and is_affine_head(part)
