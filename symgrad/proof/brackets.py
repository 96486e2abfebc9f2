"""Conditions on real numbers, as atoms that are 0 or 1.

    [-u > 0] = 1 - [u >= 0]     [3 u > 0] = [u > 0]     [[c] u > 0] = [c] [u > 0]
    [N - i > 0] is the condition N - i >= 1 on integers
    [u >= 0] = [u > 0]   where u vanishes on a null set at most
    [u[i] >= max(k, u[k])] = [u[i] is the maximum]      for i among the k

The two relations are kept apart wherever u may vanish on more than a null set (data, relu).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice, product
from typing import Any

from symgrad.proof.canonical import put_all
from symgrad.proof.content import (
    clamped,
    common_condition,
    known_here,
    primitive,
    single_atom,
    taken_out,
    without,
)
from symgrad.proof.exists import counted
from symgrad.proof.factors import factored, linear
from symgrad.proof.facts import Facts
from symgrad.proof.integerforms import integer_form
from symgrad.proof.monotone import compared
from symgrad.proof.rational import Algebra
from symgrad.proof.signs import maximum_of
from symgrad.proof.terms import (
    ACCESS,
    BRACKET,
    REDUCTION,
    UNIT,
    Atom,
    Key,
    Number,
    Poly,
    Sum,
    add,
    atom_poly,
    constant,
    scale,
    subtract,
)
from symgrad.proof.thresholds import root_of_square, threshold
from symgrad.sets.affine import (
    Affine,
    Variable,
    atleast,
    plain,
    plus,
)
from symgrad.sets.affine import constant as number

MOST_FACTORS = 4
"""The sign of a product of more factors is an atom."""

LONG = 256
"""Terms of a sum whose sign takes as many steps to find; it grows with their square."""

CANDIDATES = 16
"""So many indices are tried at which a value might be the body of a maximum."""


def bracket(facts: Facts, algebra: Algebra, relation: str, poly: Poly) -> Poly:
    """[poly > 0] or [poly >= 0]."""
    strict = relation == ">"
    poly = known_here(algebra, poly)
    if not poly:
        return {} if strict else constant(UNIT)
    algebra.spend(len(poly) ** 2 // LONG)
    out = taken_out(algebra, poly)
    if out is not None:
        return out.around(algebra, lambda inner: bracket(facts, algebra, relation, inner))
    condition = common_condition(poly)
    if condition is not None:
        return _under(facts, algebra, relation, poly, condition)
    _, _, rest = primitive(facts, algebra, poly, True)
    simpler = compared(rest)
    if simpler is None:
        simpler = threshold(facts, algebra, rest)
    if simpler is not None:
        return bracket(facts, algebra, relation, simpler)
    some = counted(facts, algebra, relation, rest, partial(bracket, facts, algebra))
    if some is not None:
        return some
    cases = _of_larger(facts, algebra, relation, rest)
    if cases is not None:
        return cases
    maximum = _against_maximum(facts, algebra, rest)
    if maximum is not None:
        below, here = maximum
        if below:
            return subtract(constant(UNIT), here) if strict else constant(UNIT)
        return {} if strict else here
    whole = integer_form(rest)
    if whole is not None:
        item = atleast(plus(whole, number(-1 if strict else 0)))
        return algebra.bind(constant(UNIT), (), () if item is None else (item,))
    if facts.positive(algebra, rest, strict):
        return constant(UNIT)
    if facts.positive(algebra, scale(rest, -1), not strict):
        return {}
    generic = facts.nonvanishing(algebra, rest)
    if generic and facts.positive(algebra, rest, strict=False):
        return constant(UNIT)
    signs = _product(facts, algebra, relation, rest)
    if signs is None:
        signs = _between_roots(facts, algebra, relation, rest)
    if signs is not None:
        return signs
    if not _leads_with_plus(rest):
        opposite = ">" if generic or not strict else ">="
        atom: Atom = (BRACKET, opposite, (), (algebra.freeze(scale(rest, -1)),))
        return subtract(constant(UNIT), atom_poly(atom))
    kind = ">" if generic else relation
    return atom_poly((BRACKET, kind, (), (algebra.freeze(rest),)))


def _of_larger(facts: Facts, algebra: Algebra, relation: str, poly: Poly) -> Poly | None:
    """[max(u, v) > 0] = 1 - (1 - [u > 0]) (1 - [v > 0]),  [min(u, v) > 0] = [u > 0] [v > 0].

    A larger or smaller one stands as u + c g [g > 0]: max(u, u + c g) for c > 0, min for c < 0.
    """
    conditions = {atom for _, _, factors in poly for atom, _ in factors if atom[0] == BRACKET}
    for condition in sorted(conditions):
        found = clamped(facts, algebra, poly, condition)
        if found is None:
            continue
        first, added, larger = found
        one, other = (
            bracket(facts, algebra, relation, side) for side in (first, add(first, added))
        )
        both = algebra.multiply(one, other)
        return subtract(add(one, other), both) if larger else both
    return None


def _product(facts: Facts, algebra: Algebra, relation: str, poly: Poly) -> Poly | None:
    """[u v > 0] = [u > 0] [v > 0] + [-u > 0] [-v > 0], where squares and positive factors leave."""
    if linear(poly):
        return None
    found = factored(algebra, poly)
    if found is None:
        return None
    number, factors = found
    if len(factors) == 1 and factors[0][1] == 1:
        return None  # irreducible
    sign = 1 if number > 0 else -1
    odd: list[Poly] = []
    for factor, power in factors:
        if (power < 0 or power % 2 == 0) and not facts.nonvanishing(algebra, factor):
            return None
        if power % 2 == 0 or facts.positive(algebra, factor):
            continue
        if facts.positive(algebra, scale(factor, -1)):
            sign = -sign
        else:
            odd.append(factor)
    if not odd:
        return constant(UNIT) if sign > 0 else {}
    if len(odd) > MOST_FACTORS:
        return None
    if relation == ">=":
        return subtract(constant(UNIT), _positive(facts, algebra, odd, -sign))
    return _positive(facts, algebra, odd, sign)


def _positive(facts: Facts, algebra: Algebra, factors: list[Poly], sign: int) -> Poly:
    """[sign * product of factors > 0]."""
    first, *rest = factors
    above, below = (bracket(facts, algebra, ">", scale(first, s)) for s in (1, -1))
    if not rest:
        return above if sign > 0 else below
    return add(
        algebra.multiply(above, _positive(facts, algebra, rest, sign)),
        algebra.multiply(below, _positive(facts, algebra, rest, -sign)),
    )


def _between_roots(facts: Facts, algebra: Algebra, relation: str, poly: Poly) -> Poly | None:
    """[r - u^2 > 0] = [sqrt(r) - u > 0] [sqrt(r) + u > 0], where r is positive."""
    found = root_of_square(facts, algebra, poly)
    if found is None:
        return None
    base, root, sign = found
    inside = relation if sign < 0 else {">": ">=", ">=": ">"}[relation]
    sides = (subtract(root, base), add(root, base))
    both = algebra.multiply(*(bracket(facts, algebra, inside, side) for side in sides))
    return both if sign < 0 else subtract(constant(UNIT), both)


def _leads_with_plus(poly: Poly) -> bool:
    """Is this the side of a condition that is kept: u[i] - max(k, u), or a leading plus?

    What the indices are called may change, so it is asked last.
    """
    maxima = [key for key, value in poly.items() if _is_reduction(key) and value in (1, -1)]
    if maxima:
        return bool(poly[max(maxima)] < 0)
    alike: dict[tuple[Any, ...], Number] = {}
    for key, value in poly.items():
        kind = _nameless(key)
        alike[kind] = alike.get(kind, 0) + value
    telling = [kind for kind, value in alike.items() if value]
    return bool((alike[max(telling)] if telling else poly[max(poly)]) > 0)


def _nameless(key: Key) -> tuple[Any, ...]:
    """What a term holds, whatever its indices are called."""
    bounds, constraints, factors = key
    return len(bounds), len(constraints), tuple(sorted((*a[:2], p) for a, p in factors))


def _is_maximum(key: Key) -> bool:
    """Is a term a maximum over a set without holes?"""
    return _is_reduction(key) and key[2][0][0][1] == "max"


def _is_reduction(key: Key) -> bool:
    atom = single_atom({key: UNIT})
    return atom is not None and atom[1] == 1 and atom[0][0] == REDUCTION


def _against_maximum(facts: Facts, algebra: Algebra, poly: Poly) -> tuple[bool, Poly] | None:
    """For ±(max(k, u) - u[i]), i among the k: is the sign plus, and [u[i] is the maximum]."""
    for key, coefficient in poly.items():
        if not _is_maximum(key) or coefficient not in (1, -1):
            continue
        gap = scale(poly, -coefficient)  # u[i] - max(k, u)
        if bounded(algebra, key[2][0][0], add(gap, {key: UNIT})):
            return coefficient > 0, attained(facts, algebra, gap)
    return None


def attained(facts: Facts, algebra: Algebra, gap: Poly) -> Poly:
    """[u[i] - max(k, u) >= 0], which is [u[i] == max(k, u)]."""
    while gap:
        _, _, gap = primitive(facts, algebra, gap, True)
        simpler = compared(gap)
        if simpler is None:
            simpler = threshold(facts, algebra, gap)
        if simpler is None:
            return atom_poly((BRACKET, ">=", (), (algebra.freeze(gap),)))
        gap = simpler
    return constant(UNIT)


def _under(facts: Facts, algebra: Algebra, relation: str, poly: Poly, condition: Atom) -> Poly:
    """[[c] u > 0] = [c] [u > 0], and [[c] u >= 0] = 1 - [c] + [c] [u >= 0]."""
    inside = without(algebra, poly, condition)
    held = atom_poly(condition)
    both = algebra.multiply(held, bracket(facts, algebra, relation, inside))
    return both if relation == ">" else add(subtract(constant(UNIT), held), both)


def bounded(algebra: Algebra, maximum: Atom, value: Poly) -> bool:
    """Is a value the body of a maximum at some of its indices, and so at most the maximum?"""
    bounds, constraints, body = maximum_of(algebra, maximum)
    for new in placed(bounds, body, value):
        within = put_all(constraints, new)
        if all(map(algebra.holds, within)) and (algebra.substitute(body, new) == value):
            return True
    return False


def placed(bounds: Sequence[Variable], body: Poly, value: Poly) -> Iterator[dict[Variable, Affine]]:
    """Places at which a body may be the value: where elements of the same arrays stand in both."""
    choices: list[list[Affine]] = []
    for name in bounds:
        place = next(
            (
                (atom[1], at)
                for atom in _accesses(body)
                for at, form in enumerate(atom[2])
                if plain(form) == name
            ),
            None,
        )
        if place is None:
            return
        found = {atom[2][place[1]] for atom in _accesses(value) if atom[1] == place[0]}
        choices.append(sorted(found))
    for chosen in islice(product(*choices), CANDIDATES):
        yield dict(zip(bounds, chosen, strict=True))


def _accesses(poly: Poly, seen: set[Sum] | None = None) -> Iterator[Atom]:
    """The elements in a sum; what stands in several sums within it is looked into once."""
    seen = set() if seen is None else seen
    for _, _, factors in poly:
        for atom, _ in factors:
            if atom[0] == ACCESS:
                yield atom
            for inner in atom[3]:
                if inner not in seen:
                    seen.add(inner)
                    yield from _accesses(inner.poly(), seen)
