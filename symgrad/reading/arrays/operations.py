"""What is done with a whole array: reductions, softmax, transposition, padding, convolution.

    x.sum(axis=1)[b] = sum(j, x[b, j])              x.T[j, b] = x[b, j]
    softmax(x)[b, j] = exp(x[b, j]) / sum(k, exp(x[b, k]))
    conv(I, K)[i, j] = sum(l, m, I[i+l-1, j+m-1] * K[l, m])
    pad(x, r, c)[i, j] = [1 <= i-r <= H and 1 <= j-c <= W] * x[i-r, j-c]

Axes of results are counted from 1 where they are no axes of an operand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Integer

from symgrad.expressions import call, divide, mul, power, root
from symgrad.heads import Bracket, Reduction, SumOver
from symgrad.program import Axis
from symgrad.reading.arrays.products import total
from symgrad.reading.arrays.whole import NEW, Fitting, Indices, Value, Whole, number
from symgrad.reading.axes.productaxes import ProductAxis
from symgrad.reading.syntax.trees import Part
from symgrad.sets.literals import conjunction, within

# --- reductions --------------------------------------------------------------------------------


def reduced(
    fit: Fitting,
    head: type[Reduction],
    value: Whole,
    over: Sequence[int],
    keep: bool = False,
) -> Value:
    """The value combined over some of its axes; `keep` leaves axes of extent 1 in their places."""
    gone = sorted(over)
    running = [fit.running(value.axes[n]) for n in gone]
    bound = [place for place, _, _ in running]
    limits = [
        (k, axis.lower, axis.upper)
        for _, symbols, parts in running
        for k, axis in zip(symbols, parts, strict=True)
    ]
    stay = [n for n in range(value.rank) if n not in gone]

    def element(indices: Indices) -> Any:
        kept = [indices[n] for n in stay] if keep else list(indices)
        places = dict(zip([*gone, *stay], [*bound, *kept], strict=True))
        with fit.deeper(None):
            return head.over(limits, value.element([places[n] for n in range(value.rank)]))

    shape = tuple(NEW if n in gone else axis for n, axis in enumerate(value.axes))
    result = shape if keep else tuple(value.axes[n] for n in stay)
    return Whole(result, element) if result else element([])


def mean(fit: Fitting, value: Whole, over: Sequence[int], keep: bool = False) -> Value:
    """The sum over some axes by the number of their elements."""
    count = mul(*(number(value.axes[n].extent) for n in sorted(over)))
    return fit.lift(
        lambda summed: divide(summed, count), [reduced(fit, SumOver, value, over, keep)], None
    )


def softmax(fit: Fitting, value: Whole, axis: int) -> Value:
    """exp(x) over its sum along one axis."""
    powers = fit.lift(lambda x: call("exp", x), [value], None)
    return fit.lift(divide, [powers, reduced(fit, SumOver, powers, [axis], keep=True)], None)


def norm(fit: Fitting, value: Whole) -> Value:
    """The root of the sum of the squares."""
    squares = fit.lift(lambda x: power(x, Integer(2)), [value], None)
    return root(reduced(fit, SumOver, squares, range(value.rank)))


# --- rearranging -------------------------------------------------------------------------------


def transposed(value: Whole) -> Whole:
    """The axes in the opposite order; a vector stays one, but counts as a row."""
    return Whole(
        value.axes[::-1],
        lambda indices: value.element(indices[::-1]),
        f"{value.name}.T" if value.name else "",
        turned=value.rank == 1 and not value.turned,
    )


def vectorised(fit: Fitting, value: Whole, where: Part | None) -> Whole:
    """All elements in one row, the last axis running fastest."""
    if value.rank == 1:
        return value
    axis = ProductAxis.of(value.axes)
    return Whole((axis,), lambda indices: value.element(fit.split(indices[0], axis, where)))


def unvectorised(fit: Fitting, vector: Whole, like: Whole, where: Part | None) -> Whole:
    """The elements of a vector in the shape of another array."""
    if vector.rank != 1 or not fit.equal(vector.axes[0], ProductAxis.of(like.axes)):
        raise fit.clash(vector, like, where, "the vector has an element for each of the array's")
    if like.rank == 1:
        return vector
    lower = vector.axes[0].lower
    return Whole(
        like.axes,
        lambda indices: vector.element([fit.joined(indices, like.axes) + lower - 1]),
    )


def flipped(value: Whole, over: Sequence[int]) -> Whole:
    """The last element first, along some axes."""

    def element(indices: Indices) -> Any:
        return value.element(
            [
                axis.upper + axis.lower - place if n in over else place
                for n, (axis, place) in enumerate(zip(value.axes, indices, strict=True))
            ]
        )

    return Whole(value.axes, element)


def diagonal(vector: Whole) -> Whole:
    """The matrix with a vector on its diagonal."""
    (axis,) = vector.axes
    return Whole(
        (axis, axis),
        lambda indices: mul(vector.element(indices[:1]), _same(*indices)),
    )


def identity(axis: Axis) -> Whole:
    return Whole((axis, axis), lambda indices: _same(*indices))


def _same(left: Expr, right: Expr) -> Expr:
    return Bracket(sympy.Eq(left, right, evaluate=False))


def filled(axes: Sequence[Axis], value: Expr) -> Value:
    """Every element is `value`."""
    return Whole(tuple(axes), lambda _: value) if axes else value


# --- images ------------------------------------------------------------------------------------


def padded(value: Whole, margins: Sequence[tuple[Expr, Expr]]) -> Whole:
    """Zeros around an array, so many before and behind on each axis."""
    axes = tuple(
        Axis(axis.extent + before + after)
        for axis, (before, after) in zip(value.axes, margins, strict=True)
    )

    def element(indices: Indices) -> Any:
        shifted = [
            place - before + axis.lower - 1
            for axis, place, (before, _) in zip(value.axes, indices, margins, strict=True)
        ]
        inside = [
            part
            for axis, place, margin in zip(value.axes, shifted, margins, strict=True)
            if margin != (0, 0)
            for part in within(place, axis)
        ]
        found = value.element(shifted)
        return mul(Bracket(conjunction(inside)), found) if inside else found

    return Whole(axes, element)


def convolved(fit: Fitting, image: Whole, kernel: Whole, where: Part | None) -> Value:
    """The valid cross-correlation: the kernel at every place where it lies inside."""
    if image.rank != kernel.rank or not image.rank:
        raise fit.clash(image, kernel, where, "conv takes two arrays of as many axes")
    axes = tuple(
        Axis(one.extent - other.extent + 1)
        for one, other in zip(image.axes, kernel.axes, strict=True)
    )
    if any(axis.extent.is_Integer and axis.extent < 1 for axis in axes):
        raise fit.clash(image, kernel, where, "the kernel is larger than the image")
    bound = [fit.fresh(axis) for axis in kernel.axes]

    def element(indices: Indices) -> Any:
        places = [
            axis.lower + place - 1 + k - own.lower
            for axis, own, place, k in zip(image.axes, kernel.axes, indices, bound, strict=True)
        ]
        return total(mul(image.element(places), kernel.element(bound)), bound, kernel.axes)

    return Whole(axes, element)


# --- parts -------------------------------------------------------------------------------------

Pick: TypeAlias = Any
"""What stands in one place of `x[i, :, 2..N, None]`: an index; an `Axis`; a part of one, with where
its places are on the whole; None for a new one."""


def picked(value: Whole, picks: Sequence[Pick]) -> Value:
    """`x[i, :]`: the elements at given indices, the other axes whole."""
    axes = [
        NEW if pick is None else pick[0] if isinstance(pick, tuple) else pick
        for pick in picks
        if pick is None or isinstance(pick, (tuple, Axis))
    ]

    def element(indices: Indices) -> Any:
        left = iter(indices)
        places: list[Expr] = []
        for pick in picks:
            if pick is None:
                next(left)
            elif isinstance(pick, tuple):
                places.append(pick[1](next(left)))
            else:
                places.append(next(left) if isinstance(pick, Axis) else pick)
        return value.element(places)

    return Whole(tuple(axes), element) if axes else element([])
