"""The order in which products and sums are written."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from oracles import close, random_values, run
from strategies import INPUTS, expressions
from sympy import Expr

from symgrad import read
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import tidy, total
from symgrad.expressions import element
from symgrad.program import Axis, Input, Nest, Opaque, Program, Statement
from symgrad.writing.write import expression_text

FORWARD = read(
    "input s[N]\ninput Z[N]\ninput x[N]\ninput mu\noutput p\nfor i: p[i] = s[i] * Z[i] * x[i] * mu"
)

WRITTEN = {
    "exp(s[i]) / Z[i] * p.grad[i]": "p.grad[i] * exp(s[i]) / Z[i]",
    "s[i] / (N - 1) * 2 * p.grad[i]": "2 / (N - 1) * p.grad[i] * s[i]",
    "x[i] * s[i] / N": "x[i] / N * s[i]",
    "1 / N * (s[i] - Z[i])": "(s[i] - Z[i]) / N",
    "-x[i] / (N - 1) / N": "-x[i] / (N - 1) / N",
    "1 / sqrt(s[i]) / N": "1 / N / sqrt(s[i])",
    "x[i] / (N - 1) * N": "N / (N - 1) * x[i]",
    "x[i] * N": "N * x[i]",
    "(x[i] - mu) * [x[i] > 0] * tanh(s[i]) * x[i]": "x[i] * tanh(s[i]) * (x[i] - mu) * [x[i] > 0]",
    "x[i] * x[i] * x[i]": "x[i]^3",
    "exp(s[i]) * exp(x[i]) * exp(s[i])": "exp(s[i])^2 * exp(x[i])",
    "-s[i] * x[i] + x[i] * Z[i]": "x[i] * (Z[i] - s[i])",
    "-s[i] - Z[i]": "-(s[i] + Z[i])",
    "-(s[i] - Z[i])": "Z[i] - s[i]",
    "2 * s[i] - 2 * Z[i]": "2 * (s[i] - Z[i])",
    "(1 - s[i]) - s[i]": "1 - 2 * s[i]",
    "s[i] - s[i]": "0",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_products_and_sums_are_ordered_as_a_teacher_orders_them(text: str) -> None:
    value = read(f"for i: t[i] = {text}", given=FORWARD).nests[0].body[0].value
    assert expression_text(tidy(value)) == WRITTEN[text]


VALUES = expressions(dict(INPUTS), ("i", "j"))
FAST = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@FAST
@given(VALUES)
def test_tidying_twice_changes_nothing(value: Expr) -> None:
    assert tidy(tidy(value)) == tidy(value)


@FAST
@given(VALUES, VALUES)
def test_tidying_keeps_the_value(left: Expr, right: Expr) -> None:
    """… of a sum of products with common factors."""
    terms = [Monomial.of(left, right), -Monomial.of(right, right), Monomial.of(left, right)]
    plain = _value(sum((term.tree() for term in terms), start=element("zero")))
    assert close(_value(total(terms)), plain)


def _value(expr: Expr) -> object:
    """Its value at u[1], v[1], A[1, 1] and so on."""
    loops = read("for i in 1..1, j in 1..1: t = 1", given=FORWARD).nests[0].loops
    program = Program(
        (
            *(Input(name, tuple(map(Axis, axes))) for name, axes in INPUTS.items()),
            Input("zero"),
            Opaque("f", ("y", "z")),
            Opaque("g", ("x",)),
        ),
        (Nest(loops, (Statement(element("t"), "=", expr),)),),
    )
    values = random_values(program, INPUTS, {"N": 2, "M": 2})
    return run(program, {"N": 2, "M": 2}, {**values, "zero": {(): 0}})["t"][()]
