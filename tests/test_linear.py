"""Inequalities that contradict each other, and those that do not."""

from __future__ import annotations

from polynomials import with_laws

from symgrad.proof.linear import contradictory
from symgrad.proof.terms import Poly, access, atom_poly, constant, scale, subtract

A, B, C = (atom_poly(access(name)) for name in "abc")


def contradict(*polys: Poly, strict: bool = True) -> bool:
    algebra, laws = with_laws()
    return contradictory(laws.facts, algebra, [(poly, strict) for poly in polys])


def test_a_circle_of_comparisons_is_a_contradiction() -> None:
    assert contradict(subtract(A, B), subtract(B, C), subtract(C, A))
    assert not contradict(subtract(A, B), subtract(B, C), subtract(A, C))


def test_equalities_do_not_contradict() -> None:
    assert not contradict(subtract(A, B), subtract(B, A), strict=False)
    assert contradict(subtract(A, B), subtract(B, A))


def test_numbers_are_compared() -> None:
    assert contradict(subtract(A, constant(1)), scale(A, -1))
    assert not contradict(subtract(A, constant(1)), A)


def test_a_square_is_not_negative() -> None:
    square = atom_poly(access("a"), 2)
    assert contradict(scale(square, -1))
