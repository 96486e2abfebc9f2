"""Comparisons through increasing functions.

    [exp(u) > exp(v)] = [u > v]      [tanh(u) > 0] = [u > 0]      [sigma(u) > 1/2] = [u > 0]
    [log(u) > log(v)] = [u > v]      [sqrt(u) > sqrt(v)] = [u > v]

A sum of two terms, f(u) and a value of f, has the sign of u minus the argument at which f takes
that value.
"""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq

from symgrad.proof.terms import (
    COMPOUND,
    EXP,
    FUNCTION,
    ONE,
    PRIME,
    UNIT,
    Atom,
    Exponent,
    Key,
    Poly,
    constant,
    exponents_added,
    scale,
    subtract,
)

INCREASING = {"tanh": 0, "erf": 0, "sigma": fmpq(1, 2), "log": None}
"""Odd and sigmoid functions with their value at 0, increasing everywhere; log(1) = 0."""


def compared(poly: Poly) -> Poly | None:
    """A sum that is positive, zero, negative exactly where this one is, without the function."""
    for rule in (_exponentials, _functions, _roots):
        found = rule(poly)
        if found is not None:
            return found
    return None


def increasing_in(poly: Poly) -> Poly | None:
    """u, where a sum is f(u) for a function that takes each value once."""
    if len(poly) != 1:
        return None
    ((bounds, constraints, factors), coefficient) = next(iter(poly.items()))
    if bounds or constraints or not coefficient or not factors:
        return None
    if all(atom[0] == EXP for atom, _ in factors):
        return exponents_added(factors)
    (atom, power), *others = factors
    if others or power != 1 or atom[0] != FUNCTION or atom[1] not in INCREASING:
        return None
    return atom[3][0].poly()


def _sides(poly: Poly) -> tuple[tuple[Key, fmpq], tuple[Key, fmpq]] | None:
    """A positive and a negative term: A - B."""
    if len(poly) != 2:
        return None
    one, other = poly.items()
    if any(key[0] or key[1] for key in poly) or (one[1] > 0) == (other[1] > 0):
        return None
    return (one, other) if one[1] > 0 else (other, one)


def _exponentials(poly: Poly) -> Poly | None:
    """exp(u) - exp(v): u - v, where the exponentials have the same coefficient."""
    sides = _sides(poly)
    if sides is None or sides[0][1] != -sides[1][1]:
        return None
    exponents = []
    for (_, _, factors), _ in sides:
        if any(atom[0] != EXP for atom, _ in factors):
            return None
        exponents.append(exponents_added(factors))
    return subtract(*exponents)


def _single(key: Key) -> tuple[Atom, Exponent] | None:
    return key[2][0] if len(key[2]) == 1 and not key[0] and not key[1] else None


def _functions(poly: Poly) -> Poly | None:
    """f(u) - f(v), or f(u) against its value at 0 (at 1 for log)."""
    terms = [(key, value) for key, value in poly.items() if key != ONE]
    found = [_single(key) for key, _ in terms]
    if not terms or len(terms) > 2:
        return None
    names, arguments = [], []
    for item in found:
        if item is None or item[1] != 1 or item[0][0] != FUNCTION:
            return None
        names.append(item[0][1])
        arguments.append(item[0][3][0].poly())
    if len(set(names)) > 1 or names[0] not in INCREASING:
        return None
    rest, sign = poly.get(ONE, fmpq(0)), 1 if terms[0][1] > 0 else -1
    if len(terms) == 2:
        if rest or terms[0][1] != -terms[1][1]:
            return None
        return scale(subtract(*arguments), sign)
    value = INCREASING[names[0]]
    if value is None:
        return None if rest else scale(subtract(arguments[0], constant(UNIT)), sign)
    return scale(arguments[0], sign) if rest == -terms[0][1] * value else None


def _roots(poly: Poly) -> Poly | None:
    """u^e - v^e: u - v, for sums under one fractional power."""
    sides = _sides(poly)
    if sides is None or sides[0][1] != -sides[1][1]:
        return None
    bases: list[Poly] = []
    powers: list[Exponent] = []
    for key, _ in sides:
        single = _single(key)
        if single is None or not isinstance(single[1], Fraction) or single[1] <= 0:
            return None
        atom, power = single
        if atom[0] == PRIME:
            bases.append(constant(atom[2][0][0]))
        elif atom[0] == COMPOUND:
            bases.append(atom[3][0].poly())
        else:
            bases.append({((), (), ((atom, 1),)): UNIT})
        powers.append(power)
    return subtract(*bases) if powers[0] == powers[1] else None
