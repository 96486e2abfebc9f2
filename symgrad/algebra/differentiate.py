"""Local derivatives: how an expression depends on its parts, and on every element that it reads.

For each kind of node a rule lists its parts with the derivative of the node with respect to them:

    u * v        v for u, u for v                  sum(j, e)    1 for e, for every j
    u^n          n * u^(n-1)                       max(k, e)    [k == argmax(k, e)] for e, every k
    exp(u)       exp(u)                            f(u, v)      f_u(u, v), f_v(u, v)

The chain rule is a walk from the root that multiplies them. Nothing is evaluated on the way, so
that what the forward pass wrote as `B - 1` or `x - mu` stays so written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sympy
from sympy import Abs, Add, Expr, Integer, Max, Min, Mul, Pow, Rational
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import total
from symgrad.expressions import Element, add, call, is_element, negate, partial, power
from symgrad.heads import (
    ArgmaxOver,
    Bracket,
    Limit,
    MaxOver,
    MinOver,
    Partial,
    Reduction,
    SumOver,
    Where,
    relu,
    sigma,
    softplus,
)

IDENTITY = Monomial()


@dataclass(frozen=True)
class Step:
    """One part of a node: d node / d part = derivative, for all limits where the guard holds."""

    part: Expr
    derivative: Monomial = IDENTITY
    limits: tuple[Limit, ...] = ()
    guard: tuple[Boolean, ...] = ()


Read = Step
"""A step from the root of an expression to an element that it reads."""


def reads(expr: Expr) -> Iterator[Read]:
    """Every way in which an expression depends on an element, from the left.

    Bound indices must be distinct along each path: they all end up in one scope.
    """
    if is_element(expr):
        yield Step(expr)
        return
    for step in steps(expr):
        for inner in reads(step.part):
            yield Step(
                inner.part,
                step.derivative * inner.derivative,
                step.limits + inner.limits,
                step.guard + inner.guard,
            )


def derivative(expr: Expr, element: Element) -> Expr:
    """d expr / d element; what a reduction or a condition encloses is summed or bracketed."""
    return total(_whole(step) for step in reads(expr) if step.part == element)


def _whole(step: Step) -> Monomial:
    guards = tuple(map(Bracket, step.guard))
    if not step.limits:
        return step.derivative * Monomial.of(*guards)
    body = (step.derivative * Monomial.of(*guards)).tree()
    return Monomial.of(SumOver.over(step.limits, body))


def steps(expr: Expr) -> Iterator[Step]:
    """The parts of a node on which its value depends smoothly (almost everywhere)."""
    for head, rule in RULES:
        if isinstance(expr, head):
            yield from rule(expr)
            return


# --- sums, products, powers --------------------------------------------------------------------


def _terms(expr: Add) -> Iterator[Step]:
    return map(Step, expr.args)


def _factors(expr: Mul) -> Iterator[Step]:
    """u * v * w: v * w for u, and so on."""
    for n, factor in enumerate(expr.args):
        yield Step(factor, Monomial.of(*expr.args[:n], *expr.args[n + 1 :]))


def _power(expr: Pow) -> Iterator[Step]:
    """u^v: v * u^(v-1) for u, u^v * log(u) for v."""
    base, exponent = expr.args
    if isinstance(exponent, Rational):
        yield Step(base, Monomial.of(exponent, power(base, exponent - 1)))
        return
    yield Step(base, Monomial.of(exponent, power(base, add(exponent, Integer(-1)))))
    yield Step(exponent, Monomial.of(expr, call("log", base)))


# --- functions ---------------------------------------------------------------------------------


def _primed(name: str) -> Callable[[Expr], Expr]:
    return lambda u: partial(name, (1,), u)


def _positive(u: Expr) -> Expr:
    return Bracket(sympy.StrictGreaterThan(u, 0, evaluate=False))


def _negative(u: Expr) -> Expr:
    return Bracket(sympy.StrictLessThan(u, 0, evaluate=False))


DERIVATIVES: dict[type, Callable[[Expr], Expr]] = {
    sympy.exp: lambda u: call("exp", u),
    sympy.log: lambda u: power(u, Integer(-1)),
    sympy.tanh: _primed("tanh"),
    sigma: _primed("sigma"),
    softplus: lambda u: call("sigma", u),
    relu: _positive,
    sympy.sin: lambda u: call("cos", u),
    sympy.cos: lambda u: negate(call("sin", u)),
    sympy.erf: _primed("erf"),
    Abs: lambda u: add(_positive(u), negate(_negative(u))),
}
"""The elementary functions; a prime is left where the course notes leave it."""


def _function(expr: Expr) -> Iterator[Step]:
    (argument,) = expr.args
    yield Step(argument, Monomial.of(DERIVATIVES[type(expr)](argument)))


def _opaque(expr: AppliedUndef) -> Iterator[Step]:
    none = (0,) * len(expr.args)
    return _raised(expr.func.__name__, none, expr.args)


def _partial(expr: Partial) -> Iterator[Step]:
    if expr.function == "relu":  # a step: flat on both sides
        return iter(())
    return _raised(expr.function, expr.orders, expr.arguments)


def _raised(name: str, orders: tuple[int, ...], arguments: tuple[Expr, ...]) -> Iterator[Step]:
    for n, argument in enumerate(arguments):
        higher = (*orders[:n], orders[n] + 1, *orders[n + 1 :])
        yield Step(argument, Monomial.of(partial(name, higher, *arguments)))


# --- what chooses ------------------------------------------------------------------------------


def _largest(expr: Max | Min) -> Iterator[Step]:
    """max(a, b): [a >= b] for a, [b > a] for b: the first of equals."""
    least = isinstance(expr, Min)
    strict = sympy.StrictLessThan if least else sympy.StrictGreaterThan
    weak = sympy.LessThan if least else sympy.GreaterThan
    for n, part in enumerate(expr.args):
        before = (strict(part, other, evaluate=False) for other in expr.args[:n])
        after = (weak(part, other, evaluate=False) for other in expr.args[n + 1 :])
        yield Step(part, Monomial.of(*map(Bracket, (*before, *after))))


def _where(expr: Where) -> Iterator[Step]:
    """Each branch where it is chosen: a guard, for the other branch may not be defined there."""
    condition, then, otherwise = expr.args
    yield Step(then, guard=(condition,))
    yield Step(otherwise, guard=(negation(condition),))


def _sum_over(expr: SumOver) -> Iterator[Step]:
    yield Step(expr.body, IDENTITY, expr.limits, _condition(expr))


def _extreme_over(expr: MaxOver | MinOver) -> Iterator[Step]:
    """max(k, e): 1 for the first k at which e is largest."""
    indices = [bound for bound, _, _ in expr.limits]
    body = negate(expr.body) if isinstance(expr, MinOver) else expr.body
    chosen = ArgmaxOver.over(expr.limits, body, expr.condition)
    index = indices[0] if len(indices) == 1 else sympy.Tuple(*indices)
    mask = Bracket(sympy.Eq(index, chosen, evaluate=False))
    yield Step(expr.body, Monomial.of(mask), expr.limits, _condition(expr))


def _condition(expr: Reduction) -> tuple[Boolean, ...]:
    return () if expr.condition is sympy.true else (expr.condition,)


RULES: list[tuple[type | tuple[type, ...], Callable[..., Iterator[Step]]]] = [
    (Add, _terms),
    (Mul, _factors),
    (Pow, _power),
    (tuple(DERIVATIVES), _function),
    (Partial, _partial),
    (AppliedUndef, _opaque),
    ((Max, Min), _largest),
    (Where, _where),
    (SumOver, _sum_over),
    ((MaxOver, MinOver), _extreme_over),
]
"""Anything else is constant: numbers, extents, brackets, argmax."""


# --- conditions --------------------------------------------------------------------------------


def negation(condition: Boolean) -> Boolean:
    if isinstance(condition, Relational):
        return condition.negated
    return sympy.Not(condition, evaluate=False)
