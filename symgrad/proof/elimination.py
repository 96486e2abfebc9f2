"""Bound indices that need not stay: fixed by an equation, used by nothing, or summing a label to 1.

    sum(k if k == i, p[k]) = p[i]      sum(k in a..b, u) = (b - a + 1) u      sum(k, [k == y]) = 1

Each function looks for one such index and says what to do; `Algebra.close` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias

from symgrad.proof.terms import LABEL, Atom, free
from symgrad.sets.affine import (
    EQUAL,
    Affine,
    Constraint,
    Variable,
    atleast,
    plain,
    plus,
    slope_of,
    solved,
)

Implied: TypeAlias = Callable[[Constraint, Iterable[Constraint]], bool]


def fixed(
    bounds: tuple[Variable, ...], constraints: tuple[Constraint, ...], used: set[Variable]
) -> tuple[Variable, Affine] | None:
    """A bound index that an equation replaces by another form, and that form."""
    for kind, form in sorted(constraints):
        if kind != EQUAL:
            continue
        for name, slope in form[1]:
            if name in bounds and slope in (1, -1):
                value = solved(form, name)
                inner = any(other in bounds for other, _ in value[1])
                if name not in used or not inner or plain(value) is not None:
                    return name, value
    return None


def interval(
    implied: Implied, name: Variable, constraints: tuple[Constraint, ...]
) -> tuple[Affine, tuple[Constraint, ...]] | None:
    """How many values an index takes, if its constraints are one lower and one upper bound."""
    own = [item for item in constraints if slope_of(item[1], name)]
    if len(own) != 2 or any(kind == EQUAL for kind, _ in own):
        return None
    slopes = sorted(slope_of(form, name) for _, form in own)
    if slopes != [-1, 1]:
        return None
    others = tuple(item for item in constraints if item not in own)
    size = plus(plus(own[0][1], own[1][1]), (1, ()))
    condition = atleast(size)
    if condition is not None and not implied(condition, others):
        return None
    return size, others


def whole_label(
    implied: Implied,
    bounds: tuple[Variable, ...],
    constraints: tuple[Constraint, ...],
    factors: Collection[Atom],
) -> tuple[Atom, Variable, tuple[Constraint, ...]] | None:
    """sum(k, [k == y]) = 1: a label whose index nothing else uses and which covers its range."""
    for atom in factors:
        if atom[0] != LABEL or atom[3]:
            continue
        value, lower, upper = atom[2][:3]
        name = plain(value)
        if name not in bounds or sum(name in free(other) for other in factors) > 1:
            continue
        own = {item for item in constraints if slope_of(item[1], name)}
        ends = (atleast(plus(value, lower, -1)), atleast(plus(upper, value, -1)))
        within = {item for item in ends if item is not None}
        if all(implied(item, within) for item in own):
            return atom, name, tuple(item for item in constraints if item not in own)
    return None
