"""What one update adds at a place of its target.

    for i, l if g: A[f(i, l)] += v(i, l)      adds      Σ_{i, l : f(i, l) = p and g} v(i, l)

A contribution holds the sum's indices, the linear constraints on them (ranges, the affine part of
the guard and of brackets, the equations f = p), all other conditions, and the value. Sums at the
top of the value join the loops. Equations and ranges that leave an index no choice are solved;
what remains is read off as nested ranges.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import sympy
from sympy import Expr, Integer, Mul, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.algebra.binding import fresh, rebind
from symgrad.expressions import index, indices_of, is_index, mul, negate, rename
from symgrad.heads import Bracket, SumOver
from symgrad.program import Axis, Nest
from symgrad.sets.bounds import Constraint, Range, constraints_of, nested, single_value
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, conjuncts, ranges, within


@dataclass(frozen=True)
class Contribution:
    """What one update adds at the target's indices: a sum over indices, where conditions hold."""

    indices: tuple[Symbol, ...]
    constraints: tuple[Constraint, ...]
    conditions: tuple[Boolean, ...]
    value: Expr
    sign: int = 1
    solutions: tuple[tuple[Symbol, Expr], ...] = ()
    """The indices that were solved for, and what stands in their places."""

    def put(self, symbol: Symbol, value: Expr) -> Contribution:
        """One index less."""
        new = {symbol: value}
        return replace(
            self,
            indices=tuple(other for other in self.indices if other != symbol),
            constraints=tuple(
                found for part in self.constraints for found in part.put(symbol, value)
            ),
            conditions=tuple(rename(part, new) for part in self.conditions),
            value=rename(self.value, new),
            solutions=(*self.solutions, (symbol, value)),
        )


def contribution(
    nest: Nest, spots: Sequence[Expr], integers: Integers, taken: Collection[str]
) -> Contribution:
    """An update as a sum over its loops, with an equation for each index of the target."""
    statement = nest.body[0]
    new = _renaming(nest, spots, taken)
    inner = tuple(new.get(loop.index, loop.index) for loop in nest.loops)
    scope = (*filter(is_index, spots), *inner, *new)
    reserved = {*taken, *(symbol.name for symbol in scope)}
    value = rename(rebind(statement.value, scope, reserved), new)
    guard = rename(rebind(nest.guard, scope, reserved), new)
    parts = [rename(part, new) for part in ranges(nest.loops)]
    parts += conjuncts(guard)
    for spot, position in zip(spots, indices_of(statement.target), strict=True):
        position = rename(position, new)
        if position != spot:
            parts.append(sympy.Eq(position, spot, evaluate=False))
    sign = -1 if statement.op == "-=" else 1
    bound, more, value = _opened(value, integers)
    constraints, conditions = in_kinds((*parts, *more), integers)
    remaining = (*(symbol for symbol in inner if symbol not in spots), *bound)
    return Contribution(remaining, constraints, conditions, value, sign)


def _renaming(nest: Nest, spots: Sequence[Expr], taken: Collection[str]) -> dict[Symbol, Expr]:
    """Names for the loops: the target's where the index stands there alone, else their own."""
    new: dict[Symbol, Expr] = {}
    own = {loop.index for loop in nest.loops}
    for spot, position in zip(spots, indices_of(nest.body[0].target), strict=True):
        if position in own and position not in new:
            new[position] = spot
    reserved = {*taken, *(str(spot) for spot in spots)}
    for loop in nest.loops:
        if loop.index not in new and loop.index in spots:
            name = fresh(loop.index.name, reserved)
            reserved.add(name)
            new[loop.index] = index(name)
    return {old: name for old, name in new.items() if old != name}


