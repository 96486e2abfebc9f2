"""Multiplying out: an expression as a sum of monomials, definitions put in place of elements.

    Z.grad[b] = -sum(j, p.grad[b, j] * p[b, j]) / Z[b]
    Z.grad[b] * exp(s[b, j])  becomes  -exp(s[b, j]) / Z[b] * sum(#1, p.grad[b, #1] * p[b, #1])

Sums over ranges are taken apart: one sum for each term of the body, factors without a bound index
in front of it, and a range that no factor uses as its extent. Bound indices are named by how deep
the sums within them nest (`#1` holds none), so that equal sums become equal trees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, Tuple

from symgrad.algebra.binding import rebind
from symgrad.algebra.monomials import Monomial, collected, product_of
from symgrad.algebra.tidy import product, total
from symgrad.expressions import (
    array_of,
    elements,
    index,
    indices_of,
    is_element,
    is_extent,
    rebuild,
    rename,
)
from symgrad.forms.deltas import at_label, without_deltas
from symgrad.heads import SumOver
from symgrad.program import Axis

Terms = list[Monomial]

MARK = "#"
LARGEST_POWER = 4
"""Higher powers of a sum are left as they stand."""


@dataclass(frozen=True)
class Definition:
    """`name[formals] = the sum of the terms`, for all values of the formals."""

    formals: tuple[Symbol, ...]
    terms: tuple[Monomial, ...]


@dataclass(frozen=True)
class Expansion:
    """How to multiply out: the definitions to put in, and what an atom is rewritten to.

    `rewrite` maps an atom (a function value, or a sum without definitions in it) to a monomial,
    or to None to leave it; sums over ranges among `kept` are not rewritten inside.
    """

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    rewrite: Callable[[Expr], Monomial | None] = lambda _: None
    kept: frozenset[Expr] = frozenset()
    labels: Mapping[str, Axis] = field(default_factory=dict)
    """The range of every array of indices."""

    def terms(self, expr: Expr) -> Terms:
        """The expression as a sum of monomials without like terms."""
        return collected(at_label(term, self.labels) for term in self._terms(expr))

    def _terms(self, expr: Expr) -> Terms:
        if isinstance(expr, Rational):
            return [Monomial(expr)]
        if is_element(expr):
            return self._element(expr)
        if isinstance(expr, Add):
            return [term for part in expr.args for term in self._terms(part)]
        if isinstance(expr, Mul):
            return _product([self._factor(part) for part in expr.args])
        if isinstance(expr, Pow) and expr.exp.is_Rational:
            return self._power(expr)
        if isinstance(expr, SumOver):
            return self._sum(expr)
        return self._atom(expr)

    def _factor(self, expr: Expr) -> Terms:
        """A sum among factors stays together unless a definition enters it."""
        if isinstance(expr, Add) and not self._defined(expr):
            return self._atom(expr)
        return self._terms(expr)

    def _element(self, expr: Expr) -> Terms:
        definition = self.definitions.get(array_of(expr))
        if definition is None:
            return [Monomial.of(expr)]
        return [_instance(term, definition.formals, indices_of(expr)) for term in definition.terms]

    def _power(self, expr: Pow) -> Terms:
        base, exponent = expr.args
        terms = collected(self._factor(base))
        if len(terms) == 1 and exponent.is_Integer:
            return [terms[0] ** int(exponent)]
        if self._defined(base) and exponent.is_Integer and 0 < exponent <= LARGEST_POWER:
            return _product([terms] * int(exponent))
        inner = total(terms)
        return [Monomial.of(Pow(inner, exponent, evaluate=False))]

    def _sum(self, expr: SumOver) -> Terms:
        if self.kept:
            plain = Expansion()._sum(expr)
            if all(base in self.kept for term in plain for base, _ in term.powers):
                return plain
        condition = self.inside(expr.condition)
        result = []
        for term in self.terms(expr.body):
            limits = expr.limits
            if condition is sympy.true:
                term, limits = without_deltas(term, limits, self.labels)
            result.append(summed(term, limits, condition) if limits else term)
        return result

    def _atom(self, expr: Expr) -> Terms:
        rewritten = self.rewrite(expr)
        return [Monomial.of(self.inside(expr)) if rewritten is None else rewritten]

    def inside(self, expr: Any) -> Any:
        """Put definitions into the arguments of a function, a condition or another reduction."""
        if not self._defined(expr):
            return expr
        if is_element(expr):
            return total(self._terms(expr))
        return rebuild(expr, self.inside)

    def _defined(self, expr: Any) -> bool:
        return bool(self.definitions) and any(
            array_of(part) in self.definitions for part in elements(expr)
        )


def summed(term: Monomial, limits: tuple[Any, ...], condition: Any = sympy.true) -> Monomial:
    """sum(limits if condition, term), with what does not depend on the limits in front of it."""
    bound = {limit[0] for limit in limits}
    free = [factor for factor in term.powers if not factor[0].free_symbols & bound]
    body = Monomial(Integer(1), tuple(factor for factor in term.powers if factor not in free))
    outside = Monomial(term.number, tuple(free))
    kept = list(limits)
    if condition is sympy.true:
        for limit in reversed(limits):
            if _absent(limit, body, kept):
                kept.remove(limit)
                outside = outside * Monomial.of(limit[2])
    if not kept:
        return outside * body
    return outside * Monomial.of(_canonical(body, kept, condition))


def _absent(limit: Any, body: Monomial, kept: list[Any]) -> bool:
    """Does a full range 1..N matter for its extent only?"""
    bound, lower, upper = limit
    used = {symbol for base, _ in body.powers for symbol in base.free_symbols}
    used.update(symbol for _, *bounds in kept for part in bounds for symbol in part.free_symbols)
    return bound not in used and lower == 1 and is_extent(upper)


def _canonical(body: Monomial, limits: list[Any], condition: Any) -> SumOver:
    """The sum with bound indices named by their depth and the factors sorted."""
    depth = 1 + max((_depth(base) for base, _ in body.powers), default=0)
    depth = max(depth, 1 + _depth(condition))
    new: dict[Symbol, Expr] = {}
    renamed = []
    for n, (bound, lower, upper) in enumerate(limits):
        inner = index(f"{MARK}{depth}" + "abcdefgh"[n : n + 1] * (len(limits) > 1))
        renamed.append(Tuple(inner, rename(lower, new), rename(upper, new)))
        new[bound] = inner
    powers = tuple((rename(base, new), exponent) for base, exponent in body.powers)
    ordered = Monomial(body.number, tuple(sorted(powers, key=str)))
    return SumOver(product(ordered), rename(condition, new), *renamed)


def _depth(expr: Any) -> int:
    return max(
        (int(symbol.name[1]) for symbol in expr.atoms(Symbol) if symbol.name.startswith(MARK)),
        default=0,
    )


def _instance(term: Monomial, formals: tuple[Symbol, ...], actual: tuple[Expr, ...]) -> Monomial:
    """A term of a definition at the given indices."""
    scope = {symbol for position in actual for symbol in position.free_symbols}
    reserved = {symbol.name for symbol in scope}
    new = dict(zip(formals, actual, strict=True))
    powers = (
        (rename(rebind(base, scope, reserved), new), exponent) for base, exponent in term.powers
    )
    return Monomial(term.number) * product_of(powers)


def _product(factors: list[Terms]) -> Terms:
    result = [Monomial()]
    for terms in factors:
        result = collected(left * right for left in result for right in terms)
    return result
