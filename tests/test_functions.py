"""Each function's row agrees with its values and slopes, computed another way."""

from __future__ import annotations

import math

import pytest
from oracles import ELEMENTARY
from polynomials import element, with_laws

from symgrad.heads import FUNCTIONS as NOTATION
from symgrad.proof.functions import FUNCTIONS, PRIMES
from symgrad.proof.terms import Atom, Poly, Sum, add, atom_poly, scale

ALGEBRA, LAWS = with_laws()
X = element("x")


def number(poly: Poly, x: float) -> float:
    """A polynomial in the one array x at a number."""
    values = (
        float(c.p) / float(c.q) * math.prod(_atom(atom, x) ** float(e) for atom, e in key[2])
        for key, c in poly.items()
    )
    return sum(values, 0.0)


def _atom(atom: Atom, x: float) -> float:
    tag, name, _, sums = atom
    if tag == "access":
        return x
    inner = number(sums[0].poly(), x)
    if tag == "bracket":
        return float(inner > 0 if name == ">" else inner >= 0)
    if tag == "compound":
        return inner
    if tag == "exp":
        return math.exp(inner)
    return ELEMENTARY[name](inner)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("scaled", [1, -2])
def test_a_function_has_its_values(name: str, scaled: int) -> None:
    poly = LAWS.function(ALGEBRA, name, scale(X, scaled))
    for x in (0.7, 1.3) if scaled > 0 else ((-0.7, -1.3) if name == "log" else (0.7, -1.3)):
        assert number(poly, x) == pytest.approx(ELEMENTARY[name](scaled * x))


@pytest.mark.parametrize("name", PRIMES)
def test_a_derivative_has_the_slope_of_what_it_derives(name: str) -> None:
    orders = [LAWS.partial(ALGEBRA, name, (order,), (X,)) for order in (1, 2, 3)]
    before = LAWS.function(ALGEBRA, name, X)
    for poly in orders:
        for x in (0.4, 1.7):
            slope = (number(before, x + 1e-5) - number(before, x - 1e-5)) / 2e-5
            assert number(poly, x) == pytest.approx(slope, abs=1e-6)
        before = poly


def test_even_and_odd_functions() -> None:
    for name in ("tanh", "sin", "erf"):
        both = (LAWS.function(ALGEBRA, name, scale(X, sign)) for sign in (1, -1))
        assert add(*both) == {}
    for name in ("cos", "abs"):
        left, right = (LAWS.function(ALGEBRA, name, scale(X, sign)) for sign in (1, -1))
        assert left == right


def test_an_unknown_function_is_an_atom_of_its_arguments() -> None:
    f = LAWS.partial(ALGEBRA, "f", (0, 1), (X, X))
    assert f == atom_poly(("partial", "f:0,1", (), (Sum(X), Sum(X))))


def test_every_function_of_the_notation_has_a_row() -> None:
    assert FUNCTIONS.keys() == NOTATION.keys()
