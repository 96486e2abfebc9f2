"""Arrays beside and after one another: stacked, concatenated, repeated; `kron`.

np.concatenate([a, b])[i] = a[i] if i < len(a) else b[i - len(a)]
np.kron(a, b)[i*h + k, j*w + l] = a[i, j] * b[k, l]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Integer

from symgrad.expressions import mul
from symgrad.heads import Where
from symgrad.python.calls import Call, entries_of
from symgrad.python.productaxes import plain, product
from symgrad.python.values import Anything, Positions, Several, Value
from symgrad.python.views import numeric


def stacked(it: Call) -> Value:
    """`np.stack([a, b], axis=1)`: arrays side by side along a new axis."""
    return _along_new_axis(it, it.take(0), (it.axes(1) or [0])[0])


def _along_new_axis(it: Call, found: Anything | None, axis: int) -> Value:
    _check_list(it, found)
    value = numeric(it.as_value(found)) if found is not None else it.value(0)
    at = it.algebra.axis(axis, value.rank)
    order = list(range(1, value.rank))
    return it.algebra.transposed(value, [*order[:at], 0, *order[at:]])


def _check_list(it: Call, found: Anything | None) -> None:
    if not isinstance(found, Several) and not (isinstance(found, Value) and found.listed):
        raise it.error(f"{it.name} takes a list of arrays", hint=f"np.{it.name}([a, b])")


def joined_up(it: Call) -> Value:
    """`np.concatenate([a, b], axis=1)`, `np.vstack`, `np.hstack`, `np.column_stack`"""
    found = it.take(0, "tensors")
    _check_list(it, found)
    rank = _rank(it, found)
    if it.name in ("vstack", "column_stack") and rank == 1:
        return _along_new_axis(it, found, 0 if it.name == "vstack" else 1)
    named = it.axes(1) or [0] if it.name in ("concatenate", "cat") else None
    axis = named[0] if named else int(it.name != "vstack" and rank > 1)
    if not rank:
        raise it.error(f"{it.name} takes arrays, not numbers", "shape")
    at = it.algebra.axis(axis, rank)
    if isinstance(found, Several):
        return _one_after_another(it, [numeric(it.as_value(item)) for item in found.items], at)
    assert isinstance(found, Value)
    return _rows_after_another(it, numeric(found), at)


def _rank(it: Call, found: Anything | None) -> int:
    if isinstance(found, Several):
        ranks = {it.as_value(item).rank for item in found.items}
        if len(ranks) != 1:
            raise it.error("arrays of different ranks", "shape")
        return ranks.pop()
    assert isinstance(found, Value)
    return found.rank - 1


def _one_after_another(it: Call, items: Sequence[Value], axis: int) -> Value:
    """Arrays that are spelled out; the first whose end lies behind a place holds it."""
    it.algebra.unmasked(*items)
    _check_others(it, items, axis)
    extents = [plain(item.shape[axis]) for item in items]
    ends = [sympy.expand(sympy.Add(*extents[: n + 1])) for n in range(len(items))]
    shape = (*items[0].shape[:axis], ends[-1], *items[0].shape[axis + 1 :])

    def at(positions: Positions) -> Any:
        it.trace.spend()
        place = plain(positions[axis])
        starts = [Integer(0), *ends[:-1]]
        each = [
            item.at((*positions[:axis], place - start, *positions[axis + 1 :]))
            for item, start in zip(items, starts, strict=True)
        ]
        found = each[-1]
        for end, value in reversed(list(zip(ends[:-1], each[:-1], strict=True))):
            found = Where(sympy.Lt(place, end, evaluate=False), value, found)
        return found

    return Value(shape, at)


def _check_others(it: Call, items: Sequence[Value], axis: int) -> None:
    """All axes but the one along which arrays are joined must fit."""
    first = items[0].shape
    for item in items[1:]:
        pairs = [pair for n, pair in enumerate(zip(first, item.shape, strict=True)) if n != axis]
        if not all(it.trace.same(*pair) for pair in pairs):
            shown = f"{it.trace.shown(first)} and {it.trace.shown(item.shape)}"
            raise it.error(f"the shapes {shown} do not fit together", "shape")


def _rows_after_another(it: Call, rows: Value, axis: int) -> Value:
    """The items of a list that a loop built: axis 0 counts them."""
    count, shape = rows.shape[0], rows.shape[1:]
    parts = (count, shape[axis])

    def at(positions: Positions) -> Any:
        number, place = it.trace.split_in(positions[axis], parts)
        return rows.at((number, *positions[:axis], place, *positions[axis + 1 :]))

    return Value((*shape[:axis], product(parts), *shape[axis + 1 :]), at)


def repeated(it: Call) -> Value:
    """`np.repeat(x, 2, axis=0)`: each row as often, one beside the other."""
    if it.torch and it.name == "repeat":
        return tiled(it)
    value = it.value(0, "a")
    times = it.extent(it.take(1, "repeats"))
    axes = it.axes(2)
    if axes is None and value.rank != 1:
        raise it.error("repeat of which axis?", hint="np.repeat(x, 2, axis=0)")
    axis = it.algebra.axis(axes[0] if axes else 0, value.rank)
    parts = (value.shape[axis], times)

    def source(at: Positions) -> Positions:
        return (*at[:axis], it.trace.split_in(at[axis], parts)[0], *at[axis + 1 :])

    shape = (*value.shape[:axis], product(parts), *value.shape[axis + 1 :])
    return _copied(it.algebra.rearranged(value, shape, source))


def tiled(it: Call) -> Value:
    """`np.tile(x, (2, 3))`: the whole array as often along each axis; torch calls it repeat."""
    value, found = it.value(0, "A", "input"), it.take(1, "reps", "dims", "repeats")
    more = [it.take(n) for n in range(2, len(it.arguments))]
    times = [it.extent(item) for item in (*entries_of(found), *more)]
    times = [*[Integer(1)] * (value.rank - len(times)), *times]
    own = [*[Integer(1)] * (len(times) - value.rank), *value.shape]
    pairs = list(zip(times, own, strict=True))

    def source(at: Positions) -> Positions:
        inner = [it.trace.split_in(place, pair)[1] for place, pair in zip(at, pairs, strict=True)]
        return tuple(inner[len(pairs) - value.rank :])

    return _copied(it.algebra.rearranged(value, tuple(map(product, pairs)), source))


def _copied(value: Value) -> Value:
    return replace(value, storage=None, place=None)


def kronecker(it: Call) -> Value:
    """`np.kron(a, b)`: every element of a times all of b."""
    left, right = numeric(it.value(0)), numeric(it.value(1))
    rank = max(left.rank, right.rank)
    shapes = [(*(Integer(1),) * (rank - side.rank), *side.shape) for side in (left, right)]
    pairs = list(zip(*shapes, strict=True))

    def at(positions: Positions) -> Expr:
        it.trace.spend()
        places = [
            it.trace.split_in(place, pair) for place, pair in zip(positions, pairs, strict=True)
        ]
        first, second = zip(*places, strict=True) if places else ((), ())
        return mul(left.at(first[rank - left.rank :]), right.at(second[rank - right.rank :]))

    return Value(tuple(map(product, pairs)), at)
