"""The same elements in another shape or order, stretched, or with zeros around."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    as_other = it.name in ("view_as", "reshape_as")
    return _in_shape(it, value, it.value(1, "other").shape if as_other else it.shape(1))


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
    more = [it.take(n) for n in range(2, len(it.arguments))] if it.name == "flip" else []
    parts = (*entries_of(found), *more)
    named = [it.number(item, "an axis") for item in parts if item is not None]
    axes = FLIPS.get(it.name) or (named or range(value.rank))
    return turned(it, value, axes)


def turned(it: Call, value: Value, axes: Iterable[int]) -> Value:
    """The elements in reverse order along some axes."""
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
    shape = it.value(1, "other").shape if it.name == "expand_as" else it.shape(1)
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
    value = numeric(it.value(0, "array", "input"))
    widths, mode = it.take(1, "pad_width", "pad"), it.take(2, "mode")
    around = it.take(3, "constant_values", "value")
    if mode is not None and not (isinstance(mode, Words) and mode.text == "constant"):
        raise it.error("only padding by zeros is read")
    if around is not None and not all(map(_is_zero, entries_of(around))):
        raise it.error("only padding by zeros is read")
    pairs = _last_axes(it, widths, value.rank) if it.torch else _widths(it, widths, value.rank)
    return surrounded(value, pairs)


def _is_zero(found: Anything | None) -> bool:
    if isinstance(found, Several):
        return all(map(_is_zero, found.items))
    return isinstance(found, Value) and not found.rank and found.at(()) == 0


def surrounded(value: Value, pairs: Sequence[tuple[Expr, Expr]]) -> Value:
    """Zeros before and after each axis, as many as a pair says."""
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


def _last_axes(it: Call, found: Anything | None, rank: int) -> list[tuple[Expr, Expr]]:
    """torch: `(left, right, top, bottom)`, the last axis first; the others stay as they are."""
    items = entries_of(found)
    if len(items) % 2 or len(items) > 2 * rank:
        raise it.error(f"{len(items)} widths for the ends of {rank} axes", "shape")
    pairs = [_ends(it, items[n : n + 2]) for n in range(0, len(items), 2)]
    return [(Integer(0), Integer(0))] * (rank - len(pairs)) + pairs[::-1]


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
