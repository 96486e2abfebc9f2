"""Cases of signs: sums that vanish whatever the conditions in them say.

    max(a, b) + min(a, b) - a - b        for a > b: a + b - a - b = 0,   else: b + a - a - b = 0
    [a > b] [b > c] (1 - [a > c])        for a > b, b > c, not a > c: there is no such case

Conditions are taken one after the other, as 1 and as 0, wherever they stand: as factors, in
functions, in other conditions. Cases that contradict themselves are none. Sums over the same
indices are treated as one sum, whose body must vanish (see `alignment`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from symgrad.proof.alignment import Aligned, Region, aligned, at, body
from symgrad.proof.brackets import bounded
from symgrad.proof.linear import Inequality, contradictory
from symgrad.proof.replacing import mapped
from symgrad.proof.settling import settled
from symgrad.proof.terms import (
    ACCESS,
    BRACKET,
    REDUCTION,
    UNIT,
    Atom,
    Key,
    OutOfReach,
    Poly,
    Sum,
    add,
    constant,
    free,
    mentions,
    scale,
    subtract,
)
from symgrad.proof.theory import Theory
from symgrad.sets.affine import Affine, Variable, variable

MOST_CASES = 96
"""So many cases are told apart in one sum."""

CONDITION = frozenset((BRACKET,))


def vanishing(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Add up the sums over the same indices; drop them if the body vanishes in every case."""
    groups: dict[Region, list[tuple[Key, Aligned]]] = {}
    for key in poly:
        how = aligned(known, key)
        groups.setdefault(how.region, []).append((key, how))
    result = dict(poly)
    for (size, constraints), members in groups.items():
        indices = tuple(variable(known.algebra.fresh()) for _ in range(size))
        within = at(constraints, indices)
        with known.algebra.inside(within):
            parts = (scale(body(known, *one, indices), poly[one[0]]) for one in members)
            whole = add({}, *parts)
            if vanishes(known, whole):
                whole = {}
            elif len(whole) >= len(members):
                continue
            old = {key: -poly[key] for key, _ in members}
            names = [form[1][0][0] for form in indices]
            result = add(result, old, known.algebra.bind(whole, names, within))
    return result


def vanishes(known: Theory, body: Poly) -> bool:
    """Is a sum zero in every case of the conditions in it?"""
    return all(not settled(known, leaf) for leaf, _ in cases_of(known, body))


def cases_of(known: Theory, body: Poly) -> Iterator[tuple[Poly, list[Inequality]]]:
    """The body without its conditions in each case, and what holds there."""
    todo: list[tuple[Poly, list[Inequality]]] = [(body, [])]
    made = 0
    while todo:
        poly, held = todo.pop()
        condition = _condition(poly)
        if condition is None:
            yield poly, held
            continue
        for value in (1, 0):
            case = [*held, _inequality(known, condition, bool(value))]
            facts = (*_about_maxima(known, case), *_declared(known, case))
            if contradictory(known.laws.facts, known.algebra, [*case, *facts]):
                continue
            made += 1
            if made > MOST_CASES:
                raise OutOfReach("too many cases")
            todo.append((_chosen(known, poly, condition, value), case))


def _condition(poly: Poly) -> Atom | None:
    """A condition that holds no other and depends on no index that is bound inside."""
    stack = [atom for _, _, factors in poly for atom, _ in factors]
    outer = set().union(*(_outside(key) for key in poly))
    seen: set[Atom] = set()
    found: set[Atom] = set()
    while stack:
        atom = stack.pop()
        if atom in seen or not mentions(atom, CONDITION):
            continue
        seen.add(atom)
        inner = [
            part for held in atom[3] for (_, _, factors), _ in held.terms for part, _ in factors
        ]
        holds_others = any(mentions(part, CONDITION) for part in inner)
        if atom[0] == BRACKET and free(atom) <= outer and not holds_others:
            found.add(atom)
        stack += inner
    return min(found, default=None)


def _outside(key: Key) -> set[Variable]:
    return set().union(*(free(atom) for atom, _ in key[2])) - set(key[0])


def _inequality(known: Theory, condition: Atom, holds: bool) -> Inequality:
    gap = condition[3][0].poly()
    strict = (condition[1] == ">") == holds
    facts, algebra = known.laws.facts, known.algebra
    return scale(gap, 1 if holds else -1), strict or facts.nonvanishing(algebra, gap)


def _chosen(known: Theory, poly: Poly, condition: Atom, value: int) -> Poly:
    """The sum with 1 or 0 for a condition."""
    number = constant(UNIT * value)
    return mapped(
        known.algebra, poly, lambda atom: number if atom == condition else None, (BRACKET,)
    )


def _declared(known: Theory, case: list[Inequality]) -> Iterator[Inequality]:
    """What is assumed of several numbers, at the places where they stand: b - a >= 0."""
    atoms = {atom for poly, _ in case for key in poly for atom, _ in key[2] if atom[0] == ACCESS}
    for template, strict in known.laws.facts.templates.items():
        if len(template.terms) < 2:
            continue
        ranks = {name: len(known.arrays[name].axes) for name in template.arrays}
        if len({*ranks.values()} - {0}) < 2:
            rank = max(ranks.values())
            spots = {atom[2] for atom in atoms if ranks.get(atom[1]) == rank}
            yield from ((_at(template, places, ranks), strict) for places in sorted(spots))


def _at(template: Sum, places: tuple[Affine, ...], ranks: Mapping[str, int]) -> Poly:
    """A declared sum, which names no places, at some; a number without places has none."""

    def moved(atom: Atom) -> Atom:
        tag, name, forms, sums = atom
        return (tag, name, places if ranks.get(name) else forms, sums)

    return {
        (bounds, limits, tuple(sorted((moved(atom), power) for atom, power in factors))): value
        for (bounds, limits, factors), value in template.terms
    }


def _about_maxima(known: Theory, case: list[Inequality]) -> Iterator[Inequality]:
    """max(k, u) - u[i] >= 0 for the values that stand beside a maximum."""
    terms = {key for poly, _ in case for key in poly}
    tops = {
        key
        for key in terms
        if len(key[2]) == 1 and key[2][0][1] == 1 and key[2][0][0][:2] == (REDUCTION, "max")
    }
    for top in sorted(tops):
        for key in sorted(terms - {top}):
            if not key[0] and not key[1] and bounded(known.algebra, top[2][0][0], {key: UNIT}):
                yield subtract({top: UNIT}, {key: UNIT}), False
