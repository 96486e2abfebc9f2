"""Brackets that compare an index with a label: `[k == y]` picks one element.

[k == y] / P[y]  =  [k == y] / P[k]              sum(k, [k == y] * e[k])  =  e[y]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations
from typing import Any

import sympy
from sympy import Expr, Symbol

from symgrad.algebra.binding import rebind
from symgrad.algebra.monomials import Monomial, product_of
from symgrad.expressions import Element, array_of, is_element, is_index, rebuild, rename
from symgrad.heads import Bracket, Limit, Reduction
from symgrad.program import Axis

Labels = Mapping[str, Axis]
"""The range of every array of indices."""


def at_label(term: Monomial, labels: Labels) -> Monomial:
    """The index in place of the label in every other factor of a delta, `[k == y]`."""
    for delta, k, y in _deltas(term, labels):
        same = Monomial.of(Bracket(sympy.Eq(k, y, evaluate=False)))
        term = _others(term, delta, _putting(k, y)) / Monomial.of(delta) * same
    return term


def without_deltas(
    term: Monomial, limits: tuple[Limit, ...], labels: Labels
) -> tuple[Monomial, tuple[Limit, ...]]:
    """A sum over k with a delta, where k takes every value that the label may have."""
    for delta, k, y in _deltas(term, labels):
        within = [limit for limit in limits if limit[0] == k]
        rest = tuple(limit for limit in limits if limit[0] != k)
        used = any(k in bound.free_symbols for limit in rest for bound in limit[1:])
        if within and not used and Axis(within[0][2], within[0][1]) == labels[array_of(y)]:
            term = _others(term, delta, _picking(k, y)) / Monomial.of(delta)
            limits = rest
    return term, limits


def _deltas(term: Monomial, labels: Labels) -> list[tuple[Bracket, Symbol, Element]]:
    found = []
    for base, _ in term.powers:
        if labels and isinstance(base, Bracket) and isinstance(base.condition, sympy.Eq):
            for k, y in permutations(base.condition.args):
                if is_index(k) and is_element(y) and array_of(y) in labels:
                    found.append((base, k, y))
    return found


def _others(term: Monomial, delta: Bracket, change: Callable[[Expr], Expr]) -> Monomial:
    powers = ((base if base == delta else change(base), exponent) for base, exponent in term.powers)
    return Monomial(term.number) * product_of(powers)


def _picking(k: Symbol, y: Element) -> Callable[[Expr], Expr]:
    return lambda base: rename(rebind(base, y.free_symbols, ()), {k: y})


def _putting(k: Symbol, y: Element) -> Callable[[Any], Any]:
    """k for y, but where a reduction would capture it."""

    def put(expr: Any) -> Any:
        if expr == y:
            return k
        if isinstance(expr, Reduction) and any(bound == k for bound, _, _ in expr.limits):
            return expr
        return rebuild(expr, put) if expr.args else expr

    return put
