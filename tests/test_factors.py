"""Sums taken apart multiply out to themselves."""

from __future__ import annotations

from fractions import Fraction

import pytest
from polynomials import algebra, element, total, value

from symgrad.proof.factors import factored
from symgrad.proof.terms import COMPOUND, Poly, Sum, access, add, atom_poly, constant, scale

A, B = (atom_poly(access(name)) for name in "ab")


def product(number: int, *parts: tuple[Poly, int]) -> Poly:
    made = constant(number)
    for part, times in parts:
        made = algebra().multiply(made, algebra().integer_power(part, times))
    return made


@pytest.mark.parametrize(
    ("poly", "count"),
    [
        (product(1, (add(A, B), 2)), 1),
        (product(3, (add(A, scale(B, -2)), 3), (A, 1)), 2),
        (add(product(1, (A, 2)), scale(product(1, (B, 2)), -1)), 2),
        (add(A, B), 1),
    ],
)
def test_the_factors_multiply_out_to_the_sum(poly: Poly, count: int) -> None:
    found = factored(algebra(), poly)
    assert found is not None and len(found[1]) == count
    number, parts = found
    assert algebra().multiply(constant(number), product(1, *parts)) == poly


def test_a_fractional_power_is_a_variable_of_its_own() -> None:
    """a - b^(1/2) is irreducible, a - b is a difference of squares beside roots only."""
    root = atom_poly(access("a"), Fraction(1, 2))
    found = factored(algebra(), add(A, scale(root, 2), constant(1)))
    assert found is not None and [times for _, times in found[1]] == [2]


def test_sums_over_indices_that_do_not_meet_are_factors() -> None:
    """sum(i, j, p[i] q[j]) (a + sum(i, j, p[i] p[j] r[i, j])) has three, the last irreducible."""
    some = algebra()
    over_i, over_j = (total(some, element(n, f"@{k}"), **{k: "N"}) for n, k in ("pi", "qj"))
    met = total(
        some,
        some.multiply(element("p", "@i"), element("p", "@j"), element("r", "@i", "@j")),
        i="N",
        j="N",
    )
    poly = some.multiply(over_i, over_j, add(A, met))
    found = factored(some, poly)
    assert found is not None and len(found[1]) == 3
    made = some.multiply(constant(found[0]), *(part for part, _ in found[1]))
    assert made == poly and value(made) == value(poly)
    square = factored(some, some.multiply(over_i, over_i))
    assert square is not None and [times for _, times in square[1]] == [2]


def test_a_factor_over_a_sum_under_a_power_holds_no_term_that_cancelled() -> None:
    """(a^2 + 6 a + 9)/(a + 3) - 3 = (a^2 + 6 a + 9 - 3 (a + 3))/(a + 3), where 9 - 9 is nothing."""
    base = COMPOUND, "", (), (Sum(add(A, constant(3))),)
    above = add(product(1, (A, 2)), scale(A, 6), constant(9))
    poly: Poly = {
        ((), (), (*factors, (base, -1))): number for (_, _, factors), number in above.items()
    }
    found = factored(algebra(), add(poly, constant(-3)))
    assert found is not None
    assert all(factor and all(factor.values()) for factor, _ in found[1]), found
