"""Bound indices: names that are free, and renaming so that nothing is captured.

for b, j, k: … exp(s[b, j]) / sum(k, exp(s[b, k]))^2      the two k are not the same
for b, j, k: … exp(s[b, j]) / sum(k2, exp(s[b, k2]))^2    what is meant
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import count
from typing import Any

from sympy import Expr, Symbol, Tuple

from symgrad.expressions import Reduction, index, rebuild, rename
from symgrad.program import Opaque, Program


def names(program: Program) -> frozenset[str]:
    """Every name that a program uses: arrays, extents, functions, loop and bound indices."""
    found = set(program.arrays)
    for item in program.declared(Opaque):
        found.update((item.name, *item.parameters))  # type: ignore[union-attr]
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


def rebind(expr: Any, scope: Iterable[Symbol], reserved: Collection[str]) -> Any:
    """Rename the bound indices that an outer scope binds as well."""
    return _rebind(expr, frozenset(scope), reserved)


def _rebind(expr: Any, scope: frozenset[Symbol], reserved: Collection[str]) -> Any:
    if not expr.args or not expr.has(Reduction):
        return expr
    if not isinstance(expr, Reduction):
        return rebuild(expr, lambda arg: _rebind(arg, scope, reserved))
    new: dict[Symbol, Expr] = {}
    limits = []
    for bound, lower, upper in expr.limits:
        inner = bound
        if bound in scope:
            inner = index(fresh(bound.name, {*reserved, *(symbol.name for symbol in scope)}))
        limits.append(
            Tuple(inner, *(_moved(part, new, scope, reserved) for part in (lower, upper)))
        )
        new.pop(bound, None)
        if inner != bound:
            new[bound] = inner
        scope = scope | {inner}
    body, condition = (_moved(part, new, scope, reserved) for part in (expr.body, expr.condition))
    return expr.func(body, condition, *limits)


def _moved(
    part: Any, new: dict[Symbol, Expr], scope: frozenset[Symbol], reserved: Collection[str]
) -> Any:
    return _rebind(rename(part, new), scope, reserved)
