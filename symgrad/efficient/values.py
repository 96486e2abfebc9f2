"""Expressions as sums of products of array elements.

    exp(s[b, j]) * (1 - p[b, j])        E[$0, $1] - E[$0, $1] p[$0, $1]        with E = exp(s)

Whatever has no such normal form (a maximum, an access `A[i - j]`) is an array that is read and not
looked into. How a head is read is a row of `VALUES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from symgrad.efficient.loops import evened, uneven
from symgrad.efficient.terms import ONE, Poly, access, add, bind, constant, multiply, names, scale
from symgrad.expressions import (
    Element,
    array_of,
    elements,
    index,
    indices_of,
    is_element,
    is_extent,
    is_index,
    rename,
)
from symgrad.heads import FUNCTION_NAMES, Bracket, Partial, SumOver, Where
from symgrad.program import Array, Axis, Loop, Program
from symgrad.proof.terms import Exponent
from symgrad.sets.literals import conjunction, conjuncts
from symgrad.shapes import own_accesses, standing

SLOPES: dict[str, tuple[int, ...]] = {"sigma": (0, 1, -1), "tanh": (1, 0, -1)}
"""The derivative of a function as a polynomial in its value y: y - y^2 and 1 - y^2."""


INEQUALITIES = (
    sympy.StrictGreaterThan,
    sympy.GreaterThan,
    sympy.StrictLessThan,
    sympy.LessThan,
)


class Values:
    """Expressions of one program (and the one it follows) in normal form."""

    def __init__(self, program: Program) -> None:
        self.arrays: Mapping[str, Array] = program.arrays
        self.axes = {name: array.axes for name, array in self.arrays.items()}
        self.atoms = Atoms()
        for name, array in program.arrays.items():
            self.atoms.stored[name] = tuple(map(self.range, array.axes))
        for condition in program.assumptions:
            self._assumed(condition)
        self._fresh = count(1000)

    def range(self, axis: Axis) -> str:
        """The name of an axis's range: `B`, or `0..B`."""
        name = str(axis.upper) if axis.lower == 1 else f"{axis.lower}..{axis.upper}"
        self.atoms.axes.setdefault(name, axis)
        return name

    def _assumed(self, condition: Boolean) -> None:
        """`assume x > 0` for every element of x."""
        if not isinstance(condition, sympy.StrictGreaterThan):
            return
        left, right = condition.args
        if is_element(left) and right.is_number and right >= 0:
            self.atoms.positive.add(array_of(left))

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
        loops, condition = tuple(Loop(*limit) for limit in expr.limits), expr.condition
        if any(map(uneven, loops)):
            loops, conditions = evened(loops, self.alone(own_accesses(expr)))
            if any(map(uneven, loops)):
                return self._foreign(expr, scope, ranges)
            condition = conjunction([*conjuncts(condition), *conditions])

        def summand(inner: Mapping[Symbol, int], over: Scope) -> Poly:
            body = self.value(expr.body, inner, over)
            if condition is sympy.true:
                return body
            return multiply(body, self._foreign(Bracket(condition), inner, over))

        return self.summed(loops, summand, scope, ranges)

    def summed(
        self,
        loops: Iterable[Loop],
        body: Callable[[Mapping[Symbol, int], Scope], Poly],
        scope: Mapping[Symbol, int],
        ranges: Scope,
    ) -> Poly:
        """sum(loops, body), the body read with the indices of the loops in scope."""
        bound = {-next(self._fresh): loop for loop in loops}
        names = {i: self.range(Axis(loop.upper, loop.lower)) for i, loop in bound.items()}
        inner = {**scope, **{loop.index: i for i, loop in bound.items()}}
        value = body(inner, {**ranges, **names})
        return bind(value, names) if names else value

    def bracket(self, expr: Bracket, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        return self.condition(expr.condition, scope, ranges)

    def where(self, expr: Where, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        """c u + (1 - c) v for `u if c else v`."""
        condition, *sides = expr.args
        held = self.condition(condition, scope, ranges)
        then, otherwise = (self.value(side, scope, ranges) for side in sides)
        rest = add(constant(ONE), scale(held, -ONE))
        return add(multiply(held, then), multiply(rest, otherwise))

    def condition(self, condition: Boolean, scope: Mapping[Symbol, int], ranges: Scope) -> Poly:
        """[u > v], and [u >= v] = 1 - [v > u]; any other condition is not looked into."""
        if isinstance(condition, Not) and any(elements(condition)):
            held = self.condition(condition.args[0], scope, ranges)
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

    def alone(self, found: Iterable[tuple[Element, Sequence[Loop]]]) -> dict[Symbol, set[Axis]]:
        """The axes on which each index stands alone."""
        return standing(((part, tuple(scope)) for part, scope in found), self.axes)


def _derived(poly: Mapping[int, Fraction], slope: tuple[int, ...]) -> dict[int, Fraction]:
    """The derivative of a polynomial in y, where y' = slope(y)."""
    result: dict[int, Fraction] = {}
    for n, coefficient in poly.items():
        for m, by in enumerate(slope):
            if n and coefficient * by:
                result[n - 1 + m] = result.get(n - 1 + m, Fraction(0)) + n * coefficient * by
    return result


Rule = Callable[[Values, Any, Mapping[Symbol, int], Scope], Poly]

VALUES: list[tuple[Any, Rule]] = [
    (sympy.Rational, lambda values, e, scope, ranges: constant(fmpq(int(e.p), int(e.q)))),
    (Symbol, Values.symbol),
    (sympy.Indexed, Values.element),
    (
        sympy.Add,
        lambda values, e, scope, ranges: add(
            {}, *(values.value(part, scope, ranges) for part in e.args)
        ),
    ),
    (sympy.Mul, Values.product),
    (sympy.Pow, Values.power),
    (SumOver, Values.sum),
    (Bracket, Values.bracket),
    (Where, Values.where),
    (Partial, Values.partial),
    (AppliedUndef, Values.opaque),
]
"""How each head is read; elementary functions by their name, anything else is not looked into."""
