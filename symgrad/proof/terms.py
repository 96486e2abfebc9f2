"""Sums of terms in normal form: the values in which answers are compared.

    3/2 * sum(i, j if 1 <= i <= j <= J, p[i] * g[j]^2 / Z)

A term is a coefficient (a rational number), bound indices, a set of constraints on integers and a
multiset of atoms with exponents. A polynomial maps each term without its coefficient, its *key*,
to the coefficient:

    {(bounds, constraints, ((atom, exponent), ...)): 3/2}

An atom is `(tag, name, index forms, sums)`; the tags are rows of `TAGS`. Extents are atoms too.
A term means the sum, over all integers that its bound indices may take under its constraints, of
the product of its atoms; each choice of the bound indices counts once. Every term is kept in its
one form (`Algebra.close`): a bound index that an equation fixes is gone, an access `A[i+l-1]` with
bound indices is `A[a]` with a new bound index and the constraint a = i+l-1 (so that scatter and
gather are the same set), an index that no atom uses is the number of its values, and bound indices
have their names by their place.

Inner sums (arguments of functions, denominators) are frozen into a `Sum`; the bound names of a sum
carry its height (`@1.0`), which keeps them apart from those of every sum around it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from flint import fmpq

from symgrad.sets.affine import (
    Affine,
    Constraint,
    Variable,
    is_index_variable,
    names,
    plain,
)

Number: TypeAlias = Any
"""A rational number of python-flint, which has no types."""

Exponent: TypeAlias = "int | Fraction"
Atom: TypeAlias = "tuple[str, str, tuple[Affine, ...], tuple[Sum, ...]]"
Factors: TypeAlias = "tuple[tuple[Atom, Exponent], ...]"
Key: TypeAlias = "tuple[tuple[Variable, ...], tuple[Constraint, ...], Factors]"
Poly: TypeAlias = "dict[Key, Number]"
Forms: TypeAlias = Mapping[Variable, Affine]

ACCESS, EXTENT, INDEX, PRIME, LABEL = "access", "extent", "index", "prime", "label"
FUNCTION, PARTIAL, COMPOUND, EXP, BRACKET, REDUCTION, BODY, DEMAND = (
    "function",
    "partial",
    "compound",
    "exp",
    "bracket",
    "reduction",
    "body",
    "demand",
)
TAGS = {
    ACCESS: "x[i, j]: an element of an array",
    EXTENT: "B: the extent as a number",
    INDEX: "i: the index as a number",
    PRIME: "2, under a fractional exponent",
    LABEL: "[i == y[b]], y[b] in 1..K: forms i, 1, K, b; or [(i, j) == argmax]: forms i, j",
    FUNCTION: "log(u): an elementary function",
    PARTIAL: "f_y(u, v): an opaque function or one of its derivatives",
    COMPOUND: "u: a sum as the base of a power that is no positive integer",
    EXP: "exp(t), t a term with coefficient 1",
    BRACKET: "[u > 0] or [u >= 0], by name",
    REDUCTION: "max over the bound indices of its one term",
    BODY: "u: the body of a reduction",
    DEMAND: "u > 0, u >= 0 or u != 0, which a side demands; stands in no value",
}

ONE: Key = ((), (), ())
UNIT = fmpq(1)


class OutOfReach(Exception):
    """Not expressible here, or the budget is spent: nothing is proved."""


Terms: TypeAlias = "tuple[tuple[Key, Number], ...]"


class Sum:
    """A polynomial that can stand inside an atom: immutable, hashed once.

    free      the index variables that are free in it
    placed    those of them that are part of a place: of u[i] and [i == y], not of sum(j < i, u[j])
    height    how many sums stand inside each other
    forms     its index forms that are not a variable alone
    named     the tags and names of its atoms
    arrays    the arrays of which it holds elements

    Each is found when it is first asked for.
    """

    __slots__ = ("_hash", "arrays", "forms", "free", "height", "named", "placed", "terms")

    free: frozenset[Variable]
    placed: frozenset[Variable]
    height: int
    forms: frozenset[Affine]
    named: frozenset[str]
    arrays: frozenset[str]

    def __init__(self, poly: Poly) -> None:
        self.terms: Terms = tuple(sorted(poly.items()) if len(poly) > 1 else poly.items())
        self._hash = hash(self.terms)

    def __getattr__(self, name: str) -> Any:
        if name not in ASKED:
            raise AttributeError(name)
        setattr(self, name, ASKED[name](self.terms))
        return getattr(self, name)

    def poly(self) -> Poly:
        return dict(self.terms)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Sum) or self._hash != other._hash:
            return False
        if self.terms is not other.terms:
            if self.terms != other.terms:
                return False
            other.terms = self.terms  # found once: sums that hold both many times ask no more
        return True

    def __lt__(self, other: Sum) -> bool:
        return self.terms < other.terms

    def __gt__(self, other: Sum) -> bool:
        return other.terms < self.terms

    def __le__(self, other: Sum) -> bool:
        return self == other or self.terms < other.terms

    def __ge__(self, other: Sum) -> bool:
        return other <= self

    def __repr__(self) -> str:
        return f"Sum({self.terms!r})"


# --- what an atom holds ------------------------------------------------------------------------


def free(atom: Atom) -> frozenset[Variable]:
    """The index variables that are free in an atom."""
    _, _, places, sums = atom
    if not sums:
        return _variables(places)
    if not places and len(sums) == 1:
        return sums[0].free
    return _variables(places).union(*(inner.free for inner in sums))


def placed(atom: Atom) -> frozenset[Variable]:
    """The index variables that are part of a place in an atom; others only limit sums in it."""
    _, _, places, sums = atom
    if not sums:
        return _variables(places)
    if not places and len(sums) == 1:
        return sums[0].placed
    return _variables(places).union(*(inner.placed for inner in sums))


@lru_cache(maxsize=8192)
def _variables(places: tuple[Affine, ...]) -> frozenset[Variable]:
    return frozenset(n for form in places for n, _ in form[1] if is_index_variable(n))


def mentions(atom: Atom, words: Collection[str]) -> bool:
    """May an atom with one of these tags or names be this one, or occur in it?"""
    if atom[0] in words or atom[1] in words:
        return True
    return any(not inner.named.isdisjoint(words) for inner in atom[3])


def arrays(atom: Atom) -> frozenset[str]:
    """The arrays of which an atom is or holds an element."""
    own = frozenset(atom[1:2] if atom[0] in (ACCESS, LABEL) else ())
    return own.union(*(inner.arrays for inner in atom[3])) if atom[3] else own


def told(atom: Atom) -> frozenset[str]:
    """The arrays and functions in an atom: what tells that two atoms may meet."""
    return _named(atom) - PLAIN


PLAIN = frozenset({"", ACCESS, EXTENT, INDEX, LABEL, FUNCTION, PARTIAL})


def _named(atom: Atom) -> frozenset[str]:
    return frozenset(atom[:2]).union(*(inner.named for inner in atom[3]))


def height(atom: Atom) -> int:
    sums = atom[3]
    if not sums:
        return 0
    return sums[0].height if len(sums) == 1 else max(inner.height for inner in sums)


def forms(atom: Atom) -> Iterator[Affine]:
    """The index forms in an atom that are not a variable alone (nor constant)."""
    for form in atom[2]:
        if plain(form) is None and any(is_index_variable(name) for name, _ in form[1]):
            yield form
    for inner in atom[3]:
        yield from inner.forms


def nested(poly: Poly) -> Iterator[Key]:
    """The terms of a sum, and those of every sum in it, each of which is looked into once."""
    known: set[Sum] = set()
    waiting = [*poly]
    while waiting:
        key = waiting.pop()
        yield key
        for atom, _ in key[2]:
            for inner in atom[3]:
                if inner not in known:
                    known.add(inner)
                    waiting += (other for other, _ in inner.terms)


def free_of_key(key: Key) -> set[Variable]:
    """The index variables that are free in a term."""
    bounds, constraints, factors = key
    found = {n for n in names(form for _, form in constraints) if is_index_variable(n)}
    for atom, _ in factors:
        found |= free(atom)
    return found.difference(bounds)


def _placed_in_key(key: Key) -> Iterator[Variable]:
    for atom, _ in key[2]:
        yield from placed(atom).difference(key[0])


def _height_of_key(key: Key) -> int:
    inner = max((height(atom) for atom, _ in key[2]), default=0)
    return inner + 1 if key[0] else inner


def _forms_of_key(key: Key) -> Iterator[Affine]:
    for atom, _ in key[2]:
        yield from forms(atom)


def _each(found: Callable[[Atom], frozenset[str]]) -> Callable[[Terms], frozenset[str]]:
    return lambda terms: frozenset().union(*(found(atom) for key, _ in terms for atom, _ in key[2]))


ASKED: dict[str, Callable[[Terms], object]] = {
    "free": lambda terms: frozenset(name for key, _ in terms for name in free_of_key(key)),
    "placed": lambda terms: frozenset(name for key, _ in terms for name in _placed_in_key(key)),
    "height": lambda terms: max((_height_of_key(key) for key, _ in terms), default=0),
    "forms": lambda terms: frozenset(form for key, _ in terms for form in _forms_of_key(key)),
    "named": _each(_named),
    "arrays": _each(arrays),
}


def exponent(number: Number) -> Exponent:
    return int(number.p) if number.q == 1 else Fraction(int(number.p), int(number.q))


def reduced(power: Exponent) -> Exponent:
    """A whole exponent as an int, for rules tell roots from powers by the type."""
    return int(power) if isinstance(power, Fraction) and power.denominator == 1 else power


def number(value: Exponent) -> Number:
    return fmpq(value) if isinstance(value, int) else fmpq(value.numerator, value.denominator)


# --- polynomials -------------------------------------------------------------------------------


def constant(value: Number) -> Poly:
    return {ONE: fmpq(value)} if value else {}


def atom_poly(atom: Atom, power: Exponent = 1) -> Poly:
    return {((), (), ((atom, power),)): UNIT}


def access(name: str, indices: Iterable[Affine] = ()) -> Atom:
    return (ACCESS, name, tuple(indices), ())


def accumulate(poly: Poly, key: Key, coefficient: Number) -> None:
    before = poly.get(key)
    if before is None:
        if coefficient:
            poly[key] = coefficient
        return
    total = before + coefficient
    if total:
        poly[key] = total
    else:
        del poly[key]


def add(*polys: Poly) -> Poly:
    """The sum; one that nothing is added to is the same one."""
    first, *others = [poly for poly in polys if poly] or [{}]
    if not others:
        return first
    result = dict(first)
    for poly in others:
        for key, coefficient in poly.items():
            accumulate(result, key, coefficient)
    return result


def scale(poly: Poly, factor: Number) -> Poly:
    if factor == 1:
        return poly
    factor = fmpq(factor)
    return {key: coefficient * factor for key, coefficient in poly.items()} if factor else {}


def subtract(left: Poly, right: Poly) -> Poly:
    if not right:
        return left
    result = dict(left)
    for key, coefficient in right.items():
        accumulate(result, key, -coefficient)
    return result


def exponents_added(powers: Iterable[tuple[Atom, Exponent]]) -> Poly:
    """u + 2 v: the sum of which a product of exponentials, exp(u) exp(v)^2, is the exponential."""
    return add({}, *(scale(atom[3][0].poly(), number(power)) for atom, power in powers))


def collected(factors: Iterable[tuple[Atom, Exponent]]) -> dict[Atom, Exponent]:
    """Equal atoms joined: exponents add, brackets are idempotent; (x^(1/2))^2 is x^1."""
    joined: dict[Atom, Exponent] = {}
    for atom, power in factors:
        if atom not in joined:
            joined[atom] = reduced(power)
        elif atom[0] not in (BRACKET, LABEL):
            total = reduced(joined[atom] + power)
            if total:
                joined[atom] = total
            else:
                del joined[atom]
    return joined
