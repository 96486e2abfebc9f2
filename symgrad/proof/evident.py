"""Sums that are nowhere negative as they are written.

    sum(n, (sum(d, X[n, d] w[d]) - Y[n])^2)      1/N sum(i, (x[i] - sum(k, x[k]) / N)^2) + 1/100

Multiplied out they are a sum of terms of either sign, of which that is hard to see; what they are
when multiplied out is noted (`Facts.note`). Only even powers, sums, products and what has a sign by
itself are looked through, so what is noted is a sum of squares whatever its elements are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias

import sympy
from sympy import Expr

from symgrad.heads import SumOver
from symgrad.proof.laws import Laws
from symgrad.proof.rational import Algebra
from symgrad.proof.scope import Extra, Scope
from symgrad.proof.terms import UNIT, Poly, add, constant

MOST_RAISED = 4
"""A higher even power is not multiplied out to see it."""

Signed: TypeAlias = "tuple[Poly, bool]"
"""A sum that is nowhere negative, and whether it is positive."""


class Translator(Protocol):
    """What makes sums of expressions."""

    algebra: Algebra
    laws: Laws

    def value(self, expr: Expr, scope: Scope) -> Poly: ...

    def condition(self, condition: Any, scope: Scope) -> Poly: ...

    def ranges(self, limits: Iterable[Any], scope: Scope) -> tuple[Scope, Extra]: ...

    def labelled(
        self, parts: Iterable[Any], scope: Scope, body: Callable[[Scope], Poly]
    ) -> Poly: ...

    def bound(self, body: Poly, extra: Extra) -> Poly: ...


def evident(translator: Translator, expr: Expr, scope: Scope) -> Signed | None:
    """The sum that an expression is, if it is nowhere negative as it is written."""
    for head, rule in RULES:
        if isinstance(expr, head):
            found = rule(translator, expr, scope)
            if found is not None:
                return found
    return _by_itself(translator, expr, scope)


def _by_itself(translator: Translator, expr: Expr, scope: Scope) -> Signed | None:
    value, facts = translator.value(expr, scope), translator.laws.facts
    if not facts.positive(translator.algebra, value, strict=False):
        return None
    return value, facts.positive(translator.algebra, value)


def _power(translator: Translator, expr: Expr, scope: Scope) -> Signed | None:
    base, exponent = expr.args
    if not (exponent.is_Integer and exponent % 2 == 0 and 0 < exponent <= MOST_RAISED):
        return None
    value = translator.value(base, scope)
    return translator.algebra.multiply(*[value] * int(exponent)), False


def _product(translator: Translator, expr: Expr, scope: Scope) -> Signed | None:
    """u u v, for v >= 0."""
    result, positive = constant(UNIT), True
    for part, times in Counter(expr.args).items():
        value = translator.value(part, scope)
        result = translator.algebra.multiply(result, *[value] * (times // 2 * 2))
        positive = positive and times < 2
        if times % 2:
            found = evident(translator, part, scope)
            if found is None:
                return None
            result = translator.algebra.multiply(result, found[0])
            positive = positive and found[1]
    return result, positive


def _added(translator: Translator, expr: Expr, scope: Scope) -> Signed | None:
    parts = [evident(translator, part, scope) for part in expr.args]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    return add({}, *(poly for poly, _ in found)), any(positive for _, positive in found)


def _sum(translator: Translator, expr: SumOver, scope: Scope) -> Signed | None:
    inner, extra = translator.ranges(expr.limits, scope)
    seen: list[Signed | None] = []

    def body(at: Scope) -> Poly:
        held = translator.condition(expr.condition, at)
        seen.append(evident(translator, expr.body, at.guarded(held)))
        return translator.algebra.multiply(held, seen[-1][0]) if seen[-1] else {}

    value = translator.labelled((expr.body, expr.condition), inner, body)
    return (translator.bound(value, extra), False) if all(seen) else None


RULES: tuple[tuple[Any, Callable[[Translator, Any, Scope], Signed | None]], ...] = (
    (sympy.Pow, _power),
    (sympy.Mul, _product),
    (sympy.Add, _added),
    (SumOver, _sum),
)
"""How each kind of expression is looked through."""
