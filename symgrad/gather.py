"""The closed form of updates: each element once, as a sum with exact bounds.

A scatter adds to places, a gather collects what arrives at one place:

    for i, l: A[f(i, l)] += v(i, l)      =>      for p: A[p] = Σ_{i, l : f(i, l) = p} v(i, l)

`f = p` is solved for loop indices, the outermost first, where the coefficient is ±1; the ranges of
the solved indices become bounds on those that remain:

    for i in 1..H-h+1, l: I.grad[i+l-1] += K[l] * J.grad[i]
    for p: I.grad[p] = sum(l in max(1, p+h-H)..min(p, h), K[l] * J.grad[p-l+1])

An index that has only one value is substituted (`y.grad[ceil(p/2)]` under a pooling of stride 2);
what is no bound (a parity, `y[b] == p`, a condition on data) becomes the condition of the sum, or a
bracket. All updates of an array become one statement, where the last of them stood. isl simplifies
all bounds under the declared assumptions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import sympy
from sympy import Expr, Integer, Mul, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.binding import fresh, names, rebind
from symgrad.bounds import Constraint, Range, constraints_of, nested, single_value
from symgrad.expressions import (
    Bracket,
    SumOver,
    add,
    array_of,
    element,
    elements,
    index,
    indices_of,
    mul,
    negate,
    rename,
)
from symgrad.program import Array, Axis, Loop, Nest, Program, Statement
from symgrad.separate import Inseparable, separate
from symgrad.sets import Integers, conjuncts, within

TARGET_NAMES = ("p", "q", "r", "s", "t", "u", "v", "p2", "q2", "r2", "s2", "t2", "u2", "v2")


def gather(program: Program) -> Program:
    """The program with one statement per array; as it is where it is not separable."""
    outcome = separate(program)
    if isinstance(outcome, Inseparable):
        return program
    separated = outcome.program
    integers = Integers.of(separated)
    taken = names(separated)
    nests: list[Nest] = []
    for group in groups(separated.nests):
        array = separated.arrays[array_of(group[0].body[0].target)]
        if all(_stays_inside(nest, array, integers) for nest in group):
            nests.append(gathered(group, array, integers, taken))
        else:
            nests += group
    return replace(separated, nests=tuple(nests))


def _stays_inside(nest: Nest, array: Array, integers: Integers) -> bool:
    """Are all written elements inside the axes? Those of an auxiliary are only read off its use."""
    loops = [
        part
        for loop in nest.loops
        for part in within(loop.index, Axis(loop.upper, loop.lower))
    ]
    conditions = [*loops, *conjuncts(nest.guard)]
    return array.role != "auxiliary" or all(
        position in {loop.index for loop in nest.loops if Axis(loop.upper, loop.lower) == axis}
        or all(integers.implies(conditions, part) for part in within(position, axis))
        for position, axis in zip(indices_of(nest.body[0].target), array.axes, strict=True)
    )


def groups(nests: Sequence[Nest]) -> list[list[Nest]]:
    """The nests that write one array, together at the place of the last of them.

    An array that is read between its updates (element by element) keeps them apart.
    """
    last = {array_of(nest.body[0].target): n for n, nest in enumerate(nests)}
    first = {array_of(nest.body[0].target): n for n, nest in reversed(list(enumerate(nests)))}
    result: list[list[Nest]] = []
    for n, nest in enumerate(nests):
        name = array_of(nest.body[0].target)
        apart = any(name in _read(other) for other in nests[first[name] : last[name] + 1])
        if apart:
            result.append([nest])
        elif n == last[name]:
            result.append([other for other in nests if array_of(other.body[0].target) == name])
    return result


def _read(nest: Nest) -> set[str]:
    statement = nest.body[0]
    parts = (nest.guard, statement.value, *indices_of(statement.target))
    return {array_of(found) for part in parts for found in elements(part)}


# --- one contribution --------------------------------------------------------------------------


@dataclass(frozen=True)
class Contribution:
    """What one update adds at the target's indices: a sum over indices, where conditions hold."""

    indices: tuple[Symbol, ...]
    constraints: tuple[Constraint, ...]
    conditions: tuple[Boolean, ...]
    value: Expr
    sign: int = 1

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
        )


