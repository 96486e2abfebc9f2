"""Bound indices that need not stay: fixed by an equation, used by nothing, or summing a label to 1.

    sum(k if k == i, p[k]) = p[i]      sum(k in a..b, u) = (b - a + 1) u      sum(k, [k == y]) = 1
    sum(k in 1..n, k) = n (n + 1) / 2

Each function looks for one such index and says what to do; `Algebra.close` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TypeAlias

from symgrad.proof.terms import INDEX, LABEL, Atom, Key, free
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Affine,
    Constraint,
    Variable,
    atleast,
    equal,
    plain,
    plus,
    scaled,
    slope_of,
    solved,
    variable,
)

ONCE: Affine = (1, ())

Implied: TypeAlias = Callable[[Constraint, Iterable[Constraint]], bool]
Tied: TypeAlias = Callable[[Sequence[Variable], Iterable[Constraint]], Iterable[Constraint]]


def fixed(
    bounds: tuple[Variable, ...], constraints: tuple[Constraint, ...], used: set[Variable]
) -> tuple[Variable, Affine] | None:
    """A bound index that an equation, or a range of one number, replaces; and the form it is.

    One at a time, for what remains is simplified before the next is looked for; and an index that
    places use gives way to other bound indices only where it equals one.
    """
    floors: dict[tuple[Affine, int], Variable] = {}
    for kind, form in sorted(constraints):
        if kind != EQUAL:
            number, parts = form
            if any(slope < -1 for _, slope in parts):
                twin = _same_floor(form, bounds, constraints, floors)
                if twin is not None:
                    return twin
            if len(parts) == 1 and parts[0][1] == 1 and parts[0][0] in bounds:
                opposite = kind, (-number, ((parts[0][0], -1),))
                if opposite in constraints:
                    return parts[0][0], (-number, ())
            continue
        for name, slope in form[1]:
            if name in bounds and slope in (1, -1):
                value = solved(form, name)
                inner = any(other in bounds for other, _ in value[1])
                if name not in used or not inner or plain(value) is not None:
                    return name, value
    return _by_two_equations(bounds, [form for kind, form in constraints if kind == EQUAL])


def _by_two_equations(
    bounds: tuple[Variable, ...], equations: list[Affine]
) -> tuple[Variable, Affine] | None:
    """a, where a = 2 l - 1 and 2 l = i + 1 say that it is i."""
    for one, other in combinations(sorted(equations), 2):
        for name, slope in one[1]:
            if name not in bounds or not slope_of(other, name):
                continue
            left = plus(scaled(one, slope_of(other, name)), other, -slope)
            found = equal(left)
            inner = [other for other, _ in left[1] if other in bounds]
            if found is not None and len(inner) == 1 and slope_of(found[1], inner[0]) in (1, -1):
                return inner[0], solved(found[1], inner[0])
    return None


def _same_floor(
    form: Affine,
    bounds: tuple[Variable, ...],
    constraints: tuple[Constraint, ...],
    floors: dict[tuple[Affine, int], Variable],
) -> tuple[Variable, Affine] | None:
    """q, where e >= d q says with e <= d q + d - 1 that q is floor(e / d), as another index is."""
    for name, slope in form[1]:
        if slope < -1 and name in bounds and _is_floor(form, name, constraints):
            twin = floors.setdefault((plus(form, variable(name), -slope), slope), name)
            if twin != name:
                return name, variable(twin)
    return None


def _is_floor(form: Affine, name: Variable, constraints: Collection[Constraint]) -> bool:
    """Do constraints say e - d q <= d - 1, where the form is e - d q?"""
    most = -slope_of(form, name) - 1
    return atleast(plus((most, ()), form, -1)) in constraints


def other_floor(
    tied: Tied,
    bounds: tuple[Variable, ...],
    constraints: tuple[Constraint, ...],
    factors: Collection[Atom],
) -> tuple[Variable, Affine] | None:
    """A floor that is told by others, or by one that is written more simply; and what it is.

    ceil(N / 2) = N - floor(N / 2)
    floor((N + 2) / 3) = N - floor(N / 3) - floor((N + 1) / 3)

    Only one that stands for a number goes; the place of an element keeps its index.
    """
    floors = {
        name: (plus(form, variable(name), -slope), -slope)
        for kind, form in constraints
        if kind == ATLEAST
        for name, slope in form[1]
        if slope < -1 and name in bounds and _is_floor(form, name, constraints)
    }
    numbers = [name for name in floors if not any(_places(atom, name) for atom in factors)]
    for name in numbers:
        over, below = floors[name]
        if below == 2 and over[0] % 2:  # of e + 1
            return name, plus(plus(over, ONCE, -1), variable(name), -1)
    if len(floors) < 2 or not numbers:
        return None
    equations = tuple(tied(bounds, constraints))
    for name in sorted(numbers, key=lambda name: (floors[name], name), reverse=True):
        for _, form in equations:
            if slope_of(form, name) in (1, -1):
                return name, solved(form, name)
    return None


def _places(atom: Atom, name: Variable) -> bool:
    """Does an index stand in an atom otherwise than as a number?"""
    if atom[0] != INDEX and any(slope_of(form, name) for form in atom[2]):
        return True
    return any(
        name in inner.free
        and any(_places(part, name) for key, _ in inner.terms for part, _ in key[2])
        for inner in atom[3]
    )


def single(
    implied: Implied, key: Key
) -> tuple[Variable, tuple[Constraint, ...], tuple[Atom, ...]] | None:
    """A bound index of a term that has one value: a label's or a floor; with what says so.

    Of y[k] with a bound k the value is one for each k, not one.
    """
    bounds, constraints, factors = key
    for atom, _ in factors:
        if atom[0] == LABEL and not atom[3] and plain(atom[2][0]) in bounds:
            name = atom[2][0][1][0][0]
            own = _within_label(implied, atom, name, constraints)
            forms = [*atom[2], *(form for _, form in own or ())]
            if own is not None and not any(_meets_another(form, bounds, name) for form in forms):
                return name, own, (atom,)
    for kind, form in constraints:
        for name, slope in form[1] if kind == ATLEAST else ():
            if slope < -1 and name in bounds and _is_floor(form, name, constraints):
                own = tuple(item for item in constraints if slope_of(item[1], name))
                if len(own) == 2 and not _meets_another(form, bounds, name):
                    return name, own, ()
    return None


def _meets_another(form: Affine, bounds: Collection[Variable], name: Variable) -> bool:
    """Is there another bound index in a form?"""
    return any(other in bounds and other != name for other, _ in form[1])


def interval(
    implied: Implied, name: Variable, constraints: tuple[Constraint, ...]
) -> tuple[Affine, Affine, tuple[Constraint, ...]] | None:
    """The values lower..upper of an index, if its constraints are one lower and one upper bound.

    That upper >= lower - 1 must be implied, or becomes a constraint on other bound indices. An
    index that is floor(e / d), by d q <= e <= d q + d - 1, has one value: it is counted as 1..1,
    and must not be used.
    """
    own = [item for item in constraints if slope_of(item[1], name)]
    others = tuple(item for item in constraints if item not in own)
    if len(own) < 2 or any(kind == EQUAL for kind, _ in own):
        return None
    above, below = (_tightest(implied, name, own, others, sign) for sign in (-1, 1))
    if above is None or below is None:
        return None
    slope = slope_of(below, name)
    if slope_of(above, name) != -slope:
        return None
    if slope != 1:
        return (ONCE, ONCE, others) if plus(above, below) == (slope - 1, ()) else None
    upper, lower = plus(above, variable(name)), plus(variable(name), below, -1)
    condition = atleast(plus(plus(upper, lower, -1), ONCE))
    if condition is not None and not implied(condition, others):
        some = atleast(plus(upper, lower, -1))
        if some is None or not any(other[0] == "@" for other, _ in some[1][1]):
            return None
        others = (*others, some)
    return lower, upper, others


def _tightest(
    implied: Implied,
    name: Variable,
    own: list[Constraint],
    others: tuple[Constraint, ...],
    sign: int,
) -> Affine | None:
    """The one constraint from above (-1) or below (1) that implies the others of its kind."""
    found = [form for _, form in own if slope_of(form, name) * sign > 0]
    if len(found) == 1:
        return found[0]
    if any(slope_of(form, name) != sign for form in found):
        return None
    for form in found:
        gaps = [atleast(plus(other, form, -1)) for other in found if other != form]
        if all(gap is None or implied(gap, others) for gap in gaps):
            return form
    return None


@lru_cache(maxsize=32)
def power_sum(k: int) -> tuple[Fraction, ...]:
    """The coefficients of S(n) = 1^k + ... + n^k, from n^0 on.

    (n + 1)^(k + 1) - 1 = sum(j in 0..k, binomial(k + 1, j) S_j(n))
    """
    result = [Fraction(comb(k + 1, j), k + 1) for j in range(k + 2)]
    result[0] -= Fraction(1, k + 1)
    for j in range(k):
        for place, value in enumerate(power_sum(j)):
            result[place] -= Fraction(comb(k + 1, j), k + 1) * value
    return tuple(result)


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
        name = plain(atom[2][0])
        if name not in bounds or sum(name in free(other) for other in factors) > 1:
            continue
        own = _within_label(implied, atom, name, constraints)
        if own is not None:
            return atom, name, tuple(item for item in constraints if item not in own)
    return None


def _within_label(
    implied: Implied, atom: Atom, name: Variable, constraints: Iterable[Constraint]
) -> tuple[Constraint, ...] | None:
    """The constraints on a label's index, if every value that the label takes meets them."""
    value, lower, upper = atom[2][:3]
    own = tuple(item for item in constraints if slope_of(item[1], name))
    ends = (atleast(plus(value, lower, -1)), atleast(plus(upper, value, -1)))
    within = {item for item in ends if item is not None}
    return own if all(implied(item, within) for item in own) else None
