"""Terms that hold the leading term of an equation are rewritten by the rest of it."""

from __future__ import annotations

from polynomials import EXTENTS, element, total, with_laws

from symgrad.proof.rewriting import denominators, rewritten
from symgrad.proof.terms import Poly, add, constant
from symgrad.proof.theory import Theory
from symgrad.sets.indexsets import IndexSets

ALGEBRA, LAWS = with_laws()
KNOWN = Theory(ALGEBRA, LAWS, IndexSets(), {})


def exp(index: str, row: str = "@i") -> Poly:

    return LAWS.function(ALGEBRA, "exp", element("s", row, index))


def test_probabilities_of_each_row_sum_to_one() -> None:
    """sum(i, j, exp(s[i, j]) / sum(k, exp(s[i, k]))) = N"""
    below = LAWS.power(ALGEBRA, total(ALGEBRA, exp("@k"), k="M"), -1)
    poly = total(ALGEBRA, ALGEBRA.multiply(exp("@j"), below), i="N", j="M")
    assert rewritten(KNOWN, poly, denominators) == total(ALGEBRA, constant(1), i="N")


def test_a_denominator_of_another_row_stays() -> None:
    below = LAWS.power(ALGEBRA, total(ALGEBRA, exp("@k", "$0"), k="M"), -1)
    poly = total(ALGEBRA, ALGEBRA.multiply(exp("@j"), below), i="N", j="M")
    assert rewritten(KNOWN, poly, denominators) == poly


def test_a_sum_over_part_of_the_range_stays() -> None:
    below = LAWS.power(ALGEBRA, total(ALGEBRA, exp("@k"), k="M"), -1)
    poly = total(ALGEBRA, ALGEBRA.multiply(exp("@j"), below), i="N", j="N")
    assert rewritten(KNOWN, poly, denominators) == poly
    assert EXTENTS["N"] != EXTENTS["M"]


def test_a_sum_of_several_terms_is_divided_out() -> None:
    """(x + 1) / (x + 1) = 1 within a sum."""

    base = add(element("x", "@i"), constant(1))
    below = LAWS.power(ALGEBRA, base, -1)
    poly = total(ALGEBRA, ALGEBRA.multiply(base, below), i="N")
    assert rewritten(KNOWN, poly, denominators) == total(ALGEBRA, constant(1), i="N")
