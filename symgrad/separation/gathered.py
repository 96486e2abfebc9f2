"""Terms of a sum that were taken apart, in one sum again.

    sum(k in 1..N-1, u[k]) + u[N]                                   sum(k in 1..N, u[k])
    c * sum(k in 1..m, u[k]) - v + c * sum(k in m+1..N, u[k])       c * sum(k in 1..N, u[k]) - v
    sum(k if mod(k, 2) == 0, u[k]) + sum(k if mod(k, 2) == 1, u[k]) sum(k, u[k])

It is the same terms with the same operands, so what is undefined stays so. The rules of proof do
the same with sums in normal form; but there an argument of a function has been worked out for the
place that stands apart, and the other places may have led elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeAlias

import sympy
from sympy import Add, Expr, Mul

from symgrad.algebra.binding import bound_in
from symgrad.expressions import add, is_affine_head, is_element, mul, rebuild, rename
from symgrad.heads import Bracket, Reduction, SumOver
from symgrad.program import Loop, Nest, Program, kept
from symgrad.separation.partition import Partition
from symgrad.sets.integers import Integers
from symgrad.sets.scopes import Scope

Factors: TypeAlias = "tuple[Expr, ...]"

MOST_TERMS = 24
"""A longer sum stays as it is."""


@kept
def gathered(program: Program) -> Program:
    """The program with the sums in its values put together."""
    values = [item.value for _, item in program.statements]
    if not any(map(_has_sum_beside, values)):
        return program
    sums = Sums(Integers.of(program))
    nests = tuple(sums.nest(nest) for nest in program.nests)
    return program if nests == program.nests else program.over_the_same_arrays(nests)


def _has_sum_beside(value: Expr) -> bool:
    """Does a sum over a range stand beside other terms?"""
    beside = isinstance(value, Add) and any(_sum_in(term) is not None for term in value.args)
    return beside or any(map(_has_sum_beside, value.args))


def _sum_in(term: Expr) -> SumOver | None:
    """The sum over a range that is a factor of a term, the last one."""
    return next((part for part in reversed(Mul.make_args(term)) if isinstance(part, SumOver)), None)


@dataclass(frozen=True)
class Scaled:
    """A term that is a sum over ranges, times factors."""

    factors: Factors
    total: SumOver

    @property
    def loops(self) -> tuple[Loop, ...]:
        return tuple(Loop(*limit) for limit in self.total.limits)

    def over(self, loops: Iterable[Loop], condition: Any) -> Expr:
        limits = [(loop.index, loop.lower, loop.upper) for loop in loops]
        return mul(*self.factors, SumOver.over(limits, self.total.body, condition))

    def at(self, k: int, place: Expr) -> Iterator[Expr]:
        """The terms for one value of the k-th index."""
        new = {self.loops[k].index: place}
        body, condition = rename(self.total.body, new), rename(self.total.condition, new)
        rest = [
            (loop.index, rename(loop.lower, new), rename(loop.upper, new))
            for loop in (*self.loops[:k], *self.loops[k + 1 :])
        ]
        if rest:
            yield mul(*self.factors, SumOver.over(rest, body, condition))
            return
        guard = () if condition == sympy.true else (Bracket(condition),)
        for term in Add.make_args(body) if not guard else (body,):
            yield mul(*self.factors, *guard, term)


class Sums:
    """The sums of a program, compared."""

    def __init__(self, integers: Integers) -> None:
        self.integers = integers

    def nest(self, nest: Nest) -> Nest:
        around = Scope().inside(nest.loops).when(nest.guard)
        body = tuple(replace(item, value=self.value(item.value, around)) for item in nest.body)
        return replace(nest, body=body)

    def value(self, expr: Any, around: Scope) -> Any:
        """The value with its sums, from the inmost outwards, put together."""
        if is_element(expr) or is_affine_head(expr) or not expr.args:
            return expr
        if isinstance(expr, Reduction):
            inner = around.inside(Loop(*limit) for limit in expr.limits)
            condition = self.value(expr.condition, inner)
            return expr.func.over(expr.limits, self.value(expr.body, inner), condition)
        found = rebuild(expr, lambda part: self.value(part, around))
        if isinstance(found, Add) and len(found.args) <= MOST_TERMS:
            return self._sum(list(found.args), around)
        return found

    def _sum(self, terms: list[Expr], around: Scope) -> Expr:
        while (fewer := self._fewer(terms, around)) is not None:
            terms = fewer
        return add(*terms)

    def _fewer(self, terms: list[Expr], around: Scope) -> list[Expr] | None:
        """The terms with two of them, or a term and some others, as one."""
        sums = [(n, found) for n, term in enumerate(terms) if (found := _scaled(term))]
        for n, one in sums:
            longer = self._with_place(one, terms, n, around)
            if longer is not None:
                return longer
        for (n, one), (m, other) in combinations(sums, 2):
            whole = self._of_two(one, other, around)
            if whole is not None:
                rest = [term for p, term in enumerate(terms) if p not in (n, m)]
                return [*rest[:n], whole, *rest[n:]]
        return None

    def _with_place(
        self, one: Scaled, terms: list[Expr], n: int, around: Scope
    ) -> list[Expr] | None:
        """sum(k in a..b, u[k]) and u[b + 1], or u[a - 1], among the terms."""
        loops = one.loops
        for k, loop in enumerate(loops):
            known = self._known(around, loops[:k])
            for place in (loop.upper + 1, loop.lower - 1):
                if place.free_symbols & (bound_in(one.total.body) | bound_in(one.total.condition)):
                    continue
                rest = _without(terms, n, list(one.at(k, place)))
                longer = known.longer(loop, place) if rest is not None else None
                if rest is not None and longer is not None:
                    whole = one.over((*loops[:k], longer, *loops[k + 1 :]), one.total.condition)
                    return [*rest[:n], whole, *rest[n:]]
        return None

    def _of_two(self, one: Scaled, other: Scaled, around: Scope) -> Expr | None:
        """Two sums of the same terms over ranges, or under conditions, that make one."""
        loops, others = one.loops, other.loops
        if len(loops) != len(others) or _form(mul(*one.factors)) != _form(mul(*other.factors)):
            return None
        same = _named(other, loops)
        if same is None or same.total.body != one.total.body:
            return None
        pairs = list(zip(loops, same.loops, strict=True))
        differing = [k for k, (mine, theirs) in enumerate(pairs) if mine != theirs]
        conditions = one.total.condition, same.total.condition
        if not differing:
            known = self._known(around, loops)
            condition = None if conditions[0] == conditions[1] else known.covering(conditions)
            return None if condition is None else one.over(loops, condition)
        if len(differing) > 1 or conditions[0] != conditions[1]:
            return None
        (k,) = differing
        known = self._known(around, loops[:k])
        whole = known.joined(*pairs[k]) or known.joined(*pairs[k][::-1])
        return whole and one.over((*loops[:k], whole, *loops[k + 1 :]), conditions[0])

    def _known(self, around: Scope, loops: Iterable[Loop]) -> Partition:
        return Partition(self.integers, around.inside(loops).conditions)


def _scaled(term: Expr) -> Scaled | None:
    total = _sum_in(term)
    if total is None:
        return None
    factors = list(Mul.make_args(term))
    factors.remove(total)
    return Scaled(tuple(factors), total)


def _without(terms: list[Expr], n: int, gone: list[Expr]) -> list[Expr] | None:
    """The terms without the n-th and without some others, which must all be there."""
    missing = Counter(map(_form, gone))
    rest = []
    for m, term in enumerate(terms):
        form = _form(term)
        if m != n and missing[form]:
            missing[form] -= 1
        elif m != n:
            rest.append(term)
    return None if +missing else rest


def _named(one: Scaled, loops: Sequence[Loop]) -> Scaled | None:
    """The sum with its indices named as others are."""
    total = one.total
    new = {
        mine.index: other.index
        for mine, other in zip(one.loops, loops, strict=True)
        if mine.index != other.index
    }
    if not new:
        return one
    if set(new.values()) & (bound_in(total) | total.free_symbols | total.body.free_symbols):
        return None
    limits = [
        (new.get(loop.index, loop.index), rename(loop.lower, new), rename(loop.upper, new))
        for loop in one.loops
    ]
    body, condition = rename(total.body, new), rename(total.condition, new)
    return replace(one, total=SumOver.over(limits, body, condition))


def _form(term: Expr) -> tuple[Expr, frozenset[tuple[Expr, int]]]:
    """A term as its number and its other factors, in whatever order they stand."""
    number, others = sympy.Integer(1), Counter[Expr]()
    for factor in Mul.make_args(term):
        if factor.is_Rational:
            number *= factor
        else:
            others[factor] += 1
    return number, frozenset(others.items())
