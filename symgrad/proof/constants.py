"""Numbers that are no fractions: the sign of sqrt(3) - sqrt(2), bounds for exp(1).

A sum without arrays, extents and indices is one number. It is enclosed in a ball (python-flint's
`arb`, whose balls contain the value); where the ball is apart from 0, the sign is proved.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from flint import arb, ctx, fmpq

from symgrad.proof.terms import (
    COMPOUND,
    EXP,
    FUNCTION,
    PRIME,
    UNIT,
    Atom,
    Exponent,
    Key,
    Poly,
    Sum,
)

PRECISION = 200
"""Bits of a ball."""

LARGEST = 2000
"""Numbers beyond 2 to this power, or below its inverse, get no bounds."""

Ball: TypeAlias = Any
"""A ball of python-flint, which has no types."""

VALUES: dict[str, Callable[[Ball], Ball]] = {
    "log": lambda x: x.log(),
    "tanh": lambda x: x.tanh(),
    "sigma": lambda x: 1 / (1 + (-x).exp()),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "erf": lambda x: x.erf(),
}


def sign(poly: Poly) -> int:
    """1 or -1 where a sum is a number whose sign is certain, else 0."""
    if not poly or not all(map(_is_number, poly)):
        return 0
    value = _enclosed(Sum(poly))
    return 1 if value > 0 else -1 if value < 0 else 0


def bounds(key: Key) -> tuple[fmpq, fmpq] | None:
    """Fractions below and above a term that is a number."""
    if not key[2] or not _is_number(key):
        return None
    value = _enclosed(Sum({key: UNIT}))
    if not value.is_finite():
        return None
    ends = [end.man_exp() for end in (value.lower(), value.upper())]
    if any(abs(power) > LARGEST for _, power in ends):
        return None
    low, high = (fmpq(mantissa) * fmpq(2) ** int(power) for mantissa, power in ends)
    return low, high


def _is_number(key: Key) -> bool:
    return not key[0] and not key[1] and all(_is_constant(atom) for atom, _ in key[2])


def _is_constant(atom: Atom) -> bool:
    if atom[0] == PRIME:
        return True
    known = atom[0] in (COMPOUND, EXP) or (atom[0] == FUNCTION and atom[1] in VALUES)
    return known and all(_is_number(key) for held in atom[3] for key, _ in held.terms)


@lru_cache(maxsize=256)
def _enclosed(held: Sum) -> Ball:
    with ctx.workprec(PRECISION):
        total = arb(0)
        for (_, _, factors), coefficient in held.terms:
            product = arb(coefficient)
            for atom, power in factors:
                product *= _raised(_atom(atom), power)
            total += product
        return total


def _atom(atom: Atom) -> Ball:
    if atom[0] == PRIME:
        return arb(atom[2][0][0])
    inner = _enclosed(atom[3][0])
    if atom[0] == COMPOUND:
        return inner
    return inner.exp() if atom[0] == EXP else VALUES[atom[1]](inner)


def _raised(value: Ball, power: Exponent) -> Ball:
    if isinstance(power, Fraction):
        return value.root(power.denominator) ** power.numerator if value > 0 else arb("nan")
    return value**power
