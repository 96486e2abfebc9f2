"""The constraints of a sum as people write them: a range for each index, and conditions.

    i, l, a : a = i + l - 1, 1 <= i <= N, 1 <= l <= 3      i in 1..N, l in 1..3, and a is i + l - 1
    i, k : 1 <= i, i <= k, k <= N                          k in 1..N, i in 1..k

Every index gets one lower and one upper end that use indices before it only; an end that no
constraint gives follows from several (`i <= k` and `k <= N`: `i <= N`). What no range says remains
a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from symgrad.proof.terms import OutOfReach
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Affine,
    Constraint,
    Variable,
    atleast,
    is_index_variable,
    plus,
    put,
    put_in,
    scaled,
    slope_of,
    solved,
    variable,
)

End: TypeAlias = tuple[Affine, int]
"""A form over a divisor."""

Implied: TypeAlias = Callable[[Constraint, Iterable[Constraint]], bool]
"""Does a condition follow from others?"""

Range: TypeAlias = tuple[Variable, End, End]


@dataclass(frozen=True)
class Ranges:
    """The indices in their order, each with its ends, and the constraints that are left."""

    limits: tuple[Range, ...]
    conditions: tuple[Constraint, ...]


def eliminated(
    bounds: Sequence[Variable], constraints: tuple[Constraint, ...]
) -> tuple[dict[Variable, Affine], tuple[Constraint, ...]]:
    """The indices that an equation fixes, as forms in the others, and what remains."""
    fixed: dict[Variable, Affine] = {}
    items = constraints
    while True:
        choices = [
            (_subtracted(solved(form, name)), -bounds.index(name), name, form)
            for kind, form in items
            if kind == EQUAL
            for name, slope in form[1]
            if name in bounds and slope in (1, -1)
        ]
        if not choices:
            return fixed, items
        _, _, name, form = min(choices)
        new = {name: solved(form, name)}
        fixed = {other: put(value, new) for other, value in fixed.items()} | new
        changed = (put_in(item, new) for item in items)
        items = tuple(dict.fromkeys(item for item in changed if item is not None))


def _subtracted(form: Affine) -> int:
    """How many indices a form subtracts."""
    return sum(slope < 0 and is_index_variable(name) for name, slope in form[1])


def reduced(implied: Implied, items: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """The constraints without those that follow from the others; the longest are tried first."""
    kept = list(items)
    for item in sorted(items, key=lambda item: (-len(item[1][1]), item)):
        others = [other for other in kept if other != item]
        if item[0] == ATLEAST and implied(item, others):
            kept = others
    return tuple(kept)


def described(
    bounds: Sequence[Variable],
    constraints: tuple[Constraint, ...],
    implied: Implied,
    as_they_stand: bool = False,
) -> Ranges:
    """Ranges and conditions, without conditions that follow from the rest."""
    try:
        return ranges(bounds, reduced(implied, constraints), as_they_stand)
    except OutOfReach:  # of what no point meets, anything follows
        return ranges(bounds, constraints, as_they_stand)


def ranges(
    bounds: Sequence[Variable], constraints: tuple[Constraint, ...], as_they_stand: bool = False
) -> Ranges:
    """A range for every index, in an order in which each end uses only indices before it."""
    left = list(bounds)
    limits: list[Range] = []
    used: set[Constraint] = set()
    while left:
        found = None
        for deep in (False, True):
            for name in left[:1] if as_they_stand else left:
                hidden = [other for other in left if other != name]
                found = _range(name, hidden, constraints, deep)
                if found is not None:
                    break
            if found is not None:
                break
        if found is None:
            raise OutOfReach("an index without a range")
        limit, ends = found
        limits.append(limit)
        used.update(ends)
        left.remove(limit[0])
    rest = tuple(item for item in constraints if item not in used)
    return Ranges(tuple(limits), rest)


def _range(
    name: Variable, hidden: Sequence[Variable], constraints: Sequence[Constraint], deep: bool
) -> tuple[Range, tuple[Constraint, ...]] | None:
    """The range of an index by constraints that use none of the hidden ones."""
    items = _projected(constraints, hidden) if deep else list(constraints)
    own = [
        item
        for item in items
        if item[0] == ATLEAST
        and slope_of(item[1], name)
        and not any(slope_of(item[1], other) for other in hidden)
    ]
    lower = _nearest(item for item in own if slope_of(item[1], name) > 0)
    upper = _nearest(item for item in own if slope_of(item[1], name) < 0)
    return lower and upper and ((name, _end(lower, name), _end(upper, name)), (lower, upper))


def _nearest(items: Iterable[Constraint]) -> Constraint | None:
    """The constraint that is easiest to read as an end."""
    return min(
        items,
        key=lambda item: (
            max(abs(slope) for _, slope in item[1][1]),
            len(item[1][1]),
            sum(is_index_variable(name) for name, _ in item[1][1]),
            item,
        ),
        default=None,
    )


def _end(item: Constraint, name: Variable) -> End:
    """slope * name + rest >= 0: -rest / slope from below, rest / -slope from above."""
    form = item[1]
    slope = slope_of(form, name)
    rest = plus(form, variable(name), -slope)
    return (scaled(rest, -1), slope) if slope > 0 else (rest, -slope)


def _projected(constraints: Iterable[Constraint], hidden: Iterable[Variable]) -> list[Constraint]:
    """What the constraints say of the other indices (Fourier and Motzkin)."""
    items = {item for item in constraints if item[0] == ATLEAST}
    for kind, form in constraints:
        if kind == EQUAL:
            items |= {item for item in (atleast(form), atleast(scaled(form, -1))) if item}
    for name in hidden:
        lower = [form for _, form in items if slope_of(form, name) > 0]
        upper = [form for _, form in items if slope_of(form, name) < 0]
        items = {item for item in items if not slope_of(item[1], name)}
        for low, high in product(lower, upper):
            joined = plus(scaled(low, -slope_of(high, name)), scaled(high, slope_of(low, name)))
            item = atleast(joined)
            if item is not None:
                items.add(item)
    return sorted(items)
