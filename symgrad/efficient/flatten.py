"""Programs as definitions: what every element of an array holds, as one sum of products.

    for b, j: Z[b] += exp(s[b, j])    is    Z[$0] = sum(@0 in 1..J, E[$0, @0])

A statement is plain if its target's indices are loops over the whole of their axes. What is not
(`I.grad[i + l - 1] += …`, loops over parts of an axis) stays a scatter: its place is kept, its
value is a definition over its loops. Whatever has no such normal form (a maximum, an access
`A[i - j]`) is an array that is read and not looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import count
from typing import Any

import sympy
from flint import fmpq
from sympy import Expr, Symbol
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean, Not

from symgrad.algebra.binding import rebound
from symgrad.efficient.atoms import FOREIGN, Atoms, Scope
from symgrad.efficient.laws import applied, factor, raised, step
from symgrad.efficient.terms import (
    ONE,
    Poly,
    access,
    add,
    bind,
    constant,
    multiply,
    names,
    scale,
)
from symgrad.expressions import (
    Element,
    array_of,
    element,
    elements,
    index,
    indices_of,
    is_element,
    is_extent,
    is_index,
    rename,
)
from symgrad.heads import FUNCTION_NAMES, Bracket, Partial, SumOver, Where
from symgrad.program import Array, Axis, Loop, Nest, Program, Statement
from symgrad.proof.terms import Exponent
from symgrad.sets.literals import conjunction, conjuncts
from symgrad.shapes import accesses, own_accesses, standing

SLOPES: dict[str, tuple[int, ...]] = {"sigma": (0, 1, -1), "tanh": (1, 0, -1)}
"""The derivative of a function as a polynomial in its value y: y - y^2 and 1 - y^2."""


INEQUALITIES = (
    sympy.StrictGreaterThan,
    sympy.GreaterThan,
    sympy.StrictLessThan,
    sympy.LessThan,
)


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


def range_name(lower: Expr, upper: Expr) -> str:
    return str(upper) if lower == 1 else f"{lower}..{upper}"


class Reader:
    """Expressions and statements of one program (and the one it follows) in normal form."""

    def __init__(self, program: Program) -> None:
        self.arrays: Mapping[str, Array] = program.arrays
        self.atoms = Atoms()
        for name, array in program.arrays.items():
            self.atoms.stored[name] = tuple(map(self._range, array.axes))
        for condition in program.assumptions:
            self._assumed(condition)
        self._fresh = count(1000)

    def _range(self, axis: Axis) -> str:
        name = range_name(axis.lower, axis.upper)
        self.atoms.axes.setdefault(name, axis)
        return name

    def _assumed(self, condition: Boolean) -> None:
        """`assume x > 0` for every element of x."""
        if not isinstance(condition, sympy.StrictGreaterThan):
            return
        left, right = condition.args
        if is_element(left) and right.is_number and right >= 0:
            self.atoms.positive.add(array_of(left))

    def zeros(self, program: Program) -> list[Poly]:
        """What is assumed to be 0: left - right of `assume sum(k, y[k]) == 1`."""
        found = []
        for condition in program.assumptions:
            if isinstance(condition, sympy.Equality) and condition.has(SumOver):
                scope, ranges = self._rows(condition)
                left, right = (self.value(side, scope, ranges) for side in condition.args)
                found.append(add(left, scale(right, -ONE)))
        return found

    def _rows(self, condition: Boolean) -> tuple[dict[Symbol, int], dict[int, str]]:
        """The free indices of an assumption, which holds for every row."""
        axes = {name: array.axes for name, array in self.arrays.items()}
        free = sorted(filter(is_index, condition.free_symbols), key=str)
        alone = standing(accesses(condition), axes)
        known = [(symbol, alone[symbol]) for symbol in free if symbol in alone]
        scope = {symbol: ~n for n, (symbol, _) in enumerate(known)}
        return scope, {~n: self._range(min(on, key=str)) for n, (_, on) in enumerate(known)}

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
        apart = _apart(nest, statement)
        if self._is_plain(*apart):
            nest, statement = apart
        sign = fmpq(-1 if statement.op == "-=" else 1)
        loops = {loop.index: loop for loop in nest.loops}
        places = indices_of(statement.target)
        if self._is_plain(nest, statement):
            scope = {place: ~n for n, place in enumerate(places)}
            ranges = {~n: range_ for n, range_ in enumerate(item.ranges)}
            others = [loop for loop in nest.loops if loop.index not in scope]
            item.poly = add(
                item.poly, scale(self._summed(nest, statement, others, scope, ranges), sign)
            )
            return
        fixed = set().union(
            *(place.free_symbols for place in places),
            nest.guard.free_symbols,
            *(bound.free_symbols for loop in nest.loops for bound in (loop.lower, loop.upper)),
        )
        formals = tuple(loop for loop in nest.loops if loop.index in fixed)
        names = tuple(self._range(Axis(loop.upper, loop.lower)) for loop in formals)
        scope = {loop.index: ~n for n, loop in enumerate(formals)}
        ranges = {~n: range_ for n, range_ in enumerate(names)}
        others = [loop for loop in nest.loops if loop.index not in fixed]
        unguarded = Nest(nest.loops, nest.body)
        poly = self._summed(unguarded, statement, others, scope, ranges)
        item.scatters.append(Scatter(nest, formals, names, scale(poly, sign)))
        assert set(loops) >= set(scope)

    def _summed(
        self,
        nest: Nest,
        statement: Statement,
        others: list[Loop],
        scope: dict[Symbol, int],
        ranges: dict[int, str],
    ) -> Poly:
        """What a statement adds to one element: its value, summed over the other loops."""
        bound = {next(self._fresh) * -1: loop for loop in others}
        names = {i: self._range(Axis(loop.upper, loop.lower)) for i, loop in bound.items()}
        inner = {**scope, **{loop.index: i for i, loop in bound.items()}}
        value = self.value(statement.value, inner, {**ranges, **names})
        if nest.guard is not sympy.true:
            value = multiply(value, self._condition(nest.guard, inner, {**ranges, **names}))
        return bind(value, names) if names else value

    def _even(self, nest: Nest) -> Nest:
        """`for i, j in 1..i` as `for i, j if j <= i`, where j stands alone on an axis."""
        if not any(map(_uneven, nest.loops)):
            return nest
        alone = self._alone(own_accesses(nest))
        loops, conditions = _evened(nest.loops, alone)
        return replace(nest, loops=loops, guard=conjunction([*conjuncts(nest.guard), *conditions]))

    def _alone(self, found: Iterable[tuple[Element, Sequence[Loop]]]) -> dict[Symbol, set[Axis]]:
        axes = {name: array.axes for name, array in self.arrays.items()}
        return standing(((part, tuple(scope)) for part, scope in found), axes)

    def _is_plain(self, nest: Nest, statement: Statement) -> bool:
        """Are the target's places loops over the whole of their axes, and no loop uneven?"""
        places = indices_of(statement.target)
        loops = {loop.index: Axis(loop.upper, loop.lower) for loop in nest.loops}
        axes = self.arrays[array_of(statement.target)].axes
        return (
            statement.op != "*="
            and len(set(places)) == len(places)
            and all(loops.get(place) == axis for place, axis in zip(places, axes, strict=True))
            and not any(map(_uneven, nest.loops))
        )

    # --- values ---

    def value(self, expr: Expr, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        for head, rule in VALUES:
            if isinstance(expr, head):
                return rule(self, expr, scope, ranges)
        name = FUNCTION_NAMES.get(type(expr))
        if name is None:
            return self._foreign(expr, scope, ranges)
        return applied(self.atoms, name, (self.value(expr.args[0], scope, ranges),), ranges)

    def symbol(self, expr: Expr, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        if is_extent(expr):
            return access("#" + expr.name)
        return self.element(expr, scope, ranges)

    def element(self, expr: Expr, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        if not is_element(expr) or self.arrays[array_of(expr)].values is not None:
            return self._foreign(expr, scope, ranges)
        places = indices_of(expr)
        if not all(place in scope for place in places):
            return self._foreign(expr, scope, ranges)
        return access(array_of(expr), [scope[place] for place in places])

    def product(self, expr: Expr, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        parts = (self.value(part, scope, ranges) for part in expr.args)
        return multiply(constant(ONE), *(factor(self.atoms, part, ranges) for part in parts))

    def power(self, expr: Expr, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        base, exponent = (expr.args[0], expr.args[1])
        inner = self.value(base, scope, ranges)
        if not exponent.is_Rational:
            parts = (inner, self.value(exponent, scope, ranges))
            return applied(self.atoms, "pow", parts, ranges)
        power: Exponent = int(exponent) if exponent.is_Integer else Fraction(exponent.p, exponent.q)
        result = raised(self.atoms, inner, power, ranges)
        for _, factors in result:
            for (name, _), own in factors:
                if own < 0 and power < 0:
                    self.atoms.nonzero.add(name)
                if isinstance(own, Fraction) and len(inner) == 1 and len(factors) == 1:
                    self.atoms.positive.add(name)
        return result

    def sum(self, expr: SumOver, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        loops = tuple(Loop(*limit) for limit in expr.limits)
        if any(map(_uneven, loops)):
            loops, conditions = _evened(loops, self._alone(own_accesses(expr)))
            if any(map(_uneven, loops)):
                return self._foreign(expr, scope, ranges)
            limits = [(loop.index, loop.lower, loop.upper) for loop in loops]
            condition = conjunction([*conjuncts(expr.condition), *conditions])
            expr = SumOver.over(limits, expr.body, condition)
        bound = {-next(self._fresh): limit for limit in expr.limits}
        names = {i: self._range(Axis(upper, lower)) for i, (_, lower, upper) in bound.items()}
        inner = {**scope, **{limit[0]: i for i, limit in bound.items()}}
        body = self.value(expr.body, inner, {**ranges, **names})
        if expr.condition is not sympy.true:
            held = self._foreign(Bracket(expr.condition), inner, {**ranges, **names})
            body = multiply(body, held)
        return bind(body, names)

    def bracket(self, expr: Bracket, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        return self._condition(expr.condition, scope, ranges)

    def where(self, expr: Where, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        """c u + (1 - c) v for `u if c else v`."""
        condition, *sides = expr.args
        held = self._condition(condition, scope, ranges)
        then, otherwise = (self.value(side, scope, ranges) for side in sides)
        rest = add(constant(ONE), scale(held, -ONE))
        return add(multiply(held, then), multiply(rest, otherwise))

    def _condition(self, condition: Boolean, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        """[u > v], and [u >= v] = 1 - [v > u]; any other condition is not looked into."""
        if isinstance(condition, Not) and any(elements(condition)):
            held = self._condition(condition.args[0], scope, ranges)
            return add(constant(ONE), scale(held, -ONE))
        if isinstance(condition, INEQUALITIES) and any(elements(condition)):
            greater, less = (
                self.value(side, scope, ranges) for side in (condition.gts, condition.lts)
            )
            gap = add(greater, scale(less, -ONE))
            if not any(self._is_foreign(name) for name in names(gap)):
                if isinstance(condition, sympy.StrictGreaterThan | sympy.StrictLessThan):
                    return step(self.atoms, gap, ranges)
                below = step(self.atoms, scale(gap, -ONE), ranges)
                return add(constant(ONE), scale(below, -ONE))
        return self._foreign(Bracket(condition), scope, ranges)

    def _is_foreign(self, name: str) -> bool:
        return name in self.atoms.known and self.atoms.known[name].head == FOREIGN

    def partial(self, expr: Partial, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        polys = tuple(self.value(part, scope, ranges) for part in expr.arguments)
        slope = SLOPES.get(expr.function)
        if slope is None:
            orders = ",".join(map(str, expr.orders))
            return applied(self.atoms, f"{expr.function}|{orders}", polys, ranges)
        value = applied(self.atoms, expr.function, polys, ranges)
        result = {n: Fraction(c) for n, c in enumerate(slope)}
        for _ in range(expr.orders[0] - 1):
            result = _derived(result, slope)
        return add(
            {}, *(scale(self._nth(value, n, ranges), fmpq(int(c))) for n, c in result.items())
        )

    def _nth(self, value: Poly, n: int, ranges: Scope) -> Poly:
        return raised(self.atoms, value, n, ranges) if n else constant(ONE)

    def opaque(self, expr: AppliedUndef, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        polys = tuple(self.value(part, scope, ranges) for part in expr.args)
        return applied(self.atoms, f"{expr.func.__name__}|", polys, ranges)

    def _foreign(self, expr: Any, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        """A tree as an array over the indices that are free in it, in their order of appearance."""
        tree = rebound(expr, frozenset(), lambda _, __, around: index(f"#{len(around) + 1}"))
        seen = [node for node in sympy.preorder_traversal(tree) if is_index(node) and node in scope]
        indices = list(dict.fromkeys(seen))
        new = {symbol: index(f"${n}") for n, symbol in enumerate(indices)}
        places = tuple(scope[symbol] for symbol in indices)
        name = self.atoms.foreign(
            rename(tree, new), tuple(ranges[i] for i in places), map(array_of, elements(tree))
        )
        return access(name, places)


def _evened(
    loops: Iterable[Loop], alone: Mapping[Symbol, set[Axis]]
) -> tuple[tuple[Loop, ...], list[Boolean]]:
    """Uneven loops over the one axis on which they stand, with what their bounds say."""
    even: list[Loop] = []
    conditions: list[Boolean] = []
    for loop in loops:
        axes = alone.get(loop.index, set())
        if not _uneven(loop) or len(axes) != 1:
            even.append(loop)
            continue
        (axis,) = axes
        even.append(Loop(loop.index, axis.lower, axis.upper))
        if loop.lower != axis.lower:
            conditions.append(sympy.Le(loop.lower, loop.index, evaluate=False))
        if loop.upper != axis.upper:
            conditions.append(sympy.Le(loop.index, loop.upper, evaluate=False))
    return tuple(even), conditions


def _apart(nest: Nest, statement: Statement) -> tuple[Nest, Statement]:
    """`for b: p[b, b] += u` as `for b, b1 if b == b1: p[b, b1] += u`."""
    places = list(indices_of(statement.target))
    loops = {loop.index: loop for loop in nest.loops}
    new: list[Loop] = []
    conditions = list(conjuncts(nest.guard))
    for n, place in enumerate(places):
        if place in places[:n] and place in loops:
            places[n] = index(f"{place}#{n}")
            new.append(Loop(places[n], loops[place].lower, loops[place].upper))
            conditions.append(sympy.Eq(place, places[n], evaluate=False))
    if not new:
        return nest, statement
    target = element(array_of(statement.target), *places)
    statement = replace(statement, target=target)
    return Nest((*nest.loops, *new), (statement,), conjunction(conditions)), statement


def _uneven(loop: Loop) -> bool:
    """Do the bounds of a loop depend on an index or on an array?"""
    return any(
        is_index(symbol) or is_element(symbol)
        for bound in (loop.lower, loop.upper)
        for symbol in bound.free_symbols
    )


def _derived(poly: Mapping[int, Fraction], slope: tuple[int, ...]) -> dict[int, Fraction]:
    """The derivative of a polynomial in y, where y' = slope(y)."""
    result: dict[int, Fraction] = {}
    for n, coefficient in poly.items():
        for m, by in enumerate(slope):
            if n and coefficient * by:
                result[n - 1 + m] = result.get(n - 1 + m, Fraction(0)) + n * coefficient * by
    return result


Rule = Callable[[Reader, Any, Mapping[Symbol, int], Scope], Poly]

VALUES: list[tuple[Any, Rule]] = [
    (sympy.Rational, lambda reader, e, scope, ranges: constant(fmpq(int(e.p), int(e.q)))),
    (Symbol, Reader.symbol),
    (sympy.Indexed, Reader.element),
    (
        sympy.Add,
        lambda reader, e, scope, ranges: add(
            {}, *(reader.value(part, scope, ranges) for part in e.args)
        ),
    ),
    (sympy.Mul, Reader.product),
    (sympy.Pow, Reader.power),
    (SumOver, Reader.sum),
    (Bracket, Reader.bracket),
    (Where, Reader.where),
    (Partial, Reader.partial),
    (AppliedUndef, Reader.opaque),
]
"""How each head is read; elementary functions by their name, anything else is not looked into."""
