"""Bound indices: names that are free, and renaming so that nothing is captured.

for b, j, k: … exp(s[b, j]) / sum(k, exp(s[b, k]))^2      the two k are not the same
for b, j, k: … exp(s[b, j]) / sum(k2, exp(s[b, k2]))^2    what is meant
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import count, cycle, islice
from typing import Any, TypeAlias

from sympy import Expr, Symbol, Tuple, preorder_traversal

from symgrad.expressions import array_of, elements, index, indices_of, rebuild, rename
from symgrad.heads import Reduction
from symgrad.program import Array, Loop, Opaque, Program


def names(program: Program) -> frozenset[str]:
    """Every name that a program uses: arrays, extents, functions, loop and bound indices."""
    found = set(program.arrays)
    for item in program.declared(Opaque):
        found.update((item.name, *item.parameters))
    for nest in program.joined().nests:
        found.update(loop.index.name for loop in nest.loops)
        for part in (
            *(bound for loop in nest.loops for bound in (loop.lower, loop.upper)),
            nest.guard,
            *(part for update in nest.body for part in (update.target, update.value)),
        ):
            found.update(symbol.name for symbol in part.atoms(Symbol))
    for array in program.arrays.values():
        for axis in array.axes:
            found.update(symbol.name for symbol in axis.upper.free_symbols)
    return frozenset(found)


def fresh(name: str, taken: Collection[str]) -> str:
    """The name itself, or the first of name2, name3, … that is not taken."""
    if name not in taken:
        return name
    stem = name.rstrip("0123456789") or name
    return next(f"{stem}{n}" for n in count(2) if f"{stem}{n}" not in taken)


def axis_loops(program: Program, array: Array) -> tuple[Loop, ...]:
    """Loops over the axes of an array, with the indices by which the program knows them."""
    taken = set(program.arrays) | {
        symbol.name
        for axis in array.axes
        for bound in (axis.lower, axis.upper)
        for symbol in bound.free_symbols
    }
    loops: list[Loop] = []
    for axis, known in zip(array.axes, _known_indices(program, array), strict=True):
        name = fresh(known, taken)
        taken.add(name)
        loops.append(Loop(index(name), axis.lower, axis.upper))
    return tuple(loops)


def _known_indices(program: Program, array: Array) -> list[str]:
    """The names of the indices of the first access in which they all stand alone."""
    for nest, statement in program.statements:
        loops = {loop.index for loop in nest.loops}
        for part in (statement.target, *elements(statement.value)):
            own = indices_of(part)
            if array_of(part) == array.name and loops.issuperset(own):
                return [symbol.name for symbol in own]
    return list(islice(cycle("ijklmn"), array.rank))


def bound_in(expr: Any) -> set[Symbol]:
    """The indices that the reductions in an expression bind."""
    reductions = (part for part in preorder_traversal(expr) if isinstance(part, Reduction))
    return {symbol for found in reductions for symbol, _, _ in found.limits}


Choice: TypeAlias = Callable[[Reduction, Symbol, frozenset[Symbol]], Symbol]
"""What a bound index of a reduction is to be called, given the indices that are bound around it."""


def rebind(expr: Any, scope: Iterable[Symbol], reserved: Collection[str]) -> Any:
    """Rename the bound indices that an outer scope binds as well."""

    def choose(_: Reduction, bound: Symbol, around: frozenset[Symbol]) -> Symbol:
        if bound not in around:
            return bound
        return index(fresh(bound.name, {*reserved, *(symbol.name for symbol in around)}))

    return rebound(expr, frozenset(scope), choose)


def rebound(expr: Any, scope: frozenset[Symbol], choose: Choice) -> Any:
    """The expression with every bound index called as chosen, from the outside in."""
    if not expr.args or not expr.has(Reduction):
        return expr
    if not isinstance(expr, Reduction):
        return rebuild(expr, lambda arg: rebound(arg, scope, choose))
    new: dict[Symbol, Expr] = {}
    limits = []
    for bound, lower, upper in expr.limits:
        bounds = [rebound(rename(part, new), scope, choose) for part in (lower, upper)]
        inner = choose(expr, bound, scope)
        new = {old: to for old, to in new.items() if old != bound}
        if inner != bound:
            new[bound] = inner
        limits.append(Tuple(inner, *bounds))
        scope = scope | {inner}
    body, condition = (
        rebound(rename(part, new), scope, choose) for part in (expr.body, expr.condition)
    )
    return expr.func(body, condition, *limits)
