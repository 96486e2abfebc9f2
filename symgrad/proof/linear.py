"""Can these sums all be positive? Decided as linear inequalities in their terms.

    a - b > 0, b - c > 0, c - a > 0     cannot: their sum is 0 > 0

Every product of atoms is one unknown; what its factors say of its sign is an inequality more. The
unknowns are eliminated one by one (Fourier and Motzkin). False says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from symgrad.proof.rational import Algebra
from symgrad.proof.signs import Facts
from symgrad.proof.terms import ONE, UNIT, Key, Poly, add, scale

MOST = 60
"""More inequalities than this are not looked at."""

Inequality: TypeAlias = "tuple[Poly, bool]"
"""poly > 0 (True) or poly >= 0 (False)."""


def contradictory(facts: Facts, algebra: Algebra, inequalities: Iterable[Inequality]) -> bool:
    """Do the inequalities contradict each other, outside a null set of inputs?"""
    rows = list(inequalities)
    rows += _signs(facts, algebra, {key for poly, _ in rows for key in poly if key != ONE})
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
