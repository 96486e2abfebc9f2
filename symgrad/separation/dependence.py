"""Which executions of two statements touch one element, and in which order.

An update is one statement under its loops and guard; its *place* says when an execution runs: the
number of the nest, the values of the loops, the position in the body, compared lexicographically.
Two accesses to one array conflict when at least one writes, unless both add (or both multiply):
sums do not depend on their order. For accesses a[f(I)] and a[g(J)]

    { (I, J) : I, J in their loops, f(I) = g(J), place(I) < place(J) }

is empty, for all extents, exactly when no conflict of that order exists; isl decides. Conditions on
data are taken to hold, so a conflict may be seen where there is none, never the other way round.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.algebra.binding import rebind
from symgrad.expressions import Element, array_of, element, index, indices_of, is_element, rename
from symgrad.program import Loop, Nest, Statement
from symgrad.sets.integers import Integers
from symgrad.sets.scopes import Scope, accesses

LATER = " later"
"""Marks the indices of the second of two executions; no name holds a space."""

MOST_ASKED = 12_000
"""Conditions in all questions about a program: a textbook's has some hundreds, 10 000 take 1 s."""

BEFORE_BODY = Integer(-1)
"""Guards and bounds are evaluated before the first statement of a body."""


@dataclass(frozen=True)
class Update:
    """One statement on its own: its loops, its guard, when it runs, its number in the text."""

    loops: tuple[Loop, ...]
    guard: Boolean
    statement: Statement
    place: tuple[Expr, ...]
    number: int

    @property
    def array(self) -> str:
        return array_of(self.statement.target)

    @property
    def indices(self) -> tuple[Symbol, ...]:
        return tuple(loop.index for loop in self.loops)

    @property
    def nest(self) -> Nest:
        return Nest(self.loops, (self.statement,), self.guard)

    @cached_property
    def scope(self) -> Scope:
        return Scope().inside(self.loops).when(self.guard)

    def at(self, symbol: Symbol, value: Expr) -> Update:
        """The executions in which one loop has one value."""
        new = {symbol: value}
        loops = tuple(
            Loop(loop.index, loop.lower.xreplace(new), loop.upper.xreplace(new))
            for loop in self.loops
            if loop.index != symbol
        )
        return replace(
            self,
            loops=loops,
            guard=rename(self.guard, new),
            statement=self.statement.renamed(new),
            place=tuple(part.xreplace(new) for part in self.place),
        )


@dataclass(frozen=True)
class Access:
    element: Element
    scope: Scope
    place: tuple[Expr, ...]
    kind: str
    """"read", or the operator of a write; `-=` counts as `+=`."""


