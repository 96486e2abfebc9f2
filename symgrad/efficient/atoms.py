"""Arrays that are not stored: function values, and sums as factors or bases.

    exp(s[b, j])              an array E[$0, $1]
    (x[b, j] - mu[j])^2       an array C[$0, $1] to the power 2
    [j == argmax(k, s[b, k])] an array that is read and never looked into

Equal ones have one name, whatever their indices were called. A sum is known up to the factor that
its terms share, so that 1 - g and g - 1 are one array, except under a root: sqrt(a^2) is not a.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import sympy
from sympy import Expr

from symgrad.efficient.terms import FLAG, Access, Key, Poly, accumulate, free, frozen, names, orders
from symgrad.expressions import is_index
from symgrad.heads import Bracket
from symgrad.program import Axis
from symgrad.proof.terms import Number

Scope: TypeAlias = Mapping[int, str]
"""The range of every free index."""

COMPOUND, FOREIGN, STEP = "compound", "foreign", "step"
POSITIVE = frozenset({"exp", "sigma", "softplus"})
"""Functions without a value that is not positive."""


@dataclass(frozen=True)
class Atom:
    """`name[$0, …] = head(arguments)`, or a tree that holds the symbols of `formals`."""

    name: str
    head: str
    ranges: tuple[str, ...]
    arguments: tuple[tuple[tuple[Key, Number], ...], ...] = ()
    tree: Expr | None = None
    reads: frozenset[str] = frozenset()
    """The arrays in the tree."""

    @cached_property
    def polys(self) -> tuple[Poly, ...]:
        return tuple(dict(part) for part in self.arguments)

    @cached_property
    def scope(self) -> Scope:
        return {~n: range_ for n, range_ in enumerate(self.ranges)}


@dataclass
class Atoms:
    """All that a program's expressions are made of, and what is known of it."""

    stored: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The ranges of the axes of every array of the program."""
    axes: dict[str, Axis] = field(default_factory=dict)
    """The axis of every range."""
    known: dict[str, Atom] = field(default_factory=dict)
    deltas: set[str] = field(default_factory=set)
    """The arrays [$0 == $1] over one range."""
    nonzero: set[str] = field(default_factory=set)
    positive: set[str] = field(default_factory=set)
    kinked: set[str] = field(default_factory=set)
    """Arrays whose definition branches on a value."""
    _depths: dict[str, int] = field(default_factory=dict)
    _equal: dict[object, tuple[str, tuple[int, ...]]] = field(default_factory=dict)

    # --- making ---

    def atom(self, head: str, polys: Iterable[Poly], scope: Scope) -> Access:
        """The access to head(polys), an array over the free indices of its arguments."""
        parts = tuple(map(frozen, polys))
        key = (head, parts, tuple(scope[i] for i in _free_of(parts)))
        if key in self._equal:
            return self._equal[key]
        indices = _free_of(parts)
        best: Any = None
        for order in _orders_of(parts, indices, scope):
            places = {old: ~n for n, old in enumerate(order)}
            moved = tuple(frozen(_renamed(dict(part), places)) for part in parts)
            if best is None or moved < best[0]:
                best = (moved, order)
        moved, order = best
        ranges = tuple(scope[i] for i in order)
        new = (FLAG if head == STEP else "%") + str(len(self.known))
        name, _ = self._equal.setdefault((head, moved, ranges, ""), (new, ()))
        if name not in self.known:
            self.known[name] = Atom(name, head, ranges, moved)
        self._equal[key] = (name, order)
        return name, order

    def foreign(self, tree: Expr, ranges: tuple[str, ...], reads: Iterable[str]) -> str:
        """The array of a tree that is not looked into; its formals stand as symbols in it."""
        new = (FLAG if isinstance(tree, Bracket) else "%") + str(len(self.known))
        found, _ = self._equal.setdefault((FOREIGN, tree, ranges), (new, ()))
        if found not in self.known:
            self.known[found] = Atom(found, FOREIGN, ranges, tree=tree, reads=frozenset(reads))
            if _is_delta(tree) and len(set(ranges)) == 1 and len(ranges) == 2:
                self.deltas.add(found)
        return found

    def holds(self, head: str, polys: Iterable[Poly], scope: Scope) -> bool:
        """Has head(polys) been asked for before, at these indices?"""
        parts = tuple(map(frozen, polys))
        return (head, parts, tuple(scope[i] for i in _free_of(parts))) in self._equal

    def ranges(self, name: str) -> tuple[str, ...]:
        if name[0] == "#":
            return ()
        return self.known[name].ranges if name in self.known else self.stored[name]

    # --- facts ---

    def is_positive(self, name: str) -> bool:
        if name[0] == "#" or name in self.positive:
            return True
        atom = self.known.get(name)
        if atom is None:
            return False
        return atom.head in POSITIVE or (atom.head == COMPOUND and self.all_positive(atom.polys[0]))

    def all_positive(self, poly: Poly) -> bool:
        return bool(poly) and all(
            coefficient > 0 and all(self.is_positive(name) for (name, _), _ in factors)
            for (_, factors), coefficient in poly.items()
        )

    def is_nonzero(self, name: str) -> bool:
        return name in self.nonzero or self.is_positive(name)

    def is_smooth(self, name: str) -> bool:
        """Is an array nowhere made by a branch, so that it is 0 almost nowhere but for a reason?"""
        atom = self.known.get(name)
        if atom is None:
            return name not in self.kinked
        smooth = atom.head not in (FOREIGN, STEP, "relu", "abs")
        return smooth and all(map(self.is_smooth, names(*atom.polys)))

    def depth(self, name: str) -> int:
        """How deep arrays that are not stored stand in each other."""
        if name not in self._depths:
            atom = self.known.get(name)
            inner = names(*atom.polys) if atom else ()
            self._depths[name] = 1 + max(map(self.depth, inner), default=0)
        return self._depths[name]


def _is_delta(tree: Expr) -> bool:
    return (
        isinstance(tree, Bracket)
        and isinstance(tree.condition, sympy.Equality)
        and all(map(is_index, tree.condition.args))
    )


def _free_of(parts: tuple[tuple[tuple[Key, Number], ...], ...]) -> list[int]:
    return sorted({i for part in parts for i in free(dict(part))}, reverse=True)


def _orders_of(
    parts: tuple[tuple[tuple[Key, Number], ...], ...], indices: list[int], scope: Scope
) -> Iterable[tuple[int, ...]]:
    """The orders of the free indices that agree with where they stand in the arguments."""
    if len(indices) < 2:
        return [tuple(indices)]
    marked = tuple(
        ((f"{n}|{by}|{bounds}|{name}", places), power)
        for n, part in enumerate(parts)
        for (bounds, factors), by in part
        for (name, places), power in factors
    )
    return orders(indices, marked, lambda i: scope[i])


def _renamed(poly: Poly, new: Mapping[int, int]) -> Poly:
    out: Poly = {}
    for (bounds, factors), by in poly.items():
        moved = (
            ((name, tuple(new.get(i, i) for i in places)), power)
            for (name, places), power in factors
        )
        accumulate(out, bounds, moved, by)
    return out
