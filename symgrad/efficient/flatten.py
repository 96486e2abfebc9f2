"""Programs as definitions: what every element of an array holds, as one sum of products.

    for b, j: Z[b] += exp(s[b, j])    is    Z[$0] = sum(@0 in 1..J, E[$0, @0])

A statement is plain if its target's indices are loops over the whole of their axes. What is not
(`I.grad[i + l - 1] += …`, loops over parts of an axis) stays a scatter: its place is kept, its
value is a definition over its loops. Whatever has no such normal form (a maximum, an access
`A[i - j]`) is an array that is read and not looked into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import sympy
from flint import fmpq
from sympy import Symbol
from sympy.logic.boolalg import Boolean

from symgrad.efficient.atoms import Scope
from symgrad.efficient.loops import apart, evened, uneven
from symgrad.efficient.terms import ONE, Poly, add, multiply, names, scale
from symgrad.efficient.values import Values
from symgrad.expressions import array_of, indices_of, is_index
from symgrad.heads import SumOver
from symgrad.program import Axis, Loop, Nest, Program, Statement
from symgrad.sets.literals import conjunction, conjuncts
from symgrad.shapes import accesses, own_accesses, standing


@dataclass(frozen=True)
class Scatter:
    """A nest that writes `target` for its loops; what it adds is a definition over `formals`."""

    nest: Nest
    formals: tuple[Loop, ...]
    ranges: tuple[str, ...]
    poly: Poly = field(hash=False)


@dataclass
class Sought:
    """An array that a program fills: one definition, and what is scattered into it."""

    name: str
    ranges: tuple[str, ...]
    poly: Poly = field(default_factory=dict)
    scatters: list[Scatter] = field(default_factory=list)


class Reader:
    """Statements of one program (and the one it follows) in normal form."""

    def __init__(self, program: Program) -> None:
        self.values = Values(program)
        self.atoms = self.values.atoms

    def zeros(self, program: Program) -> list[Poly]:
        """What is assumed to be 0: left - right of `assume sum(k, y[k]) == 1`."""
        found = []
        for condition in program.assumptions:
            if isinstance(condition, sympy.Equality) and condition.has(SumOver):
                scope, ranges = self._rows(condition)
                left, right = (self.values.value(side, scope, ranges) for side in condition.args)
                found.append(add(left, scale(right, -ONE)))
        return found

    def _rows(self, condition: Boolean) -> tuple[dict[Symbol, int], dict[int, str]]:
        """The free indices of an assumption, which holds for every row."""
        free = sorted(filter(is_index, condition.free_symbols), key=str)
        alone = standing(accesses(condition), self.values.axes)
        known = [(symbol, alone[symbol]) for symbol in free if symbol in alone]
        scope = {symbol: ~n for n, (symbol, _) in enumerate(known)}
        return scope, {~n: self.values.range(min(on, key=str)) for n, (_, on) in enumerate(known)}

    # --- statements ---

    def sought(self, nests: Iterable[Nest]) -> list[Sought]:
        """Every array that the nests fill, in the order in which they are completed."""
        found: dict[str, Sought] = {}
        for nest in nests:
            nest = self._even(nest)
            for statement in nest.body:
                name = array_of(statement.target)
                item = found.pop(name, None) or Sought(name, self.atoms.stored[name])
                found[name] = item
                self._statement(item, nest, statement)
                if not all(map(self.atoms.is_smooth, names(item.poly))):
                    self.atoms.kinked.add(name)
        return list(found.values())

    def _statement(self, item: Sought, nest: Nest, statement: Statement) -> None:
        parted = apart(nest, statement)
        if self._is_plain(*parted):
            nest, statement = parted
        sign = fmpq(-1 if statement.op == "-=" else 1)
        places = indices_of(statement.target)
        if self._is_plain(nest, statement):
            scope = {place: ~n for n, place in enumerate(places)}
            ranges = {~n: range_ for n, range_ in enumerate(item.ranges)}
            item.poly = add(item.poly, scale(self._summed(nest, statement, scope, ranges), sign))
            return
        fixed = set().union(
            *(place.free_symbols for place in places),
            nest.guard.free_symbols,
            *(bound.free_symbols for loop in nest.loops for bound in (loop.lower, loop.upper)),
        )
        formals = tuple(loop for loop in nest.loops if loop.index in fixed)
        names = tuple(self.values.range(Axis(loop.upper, loop.lower)) for loop in formals)
        scope = {loop.index: ~n for n, loop in enumerate(formals)}
        ranges = {~n: range_ for n, range_ in enumerate(names)}
        poly = self._summed(Nest(nest.loops, nest.body), statement, scope, ranges)
        item.scatters.append(Scatter(nest, formals, names, scale(poly, sign)))

    def _summed(
        self, nest: Nest, statement: Statement, scope: Mapping[Symbol, int], ranges: Scope
    ) -> Poly:
        """What a statement adds to one element: its value, summed over the other loops."""

        def added(inner: Mapping[Symbol, int], over: Scope) -> Poly:
            value = self.values.value(statement.value, inner, over)
            if nest.guard is sympy.true:
                return value
            return multiply(value, self.values.condition(nest.guard, inner, over))

        others = [loop for loop in nest.loops if loop.index not in scope]
        return self.values.summed(others, added, scope, ranges)

    def _even(self, nest: Nest) -> Nest:
        """`for i, j in 1..i` as `for i, j if j <= i`, where j stands alone on an axis."""
        if not any(map(uneven, nest.loops)):
            return nest
        loops, conditions = evened(nest.loops, self.values.alone(own_accesses(nest)))
        return replace(nest, loops=loops, guard=conjunction([*conjuncts(nest.guard), *conditions]))

    def _is_plain(self, nest: Nest, statement: Statement) -> bool:
        """Are the target's places loops over the whole of their axes, and no loop uneven?"""
        places = indices_of(statement.target)
        loops = {loop.index: Axis(loop.upper, loop.lower) for loop in nest.loops}
        axes = self.values.arrays[array_of(statement.target)].axes
        return (
            statement.op != "*="
            and len(set(places)) == len(places)
            and all(loops.get(place) == axis for place, axis in zip(places, axes, strict=True))
            and not any(map(uneven, nest.loops))
        )
