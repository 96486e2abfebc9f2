"""Conditions on real numbers."""

from __future__ import annotations

from polynomials import element, total, with_laws

from symgrad.proof.brackets import bracket
from symgrad.proof.terms import Poly, add, constant, scale, subtract

ALGEBRA, LAWS = with_laws(positive="p")
ONE = constant(1)
X, Y, P = element("x"), element("y"), element("p")
GAP = subtract(X, Y)
INDEX = ALGEBRA.form_poly((0, (("$i", 1),)))
ROWS = subtract(element("x", "$0"), element("x", "$1"))
"""Zero wherever the two free indices are the same."""


def above(poly: Poly) -> Poly:
    return bracket(LAWS.facts, ALGEBRA, ">", poly)


def least(poly: Poly) -> Poly:
    return bracket(LAWS.facts, ALGEBRA, ">=", poly)


def test_a_condition_and_its_opposite_add_to_one() -> None:
    for poly in (X, GAP, ROWS):
        assert add(above(poly), least(scale(poly, -1))) == ONE
        assert add(above(scale(poly, -1)), least(poly)) == ONE


def test_a_condition_is_its_own_square() -> None:
    for poly in (X, GAP, ROWS):
        assert ALGEBRA.multiply(above(poly), above(poly)) == above(poly)
        assert ALGEBRA.multiply(above(poly), least(poly)) == above(poly)


def test_equality_is_a_null_set_for_generic_numbers_only() -> None:
    assert above(GAP) == least(GAP)
    assert above(ROWS) != least(ROWS)


def test_positive_factors_do_not_matter() -> None:
    assert above(scale(ALGEBRA.multiply(GAP, P), 3)) == above(GAP)


def test_known_signs_decide() -> None:
    assert above(P) == ONE and least(scale(P, -1)) == {}
    assert above(ALGEBRA.multiply(X, X)) == ONE, "but on a null set"
    assert above({}) == {} and least({}) == ONE


def test_a_condition_within_a_condition_comes_out() -> None:
    relu = LAWS.function(ALGEBRA, "relu", X)
    assert above(relu) == above(X)
    assert least(relu) == ONE


def test_max_and_min_share_what_they_are_made_of() -> None:
    larger, smaller = (LAWS.function(ALGEBRA, name, X, Y) for name in ("max", "min"))
    assert add(larger, smaller) == add(X, Y)
    assert ALGEBRA.multiply(larger, smaller) == ALGEBRA.multiply(X, Y)
    assert larger == LAWS.function(ALGEBRA, "max", Y, X)


def test_a_sum_of_conditions_counts() -> None:
    count = total(ALGEBRA, above(element("x", "@i")), i="N")
    below = total(ALGEBRA, above(scale(element("x", "@i"), -1)), i="N")
    assert add(count, below) == ALGEBRA.form_poly((0, (("N", 1),)))


def test_above_a_larger_one_is_above_both() -> None:
    """[p > max(x, y)] = [p > x] [p > y], and so within and without a minus."""
    larger, smaller = (LAWS.function(ALGEBRA, name, X, Y) for name in ("max", "min"))
    both = ALGEBRA.multiply(above(subtract(P, X)), above(subtract(P, Y)))
    assert above(subtract(P, larger)) == both
    assert above(subtract(smaller, P)) == ALGEBRA.multiply(
        above(subtract(X, P)), above(subtract(Y, P))
    )
    assert add(above(subtract(P, larger)), least(subtract(larger, P))) == ONE


def test_a_condition_on_places_is_one_on_integers() -> None:
    """[2 N - 3 i > 0] is 2 N - 3 i >= 1."""
    gap = subtract(scale(ALGEBRA.form_poly((0, (("N", 1),))), 2), scale(INDEX, 3))
    (key,) = above(gap)
    assert key == ((), ((">", (-1, (("$i", -3), ("N", 2)))),), ())
