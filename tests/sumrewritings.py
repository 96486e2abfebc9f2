"""Other expressions of the same value: terms, factors and sums.

reordered      terms, factors and conditions from the right to the left
parities       sums over even and over odd places
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from regroupings import values
from sympy import Add, Expr, Mul, Symbol
from sympy.logic.boolalg import And, Or

from symgrad.expressions import add, is_extent, mul, rename
from symgrad.heads import Bracket, SumOver
from symgrad.program import Program


def reordered(program: Program) -> Program:
    """Terms, factors and conditions from the right to the left."""

    def rule(expr: Any) -> Any:
        if isinstance(expr, Add):
            return add(*reversed(expr.args))
        if isinstance(expr, Mul):
            return mul(*reversed(expr.args))
        if isinstance(expr, (And, Or)):
            return expr.func(*reversed(expr.args), evaluate=False)
        return expr

    return values(program, rule)


def distributed(program: Program) -> Program:
    """a (b + c) d = a b d + a c d."""

    def rule(expr: Any) -> Any:
        if not isinstance(expr, Mul):
            return expr
        for n, factor in enumerate(expr.args):
            if isinstance(factor, Add):
                return add(
                    *(mul(*expr.args[:n], term, *expr.args[n + 1 :]) for term in factor.args)
                )
        return expr

    return values(program, rule)


def last_apart(program: Program) -> Program:
    """sum(k in 1..N, u[k]) = sum(k in 1..N-1, u[k]) + u[N]."""
    return _sums(program, _without_last)


def first_apart(program: Program) -> Program:
    """sum(k in 1..N, u[k]) = u[1] + sum(k in 2..N, u[k])."""
    return _sums(program, _without_first)


def parities(program: Program) -> Program:
    """sum(k, u[k]) = sum(k if mod(k, 2) == 0, u[k]) + sum(k if mod(k, 2) == 1, u[k])."""

    def rule(total: SumOver, n: int) -> Expr:
        k = total.limits[n][0]
        return add(
            *(
                SumOver.over(total.limits, total.body, both(total.condition, parity(k, rest)))
                for rest in (0, 1)
            )
        )

    return _sums(program, rule)


def reflected(program: Program) -> Program:
    """sum(k in 1..N, u[k]) = sum(k in 1..N, u[N+1-k])."""

    def rule(total: SumOver, n: int) -> Expr:
        k, lower, upper = total.limits[n]
        new = {k: lower + upper - k}
        return SumOver.over(total.limits, rename(total.body, new), rename(total.condition, new))

    return _sums(program, rule)


def shifted(program: Program) -> Program:
    """sum(k in 1..N, u[k]) = sum(k in 3..N+2, u[k-2])."""

    def rule(total: SumOver, n: int) -> Expr:
        k, lower, upper = total.limits[n]
        limits = [*total.limits]
        limits[n] = (k, lower + 2, upper + 2)
        new = {k: k - 2}
        return SumOver.over(limits, rename(total.body, new), rename(total.condition, new))

    return _sums(program, rule)


def nested(program: Program) -> Program:
    """sum(i, j, e) = sum(j, sum(i, e))."""

    def rule(total: SumOver, n: int) -> Expr:
        if len(total.limits) < 2:
            return total
        rest = [limit for m, limit in enumerate(total.limits) if m != n]
        inner = SumOver.over([total.limits[n]], total.body, total.condition)
        return SumOver.over(rest, inner)

    return _sums(program, rule)


def _sums(program: Program, rule: Callable[[SumOver, int], Expr]) -> Program:
    """A rule for sums, with the place of an index on which no other limit depends."""

    def change(expr: Any) -> Any:
        if isinstance(expr, SumOver):
            for n, (k, _, _) in enumerate(expr.limits):
                others = [limit for m, limit in enumerate(expr.limits) if m != n]
                if not any(k in end.free_symbols for _, *ends in others for end in ends):
                    return rule(expr, n)
        return expr

    return values(program, change)


def _without_last(total: SumOver, n: int) -> Expr:
    k, lower, upper = total.limits[n]
    if not is_axis(lower, upper):
        return total
    return add(_limited(total, n, (k, lower, upper - 1)), _at(total, n, upper))


def _without_first(total: SumOver, n: int) -> Expr:
    k, lower, upper = total.limits[n]
    if not is_axis(lower, upper):
        return total
    return add(_at(total, n, lower), _limited(total, n, (k, lower + 1, upper)))


def is_axis(lower: Expr, upper: Expr) -> bool:
    """Is this 1..N, which has at least one element?"""
    return bool(lower == 1 and is_extent(upper))


def _limited(total: SumOver, n: int, limit: tuple[Symbol, Expr, Expr]) -> Expr:
    limits = [*total.limits[:n], limit, *total.limits[n + 1 :]]
    return SumOver.over(limits, total.body, total.condition)


def _at(total: SumOver, n: int, place: Expr) -> Expr:
    """The sum over the other indices, at one place of the n-th."""
    new = {total.limits[n][0]: place}
    body, condition = rename(total.body, new), rename(total.condition, new)
    rest = [limit for m, limit in enumerate(total.limits) if m != n]
    if rest:
        return SumOver.over(rest, body, condition)
    return body if condition == sympy.true else mul(Bracket(condition), body)


def both(one: Any, other: Any) -> Any:
    return other if one == sympy.true else And(one, other, evaluate=False)


def parity(k: Symbol, rest: int) -> Any:
    return sympy.Eq(sympy.Mod(k, 2), rest, evaluate=False)
