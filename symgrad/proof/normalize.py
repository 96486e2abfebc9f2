"""Programs as definitions: what each element of each array holds, in normal form.

    for b, j: Z[b] += exp(s[b, j])   defines   Z[$b] = {(@j in 1..J | exp(s[$b, @j])): 1}

A separated program runs one statement a nest, to its end, before the next nest starts; so the
nests are read in order, each one changing the definition of its target:

    for i if c: A[f(i)] += v    A[$] becomes A[$] + sum(i if c and f(i) == $, v)
    for i if c: A[f(i)]  = v    A[$] becomes A[$] [$ is not written] + sum(i if c and f(i) == $, v)

where `=` must write each element at most once. Arrays of the forward pass that are complete stand
as atoms; what a side writes itself is put in at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import sympy
from sympy import Expr

from symgrad.expressions import array_of, elements, index, indices_of
from symgrad.program import Nest, Program, Statement
from symgrad.proof.rational import Algebra
from symgrad.proof.scope import DEFINED, Demand, Extra, Scope
from symgrad.proof.terms import (
    LABEL,
    UNIT,
    OutOfReach,
    Poly,
    access,
    add,
    atom_poly,
    constant,
    subtract,
)
from symgrad.proof.theory import Definition, Own, Theory, Use, instance
from symgrad.proof.translate import Translation
from symgrad.separation.recurrence import CARRIED
from symgrad.sets.affine import (
    Affine,
    equal,
    plus,
    variable,
)

TRUE = "*"
"""The mark of a true gradient; without a definition of its own it is the free seed."""


HELD = index("held")
"""The value of an array that holds an index, as an index itself."""


@dataclass(frozen=True)
class Mark:
    """How far a run has come: the nest, and what each array holds."""

    place: int
    current: Mapping[str, Definition]


class Run:
    """One program, nest after nest: what each array that it writes holds so far."""

    def __init__(self, theory: Theory, program: Program, owner: str, forward: bool = False) -> None:
        self.theory = theory
        self.program = program
        self.owner = owner
        self.forward = forward
        self.current: dict[str, Definition] = {}
        self.last = {
            array_of(statement.target): place
            for place, nest in enumerate(program.nests)
            for statement in nest.body
        }
        self.complete: set[str] = set()
        self.place = -1
        self.own: tuple[str, tuple[Affine, ...]] | None = None

    def until(self, name: str) -> Definition:
        """Run on until an array is complete."""
        self._on(self.last[name])
        return self.current[name]

    def mark(self) -> Mark:
        return Mark(self.place, dict(self.current))

    def back(self, mark: Mark) -> None:
        """Undo what ran since a mark."""
        self.place, self.current = mark.place, dict(mark.current)

    def finish(self) -> None:
        """Run on to the end."""
        self._on(len(self.program.nests) - 1)

    def _on(self, last: int) -> None:
        while self.place < last:
            self.place += 1
            try:
                self._run(self.program.nests[self.place])
            except OutOfReach:
                self.place, self.own = self.place - 1, None  # the nest has not run
                raise

    def _run(self, nest: Nest) -> None:
        if len(nest.body) != 1:
            raise OutOfReach("a body of several statements")
        self.statement(nest, nest.body[0])
        name = array_of(nest.body[0].target)
        if self.last[name] == self.place:
            self._complete(name)

    def _complete(self, name: str) -> None:
        """An array of the forward pass that is written no more is known by its name from now on.

        So it is where a side computes it anew, as the forward pass does.
        """
        if not self.forward:
            if self._as_given(name):
                self.complete.add(name)
            return
        self.complete.add(name)
        known = self.theory.definitions.setdefault(name, self.current[name])
        if known != self.current[name]:
            raise OutOfReach("two forward passes that differ")
        if name not in self.theory.order:
            self.theory.order.append(name)

    def _as_given(self, name: str) -> bool:
        """Does an array hold at sight what the forward pass computes under its name?"""
        known, array = self.theory.definitions.get(name), self.program.arrays[name]
        if known is None or self.theory.arrays[name] != array or array.values is not None:
            return False
        found = self.current[name]
        return instance(self.theory, known, tuple(map(variable, found.formals))) == found.poly

    def statement(self, nest: Nest, statement: Statement) -> None:
        name = array_of(statement.target)
        self._refuse_reads_outside_values(nest, statement)
        algebra, old = self.theory.algebra, self._old(name)
        if self.program.arrays[name].values is not None and statement.op != "=":
            raise OutOfReach("arithmetic on an array that holds an index")
        value, asked = self._contribution(nest, statement, old, statement.value)
        reads_itself = name in nest.reads
        number = self.program.arrays[name].values is None
        before = old.demands
        first = statement.op == "=" and number and not old.poly and not reads_itself and not before
        if first and _spreads(nest, statement):
            kept = old.poly
        elif statement.op in ("=", "*=") or reads_itself:
            written, _ = self._contribution(nest, statement, old, None)
            if self.program.arrays[name].values is not None and written != constant(UNIT):
                raise OutOfReach("an array that holds an index in some places only")
            if not _at_most_once(algebra, written):
                raise OutOfReach("an element that is overwritten")
            spared = subtract(constant(UNIT), written)
            kept = algebra.multiply(old.poly, spared)
            if statement.op == "=" and before:
                before = (Use(old, tuple(map(variable, old.formals)), Scope().guarded(spared)),)
        if statement.op == "=":
            poly = add(kept, value)
        elif statement.op == "*=":
            poly = add(kept, algebra.multiply(old.poly, value))
        else:
            poly = add(old.poly, value) if statement.op == "+=" else subtract(old.poly, value)
        self.current[name] = Definition(old.formals, poly, (*before, *asked))

    def _refuse_reads_outside_values(self, nest: Nest, statement: Statement) -> None:
        """Bounds and places must not depend on the array that is being written."""
        name = array_of(statement.target)
        if name not in nest.reads:
            return
        parts = [bound for loop in nest.loops for bound in (loop.lower, loop.upper)]
        parts += indices_of(statement.target)
        if any(array_of(read) == name for part in parts for read in elements(part)):
            raise OutOfReach("an array that decides where it is written")

    def _contribution(
        self, nest: Nest, statement: Statement, old: Definition, value: Expr | None
    ) -> tuple[Poly, tuple[Own | Use, ...]]:
        """sum(loops if guard and places == formals, value); without value, the count of writes.

        With it comes what it demands for the element at the formals.
        """
        algebra = self.theory.algebra
        translation = Translation(
            algebra,
            self.theory.laws,
            self.program.arrays,
            self.read,
            self.label,
            self._is_demanding,
        )
        scope, extra = translation.ranges(
            ((loop.index, loop.lower, loop.upper) for loop in nest.loops), Scope()
        )
        met = Extra()

        def inside(at: Scope) -> Poly:
            places = tuple(translation.form(part, at, met) for part in indices_of(statement.target))
            self.own = (array_of(statement.target), places)
            pairs = zip(old.formals, places, strict=False)
            same = (equal(plus(variable(formal), place, -1)) for formal, place in pairs)
            met.constraints += [item for item in same if item is not None]
            guard = translation.condition(nest.guard, at)
            held = translation.bound(guard, met)
            if value is None:
                return held
            at = at.guarded(guard)
            if self.program.arrays[self.own[0]].values is not None:
                at = replace(at, variables={**at.variables, HELD: old.formals[-1]})
                holds = sympy.Eq(HELD, value, evaluate=False)
                return algebra.multiply(held, translation.condition(holds, at))
            return algebra.multiply(held, translation.value(value, at))

        parts = [*indices_of(statement.target), nest.guard, *([] if value is None else [value])]
        result = translation.bound(translation.labelled(parts, scope, inside), extra)
        self.own = None
        if value is not None and self.forward:
            self.theory.demands += translation.demands
        return result, () if value is None or self.forward else tuple(self._asked(translation, met))

    def _asked(self, translation: Translation, met: Extra) -> Iterator[Own | Use]:
        """What a statement demands where it meets an element."""
        for demand in translation.demands:
            yield Own(demand, demand.scope.within(met))
        for read in translation.reads:
            if CARRIED in read.name:
                left = self.theory.algebra.freeze(atom_poly(access(read.name, read.places)))
                yield Own(Demand(DEFINED, read.scope, left), read.scope.within(met))
            else:
                yield Use(self.current[read.name], read.places, read.scope.within(met))

    def _is_demanding(self, name: str) -> bool:
        """May elements of an array be undefined, which is not known of the forward pass?"""
        held = CARRIED in name or (name in self.current and bool(self.current[name].made))
        return held and not self.forward

    def _old(self, name: str) -> Definition:
        """What an array holds before its next update."""
        if name in self.current:
            return self.current[name]
        array = self.program.arrays[name]
        formals = self.theory.formals(self.owner, name, array.axes)
        if array.values is not None:
            held = self.theory.formals(self.owner, name + ".held", (array.values,))
            nought = equal(variable(held[0]))
            within = () if nought is None else (nought,)
            return Definition(
                (*formals, *held), self.theory.algebra.bind(constant(UNIT), (), within)
            )
        start = {} if array.role != "input" else self._initial(name, map(variable, formals))
        return Definition(formals, start)

    def _initial(self, name: str, places: Iterable[Affine]) -> Poly:
        """The value of an input before the program writes it."""
        if self.forward and name in self.last:
            name += "@0"
        return atom_poly(access(name, places))

    def read(self, name: str, places: tuple[Affine, ...]) -> Poly:
        """What an element holds where the statement at hand reads it."""
        if self.own is not None and name == self.own[0] and places != self.own[1]:
            raise OutOfReach("a statement that reads other elements of the array that it writes")
        if name in self.current and name not in self.complete:
            return instance(self.theory, self.current[name], places)
        if name in self.last and self.last[name] >= self.place:
            array = self.program.arrays[name]
            return {} if array.role != "input" else self._initial(name, places)
        if name.endswith(TRUE) and name not in self.theory.definitions:
            name = name.rstrip(TRUE)
        return atom_poly(access(name, places))

    def label(self, name: str, forms: tuple[Affine, ...]) -> Poly:
        """[value == name[places]] where the statement at hand reads it; see `terms.LABEL`."""
        value, _, _, *places = forms
        if name in self.last and self.last[name] >= self.place and name not in self.current:
            raise OutOfReach("an index that is read before it is written")
        if name in self.current and name not in self.complete:
            return instance(self.theory, self.current[name], (*places, value))
        return atom_poly((LABEL, name, forms, ()))


def _spreads(nest: Nest, statement: Statement) -> bool:
    """Does every execution write an element of its own, for every loop's index is a place of it?"""
    return {loop.index for loop in nest.loops} <= set(indices_of(statement.target))


def _at_most_once(algebra: Algebra, written: Poly) -> bool:
    """Is this sum, which counts the writes of an element, 0 or 1?  w w = w"""
    return algebra.multiply(written, written) == written
