"""Whole arrays: broadcasting, products, reductions, with their shapes.

    elementwise   (f(a, b))[i, j] = f(a[i, j], b[0, j])       an axis of literal extent 1 stretches
    product       (a @ b)[i, k] = sum(j, a[i, j] * b[j, k])
    reduced       a.sum(axis=1)[i] = sum(j, a[i, j])

Extents are symbolic: two axes fit if they are equal for all extents, or if one of them is the
number 1. Anything else is an error that names both shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from string import ascii_letters
from typing import Any

import sympy
from sympy import Expr, Integer, Mul, Tuple

from symgrad.algebra.sizes import MAX_BITS
from symgrad.expressions import divide, mul
from symgrad.heads import ArgmaxOver, MaxOver, Reduction, SumOver
from symgrad.python.productaxes import (
    Group,
    grouped,
    joined,
    parts_of,
    plain,
    product,
)
from symgrad.python.trace import Trace, aligned, numeric
from symgrad.python.values import Flat, Positions, Shape, Sort, Value, view


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
        over = self._axes(value, axes)
        shape = self._left(value, over, keep)

        def at(positions: Positions) -> Expr:
            self.trace.spend()
            places, limits, condition = self._inside(value, over, positions, keep)
            body = value.at(places)
            return head.over(limits, body, condition) if limits else body

        return Value(shape, at)

    def mean(self, value: Value, axes: Sequence[int] | None, keep: bool) -> Value:
        """The sum over some axes divided by their extents."""
        over = self._axes(value, axes)
        total = self.reduced(SumOver, value, axes, keep)
        if value.mask is not None:
            ones = Value(value.shape, lambda at: Integer(1), mask=value.mask)
            return self.elementwise(divide, total, self.reduced(SumOver, ones, axes, keep))
        count = mul(*(plain(value.shape[n]) for n in over))
        return self.elementwise(lambda sum: divide(sum, count), total)

    def first_largest(self, value: Value, axis: int | None, wanted: str) -> Value:
        """argmax over one axis, kept in an array: the program counts from 1, Python from 0."""
        value = numeric(value)
        if axis is None and value.rank != 1:
            raise self.trace.error(
                "argmax over several axes", hint="give the axis, as in argmax(x, axis=1)"
            )
        over = self._axes(value, None if axis is None else [axis])
        shape = self._left(value, over, False)

        def at(positions: Positions) -> Expr:
            places, limits, condition = self._inside(value, over, positions, False)
            return ArgmaxOver.over(limits, value.at(places), condition)

        storage = self.trace.storage(wanted, shape, sort="integer", base=Integer(1))
        self.trace.assign(view(storage), "=", Value(shape, at))
        return view(storage)

    def first_places(self, value: Value) -> list[Value]:
        """Row and column of the first largest number: of the first largest row its first one.

        i = argmax(k, max(l, x[k, l])),  j = argmax(l, x[i, l])
        """
        found: list[Value] = []
        for _ in value.shape:
            others = list(range(1, value.rank))
            largest = self.reduced(MaxOver, value, others, False) if others else value
            found.append(self.first_largest(largest, None, "place"))
            value = _row(value, found[-1])
        return found

    def places_of_largest(self, flat: Flat, width: Value) -> list[Value]:
        """`divmod(k, W)` of the place of the largest in a matrix of W columns."""
        value = flat.value
        fits = value.rank == len(flat.axes) == 2 and width.sort == "integer" and not width.rank
        if not fits or not self.trace.same(value.shape[1], width.at(())):
            raise self.trace.error(
                f"the place of the largest of {self.trace.shown(value.shape)} is divided by the "
                "number of its columns only",
                hint="np.unravel_index(np.argmax(x), x.shape)",
            )
        return self.first_places(value)

    def is_largest(self, value: Value, axes: Sequence[int], place: Value) -> Value:
        """Is the first largest element along some axes, counted through them, at a place?

        [(a, b) == argmax(k, l, x[k, l])] of the place a*L + b
        """
        parts = tuple(part for n in axes for part in parts_of(value.shape[n]))
        shape = self.broadcast(self._left(value, axes, False), place.shape)

        def at(positions: Positions) -> Any:
            left = aligned(Value(self._left(value, axes, False), value.at), positions)
            places, limits, condition = self._inside(value, axes, left, False)
            found = self.trace.split_in(place.at(aligned(place, positions)), parts)
            numbers = [
                plain(number) + lower for number, (_, lower, _) in zip(found, limits, strict=True)
            ]
            largest = ArgmaxOver.over(limits, value.at(places), condition)
            one = Tuple(*numbers) if len(numbers) > 1 else numbers[0]
            return sympy.Eq(one, largest, evaluate=False)

        return Value(shape, at, "truth")

    def _axes(self, value: Value, axes: Sequence[int] | None) -> list[int]:
        if axes is None:
            return list(range(value.rank))
        found = [self.axis(number, value.rank) for number in axes]
        if len(set(found)) < len(found):
            raise self.trace.error("an axis is named twice", "shape")
        return found

    def _left(self, value: Value, over: Sequence[int], keep: bool) -> Shape:
        one = (Integer(1),) if keep else ()
        return tuple(
            part
            for n, extent in enumerate(value.shape)
            for part in (one if n in over else (extent,))
        )

    def _inside(
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

    # --- products ----------------------------------------------------------------------------

    def matrix_product(self, left: Value, right: Value) -> Value:
        """`a @ b` as NumPy has it: over the last axis of a and the last but one of b."""
        self.unmasked(left, right)
        left, right = numeric(left), numeric(right)
        if not (left.rank and right.rank):
            raise self.trace.error("@ needs two arrays; numbers are multiplied with *", "shape")
        inner = right.rank - (1 if right.rank == 1 else 2)
        extent = left.shape[-1]
        if not self.trace.same(extent, right.shape[inner]):
            raise self.trace.error(
                f"the product of {self.trace.shown(left.shape)} and "
                f"{self.trace.shown(right.shape)} does not exist",
                "shape",
                f"{self.trace.shown((extent,))} against {self.trace.shown((right.shape[inner],))}",
            )
        batch = self.broadcast(left.shape[:-2], right.shape[:-2])
        rows = left.shape[-2:-1] if left.rank > 1 else ()
        columns = right.shape[-1:] if right.rank > 1 else ()

        def at(positions: Positions) -> Expr:
            self.trace.spend()
            outer, inside = positions[: len(batch)], positions[len(batch) :]
            row, column = inside[: len(rows)], inside[len(rows) :]

            def product(middle: Expr) -> Expr:
                a = (*_part(outer, left), *row, middle)
                b = (*_part(outer, right), middle, *column)
                return mul(left.at(aligned(left, a)), right.at(aligned(right, b)))

            return self._summed(extent, product)

        return Value((*batch, *rows, *columns), at)

    def _summed(self, extent: Expr, body: Callable[[Expr], Expr]) -> Expr:
        place, loops = self.trace.place_over(extent)
        limits = [(loop.index, loop.lower, loop.upper) for loop in loops]
        return SumOver.over(limits, body(place)) if limits else body(place)

    def contracted(self, pattern: str, values: Sequence[Value]) -> Value:
        """`einsum("bj,jk->bk", a, b)`"""
        pattern = _with_letters(pattern.replace(" ", ""), [value.rank for value in values])
        names, _, result = pattern.partition("->")
        parts = names.split(",")
        values = [numeric(value) for value in values]
        if len(parts) != len(values) or not all(part.isalpha() or not part for part in parts):
            raise self.trace.error("this pattern does not fit its arrays", hint='as in "bj,jk->bk"')
        extents: dict[str, Expr] = {}
        for part, value in zip(parts, values, strict=True):
            if len(part) != value.rank:
                raise self.trace.error(
                    f"{part} names {len(part)} axes of {self.trace.shown(value.shape)}", "shape"
                )
            for letter, extent in zip(part, value.shape, strict=True):
                known = extents.setdefault(letter, extent)
                if not self.trace.same(known, extent):
                    shown = f"{self.trace.shown((known,))} and {self.trace.shown((extent,))}"
                    raise self.trace.error(f"{letter} has two extents, {shown}", "shape")
        if "->" not in pattern:
            letters = sorted(set(names) - {","})
            result = "".join(letter for letter in letters if names.count(letter) == 1)
        if len(set(result)) < len(result) or not set(result) <= extents.keys():
            raise self.trace.error(f"the result {result} does not fit the pattern")

        def at(positions: Positions) -> Expr:
            self.trace.spend()
            where: dict[str, Expr] = dict(zip(result, positions, strict=True))
            limits = []
            for letter, extent in extents.items():
                if letter not in where:
                    where[letter], loops = self.trace.place_over(extent)
                    limits += [(loop.index, loop.lower, loop.upper) for loop in loops]
            factors = [
                value.at(tuple(where[letter] for letter in part))
                for part, value in zip(parts, values, strict=True)
            ]
            body = mul(*factors)
            return SumOver.over(limits, body) if limits else body

        return Value(tuple(extents[letter] for letter in result), at)


def _row(value: Value, place: Value) -> Value:
    """The part of an array at a place on its first axis."""
    return Value(value.shape[1:], lambda at: value.at((place.at(()), *at)))


def _rows(
    old: Sequence[Expr], new: Sequence[Expr], groups: Sequence[Group]
) -> Iterator[tuple[Sequence[Expr], Sequence[Expr]]]:
    """Of each group the old axes and the new ones; several old axes are the parts of a new one."""
    i = j = 0
    for before, after in groups:
        axes = old[i : i + before]
        yield axes, [product(axes)] if after == 1 else new[j : j + after]
        i, j = i + before, j + after


def _with_letters(pattern: str, ranks: Sequence[int]) -> str:
    """The pattern with letters for `...`, aligned from the right: `...j,j->...` is `aj,j->a`.

    Without `->` the axes of `...` come first, then those that stand once.
    """
    names, arrow, result = pattern.partition("->")
    parts = names.split(",")
    if "..." not in names or len(parts) != len(ranks):
        return pattern
    counts = [
        rank - len(part.replace("...", "", 1)) if "..." in part else 0
        for part, rank in zip(parts, ranks, strict=True)
    ]
    free = [letter for letter in ascii_letters if letter not in pattern]
    letters = "".join(free[: max(0, *counts)])
    if not arrow:
        once = (letter for letter in sorted(set(names)) if letter.isalpha())
        result = "..." + "".join(letter for letter in once if names.count(letter) == 1)
    parts = [
        part.replace("...", letters[len(letters) - count :], 1) if count >= 0 else part
        for part, count in zip(parts, counts, strict=True)
    ]
    return f"{','.join(parts)}->{result.replace('...', letters, 1)}"


def _part(outer: Positions, value: Value) -> Positions:
    """The leading positions of a batch that a value has."""
    own = max(value.rank - 2, 0)
    return outer[len(outer) - own :] if own else ()