class Dependences:
    """The accesses of updates, and the questions about pairs of them."""

    def __init__(self, integers: Integers, changing: Collection[str] = ()) -> None:
        self.integers = integers
        self._changing = changing
        self._left = MOST_ASKED
        self._accesses: dict[Update, tuple[Access, ...]] = {}

    def accesses(self, update: Update) -> tuple[Access, ...]:
        if update not in self._accesses:
            self._accesses[update] = tuple(self._found(update))
        return self._accesses[update]

    def accesses_in(self, nest: Nest, place: Sequence[Expr]) -> Iterator[Access]:
        """The accesses of a body, one statement behind the other at a place."""
        for k, item in enumerate(nest.body):
            update = Update(nest.loops, nest.guard, item, (*place, Integer(k)), k)
            yield from self.accesses(update)

    def reads(self, update: Update) -> Iterator[Access]:
        return (access for access in self.accesses(update) if access.kind == "read")

    def write(self, update: Update) -> Access:
        return next(access for access in self.accesses(update) if access.kind != "read")

    def precedes(self, first: Update, second: Update) -> bool:
        """Must some execution of `first` come before some execution of `second`?"""
        return any(
            self.meet(a, b, earlier=True)
            for a in self.accesses(first)
            for b in self.accesses(second)
            if conflicting(a, b)
        )

    def overlap(self, a: Access, b: Access) -> bool:
        """Do two accesses ever touch one element, whenever they run?"""
        return self.meet(a, b, earlier=False)

    def carries(self, update: Update) -> Access | None:
        """A read of an element that an earlier execution of the same update wrote."""
        write = self.write(update)
        for read in self.reads(update):
            if array_of(read.element) == update.array and self.meet(write, read, earlier=True):
                return read
        return None

    def writes_once(self, update: Update) -> bool:
        """Does no element get a second value?"""
        places = indices_of(update.statement.target)
        if {loop.index for loop in update.loops} <= set(places):
            return True
        write = self.write(update)
        return not self.meet(write, write, earlier=True)

    def meet(self, a: Access, b: Access, *, earlier: bool) -> bool:
        """Can a[f(I)] be b[g(J)] (with I's place before J's)? It can where that takes too long."""
        if array_of(a.element) != array_of(b.element):
            return False
        if self._left < 0:
            return True
        later: dict[Any, Any] = {
            loop.index: index(loop.index.name + LATER) for loop in b.scope.loops
        }
        later |= self._moved(b)
        right = [position.xreplace(later) for position in indices_of(b.element)]
        same = [
            sympy.Eq(*pair, evaluate=False)
            for pair in zip(indices_of(a.element), right, strict=True)
        ]
        primed = [part.xreplace(later) for part in b.scope.conditions]
        common = [*a.scope.conditions, *primed, *same]
        if not earlier:
            return self._possible(common)
        place = [part.xreplace(later) for part in b.place]
        return any(self._possible([*common, *order]) for order in before(a.place, place))

    def _possible(self, conditions: Sequence[Boolean]) -> bool:
        self._left -= len(conditions)
        return self.integers.possible(conditions)

    def _moved(self, access: Access) -> dict[Any, Any]:
        """Labels that the program writes may differ between two executions."""
        parts = (*indices_of(access.element), *access.scope.conditions)
        return {
            part: element(array_of(part) + LATER, *indices_of(part))
            for whole in parts
            for part in sympy.preorder_traversal(whole)
            if is_element(part) and array_of(part) in self._changing
        }

    def _found(self, update: Update) -> Iterator[Access]:
        statement, place = update.statement, update.place
        early = (*place[:-1], BEFORE_BODY)
        scope = Scope()
        for loop in update.loops:
            for bound in (loop.lower, loop.upper):
                yield from self._read(bound, scope, early)
            scope = scope.bind(loop.index, loop.lower, loop.upper)
        taken = {symbol.name for symbol in update.indices}
        guard = rebind(update.guard, update.indices, taken)
        yield from self._read(guard, scope, early)
        value = rebind(statement.value, update.indices, taken)
        for part in (*indices_of(statement.target), value):
            yield from self._read(part, update.scope, place)
        kind = "+=" if statement.op == "-=" else statement.op
        yield Access(statement.target, update.scope, place, kind)

    def _read(self, expr: Any, scope: Scope, place: tuple[Expr, ...]) -> Iterator[Access]:
        for found, inner in accesses(expr, scope):
            yield Access(found, inner, place, "read")


def conflicting(a: Access, b: Access) -> bool:
    """Does the order of two accesses matter, if they touch one element?"""
    if array_of(a.element) != array_of(b.element):
        return False
    return a.kind != b.kind or a.kind == "="


def before(first: tuple[Expr, ...], second: list[Expr]) -> Iterator[list[Boolean]]:
    """The cases of first < second, lexicographically."""
    equal: list[Boolean] = []
    for left, right in zip(first, second, strict=False):
        if left.is_Integer and right.is_Integer:
            if left < right:
                yield list(equal)
            if left != right:
                return
        else:
            yield [*equal, sympy.Lt(left, right, evaluate=False)]
            equal.append(sympy.Eq(left, right, evaluate=False))
