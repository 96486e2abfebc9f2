"""Several sums of a polynomial brought under one.

    sum(j, x[j] y[j]) - c sum(j, x[j] a[j])        sum(j, x[j] (y[j] - c a[j]))

Of each sum as many indices are taken as the smallest of them has, over the same ranges; a sum with
more keeps the others below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, permutations, product

from symgrad.efficient.atoms import Atoms
from symgrad.efficient.content import content
from symgrad.efficient.reductions import replaced
from symgrad.efficient.terms import Factors, Key, Poly, accumulate, bind
from symgrad.efficient.trees import SUM

MOST_TOGETHER = 4
"""More sums are not brought under one."""

MOST_MERGED = 4
"""So many ways are tried to bring several sums under one."""


@dataclass(frozen=True)
class Together:
    """A polynomial that reads one reduction in the place of several sums.

    The array `name` has so many `formals`; it sums `body`, over the rest of its `ranges`.
    """

    poly: Poly
    name: str
    body: Poly
    ranges: tuple[str, ...]
    formals: int


def together(atoms: Atoms, poly: Poly, ranges: tuple[str, ...]) -> Iterator[Together]:
    """sum(j, u) + sum(j, v) as sum(j, u + v): one reduction of all terms that have the range."""
    bounded = [key for key in poly if key[0]]
    if not 2 <= len(bounded) <= MOST_TOGETHER:
        return
    pivot = min(bounded, key=lambda key: (len(key[0]), key))[0]
    ways = [(key, found) for key in bounded if (found := _placings(key[0], pivot))]
    if len(ways) < 2:
        return
    choices = islice(product(*(found for _, found in ways)), MOST_MERGED)
    for n, choice in enumerate(choices):
        inner: Poly = {}
        rest = dict(poly)
        for (key, _), chosen in zip(ways, choice, strict=True):
            bounds, factors = _released(key, chosen, len(ranges))
            accumulate(inner, bounds, factors, rest.pop(key))
        if len(inner) > 1:
            yield _with_sum(atoms, rest, inner, ranges, pivot, f"{SUM}{n}")


def _with_sum(
    atoms: Atoms,
    rest: Poly,
    inner: Poly,
    ranges: tuple[str, ...],
    pivot: tuple[str, ...],
    head: str,
) -> Together:
    """rest + outer * sum(pivot, body).

    The same sum in another arrangement has another head, and so another name.
    """
    scope = {~i: range_ for i, range_ in enumerate(ranges)}
    first = len(ranges)
    by, shared, body = content(inner)
    outer = [(atom, power) for atom, power in shared if all(~i < first for i in atom[1])]
    held = [item for item in shared if item not in outer]
    whole: Poly = {}
    for (bounds, factors), coefficient in body.items():
        accumulate(whole, bounds, (*factors, *held), coefficient)
    names = {~(first + n): range_ for n, range_ in enumerate(pivot)}
    name, indices = atoms.atom(head, (bind(whole, names),), scope)
    order = {old: ~n for n, old in enumerate((*indices, *names))}
    moved: Poly = {}
    for (bounds, factors), coefficient in whole.items():
        accumulate(moved, bounds, replaced(factors, order), coefficient)
    result = dict(rest)
    accumulate(result, (), [*outer, ((name, indices), 1)], by)
    return Together(result, name, moved, (*atoms.known[name].ranges, *pivot), len(indices))


def _placings(bounds: tuple[str, ...], pivot: tuple[str, ...]) -> list[tuple[int, ...]]:
    """The ways to pick indices with the pivot's ranges, in its order."""
    return [
        chosen
        for chosen in permutations(range(len(bounds)), len(pivot))
        if tuple(bounds[i] for i in chosen) == pivot
    ]


def _released(key: Key, chosen: tuple[int, ...], first: int) -> tuple[tuple[str, ...], Factors]:
    """A term with some of its bound indices as further formals, counted from `first`."""
    bounds, factors = key
    left = [i for i in range(len(bounds)) if i not in chosen]
    new = {i: ~(first + n) for n, i in enumerate(chosen)} | {i: n for n, i in enumerate(left)}
    return tuple(bounds[i] for i in left), replaced(factors, new)
