"""Index expressions and the conditions on them, in canonical form.

    i + l - 1   is   (-1, (("@i", 1), ("@l", 1)))          an affine form: constant, coefficients
    i <= H-h+1  is   (">", form of H - h + 1 - i)          a constraint: form >= 0
    i == p-l+1  is   ("=", form of i - p + l - 1)          a constraint: form == 0

Variables are strings: an extent by its own name, indices with a mark in front (`@` bound, `$` the
free indices of an element under comparison). Everything is a plain tuple, so that forms hash,
compare and sort as they are. Exact integer arithmetic throughout.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from math import gcd
from typing import TypeAlias

Variable: TypeAlias = str
Affine: TypeAlias = tuple[int, tuple[tuple[Variable, int], ...]]
Constraint: TypeAlias = tuple[str, Affine]

EQUAL, ATLEAST = "=", ">"
FALSE: Constraint = (EQUAL, (1, ()))
"""The constraint 1 == 0."""


def constant(number: int) -> Affine:
    return (number, ())


def variable(name: Variable) -> Affine:
    return (0, ((name, 1),))


def is_index_variable(name: Variable) -> bool:
    return name[0] in "@$"


@lru_cache(maxsize=4096)
def plus(left: Affine, right: Affine, times: int = 1) -> Affine:
    """left + times * right."""
    found = dict(left[1])
    for name, slope in right[1]:
        found[name] = found.get(name, 0) + times * slope
    parts = tuple(sorted((name, slope) for name, slope in found.items() if slope))
    return (left[0] + times * right[0], parts)


def scaled(form: Affine, times: int) -> Affine:
    return plus(constant(0), form, times)


def plain(form: Affine) -> Variable | None:
    """The variable that stands alone in a form, if one does."""
    number, parts = form
    return parts[0][0] if not number and len(parts) == 1 and parts[0][1] == 1 else None


def put(form: Affine, new: Mapping[Variable, Affine]) -> Affine:
    """The form with others in the place of variables."""
    number, parts = form
    if len(parts) == 1 and parts[0][1] == 1:  # nearly every form is one variable
        moved = new.get(parts[0][0])
        return form if moved is None else (number + moved[0], moved[1])
    if not any(name in new for name, _ in parts):
        return form
    found: dict[Variable, int] = {}
    for name, slope in parts:
        if name not in new:
            found[name] = found.get(name, 0) + slope
            continue
        shift, others = new[name]
        number += slope * shift
        for other, factor in others:
            found[other] = found.get(other, 0) + slope * factor
    return (number, tuple(sorted((name, slope) for name, slope in found.items() if slope)))


def slope_of(form: Affine, name: Variable) -> int:
    for found, slope in form[1]:
        if found == name:
            return slope
    return 0


def solved(form: Affine, name: Variable) -> Affine:
    """The value of a variable of slope ±1 that makes the form zero."""
    slope = slope_of(form, name)
    rest = plus(form, variable(name), -slope)
    return scaled(rest, -slope)


@lru_cache(maxsize=4096)
def atleast(form: Affine) -> Constraint | None:
    """form >= 0 with coprime slopes and the tightest constant; None where it always holds."""
    number, parts = form
    if not parts:
        return None if number >= 0 else FALSE
    divisor = gcd(*(slope for _, slope in parts))
    if divisor > 1:
        form = (number // divisor, tuple((name, slope // divisor) for name, slope in parts))
    if form[0] + sum(slope for _, slope in form[1]) >= 0 and all(
        slope > 0 and not is_index_variable(name) for name, slope in form[1]
    ):
        return None  # extents are at least 1
    return (ATLEAST, form)


@lru_cache(maxsize=4096)
def equal(form: Affine) -> Constraint | None:
    """form == 0 with coprime slopes, the first positive; None where it always holds."""
    number, parts = form
    if not parts:
        return None if number == 0 else FALSE
    divisor = gcd(*(slope for _, slope in parts))
    if number % divisor:
        return FALSE
    if parts[0][1] < 0:
        divisor = -divisor
    return (EQUAL, (number // divisor, tuple((name, slope // divisor) for name, slope in parts)))


def constraint(kind: str, form: Affine) -> Constraint | None:
    return equal(form) if kind == EQUAL else atleast(form)


def put_in(item: Constraint, new: Mapping[Variable, Affine]) -> Constraint | None:
    """The constraint with forms in the place of variables; None where it always holds."""
    kind, form = item
    moved = put(form, new)
    return item if moved is form else constraint(kind, moved)


def determined(
    chosen: Collection[Variable], constraints: Iterable[Constraint]
) -> dict[Variable, Affine]:
    """What equations say that variables are, in terms of the others: j == i + 1.

    All that have slope ±1, equation after equation, each put into the values found before it.
    """
    found: dict[Variable, Affine] = {}
    for kind, form in constraints:
        form = put(form, found)
        units = [name for name, slope in form[1] if name in chosen and slope in (1, -1)]
        if kind == EQUAL and units:
            name = max(units)
            value = solved(form, name)
            found = {other: put(old, {name: value}) for other, old in found.items()}
            found[name] = value
    return found


def negations(condition: Constraint) -> tuple[Constraint | None, ...]:
    """Disjoint constraints that hold exactly where the given one does not."""
    kind, form = condition
    below = atleast(plus(constant(-1), form, -1))
    return (below,) if kind == ATLEAST else (below, atleast(plus(constant(-1), form)))


def names(forms: Iterable[Affine]) -> set[Variable]:
    return {name for _, parts in forms for name, _ in parts}
