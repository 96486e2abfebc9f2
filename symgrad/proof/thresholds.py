"""Comparisons of a function with a value that it does not take in the same form.

    [exp(u) > r] = [u > log(r)]                          r > 0, where u is no number
    [log(u) > r] = [u > exp(r)]                          r a number, or u of unknown sign
    [sigma(u) > r] = [u > log(r) - log(1 - r)]           0 < r < 1
    [tanh(u) > r] = [u > (log(1 + r) - log(1 - r)) / 2]  -1 < r < 1
    [sqrt(u) > r] = [u > r^2]                            r >= 0
    [u^n > v^n] = [u > v]                                u, v >= 0, or n odd

Functions of both sides are looked at before (`monotone`).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from symgrad.proof.facts import Facts
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import (
    COMPOUND,
    EXP,
    FUNCTION,
    ONE,
    PRIME,
    UNIT,
    Atom,
    Key,
    Poly,
    add,
    arrays,
    atom_poly,
    constant,
    exponents_added,
    scale,
    subtract,
)

Inverse: TypeAlias = "Callable[[Facts, Algebra, Poly, Poly], Poly | None]"
"""The argument at which f(u) takes a value, given u and the value, if it takes it."""


def threshold(facts: Facts, algebra: Algebra, poly: Poly) -> Poly | None:
    """A sum that is positive, zero, negative exactly where this one is: f(u) - r as u - g(r)."""
    powers = _powers(facts, algebra, poly)
    if powers is not None:
        return powers
    key = _chosen(poly) if len(poly) > 1 else None
    found = None if key is None else _function(key)
    if key is None or found is None:
        return None
    argument, inverse = found
    rest = {other: value for other, value in poly.items() if other != key}
    value = inverse(facts, algebra, argument, scale(rest, -1 / poly[key]))
    sign = 1 if poly[key] > 0 else -1
    return None if value is None else scale(subtract(argument, value), sign)


def _chosen(poly: Poly) -> Key | None:
    """The one term that is a function; of exponentials alone the one that has its sign alone."""
    found = sorted(key for key in poly if _function(key) is not None)
    if len(found) < 2:
        return next(iter(found), None)
    alone = [key for key in found if [(poly[o] > 0) for o in poly].count(poly[key] > 0) == 1]
    return alone[0] if alone and all(_is_exponential(key) for key in found) else None


def _is_exponential(key: Key) -> bool:
    return all(atom[0] == EXP for atom, _ in key[2])


def _function(key: Key) -> tuple[Poly, Inverse] | None:
    """u and the inverse of f, where a term is f(u)."""
    bounds, constraints, factors = key
    if bounds or constraints or not factors:
        return None
    if _is_exponential(key):  # a number stays under it: exp(2) > x, not 2 > log(x)
        return (exponents_added(factors), _log) if any(map(arrays, dict(factors))) else None
    (atom, power), *others = factors
    if others:
        return None
    if power == 1 and atom[0] == FUNCTION and atom[1] in INVERSES:
        return atom[3][0].poly(), INVERSES[atom[1]]
    if power == Fraction(1, 2) and atom[0] != PRIME:
        return atom[3][0].poly() if atom[0] == COMPOUND else atom_poly(atom), _square
    return None


def _log(facts: Facts, algebra: Algebra, _: Poly, value: Poly) -> Poly | None:
    return _logarithm(algebra, value) if facts.positive(algebra, value) else None


def _exp(facts: Facts, algebra: Algebra, argument: Poly, value: Poly) -> Poly | None:
    """exp(r), where r is a number; elsewhere log(x) > r stays, for x > 0."""
    if algebra.freeze(value).arrays and facts.positive(algebra, argument):
        return None
    return algebra.laws[EXP](algebra, (EXP, "", (), ()), (value,))


def _square(facts: Facts, algebra: Algebra, _: Poly, value: Poly) -> Poly | None:
    if not facts.positive(algebra, value, strict=False):
        return None
    return algebra.multiply(value, value)


def _logit(facts: Facts, algebra: Algebra, _: Poly, value: Poly) -> Poly | None:
    rest = subtract(constant(UNIT), value)
    if not (facts.positive(algebra, value) and facts.positive(algebra, rest)):
        return None
    return subtract(_logarithm(algebra, value), _logarithm(algebra, rest))


def _artanh(facts: Facts, algebra: Algebra, _: Poly, value: Poly) -> Poly | None:
    above, below = add(constant(UNIT), value), subtract(constant(UNIT), value)
    if not (facts.positive(algebra, above) and facts.positive(algebra, below)):
        return None
    return scale(subtract(_logarithm(algebra, above), _logarithm(algebra, below)), UNIT / 2)


INVERSES: dict[str, Inverse] = {"sigma": _logit, "tanh": _artanh, "log": _exp}


def _logarithm(algebra: Algebra, value: Poly) -> Poly:
    atom: Atom = (FUNCTION, "log", (), ())
    return algebra.laws[FUNCTION](algebra, atom, (value,))


def root_of_square(facts: Facts, algebra: Algebra, poly: Poly) -> tuple[Poly, Poly, int] | None:
    """u, sqrt(r) and the sign of a u^2, for a sum that is a multiple of u^2 - r with r > 0."""
    for key, value in poly.items():
        bounds, constraints, factors = key
        if bounds or constraints or len(factors) != 1 or factors[0][1] != 2 or len(poly) < 2:
            continue
        base = atom_poly(factors[0][0])
        rest = {other: -number / value for other, number in poly.items() if other != key}
        if facts.positive(algebra, rest) and not facts.positive(algebra, base, strict=False):
            return base, algebra.raised(rest, Fraction(1, 2)), 1 if value > 0 else -1
    return None


def _powers(facts: Facts, algebra: Algebra, poly: Poly) -> Poly | None:
    """u^n - v^n: u - v."""
    if len(poly) != 2 or ONE in poly or sum(poly.values()) != 0:
        return None
    roots = []
    for key in poly:
        bounds, constraints, factors = key
        if bounds or constraints or len(factors) != 1:
            return None
        (atom, power) = factors[0]
        if not isinstance(power, int) or power < 2:
            return None
        if power % 2 == 0 and not facts.atom_positive(algebra, atom, False):
            return None
        roots.append((atom_poly(atom), power, poly[key]))
    (one, power, number), (other, same, _) = roots
    return scale(subtract(one, other), 1 if number > 0 else -1) if power == same else None
