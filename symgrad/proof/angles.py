"""Sines and cosines of sums by those of their terms.

    sin(u + v) = sin(u) cos(v) + cos(u) sin(v)      cos(2 u) = cos(u)^2 - sin(u)^2

Each product of atoms that occurs in an angle gets one unit, the greatest of which all its multiples
in the angles are whole.
"""

from __future__ import annotations

from math import gcd
from typing import Any

from flint import fmpq

from symgrad.proof.replacing import mapped
from symgrad.proof.terms import FUNCTION, UNIT, Atom, Key, Number, Poly, constant, scale, subtract
from symgrad.proof.terms import add as plus
from symgrad.proof.theory import Theory

CIRCULAR = ("sin", "cos")

MOST_UNITS = 8
"""Larger multiples of a unit are not taken apart."""


def angles(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Write sines and cosines by those of single terms."""
    units = _units(known, poly)

    def change(atom: Atom) -> Poly | None:
        if atom[0] != FUNCTION or atom[1] not in CIRCULAR:
            return None
        angle = atom[3][0].poly()
        times = {key: value / units[key] for key, value in angle.items()}
        if sum(abs(n) for n in times.values()) <= 1:
            return None
        if any(n.q != 1 or abs(n) > MOST_UNITS for n in times.values()):
            return None
        return _taken_apart(known, angle, units)[atom[1]]

    return mapped(known.algebra, poly, change, CIRCULAR)


def _units(known: Theory, poly: Poly) -> dict[Key, Number]:
    """The unit of each product in an angle, under the bound names that it has while changed."""
    units: dict[Key, Number] = {}

    def note(atom: Atom) -> None:
        if atom[0] == FUNCTION and atom[1] in CIRCULAR:
            for key, value in atom[3][0].terms:
                units[key] = _common(units[key], value) if key in units else abs(value)

    mapped(known.algebra, poly, note, CIRCULAR)
    return units


def _common(one: Number, other: Number) -> Number:
    """The greatest number of which both are whole multiples."""
    return fmpq(gcd(int(one.p * other.q), int(other.p * one.q)), int(one.q * other.q))


def _taken_apart(known: Theory, angle: Poly, units: dict[Key, Number]) -> dict[str, Poly]:
    algebra = known.algebra
    cosine, sine = constant(UNIT), constant(0)
    for key, value in angle.items():
        unit = {key: units[key]}
        own = known.laws.function(algebra, "cos", unit)
        height = scale(known.laws.function(algebra, "sin", unit), 1 if value > 0 else -1)
        for _ in range(int(abs(value / units[key]))):
            cosine, sine = (
                subtract(algebra.multiply(cosine, own), algebra.multiply(sine, height)),
                plus(algebra.multiply(sine, own), algebra.multiply(cosine, height)),
            )
    return {"cos": cosine, "sin": sine}
