"""What a name of a Python text holds while the text is read.

    Value      a number, an array or a condition: its shape, and its element at each position
    Storage    the memory of an array; views of it share it, as NumPy's do
    Several    a tuple or list;  Named  a dictionary or object;  Callee  a function of a library

Positions count from 0, like Python's. An element of a storage is an element of the array of the
program that stands for it, whose axes may start anywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import sympy
from sympy import Expr, Integer, S, Symbol

from symgrad.expressions import Element, element
from symgrad.python.productaxes import ProductExtent, plain

Shape: TypeAlias = tuple[Expr, ...]
Positions: TypeAlias = tuple[Expr, ...]

Sort = Literal["number", "integer", "truth"]
"""Truths are conditions; integers can be indices; everything else is a number."""


@dataclass(eq=False)
class Storage:
    """The memory of one array: where its elements stand in the program.

    outer    the loops in whose rounds the array is created anew: it has an axis for each
    lowers   the first place on each of its own axes
    split    takes the places on a product axis apart
    given    the array of the exercise that it starts as
    renewed  how often it was written to
    integral what is written there would be rounded
    """

    name: str
    wanted: str
    shape: Shape
    outer: tuple[Symbol, ...] = ()
    lowers: tuple[Expr, ...] = ()
    given: str | None = None
    sort: Sort = "number"
    base: Expr = S.Zero
    renewed: int = 0
    empty: bool = False
    integral: bool = False
    split: Callable[[Expr, Expr], Positions] = field(default=lambda place, extent: (place,))

    @property
    def plain(self) -> bool:
        """Has the array of the program the same axes, none of them made of several?"""
        return not any(isinstance(extent, ProductExtent) for extent in self.shape)

    def element(self, positions: Positions, outer: Positions | None = None) -> Element:
        """The element at a position; a product axis is as many axes of the program."""
        own = (
            sympy.expand(plain(part) + lower)
            for position, extent, lower in zip(positions, self.shape, self.lowers, strict=True)
            for part in self.split(position, extent)
        )
        return element(self.name, *(self.outer if outer is None else outer), *own)


@dataclass(frozen=True, eq=False)
class Value:
    """An array of numbers, integers or truths; without axes a single one.

    `at` gives the element at a position. A view also has the storage that it shares and where in
    it a position lies, so that it can be written to; `outer` names the round of its loops, where
    that is not the present one. A masked value is only there where `mask` holds: `x[m]` of an array
    of truths m. `repeats`: one element may stand at several positions. `listed`: it
    is a list, which joins where an array adds; its `sources` are the memory that its items
    share, and how often that was renewed. `integral`: NumPy would keep whole numbers there only.
    """

    shape: Shape
    at: Callable[[Positions], Any]
    sort: Sort = "number"
    storage: Storage | None = None
    place: Callable[[Positions], Positions] | None = None
    outer: Positions | None = None
    mask: Value | None = None
    repeats: bool = False
    listed: bool = False
    sources: tuple[tuple[Storage, int], ...] = ()
    integral: bool = False

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def whole(self) -> bool:
        """Is this exactly a storage, not a part or a rearrangement of it?"""
        return self.storage is not None and self.place is None and self.outer is None


def view(storage: Storage) -> Value:
    """All of a storage; an integer one holds what the program counts from `base`."""
    if storage.sort == "integer":
        return Value(
            storage.shape, lambda at: storage.element(at) - storage.base, "integer", storage
        )
    return Value(storage.shape, storage.element, "number", storage)


def single(expr: Expr, sort: Sort = "number") -> Value:
    """A number, an integer or a truth without axes."""
    return Value((), lambda at: expr, sort)


def whole_number(number: int) -> Value:
    return single(Integer(number), "integer")


@dataclass(frozen=True, eq=False)
class Several:
    """A tuple, or a list."""

    items: tuple[Anything, ...]


@dataclass(eq=False)
class Named:
    """A dictionary, or whatever has attributes: what was put there, else the exercise's names."""

    name: str = ""
    items: dict[str, Anything] = field(default_factory=dict)
    open: bool = False


@dataclass(frozen=True)
class Words:
    """A string."""

    text: str


@dataclass(frozen=True)
class Nothing:
    """Python's None."""


@dataclass(frozen=True)
class Infinity:
    """`np.inf`, or `-np.inf`: what a search may start from; no number."""

    negative: bool = False


@dataclass(frozen=True)
class Callee:
    """A function of NumPy or torch, a method of a value, or one that Python has built in."""

    name: str
    torch: bool = False
    of: Anything | None = None
    builtin: bool = False


@dataclass(frozen=True)
class Library:
    """A module: np, torch, F. Functions of scipy.signal do other things than those of np."""

    name: str
    torch: bool = False

    def function(self, name: str) -> Callee:
        return Callee(f"signal.{name}" if self.name == "signal" else name, self.torch)


@dataclass(frozen=True, eq=False)
class Defined:
    """A function of the text itself, with the names and defaults in force where it is defined."""

    node: ast.FunctionDef | ast.Lambda
    names: Any = None
    defaults: Mapping[str, Anything] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Flat:
    """Where an array is largest along some axes, counted through all of them.

    It is compared with a place, or taken apart by `unravel_index`.
    """

    value: Value
    axes: tuple[int, ...]


Anything: TypeAlias = (
    Flat | Value | Several | Named | Words | Nothing | Infinity | Callee | Library | Defined
)
