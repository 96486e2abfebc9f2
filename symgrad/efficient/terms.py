"""Sums of products of accesses: the values in which an efficient form is looked for.

    3/2 * sum(i in 1..I, p[$0, i] * g[i, $1]^2)
    {(("I",), ((("g", (0, ~1)), 2), (("p", (~0, 0)), 1))): 3/2}

Every index runs over a whole range, so a term needs no index sets: it is its bound ranges and a
product of accesses with exponents, mapped to its coefficient. The formal indices $0, $1, … of a
definition are ~0, ~1, …, the bound ones 0, 1, … in an order that does not depend on how they were
called. An index that no factor uses is the extent of its range, `#I`. Everything else that an
expression may hold (functions, sums as factors or bases) is an access to an array of its own; see
`atoms`. The terms of the prover (`proof.terms`) carry index sets; what is searched through here by
the ten thousand need not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from flint import fmpq

from symgrad.algebra.choices import orders_of
from symgrad.proof.terms import Exponent, Number

Access: TypeAlias = "tuple[str, tuple[int, ...]]"
Factors: TypeAlias = "tuple[tuple[Access, Exponent], ...]"
Key: TypeAlias = "tuple[tuple[str, ...], Factors]"
Poly: TypeAlias = "dict[Key, Number]"
Indices: TypeAlias = Sequence[int]

UNIT: Key = ((), ())
ONE = fmpq(1)

FLAG = "["
"""How the names of arrays of zeros and ones begin, which are their own powers."""

PERMUTATIONS = 24
"""So many orders of indices that look alike are compared; beyond, equal terms may differ."""


def constant(value: Number) -> Poly:
    return {UNIT: fmpq(value)} if value else {}


def monomial(factors: Iterable[tuple[Access, Exponent]], coefficient: Number = ONE) -> Poly:
    """coefficient * factors, without a sum."""
    poly: Poly = {}
    accumulate(poly, (), factors, coefficient)
    return poly


def access(name: str, indices: Iterable[int] = ()) -> Poly:
    return {((), (((name, tuple(indices)), 1),)): ONE}


def extent(range_: str) -> Access:
    """The number of values of a range, as a factor."""
    return ("#" + range_, ())


def accumulate(
    out: Poly, bounds: Sequence[str], factors: Iterable[tuple[Access, Exponent]], by: Number
) -> None:
    """Add a product of factors, summed over bound indices, to a polynomial."""
    joined: dict[Access, Exponent] = {}
    for atom, power in factors:
        joined[atom] = joined[atom] + power if atom in joined else power
    plain = tuple(
        [
            (atom, 1 if atom[0][0] == FLAG else power if type(power) is int else whole(power))
            for atom, power in (sorted(joined.items()) if len(joined) > 1 else joined.items())
            if power
        ]
    )
    key = canonical(tuple(bounds), plain) if bounds else ((), plain)
    total = out.get(key, 0) + by
    if total:
        out[key] = total
    else:
        out.pop(key, None)


@lru_cache(maxsize=4096)
def _root(numerator: int, denominator: int) -> Fraction:
    """One object for each fractional exponent: what is the same object is not compared."""
    return Fraction(numerator, denominator)


def whole(power: Exponent) -> Exponent:
    """2 for 2/1."""
    if isinstance(power, int):
        return power
    if power.denominator == 1:
        return power.numerator
    return _root(power.numerator, power.denominator)


def add(*polys: Poly) -> Poly:
    result = dict(polys[0]) if polys else {}
    for poly in polys[1:]:
        for key, coefficient in poly.items():
            total = result.get(key, 0) + coefficient
            if total:
                result[key] = total
            else:
                result.pop(key, None)
    return result


def scale(poly: Poly, by: Number) -> Poly:
    return {key: coefficient * by for key, coefficient in poly.items()} if by else {}


def multiply(*polys: Poly) -> Poly:
    result = polys[0]
    for right in polys[1:]:
        out: Poly = {}
        for (bounds, factors), left_by in result.items():
            for key, right_by in right.items():
                inner_bounds, inner = shifted(key, len(bounds))
                accumulate(out, bounds + inner_bounds, factors + inner, left_by * right_by)
        result = out
    return result


def shifted(key: Key, by: int) -> Key:
    """The term with its bound indices counted from `by`."""
    bounds, factors = key
    if not bounds or not by:
        return key
    return bounds, tuple(
        ((name, tuple(i + by if i >= 0 else i for i in indices)), power)
        for (name, indices), power in factors
    )


def bind(poly: Poly, indices: Mapping[int, str]) -> Poly:
    """sum(indices, poly), for free indices with their ranges."""
    out: Poly = {}
    for (bounds, factors), by in poly.items():
        new = {index: len(bounds) + n for n, index in enumerate(indices)}
        moved = (
            ((name, tuple(new.get(i, i) for i in places)), power)
            for (name, places), power in factors
        )
        accumulate(out, (*bounds, *indices.values()), moved, by)
    return out


def at(poly: Poly, actual: Indices) -> Poly:
    """A definition at free indices in the place of its formals."""
    out: Poly = {}
    for (bounds, factors), by in poly.items():
        accumulate(out, bounds, placed(factors, actual, 0), by)
    return out


def placed(factors: Factors, actual: Indices, offset: int) -> Factors:
    """Factors with actual indices for the formals and the bound ones counted from an offset."""
    return tuple(
        ((name, tuple(actual[~i] if i < 0 else i + offset for i in places)), power)
        for (name, places), power in factors
    )


def frozen(poly: Poly) -> tuple[tuple[Key, Number], ...]:
    return tuple(sorted(poly.items()))


def free(poly: Poly) -> list[int]:
    """The free indices, the first formal first."""
    found = {i for _, factors in poly for (_, places), _ in factors for i in places if i < 0}
    return sorted(found, reverse=True)


def names(*polys: Poly) -> set[str]:
    return {name for poly in polys for _, factors in poly for (name, _), _ in factors}


# --- one name for each bound index ---------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def canonical(bounds: tuple[str, ...], factors: Factors) -> Key:
    """The term with its bound indices renumbered; see `orders`."""
    used = {i for (_, places), _ in factors for i in places if i >= 0}
    if len(used) < len(bounds):
        counted = [extent(range_) for i, range_ in enumerate(bounds) if i not in used]
        merged: dict[Access, Exponent] = dict(factors)
        for atom in counted:
            merged[atom] = whole(merged.get(atom, 0) + 1)
        factors = tuple(sorted((atom, power) for atom, power in merged.items() if power))
    if not used:
        return (), factors
    best: Key | None = None
    for order in orders(sorted(used), factors, lambda i: bounds[i]):
        new = {old: n for n, old in enumerate(order)}
        key = (
            tuple(bounds[i] for i in order),
            tuple(
                sorted(
                    ((name, tuple(new[i] if i >= 0 else i for i in places)), power)
                    for (name, places), power in factors
                )
            ),
        )
        if best is None or key < best:
            best = key
    assert best is not None
    return best


def orders(
    indices: Sequence[int], factors: Factors, colour: Callable[[int], Any]
) -> Iterable[tuple[int, ...]]:
    """The orders of indices that agree with where they stand.

    Each index is coloured by its occurrences, refined until no colour splits; those that share a
    colour are permuted (Weisfeiler and Leman).
    """
    if len(indices) == 1:
        return [tuple(indices)]
    colours: dict[int, Any] = {i: colour(i) for i in indices}
    distinct = 0
    while True:
        marks = {
            i: (
                colours[i],
                sorted(
                    (name, str(power), [(j == i, str(colours.get(j, j))) for j in places])
                    for (name, places), power in factors
                    if i in places
                ),
            )
            for i in indices
        }
        ranks = {mark: n for n, mark in enumerate(sorted({repr(m) for m in marks.values()}))}
        colours = {i: ranks[repr(mark)] for i, mark in marks.items()}
        if len(ranks) == distinct or len(ranks) == len(indices):
            break
        distinct = len(ranks)
    groups = [[i for i in indices if colours[i] == c] for c in sorted(set(colours.values()))]
    return orders_of(groups, PERMUTATIONS)
