"""What all terms of a sum have in common."""

from __future__ import annotations

from polynomials import element, total, with_laws

from symgrad.proof.content import common_condition, primitive, single_atom
from symgrad.proof.terms import Poly, add, constant, scale, subtract

ALGEBRA, LAWS = with_laws(positive="p")
X, Y, P = element("x"), element("y"), element("p")


def together(poly: Poly, positive: bool) -> Poly:
    number, common, rest = primitive(LAWS.facts, ALGEBRA, poly, positive)
    return ALGEBRA.multiply({((), (), common): number}, rest)


def test_the_parts_make_up_the_whole() -> None:
    row = total(ALGEBRA, ALGEBRA.multiply(element("x", "@i"), P), i="N")
    for poly in (
        X,
        scale(X, -3),
        add(scale(X, 2), scale(Y, 4)),
        ALGEBRA.multiply(add(X, Y), P),
        row,
    ):
        for positive in (True, False):
            assert together(poly, positive) == poly


def test_sums_that_differ_by_a_factor_have_one_rest() -> None:
    gap = subtract(X, Y)
    rests = [
        primitive(LAWS.facts, ALGEBRA, poly, False)[2]
        for poly in (gap, scale(gap, -1), ALGEBRA.multiply(gap, X), scale(gap, 5))
    ]
    assert all(rest == rests[0] for rest in rests)


def test_only_positive_factors_are_taken_where_signs_matter() -> None:
    number, common, rest = primitive(
        LAWS.facts, ALGEBRA, scale(ALGEBRA.multiply(X, P, subtract(Y, X)), -2), True
    )
    assert number == 2
    assert [atom[1] for atom, _ in common] == ["p"]
    assert rest == ALGEBRA.multiply(X, subtract(X, Y))


def test_a_condition_that_every_term_holds_is_found() -> None:
    relu = LAWS.function(ALGEBRA, "relu", X)
    assert common_condition(ALGEBRA.multiply(relu, add(Y, P))) is not None
    assert common_condition(add(relu, Y)) is None


def test_one_atom_alone_is_found() -> None:
    assert single_atom(P) == (next(iter(P))[2][0][0], 1)
    assert single_atom(add(P, X)) is None
    assert single_atom(constant(2)) is None
