"""Function values folded into the arrays that the forward pass stores.

    p[b, j] += exp(s[b, j]) / Z[b]             exp(s[b, j])    =  p[b, j] * Z[b]
    G[b, j] += sigma(Gin[b, j])                sigma'(u)       =  G[b, j] * (1 - G[b, j])
    x'[b, j] += (x[b, j] - mu[j]) / sqrt(s[j]) x[b, j] - mu[j] =  x'[b, j] * sqrt(s[j])

A definition gives a rule where it is one product, in one function value (or difference), of
factors that one may divide by: those that the definition divides by itself, numbers, extents,
exponentials. The function value must name all indices of the array, so that its place in another
expression tells the element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Add, Expr, Integer, Symbol
from sympy.core.function import AppliedUndef

from symgrad.expansion import Expansion
from symgrad.expressions import (
    FUNCTION_NAMES,
    Element,
    Partial,
    Reduction,
    SumOver,
    add,
    array_of,
    call,
    element,
    indices_of,
    is_element,
    is_extent,
    is_index,
    negate,
    partial,
    power,
    rename,
)
from symgrad.monomials import Monomial
from symgrad.program import Nest, Program, Statement

IN_VALUE: dict[str, Callable[[Expr], Monomial]] = {
    "exp": lambda y: Monomial.of(y),
    "sigma": lambda y: Monomial.of(y, add(Integer(1), negate(y))),
    "tanh": lambda y: Monomial.of(add(Integer(1), negate(power(y, Integer(2))))),
}
"""The derivative of a function in terms of its value y."""


@dataclass(frozen=True)
class Rule:
    """`pattern = folded` for all values of the formals, by the definition of an array."""

    pattern: Expr
    formals: tuple[Symbol, ...]
    folded: Monomial

    def __call__(self, expr: Expr) -> Monomial | None:
        found = match(self.pattern, expr, self.formals)
        if found is None:
            return None
        return Monomial(
            self.folded.number,
            tuple((rename(base, found), exponent) for base, exponent in self.folded.powers),
        )


@dataclass(frozen=True)
class Folding:
    """The rules of a forward pass, applied to one atom at a time."""

    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, forward: Program) -> Folding:
        written: dict[str, int] = {}
        for _, statement in forward.statements:
            name = array_of(statement.target)
            written[name] = written.get(name, 0) + 1
        found = [
            rule
            for nest, statement in forward.statements
            if written[array_of(statement.target)] == 1
            for rule in _rules(nest, statement)
        ]
        # A value stored as it is before a value that is part of a product.
        found.sort(key=lambda rule: len(rule.folded.powers))
        return cls(tuple({rule.pattern: rule for rule in reversed(found)}.values())[::-1])

    @property
    def kept(self) -> frozenset[Expr]:
        """Sums that the rules themselves speak of, such as the Z of a softmax without a name."""
        return frozenset(
            base
            for rule in self.rules
            for base, _ in rule.folded.powers
            if isinstance(base, SumOver)
        )

    def __call__(self, atom: Expr) -> Monomial | None:
        if isinstance(atom, Partial) and atom.orders == (1,) and atom.function in IN_VALUE:
            value = self._folded(partial(atom.function, (0,), *atom.arguments))
            return None if value is None else IN_VALUE[atom.function](value.tree())
        return self._folded(atom)

    def _folded(self, atom: Expr) -> Monomial | None:
        return next((found for rule in self.rules if (found := rule(atom)) is not None), None)


def _rules(nest: Nest, statement: Statement) -> Iterator[Rule]:
    """The one rule, if any, that `T[i] = f(i)^e * rest` gives: f = (T / rest)^(1/e)."""
    formals = indices_of(statement.target)
    loops = {loop.index for loop in nest.loops}
    plain = set(formals) == loops and len(set(formals)) == len(formals)
    if not plain or nest.guard is not sympy.true or statement.op == "*=":
        return
    terms = Expansion().terms(statement.value)
    if len(terms) != 1:
        return
    (term,) = terms
    whole = Monomial(Integer(-1 if statement.op == "-=" else 1)) * term
    for base, exponent in term.powers:
        rest = whole / Monomial(Integer(1), ((base, exponent),))
        if abs(exponent) == 1 and _is_value(base, formals) and _may_divide(rest):
            folded = (Monomial.of(statement.target) / rest) ** int(exponent)
            yield Rule(base, formals, folded)
            return


def _is_value(base: Expr, formals: tuple[Symbol, ...]) -> bool:
    """A function value or a sum of elements, with every formal alone at some place in it."""
    if not (isinstance(base, (Add, *FUNCTION_NAMES, AppliedUndef))):
        return False
    alone = {
        position
        for part in sympy.preorder_traversal(base)
        if is_element(part)
        for position in indices_of(part)
    }
    return any(map(is_element, sympy.preorder_traversal(base))) and alone >= set(formals)


def _may_divide(rest: Monomial) -> bool:
    return rest.number != 0 and all(
        exponent < 0
        or isinstance(base, sympy.exp)
        or all(map(is_extent, base.free_symbols))
        for base, exponent in rest.powers
    )


def match(
    pattern: Expr, expr: Expr, formals: tuple[Symbol, ...]
) -> dict[Symbol, Expr] | None:
    """The values of the formals that turn the pattern into the expression.

    Bound indices are compared by their place. Formals are read off where they stand alone; the
    other indices must then agree.
    """
    found: dict[Symbol, Expr] = {}
    later: list[tuple[Expr, Expr]] = []
    if not _match(pattern, expr, frozenset(formals), found, later):
        return None
    if any(sympy.expand(left.xreplace(found) - right) != 0 for left, right in later):
        return None
    return found if len(found) >= len(formals) else None


def _match(
    pattern: Any,
    expr: Any,
    formals: frozenset[Symbol],
    found: dict[Symbol, Expr],
    later: list[tuple[Expr, Expr]],
) -> bool:
    if isinstance(pattern, Symbol) and pattern in formals:
        return bool(found.setdefault(pattern, expr) == expr)
    if isinstance(pattern, Reduction):
        if type(pattern) is not type(expr) or len(pattern.limits) != len(expr.limits):
            return False
        new = {own[0]: other[0] for own, other in zip(pattern.limits, expr.limits, strict=True)}
        pattern = pattern.xreplace(new)
        return pattern == expr or all(
            _match(left, right, formals, found, later)
            for left, right in zip(pattern.args, expr.args, strict=True)
        )
    if is_element(pattern):
        if not is_element(expr) or array_of(pattern) != array_of(expr):
            return False
        return all(
            _index(left, right, formals, found, later)
            for left, right in zip(indices_of(pattern), indices_of(expr), strict=True)
        )
    if not getattr(pattern, "args", ()):
        return bool(pattern == expr)
    return (
        type(pattern) is type(expr)
        and len(pattern.args) == len(expr.args)
        and all(
            _match(left, right, formals, found, later)
            for left, right in zip(pattern.args, expr.args, strict=True)
        )
    )


def _index(
    left: Expr,
    right: Expr,
    formals: frozenset[Symbol],
    found: dict[Symbol, Expr],
    later: list[tuple[Expr, Expr]],
) -> bool:
    if is_index(left):
        return _match(left, right, formals, found, later)
    later.append((left, right))
    return True


__all__ = ["Element", "Folding", "Rule", "call", "element", "match"]
