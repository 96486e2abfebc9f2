"""Can these sums all be positive? Decided as linear inequalities in their terms.

    a - b > 0, b - c > 0, c - a > 0     cannot: their sum is 0 > 0

Every product of atoms is one unknown; what its factors say of its sign is an inequality more. The
unknowns are eliminated one by one (Fourier and Motzkin). False says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TypeAlias

from symgrad.proof.constants import bounds
from symgrad.proof.content import single_atom
from symgrad.proof.facts import Facts
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import ONE, UNIT, Atom, Key, Poly, add, constant, scale

MOST = 60
"""More inequalities than this are not looked at."""

Inequality: TypeAlias = "tuple[Poly, bool]"
"""poly > 0 (True) or poly >= 0 (False)."""


def contradictory(facts: Facts, algebra: Algebra, inequalities: Iterable[Inequality]) -> bool:
    """Do the inequalities contradict each other, outside a null set of inputs?"""
    rows = list(inequalities)
    keys = {key for poly, _ in rows for key in poly if key != ONE}
    rows += [*_signs(facts, algebra, keys), *_products(facts, algebra, keys, rows), *_numbers(keys)]
    while True:
        algebra.spend(len(rows))
        if any(_impossible(row) for row in rows):
            return True
        unknown = _unknown(rows)
        if unknown is None or len(rows) > MOST:
            return False
        rows = list(_eliminated(rows, unknown))


def _impossible(row: Inequality) -> bool:
    poly, strict = row
    if poly.keys() - {ONE}:
        return False
    value = poly.get(ONE, 0)
    return bool(value < 0 or (strict and value == 0))


def _unknown(rows: list[Inequality]) -> Key | None:
    """The term whose elimination makes the fewest inequalities."""
    keys = {key for poly, _ in rows for key in poly if key != ONE}

    def made(key: Key) -> tuple[int, Key]:
        above = sum(poly.get(key, 0) > 0 for poly, _ in rows)
        below = sum(poly.get(key, 0) < 0 for poly, _ in rows)
        return above * below - above - below, key

    return min(keys, key=made, default=None)


def _eliminated(rows: list[Inequality], unknown: Key) -> Iterator[Inequality]:
    above = [row for row in rows if row[0].get(unknown, 0) > 0]
    below = [row for row in rows if row[0].get(unknown, 0) < 0]
    yield from (row for row in rows if unknown not in row[0])
    for high, strict in above:
        for low, also in below:
            combined = add(scale(high, UNIT / high[unknown]), scale(low, UNIT / -low[unknown]))
            if combined or strict or also:
                yield combined, strict or also


def _signs(facts: Facts, algebra: Algebra, keys: Iterable[Key]) -> Iterator[Inequality]:
    """What the factors of a term say of its sign."""
    for key in sorted(keys):
        for sign in (1, -1):
            poly: Poly = {key: UNIT * sign}
            if facts.positive(algebra, poly):
                yield poly, True
            elif facts.positive(algebra, poly, strict=False):
                yield poly, facts.nonvanishing(algebra, poly)


def _products(
    facts: Facts, algebra: Algebra, keys: Iterable[Key], rows: Iterable[Inequality]
) -> Iterator[Inequality]:
    """What the signs of single atoms that the inequalities state say of products of them."""
    signs: dict[Atom, int] = {}
    for poly, strict in rows:
        atom = single_atom(dict.fromkeys(poly, UNIT)) if strict else None
        if atom is not None and atom[1] == 1:
            signs[atom[0]] = 1 if min(poly.values()) > 0 else -1
    for key in sorted(keys):
        bounds, constraints, factors = key
        odd = [(a, n) for a, n in factors if not facts.power_positive(algebra, a, n)]
        if bounds or constraints or len(factors) < 2 or not odd:
            continue
        if all(atom in signs and isinstance(power, int) for atom, power in odd):
            yield {key: prod((UNIT * (signs[a] if n % 2 else 1) for a, n in odd), start=UNIT)}, True


def _numbers(keys: Iterable[Key]) -> Iterator[Inequality]:
    """Between which fractions a term is that is a number."""
    for key in sorted(keys):
        found = bounds(key)
        if found is not None:
            yield add({key: UNIT}, constant(-found[0])), False
            yield add({key: -UNIT}, constant(found[1])), False
