"""What a derived answer need not spell out: the loss has gradient 1, an assumed sum its value.

L.grad = 1;  Yp.grad += L.grad * (Yp - Y)       =>  Yp.grad += Yp - Y
assume sum(k, y[k]) == 1;  yp[i] * sum(k, y[k])  =>  yp[i]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Integer, Mul

from symgrad.expressions import array_of, is_element, mul, rebuild, rename
from symgrad.heads import SumOver
from symgrad.program import GRADIENT, Loss, Program

Value: TypeAlias = Callable[[Any], Expr | None]


def with_known_values(program: Program) -> Program:
    """The program with known values put in, without the statements that only state them."""
    losses = {item.name + GRADIENT for item in program.declared(Loss)}
    equations = [one for one in program.assumptions if isinstance(one, sympy.Eq)]

    def value(expr: Any) -> Expr | None:
        if is_element(expr) and array_of(expr) in losses:
            return Integer(1)
        if isinstance(expr, SumOver):
            return next((eq.rhs for eq in equations if _same_sum(expr, eq.lhs)), None)
        return None

    nests = []
    for nest in program.nests:
        if any(array_of(statement.target) in losses for statement in nest.body):
            continue
        body = tuple(replace(one, value=put(one.value, value)) for one in nest.body)
        nests.append(replace(nest, body=body))
    return replace(program, nests=tuple(nests))


def put(expr: Any, value: Value) -> Any:
    """The expression with values in their places; a factor 1 disappears."""
    found = value(expr)
    if found is not None:
        return found
    if is_element(expr) or not getattr(expr, "args", ()):
        return expr
    if not isinstance(expr, Mul):
        return rebuild(expr, lambda part: put(part, value))
    return product([put(factor, value) for factor in expr.args])


def product(factors: list[Expr]) -> Expr:
    """The product without its factors 1, unless only a quotient would remain."""
    kept = [factor for factor in factors if factor != 1]
    return mul(*kept) if kept else Integer(1)


def _same_sum(left: SumOver, right: Any) -> bool:
    """Are these the same sum, but for the names of the bound indices?"""
    if not isinstance(right, SumOver) or len(left.limits) != len(right.limits):
        return False
    names = {other[0]: own[0] for own, other in zip(left.limits, right.limits, strict=True)}
    renamed = [(names[i], rename(lo, names), rename(up, names)) for i, lo, up in right.limits]
    return bool(
        left == SumOver.over(renamed, rename(right.body, names), rename(right.condition, names))
    )
