"""What is known of powers, exponentials, logarithms and conditions on values.

(u v)^n = u^n v^n        exp(c u + d v) = exp(u)^c exp(v)^d        log(u v) = log u + log v
[-u > 0] = 1 - [u > 0]
"""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq

from symgrad.efficient.atoms import COMPOUND, STEP, Atom, Atoms, Scope
from symgrad.efficient.content import content
from symgrad.efficient.terms import (
    ONE,
    Access,
    Factors,
    Key,
    Poly,
    add,
    at,
    constant,
    monomial,
    multiply,
    names,
    scale,
    whole,
)
from symgrad.proof.terms import Exponent, Number


def step(atoms: Atoms, poly: Poly, scope: Scope) -> Poly:
    """[poly > 0], known up to a positive number; [-u > 0] = 1 - [u > 0] where u is smooth."""
    poly = scale(poly, 1 / abs(poly[min(poly)])) if poly else poly
    below = scale(poly, -ONE)
    known = atoms.holds(STEP, (below,), scope)
    falling = len(poly) == 1 and poly[min(poly)] < 0
    if (known or falling) and all(map(atoms.is_smooth, names(poly))):
        opposite = monomial([(atoms.atom(STEP, (below,), scope), 1)])
        return add(constant(ONE), scale(opposite, -ONE))
    return monomial([(atoms.atom(STEP, (poly,), scope), 1)])


def raised(atoms: Atoms, poly: Poly, exponent: Exponent, scope: Scope) -> Poly:
    """poly^exponent: a product is raised factor by factor, a sum stays together."""
    if exponent == 1:
        return poly
    if len(poly) == 1:
        ((bounds, factors), by) = next(iter(poly.items()))
        if not bounds and _splits(atoms, factors, by, exponent):
            powers = ((atom, whole(power * Fraction(exponent))) for atom, power in factors)
            if isinstance(exponent, int):
                return monomial(powers, by**exponent)
            return multiply(monomial(powers), _root(atoms, by, exponent))
    if isinstance(exponent, int):
        if not poly and exponent > 0:
            return {}
        return raised(atoms, factor(atoms, poly, scope, always=True), exponent, scope)
    base = atoms.atom(COMPOUND, (poly,), scope)
    atoms.positive.add(base[0])
    return monomial([(base, exponent)])


def _splits(atoms: Atoms, factors: Factors, by: Number, exponent: Exponent) -> bool:
    if isinstance(exponent, int):
        return True
    if len(factors) == 1 and factors[0][1] == 1 and by == 1:
        return True
    return by > 0 and all(atoms.is_positive(name) for (name, _), _ in factors)


def _root(atoms: Atoms, by: Number, exponent: Exponent) -> Poly:
    """2^(1/2), a number with an array of its own."""
    if by == 1:
        return constant(ONE)
    base = atoms.atom(COMPOUND, (constant(by),), {})
    atoms.positive.add(base[0])
    return monomial([(base, exponent)])


def factor(atoms: Atoms, poly: Poly, scope: Scope, always: bool = False) -> Poly:
    """A sum as one factor: number * what its terms share * the array of the rest.

    A sum over an index alone stays one, unless it is to be raised to a power.
    """
    if len(poly) < 2 and not (always and any(bounds for bounds, _ in poly)):
        return poly
    by, shared, rest = content(poly)
    if len(rest) == 1 and not next(iter(rest))[0]:
        return poly
    return monomial([*shared, (atoms.atom(COMPOUND, (rest,), scope), 1)], by)


def exponential(atoms: Atoms, poly: Poly, scope: Scope) -> Poly:
    """exp(c u + d v) = exp(u)^c exp(v)^d, and exp(log u) = u."""
    result = constant(ONE)
    for key, by in poly.items():
        inner = _logarithm_of(atoms, key)
        power = whole(Fraction(int(by.p), int(by.q)))
        if inner is not None:
            base, indices = inner
            result = multiply(result, raised(atoms, at(base, indices), power, scope))
        else:
            own = monomial([(atoms.atom("exp", ({key: ONE},), scope), power)])
            result = multiply(result, own)
    return result


def _logarithm_of(atoms: Atoms, key: Key) -> tuple[Poly, tuple[int, ...]] | None:
    bounds, factors = key
    if bounds or len(factors) != 1 or factors[0][1] != 1:
        return None
    (name, indices), _ = factors[0]
    atom = atoms.known.get(name)
    return (atom.polys[0], indices) if atom and atom.head == "log" else None


def logarithm(atoms: Atoms, poly: Poly, scope: Scope) -> Poly:
    """log(u^m exp(v) / w) = m log u + v - log w where all are positive."""
    if len(poly) == 1:
        ((bounds, factors), by) = next(iter(poly.items()))
        rest = [(atom, power) for atom, power in factors if not _is_exp(atoms, atom[0])]
        alone = len(rest) == 1 and rest[0][1] == 1
        if (
            not bounds
            and by > 0
            and (alone or all(atoms.is_positive(name) for (name, _), _ in rest))
        ):
            parts = [_log_of_factor(atoms, atom, power, scope) for atom, power in factors]
            if by != 1:
                parts.append(monomial([(atoms.atom("log", (constant(by),), {}), 1)]))
            return add({}, *parts)
    return monomial([(atoms.atom("log", (poly,), scope), 1)])


def _is_exp(atoms: Atoms, name: str) -> bool:
    return name in atoms.known and atoms.known[name].head == "exp"


def _log_of_factor(atoms: Atoms, atom: Access, power: Exponent, scope: Scope) -> Poly:
    name, indices = atom
    times = fmpq(Fraction(power).numerator, Fraction(power).denominator)
    if _is_exp(atoms, name):
        return scale(at(atoms.known[name].polys[0], indices), times)
    atoms.positive.add(name)
    base = monomial([(atom, 1)])
    if name in atoms.known and atoms.known[name].head == COMPOUND:
        base = at(atoms.known[name].polys[0], indices)
    return scale(monomial([(atoms.atom("log", (base,), scope), 1)]), times)


def applied(atoms: Atoms, head: str, polys: tuple[Poly, ...], scope: Scope) -> Poly:
    """An elementary function by its name, or any other, which stays as it is."""
    if head == "exp":
        return exponential(atoms, polys[0], scope)
    if head == "log":
        return logarithm(atoms, polys[0], scope)
    return monomial([(atoms.atom(head, polys, scope), 1)])


def made(atoms: Atoms, atom: Atom, polys: tuple[Poly, ...], scope: Scope) -> Poly:
    """The atom anew, from other arguments."""
    if atom.head == COMPOUND:
        return polys[0]
    return applied(atoms, atom.head, polys, scope)
