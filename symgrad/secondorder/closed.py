"""Programs of scalars run on expressions: each array as a sum of products over the forward pass.

    y.grad = f_y(y, z);  x.grad += y.grad * g'(x)        x.grad = f_y(y, z) * g'(x)

The sums are written as the chain rule is: f_yy, f_y, f_zz, f_z, the mixed f_yz, and minus last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

import sympy
from sympy import Add, Expr, Integer

from symgrad.algebra.monomials import Monomial, collected
from symgrad.algebra.tidy import product
from symgrad.expressions import add, array_of
from symgrad.forms.expansion import Definition, Expansion, Terms, summed
from symgrad.forms.naming import Naming
from symgrad.heads import Bracket, Partial
from symgrad.program import Nest, Program

LARGEST_PRODUCT = 1_000
"""Sums that could make more terms than this are not multiplied out."""


def closed(program: Program, target: str) -> Expr:
    """What a program over a forward pass leaves in a target, in terms of the forward pass."""
    return written(program, terms(program, target))


def terms(program: Program, target: str) -> Terms:
    """What a program leaves in a target, multiplied out; nothing where it does not write it."""
    return opened(executed(program).get(target, []))


def expanded(expr: Expr) -> Terms:
    """An expression over the forward pass, multiplied out as `terms` does."""
    return opened(Expansion().terms(expr))


def executed(*programs: Program, seeds: Mapping[str, Definition] = {}) -> dict[str, Terms]:
    """Run programs of scalars on expressions: what each array that they write holds at the end."""
    held: dict[str, Definition] = dict(seeds)
    for program in programs:
        for nest, statement in program.statements:
            sign = Monomial(Integer(-1 if statement.op == "-=" else 1))
            added = [sign * term for term in Expansion(held).terms(statement.value)]
            name = array_of(statement.target)
            earlier = held[name].terms if statement.op != "=" and name in held else ()
            held[name] = Definition((), tuple(collected([*earlier, *_looped(nest, added)])))
    return {name: list(definition.terms) for name, definition in held.items()}


def _looped(nest: Nest, added: Iterable[Monomial]) -> Terms:
    """What a scalar gets from all iterations of a nest."""
    guard = Monomial() if nest.guard is sympy.true else Monomial.of(Bracket(nest.guard))
    limits = tuple((loop.index, loop.lower, loop.upper) for loop in nest.loops)
    return [summed(guard * term, limits) if limits else guard * term for term in added]


def opened(summands: Terms) -> Terms:
    """2 * (a - b) as 2 * a - 2 * b; sums that have other factors stay as they are."""
    return collected(
        part
        for term in summands
        for part in (_distributed(term) if len(term.powers) == 1 else [term])
    )


def shortest(summands: Terms) -> Terms:
    """Like terms added, after multiplying out where more terms meet by that."""
    kept = collected(summands)
    if prod(len(base.args) for term in kept for base, _ in _sums(term)) > LARGEST_PRODUCT:
        return kept
    distributed = collected(part for term in kept for part in _distributed(term))
    return min(kept, distributed, key=len)


def _distributed(term: Monomial) -> Terms:
    """a * (b + c) as a * b + a * c."""
    for factor in _sums(term):
        rest = term / Monomial(Integer(1), (factor,))
        parts = (rest * Monomial.of(part) for part in factor[0].args)
        return [done for part in parts for done in _distributed(part)]
    return [term]


def _sums(term: Monomial) -> list[tuple[Expr, Expr]]:
    return [(base, power) for base, power in term.powers if isinstance(base, Add) and power == 1]


# --- how the result is written ------------------------------------------------------------------


def written(program: Program, summands: Terms) -> Expr:
    """The terms as the chain rule is written: f_yy, f_y, f_zz, f_z, the mixed f_yz, minus last."""
    ordered = (Monomial(term.number, tuple(sorted(term.powers, key=_rank))) for term in summands)
    whole = add(*map(product, sorted(ordered, key=_term_rank)))
    return Naming.of(program).expression(whole)


def _term_rank(term: Monomial) -> tuple[object, ...]:
    mixed = any(
        isinstance(base, Partial) and sum(map(bool, base.orders)) > 1 for base, _ in term.powers
    )
    return (bool(term.number < 0), mixed, [_rank(factor) for factor in term.powers])


def _rank(factor: tuple[Expr, Expr]) -> tuple[object, ...]:
    base, exponent = factor
    if not isinstance(base, Partial):
        return (str(base), 0, 0, str(exponent))
    first = next(n for n, order in enumerate(base.orders) if order)
    return (base.function, first, -base.orders[first], str(base))
