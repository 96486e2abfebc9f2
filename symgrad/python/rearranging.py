"""The same elements in another shape or order, stretched, or with zeros around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy
from sympy import Expr, Integer

from symgrad.heads import Where
from symgrad.python.calls import Call, entries_of
from symgrad.python.newarrays import diag
from symgrad.python.productaxes import plain, reversed_place
from symgrad.python.values import (
    Anything,
    Positions,
    Several,
    Shape,
    Value,
    Words,
)
from symgrad.python.views import aligned, numeric
from symgrad.sets.literals import conjunction


def transposed(it: Call) -> Value:
    value = it.value(0, "a", "input")
    found = it.take(1, "axes")
    parts = [item for item in entries_of(found) if item is not None]
    more = [it.take(n) for n in range(2, len(it.arguments))]
    order = [it.number(item, "an axis") for item in (*parts, *more)]
    if len(order) == 2 and (it.torch or it.name == "swapaxes" or value.rank > 2):
        axes = list(range(value.rank))
        first, second = (it.algebra.axis(number, value.rank) for number in order)
        axes[first], axes[second] = axes[second], axes[first]
        return it.algebra.transposed(value, axes)
    return it.algebra.transposed(value, order or list(reversed(range(value.rank))))


def reshape(it: Call) -> Value:
    """`x.reshape(B, -1)`: the elements in another shape, row by row."""
    value = it.value(0, "a")
    return _in_shape(it, value, it.shape(1))


def _in_shape(it: Call, value: Value, shape: Shape) -> Value:
    unknown = [n for n, extent in enumerate(shape) if extent == -1]
    if len(unknown) > 1:
        raise it.error("only one extent can be left open", "shape")
    if unknown:
        at = unknown[0]
        open_extent = _rest(value.shape, (*shape[:at], *shape[at + 1 :]))
        if open_extent is None:
            raise it.error(
                f"{it.trace.shown(value.shape)} is not read in this shape with an open extent",
                "shape",
            )
        shape = (*shape[:at], open_extent, *shape[at + 1 :])
    found = it.algebra.reshaped(value, shape)
    return found if _keeps_axes(value.shape, found.shape) or value.whole else _apart(value, found)


def _rest(shape: Shape, named: Shape) -> Expr | None:
    """The extent that is left open: all elements over those of the other axes."""
    top, below = (sympy.Mul(*map(plain, extents)) for extents in (shape, named))
    found = sympy.cancel(sympy.expand(top) / sympy.expand(below))
    whole = sympy.fraction(found)[1] == 1
    return sympy.expand(found) if whole else None


def _keeps_axes(old: Shape, new: Shape) -> bool:
    """Are only axes of extent 1 added or dropped? That is a view, whatever it is a view of."""
    wide, found = ([extent for extent in shape if extent != 1] for shape in (old, new))
    return wide == found


def _apart(value: Value, found: Value) -> Value:
    """What shares its memory with a part of an array, or not, as NumPy finds it."""
    storage = value.storage
    sources = () if storage is None else ((storage, storage.renewed),)
    return replace(found, storage=None, place=None, sources=(*value.sources, *sources))


def flat_vector(it: Call) -> Value:
    """`x.ravel()`, and `x.flatten()`, which is a copy; torch may keep the first axes."""
    value = it.value(0)
    first = it.take(1, "start_dim") if it.torch or len(it.arguments) > 1 else None
    kept = 0 if first is None or isinstance(first, Words) else it.number(first, "start_dim")
    found = _in_shape(it, value, (*value.shape[:kept], Integer(-1)))
    return replace(found, storage=None, place=None, sources=()) if it.name == "flatten" else found


def diagonal_of(it: Call) -> Value:
    """`np.diagflat(x)`"""
    return diag(replace(it, arguments=[flat_vector(it)]))


def wider(it: Call) -> Value:
    value = it.value(0, "a", "input")
    axes = it.axes(1)
    if not axes or len(axes) > 1:
        raise it.error(f"{it.name} needs an axis")
    at = it.algebra.axis(axes[0], value.rank + 1)
    return it.algebra.reshaped(value, (*value.shape[:at], Integer(1), *value.shape[at:]))


def narrower(it: Call) -> Value:
    value = it.value(0, "a", "input")
    axes = it.axes(1)
    gone = {
        it.algebra.axis(n, value.rank)
        for n in (range(value.rank) if axes is None else axes)
        if axes is not None or value.shape[n] == 1
    }
    if any(value.shape[n] != 1 for n in gone):
        raise it.error("only an axis of extent 1 can be dropped", "shape")
    return it.algebra.reshaped(
        value, tuple(extent for n, extent in enumerate(value.shape) if n not in gone)
    )


def flipped(it: Call) -> Value:
    value = it.value(0, "m", "input")
    if it.name == "rot90":
        turns = it.take(1, "k")
        if turns is None or it.number(turns, "k") != 2:
            raise it.error("only half a turn is read", hint="np.rot90(K, 2)")
    found = it.take(1, "axis", "dims") if it.name == "flip" else None
    named = [it.number(item, "an axis") for item in entries_of(found) if item is not None]
    axes = FLIPS.get(it.name) or (named or range(value.rank))
    over = {it.algebra.axis(number, value.rank) for number in axes}
    return it.algebra.rearranged(
        value,
        value.shape,
        lambda at: tuple(
            reversed_place(place, value.shape[n]) if n in over else place
            for n, place in enumerate(at)
        ),
    )


FLIPS = {"flipud": (0,), "fliplr": (1,), "rot90": (0, 1)}


def stretched(it: Call) -> Value:
    value = it.value(0)
    shape = it.shape(1)
    if len(shape) < value.rank:
        raise it.error("an array cannot be stretched to fewer axes", "shape")
    own = shape[len(shape) - value.rank :] if value.rank else ()
    pairs = zip(own, value.shape, strict=True)
    full = (
        *shape[: len(shape) - value.rank],
        *(have if want == -1 else want for want, have in pairs),
    )
    it.algebra.fits(value, full, "the new shape")
    return Value(full, lambda at: value.at(aligned(value, at)), value.sort)


def windows(it: Call) -> Value:
    """`sliding_window_view(x, (h, w))`: [i, j, l, m] is x[i + l, j + m]."""
    value, found = it.value(0, "x"), it.take(1, "window_shape")
    widths = [it.extent(item) for item in entries_of(found)]
    if len(widths) != value.rank:
        raise it.error("a window has an extent for each axis", "shape")
    counts = []
    for extent, width in zip(value.shape, widths, strict=True):
        if not it.trace.implied(sympy.Le(plain(width), plain(extent), evaluate=False)):
            shown = f"{it.trace.shown((width,))} in {it.trace.shown((extent,))}"
            raise it.error(f"a window may be wider than its axis, {shown}", "shape")
        counts.append(sympy.expand(plain(extent) - plain(width) + 1))

    def source(at: Positions) -> Positions:
        pairs = zip(at[: value.rank], at[value.rank :], strict=True)
        return tuple(plain(start) + plain(place) for start, place in pairs)

    view = it.algebra.rearranged(value, (*counts, *widths), source)
    return replace(view, storage=None, place=None)


def padded(it: Call) -> Value:
    """Zeros around: `np.pad(x, ((h-1, h-1), (w-1, w-1)))`, or one width for all."""
    value = numeric(it.value(0, "array"))
    widths, mode = it.take(1, "pad_width"), it.take(2, "mode")
    it.keywords.pop("constant_values", None)
    if mode is not None and not (isinstance(mode, Words) and mode.text == "constant"):
        raise it.error("only padding by zeros is read")
    pairs = _widths(it, widths, value.rank)
    shape = tuple(
        sympy.expand(plain(extent) + before + after) if (before, after) != (0, 0) else extent
        for extent, (before, after) in zip(value.shape, pairs, strict=True)
    )

    def at(positions: Positions) -> Expr:
        own = tuple(
            plain(place) - pair[0] if pair != (0, 0) else place
            for place, pair in zip(positions, pairs, strict=True)
        )
        inside = [
            condition
            for place, extent, pair in zip(own, value.shape, pairs, strict=True)
            if pair != (0, 0)
            for condition in (
                sympy.Ge(place, 0, evaluate=False),
                sympy.Lt(place, plain(extent), evaluate=False),
            )
        ]
        return Where(conjunction(inside), value.at(own), Integer(0)) if inside else value.at(own)

    return Value(shape, at)


def _widths(it: Call, found: Anything | None, rank: int) -> list[tuple[Expr, Expr]]:
    """`1`, `(1, 2)` or `((1, 2), (3, 4))`: before and after each axis."""
    items = entries_of(found)
    if any(isinstance(item, Several) for item in items):
        pairs = [_ends(it, entries_of(item)) for item in items]
    else:
        pairs = [_ends(it, items)]
    pairs = pairs * rank if len(pairs) == 1 else pairs
    if len(pairs) != rank:
        raise it.error(f"{len(pairs)} pairs of widths for {rank} axes", "shape")
    return pairs


def _ends(it: Call, items: Sequence[Anything | None]) -> tuple[Expr, Expr]:
    ends = [it.extent(item) for item in items]
    if len(ends) not in (1, 2):
        raise it.error(f"{len(ends)} widths for the two ends of an axis", "shape")
    for end in ends:
        if not it.trace.implied(sympy.Ge(plain(end), 0, evaluate=False)):
            raise it.error(f"the width {it.trace.shown((end,))} may be negative", "shape")
    return ends[0], ends[-1]
