"""Whether the bound indices of a term take a value, whatever the extents are.

    sum(i in 2..N-1, u[i])  has a term if  N >= 3  is known

A proof by ranges alone: True holds for all extents and free indices, False says nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from symgrad.proof.canonical import put_all
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import Key
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Constraint,
    Variable,
    atleast,
    is_index_variable,
    names,
    plus,
    scaled,
    slope_of,
    solved,
)


def nonempty(algebra: Algebra, key: Key, holds: Callable[[Constraint], bool] | None = None) -> bool:
    """Do the bound indices of a term take a value, whatever the extents and free indices?

    `holds` says what else is known of these.
    """
    bounds, left = _without_equations(key)
    for name in bounds:
        own = [item for item in left if slope_of(item[1], name)]
        left = [item for item in left if item not in own]
        if any(
            kind != ATLEAST or any(other in bounds and other != name for other, _ in form[1])
            for kind, form in own
        ):
            return False
        lower = [form for _, form in own if slope_of(form, name) > 0]
        upper = [form for _, form in own if slope_of(form, name) < 0]
        if not any(all(abs(slope_of(f, name)) == 1 for f in ends) for ends in (lower, upper)):
            return False  # 2 <= 2 k <= 3 has a value, 3 <= 2 k <= 3 has none
        for low in lower:
            for high in upper:
                gap = atleast(plus(scaled(low, -slope_of(high, name)), high, slope_of(low, name)))
                known = gap is None or algebra.implied(gap, ()) or _everywhere(algebra, gap)
                if not known and not (gap and holds and holds(gap)):
                    return False
    return not left


def _everywhere(algebra: Algebra, condition: Constraint) -> bool:
    """Does what is known of free indices imply a condition on them?"""
    return any(map(is_index_variable, names([condition[1]]))) and algebra.implied(
        condition, algebra.known
    )


def _without_equations(key: Key) -> tuple[tuple[Variable, ...], list[Constraint]]:
    """The bound indices that no equation gives by the others, and what is asked of them."""
    bounds, left = key[0], list(key[1])
    while True:
        found = next(
            (
                (item, name)
                for item in left
                for name, slope in item[1][1]
                if item[0] == EQUAL and name in bounds and slope in (1, -1)
            ),
            None,
        )
        if found is None:
            return bounds, left
        item, name = found
        left.remove(item)
        left = list(put_all(left, {name: solved(item[1], name)}))
        bounds = tuple(other for other in bounds if other != name)