def contribution(
    nest: Nest, spots: Sequence[Symbol], integers: Integers, taken: Collection[str]
) -> Contribution:
    """An update as a sum over its loops, with an equation for each index of the target."""
    statement = nest.body[0]
    new = _renaming(nest, spots, taken)
    inner = tuple(new.get(loop.index, loop.index) for loop in nest.loops)
    reserved = {*taken, *(symbol.name for symbol in (*spots, *inner))}
    value = rename(rebind(statement.value, (*spots, *inner, *new), reserved), new)
    guard = rename(rebind(nest.guard, (*spots, *inner, *new), reserved), new)
    parts = [
        rename(part, new)
        for loop in nest.loops
        for part in within(loop.index, Axis(loop.upper, loop.lower))
    ]
    parts += conjuncts(guard)
    for spot, position in zip(spots, indices_of(statement.target), strict=True):
        position = rename(position, new)
        if position != spot:
            parts.append(sympy.Eq(position, spot, evaluate=False))
    sign = -1 if statement.op == "-=" else 1
    bound, more, value = _opened(value, integers)
    constraints, conditions = _sorted((*parts, *more), integers)
    remaining = (*(symbol for symbol in inner if symbol not in spots), *bound)
    return Contribution(remaining, constraints, conditions, value, sign)


def _renaming(
    nest: Nest, spots: Sequence[Symbol], taken: Collection[str]
) -> dict[Symbol, Expr]:
    """Names for the loops: the target's where the index stands there alone, else their own."""
    new: dict[Symbol, Expr] = {}
    own = {loop.index for loop in nest.loops}
    for spot, position in zip(spots, indices_of(nest.body[0].target), strict=True):
        if position in own and position not in new:
            new[position] = spot
    reserved = {*taken, *(spot.name for spot in spots)}
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


def _sorted(
    parts: Iterable[Boolean], integers: Integers
) -> tuple[tuple[Constraint, ...], tuple[Boolean, ...]]:
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

    First by the equations `±i == e`, then by `c*i == e`, then where the ranges leave one value.
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


# --- one statement -----------------------------------------------------------------------------


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
        value = mul(Bracket(_all(parts)), self.value) if parts else self.value
        return negate(value) if self.sign < 0 else value


def gathered(
    group: Sequence[Nest], array: Array, integers: Integers, taken: Collection[str]
) -> Nest:
    """All updates of an array as one statement."""
    spots = target_indices([indices_of(nest.body[0].target) for nest in group], taken)
    pairs = zip(spots, array.axes, strict=True)
    axes = [Loop(spot, axis.lower, axis.upper) for spot, axis in pairs]
    known = [part for axis in axes for part in within(axis.index, Axis(axis.upper, axis.lower))]
    terms = []
    for nest in group:
        found = solved(contribution(nest, spots, integers, taken), known, integers)
        terms.append(term(found, known, integers))
    loops, terms = _common_range(axes, terms, integers)
    value = add(*(part.expr for part in terms))
    return Nest(tuple(loops), (Statement(element(array.name, *spots), "=", value),))


def target_indices(
    positions: Sequence[tuple[Expr, ...]], taken: Collection[str]
) -> tuple[Symbol, ...]:
    """For each axis the index that stands there alone in every update, else p, q, r, …"""
    spots: list[Symbol] = []
    for axis in zip(*positions, strict=True):
        usual = axis[0]
        if all(isinstance(position, Symbol) and position.is_integer for position in axis) and (
            usual not in spots and not usual.is_positive
        ):
            spots.append(usual)
            continue
        reserved = {*taken, *(spot.name for spot in spots)}
        spots.append(index(next(name for name in TARGET_NAMES if name not in reserved)))
    return tuple(spots)


def term(
    contribution: Contribution, known: Sequence[Boolean], integers: Integers
) -> Term:
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
    return SumOver.over(limits, body, _all(conditions))


def _all(conditions: Sequence[Boolean]) -> Boolean:
    if not conditions:
        return sympy.true
    return conditions[0] if len(conditions) == 1 else sympy.And(*conditions, evaluate=False)


def _common_range(
    axes: Sequence[Loop], terms: Sequence[Term], integers: Integers
) -> tuple[list[Loop], list[Term]]:
    """The target's range: narrower than its axes where all terms are confined to one box."""
    outside = terms[0].outside
    if not outside or any(set(part.outside) != set(outside) for part in terms):
        return list(axes), list(terms)
    constraints, _ = _sorted(
        [part for axis in axes for part in within(axis.index, Axis(axis.upper, axis.lower))],
        integers,
    )
    every = [*outside, *constraints]
    found = nested([axis.index for axis in axes], every, (), integers)
    if found is None or found[1] or found[2]:
        return list(axes), list(terms)
    ranges = {item.index: item for item in found[0]}
    loops = [Loop(symbol, item.lower, item.upper) for symbol, item in ranges.items()]
    return loops, [replace(part, outside=()) for part in terms]
