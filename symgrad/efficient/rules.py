"""Rules put to use: what is stored in the place of what would be recomputed.

    E[b, j] = p[b, j] Z[b]       sum(j, p[b, j]) = 1       sum(j, [i == j] u[j]) = u[i]

Where the rules come from is in `inversion` (elements) and `sumrules` (sums).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

from symgrad.efficient.atoms import FOREIGN, Atom, Atoms, Scope
from symgrad.efficient.laws import factor, made, raised
from symgrad.efficient.parentheses import opened
from symgrad.efficient.terms import (
    Access,
    Factors,
    Key,
    Poly,
    accumulate,
    monomial,
    multiply,
    placed,
    whole,
)
from symgrad.proof.terms import Exponent, Number

MOST_TERMS = 120
MOST_ROUNDS = 30
MOST_BOUND = 2
"""Sums over more indices are not matched."""

Definitions: TypeAlias = Mapping[str, Poly]


@dataclass(frozen=True)
class SumRule:
    """`sum(bounds, factors) = right`, for all values of the formals."""

    bounds: tuple[str, ...]
    factors: Factors
    formals: tuple[int, ...]
    right: Poly = field(hash=False)
    names: tuple[tuple[str, Exponent], ...] = ()


@dataclass
class Rules:
    """`left[$0, …] = right` by the name of the left side, and what sums are known."""

    atoms: Atoms
    arrays: dict[str, Poly] = field(default_factory=dict)
    powers: dict[str, tuple[Exponent, Poly]] = field(default_factory=dict)
    """`left^e = right`, where no root may be drawn."""
    sums: list[SumRule] = field(default_factory=list)
    folds: list[tuple[str, Factors, Number]] = field(default_factory=list)
    """`array[$0, …] = number * factors`, read from the right to the left."""
    expand: bool = False
    kept: set[str] = field(default_factory=set)
    """Function values and sums that right sides speak of; they stay as they are."""
    _rebuilt: dict[str, Poly | None] = field(default_factory=dict, init=False)

    def __call__(self, poly: Poly, scope: Scope) -> Poly:
        """The polynomial with every rule applied until none applies."""
        for _ in range(MOST_ROUNDS):
            before = poly
            poly = self._elements(self._contracted(poly), scope)
            if self.expand:
                poly = opened(self.atoms, poly, MOST_TERMS)
            poly = self._sums(poly)
            if poly == before or len(poly) > MOST_TERMS:
                return poly
        return poly

    def learn(self, left: str, right: Poly) -> None:
        """left = right from now on, inside other arrays too."""
        self.arrays[left] = right
        self._rebuilt.clear()

    # --- elements ---

    def _elements(self, poly: Poly, scope: Scope) -> Poly:
        out: Poly = {}
        changed = False
        for (bounds, factors), by in poly.items():
            kept: list[tuple[Access, Exponent]] = []
            parts: list[tuple[tuple[str, ...], Factors, Number]] = [(bounds, (), by)]
            for (name, indices), power in factors:
                right = self._right(name, power)
                if right is None:
                    kept.append(((name, indices), power))
                    continue
                changed = True
                parts = [
                    (around + inner, (*done, *placed(own, indices, len(around))), number * times)
                    for around, done, number in parts
                    for (inner, own), times in right.items()
                ]
            for around, done, number in parts:
                accumulate(out, around, (*kept, *done), number)
        return out if changed else poly

    def _right(self, name: str, power: Exponent) -> Poly | None:
        """What takes the place of name^power, if anything does."""
        found = self._value(name)
        if found is None:
            known = self.powers.get(name)
            if known is None:
                return None
            times = whole(Fraction(power) / Fraction(known[0]))
            if not isinstance(times, int) or not 0 < times <= 4:
                return None
            return multiply(*([known[1]] * times))
        if power == 1:
            return found
        if len(found) == 1 and not next(iter(found))[0]:
            ((_, factors), by) = next(iter(found.items()))
            if isinstance(power, int) or (
                by > 0 and all(self.atoms.is_positive(n) for (n, _), _ in factors)
            ):
                return raised(self.atoms, found, power, {})
            return None
        if isinstance(power, int) and 0 < power <= 4:
            return multiply(*([found] * power))
        if isinstance(power, int) and name in self.atoms.known:
            atom = self.atoms.known[name]
            return raised(self.atoms, found, power, atom.scope)
        return None

    def _value(self, name: str) -> Poly | None:
        if name in self.arrays:
            return self.arrays[name]
        if name not in self.atoms.known or name in self.kept:
            return None
        if name not in self._rebuilt:
            self._rebuilt[name] = None
            self._rebuilt[name] = self._inside(self.atoms.known[name])
        return self._rebuilt[name]

    def _inside(self, atom: Atom) -> Poly | None:
        """A function value anew, where a rule changes its arguments."""
        if atom.head == FOREIGN:
            return None
        polys = tuple(self._elements(poly, atom.scope) for poly in atom.polys)
        if polys == atom.polys:
            return None
        return factor(self.atoms, made(self.atoms, atom, polys, atom.scope), atom.scope)

    # --- deltas ---

    def _contracted(self, poly: Poly) -> Poly:
        """sum(j, [i == j] u[j]) = u[i], and [i == j] u[j] = [i == j] u[i]."""
        if not self.atoms.deltas:
            return poly
        out: Poly = {}
        for key, by in poly.items():
            bounds, factors = key
            while (found := self._delta(bounds, factors)) is not None:
                bounds, factors = found
            accumulate(out, bounds, self._at_deltas(factors), by)
        return out

    def _at_deltas(self, factors: Factors) -> Factors:
        """A product with one of two free indices that a delta makes equal, in all but the delta."""
        for item in factors:
            (name, places), _ = item
            if name in self.atoms.deltas and max(places) < 0:
                new = {min(places): max(places)}
                factors = tuple(
                    other
                    if other == item
                    else ((other[0][0], tuple(new.get(i, i) for i in other[0][1])), other[1])
                    for other in factors
                )
        return factors

    def _delta(
        self, bounds: tuple[str, ...], factors: Factors
    ) -> tuple[tuple[str, ...], Factors] | None:
        """A term with an index that a delta fixes put in its place."""
        for item in factors:
            (name, places), _ = item
            if name not in self.atoms.deltas or max(places) < 0:
                continue
            gone = max(places)
            kept = min(places)
            new = {gone: kept} | {i: i - 1 for i in range(gone + 1, len(bounds))}
            rest = tuple(
                ((n, tuple(new.get(i, i) for i in at_)), power)
                for (n, at_), power in factors
                if (n, at_) != (name, places)
            )
            return bounds[:gone] + bounds[gone + 1 :], rest
        return None

    # --- products ---

    def folded(self, poly: Poly) -> Poly:
        """Products of several factors put back as the array that stores them."""
        out: Poly = {}
        for (bounds, factors), by in poly.items():
            own = _names(factors)
            for name, pattern, number in self.folds:
                found = _holds(pattern, factors) if _names(pattern) <= own else None
                if found is not None:
                    actual = tuple(found[~n] for n in range(len(self.atoms.ranges(name))))
                    inverse = [((n, tuple(found[i] for i in p)), -e) for (n, p), e in pattern]
                    factors = (*factors, *inverse, ((name, actual), 1))
                    factors = next(iter(monomial(factors)))[1]
                    by, own = by / number, _names(factors)
            accumulate(out, bounds, factors, by)
        return out

    # --- sums ---

    def _sums(self, poly: Poly) -> Poly:
        if not self.sums or not any(bounds for bounds, _ in poly):
            return poly
        out: Poly = {}
        changed = False
        for key, by in poly.items():
            found = self._sum(key) if key[0] else None
            if found is None:
                accumulate(out, key[0], key[1], by)
                continue
            changed = True
            for bounds, factors, times in found:
                accumulate(out, bounds, factors, by * times)
        return out if changed else poly

    def _sum(self, key: Key) -> list[tuple[tuple[str, ...], Factors, Number]] | None:
        """A term with a known sum put in its place."""
        bounds, factors = key
        for size in range(1, min(len(bounds), MOST_BOUND) + 1):
            for chosen in combinations(range(len(bounds)), size):
                touching = [f for f in factors if any(i in chosen for i in f[0][1])]
                names = tuple(sorted((atom[0], power) for atom, power in touching))
                for rule in self.sums:
                    if rule.names != names:
                        continue
                    found = _matched(rule, touching, chosen, bounds)
                    if found is not None:
                        return self._replaced(key, rule, touching, chosen, found)
        return None

    def _replaced(
        self,
        key: Key,
        rule: SumRule,
        touching: list[tuple[Access, Exponent]],
        chosen: tuple[int, ...],
        found: Mapping[int, int],
    ) -> list[tuple[tuple[str, ...], Factors, Number]]:
        bounds, factors = key
        left = [i for i in range(len(bounds)) if i not in chosen]
        new = {old: n for n, old in enumerate(left)}
        rest = [f for f in factors if f not in touching]
        actual = [found.get(~n, 0) for n in range(1 + max((~i for i in rule.formals), default=-1))]

        def moved(items: Iterable[tuple[Access, Exponent]]) -> Factors:
            return tuple(
                ((name, tuple(new.get(i, i) if 0 <= i < len(bounds) else i for i in at_)), power)
                for (name, at_), power in items
            )

        result = []
        for (inner, own), times in rule.right.items():
            # Bound indices of the right side are counted beyond those of the term, then closed up.
            far = placed(own, actual, len(bounds))
            closed = tuple(
                (
                    (
                        name,
                        tuple(i - len(chosen) if i >= len(bounds) else new.get(i, i) for i in p),
                    ),
                    power,
                )
                for (name, p), power in far
            )
            result.append((tuple(bounds[i] for i in left) + inner, (*moved(rest), *closed), times))
        return result


def _names(factors: Factors) -> set[str]:
    return {atom[0] for atom, _ in factors}


def _holds(pattern: Factors, factors: Factors) -> dict[int, int] | None:
    """The indices for which a product contains a pattern, if there are any."""

    def search(n: int, known: dict[int, int]) -> dict[int, int] | None:
        if n == len(pattern):
            return known
        (name, places), power = pattern[n]
        for (own, actual), other in factors:
            if own == name and (power <= other if power > 0 else other <= power):
                extended = dict(known)
                if all(
                    extended.setdefault(place, i) == i
                    for place, i in zip(places, actual, strict=True)
                ):
                    found = search(n + 1, extended)
                    if found is not None:
                        return found
        return None

    return search(0, {})


def _matched(
    rule: SumRule,
    factors: list[tuple[Access, Exponent]],
    chosen: tuple[int, ...],
    bounds: tuple[str, ...],
) -> dict[int, int] | None:
    """The indices for which a pattern is these factors, if there are any."""

    def search(n: int, left: list[tuple[Access, Exponent]], known: dict[int, int]) -> object:
        if n == len(rule.factors):
            return known
        (name, places), power = rule.factors[n]
        for item in left:
            (own, actual), own_power = item
            if own != name or own_power != power:
                continue
            extended = dict(known)
            if all(
                extended.setdefault(place, i) == i and (place < 0 or i in chosen)
                for place, i in zip(places, actual, strict=True)
            ):
                found = search(n + 1, [other for other in left if other is not item], extended)
                if found is not None:
                    return found
        return None

    found = search(0, factors, {})
    if not isinstance(found, dict):
        return None
    ours = [found[n] for n in range(len(rule.bounds))]
    if sorted(ours) != sorted(chosen) or any(found[i] in chosen for i in rule.formals):
        return None
    same = all(bounds[found[n]] == range_ for n, range_ in enumerate(rule.bounds))
    return found if same else None
