"""The ways to write one statement: as it stands, and with the forward pass's rules put in.

All are equal; which is the cheapest depends on what else a program computes, so all are kept:
as it stands with stored function values; with every element rule and known sum; the same with
sums multiplied out, so that sums over products meet the known ones; and with affine rules too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from symgrad.efficient.atoms import Atoms
from symgrad.efficient.rules import (
    MOST_TERMS,
    Definitions,
    Rules,
    folds,
    inverted,
    sum_rules,
)
from symgrad.efficient.terms import Poly


@dataclass(frozen=True)
class Rewriting:
    """The sets of rules of a forward pass, the mildest first."""

    sets: tuple[Rules, ...]

    @classmethod
    def of(cls, atoms: Atoms, definitions: Definitions, zeros: Iterable[Poly] = ()) -> Rewriting:
        """The rules that definitions give, and sums that are assumed to be 0."""
        plain = inverted(atoms, definitions)
        affine = inverted(atoms, definitions, affine=True)
        sums = sum_rules(atoms, definitions, (plain, affine), zeros)
        values = {name: right for name, right in plain.arrays.items() if name in atoms.known}
        return cls(
            (
                replace(plain, arrays=values, folds=folds(atoms, definitions)),
                replace(plain, sums=sums),
                replace(plain, sums=sums, expand=True),
                replace(affine, sums=sums),
            )
        )

    def candidates(self, poly: Poly, ranges: tuple[str, ...]) -> Iterator[Poly]:
        """Every distinct way, of those that stay within bounds."""
        scope = {~n: range_ for n, range_ in enumerate(ranges)}
        seen: list[Poly] = []
        poly = self.sets[0].atoms.closed(poly)
        for rules in (None, *self.sets):
            found = poly if rules is None else rules(poly, scope)
            for way in (found, self.sets[0].folded(found)):
                if way not in seen and len(way) <= MOST_TERMS:
                    seen.append(way)
                    yield way
