"""The same program with its definitions, factors, sums and nests grouped otherwise.

    unfolded      for i: t[i] = e(i)  and  … t[k] …    is    … e(k) …
    drawn in      a * sum(k, u[k])                     is    sum(k, a * u[k])
    joined        sum(k, u[k]) + sum(l, v[l])          is    sum(k, u[k] + v[k])
    nests turned  two nests, neither of which reads or writes what the other one writes

Like those of rewritings.py these know nothing of what a program computes, and give the program back
where they do not apply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, pairwise
from typing import Any

import sympy
from sympy import Add, Expr, Mul

from symgrad.expressions import (
    add,
    array_of,
    elements,
    index,
    indices_of,
    is_affine_head,
    is_element,
    is_extent,
    mul,
    rebuild,
    rename,
)
from symgrad.heads import Bracket, Reduction, SumOver
from symgrad.program import Nest, Program, Statement


def values(program: Program, rule: Callable[[Any], Any]) -> Program:
    """The program with a rule applied to every part of every value, the inner parts first."""

    def change(expr: Any) -> Any:
        if not expr.args or is_element(expr) or is_affine_head(expr):
            return expr
        return rule(rebuild(expr, change))

    nests = (replace(nest, body=_changed(nest, change)) for nest in program.nests)
    return replace(program, nests=tuple(nests))


def _changed(nest: Nest, change: Callable[[Any], Any]) -> tuple[Statement, ...]:
    return tuple(replace(one, value=change(one.value)) for one in nest.body)


def unfolded(program: Program) -> Program:
    """The first helper that can be put in where later values read it, put in there."""
    for n, nest in enumerate(program.nests):
        name = _defined(program, n)
        later = program.nests[n + 1 :]
        if name is None or not any(name in read_by(other) for other in later):
            continue
        written = read_by(nest) & {name for other in later for name in written_by(other)}
        if not written:
            put = _putting(name, nest)
            rest = (replace(other, body=_changed(other, put)) for other in later)
            return replace(program, nests=(*program.nests[: n + 1], *rest))
    return program


def _defined(program: Program, n: int) -> str | None:
    """The array of which one nest sets every element, once, and which no other nest writes."""
    nest = program.nests[n]
    (first, *more) = nest.body
    name = array_of(first.target)
    places = indices_of(first.target)
    plain = (
        not more
        and first.op == "="
        and not first.earlier
        and nest.guard == sympy.true
        and set(places) == {loop.index for loop in nest.loops}
        and len(set(places)) == len(nest.loops)
        and all(loop.lower == 1 and is_extent(loop.upper) for loop in nest.loops)
        and not isinstance(first.value, Reduction)  # an argmax would have to stand as an index
        and not _is_guarded(first.value)
    )
    others = [other for m, other in enumerate(program.nests) if m != n]
    return name if plain and not any(name in written_by(other) for other in others) else None


def _putting(name: str, nest: Nest) -> Callable[[Any], Any]:
    """t[k] becomes its definition at k, with bound indices of its own."""
    (statement,) = nest.body
    places = indices_of(statement.target)
    numbers = count()

    def change(expr: Any) -> Any:
        if is_element(expr) and array_of(expr) == name:
            new = dict(zip(places, indices_of(expr), strict=True))
            return rename(apart(statement.value, f"u{next(numbers)}"), new)
        if is_element(expr) or is_affine_head(expr) or not expr.args:
            return expr
        return rebuild(expr, change)

    return change


def _is_guarded(value: Expr) -> bool:
    """Would a false bracket of this guard more than it does, in a longer product?"""
    factors = value.args if isinstance(value, Mul) else (value,)
    return any(isinstance(factor, Bracket) for factor in factors)


def apart(expr: Any, prefix: str) -> Any:
    """The value with every bound index under a name that nothing else has."""
    if is_element(expr) or not expr.args:
        return expr
    if isinstance(expr, Reduction):
        new = {k: index(f"{prefix}{k.name}") for k, _, _ in expr.limits}
        limits = [(new[k], rename(low, new), rename(high, new)) for k, low, high in expr.limits]
        body, condition = (apart(rename(part, new), prefix) for part in (expr.body, expr.condition))
        return expr.func.over(limits, body, condition)
    return rebuild(expr, lambda part: apart(part, prefix))


def drawn_in(program: Program) -> Program:
    """a * sum(k, u[k]) = sum(k, a * u[k]), for a sum that has terms at every extent."""

    def rule(expr: Any) -> Any:
        if not isinstance(expr, Mul):
            return expr
        for n, total in enumerate(expr.args):
            if isinstance(total, SumOver) and _is_plain(total):
                before, after = expr.args[:n], expr.args[n + 1 :]
                bound = {k for k, _, _ in total.limits}
                if not any(bound & part.free_symbols for part in (*before, *after)):
                    return SumOver.over(total.limits, mul(*before, total.body, *after))
        return expr

    return values(program, rule)


def _is_plain(total: SumOver) -> bool:
    """Has it terms at every extent, each of them always?"""
    whole = all(low == 1 and is_extent(high) for _, low, high in total.limits)
    return whole and total.condition == sympy.true and not _is_guarded(total.body)


def joined(program: Program) -> Program:
    """sum(k, u[k]) + sum(l, v[l]) = sum(k, u[k] + v[k]), for sums over the same range."""

    def rule(expr: Any) -> Any:
        if not isinstance(expr, Add):
            return expr
        sums = [term for term in expr.args if isinstance(term, SumOver)]
        for one, other in pairwise(sums):
            whole = _joined(one, other)
            if whole is not None:
                rest = [term for term in expr.args if term is not one and term is not other]
                return add(whole, *rest)
        return expr

    return values(program, rule)


def _joined(one: SumOver, other: SumOver) -> Expr | None:
    if len(one.limits) != len(other.limits) or one is other:
        return None
    new = {k: mine for (mine, _, _), (k, _, _) in zip(one.limits, other.limits, strict=True)}
    if set(new.values()) & (other.free_symbols | other.body.free_symbols) - new.keys():
        return None
    limits = [(new[k], rename(low, new), rename(high, new)) for k, low, high in other.limits]
    condition = rename(other.condition, new)
    if [tuple(limit) for limit in one.limits] != limits or condition != one.condition:
        return None
    return SumOver.over(limits, add(one.body, rename(other.body, new)), condition)


def nests_turned(program: Program) -> Program:
    """The first two neighbouring nests that know nothing of each other, the other way round."""
    for n, (one, other) in enumerate(zip(program.nests, program.nests[1:], strict=False)):
        touched = (read_by(one) | written_by(one), read_by(other) | written_by(other))
        if touched[0].isdisjoint(written_by(other)) and touched[1].isdisjoint(written_by(one)):
            nests = (*program.nests[:n], other, one, *program.nests[n + 2 :])
            return replace(program, nests=nests)
    return program


def written_by(nest: Nest) -> set[str]:
    return {array_of(one.target) for one in nest.body}


def read_by(nest: Nest) -> set[str]:
    """The arrays of which a nest reads elements."""
    return {array_of(read) for part in _parts(nest) for read in elements(part)}


def _parts(nest: Nest) -> Iterator[Any]:
    yield nest.guard
    for loop in nest.loops:
        yield from (loop.lower, loop.upper)
    for one in nest.body:
        yield one.value
        yield from indices_of(one.target)


__all__ = ["apart", "drawn_in", "joined", "nests_turned", "read_by", "unfolded", "written_by"]
