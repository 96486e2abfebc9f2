"""The derivative of one element by another, of the statements that compute it.

    y[i] += W[i, j] * x[j]           ∂y[i]/∂x[j]       W[i, j]
    J[i] += I[i + l - 1] * K[l]      ∂J[i]/∂I[p]       [1 <= p - i + 1 <= h] * K[p - i + 1]

The indices of the loops are summed over, under the equations of places, and those that an equation
fixes go: a sum with deltas is contracted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sympy
from sympy import Expr, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.algebra.binding import rebound
from symgrad.algebra.differentiate import Step, reads
from symgrad.algebra.tidy import total
from symgrad.expressions import Element, add, array_of, indices_of, mul, negate, rename
from symgrad.heads import Bracket, Reduction, SumOver
from symgrad.program import Axis, Loop, Nest, Program, Statement

Fresh = Callable[[Axis], Symbol]
"""Makes an index that runs over an axis."""


def local_derivative(program: Program, above: Element, by: Element, fresh: Fresh) -> Expr:
    """d above / d by, of the statements that compute the array of `above`."""
    terms = [
        negate(term) if line.op == "-=" else term
        for nest, line in program.statements
        if array_of(line.target) == array_of(above)
        for term in _terms(program, nest, line, above, by, fresh)
    ]
    return add(*terms) if len(terms) > 1 else terms[0]


def _terms(
    program: Program, nest: Nest, line: Statement, above: Element, by: Element, fresh: Fresh
) -> Iterator[Expr]:
    """One term for each place at which a statement reads the array."""
    new: dict[Symbol, Expr] = {}
    bounds: list[Loop] = []
    for loop in nest.loops:
        lower, upper = rename(loop.lower, new), rename(loop.upper, new)
        symbol = fresh(Axis(upper, lower))
        new[loop.index] = symbol
        bounds.append(Loop(symbol, lower, upper))
    value = _apart(rename(line.value, new), fresh)
    target, guard = rename(line.target, new), rename(nest.guard, new)
    known = _known_places(program, above, by)
    for step in reads(value):
        if array_of(step.part) != array_of(by):
            continue
        limits = [Loop(bound, lower, upper) for bound, lower, upper in step.limits]
        contraction = Contraction([*bounds, *limits], known)
        for one, other in ((target, above), (step.part, by)):
            for inner, outer in zip(indices_of(one), indices_of(other), strict=True):
                contraction.equate(inner, outer)
        yield contraction.term(step, guard)


def _apart(value: Expr, fresh: Fresh) -> Expr:
    """The expression with fresh bound indices, so that nothing put into it is captured."""

    def choose(reduction: Reduction, bound: Symbol, _: frozenset[Symbol]) -> Symbol:
        axis = next(Axis(upper, lower) for one, lower, upper in reduction.limits if one == bound)
        return fresh(axis)

    found: Expr = rebound(value, frozenset(), choose)
    return found


def _known_places(program: Program, *accessed: Element) -> dict[Expr, list[Axis]]:
    """The axes on which each index of an element lies."""
    found: dict[Expr, list[Axis]] = {}
    for one in accessed:
        axes = program.arrays[array_of(one)].axes
        for place, axis in zip(indices_of(one), axes, strict=True):
            found.setdefault(place, []).append(axis)
    return found


@dataclass
class Contraction:
    """The sum over bound indices, of which equations fix some.

    sum(l, m, [l == i] * [l + m - 1 == p] * e) = [1 <= p - i + 1 <= h] * e at l = i, m = p - i + 1
    """

    bounds: list[Loop]
    places: dict[Expr, list[Axis]]
    conditions: list[Boolean] = field(default_factory=list)
    new: dict[Symbol, Expr] = field(default_factory=dict)

    def equate(self, inner: Expr, outer: Expr) -> None:
        """Add the equation inner = outer; solve it for a bound index where that can be done."""
        inner = rename(inner, self.new)
        difference = sympy.expand(inner - outer)
        if difference == 0:
            return
        for loop in self.bounds:
            scale = difference.coeff(loop.index)
            rest = difference - scale * loop.index
            if scale in (1, -1) and not rest.has(loop.index):
                self._fix(loop, -rest * scale)
                return
        self.conditions.append(sympy.Eq(inner, outer, evaluate=False))

    def _fix(self, loop: Loop, value: Expr) -> None:
        """Put a value in the place of a bound index, whose range becomes a condition."""
        self.bounds.remove(loop)
        here = {loop.index: value}
        self.new = {old: rename(to, here) for old, to in self.new.items()} | here
        self.bounds = [one.renamed(here) for one in self.bounds]
        self.conditions = [rename(one, here) for one in self.conditions]
        if Axis(loop.upper, loop.lower) not in self.places.get(value, ()):
            ends = (
                sympy.LessThan(loop.lower, value, evaluate=False),
                sympy.LessThan(value, loop.upper, evaluate=False),
            )
            self.conditions.append(sympy.And(*ends, evaluate=False))

    def term(self, step: Step, guard: Boolean) -> Expr:
        """The derivative of the statement at the place that the equations fix."""
        guards = [one for one in (rename(guard, self.new),) if one is not sympy.true]
        guards += [rename(one, self.new) for one in step.guard]
        body = rename(total([step.derivative]), self.new)
        factors = [*map(Bracket, [*self.conditions, *guards])]
        factors += [] if body == 1 and factors else [body]
        product = mul(*factors) if len(factors) > 1 else factors[0]
        if not self.bounds:
            return product
        limits = [(loop.index, loop.lower, loop.upper) for loop in self.bounds]
        return SumOver.over(limits, product)
