"""Arrays that every round of a loop leaves as it found them: an element for each round.

    s = 0                              for i, j: s2[i] += A[i, j]; …
    for i:                             for i: out[i] = s2[i]
        for j: s += A[i, j]            s = 0
        out[i] = s
        s = 0

If an array holds one known value wherever a loop touches it, and the last thing that a round does
to it is to give it that value again, every round finds it so, and no round sees anything of the
others. The value is the one that a statement before the loop gave, or the 0 that arrays begin with.
What a round does to it, and in which order, isl tells: the element is then not touched any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol

from symgrad.algebra.binding import fresh
from symgrad.algebra.binding import names as names_of
from symgrad.algebra.interleaving import acting
from symgrad.expressions import array_of, element, elements, index, indices_of, is_element, rebuild
from symgrad.program import Nest, Program, kept
from symgrad.separation.coverage import Coverage
from symgrad.separation.dependence import Dependences, Update
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, conjuncts, ranges

MOST_RESTORED = 8
"""So many arrays of a program get an element for each round."""


@kept
def restored(program: Program) -> Program:
    """The program with an element for each round of what its rounds leave as they found it."""
    for _ in range(MOST_RESTORED):
        found = next(_changes(program), None)
        if found is None:
            break
        program = replace(program, nests=found)
    return program


def _changes(program: Program) -> Iterator[tuple[Nest, ...]]:
    for number, nest in enumerate(program.nests):
        for reset in range(len(nest.body)):
            if _may_reset(nest, reset) and program.arrays[_written(nest, reset)].values is None:
                for depth in range(len(nest.loops), 0, -1):
                    found = _Round(program, number, reset, depth).nests()
                    if found is not None:
                        yield found


def _written(nest: Nest, n: int) -> str:
    return array_of(nest.body[n].target)


def _may_reset(nest: Nest, n: int) -> bool:
    """Is a value that no round changes given to an array that was used before?"""
    _, statement = acting(nest.body[n])
    array = array_of(statement.target)
    indices, changed = nest.indices, {array_of(item.target) for item in nest.body}
    read = {array_of(part) for part in elements(statement.value)}
    used = any(array_of(item.target) == array for item in nest.body[:n])
    return (
        statement.op == "="
        and used
        and indices.isdisjoint(statement.value.free_symbols)
        and read.isdisjoint(changed)
    )


@dataclass(frozen=True)
class _Start:
    """The value that an array holds before a loop, and the statement that gave it, if one did."""

    value: Expr
    nest: Nest | None


class _Round:
    """A nest of a program, the rounds of so many of its loops, and the statement that ends them."""

    def __init__(self, program: Program, number: int, reset: int, depth: int) -> None:
        self.program, self.number, self.reset = program, number, reset
        self.nest = program.nests[number]
        self.when, self.statement = acting(self.nest.body[reset])
        self.array = array_of(self.statement.target)
        self.dependences = Dependences(Integers.of(program), set(program.written))
        self.coverage = Coverage(program.arrays, self.dependences)
        self.outer, self.inner = self.nest.loops[:depth], self.nest.loops[depth:]

    def nests(self) -> tuple[Nest, ...] | None:
        """The nests of the program with this one changed; None where a round may see another."""
        start, after = self._start(), self._after()
        if start is None or after is None or start.value != self.statement.value:
            return None
        if not self._is_alone() or not self._ends_rounds(start, after):
            return None
        taken = {*names_of(self.program)}
        name = fresh(self.array.replace(".", ""), {*taken, self.array})
        before = () if start.nest is None else (self._begun(start.nest, name, {*taken, name}),)
        nests = self.program.nests
        changed = (*before, self._own(name), after)
        return (*nests[: self.number], *changed, *nests[self.number + 1 :])

    def _is_alone(self) -> bool:
        """Does the array decide about no round, and is the condition one of whole rounds?"""
        nest = self.nest
        ends = [end for loop in nest.loops for end in (loop.lower, loop.upper)]
        asked = {array_of(part) for end in (*ends, nest.guard) for part in elements(end)}
        own = {loop.index for loop in self.inner}
        written = {array_of(item.target) for item in nest.body}
        return asked.isdisjoint(written) and own.isdisjoint(nest.guard.free_symbols)

    # --- what the array holds before and after ---

    def _start(self) -> _Start | None:
        """What it holds where the loop touches it, if one value was given to all of that."""
        value = self.statement.value
        needed = {array_of(part) for part in elements(value)}
        for nest in reversed(self.program.nests[: self.number]):
            written = [array_of(item.target) for item in nest.body]
            if needed & set(written):
                return None
            if self.array in written:
                last = nest.body[-1 - written[::-1].index(self.array)]
                single = not nest.loops or written.count(self.array) == 1
                plain = single and last.op == "=" and nest.guard == sympy.true
                return _Start(last.value, replace(nest, body=(last,))) if plain else None
        if self.program.arrays[self.array].role == "input":
            return None
        return _Start(Integer(0), None)

    def _ends_rounds(self, start: _Start, after: Nest) -> bool:
        """Is every touched element given the value before the loop, and last in each round?"""
        touched = [
            access
            for n in range(len(self.nest.body))
            for access in self.dependences.accesses(self._in_round(n))
            if array_of(access.element) == self.array and n != self.reset
        ]
        last = self._in_round(self.reset)
        write = self.dependences.write(last)
        if any(self.dependences.meet(write, access, earlier=True) for access in touched):
            return False
        if not all(self.coverage.covers(last, access) for access in touched):
            return False
        if start.nest is None:
            return True
        first, left = (_only(nest) for nest in (start.nest, after))
        given = (*touched, write, self.dependences.write(left))
        return all(self.coverage.covers(first, access) for access in given)

    def _in_round(self, n: int) -> Update:
        """The executions of a statement in one round of the outer loops."""
        when, statement = acting(self.nest.body[n])
        guard = conjunction([*ranges(self.outer), when])
        place = (*(loop.index for loop in self.inner), Integer(n))
        return Update(self.inner, guard, statement, place, n)

    # --- the nests ---

    def _own(self, name: str) -> Nest:
        """The loop with an element for each round, without what ended the rounds."""
        rounds = [loop.index for loop in self.outer]

        def change(expr: Any) -> Any:
            if is_element(expr) and array_of(expr) == self.array:
                return element(name, *rounds, *map(change, indices_of(expr)))
            return rebuild(expr, change) if expr.args else expr

        body = (item.mapped(change) for n, item in enumerate(self.nest.body) if n != self.reset)
        return replace(self.nest, body=tuple(body))

    def _begun(self, start: Nest, name: str, taken: set[str]) -> Nest:
        """What each round begins with: for i: s2[i] = 1."""
        new: dict[Symbol, Expr] = {}
        for loop in start.loops:
            own = fresh(loop.index.name, taken)
            taken.add(own)
            new[loop.index] = index(own)
        given = start.renamed(new)
        loops = (replace(loop, index=new[loop.index]) for loop in given.loops)
        (statement,) = given.body
        places = (*(loop.index for loop in self.outer), *indices_of(statement.target))
        return Nest((*self.outer, *loops), (replace(statement, target=element(name, *places)),))

    def _after(self) -> Nest | None:
        """What the rounds leave, once more: for j: e[j] = 0."""
        places = indices_of(self.statement.target)
        placed = {part for place in places for part in place.free_symbols}
        loops = tuple(loop for loop in self.nest.loops if loop.index in placed)
        others = self.nest.indices - placed
        asked = [part for part in conjuncts(self.when) if not placed.isdisjoint(part.free_symbols)]
        parts = (*asked, *(end for loop in loops for end in (loop.lower, loop.upper)))
        if any(not others.isdisjoint(part.free_symbols) for part in parts):
            return None
        return Nest(loops, (self.statement,), conjunction(asked))


def _only(nest: Nest) -> Update:
    """The one statement of a nest."""
    (statement,) = nest.body
    return Update(nest.loops, nest.guard, statement, (Integer(0),), 0)
