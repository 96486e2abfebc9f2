"""Polynomials over plain arrays, built by hand and evaluated by brute force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product

from symgrad.proof.facts import Facts
from symgrad.proof.functions import FUNCTIONS, PRIMES
from symgrad.proof.laws import Laws
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import ACCESS, EXTENT, INDEX, Atom, Key, Poly, access, atom_poly
from symgrad.sets.affine import EQUAL, Affine, Constraint, atleast, plus, variable
from symgrad.sets.indexsets import IndexSets

EXTENTS = {"N": 3, "M": 2}


def algebra(positive: Iterable[str] = (), known: Iterable[Constraint] = ()) -> Algebra:
    """An algebra in which every array is a free input, some of them positive."""
    return with_laws(positive, known)[0]


def with_laws(
    positive: Iterable[str] = (), known: Iterable[Constraint] = ()
) -> tuple[Algebra, Laws]:
    sets = IndexSets()
    facts = Facts({}, lambda _: True, lambda _: None, lambda _: (), sets.determined)
    laws = Laws(facts, FUNCTIONS, PRIMES)
    result = Algebra(laws.table(), sets)
    result.known.update(known)
    facts.templates = {result.freeze(element(name)): True for name in positive}
    return result, laws


def element(name: str, *places: Affine | str) -> Poly:
    """name[places] as a polynomial."""
    return atom_poly(access(name, (p if isinstance(p, tuple) else variable(p) for p in places)))


def within(name: str, extent: str) -> tuple[Constraint, Constraint]:
    """1 <= name <= extent."""
    lower = atleast(plus(variable(name), (-1, ())))
    upper = atleast(plus(variable(extent), variable(name), -1))
    assert lower is not None and upper is not None
    return lower, upper


def total(some: Algebra, poly: Poly, **ranges: str) -> Poly:
    """sum(index in 1..extent, …, poly), the indices by their names without `@`."""
    names = [f"@{name}" for name in ranges]
    limits = [item for name, extent in ranges.items() for item in within(f"@{name}", extent)]
    return some.bind(poly, names, limits)


def value(poly: Poly, free: Mapping[str, int] | None = None) -> Fraction:
    """The polynomial at `EXTENTS`, every element a fixed number of its own."""
    return sum(
        (Fraction(int(c.p), int(c.q)) * _term(key, dict(free or {})) for key, c in poly.items()),
        Fraction(0),
    )


def _term(key: Key, free: dict[str, int]) -> Fraction:
    bounds, constraints, factors = key
    result = Fraction(0)
    for values in product(range(7), repeat=len(bounds)):
        at = {**EXTENTS, **free, **dict(zip(bounds, values, strict=True))}
        if not all(holds(item, at) for item in constraints):
            continue
        term = Fraction(1)
        for atom, power in factors:
            assert isinstance(power, int)
            term *= _atom(atom, at) ** power
        result += term
    return result


def _atom(atom: Atom, at: Mapping[str, int]) -> Fraction:
    tag, name, places, sums = atom
    assert tag in (ACCESS, EXTENT, INDEX) and not sums
    if tag == EXTENT:
        return Fraction(at[name])
    numbers = [form(place, at) for place in places]
    if tag == INDEX:
        return Fraction(numbers[0])
    mixed = sum((place + 2) * number for place, number in enumerate([*map(ord, name), *numbers]))
    return Fraction(mixed * mixed % 23 - 11, 1 + mixed % 3) or Fraction(1)


def form(place: Affine, at: Mapping[str, int]) -> int:
    return place[0] + sum(slope * at[name] for name, slope in place[1])


def holds(item: Constraint, at: Mapping[str, int]) -> bool:
    number = form(item[1], at)
    return number == 0 if item[0] == EQUAL else number >= 0
