"""Sums over indices as arrays of their own.

    x[b, j] sum(k, y[b, k] a[k])        x[b, j] r[b]        r[b] = sum(k, y[b, k] a[k])

Indices that no factor connects are summed apart, sum(i, k, u[i] v[k]) = sum(i, u[i]) sum(k, v[k]);
of a sum over several indices what depends on one may be summed first,
sum(k, l, x[k] w[k, l] v[l]) = sum(l, v[l] sum(k, x[k] w[k, l])).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from symgrad.efficient.atoms import Atoms, Scope
from symgrad.efficient.terms import ONE, Access, Factors, Key, Poly, accumulate, placed
from symgrad.efficient.trees import EXP, SUM, Node, term
from symgrad.proof.terms import Exponent

Body: TypeAlias = tuple[Node, tuple[str, ...]]
"""What is summed, over formals with these ranges; the bound indices are the last of them."""


@dataclass
class Reductions:
    """The reductions of a program's sums."""

    atoms: Atoms
    _apart: dict[tuple[Key, tuple[str, ...]], Factors] = field(default_factory=dict)

    def apart(self, key: Key, ranges: tuple[str, ...]) -> Factors:
        """A term with each group of indices that belong together in an array of its own."""
        known = self._apart.get((key, ranges))
        if known is None:
            scope = {~i: range_ for i, range_ in enumerate(ranges)}
            known = self._apart[key, ranges] = tuple(self._grouped(key, scope))
        return known

    def _grouped(self, key: Key, scope: Scope) -> list[tuple[Access, Exponent]]:
        bounds, factors = key
        result = [item for item in factors if all(i < 0 for i in item[0][1])]
        left = [item for item in factors if item not in result]
        while left:
            inside = {i for i in left[0][0][1] if i >= 0}
            while True:
                group = [item for item in left if inside.intersection(item[0][1])]
                grown = {i for (_, places), _ in group for i in places if i >= 0}
                if grown == inside:
                    break
                inside = grown
            left = [item for item in left if item not in group]
            result.append((self._reduction(bounds, tuple(group), scope), 1))
        return _with_one_exp(self.atoms, result, scope)

    def _reduction(self, bounds: tuple[str, ...], group: Factors, scope: Scope) -> Access:
        inside = sorted({i for (_, places), _ in group for i in places if i >= 0})
        new = {old: n for n, old in enumerate(inside)}
        poly: Poly = {}
        accumulate(poly, tuple(bounds[i] for i in inside), replaced(group, new), ONE)
        return self.atoms.atom(SUM, (poly,), scope)

    # --- what is summed ---

    def bodies(self, name: str) -> Iterator[Body]:
        """What a reduction sums: as it stands, then with what depends on one index summed first."""
        atom = self.atoms.known[name]
        ((bounds, factors),) = atom.polys[0]
        yield self._body(factors, atom.ranges, bounds)
        if len(bounds) > 1:
            for first in range(len(bounds)):
                other = self._first(factors, atom.ranges, bounds, first)
                if other is not None:
                    yield other

    def _body(self, factors: Factors, formals: tuple[str, ...], bounds: tuple[str, ...]) -> Body:
        n = len(formals)
        ranges = formals + bounds
        moved = [
            ((name, tuple(~(n + i) if i >= 0 else i for i in places)), power)
            for (name, places), power in factors
        ]
        scope = {~k: range_ for k, range_ in enumerate(ranges)}
        return term(tuple(_with_one_exp(self.atoms, moved, scope)), ONE), ranges

    def _first(
        self, factors: Factors, formals: tuple[str, ...], bounds: tuple[str, ...], first: int
    ) -> Body | None:
        """sum(i, u v) as sum(rest, v sum(i, u)): what depends on i summed before the others."""
        inner = tuple(item for item in factors if first in item[0][1])
        outer = tuple(item for item in factors if first not in item[0][1])
        if not outer:
            return None
        n = len(formals)
        ranges = formals + tuple(b for i, b in enumerate(bounds) if i != first)
        place = {i: ~(n + k) for k, i in enumerate(i for i in range(len(bounds)) if i != first)}
        place[first] = 0
        scope = {~k: range_ for k, range_ in enumerate(ranges)}
        own = self._reduction((bounds[first],), replaced(inner, place), scope)
        rest = replaced(outer, place)
        if len(ranges) > n and not _connected(rest, own, n, len(ranges)):
            return None
        return term(tuple(_with_one_exp(self.atoms, [*rest, (own, 1)], scope)), ONE), ranges


def replaced(factors: Factors, new: Mapping[int, int]) -> Factors:
    """The factors at other indices."""
    return tuple(
        ((name, tuple(new.get(i, i) for i in places)), power) for (name, places), power in factors
    )


def _connected(outer: Factors, own: Access, formals: int, total: int) -> bool:
    """Does every index that is still to be summed occur?"""
    used = {i for (_, places), _ in outer for i in places} | set(own[1])
    return all(~n in used for n in range(formals, total))


def _with_one_exp(
    atoms: Atoms, factors: Iterable[tuple[Access, Exponent]], scope: Scope
) -> list[tuple[Access, Exponent]]:
    """exp(u)^c exp(v)^d as one exponential of c u + d v."""
    kept: list[tuple[Access, Exponent]] = []
    exponent: Poly = {}
    count = 0
    for atom, power in factors:
        known = atoms.known.get(atom[0])
        if known is None or known.head != "exp":
            kept.append((atom, power))
            continue
        count += 1
        single = (atom, power)
        fraction = Fraction(power)
        for (bounds, own), by in known.polys[0].items():
            times = by * fraction.numerator / fraction.denominator
            accumulate(exponent, bounds, placed(own, atom[1], 0), times)
    if count == 0:
        return kept
    if count == 1 and single[1] == 1:
        return [*kept, single]
    return [*kept, (atoms.atom(EXP, (exponent,), scope), 1)] if exponent else kept
