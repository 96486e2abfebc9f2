"""The places of largest elements: argmax over an axis, over a matrix, and compared with a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy
from sympy import Expr, Integer, Tuple

from symgrad.heads import ArgmaxOver, MaxOver
from symgrad.python.algebra import Algebra
from symgrad.python.productaxes import parts_of, plain
from symgrad.python.values import Flat, Positions, Value, view
from symgrad.python.views import aligned, numeric


def first_largest(algebra: Algebra, value: Value, axis: int | None, wanted: str) -> Value:
    """argmax over one axis, kept in an array: the program counts from 1, Python from 0."""
    value = numeric(value)
    if axis is None and value.rank != 1:
        raise algebra.trace.error(
            "argmax over several axes", hint="give the axis, as in argmax(x, axis=1)"
        )
    over = algebra.axes(value, None if axis is None else [axis])
    shape = algebra.left(value, over, False)

    def at(positions: Positions) -> Expr:
        places, limits, condition = algebra.inside(value, over, positions, False)
        return ArgmaxOver.over(limits, value.at(places), condition)

    storage = algebra.trace.storage(wanted, shape, sort="integer", base=Integer(1))
    algebra.trace.assign(view(storage), "=", Value(shape, at))
    return view(storage)


def first_places(algebra: Algebra, value: Value) -> list[Value]:
    """Row and column of the first largest number: of the first largest row its first one.

    i = argmax(k, max(l, x[k, l])),  j = argmax(l, x[i, l])
    """
    found: list[Value] = []
    for _ in value.shape:
        others = list(range(1, value.rank))
        largest = algebra.reduced(MaxOver, value, others, False) if others else value
        found.append(first_largest(algebra, largest, None, "place"))
        value = _row(value, found[-1])
    return found


def places_of_largest(algebra: Algebra, flat: Flat, width: Value) -> list[Value]:
    """`divmod(k, W)` of the place of the largest in a matrix of W columns."""
    value = flat.value
    fits = value.rank == len(flat.axes) == 2 and width.sort == "integer" and not width.rank
    if not fits or not algebra.trace.same(value.shape[1], width.at(())):
        raise algebra.trace.error(
            f"the place of the largest of {algebra.trace.shown(value.shape)} is divided by the "
            "number of its columns only",
            hint="np.unravel_index(np.argmax(x), x.shape)",
        )
    return first_places(algebra, value)


def is_largest(algebra: Algebra, value: Value, axes: Sequence[int], place: Value) -> Value:
    """Is the first largest element along some axes, counted through them, at a place?

    [(a, b) == argmax(k, l, x[k, l])] of the place a*L + b
    """
    parts = tuple(part for n in axes for part in parts_of(value.shape[n]))
    shape = algebra.broadcast(algebra.left(value, axes, False), place.shape)

    def at(positions: Positions) -> Any:
        left = aligned(Value(algebra.left(value, axes, False), value.at), positions)
        places, limits, condition = algebra.inside(value, axes, left, False)
        found = algebra.trace.split_in(place.at(aligned(place, positions)), parts)
        numbers = [
            plain(number) + lower for number, (_, lower, _) in zip(found, limits, strict=True)
        ]
        largest = ArgmaxOver.over(limits, value.at(places), condition)
        one = Tuple(*numbers) if len(numbers) > 1 else numbers[0]
        return sympy.Eq(one, largest, evaluate=False)

    return Value(shape, at, "truth")


def _row(value: Value, place: Value) -> Value:
    """The part of an array at a place on its first axis."""
    return Value(value.shape[1:], lambda at: value.at((place.at(()), *at)))
