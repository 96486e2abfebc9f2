"""Overwriting: from what runs in order to what can be read as definitions.

    Z[b] = 0; Z[b] += v; p[b] = Z[b]; Z[b] = 2*Z[b]

Updates that stand in nests of their own are passed in the order in which they run. For each array
the writes and reads of its current *version* are remembered, element by element (isl decides which
of them touch). A version begins at zero, or at the input's value, and can only be added to:

- `= 0` on what is still zero does nothing; it is dropped when another update writes the array;
- `=` on elements that several executions write keeps the last execution's value;
- `=` on elements with a value makes that value dead: if nobody read it and all of it is
  overwritten, the earlier updates go;
- everything else (reading an array before a later update adds to it, `*=`, writing an input) asks
  for a new version, a renamed copy to which the rest of the program refers, as in static single
  assignment form:  theta2[k] += theta[k]; theta2[k] -= gamma * theta.grad[k].

What is then assigned to elements that nothing else writes is added to 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol

from symgrad.algebra.binding import fresh
from symgrad.expressions import array_of, element, index, indices_of, is_element, mul, rebuild
from symgrad.program import Array, Axis, Loop, Statement
from symgrad.separation.coverage import Coverage
from symgrad.separation.dependence import Access, Dependences, Update
from symgrad.sets.literals import ranges


@dataclass(frozen=True)
class Inseparable:
    """Why a program cannot be read as definitions, and the number of the statement (from 1)."""

    statement: int
    reason: str


@dataclass(frozen=True)
class Settled:
    """Updates as definitions, the last name of each array that was renamed, and where values that
    had been given were thrown away."""

    updates: list[Update]
    final: Mapping[str, str]
    overwritten: tuple[Inseparable, ...]


@dataclass
class Version:
    """What has happened to the current version of an array; `start`: it begins at an input."""

    name: str
    start: bool
    writes: list[Update] = field(default_factory=list)
    reads: list[tuple[int, Access]] = field(default_factory=list)


class Settling:
    """One pass over the updates of a program."""

    def __init__(
        self,
        arrays: Mapping[str, Array],
        taken: Iterable[str],
        dependences: Dependences,
        private: Collection[str],
        renew: bool,
    ) -> None:
        self._arrays = arrays
        self._taken = set(taken)
        self._dependences = dependences
        self._coverage = Coverage(arrays, dependences)
        self._private = private
        self._renew = renew
        self._versions: dict[str, Version] = {}
        self._done: list[Update] = []
        self._overwritten: list[Inseparable] = []

    def run(self, updates: Sequence[Update]) -> Settled | Inseparable:
        for n, update in enumerate(updates):
            later = {other.array for other in updates[n + 1 :]}
            if self._is_idle(update) and update.array in later:
                continue
            single: Update | None = update
            if update.statement.op == "=" and not self._dependences.writes_once(update):
                single = self._last(update)
            if single is None and self._is_leftover(update, updates):
                continue
            if single is not update:
                again = Inseparable(
                    update.number,
                    f"several executions of statement {update.number} assign the same element of "
                    f"{update.array}",
                )
                if single is None:
                    return again
                if not self._copies_local(update):
                    self._overwritten.append(again)
            problem = self._settle(single)
            if problem:
                return problem
        final = {name: version.name for name, version in self._versions.items()}
        renamed = {name: last for name, last in final.items() if name != last}
        return Settled(self._done, renamed, tuple(self._overwritten))

    def _version(self, array: str) -> Version:
        if array not in self._versions:
            start = self._arrays[array].role == "input"
            self._versions[array] = Version(array, start)
        return self._versions[array]

    def _is_idle(self, update: Update) -> bool:
        """Does it set to zero what is zero anyway?"""
        version, statement = self._version(update.array), update.statement
        untouched = not version.writes and not version.start
        return untouched and statement.op == "=" and statement.value == 0

    def _is_leftover(self, update: Update, updates: Iterable[Update]) -> bool:
        """Is it what the last iteration leaves in a local that nothing reads afterwards?"""
        return (
            self._arrays[update.array].role == "auxiliary"
            and self._copies_local(update)
            and [other.array for other in updates].count(update.array) == 1
            and not any(
                array_of(read.element) == update.array
                for other in updates
                for read in self._dependences.reads(other)
            )
        )

    def _copies_local(self, update: Update) -> bool:
        """Is it the copy that gives a local of a body its value after the loop?"""
        value = update.statement.value
        return is_element(value) and array_of(value) in self._private

    def _settle(self, update: Update) -> Inseparable | None:
        version = self._version(update.array)
        problem = self._problem(update, version)
        if problem and self._revives(update, version):
            self._done = [done for done in self._done if done not in version.writes]
            version.writes.clear()
            self._overwritten.append(problem)
            problem = None
        renamed = self._reading_current(update)
        if problem:
            if not self._renew:
                return problem
            renewed = self._renewed(update, renamed, version)
            if renewed is None:
                return problem
            self._done += renewed
        else:
            target = _renamed(update.statement.target, {update.array: version.name})
            statement = self._added(replace(renamed.statement, target=target), update.array)
            self._done.append(replace(renamed, statement=statement))
            version.writes.append(self._done[-1])
        for read in self._dependences.reads(update):
            array = array_of(read.element)
            if array != update.array or not problem:
                self._version(array).reads.append((update.number, read))
        return None

    def _added(self, statement: Statement, array: str) -> Statement:
        """`A = v` where nothing else writes the element, which is 0: `A += v`."""
        if statement.op != "=" or not self._renew or self._arrays[array].values is not None:
            return statement
        return replace(statement, op="+=")

    def _problem(self, update: Update, version: Version) -> Inseparable | None:
        array, number = update.array, update.number
        write = self._dependences.write(update)
        if any(self._dependences.overlap(read, write) for read in self._own_reads(update)):
            return Inseparable(number, f"{array} is read at statement {number}, which writes it")
        for reader, read in version.reads:
            if self._dependences.overlap(read, write):
                return Inseparable(
                    reader,
                    f"{array} is read at statement {reader} before statement {number} writes it",
                )
        if version.start:
            return Inseparable(number, f"the input {array} is written at statement {number}")
        if update.statement.op in ("=", "*="):
            what = "overwritten" if update.statement.op == "=" else "multiplied"
            for earlier in version.writes:
                if self._dependences.overlap(self._write(earlier, version), write):
                    return Inseparable(
                        number,
                        f"{array} is {what} at statement {number} after statement {earlier.number} "
                        "wrote it",
                    )
        if update.statement.op == "*=":
            return Inseparable(number, f"{array} is multiplied at statement {number}")
        return None

    def _own_reads(self, update: Update) -> Iterator[Access]:
        return (
            read
            for read in self._dependences.reads(update)
            if array_of(read.element) == update.array
        )

    def _write(self, done: Update, version: Version) -> Access:
        """The write of an update that is done, under the array's first name."""
        write = self._dependences.write(done)
        original = next(name for name, item in self._versions.items() if item is version)
        return replace(write, element=_renamed(write.element, {version.name: original}))

    def _revives(self, update: Update, version: Version) -> bool:
        """Does `=` replace all of a value that nobody has read?"""
        touched = [read for _, read in version.reads] + list(self._own_reads(update))
        return (
            update.statement.op == "="
            and not touched
            and not version.start
            and self._covers_all(update, version)
        )

    def _covers_all(self, update: Update, version: Version) -> bool:
        writes = (self._write(done, version) for done in version.writes)
        return all(self._coverage.covers(update, write) for write in writes)

    def _last(self, update: Update) -> Update | None:
        """The executions whose value an overwritten element keeps: those with the last indices."""
        written = update.statement.target.free_symbols
        last = update
        for loop in reversed(update.loops):
            if loop.index not in written:
                current = next(item for item in last.loops if item.index == loop.index)
                if current.upper.has(sympy.Min) or list(self._own_reads(update)):
                    return None
                last = last.at(loop.index, current.upper)
                occurs = sympy.Le(current.lower, current.upper, evaluate=False)
                if not self._dependences.integers.implies(last.scope.conditions, occurs):
                    last = replace(last, guard=sympy.And(last.guard, occurs, evaluate=False))
        deps = self._dependences
        kept, every = deps.write(last), deps.write(update)
        sound = (
            deps.writes_once(last)
            and self._coverage.covers(last, every)
            and not deps.meet(kept, every, earlier=True)
        )
        return last if sound else None

    # --- versions ---

    def _reading_current(self, update: Update) -> Update:
        """The update with every array that it reads under its current name."""
        new = {name: version.name for name, version in self._versions.items()}
        statement = update.statement
        return replace(
            update,
            guard=_renamed(update.guard, new),
            statement=replace(statement, value=_renamed(statement.value, new)),
        )

    def _renewed(self, update: Update, renamed: Update, version: Version) -> list[Update] | None:
        """A new version of the array: what remains of the old one, then the update."""
        array, old, op = update.array, version.name, update.statement.op
        if op == "*=" and not self._dependences.writes_once(update):
            return None
        name = fresh(array.replace(".", ""), {*self._taken, array})
        if not version.writes and not version.start:
            self._done.insert(0, self._zero(update))
        if version.start:
            dead = op == "=" and self._coverage.covers_axes(update)
        else:
            dead = op == "=" and self._covers_all(update, version)
        kept: list[Update] = []
        if not dead:
            rest = self._rest(update, renamed, op)
            if rest is None or not self._keeps_inside(version):
                return None
            loops, guard, spots = rest
            copy = Statement(element(name, *spots), "+=", element(old, *spots))
            kept = [replace(update, loops=loops, guard=guard, statement=copy)]
        statement = renamed.statement
        target = _renamed(statement.target, {array: name})
        value = statement.value
        if op == "*=":
            value = mul(_renamed(statement.target, {array: old}), value)
        final = Statement(target, "=" if op == "*=" else op, value)
        updates = [*kept, replace(renamed, statement=self._added(final, array))]
        self._taken.add(name)
        self._versions[array] = Version(name, False, writes=list(updates))
        return updates

    def _keeps_inside(self, version: Version) -> bool:
        writes = [self._write(done, version) for done in version.writes]
        return self._coverage.keeps_inside(writes)

    def _zero(self, update: Update) -> Update:
        """The first version of an array that is read before anything writes it."""
        axes = self._arrays[update.array].axes
        spots = spots_of(axes, self._taken)
        statement = Statement(element(update.array, *spots), "=", Integer(0))
        return replace(update, loops=over(axes, spots), guard=sympy.true, statement=statement)

    def _rest(
        self, update: Update, renamed: Update, op: str
    ) -> tuple[tuple[Loop, ...], Any, tuple[Symbol, ...]] | None:
        """The elements that keep their old value: all under `+=`, else those not written."""
        axes = self._arrays[update.array].axes
        own = spots_of(axes, self._taken)
        if op in ("+=", "-="):
            return over(axes, own), sympy.true, own
        places = indices_of(update.statement.target)
        loops = {loop.index for loop in update.loops}
        running = [place for place in places if place in loops]
        if set(running) != loops or len(running) != len(loops):
            return None
        if any(not loops.isdisjoint(p.free_symbols) for p in places if p not in loops):
            return None
        spots = tuple(
            place if place in loops else spot for spot, place in zip(own, places, strict=True)
        )
        fixed = [
            sympy.Eq(spot, place, evaluate=False)
            for spot, place in zip(spots, places, strict=True)
            if spot != place
        ]
        written = sympy.And(*ranges(update.loops), *fixed, renamed.guard, evaluate=False)
        return over(axes, spots), sympy.Not(written, evaluate=False), spots


