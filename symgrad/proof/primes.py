"""Powers and logarithms of rational numbers, over their prime factors.

12^(1/2) = 2 3^(1/2)            log(12) = 2 log(2) + log(3)
"""

from __future__ import annotations

from flint import fmpq

from symgrad.proof.rational import Algebra
from symgrad.proof.terms import (
    FUNCTION,
    PRIME,
    UNIT,
    Atom,
    Exponent,
    Number,
    Poly,
    add,
    atom_poly,
    constant,
    reduced,
    scale,
)

MOST_DIVIDED = 1000
"""Prime factors beyond this are not sought."""


def number_power(algebra: Algebra, value: Number, power: Exponent) -> Poly:
    """A positive rational number to a fractional power, over its prime factors."""
    result = constant(UNIT)
    for whole, sign in ((int(value.p), 1), (int(value.q), -1)):
        for prime, times in _primes(whole).items():
            out: Poly = {}
            atom: Atom = (PRIME, "", ((prime, ()),), ())
            algebra.assemble(out, (), (), ((atom, reduced(power * sign * times)),), UNIT)
            result = algebra.multiply(result, out)
    return result


def number_log(algebra: Algebra, value: Number) -> Poly:
    """The logarithm of a positive rational number, over its prime factors."""
    result: Poly = {}
    for whole, sign in ((int(value.p), 1), (int(value.q), -1)):
        for prime, times in _primes(whole).items():
            argument = algebra.freeze(constant(fmpq(prime)))
            log = atom_poly((FUNCTION, "log", (), (argument,)))
            result = add(result, scale(log, sign * times))
    return result


def _primes(whole: int) -> dict[int, int]:
    """The prime factors of a whole number; what large ones leave is one factor."""
    found: dict[int, int] = {}
    divisor = 2
    while whole > 1:
        if divisor > MOST_DIVIDED:
            found[whole] = found.get(whole, 0) + 1  # one factor, prime or not
            break
        while whole % divisor == 0:
            whole //= divisor
            found[divisor] = found.get(divisor, 0) + 1
        divisor += 1
    return found
