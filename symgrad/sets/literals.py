"""Conditions taken apart and together: conjuncts, negations inwards, ranges as inequalities."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import sympy
from sympy import Expr
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad.program import Axis, Loop

OPPOSITES: dict[type, type] = {
    sympy.Eq: sympy.Ne,
    sympy.Ne: sympy.Eq,
    sympy.StrictLessThan: sympy.GreaterThan,
    sympy.LessThan: sympy.StrictGreaterThan,
    sympy.StrictGreaterThan: sympy.LessThan,
    sympy.GreaterThan: sympy.StrictLessThan,
}


def within(expr: Expr, axis: Axis) -> tuple[Boolean, ...]:
    """lower <= expr, expr <= upper; one by one for max and min, which keeps isl's sets convex."""
    lower = axis.lower.args if isinstance(axis.lower, sympy.Max) else (axis.lower,)
    upper = axis.upper.args if isinstance(axis.upper, sympy.Min) else (axis.upper,)
    return (
        *(sympy.Le(bound, expr, evaluate=False) for bound in lower),
        *(sympy.Le(expr, bound, evaluate=False) for bound in upper),
    )


def ranges(loops: Iterable[Loop]) -> list[Boolean]:
    """What holds of the indices of loops."""
    return [part for loop in loops for part in within(loop.index, Axis(loop.upper, loop.lower))]


def componentwise(equation: Relational) -> Boolean:
    """`(a, b) == (c, d)` as `a == c and b == d`; `!=` as its negation."""
    pairs = zip(*equation.args, strict=True)
    same = sympy.And(*(sympy.Eq(*pair, evaluate=False) for pair in pairs), evaluate=False)
    return same if isinstance(equation, sympy.Eq) else sympy.Not(same, evaluate=False)


def _of_tuples(condition: Relational) -> bool:
    """Two tuples that are compared; `(a, b) == argmax(…)` is a condition on values."""
    return all(isinstance(side, sympy.Tuple) for side in condition.args)


def conjuncts(condition: Boolean) -> tuple[Boolean, ...]:
    """c1 and c2 and … as (c1, c2, …); nothing for true."""
    condition = positive(condition)
    if condition == sympy.true:
        return ()
    if isinstance(condition, And):
        return tuple(part for arg in condition.args for part in conjuncts(arg))
    return (condition,)


def written_conjuncts(condition: Boolean) -> tuple[Boolean, ...]:
    """c1 and c2 and … as (c1, c2, …), each as it is written; nothing for true."""
    if isinstance(condition, And):
        return tuple(condition.args)
    return () if condition is sympy.true else (condition,)


def conjunction(conditions: Iterable[Boolean]) -> Boolean:
    """c1 and c2 and … as they are written, each once; true for none."""
    parts = dict.fromkeys(part for part in conditions if part is not sympy.true)
    if len(parts) < 2:
        return next(iter(parts), sympy.true)
    return And(*parts, evaluate=False)


@lru_cache(maxsize=4096)
def positive(condition: Boolean, negated: bool = False) -> Boolean:
    """The same condition with every `not` carried into its relations."""
    if isinstance(condition, Not):
        return positive(condition.args[0], not negated)
    if isinstance(condition, (And, Or)):
        head = And if isinstance(condition, And) != negated else Or
        return head(*(positive(part, negated) for part in condition.args), evaluate=False)
    if isinstance(condition, Relational) and _of_tuples(condition):
        return positive(componentwise(condition), negated)
    if not negated:
        return condition
    if isinstance(condition, Relational):
        return OPPOSITES[type(condition)](*condition.args, evaluate=False)
    if condition in (sympy.true, sympy.false):
        return sympy.false if condition == sympy.true else sympy.true
    return Not(condition, evaluate=False)
