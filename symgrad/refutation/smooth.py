"""Instances of opaque functions: random polynomials, which a rational program keeps exact.

    f(y, z) = Σ c[m, n] y^m z^n   over m + n <= degree,  every c a random rational, none zero

The partial derivatives of any order are those of the polynomial, so they are consistent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import product
from math import perm, prod
from random import Random

from flint import fmpq

from symgrad.evaluation.values import Arithmetic, Number

DEGREE = {1: 6, 2: 5}
"""By the number of parameters; high enough that second-order passes meet no zero derivative."""

DEGREE_OF_MANY = 4

Exponents = tuple[int, ...]


class Polynomial:
    """A polynomial in the parameters of an opaque function."""

    def __init__(self, parameters: tuple[str, ...], coefficients: Mapping[Exponents, fmpq]) -> None:
        self.parameters = parameters
        self.coefficients = dict(coefficients)
        self._slopes: dict[tuple[Exponents, str], Callable[..., Number]] = {}

    @classmethod
    def random(cls, parameters: tuple[str, ...], random: Random) -> Polynomial:
        degree = DEGREE.get(len(parameters), DEGREE_OF_MANY)
        return cls(
            parameters,
            {
                exponents: fmpq(random.choice((-1, 1)) * random.randint(1, 9), random.randint(2, 9))
                for exponents in product(range(degree + 1), repeat=len(parameters))
                if sum(exponents) <= degree
            },
        )

    def partial(self, orders: Exponents) -> Polynomial:
        """Σ c[m] m!/(m - n)! y^(m - n) over the exponents m >= n"""
        return Polynomial(
            self.parameters,
            {
                tuple(_differences(exponents, orders)): coefficient
                * prod(perm(m, n) for m, n in zip(exponents, orders, strict=True))
                for exponents, coefficient in self.coefficients.items()
                if all(m >= n for m, n in zip(exponents, orders, strict=True))
            },
        )

    def slope(self, orders: Exponents, arithmetic: Arithmetic) -> Callable[..., Number]:
        """A partial derivative, put together when it is first asked for."""
        key = orders, arithmetic.name
        if key not in self._slopes:
            self._slopes[key] = self._slope(orders, arithmetic)
        return self._slopes[key]

    def _slope(self, orders: Exponents, arithmetic: Arithmetic) -> Callable[..., Number]:
        terms = [
            (exponents, arithmetic.number(coefficient))
            for exponents, coefficient in self.partial(orders).coefficients.items()
        ]
        zero, highest = arithmetic.number(0), self.degree

        def value(*arguments: Number) -> Number:
            powers = [_powers(x, highest, arithmetic) for x in arguments]
            total = zero
            for exponents, coefficient in terms:
                for table, exponent in zip(powers, exponents, strict=True):
                    if exponent:
                        coefficient = coefficient * table[exponent]
                total = total + coefficient
            return total

        return value

    @cached_property
    def degree(self) -> int:
        return max(map(max, self.coefficients))

    def __str__(self) -> str:
        """The polynomial in the notation: `1/2 + 3*y - 2/7*y^2*z`."""
        text = ""
        for exponents, coefficient in self.coefficients.items():
            powers = [
                name if exponent == 1 else f"{name}^{exponent}"
                for name, exponent in zip(self.parameters, exponents, strict=True)
                if exponent
            ]
            size = abs(coefficient)
            factors = powers if size == 1 and powers else [str(size), *powers]
            sign = (
                ("-" if coefficient < 0 else "")
                if not text
                else " - "
                if coefficient < 0
                else " + "
            )
            text += sign + "*".join(factors)
        return text or "0"


def _powers(x: Number, highest: int, arithmetic: Arithmetic) -> list[Number]:
    powers = [arithmetic.number(1)]
    for _ in range(highest):
        powers.append(arithmetic.kept(powers[-1] * x))
    return powers


def _differences(exponents: Exponents, orders: Exponents) -> Iterable[int]:
    return (m - n for m, n in zip(exponents, orders, strict=True))
