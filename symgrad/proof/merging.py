"""Sums that were taken apart, put together again.

    sum(j in 1..J-1, u[j]) + u[J]                               = sum(j in 1..J, u[j])
    sum(j if mod(j, 2) == 0, u[j]) + sum(j if mod(j, 2) == 1, u[j]) = sum(j, u[j])
    sum(j if mod(j, 2) == 0, 1) + sum(j if mod(j, 2) == 1, 1)   = J
    u[$] [$ <= B-1] + u[B] [$ == B]                             = u[$],  $ in 1..B

Inner sums too: arguments, denominators, exponents. Only what makes a polynomial simpler is done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations, islice
from typing import Any

from symgrad.proof.canonical import put_all
from symgrad.proof.regions import USED, at_places, orders_of
from symgrad.proof.replacing import mapped
from symgrad.proof.terms import (
    BODY,
    BRACKET,
    COMPOUND,
    DEMAND,
    EXP,
    FUNCTION,
    LABEL,
    PARTIAL,
    REDUCTION,
    UNIT,
    Atom,
    Factors,
    Key,
    Number,
    Poly,
    accumulate,
    add,
    exponents_added,
    free,
    scale,
    subtract,
)
from symgrad.proof.theory import Theory
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Affine,
    Constraint,
    Variable,
    atleast,
    constant,
    equal,
    names,
    plus,
    scaled,
    slope_of,
    solved,
    variable,
)

SPOT = "@p"
"""Marks the places of counted indices."""

HOLDERS = (COMPOUND, FUNCTION, PARTIAL, BRACKET, REDUCTION, BODY, LABEL, DEMAND, EXP)
"""Atoms with sums in them."""

MOST_TERMS = 60
"""Longer polynomials stay as they are; no more steps are taken."""

MOST_PARTS = 6
"""A sum is put together from so many parts at once."""


MOST_UNIONS = 30
"""So many unions of the sets of one group are looked at in one step."""


def merge(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """The polynomial with its sums, from the inmost outwards, put together."""
    poly = _outside(known, _inside(known, poly, set()))
    for _ in range(MOST_TERMS):
        simpler = _simpler(known, poly, _united, first=True)
        simpler = _simpler(known, simpler, _widened, first=False)
        if simpler == poly:
            break
        poly = simpler
    return poly


def _simpler(
    known: Theory, poly: Poly, changes: Callable[[Theory, Poly], Iterator[Poly]], first: bool
) -> Poly:
    """The same, smaller by one change or by all."""
    result = poly
    for change in changes(known, poly) if len(poly) <= MOST_TERMS else ():
        changed = add(result, change)
        if _size(changed) < _size(result):
            result = changed
            if first:
                break
    return result


def _size(poly: Poly) -> tuple[int, Number, int]:
    """Terms, their coefficients, their bound indices: N - 1 is less than two counts of halves."""
    coefficients = sum(abs(coefficient) for coefficient in poly.values())
    return len(poly), coefficients, sum(len(bounds) for bounds, _, _ in poly)


# --- inner sums --------------------------------------------------------------------------------


def _inside(known: Theory, poly: Poly, whole: set[Atom]) -> Poly:
    """Merge the sums in atoms; those that are `whole` already need not be looked at again."""
    algebra = known.algebra

    def change(atom: Atom) -> Poly | None:
        if atom in whole or all(len(inner.terms) < 2 for inner in atom[3]):
            return None
        before = tuple(inner.poly() for inner in atom[3])
        after = tuple(merge(known, part) for part in before)
        if after == before:
            whole.add(atom)
            return None
        return algebra.laws[atom[0]](algebra, atom, after)

    result: Poly = {}
    for key, coefficient in mapped(algebra, poly, change, HOLDERS).items():
        for term, factor in (_exponent(known, key) or {key: UNIT}).items():
            accumulate(result, term, coefficient * factor)
    return result


def _exponent(known: Theory, key: Key) -> Poly | None:
    """exp(u) exp(v) = exp(w), where merging makes w of u + v."""
    algebra = known.algebra
    bounds, constraints, factors = algebra.opened(key)
    powers = [(atom, power) for atom, power in factors if atom[0] == EXP]
    if len(powers) < 2:
        return None
    before = exponents_added(powers)
    with algebra.inside(constraints):
        after = merge(known, before)
    if after == before:
        return None
    rest: Poly = {}
    others = tuple(item for item in factors if item[0][0] != EXP)
    algebra.assemble(rest, (), (), others, UNIT)
    with algebra.inside(constraints):
        joined = algebra.multiply(rest, known.laws.exp(algebra, after))
    return algebra.bind(joined, bounds, constraints)


def _outside(known: Theory, poly: Poly) -> Poly:
    """u[$] [$ == B] = u[B] [$ == B], for every free index that an equation fixes."""
    result: Poly = {}
    for key, coefficient in poly.items():
        for term, factor in _placed(known, key).items():
            accumulate(result, term, coefficient * factor)
    return result


def _placed(known: Theory, key: Key) -> Poly:
    bounds, constraints, factors = key
    for item in constraints:
        kind, form = item
        fixed = [
            name for name, slope in form[1] if kind == EQUAL and name[0] == "$" and slope in (1, -1)
        ]
        if len(names([form]) & {*bounds}) == 0 and len(fixed) == 1:
            (name,) = fixed
            rest = {(bounds, tuple(c for c in constraints if c != item), factors): UNIT}
            value = known.algebra.substitute(rest, {name: solved(form, name)})
            return known.algebra.bind(value, (), (item,))
    return {key: UNIT}


# --- one place more ----------------------------------------------------------------------------


def _widened(known: Theory, poly: Poly) -> Iterator[Poly]:
    """What is 0, for each constraint f >= 0 of each term:

    sum(f + 1 >= 0, u) - sum(f >= 0, u) - sum(f + 1 == 0, u)
    sum(f - 1 >= 0, u) - sum(f >= 0, u) + sum(f == 0, u)
    """
    groups: dict[tuple[Any, ...], list[Key]] = {}
    for key in poly:
        groups.setdefault(_kind(key), []).append(key)
    for key, coefficient in poly.items():
        alike = groups[_kind(key)]
        level = len({len(other[0]) for other in alike}) == 1
        for place, (relation, form) in enumerate(key[1]):
            if relation != ATLEAST or len(alike) < 2:
                continue
            if level and all((relation, form) in other[1] for other in alike):
                continue  # nothing here lies at its border
            others = key[1][:place] + key[1][place + 1 :]
            for step in (1, -1):
                other = _over(known, key, (*others, atleast(plus(form, constant(step)))))
                border = plus(form, constant(max(step, 0)))
                edge = _outside(known, _over(known, key, (*others, equal(border))))
                zero = subtract(subtract(other, scale(edge, step)), {key: UNIT})
                yield scale(zero, coefficient)


def _kind(key: Key) -> tuple[Any, ...]:
    """The factors of a term without their indices."""
    return tuple(sorted((atom[0], atom[1], power) for atom, power in key[2]))


def _over(known: Theory, key: Key, constraints: Sequence[Constraint | None]) -> Poly:
    """The term over another index set."""
    bounds, _, factors = key
    found: Poly = {}
    limits = tuple(item for item in constraints if item is not None)
    bounds, limits, factors = known.algebra.opened((bounds, limits, factors))
    known.algebra.assemble(found, bounds, limits, factors, UNIT)
    return found


# --- index sets that make one ------------------------------------------------------------------


def _united(known: Theory, poly: Poly) -> Iterator[Poly]:
    """sum(S, u) - sum(S1, u) - sum(S2, u), where S is S1 and S2, which share no point."""
    groups: dict[Factors, list[tuple[Key, Key]]] = {}
    for key in poly:
        if key[1]:
            named = _named(known, _spread(key))
            groups.setdefault(named[2], []).append((key, named))
    for members in groups.values():
        sizes = range(2, min(len(members), MOST_PARTS) + 1)
        choices = (part for size in sizes for part in combinations(members, size))
        for parts in islice(choices, MOST_UNIONS):
            whole = _union(known, [named for _, named in parts])
            if whole is not None:
                zero = subtract(whole, {key: UNIT for key, _ in parts})
                for number in sorted({poly[key] for key, _ in parts}):
                    yield scale(zero, number)


def _spread(key: Key) -> Key:
    """The term with a place p = n k for each index k that is only counted: n k <= f is p <= f.

    sum(k if 2 k + 1 <= N, u) = sum(p if p <= N and p = 2 k + 1, u)
    """
    bounds, constraints, factors = key
    used = {name for atom, _ in factors for name in free(atom)}
    for place, name in enumerate(_hidden(key, used)):
        above = (form for kind, form in key[1] if kind == ATLEAST and slope_of(form, name) < -1)
        form = next(above, None)
        if form is not None:
            spot = f"{SPOT}{place}"
            bounds = (*bounds, spot)
            constraints = (*constraints, *_at_spot(key[1], form, name, spot))
    return bounds, constraints, factors


def _at_spot(
    constraints: Sequence[Constraint], above: Affine, name: Variable, spot: Variable
) -> Iterator[Constraint]:
    """f >= n k, as what it makes of p = n k - f(0); and of the bounds below k."""
    times = -slope_of(above, name)
    value = plus(constant(-above[0]), variable(name), times)
    yield EQUAL, plus(value, variable(spot), -1)
    below = (form for kind, form in constraints if kind == ATLEAST and slope_of(form, name) == 1)
    for form in (above, *(scaled(form, times) for form in below)):
        sign = 1 if slope_of(form, name) > 0 else -1
        yield ATLEAST, plus(plus(form, value, -sign), variable(spot), sign)


def _named(known: Theory, key: Key) -> Key:
    """The term with the indices that its factors use named by their places in the factors."""
    bounds, constraints, factors = key
    used = tuple(name for name in bounds if any(name in free(atom) for atom, _ in factors))
    spots = [name for name in bounds if name.startswith(SPOT)]
    others = [name for name in _hidden(key, used) if name not in spots]
    hidden = {name: variable(f"@h{n}") for n, name in enumerate(others)}
    counted = {name: variable(f"{USED}s{n}") for n, name in enumerate(spots)}
    form, (order, *_) = orders_of(known, used, factors)
    places = {**at_places(order), **counted, **hidden}
    return (
        tuple(form[1][0][0] for form in places.values()),
        put_all(constraints, places),
        form,
    )


def _union(known: Theory, parts: Sequence[Key]) -> Poly | None:
    """The term over the union of disjoint sets, if the constraints that all satisfy describe it:

    those that a part has, or those of the hull.
    """
    factors = parts[0][2]
    used = {name for part in parts for name in part[0] if name.startswith(USED)}
    bounds = tuple(name for name in parts[0][0] if name in used)
    if any(tuple(name for name in part[0] if name in used) != bounds for part in parts):
        return None
    common = {
        item
        for part in parts
        for item in part[1]
        if names([item[1]]).isdisjoint(_hidden(part, used))
        and all(_implied(known, item, other[1]) for other in parts)
    }
    sets = known.sets
    sides = [(part[1], _hidden(part, used)) for part in parts]
    if not all(sets.determined(bounds, items, hidden) for items, hidden in sides):
        return None
    for candidate in (common, sets.hull(bounds, sides)):
        if sets.makes(bounds, sides, candidate, known.algebra.surroundings()):
            return _over(known, (bounds, (), factors), tuple(sorted(candidate)))
    return None


def _hidden(key: Key, used: Collection[Variable]) -> tuple[Variable, ...]:
    """The bound indices of which no factor knows."""
    return tuple(name for name in key[0] if name not in used)


def _implied(known: Theory, item: Constraint, constraints: Sequence[Constraint]) -> bool:
    return item in constraints or known.sets.implied(
        item, (*constraints, *known.algebra.surroundings())
    )
