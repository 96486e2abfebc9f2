"""Values that are whole arrays: axes, and an element for each choice of indices.

    s.grad            axes (B, J)    (b, j) -> s.grad[b, j]
    Z.grad * exp(s)   by NumPy's broadcasting: aligned from the right, axes of extent 1 repeated

A scalar value is an expression; `lift` makes an operation on numbers one on arrays. Extents are
compared symbolically, under the equations that are assumed. Where two arrays count an axis from
different places, the first counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count, zip_longest
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Integer, Symbol

from symgrad.errors import StudentError
from symgrad.expressions import add, index, mul, negate
from symgrad.program import Axis
from symgrad.reading.axes.productaxes import finer, joined, parts_of
from symgrad.reading.syntax.source import Source
from symgrad.reading.syntax.trees import Part
from symgrad.writing.agreement import Same
from symgrad.writing.spelling import Speller

Indices: TypeAlias = Sequence[Expr]

MAX_ELEMENTS = 5_000
"""Elements written for one text; `softmax` writes its argument twice."""

MAX_DEPTH = 60
"""Operations on arrays inside each other, whether brackets show it or not: `A @ A @ A @ …`."""

NEW = Axis(Integer(1))
"""An axis of extent 1."""


@dataclass(frozen=True)
class Whole:
    """An array value.

    axes       of the value
    element    the expression (or condition) for a choice of one index an axis
    name       what it is called in messages, where it is an array with a name
    turned     is it the transpose of a vector, hence a row?
    """

    axes: tuple[Axis, ...]
    element: Callable[[Indices], Any]
    name: str = ""
    turned: bool = False

    @property
    def rank(self) -> int:
        return len(self.axes)


Value: TypeAlias = Any
"""An expression, a condition, or a `Whole`."""


def rank(value: Value) -> int:
    return value.rank if isinstance(value, Whole) else 0


def axes_of(value: Value) -> tuple[Axis, ...]:
    return value.axes if isinstance(value, Whole) else ()


def shape(axes: Iterable[Axis]) -> str:
    """`B x J`, as messages say it."""
    spelled = [Speller().index(axis.extent) for axis in axes]
    return " x ".join(spelled) if spelled else "a number"


def number(extent: Expr) -> Expr:
    """An extent as a value: `B - 1` in the order in which it is written."""
    if isinstance(extent, sympy.Add):
        terms = sorted(extent.args, key=lambda term: (bool(term.is_Rational), str(term)))
        first = [term for term in terms if not _is_negative(term)]
        return add(*map(number, [*first, *(term for term in terms if term not in first)]))
    if isinstance(extent, sympy.Mul):
        scale, rest = extent.as_coeff_Mul()
        if scale == -1:
            return negate(number(rest))
        return mul(*map(number, extent.args))
    return extent


def _is_negative(term: Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)


@dataclass
class Fitting:
    """Fits arrays together; its fresh indices are of one text."""

    source: Source
    same: Same
    axis_of: dict[Symbol, Axis] = field(default_factory=dict)
    """What each fresh index runs over."""

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._left = MAX_ELEMENTS
        self._tuples: dict[tuple[Expr, tuple[Axis, ...]], tuple[Expr, ...]] = {}
        self._depth = 0

    def fresh(self, axis: Axis) -> Symbol:
        """An index that no text can name; `names.fresh` gives it one."""
        found = index(f"?{next(self._numbers)}")
        self.axis_of[found] = axis
        return found

    def running(self, axis: Axis) -> tuple[Expr, list[Symbol], tuple[Axis, ...]]:
        """A place on an axis, with the fresh indices that it is made of and what they run over."""
        parts = parts_of(axis)
        symbols = [self.fresh(part) for part in parts]
        return self.joined(symbols, parts), symbols, parts

    def joined(self, places: Indices, parts: Sequence[Axis]) -> Expr:
        """The place on the product of several axes, of which `split` knows the tuple."""
        place = joined(places, parts)
        self._tuples[place, tuple(parts)] = tuple(places)
        return place

    def split(self, place: Expr, axis: Axis, where: Part | None) -> tuple[Expr, ...]:
        """The places on the parts of a product axis."""
        parts = parts_of(axis)
        if len(parts) == 1:
            return (place,)
        found = self._tuples.get((place, parts))
        if found is None:
            raise self.source.error(
                "a single place of a vec",
                where,
                "shape",
                "use it whole, or the array it is made of",
            )
        return found

    def spend(self, where: Part | None) -> None:
        """Count an element."""
        self._left -= 1
        if self._left < 0:
            raise self.source.error("array expressions too large", where, "limit")

    @contextmanager
    def deeper(self, where: Part | None, levels: int = 1) -> Iterator[None]:
        """Inside, so many levels more are taken; too many are refused."""
        self._depth += levels
        try:
            if self._depth > MAX_DEPTH:
                raise self.source.error("array expressions nest too deep", where, "limit")
            yield
        finally:
            self._depth -= levels

    # --- shapes ------------------------------------------------------------------------------

    def equal(self, left: Axis, right: Axis) -> bool:
        """Have two axes the same extent?"""
        return self.same(Axis(left.extent), Axis(right.extent))

    def broadcast(self, values: Iterable[Value], where: Part | None) -> tuple[Axis, ...]:
        """The axes of values that are combined element by element."""
        found: tuple[Axis, ...] = ()
        names: list[str] = []
        for value in values:
            found = self._joined(found, value, names, where)
            names.append(value.name if isinstance(value, Whole) else "")
        return found

    def _joined(
        self, left: tuple[Axis, ...], value: Value, names: Sequence[str], where: Part | None
    ) -> tuple[Axis, ...]:
        right = axes_of(value)
        found: list[Axis] = []
        for one, other in zip_longest(reversed(left), reversed(right)):
            if one is None or other is None:
                found.append(one or other)
            elif one.extent == 1:
                found.append(other)
            elif other.extent == 1:
                found.append(one)
            elif self.equal(one, other):
                found.append(finer(one, other))
            else:
                name = names[0] if len(names) == 1 else ""
                raise self.clash(Whole(left, lambda _: None, name), value, where)
        return tuple(reversed(found))

    def clash(self, left: Value, right: Value, where: Part | None, hint: str = "") -> StudentError:
        """Two arrays whose shapes do not fit, as an error that names both."""
        one, other = (
            f"{value.name} is {shape(value.axes)}" if value.name else shape(axes_of(value))
            for value in (left, right)
        )
        joined = ", " if " is " in one and " is " in other else " and "
        return self.source.error(
            f"the shapes do not fit: {one}{joined}{other}", where, "shape", hint
        )

    def check_shape(self, value: Value, wanted: Whole, where: Part | None) -> None:
        """A value that fills an array has its shape, or can be repeated to it."""
        axes = axes_of(value)
        fits = len(axes) <= wanted.rank and all(
            axis.extent == 1 or self.equal(axis, other)
            for axis, other in zip(reversed(axes), reversed(wanted.axes), strict=False)
        )
        if not fits:
            raise self.source.error(
                f"{wanted.name} is {shape(wanted.axes)}, the value is {shape(axes)}", where, "shape"
            )

    # --- elements ----------------------------------------------------------------------------

    def at(self, value: Value, axes: Sequence[Axis], indices: Indices) -> Any:
        """The element of a value at indices of axes to which it is repeated."""
        if not isinstance(value, Whole):
            return value
        skipped = len(axes) - value.rank
        return value.element(
            [
                own.lower if own.extent == 1 else place + own.lower - axis.lower
                for own, axis, place in zip(
                    value.axes, axes[skipped:], indices[skipped:], strict=True
                )
            ]
        )

    def lift(self, make: Callable[..., Any], values: Sequence[Value], where: Part | None) -> Value:
        """`make` of numbers, element by element."""
        if not any(isinstance(value, Whole) for value in values):
            return make(*values)
        axes = self.broadcast(values, where)

        def element(indices: Indices) -> Any:
            self.spend(where)
            with self.deeper(where):
                return make(*(self.at(value, axes, indices) for value in values))

        turned = all(value.turned for value in values if isinstance(value, Whole))
        return Whole(axes, element, turned=turned)


def renamed(value: Value, name: str) -> Value:
    """The value under another name for messages."""
    return replace(value, name=name) if isinstance(value, Whole) else value
