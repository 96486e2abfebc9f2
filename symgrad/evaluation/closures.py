"""Expressions as Python closures, compiled once and run literally.

A product asks its brackets first: where one is false the product is 0 and nothing else in it is
evaluated. `where` evaluates the chosen side only. Everything else is evaluated as written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any

import sympy
from sympy import Add, Expr, Indexed, Mul, Pow, Symbol
from sympy.core.function import AppliedUndef

from symgrad.evaluation.frames import ARITHMETIC, ONE, Closure, Frame, Scope
from symgrad.evaluation.operations import general_power, rational_power, smaller
from symgrad.evaluation.positions import has_elements
from symgrad.evaluation.reductions import either
from symgrad.evaluation.truths import Truths
from symgrad.evaluation.values import Number
from symgrad.expressions import is_element
from symgrad.heads import (
    FUNCTION_NAMES,
    ArgmaxOver,
    Bracket,
    MaxOver,
    MinOver,
    Partial,
    SumOver,
    Where,
)


class Compiler(Truths):
    """Turns expressions over known arrays into closures over frames of one layout."""

    def value(self, expr: Expr, scope: Scope) -> Closure:
        self.compiled += 1
        for head, compile_head in VALUES:
            if isinstance(expr, head):
                return compile_head(self, expr, scope)
        raise TypeError(f"no meaning for {type(expr).__name__}: {expr!r}")

    def number(self, expr: Expr, _: Scope) -> Closure:
        slot = self.layout.of(self.layout.constants, expr)
        return lambda frame: frame[slot]

    def symbol(self, expr: Symbol, scope: Scope) -> Closure:
        return self.element(expr, scope) if is_element(expr) else self.integer(expr, scope)

    def integer(self, expr: Expr, scope: Scope) -> Closure:
        whole = self.whole(expr, scope)
        return lambda frame: frame[ARITHMETIC].number(whole(frame))

    def sum(self, expr: Add, scope: Scope) -> Closure:
        return _summed([self.value(term, scope) for term in expr.args])

    def product(self, expr: Mul, scope: Scope) -> Closure:
        conditions = [factor.condition for factor in expr.args if isinstance(factor, Bracket)]
        factors = [factor for factor in expr.args if not isinstance(factor, Bracket)]
        if len(factors) > 1 and factors[0] == -1:
            product = _negated(self._product(factors[1:], scope))
        else:
            product = self._product(factors, scope)
        return either(self.all_of(conditions, scope), product) if conditions else product

    def _product(self, factors: Sequence[Expr], scope: Scope) -> Closure:
        return _multiplied([self.value(factor, scope) for factor in factors])

    def power(self, expr: Pow, scope: Scope) -> Closure:
        base = self.value(expr.base, scope)
        if not expr.exp.is_Rational:
            raised = self.value(expr.exp, scope)
            return lambda frame: general_power(frame[ARITHMETIC], base(frame), raised(frame))
        exponent = Fraction(int(expr.exp.p), int(expr.exp.q))
        if exponent == -1:
            return lambda frame: frame[ARITHMETIC].reciprocal(base(frame))
        return lambda frame: rational_power(frame[ARITHMETIC], base(frame), exponent)

    def elementary(self, expr: Expr, scope: Scope) -> Closure:
        return self._called(FUNCTION_NAMES[type(expr)], (0,), expr.args, scope)

    def opaque(self, expr: AppliedUndef, scope: Scope) -> Closure:
        return self._called(expr.func.__name__, (0,) * len(expr.args), expr.args, scope)

    def partial(self, expr: Partial, scope: Scope) -> Closure:
        return self._called(expr.function, expr.orders, expr.arguments, scope)

    def _called(
        self, name: str, orders: tuple[int, ...], arguments: Iterable[Expr], scope: Scope
    ) -> Closure:
        slot = self.layout.of(self.layout.functions, (name, orders))
        values = [self.value(argument, scope) for argument in arguments]
        if len(values) == 1:
            only = values[0]
            return lambda frame: frame[slot](only(frame))
        return lambda frame: frame[slot](*[value(frame) for value in values])

    def extremum(self, expr: Expr, scope: Scope) -> Closure:
        """The larger or smaller of several values."""
        values = [self.value(argument, scope) for argument in expr.args]
        if isinstance(expr, sympy.Max):
            return lambda frame: reduce(frame[ARITHMETIC].larger, [v(frame) for v in values])
        return lambda frame: reduce(
            lambda a, b: smaller(frame[ARITHMETIC], a, b), [v(frame) for v in values]
        )

    def integer_part(self, expr: Expr, scope: Scope) -> Closure:
        if not has_elements(expr):
            return self.integer(expr, scope)
        parts = [self.value(argument, scope) for argument in expr.args]
        if isinstance(expr, sympy.floor):
            return lambda frame: frame[ARITHMETIC].floor(parts[0](frame))
        if isinstance(expr, sympy.ceiling):
            return lambda frame: -frame[ARITHMETIC].floor(-parts[0](frame))
        return lambda frame: _remainder(frame, parts[0](frame), parts[1](frame))

    def bracket(self, expr: Bracket, scope: Scope) -> Closure:
        return either(self.condition(expr.condition, scope), lambda frame: frame[ONE])

    def where(self, expr: Where, scope: Scope) -> Closure:
        then, otherwise = (self.value(side, scope) for side in expr.args[1:])
        return either(self.condition(expr.args[0], scope), then, otherwise)


def _summed(parts: Sequence[Closure]) -> Closure:
    match parts:
        case [a]:
            return a
        case [a, b]:
            return lambda frame: a(frame) + b(frame)
    return lambda frame: reduce(add, [part(frame) for part in parts])


def _multiplied(parts: Sequence[Closure]) -> Closure:
    match parts:
        case []:
            return lambda frame: frame[ONE]
        case [a]:
            return a
        case [a, b]:
            return lambda frame: a(frame) * b(frame)
    return lambda frame: reduce(mul, [part(frame) for part in parts])


def _negated(part: Closure) -> Closure:
    return lambda frame: -part(frame)


def _remainder(frame: Frame, x: Number, y: Number) -> Number:
    """x - y floor(x / y)"""
    arithmetic = frame[ARITHMETIC]
    return x - y * arithmetic.floor(x * arithmetic.reciprocal(y))


VALUES: list[tuple[Any, Callable[[Compiler, Any, Scope], Closure]]] = [
    (sympy.Rational, Compiler.number),
    (Symbol, Compiler.symbol),
    (Indexed, Compiler.element),
    (Add, Compiler.sum),
    (Mul, Compiler.product),
    (Pow, Compiler.power),
    (SumOver, Compiler.total),
    (MaxOver, Compiler.largest),
    (MinOver, Compiler.least),
    (ArgmaxOver, Compiler.argmax_value),
    (Bracket, Compiler.bracket),
    (Where, Compiler.where),
    (Partial, Compiler.partial),
    ((sympy.Max, sympy.Min), Compiler.extremum),
    ((sympy.floor, sympy.ceiling, sympy.Mod), Compiler.integer_part),
    (tuple(FUNCTION_NAMES), Compiler.elementary),
    (AppliedUndef, Compiler.opaque),
]
"""What each head means."""
