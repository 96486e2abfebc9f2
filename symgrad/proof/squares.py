"""Sums of squares: quadratic forms that are nowhere negative.

    x^2 - 2 x y + y^2 >= 0           sum(n, (p[n] - q[n])^2) >= 0, multiplied out

The terms over the same indices are a form in monomials, each the half of a square term; a form is a
sum of squares if elimination meets no negative pivot: if its matrix is L D L^T with D >= 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

from flint import fmpq

from symgrad.proof.terms import Atom, Exponent, Factors, Number, Poly

MOST_MONOMIALS = 6
"""A form in more monomials is not looked at."""

Matrix: TypeAlias = "list[list[Number]]"

Positive: TypeAlias = Callable[[Atom, Exponent], bool]
"""Is a power of an atom at least zero, its root having a meaning?"""


def sum_of_squares(positive: Positive, poly: Poly) -> bool:
    """Is the sum nowhere negative, by squares alone?"""
    return all(_is_sum_of_squares(positive, group) for group in _groups(poly))


def _groups(poly: Poly) -> Iterator[dict[Factors, Number]]:
    """The terms over the same indices, their factors as powers of atoms."""
    found: dict[tuple[object, object], dict[Factors, Number]] = {}
    for (bounds, constraints, factors), coefficient in poly.items():
        found.setdefault((bounds, constraints), {})[factors] = coefficient
    yield from found.values()


def _is_sum_of_squares(positive: Positive, terms: dict[Factors, Number]) -> bool:
    halves = [
        half
        for monomial, coefficient in terms.items()
        if coefficient > 0 and (half := _half(positive, monomial)) is not None
    ]
    if not 0 < len(halves) <= MOST_MONOMIALS:
        return False
    left = dict(terms)
    matrix: Matrix = [[fmpq(0)] * len(halves) for _ in halves]
    for n, half in enumerate(halves):
        matrix[n][n] = fmpq(left.pop(_product(half, half)))
    for m, n in combinations(range(len(halves)), 2):
        matrix[m][n] = matrix[n][m] = fmpq(left.pop(_product(halves[m], halves[n]), 0)) / 2
    return not left and _is_never_negative(matrix)


def _half(positive: Positive, monomial: Factors) -> Factors | None:
    """The monomial whose square this is: of real numbers, even powers or positive atoms."""
    for atom, power in monomial:
        if power % 2 and not positive(atom, power):
            return None
    return tuple(
        (atom, Fraction(power) / 2 if power % 2 else power // 2) for atom, power in monomial
    )


def _product(one: Factors, two: Factors) -> Factors:
    powers = dict(one)
    for atom, power in two:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted((atom, power) for atom, power in powers.items() if power))


def _is_never_negative(matrix: Sequence[Sequence[Number]]) -> bool:
    """Elimination: no negative pivot, and nothing beside a pivot that is zero."""
    if not matrix:
        return True
    (pivot, *beside), *rest = matrix
    if pivot < 0 or (pivot == 0 and any(beside)):
        return False
    if pivot == 0:
        return _is_never_negative([row[1:] for row in rest])
    return _is_never_negative(
        [
            [value - row[0] * other / pivot for value, other in zip(row[1:], beside, strict=True)]
            for row in rest
        ]
    )
