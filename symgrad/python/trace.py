"""The statements that a Python text runs, one after the other, as they come about.

    for b in range(B):              for b: e[b] = sum(j, dp[b, j] * p[b, j])
        e = dp[b] @ p[b]            for b, j: s.grad[b, j] = …
        ds[b] = p[b] * (dp[b] - e)

Every statement is noted with all its loops, its guard, and its place in the order of execution:
counters and loop indices in turns. `order` makes nests of them. An array that is created within a
loop is another one in each round, so its storage has an axis for each of these loops.

Names of storages and of indices are provisional ("e 3": wanted name and number); `naming` gives
the final ones.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.errors import Kind, StudentError
from symgrad.expressions import Element, array_of, elements, index
from symgrad.heads import Where
from symgrad.program import Axis, Loop, Operator, Program, Statement
from symgrad.python.productaxes import ProductExtent, ProductPlace, joined, parts_of, plain, split
from symgrad.python.syntax import Text
from symgrad.python.values import Positions, Shape, Storage, Value, view
from symgrad.python.views import aligned, changed, finer, numeric, place_of
from symgrad.reading.syntax.parse import MAX_LOOPS
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, ranges, written_conjuncts
from symgrad.writing.spelling import Speller

MAX_STEPS = 400
MAX_WORK = 60_000
"""Operations that reading one text may take."""


@dataclass(frozen=True)
class Step:
    """One statement with its loops, its guard and its place in the order of execution.

    `outer` counts the loops of the text; the others go through the elements of a whole array.
    `clears`: it only sets a new array to zero, as which it starts anyway.
    """

    loops: tuple[Loop, ...]
    guard: Boolean
    statement: Statement
    place: tuple[Expr, ...]
    node: ast.AST
    outer: int = 0
    clears: bool = False

    @property
    def arrays(self) -> set[str]:
        """What it reads and writes."""
        parts = (self.statement.target, self.statement.value, self.guard)
        return {array_of(found) for part in parts for found in elements(part)}


@dataclass
class Trace:
    """What has run so far, and the loops and conditions under which the next statement runs."""

    text: Text
    given: Program
    node: ast.AST = field(default_factory=ast.Pass)
    steps: list[Step] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    guards: list[Boolean] = field(default_factory=list)
    storages: list[Storage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.integers = Integers.of(self.given)
        self._prefix: list[Expr] = []
        self._counters = [0]
        self._numbers = 0
        self._work = 0
        self._frozen = 0
        self._written: set[str] = set()
        self._letters = dict(_usual_letters(self.given))

    # --- errors and limits -------------------------------------------------------------------

    def error(
        self, message: str, kind: Kind = "syntax", hint: str = "", at: ast.AST | None = None
    ) -> StudentError:
        return self.text.error(message, at or self.node, kind, hint)

    def spend(self, work: int = 1) -> None:
        """Count an operation; a short text may ask for very many."""
        self._work += work
        if self._work > MAX_WORK:
            raise self.error("this takes more steps than are read", "limit")

    # --- shapes ------------------------------------------------------------------------------

    def conditions(self) -> list[Boolean]:
        """What holds of the indices here."""
        return [*ranges(self.loops), *self.guards]

    def implied(self, claim: Boolean) -> bool:
        if claim in (sympy.true, sympy.false):
            return bool(claim)
        return self.integers.implies(self.conditions(), plain(claim))

    def same(self, left: Expr, right: Expr) -> bool:
        """Are two extents equal, for all that the forward pass admits?"""
        difference = sympy.expand(plain(left) - plain(right))
        if difference.is_number:
            return bool(difference == 0)
        return self.implied(sympy.Eq(plain(left), plain(right), evaluate=False))

    def shown(self, shape: Shape) -> str:
        """A shape as one says it: `B x J`."""
        return " x ".join(map(self._extent, shape)) if shape else "a number"

    def _extent(self, extent: Expr) -> str:
        if not isinstance(extent, ProductExtent):
            names = {
                symbol: index(symbol.name.split()[0] if symbol.name.strip()[0].isalpha() else "i")
                for symbol in extent.free_symbols
                if " " in symbol.name
            }
            return Speller({}).index(plain(extent).xreplace(names))
        parts = ((part, self._extent(part)) for part in extent.args)
        return "*".join(f"({text})" if part.is_Add else text for part, text in parts)

    # --- indices and storages ----------------------------------------------------------------

    def fresh_index(self, wanted: str = "") -> Symbol:
        self._numbers += 1
        return index(f"{wanted} {self._numbers}")

    def index_over(self, extent: Expr) -> Symbol:
        """A new index over an axis, named as the forward pass names indices there."""
        return self.fresh_index(self._letters.get(extent, ""))

    def place_over(self, extent: Expr) -> tuple[Expr, list[Loop]]:
        """The place that new loops run through on an axis: one loop for each part of a product."""
        parts = [part for part in parts_of(extent) if part != 1]
        loops = [Loop(self.index_over(part), Integer(1), part) for part in parts]
        return joined([loop.index - 1 for loop in loops], parts), loops

    def somewhere(self, shape: Shape) -> Positions:
        """Any position in a shape."""
        return tuple(
            joined([self.fresh_index() for _ in parts_of(extent)], parts_of(extent))
            for extent in shape
        )

    def split(self, place: Expr, extent: Expr) -> Positions:
        """A place on a product axis as one on each of its parts."""
        return self.split_in(place, parts_of(extent))

    def split_in(self, place: Expr, extents: Shape) -> Positions:
        """A place on an axis made of several as one on each of them."""
        found = split(place, extents, self.implied)
        if found is not None:
            return found
        if isinstance(place, ProductPlace):
            raise self.error(
                f"elements of {self.shown(extents)}, row by row, stand in another order than "
                f"those of {self.shown(place.extents)}",
                hint="transpose one of them, or keep the axes apart",
            )
        raise self.error(
            f"a place on an axis made of {self.shown(extents)} is not read in this form",
            hint="write i*Q + j for the element i, j of P x Q, or keep the axes apart",
        )

    def storage(self, wanted: str, shape: Shape, **more: Any) -> Storage:
        """New memory, for each round of the loops in force."""
        self._numbers += 1
        self.check_shape(shape)
        found = Storage(
            f"{wanted} {self._numbers}",
            wanted,
            shape,
            tuple(loop.index for loop in self.loops),
            (Integer(1),) * len(shape),
            split=self.split,
            **more,
        )
        self.storages.append(found)
        return found

    def check_shape(self, shape: Shape) -> None:
        inside = {loop.index for loop in self.loops}
        if any(extent.free_symbols & inside for extent in shape):
            raise self.error(
                f"an array of shape {self.shown(shape)} changes its shape from round to round",
                "shape",
                "write its elements in a loop",
            )

    def forget(self, storage: Storage) -> bool:
        """Take back that a new number was set to zero, if nothing else was done with it."""
        about = [step for step in self.steps if storage.name in step.arrays]
        if storage.given is not None or len(about) != 1 or not about[0].clears:
            return False
        self.steps = [step for step in self.steps if step is not about[0]]
        return True

    # --- statements --------------------------------------------------------------------------

    @contextmanager
    def loop(self, loop: Loop) -> Iterator[None]:
        if len(self.loops) == MAX_LOOPS:
            raise self.error(f"more than {MAX_LOOPS} loops in each other", "limit")
        self._prefix += [Integer(self._counters[-1]), loop.index]
        self._counters[-1] += 1
        self._counters.append(0)
        self.loops.append(loop)
        yield
        self.loops.pop()
        self._counters.pop()
        del self._prefix[-2:]

    @contextmanager
    def binding(self, loop: Loop) -> Iterator[None]:
        """A bound index of a reduction or list: a statement cannot stand there."""
        self.loops.append(loop)
        self._frozen += 1
        yield
        self._frozen -= 1
        self.loops.pop()

    @property
    def frozen(self) -> bool:
        """May nothing be written, as within a list?"""
        return self._frozen > 0

    @contextmanager
    def guarded(self, *conditions: Boolean) -> Iterator[None]:
        before = len(self.guards)
        self.guards += conditions
        yield
        del self.guards[before:]

    def emit(
        self,
        target: Element,
        operator: Operator,
        value: Expr,
        own: Sequence[Loop] = (),
        guards: Sequence[Boolean] = (),
        clears: bool = False,
    ) -> None:
        """Note a statement under the loops in force and its own."""
        if self.frozen:
            raise self.error("this needs a line of its own", hint="give it a name first")
        if len(self.steps) == MAX_STEPS:
            raise self.error(f"more than {MAX_STEPS} statements", "limit")
        place = (
            *self._prefix,
            Integer(self._counters[-1]),
            *(loop.index for loop in own),
            Integer(0),
        )
        self._counters[-1] += 1
        value = plain(value)
        guard, value = self._guarded(
            [*map(plain, self.guards), *map(plain, guards)], target, operator, value
        )
        if not clears:
            self._written.add(array_of(target))
        statement = Statement(target, operator, value)
        loops = (*self.loops, *own)
        self.steps.append(Step(loops, guard, statement, place, self.node, len(self.loops), clears))

    def _guarded(
        self, guards: Sequence[Boolean], target: Element, operator: Operator, value: Expr
    ) -> tuple[Boolean, Expr]:
        """`if c: x = v` over an earlier value of x is `x = where(c, v, x)`, c being about data."""
        parts = [part for guard in guards for part in written_conjuncts(guard)]
        about_data = [part for part in parts if next(elements(part), None) is not None]
        if operator != "=" or not about_data or array_of(target) not in self._written:
            return conjunction(parts), value
        rest = [part for part in parts if part not in about_data]
        return conjunction(rest), Where(conjunction(about_data), value, target)

    def stored(self, value: Value, wanted: str) -> Value:
        """The value in memory of its own: a copy that later changes leave alone."""
        if value.sort == "integer":
            value = numeric(value)
        storage = self.storage(wanted, value.shape, integral=value.integral and not value.listed)
        self.assign(view(storage), "=", value, fresh=True)
        return view(storage)

    def assign(self, target: Value, operator: Operator, value: Value, fresh: bool = False) -> None:
        """`target[…] = value`, the right side evaluated whole before anything is written."""
        storage = target.storage
        assert storage is not None
        own: list[Loop] = []
        positions: list[Expr] = []
        value = numeric(value)
        for extent in finer(target.shape, value.shape):
            place, loops = self.place_over(extent)
            own += loops
            positions.append(place)
        at = tuple(positions)
        written = place_of(target, at)
        read = value.at(aligned(value, at))
        if not isinstance(read, sympy.Basic):
            raise self.error("this is not a number")
        mask = () if target.mask is None else (target.mask.at(at),)
        disturbed = any(
            array_of(found) == storage.name and found != written
            for part in (read, *mask)
            for found in elements(part)
        )
        if disturbed:
            whole = Value(target.shape, lambda at: changed(target, operator, value, at))
            copy = self.storage(f"{storage.wanted}new", target.shape)
            self.assign(view(copy), "=", whole, fresh=True)
            self.assign(replace(target, mask=None), "=", view(copy))
            return
        storage.renewed += 1
        clears = fresh and read == 0
        self.emit(written, operator, read, own, mask, clears)


def _usual_letters(given: Program) -> Iterator[tuple[Expr, str]]:
    """For each extent the index that the forward pass uses for it."""
    found: dict[Expr, str] = {}
    for nest in given.nests:
        for loop in nest.loops:
            if loop.lower == 1:
                found.setdefault(Axis(loop.upper).extent, loop.index.name)
    yield from found.items()
