"""One call of a function of NumPy or torch: its arguments by place or by name.

np.sum(x, axis=1, keepdims=True)    x.sum(1)    x.sum(dim=1)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr, Integer

from symgrad.errors import Kind, StudentError
from symgrad.expressions import add, mul
from symgrad.heads import Bracket
from symgrad.python.algebra import Algebra
from symgrad.python.productaxes import ProductExtent, plain
from symgrad.python.trace import Trace
from symgrad.python.values import (
    Anything,
    Callee,
    Nothing,
    Positions,
    Several,
    Shape,
    Value,
    Words,
)
from symgrad.python.views import numeric

IGNORED = {
    "dtype", "order", "subok", "device", "requires_grad", "copy", "optimize", "like", "casting",
    "memory_format",
}  # fmt: skip
"""Arguments that change no value."""

HINT = "whole arrays, slices, loops over range and the usual functions of NumPy are read"


@dataclass
class Call:
    """One call: where it stands, its arguments, and what to work with."""

    name: str
    arguments: list[Anything]
    keywords: dict[str, Anything]
    trace: Trace
    algebra: Algebra
    torch: bool = False
    wanted: str = ""

    def error(self, message: str, kind: Kind = "syntax", hint: str = "") -> StudentError:
        return self.trace.error(message, kind, hint)

    # --- arguments ---------------------------------------------------------------------------

    def take(self, position: int, *names: str) -> Anything | None:
        """An argument by its place or by one of its names; each counts as read."""
        for name in names:
            if name in self.keywords:
                return self.keywords.pop(name)
        if position < len(self.arguments):
            found, self.arguments[position] = self.arguments[position], Nothing()
            return found
        return None

    def value(self, position: int, *names: str) -> Value:
        found = self.take(position, *names)
        if found is None or isinstance(found, Nothing):
            raise self.error(f"{self.name} has too few arguments")
        return self.as_value(found)

    def as_value(self, found: Anything) -> Value:
        """A number or array; a list of them is an array with one axis more."""
        if isinstance(found, Value):
            return found
        if isinstance(found, Several) and found.items:
            return self._stacked([self.as_value(item) for item in found.items])
        raise self.error(f"{self.name} needs numbers or arrays here")

    def _stacked(self, items: Sequence[Value]) -> Value:
        self.algebra.unmasked(*items)
        shape = self.algebra.broadcast(*(item.shape for item in items))
        if any(item.rank != len(shape) for item in items):
            raise self.error("rows of different shapes", "shape")

        def at(positions: Positions) -> Any:
            place, rest = positions[0], positions[1:]
            if place.is_Integer:
                return numeric(items[int(place)]).at(rest)
            terms = [
                mul(Bracket(sympy.Eq(place, n, evaluate=False)), numeric(item).at(rest))
                for n, item in enumerate(items)
            ]
            return add(*terms)

        integral = all(item.sort == "integer" or item.integral for item in items)
        return Value((Integer(len(items)), *shape), at, integral=integral)

    def number(self, found: Anything | None, what: str) -> int:
        """A literal whole number, such as an axis."""
        if isinstance(found, Value) and found.sort == "integer" and not found.rank:
            number = found.at(())
            if number.is_Integer and abs(number) < 100:
                return int(number)
        raise self.error(f"{what} must be a whole number", hint="as in axis=1")

    def axes(self, position: int) -> list[int] | None:
        """`axis=1`, `dim=-1`, `axis=(0, 1)`, or none at all."""
        found = self.take(position, "axis", "dim")
        if found is None or isinstance(found, Nothing):
            return None
        if isinstance(found, Several):
            return [self.number(item, "an axis") for item in found.items]
        return [self.number(found, "an axis")]

    def keeps(self, position: int) -> bool:
        found = self.take(position, "keepdims", "keepdim")
        if found is None or isinstance(found, Nothing):
            return False
        return self.truth(found, "keepdims")

    def truth(self, found: Anything, what: str) -> bool:
        if isinstance(found, Value) and found.sort == "truth" and not found.rank:
            return bool(found.at(()) == sympy.true)
        raise self.error(f"{what} is True or False")

    def shape(self, position: int, rest: bool = True) -> Shape:
        """`(B, J)`, `s.shape`, `B`, and where `rest` also `B, J`."""
        found = self.take(position, "shape", "size", "newshape")
        parts = [found]
        while rest and position + 1 < len(self.arguments):
            position += 1
            parts.append(self.take(position))
        parts = [item for part in parts for item in entries_of(part)]
        shape = tuple(self.extent(item) for item in parts)
        if any(extent.is_Integer and extent < 1 and extent != -1 for extent in shape):
            raise self.error("an axis without elements", "shape")
        return shape

    def extent(self, found: Anything | None) -> Expr:
        if isinstance(found, Value) and found.sort == "integer" and not found.rank:
            extent = found.at(())
            return extent if isinstance(extent, ProductExtent) else plain(extent)
        raise self.error("an extent must be a whole number", hint="as in np.zeros((B, J))")

    def done(self) -> None:
        """Every argument must have been read, or change nothing."""
        for name, found in self.keywords.items():
            if name not in IGNORED:
                raise self.error(f"{self.name} with {name}= is not read")
            if name == "dtype" and self.name != "arange" and rounds(found):
                raise self.error("whole numbers would be rounded", hint="leave dtype out")
            if name == "order" and not (isinstance(found, Words) and found.text in "CKA"):
                raise self.error("elements in another order than C's are not read")
        if any(not isinstance(item, (Nothing, Words)) for item in self.arguments):
            raise self.error(f"{self.name} has more arguments than are read")


def rounds(kind: Anything | None) -> bool:
    """Is a type one of whole numbers or truths?"""
    name = kind.name if isinstance(kind, Callee) else kind.text if isinstance(kind, Words) else ""
    return name.startswith(("int", "uint", "long", "bool"))


def entries_of(found: Anything | None) -> tuple[Anything | None, ...]:
    return found.items if isinstance(found, Several) else (found,)


Row = Callable[[Call], Anything]
