"""Subscripts: `x[b]`, `x[:, None]`, `x[1:]`, `x[i:i+h, j:j+w]`, `x[::-1]`, `x[n, y]`, `x[m]`.

Every basic subscript is a view, which shares the memory of its array. An array of integers picks
one element for each of its own; an array of truths keeps the elements where it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import sympy
from sympy import Expr, Integer

from symgrad.python.algebra import Algebra
from symgrad.python.productaxes import plain, reversed_place
from symgrad.python.trace import Trace
from symgrad.python.values import Positions, Value
from symgrad.python.views import aligned


@dataclass(frozen=True)
class Cut:
    """`start:stop:step`, each written or not."""

    start: Expr | None = None
    stop: Expr | None = None
    step: int = 1


@dataclass(frozen=True)
class NewAxis:
    """`None` or `np.newaxis`."""


@dataclass(frozen=True)
class Rest:
    """`...`: all the axes that nothing else names."""


Item: TypeAlias = Value | Cut | NewAxis | Rest


@dataclass
class _Axis:
    """Where the positions of one axis of the result lie on an axis of the value."""

    extent: Expr
    start: Expr
    step: int = 1

    def at(self, place: Expr) -> Expr:
        """start + step * place; of a product axis that is taken whole, its place."""
        if self.start == 0 and self.step == 1:
            return place
        if self.step == -1:
            return reversed_place(place, self.extent)
        return self.start + self.step * plain(place)


class Subscripts:
    """Reads subscripts of whole values."""

    def __init__(self, trace: Trace, algebra: Algebra) -> None:
        self.trace = trace
        self.algebra = algebra

    def subscripted(self, value: Value, items: Sequence[Item]) -> Value:
        if any(isinstance(item, Value) and item.sort == "truth" for item in items):
            return self._masked(value, items)
        self.algebra.unmasked(value)
        items = self._complete(value, items)
        if any(isinstance(item, Value) and item.rank for item in items):
            return self._picked(value, items)
        return self._cut(value, items)

    # --- basic subscripts --------------------------------------------------------------------

    def _complete(self, value: Value, items: Sequence[Item]) -> list[Item]:
        """The items with `...` and the axes that are left out as full slices."""
        named = sum(not isinstance(item, (NewAxis, Rest)) for item in items)
        if named > value.rank:
            has = f"{value.rank or 'no'} {'axis' if value.rank == 1 else 'axes'}"
            raise self.trace.error(f"{named} indices for an array with {has}", "shape")
        rests = [n for n, item in enumerate(items) if isinstance(item, Rest)]
        if len(rests) > 1:
            raise self.trace.error("an index has one `...` only")
        full = [Cut()] * (value.rank - named)
        at = rests[0] if rests else len(items)
        return [*items[:at], *full, *items[at + 1 :]]

    def _cut(self, value: Value, items: Sequence[Item]) -> Value:
        shape: list[Expr] = []
        sources: list[Expr | _Axis] = []
        where: list[int] = []
        extents = iter(value.shape)
        for item in items:
            if isinstance(item, NewAxis):
                shape.append(Integer(1))
                continue
            extent = next(extents)
            if isinstance(item, Cut):
                axis = self._slice(item, extent)
                sources.append(axis)
                where.append(len(shape))
                shape.append(axis.extent)
            else:
                assert isinstance(item, Value)
                sources.append(self._position(item, (), extent))
        full = [_Axis(extent, Integer(0)) for extent in value.shape]
        if sources == full and len(shape) == value.rank:
            return value

        def source(positions: Positions) -> Positions:
            left = iter(where)
            return tuple(
                part if isinstance(part, Expr) else part.at(positions[next(left)])
                for part in sources
            )

        return self.algebra.rearranged(value, tuple(shape), source)

    def _position(self, item: Value, at: Positions, extent: Expr) -> Expr:
        """One index; one that is always negative counts from the end."""
        if item.sort != "integer":
            raise self.trace.error("an index must be a whole number", hint="as in x[i + 1]")
        position = item.at(at)
        negative = sympy.Lt(position, 0, evaluate=False)
        if position.is_Integer:
            return position + plain(extent) if position < 0 else position
        surely = sympy.Ge(position, 0, evaluate=False)
        if not self.trace.implied(surely) and self.trace.implied(negative):
            return plain(position) + plain(extent)
        return position

    def _slice(self, cut: Cut, extent: Expr) -> _Axis:
        """`start:stop:step` on an axis: both ends must lie on it, for all extents."""
        if cut.step < 0:
            if cut.start is not None or cut.stop is not None or cut.step != -1:
                raise self.trace.error("this slice is not read", hint="x[::-1] reverses an axis")
            return _Axis(extent, plain(extent) - 1, -1)
        if cut == Cut():
            return _Axis(extent, Integer(0))
        extent = plain(extent)
        start = self._end(cut.start, extent, Integer(0))
        stop = self._end(cut.stop, extent, extent)
        for low, high in ((Integer(0), start), (start, stop), (stop, extent)):
            if not self.trace.implied(sympy.Le(low, high, evaluate=False)) and not self.trace.same(
                low, high
            ):
                shown = self.trace.shown
                linear = self.trace.integers.is_linear(sympy.Le(low, high, evaluate=False))
                raise self.trace.error(
                    f"the slice {shown((start,))}:{shown((stop,))} may leave its axis of "
                    f"{shown((extent,))}",
                    "shape" if linear else "limit",
                )
        count = sympy.expand(stop - start)
        if cut.step > 1:
            count = self._steps(count, cut.step)
        if count == 0:
            raise self.trace.error("a slice without elements", "shape")
        return _Axis(count, start, cut.step)

    def _steps(self, count: Expr, step: int) -> Expr:
        """ceil(count / step), without the loops' indices where they do not matter."""
        found = sympy.ceiling(count / step)
        for loop in self.trace.loops:
            simple = sympy.ceiling(count.xreplace({loop.index: loop.lower}) / step)
            if loop.index in found.free_symbols and self.trace.same(found, simple):
                found = simple
        return found

    def _end(self, written: Expr | None, extent: Expr, default: Expr) -> Expr:
        if written is None:
            return default
        written = plain(written)
        if written.is_Integer:
            return written + extent if written < 0 else written
        if self.trace.implied(sympy.Lt(written, 0, evaluate=False)):
            return written + extent
        return written

    # --- arrays as subscripts ----------------------------------------------------------------

    def _picked(self, value: Value, items: Sequence[Item]) -> Value:
        """`p[np.arange(N), y]`: the element at (n, y[n]); full slices may stand beside."""
        if any(isinstance(item, NewAxis) for item in items):
            raise self.trace.error("None beside an array of indices is not read")
        chosen = [n for n, item in enumerate(items) if isinstance(item, Value)]
        if chosen != list(range(chosen[0], chosen[-1] + 1)):
            raise self.trace.error("arrays of indices with a slice between them are not read")
        numbers = [item for item in items if isinstance(item, Value)]
        common = self.algebra.broadcast(*(item.shape for item in numbers))
        axes = {
            n: self._slice(item, value.shape[n])
            for n, item in enumerate(items)
            if isinstance(item, Cut)
        }
        before = chosen[0]
        shape = (
            *(axes[n].extent for n in range(before)),
            *common,
            *(axes[n].extent for n in sorted(axes) if n > before),
        )

        def source(positions: Positions) -> Positions:
            middle = positions[before : before + len(common)]
            rest = iter((*positions[:before], *positions[before + len(common) :]))
            found = []
            for n, item in enumerate(items):
                if isinstance(item, Value):
                    found.append(self._position(item, aligned(item, middle), value.shape[n]))
                else:
                    found.append(axes[n].at(next(rest)))
            return tuple(found)

        found = self.algebra.rearranged(value, shape, source)
        return replace(found, repeats=not self._injective(numbers, len(common)))

    def _injective(self, numbers: Sequence[Value], rank: int) -> bool:
        """Is each element chosen once? So if each axis is counted through by one of the arrays."""
        at = tuple(self.trace.fresh_index() for _ in range(rank))
        places = [item.at(aligned(item, at)) for item in numbers]
        return all(any((place - symbol).is_Integer for place in places) for symbol in at)

    def _masked(self, value: Value, items: Sequence[Item]) -> Value:
        """`x[m]`, as far as it is only compared, copied or assigned under the same mask."""
        mask = items[0]
        if len(items) > 1 or not isinstance(mask, Value) or mask.rank != value.rank:
            raise self.trace.error("a mask must have the shape of its array", "shape")
        if value.mask is not None:
            raise self.trace.error("a mask of a mask is not read")
        self.algebra.fits(mask, value.shape, "the array")
        stretched = Value(value.shape, lambda at: mask.at(aligned(mask, at)), "truth")
        return replace(value, mask=stretched)
