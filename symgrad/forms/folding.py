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
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Add, Dummy, Expr, Indexed, Integer, Symbol
from sympy.core.function import AppliedUndef

from symgrad.algebra.monomials import Monomial
from symgrad.expressions import (
    add,
    array_of,
    elements,
    indices_of,
    is_element,
    is_extent,
    negate,
    partial,
    power,
    rename,
)
from symgrad.forms.expansion import Expansion
from symgrad.heads import FUNCTION_NAMES, Partial, Reduction, SumOver
from symgrad.program import Axis, Nest, Program, Statement
from symgrad.shapes import accesses, standing

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
            for rule in _rules(forward, nest, statement)
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


def _rules(forward: Program, nest: Nest, statement: Statement) -> Iterator[Rule]:
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
        if abs(exponent) == 1 and _is_value(base) and _may_divide(rest):
            if not _determines(forward, base, nest):
                continue
            folded = (Monomial.of(statement.target) / rest) ** int(exponent)
            yield Rule(base, formals, folded)
            return


def _is_value(base: Expr) -> bool:
    """A function value or a sum that depends on elements."""
    return isinstance(base, (Add, *FUNCTION_NAMES, AppliedUndef)) and any(elements(base))


def _determines(forward: Program, base: Expr, nest: Nest) -> bool:
    """Does each loop run over the whole of an axis on which its index stands alone in the base?

    Then wherever the base has a value, the array that stores it has an element.
    """
    axes = standing(accesses(base), {name: array.axes for name, array in forward.arrays.items()})
    return all(Axis(loop.upper, loop.lower) in axes.get(loop.index, ()) for loop in nest.loops)


def _may_divide(rest: Monomial) -> bool:
    return rest.number != 0 and all(
        exponent < 0 or isinstance(base, sympy.exp) or all(map(is_extent, base.free_symbols))
        for base, exponent in rest.powers
    )


# --- matching -----------------------------------------------------------------------------------


def match(pattern: Expr, expr: Expr, formals: tuple[Symbol, ...]) -> dict[Symbol, Expr] | None:
    """The values of the formals that turn the pattern into the expression, if there are any.

    Formals are read off where they stand alone as an index; all other indices must then agree.
    Bound indices are compared by their place.
    """
    matching = _Matching(frozenset(formals))
    if not matching.tree(pattern, expr) or len(matching.found) < len(formals):
        return None
    agree = all(left.xreplace(matching.found) - right == 0 for left, right in matching.later)
    return matching.found if agree else None


@dataclass
class _Matching:
    formals: frozenset[Symbol]
    found: dict[Symbol, Expr] = field(default_factory=dict)
    later: list[tuple[Expr, Expr]] = field(default_factory=list)

    def tree(self, pattern: Any, expr: Any) -> bool:
        if is_element(pattern) and pattern.args:
            return (
                isinstance(expr, Indexed)
                and array_of(pattern) == array_of(expr)
                and all(map(self.index, pattern.indices, expr.indices))
            )
        if type(pattern) is not type(expr) or len(pattern.args) != len(expr.args):
            return False
        if isinstance(pattern, Reduction):
            return self.reduction(pattern, expr)
        if not pattern.args:
            return bool(pattern == expr)
        return pattern.func == expr.func and all(map(self.tree, pattern.args, expr.args))

    def index(self, left: Expr, right: Expr) -> bool:
        if left in self.formals:
            return bool(self.found.setdefault(left, right) == right)
        self.later.append((left, right))
        return True

    def reduction(self, pattern: Reduction, expr: Reduction) -> bool:
        """Both with the same new symbols for their bound indices."""
        ours: dict[Symbol, Expr] = {}
        theirs: dict[Symbol, Expr] = {}
        for own, other in zip(pattern.limits, expr.limits, strict=True):
            for left, right in zip(own[1:], other[1:], strict=True):
                self.later.append((left.xreplace(ours), right.xreplace(theirs)))
            ours[own[0]] = theirs[other[0]] = Dummy(integer=True)
        return self.tree(rename(pattern.body, ours), rename(expr.body, theirs)) and self.tree(
            rename(pattern.condition, ours), rename(expr.condition, theirs)
        )
