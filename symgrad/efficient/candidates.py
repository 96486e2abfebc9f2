"""The ways to write one statement: as it stands, and with the forward pass's rules put in.

All are equal; which is the cheapest depends on what else a program computes, so all are kept:
as it stands with stored function values; with every element rule and known sum; the same with
sums multiplied out, so that sums over products meet the known ones; and with affine rules too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from symgrad.efficient.atoms import COMPOUND, Atoms, Scope
from symgrad.efficient.inversion import folds, inverted
from symgrad.efficient.parentheses import closed, opened
from symgrad.efficient.rules import MOST_TERMS, Definitions, Rules
from symgrad.efficient.sumrules import sum_rules
from symgrad.efficient.terms import Poly

LONGER = 6
"""A way with so many terms more than twice those of the shortest is not looked at."""


@dataclass(frozen=True)
class Rewriting:
    """The sets of rules of a forward pass, the mildest first."""

    atoms: Atoms
    sets: tuple[Rules, ...] = ()

    @classmethod
    def of(cls, atoms: Atoms, definitions: Definitions, zeros: Iterable[Poly] = ()) -> Rewriting:
        """The rules that definitions give, and sums that are assumed to be 0."""
        plain = inverted(atoms, definitions)
        affine = inverted(atoms, definitions, affine=True)
        sums = sum_rules(atoms, definitions, (plain, affine), zeros)
        values = {name: right for name, right in plain.arrays.items() if name in atoms.known}
        return cls(
            atoms,
            (
                replace(plain, arrays=values, folds=folds(atoms, definitions)),
                replace(plain, sums=sums),
                replace(plain, sums=sums, expand=True),
                replace(affine, sums=sums),
            ),
        )

    def candidates(self, poly: Poly, ranges: tuple[str, ...]) -> list[Poly]:
        """Every distinct way, but for those that are much longer than others."""
        found = list(self._ways(poly, ranges))
        most = 2 * min(map(len, found)) + LONGER
        return [way for way in found if len(way) <= most]

    def _ways(self, poly: Poly, ranges: tuple[str, ...]) -> Iterator[Poly]:
        scope = {~n: range_ for n, range_ in enumerate(ranges)}
        seen: list[Poly] = []
        poly = closed(self.atoms, poly)
        found = [poly, *(rules(poly, scope) for rules in self.sets)]
        found += [opened(self.atoms, way, MOST_TERMS, rounds=1) for way in found[:3]]
        for start in found:
            for way in (start, *(rules.folded(start) for rules in self.sets[:1])):
                if way not in seen:
                    seen.append(way)
                    yield way
        if self.bases:
            for way in list(seen):
                whole = self._closed(way, ranges, scope)
                if whole not in seen:
                    seen.append(whole)
                    yield whole

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """The sums that a rule has a stored array for."""
        if not self.sets:
            return ()
        rules = self.sets[1]
        known = self.atoms.known
        return tuple(
            name for name in rules.arrays if name in known and known[name].head == COMPOUND
        )

    def _closed(self, poly: Poly, ranges: tuple[str, ...], scope: Scope) -> Poly:
        """What has been multiplied out with the sums that rules know put together again."""
        rules = self.sets[1]
        own = [name for name in self.bases if rules.atoms.known[name].ranges == ranges]
        found = closed(rules.atoms, poly, own)
        return poly if found == poly else rules(found, scope)
