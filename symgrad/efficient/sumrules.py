"""Sums that the forward definitions imply.

    Z[b] = sum(j, E[b, j]) = sum(j, p[b, j]) Z[b]      so  sum(j, p[b, j]) = 1

Every definition that holds a sum, minus its left side, is 0; with the rules for elements put in, it
is solved for its dearest sum. So are the equations that are assumed. A definition whose sum over an
index is known without any sum gives one more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symgrad.efficient.atoms import COMPOUND, Atoms
from symgrad.efficient.parentheses import opened
from symgrad.efficient.rules import MOST_BOUND, MOST_TERMS, Definitions, Rules, SumRule
from symgrad.efficient.terms import ONE, Key, Poly, access, add, bind, monomial, multiply, scale


def sum_rules(
    atoms: Atoms, definitions: Definitions, sets: Sequence[Rules], zeros: Iterable[Poly] = ()
) -> list[SumRule]:
    """Each definition with a sum, minus its left side, solved for its dearest sum."""
    found: dict[object, SumRule] = {}
    inner = {
        name: atom.polys[0] for name, atom in list(atoms.known.items()) if atom.head == COMPOUND
    }
    gaps = [
        (add(poly, scale(access(name, [~n for n in range(len(atoms.ranges(name)))]), -ONE)), name)
        for name, poly in (*definitions.items(), *inner.items())
        if any(bounds for bounds, _ in poly)
    ]
    scopes = {name: dict(enumerate(atoms.ranges(name))) for _, name in gaps}
    for rules in (None, *sets):
        for gap, name in gaps:
            scope = {~n: range_ for n, range_ in scopes[name].items()}
            poly = gap if rules is None else rules(gap, scope)
            _solve(atoms, poly, found)
    for poly in zeros:
        _solve(atoms, poly, found)
    known = replace(sets[0], sums=list(found.values()))
    _sums_of_definitions(known, definitions, found)
    return list(found.values())


def _sums_of_definitions(
    rules: Rules, definitions: Definitions, found: dict[object, SumRule]
) -> None:
    """t = (1 - a) y + a / J gives sum(j, t[j]) = 1 where sum(j, y[j]) = 1: no sum is left."""
    atoms = rules.atoms
    for name, poly in definitions.items():
        scope = {~n: range_ for n, range_ in enumerate(atoms.ranges(name))}
        for index, range_ in scope.items():
            right = rules(bind(opened(atoms, poly, MOST_TERMS, rounds=1), {index: range_}), scope)
            if len(right) <= len(poly) and not any(bounds for bounds, _ in right):
                left = bind(access(name, list(scope)), {index: range_})
                known = len(found)
                _solve(atoms, add(left, scale(right, -ONE)), found)
                rules.sums.extend(list(found.values())[known:])


def _solve(atoms: Atoms, gap: Poly, found: dict[object, SumRule]) -> None:
    """gap = 0 solved for the dearest sum in it, if it may be divided by what stands before it."""
    sums = [key for key in gap if key[0] and len(key[0]) <= MOST_BOUND]
    for key in sorted(sums, key=lambda key: (len(_places(key)), len(key[1])), reverse=True):
        bounds, factors = key
        touching = tuple(f for f in factors if any(i >= 0 for i in f[0][1]))
        outside = [f for f in factors if f not in touching]
        formals = {i for f in touching for i in f[0][1] if i < 0}
        rest = {other: by for other, by in gap.items() if other != key}
        used = {i for _, fs in rest for (_, at_), _ in fs for i in at_ if i < 0}
        used |= {i for (_, at_), _ in outside for i in at_ if i < 0}
        if not used <= formals or not all(atoms.is_nonzero(n) for (n, _), _ in outside):
            continue
        inverse = monomial([(a, -p) for a, p in outside], -1 / gap[key])
        right = multiply(rest, inverse) if rest else {}
        names = tuple(sorted((atom[0], power) for atom, power in touching))
        rule = SumRule(bounds, touching, tuple(sorted(formals)), right, names)
        found.setdefault((bounds, touching), rule)
        return


def _places(key: Key) -> set[int]:
    return {i for (_, places), _ in key[1] for i in places}