def spots_of(axes: Sequence[Axis], taken: Collection[str]) -> tuple[Symbol, ...]:
    """Indices for the places of an array, each of a name that neither is taken nor another's."""
    found: list[str] = []
    for n in range(len(axes)):
        found.append(fresh(f"k{n}", {*taken, *found}))
    return tuple(map(index, found))


def over(axes: Sequence[Axis], spots: Sequence[Symbol]) -> tuple[Loop, ...]:
    """Loops over whole axes."""
    return tuple(Loop(spot, axis.lower, axis.upper) for spot, axis in zip(spots, axes, strict=True))


def _renamed(expr: Any, new: Mapping[str, str]) -> Any:
    """The same expression over renamed arrays."""
    if is_element(expr) and array_of(expr) in new:
        parts: tuple[Expr, ...] = tuple(_renamed(part, new) for part in indices_of(expr))
        return element(new[array_of(expr)], *parts)
    return rebuild(expr, lambda part: _renamed(part, new)) if expr.args else expr


def settled(
    updates: Sequence[Update],
    arrays: Mapping[str, Array],
    taken: Iterable[str],
    dependences: Dependences,
    private: Collection[str],
    *,
    versions: bool,
) -> Settled | Inseparable:
    """The updates as definitions and the final name of every array that was renamed."""
    return Settling(arrays, taken, dependences, private, versions).run(updates)
