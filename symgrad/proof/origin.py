"""The value of a sum at a plain point: every input is 0, or one is 1 at one place alone.

    1 + tanh(a) tanh(b)   is 1      sigma(x[i])^2 + x[k]   is 1/4
    N sum(i, x[i]^2) - sum(i, x[i])^2   is N - 1 where x[i] = [i == 1], and 0 at x = 0 and x = 1

An analytic function that is not zero at one point is zero almost nowhere.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import fmpq

from symgrad.proof.rational import Algebra
from symgrad.proof.replacing import mapped
from symgrad.proof.terms import (
    ACCESS,
    COMPOUND,
    EXP,
    FUNCTION,
    UNIT,
    Atom,
    Exponent,
    Key,
    Number,
    Poly,
)
from symgrad.sets.affine import constant, equal, plus

AT_ORIGIN = {
    "sin": fmpq(0),
    "tanh": fmpq(0),
    "erf": fmpq(0),
    "cos": fmpq(1),
    "sigma": fmpq(1, 2),
}
"""The values at 0 of functions that are analytic everywhere."""

Generic = Callable[[str], bool]


def at_origin(generic: Generic, poly: Poly) -> Number | None:
    """The value at 0, if it is a rational number that this module finds."""
    total = fmpq(0)
    for key, coefficient in poly.items():
        value = _term(generic, key)
        if value is None:
            return None
        total += coefficient * value
    return total


def _term(generic: Generic, key: Key) -> Number | None:
    bounds, constraints, factors = key
    product = fmpq(1)
    for atom, power in factors:
        value = _power(generic, atom, power)
        if value is None:
            return None
        product *= value
    return None if product and (bounds or constraints) else product


def _power(generic: Generic, atom: Atom, power: Exponent) -> Number | None:
    value = _atom(generic, atom)
    if value is None or not isinstance(power, int) or (power < 0 and not value):
        return None
    return value**power


def _atom(generic: Generic, atom: Atom) -> Number | None:
    tag, name, _, sums = atom
    if tag == ACCESS:
        return fmpq(0) if generic(name) else None
    if tag not in (EXP, COMPOUND, FUNCTION):
        return None
    inner = at_origin(generic, sums[0].poly())
    if tag == COMPOUND or inner is None:
        return inner
    if inner:
        return None
    return fmpq(1) if tag == EXP else AT_ORIGIN.get(name)


def at_one_place(algebra: Algebra, poly: Poly, chosen: str) -> Poly:
    """The value of a sum of products of inputs where x[i] = [i == 1], and y[i] = 1 for others."""

    def change(atom: Atom) -> Poly:
        places = atom[2] if atom[1] == chosen else ()
        met = (equal(plus(form, constant(1), -1)) for form in places)
        return {((), tuple(item for item in met if item is not None), ()): UNIT}

    return mapped(algebra, poly, change, (ACCESS,))
