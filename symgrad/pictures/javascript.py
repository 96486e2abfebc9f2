"""Expressions of scalars as JavaScript, for the page.

f_yy(y, z) * g'(x)^2        d("f", [2, 0], [v["y"], v["z"]]) * d("g", [1], [v["x"]]) ** 2
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sympy
from sympy import Add, Expr, Mul, Pow, Rational, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from symgrad.errors import StudentError
from symgrad.heads import FUNCTION_NAMES, Bracket, Partial, SumOver, Where


def script(expr: Any) -> str:
    """JavaScript that computes the expression; StudentError for what the page cannot compute."""
    for head, writer in WRITERS:
        if isinstance(expr, head):
            return writer(expr)
    if FUNCTION_NAMES.get(type(expr), "erf") != "erf":
        return f"F.{FUNCTION_NAMES[type(expr)]}({_listed(expr.args)})"
    raise StudentError("the page computes no such formula", kind="limit")


def _listed(parts: tuple[Expr, ...]) -> str:
    return ", ".join(map(script, parts))


def _name(name: str) -> str:
    return f"v[{json.dumps(name)}]"


def _slope(name: str, orders: tuple[int, ...], arguments: tuple[Expr, ...]) -> str:
    return f"d({json.dumps(name)}, {list(orders)}, [{_listed(arguments)}])"


def _partial(expr: Partial) -> str:
    return _slope(expr.function, expr.orders, expr.arguments)


def _opaque(expr: AppliedUndef) -> str:
    return _slope(expr.func.__name__, (0,) * len(expr.args), expr.args)


def _summed(expr: SumOver) -> str:
    if len(expr.limits) != 1:
        raise StudentError("the page computes sums over one range only", kind="limit")
    ((bound, lower, upper),) = expr.limits
    body = f"({script(expr.condition)} ? {script(expr.body)} : 0)"
    return (
        f"S({script(lower)}, {script(upper)}, n => {{ {_name(bound.name)} = n; return {body}; }})"
    )


WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (Rational, lambda e: f"({e.p} / {e.q})" if e.q != 1 else f"({e.p})"),
    (Symbol, lambda e: _name(e.name)),
    (Add, lambda e: f"({' + '.join(map(script, e.args))})"),
    (Mul, lambda e: f"({' * '.join(map(script, e.args))})"),
    (Pow, lambda e: f"(({script(e.base)}) ** {script(e.exp)})"),
    (Partial, _partial),
    (AppliedUndef, _opaque),
    (Bracket, lambda e: f"({script(e.condition)} ? 1 : 0)"),
    (Where, lambda e: f"({' ? '.join(map(script, e.args[:2]))} : {script(e.args[2])})"),
    (sympy.Max, lambda e: f"Math.max({_listed(e.args)})"),
    (sympy.Min, lambda e: f"Math.min({_listed(e.args)})"),
    (SumOver, _summed),
    (sympy.And, lambda e: f"({' && '.join(map(script, e.args))})"),
    (sympy.Or, lambda e: f"({' || '.join(map(script, e.args))})"),
    (sympy.Not, lambda e: f"!({script(e.args[0])})"),
    (type(sympy.true), lambda _: "true"),
    (Relational, lambda e: f"({script(e.lhs)} {RELATIONS[type(e)]} {script(e.rhs)})"),
)

RELATIONS: dict[type, str] = {
    sympy.Eq: "===",
    sympy.Ne: "!==",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
}
