"""Sigma and tanh by exponential functions, where they are compared with some; or all by sigma.

sigma(u) = E / (1 + E)      tanh(u) = (E^2 - 1) / (E^2 + 1)      with E = exp(u)
tanh(u) = 2 sigma(2 u) - 1
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgrad.proof.laws import Laws
from symgrad.proof.rational import Algebra
from symgrad.proof.replacing import mapped
from symgrad.proof.terms import FUNCTION, UNIT, Atom, Poly, add, constant, scale, subtract
from symgrad.proof.theory import Theory


def exponentials(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Write sigma and tanh by exponential functions."""
    laws, algebra = known.laws, known.algebra

    def change(atom: Atom) -> Poly | None:
        if atom[0] != FUNCTION or atom[1] not in EXPONENTIAL:
            return None
        argument = mapped(algebra, atom[3][0].poly(), change, EXPONENTIAL)
        return EXPONENTIAL[atom[1]](laws, algebra, laws.exp(algebra, argument))

    return mapped(algebra, poly, change, EXPONENTIAL)


def sigmoids(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Write tanh by sigma."""
    laws, algebra = known.laws, known.algebra

    def change(atom: Atom) -> Poly | None:
        if atom[:2] != (FUNCTION, "tanh"):
            return None
        argument = mapped(algebra, atom[3][0].poly(), change, ("tanh",))
        whole = laws.function(algebra, "sigma", scale(argument, 2))
        return subtract(scale(whole, 2), constant(UNIT))

    return mapped(algebra, poly, change, ("tanh",))


def _sigma(laws: Laws, algebra: Algebra, power: Poly) -> Poly:
    below = laws.power(algebra, add(constant(UNIT), power), -1)
    return algebra.multiply(power, below)


def _tanh(laws: Laws, algebra: Algebra, power: Poly) -> Poly:
    square = algebra.multiply(power, power)
    below = laws.power(algebra, add(square, constant(UNIT)), -1)
    return algebra.multiply(subtract(square, constant(UNIT)), below)


EXPONENTIAL: dict[str, Callable[[Laws, Algebra, Poly], Poly]] = {"sigma": _sigma, "tanh": _tanh}