def _opened(
    value: Expr, integers: Integers
) -> tuple[tuple[Symbol, ...], tuple[Boolean, ...], Expr]:
    """Sums at the top of a value become indices, affine brackets of a product conditions."""
    bound: tuple[Symbol, ...] = ()
    parts: tuple[Boolean, ...] = ()
    while True:
        if isinstance(value, SumOver):
            for symbol, lower, upper in value.limits:
                bound += (symbol,)
                parts += within(symbol, Axis(upper, lower))
            parts += conjuncts(value.condition)
            value = value.body
            continue
        if isinstance(value, Mul):
            affine = [
                factor
                for factor in value.args
                if isinstance(factor, Bracket)
                and constraints_of(factor.condition, integers) is not None
            ]
            if affine:
                parts += tuple(part for factor in affine for part in conjuncts(factor.condition))
                value = mul(*(factor for factor in value.args if factor not in affine))
                continue
        return bound, parts, value


def in_kinds(
    parts: Iterable[Boolean], integers: Integers
) -> tuple[tuple[Constraint, ...], tuple[Boolean, ...]]:
    """Linear constraints, and the conditions that are none."""
    constraints: list[Constraint] = []
    conditions: list[Boolean] = []
    for part in parts:
        found = constraints_of(part, integers)
        if found is None:
            conditions.append(part)
        else:
            constraints += found
    return tuple(constraints), tuple(conditions)


def solved(
    contribution: Contribution, known: Sequence[Boolean], integers: Integers
) -> Contribution:
    """The contribution without the indices that the others determine, the outermost first.

    First by the equations `±i == e`, then by `c*i == e`, then where the ranges leave one value. A
    form that is shown has as few indices as it can: here a quotient may take the place of one.
    """
    for symbol in contribution.indices:
        contribution = _by_equation(contribution, symbol, 1)
    for symbol in contribution.indices:
        contribution = _by_equation(contribution, symbol, None)
    for symbol in contribution.indices:
        value = single_value(symbol, contribution.constraints, known, integers)
        if value is not None:
            contribution = contribution.put(symbol, value)
    return contribution


def _by_equation(contribution: Contribution, symbol: Symbol, largest: int | None) -> Contribution:
    """Put e/c for an index where an equation says c*i == e; e mod c == 0 is left as a condition."""
    for part in contribution.constraints:
        slope = part.slope(symbol)
        if not part.equality or not slope or (largest and abs(slope) > largest):
            continue
        rest = sympy.expand(part.form - slope * symbol) * (-1 if slope > 0 else 1)
        divisor = abs(slope)
        divides: tuple[Boolean, ...] = ()
        if divisor > 1:
            divides = (sympy.Eq(sympy.Mod(rest, divisor), Integer(0), evaluate=False),)
        others = tuple(other for other in contribution.constraints if other != part)
        return replace(
            contribution, constraints=others, conditions=(*contribution.conditions, *divides)
        ).put(symbol, sympy.ceiling(sympy.expand(rest / divisor)))
    return contribution


@dataclass(frozen=True)
class Term:
    """sign * [outside and conditions] * value; neither depends on an index of a sum."""

    outside: tuple[Constraint, ...]
    conditions: tuple[Boolean, ...]
    value: Expr
    sign: int

    @property
    def expr(self) -> Expr:
        parts = [*(part.condition for part in self.outside), *self.conditions]
        value = mul(Bracket(conjunction(parts)), self.value) if parts else self.value
        return negate(value) if self.sign < 0 else value


def term(contribution: Contribution, known: Sequence[Boolean], integers: Integers) -> Term:
    """A contribution as a sum with nested ranges, as far as its constraints are bounds."""
    found = nested(contribution.indices, contribution.constraints, known, integers)
    assert found is not None, "every loop index has a range"
    ranges, outside, leftover = found
    conditions = (*contribution.conditions, *(part.condition for part in leftover))
    value = contribution.value
    symbols = {item.index for item in ranges}
    within_sum = [part for part in conditions if part.free_symbols & symbols]
    around = [part for part in conditions if not part.free_symbols & symbols]
    if ranges:
        value = _sum(ranges, within_sum, value)
    return Term(tuple(outside), tuple(around), value, contribution.sign)


def _sum(ranges: Sequence[Range], conditions: Sequence[Boolean], body: Expr) -> Expr:
    limits = [(item.index, item.lower, item.upper) for item in ranges]
    return SumOver.over(limits, body, conjunction(conditions))
