"""The same elements in another shape or order, stretched, or with zeros around."""

from __future__ import annotations

from dataclasses import replace

import sympy
from sympy import Expr, Integer

from symgrad.heads import Where
from symgrad.python.calls import Call, entries_of
from symgrad.python.newarrays import diag
from symgrad.python.trace import aligned, both, numeric
from symgrad.python.values import (
    Anything,
    Positions,
    Several,
    Value,
    Words,
)


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
    value = it.value(0, "a")
    shape = list(it.shape(1))
    unknown = [n for n, extent in enumerate(shape) if extent == -1]
    if len(unknown) > 1:
        raise it.error("only one extent can be left open", "shape")
    for n in unknown:
        left = [extent for extent in value.shape if extent != 1]
        for extent in (*shape[:n], *shape[n + 1 :]):
            match = next((one for one in left if it.trace.same(one, extent)), None)
            if match is not None:
                left.remove(match)
        if len(left) > 1:
            raise it.error(
                f"{it.trace.shown(value.shape)} cannot be made one axis",
                "shape",
                "axes are not merged; keep them apart",
            )
        shape[n] = left[0] if left else Integer(1)
    return it.algebra.reshaped(value, tuple(shape))


def flat_vector(it: Call) -> Value:
    value = it.value(0)
    if sum(extent != 1 for extent in value.shape) > 1:
        raise it.error(
            f"{it.trace.shown(value.shape)} cannot be made one axis", hint="axes are not merged"
        )
    wide = [extent for extent in value.shape if extent != 1] or [Integer(1)]
    return it.algebra.reshaped(value, tuple(wide))


def repeated(it: Call) -> Value:
    """`np.repeat(x, 2, axis=0)`: each row as often, one beside the other."""
    value, times = it.value(0, "a"), it.number(it.take(1, "repeats"), "how often to repeat")
    axes = it.axes(2)
    if (axes is None and value.rank != 1) or times < 1:
        raise it.error("repeat of which axis?", hint="np.repeat(x, 2, axis=0)")
    axis = it.algebra.axis(axes[0] if axes else 0, value.rank)
    shape = tuple(n * times if k == axis else n for k, n in enumerate(value.shape))

    def source(at: Positions) -> Positions:
        return (*at[:axis], sympy.floor(at[axis] / times), *at[axis + 1 :])

    return replace(it.algebra.rearranged(value, shape, source), storage=None, place=None)


def stacked(it: Call) -> Value:
    """`np.stack([a, b], axis=1)`: arrays side by side along a new axis."""
    found = it.take(0)
    if not isinstance(found, Several) and not (isinstance(found, Value) and found.listed):
        raise it.error("stack takes a list of arrays")
    value = numeric(it.as_value(found))
    if it.name == "vstack" and value.rank != 2:
        raise it.error("vstack takes a list of vectors", hint="write np.stack")
    axes = it.axes(1) or [0]
    at = it.algebra.axis(axes[0], value.rank)
    order = list(range(1, value.rank))
    return it.algebra.transposed(value, [*order[:at], 0, *order[at:]])


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
            value.shape[n] - 1 - place if n in over else place for n, place in enumerate(at)
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


def padded(it: Call) -> Value:
    """Zeros around: `np.pad(x, ((h-1, h-1), (w-1, w-1)))`, or one width for all."""
    value = numeric(it.value(0, "array"))
    widths, mode = it.take(1, "pad_width"), it.take(2, "mode")
    it.keywords.pop("constant_values", None)
    if mode is not None and not (isinstance(mode, Words) and mode.text == "constant"):
        raise it.error("only padding by zeros is read")
    pairs = _widths(it, widths, value.rank)
    shape = tuple(
        sympy.expand(extent + before + after)
        for extent, (before, after) in zip(value.shape, pairs, strict=True)
    )

    def at(positions: Positions) -> Expr:
        own = tuple(place - pair[0] for place, pair in zip(positions, pairs, strict=True))
        inside = [
            condition
            for place, extent, pair in zip(own, value.shape, pairs, strict=True)
            if pair != (0, 0)
            for condition in (
                sympy.Ge(place, 0, evaluate=False),
                sympy.Lt(place, extent, evaluate=False),
            )
        ]
        return Where(both(*inside), value.at(own), Integer(0)) if inside else value.at(own)

    return Value(shape, at)


def _widths(it: Call, found: Anything | None, rank: int) -> list[tuple[Expr, Expr]]:
    if not isinstance(found, Several):
        width = it.extent(found)
        return [(width, width)] * rank
    items = found.items
    if not any(isinstance(item, Several) for item in items):
        before, after = (it.extent(item) for item in (items if len(items) == 2 else items * 2))
        return [(before, after)] * rank
    pairs = []
    for item in items:
        ends = entries_of(item)
        pairs.append((it.extent(ends[0]), it.extent(ends[-1])))
    pairs = pairs * rank if len(pairs) == 1 else pairs
    if len(pairs) != rank:
        raise it.error(f"{len(pairs)} pairs of widths for {rank} axes", "shape")
    return pairs
