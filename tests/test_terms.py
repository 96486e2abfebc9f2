"""Polynomials as values: sums hash and compare by what they hold."""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq
from polynomials import element

from symgrad.proof.terms import (
    EXP,
    FUNCTION,
    ONE,
    Poly,
    Sum,
    access,
    accumulate,
    add,
    collected,
    constant,
    exponent,
    forms,
    free,
    nested,
    number,
    scale,
    subtract,
)
from symgrad.sets.affine import plus, variable


def test_what_cancels_leaves_no_term() -> None:
    poly = add(element("x"), constant(2))
    accumulate(poly, ONE, -2)
    assert poly == element("x")
    assert subtract(poly, element("x")) == {}
    assert scale(poly, 0) == {}


def test_sums_are_equal_whatever_order_they_were_made_in() -> None:
    one, other = (Sum(add(*parts)) for parts in _both(element("x"), element("y", "@i")))
    assert one == other and hash(one) == hash(other)
    assert not one < other and one <= other


def _both(left: Poly, right: Poly) -> tuple[tuple[Poly, Poly], tuple[Poly, Poly]]:
    return (left, right), (right, left)


def test_an_atom_knows_its_free_indices_at_every_depth() -> None:
    shifted = plus(variable("@i"), (1, ()))
    atom = (EXP, "", (), (Sum(element("x", shifted, "N")),))
    assert free(atom) == {"@i"}
    assert list(forms(atom)) == [shifted]


def _deep() -> Poly:
    """Sixty times tanh(u) + sin(u) in each other: 2^60 ways in, 121 terms."""
    poly = element("x")
    for _ in range(60):
        held = (Sum(poly),)
        functions = ((((FUNCTION, name, (), held), 1),) for name in ("tanh", "sin"))
        poly = {((), (), factors): fmpq(1) for factors in functions}
    return poly


def test_a_sum_that_is_held_many_times_is_looked_into_once() -> None:
    assert len([*nested(_deep())]) == 121


def test_sums_that_were_made_apart_are_compared_in_as_many_steps_as_they_hold_sums() -> None:
    assert Sum(_deep()) == Sum(_deep()) != Sum(add(_deep(), constant(1)))


def test_equal_atoms_join_and_conditions_are_their_own_powers() -> None:
    x, flag = access("x"), ("bracket", ">", (), (Sum(element("x")),))
    joined = collected([(x, 2), (flag, 1), (x, Fraction(-1, 2)), (flag, 1), (x, Fraction(-3, 2))])
    assert joined == {flag: 1}


def test_exponents_are_whole_where_they_can_be() -> None:
    assert exponent(fmpq(4, 2)) == 2 and isinstance(exponent(fmpq(4, 2)), int)
    assert number(exponent(fmpq(-3, 2))) == fmpq(-3, 2)
