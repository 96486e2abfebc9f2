"""Whole arrays: broadcasting, rearranging, reductions, with their shapes.

    elementwise   (f(a, b))[i, j] = f(a[i, j], b[0, j])       an axis of literal extent 1 stretches
    reshaped      a.reshape(-1)[i*J + j] = a[i, j]
    reduced       a.sum(axis=1)[i] = sum(j, a[i, j])

Extents are symbolic: two axes fit if they are equal for all extents, or if one of them is the
number 1. Anything else is an error that names both shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Integer, Mul

from symgrad.algebra.sizes import MAX_BITS
from symgrad.expressions import divide, mul
from symgrad.heads import Reduction, SumOver
from symgrad.python.productaxes import (
    Group,
    grouped,
    joined,
    parts_of,
    plain,
    product,
)
from symgrad.python.trace import Trace
from symgrad.python.values import Positions, Shape, Sort, Value
from symgrad.python.views import aligned, numeric


class Algebra:
    """Operations on whole values; errors stand where the trace is."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    # --- shapes ------------------------------------------------------------------------------

    def broadcast(self, *shapes: Shape) -> Shape:
        """The common shape, aligned from the right."""
        rank = max(map(len, shapes), default=0)
        common: list[Expr] = []
        for n in range(-rank, 0):
            extents = [shape[n] for shape in shapes if len(shape) >= -n]
            wide = max(
                (extent for extent in extents if extent != 1),
                key=lambda extent: len(parts_of(extent)),
                default=Integer(1),
            )
            if not all(extent == 1 or self.trace.same(extent, wide) for extent in extents):
                shown = " and ".join(self.trace.shown(shape) for shape in shapes if shape)
                raise self.trace.error(f"the shapes {shown} do not fit together", "shape")
            common.append(wide)
        return tuple(common)

    def fits(self, value: Value, shape: Shape, what: str) -> None:
        """A value must have a shape, or stretch to it."""
        if value.rank <= len(shape):
            own = shape[len(shape) - value.rank :]
            pairs = zip(value.shape, own, strict=True)
            if all(extent == 1 or self.trace.same(extent, wide) for extent, wide in pairs):
                return
        raise self.trace.error(
            f"{what} is {self.trace.shown(shape)}, the value is {self.trace.shown(value.shape)}",
            "shape",
        )

    def axis(self, number: int, rank: int) -> int:
        """An axis counted from 0, or from the end."""
        if not -rank <= number < rank:
            has = f"{rank or 'no'} {'axis' if rank == 1 else 'axes'}"
            raise self.trace.error(f"there is no axis {number}: the array has {has}", "shape")
        return number % rank

    # --- elementwise -------------------------------------------------------------------------

    def elementwise(
        self, operate: Callable[..., Any], *values: Value, sort: Sort = "number"
    ) -> Value:
        """The operation on each element of the broadcast values."""
        shape = self.broadcast(*(value.shape for value in values))

        def at(positions: Positions) -> Any:
            self.trace.spend()
            found = operate(*(value.at(aligned(value, positions)) for value in values))
            self._check_bits(found)
            return found

        return Value(shape, at, sort, mask=self._mask(values))

    def _mask(self, values: Sequence[Value]) -> Value | None:
        """Masked values go together only under one mask."""
        masks = [value.mask for value in values if value.mask is not None]
        if not masks:
            return None
        if any(value.mask is None and value.rank for value in values):
            raise self.trace.error("x[mask] goes together with numbers and other x[mask] only")
        at = self.trace.somewhere(masks[0].shape)
        if len({mask.at(at) for mask in masks if mask.rank == len(at)}) > 1:
            raise self.trace.error("elements chosen by two different masks do not fit together")
        return masks[0]

    def unmasked(self, *values: Value) -> None:
        """Elements that a mask chooses have no shape that is known."""
        if any(value.mask is not None for value in values):
            raise self.trace.error("x[mask] is not read here", hint="write np.where(mask, x, 0)")

    def _check_bits(self, expr: Any) -> None:
        for factor in expr.args if isinstance(expr, Mul) else (expr,):
            if factor.is_Rational and max(abs(factor.p), factor.q).bit_length() > MAX_BITS:
                raise self.trace.error("a number of too many digits", "limit")

    # --- rearranging -------------------------------------------------------------------------

    def rearranged(
        self, value: Value, shape: Shape, source: Callable[[Positions], Positions]
    ) -> Value:
        """A view: the element at a position is the value's at `source` of it."""
        inner = value.place

        def place(positions: Positions) -> Positions:
            return inner(source(positions)) if inner else source(positions)

        return replace(
            value,
            shape=shape,
            at=lambda positions: value.at(source(positions)),
            listed=value.listed and len(shape) == value.rank,
            place=None if value.storage is None else place,
        )

    def transposed(self, value: Value, order: Sequence[int]) -> Value:
        """The axes in another order: axis n of the result is axis order[n] of the value."""
        axes = [self.axis(number, value.rank) for number in order]
        if sorted(axes) != list(range(value.rank)):
            raise self.trace.error(
                f"{len(axes)} axes are named, the array has {value.rank}", "shape"
            )
        if axes == list(range(value.rank)):
            return value
        back = [axes.index(n) for n in range(value.rank)]
        return self.rearranged(
            value,
            tuple(value.shape[n] for n in axes),
            lambda at: tuple(at[n] for n in back),
        )

    def reshaped(self, value: Value, shape: Shape) -> Value:
        """The same elements, row by row, in another shape: axes are made one or taken apart.

        (P, 2, Q, 2) -> (2*P, 2*Q)        (P, Q) -> (P*Q,)        (K,) -> (K, 1)
        """
        old = [part for extent in value.shape for part in parts_of(extent) if part != 1]
        new = [extent for extent in shape if extent != 1]
        groups = grouped(old, new, self.trace.same)
        if groups is None:
            raise self.trace.error(
                f"{self.trace.shown(value.shape)} is not read as {self.trace.shown(shape)}",
                "shape",
            )
        rows = list(_rows(old, new, groups))
        full = [extent for _, extents in rows for extent in extents]
        wide = iter(full)
        shape = tuple(Integer(1) if extent == 1 else next(wide) for extent in shape)

        def source(at: Positions) -> Positions:
            own = iter(place for place, extent in zip(at, shape, strict=True) if extent != 1)
            parts = iter(
                part
                for axes, extents in rows
                for part in self._taken_apart([next(own) for _ in extents], extents, axes)
            )
            return tuple(
                joined([next(parts) for _ in wide_parts], wide_parts)
                for extent in value.shape
                for wide_parts in [[part for part in parts_of(extent) if part != 1]]
            )

        return self.rearranged(value, shape, source)

    def _taken_apart(
        self, places: Sequence[Expr], extents: Sequence[Expr], axes: Sequence[Expr]
    ) -> Positions:
        """Places on some axes as places on others with as many elements."""
        if len(places) == len(axes) == 1:
            return tuple(places)
        return self.trace.split_in(joined(places, extents), tuple(axes))

    # --- reductions --------------------------------------------------------------------------

    def reduced(
        self, head: type[Reduction], value: Value, axes: Sequence[int] | None, keep: bool
    ) -> Value:
        """`sum`, `max` or `min` over some axes, or all."""
        value = numeric(value)
        over = self.axes(value, axes)
        shape = self.left(value, over, keep)

        def at(positions: Positions) -> Expr:
            self.trace.spend()
            places, limits, condition = self.inside(value, over, positions, keep)
            body = value.at(places)
            return head.over(limits, body, condition) if limits else body

        return Value(shape, at)

    def mean(self, value: Value, axes: Sequence[int] | None, keep: bool) -> Value:
        """The sum over some axes divided by their extents."""
        over = self.axes(value, axes)
        total = self.reduced(SumOver, value, axes, keep)
        if value.mask is not None:
            ones = Value(value.shape, lambda at: Integer(1), mask=value.mask)
            return self.elementwise(divide, total, self.reduced(SumOver, ones, axes, keep))
        count = mul(*(plain(value.shape[n]) for n in over))
        return self.elementwise(lambda sum: divide(sum, count), total)

    def axes(self, value: Value, axes: Sequence[int] | None) -> list[int]:
        """Axes by their numbers, each once; all of them where none is named."""
        if axes is None:
            return list(range(value.rank))
        found = [self.axis(number, value.rank) for number in axes]
        if len(set(found)) < len(found):
            raise self.trace.error("an axis is named twice", "shape")
        return found

    def left(self, value: Value, over: Sequence[int], keep: bool) -> Shape:
        """The shape that a reduction over some axes leaves, which it may keep as axes of 1."""
        one = (Integer(1),) if keep else ()
        return tuple(
            part
            for n, extent in enumerate(value.shape)
            for part in (one if n in over else (extent,))
        )

    def inside(
        self, value: Value, over: Sequence[int], positions: Positions, keep: bool
    ) -> tuple[Positions, list[tuple[Any, Expr, Expr]], Any]:
        """The position in the value, new indices on the reduced axes, and the mask there."""
        left = iter(positions)
        places: list[Expr] = []
        limits = []
        for n, extent in enumerate(value.shape):
            if n not in over:
                places.append(next(left))
                continue
            if keep:
                next(left)
            place, loops = self.trace.place_over(extent)
            limits += [(loop.index, loop.lower, loop.upper) for loop in loops]
            places.append(place)
        at = tuple(places)
        return at, limits, sympy.true if value.mask is None else value.mask.at(at)


def _rows(
    old: Sequence[Expr], new: Sequence[Expr], groups: Sequence[Group]
) -> Iterator[tuple[Sequence[Expr], Sequence[Expr]]]:
    """Of each group the old axes and the new ones; several old axes are the parts of a new one."""
    i = j = 0
    for before, after in groups:
        axes = old[i : i + before]
        yield axes, [product(axes)] if after == 1 else new[j : j + after]
        i, j = i + before, j + after
