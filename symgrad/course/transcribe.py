"""SymPy's trees as a program holds them: in the order in which they were typed.

    exp(s[b, j]) / Z[b]     Mul(exp, Pow(Z, -1))     the same by symgrad's constructors

Index expressions are evaluated, everything else is left as it is. Each SymPy head that has a place
in a program is a row of `TREES`; any other is the author's mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sympy
from sympy import Expr, Idx, Indexed, IndexedBase, Rational, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad import expressions
from symgrad.errors import AuthorError
from symgrad.expressions import call, element, index, opaque, scalar
from symgrad.heads import FUNCTION_NAMES, Bracket, Reduction, SumOver, Where


def tree(expr: Any) -> Any:
    """The expression rebuilt by symgrad's constructors, in the order of its arguments."""
    for head, build in TREES:
        if isinstance(expr, head):
            return build(expr)
    raise AuthorError(f"{type(expr).__name__} has no place in a program: {expr}")


def _product(expr: Expr) -> Expr:
    """A product; SymPy puts a 1 before the body of a sum, which nobody wrote."""
    return expressions.mul(*(tree(factor) for factor in expr.args if factor is not sympy.S.One))


def _power(expr: Expr) -> Expr:
    base, exponent = expr.args
    exponent = affine(exponent) if not exponent.atoms(Indexed) else tree(exponent)
    if exponent.is_Rational and exponent.is_negative:
        return expressions.reciprocal(expressions.power(tree(base), -exponent))
    return expressions.power(tree(base), exponent)


def _piecewise(expr: Any) -> Expr:
    (value, case), *rest = expr.args
    if case is sympy.true:
        return tree(value)
    if not rest:
        raise AuthorError("a Piecewise needs a last case for everything else")
    return Where(condition(case), tree(value), _piecewise(sympy.Tuple(*rest)))


def _sum(expr: Any) -> Expr:
    return SumOver.over([_limit(limit) for limit in expr.limits], tree(expr.function))


def _limit(limit: Any) -> tuple[Symbol, Expr, Expr]:
    if len(limit) != 3:
        raise AuthorError(f"a sum over {limit[0]} needs its range")
    bound, lower, upper = limit
    return index(str(bound.name)), affine(lower), affine(upper)


def _reduction(expr: Reduction) -> Expr:
    limits = [_limit(limit) for limit in expr.limits]
    return type(expr).over(limits, tree(expr.body), condition(expr.condition))


def _symbol(symbol: Symbol) -> Symbol:
    """Extents and indices are integers; any other symbol is a scalar."""
    return symbol if symbol.is_integer else scalar(symbol.name)


def _called(expr: Expr) -> Expr:
    return call(FUNCTION_NAMES[type(expr)], *map(tree, expr.args))


TREES: list[tuple[type | tuple[type, ...], Callable[[Any], Any]]] = [
    (Idx, lambda expr: expr.label),
    (sympy.Float, lambda expr: Rational(str(expr))),
    (Rational, lambda expr: expr),
    (Symbol, _symbol),
    (IndexedBase, lambda expr: scalar(expr.label.name)),
    (Indexed, lambda expr: element(array_name(expr), *map(affine, expr.indices))),
    (sympy.Add, lambda expr: expressions.add(*map(tree, expr.args))),
    (sympy.Mul, _product),
    (sympy.Pow, _power),
    (sympy.Sum, _sum),
    (Reduction, _reduction),
    (Bracket, lambda expr: Bracket(condition(expr.condition))),
    (sympy.Piecewise, _piecewise),
    (sympy.Max, lambda expr: call("max", *map(tree, expr.args))),
    (sympy.Min, lambda expr: call("min", *map(tree, expr.args))),
    (tuple(FUNCTION_NAMES), _called),
    (AppliedUndef, lambda expr: opaque(expr.func.__name__)(*map(tree, expr.args))),
]
"""What each SymPy head becomes."""


def affine(expr: Any) -> Any:
    """An index expression: evaluated, its indices bare."""
    expr = sympy.sympify(expr)
    if isinstance(expr, Idx):
        return expr.label
    if isinstance(expr, Symbol):
        return _symbol(expr)
    return expr.func(*map(affine, expr.args)) if expr.args else expr


def condition(expr: Any) -> Boolean:
    """A condition, with its sides in the order in which they were typed."""
    if expr in (sympy.true, True):
        return sympy.true
    if isinstance(expr, Relational):
        left, right = (_side(side) for side in expr.args)
        return expr.func(left, right, evaluate=False)
    if isinstance(expr, And):
        return And(*_chained([condition(part) for part in expr.args]), evaluate=False)
    if isinstance(expr, (Or, Not)):
        return expr.func(*map(condition, expr.args), evaluate=False)
    raise AuthorError(f"{expr} is not a condition")


def _chained(parts: Sequence[Boolean]) -> Iterator[Boolean]:
    """`1 <= i` where Python made `i >= 1` of it, if there is also `i <= H`: 1 <= i <= H."""
    above = {part.args[0] for part in parts if isinstance(part, (sympy.Le, sympy.Lt))}
    for part in parts:
        bound = isinstance(part, (sympy.Ge, sympy.Gt)) and part.args[0] in above
        yield part.reversed if bound else part


def _side(expr: Any) -> Expr:
    """A side of a comparison; evaluated where it consists of indices and extents only."""
    if expr.atoms(Indexed, IndexedBase, sympy.Function) or expr.has(sympy.Sum, Reduction):
        return tree(expr)
    if all(symbol.is_integer for symbol in expr.free_symbols):
        return affine(expr)
    return tree(expr)


def array_name(array: Any) -> str:
    """`s` for the array s, or for an element of it."""
    if isinstance(array, Indexed):
        array = array.base
    if isinstance(array, IndexedBase):
        return str(array.label.name)
    if isinstance(array, Symbol):
        return str(array.name)
    raise AuthorError(f"{array} is not an array")
