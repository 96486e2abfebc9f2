"""Sigma and tanh by exponential functions: the values stay."""

from __future__ import annotations

from math import exp, isclose, tanh

import pytest
from polynomials import element, with_laws

from symgrad.proof.exponentials import exponentials, sigmoids
from symgrad.proof.notation import Notation
from symgrad.proof.terms import Poly, add, constant, scale, subtract
from symgrad.proof.theory import Theory
from symgrad.sets.indexsets import IndexSets
from symgrad.writing.write import expression_text

ALGEBRA, LAWS = with_laws()
KNOWN = Theory(ALGEBRA, LAWS, IndexSets(), {})
A = element("a")


def function(name: str, poly: Poly) -> Poly:
    return LAWS.function(ALGEBRA, name, poly)


def text(poly: Poly) -> str:
    return expression_text(Notation().expression(poly))


def test_sigma() -> None:
    """sigma(a) = exp(a) / (1 + exp(a))"""
    assert text(exponentials(KNOWN, function("sigma", A))) == "exp(a) / (1 + exp(a))"


def test_tanh() -> None:
    """tanh(a) = (exp(2a) - 1) / (exp(2a) + 1)"""
    found = text(exponentials(KNOWN, function("tanh", A)))
    assert found == "exp(2 * a) / (1 + exp(2 * a)) - 1 / (1 + exp(2 * a))"


def test_tanh_by_sigma() -> None:
    """tanh(a) = 2 sigma(2a) - 1, within other functions too"""
    assert sigmoids(KNOWN, function("tanh", A)) == subtract(
        scale(function("sigma", scale(A, 2)), 2), constant(1)
    )
    assert "tanh" not in text(sigmoids(KNOWN, function("sin", function("tanh", A))))


@pytest.mark.parametrize("at", [-3.0, -0.5, 0.0, 0.25, 2.0])
def test_the_identities_hold_in_numbers(at: float) -> None:
    assert isclose(exp(at) / (1 + exp(at)), 1 / (1 + exp(-at)))
    assert isclose((exp(2 * at) - 1) / (exp(2 * at) + 1), tanh(at), abs_tol=1e-12)
    assert isclose(2 / (1 + exp(-2 * at)) - 1, tanh(at), abs_tol=1e-12)


def test_arguments_are_written_so_too_and_the_rest_stays() -> None:
    inner = function("sigma", function("tanh", A))
    assert "tanh" not in text(exponentials(KNOWN, inner))
    plain = add(function("log", subtract(constant(2), A)), function("sin", A))
    assert exponentials(KNOWN, plain) == plain
