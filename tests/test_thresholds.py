"""A comparison of a function with a value holds where its argument passes the inverse, no more."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given as tried
from hypothesis import strategies as st
from theories import polynomial

from symgrad import equivalent
from symgrad.proof.terms import Poly
from symgrad.proof.theory import Theory
from symgrad.proof.thresholds import threshold

GIVEN = "input u\ninput p\ninput q\nassume p > 0\nassume q > 0\nassume q < 1"

EQUAL = [
    ("exp(u) > 2", "u > log(2)"),
    ("2*exp(u) > exp(p)", "u + log(2) > p"),
    ("exp(u) > exp(p) + exp(q)", "u > log(exp(p) + exp(q))"),
    ("exp(u) > p", "u > log(p)"),
    ("p > exp(2)", "log(p) > 2"),
    ("log(u^2) > q", "u^2 > exp(q)"),
    ("log(1 + exp(u)) > 1", "u > log(exp(1) - 1)"),
    ("sigma(u) > 3/4", "u > log(3)"),
    ("sigma(u) >= q", "u >= log(q/(1 - q))"),
    ("tanh(u) < 1/2", "u < log(3)/2"),
    ("tanh(u) < q", "u < log((1 + q)/(1 - q))/2"),
    ("sqrt(u^2 + 1) > 2", "u^2 > 3"),
    ("sqrt(p) > q", "p > q^2"),
    ("u^2 <= p", "abs(u) <= sqrt(p)"),
    ("u^2 < 3", "-sqrt(3) < u and u < sqrt(3)"),
    ("u^2 > exp(p)", "abs(u) > exp(p/2)"),
    ("u^3 > 8", "u > 2"),
    ("p^4 >= q^4", "p >= q"),
]

DIFFERENT = [
    ("exp(u) > 2", "u > 2"),
    ("exp(u) > u + p", "u > log(p)"),
    ("sqrt(p) > u", "p > u^2"),
    ("u^2 < p", "u < sqrt(p)"),
    ("u^4 > p^4", "u > p"),
    ("tanh(u) > 2", "u > log(3)/2"),
    ("sigma(u) > u", "u > 0"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_comparisons_are_made_of_arguments(one: str, other: str) -> None:
    verdict = equivalent(f"out = u*[{one}]", f"out = u*[{other}]", given=GIVEN)
    assert verdict.proof is not None and verdict.proof.replay()


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_comparisons_are_refuted(one: str, other: str) -> None:
    assert equivalent(f"out = u*[{one}]", f"out = u*[{other}]", given=GIVEN).status == "different"


FUNCTIONS: list[tuple[str, Callable[[float], float]]] = [
    ("exp(u)", math.exp),
    ("sigma(u)", lambda u: 1 / (1 + math.exp(-u))),
    ("tanh(u)", math.tanh),
    ("sqrt(1 + u^2)", lambda u: math.sqrt(1 + u * u)),
    ("-exp(u)", lambda u: -math.exp(u)),
    ("u^3", lambda u: u**3),
]


@tried(st.sampled_from(FUNCTIONS), st.integers(-7, 7), st.floats(-3, 3))
def test_the_sign_is_the_same_at_every_point(
    function: tuple[str, Callable[[float], float]], level: int, u: float
) -> None:
    """f(u) - r against what is left of it, by the math of Python."""
    text, value = function
    known, poly = put(f"{text} - {level}/4")
    found = threshold(known.laws.facts, known.algebra, poly)
    gap = value(u) - level / 4
    if found is not None and abs(gap) > 1e-9:
        assert (evaluated(found, u) > 0) == (gap > 0)


def put(text: str) -> tuple[Theory, Poly]:
    return polynomial(GIVEN, text)


def evaluated(poly: Poly, u: float) -> float:
    """A sum of u, its powers, logarithms and numbers."""
    total = 0.0
    for (_, _, factors), coefficient in poly.items():
        term = int(coefficient.p) / int(coefficient.q)
        for (tag, name, forms, sums), power in factors:
            inner = [evaluated(held.poly(), u) for held in sums]
            if tag == "function":
                value = {"log": math.log}[name](inner[0])
            elif tag == "compound":
                value = inner[0]
            elif tag == "exp":
                value = math.exp(inner[0])
            else:
                value = u if tag == "access" else float(forms[0][0])
            term *= value ** float(power)
        total += term
    return total
