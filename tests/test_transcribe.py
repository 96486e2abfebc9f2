"""Expressions of SymPy become the trees that programs hold, as they were typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sympy import (
    Abs,
    And,
    Eq,
    Expr,
    Max,
    Min,
    Ne,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    cos,
    exp,
    log,
    sqrt,
)

from symgrad.course.author import (
    argmax,
    arrays,
    as_written,
    extents,
    forward,
    idx,
    let,
    maximum,
    scalars,
)
from symgrad.course.transcribe import condition
from symgrad.heads import Bracket, relu, sigma
from symgrad.writing.spelling import Speller

B, J = extents("B J")
b, j = idx("b", B), idx("j", J)
s, Z, p = arrays("s Z p")
u, v = scalars("u v")


def written(value: object) -> str:
    """How the value of an update prints."""
    program = forward(inputs=[s[B, J], Z[B], u, v], updates=[let(p[b, j], value)])
    return str(program).splitlines()[-1].partition(" = ")[2]


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: 1 / B * s[b, j], "1 / B * s[b, j]"),
        (lambda: 1 / (B - 1) * (s[b, j] - Z[b]) ** 2, "1 / (B - 1) * (s[b, j] - Z[b])^2"),
        (lambda: (s[b, j] - Z[b]) / sqrt(Z[b]), "(s[b, j] - Z[b]) / sqrt(Z[b])"),
        (lambda: (1 - u) * v + u, "(1 - u) * v + u"),
        (lambda: -log(Z[b]) - u, "-log(Z[b]) - u"),
        (lambda: Rational(1, 2) * u + 0.25 * v, "1/2 * u + 1/4 * v"),
        (lambda: u / v / Z[b], "u / v / Z[b]"),
        (lambda: Z[b] ** Rational(-3, 2), "1 / Z[b]^(3/2)"),
        (lambda: Max(0, s[b, j]) + Min(u, v), "max(0, s[b, j]) + min(u, v)"),
        (lambda: Abs(u) * cos(v) * relu(u), "abs(u) * cos(v) * relu(u)"),
        (lambda: Sum(s[b, idx("k", J)], idx("k", J)), "sum(k, s[b, k])"),
        (lambda: sigma(Sum(Z[idx("c", B)], idx("c", B)) - u), "sigma(sum(c, Z[c]) - u)"),
        (lambda: maximum(s[b, idx("k", J)], idx("k", J)), "max(k, s[b, k])"),
        (lambda: argmax(s[b, idx("k", J)], idx("k", J)), "argmax(k, s[b, k])"),
        (lambda: Piecewise((u, u > 0), (v, True)), "where(u > 0, u, v)"),
        (lambda: u * Bracket(Eq(b, j)), "u * [b == j]"),
        (lambda: u * Bracket(And(b <= j, Ne(u, v))), "u * [b <= j and u != v]"),
        (lambda: exp(log(u)), "exp(log(u))"),
        (lambda: u / u, "u / u"),
    ],
)
def test_expressions_keep_the_order_and_the_operations_that_were_typed(
    build: Callable[[], Expr], text: str
) -> None:
    """SymPy alone would sort, merge and cancel."""
    with as_written():
        assert written(build()) == text


def test_bounds_on_both_sides_are_one_chain() -> None:
    """Python turns `1 <= n` into `n >= 1`; the chain is what the author typed."""
    n = Symbol("n", integer=True)
    both = And(n >= 1, n <= 3)
    assert Speller().condition(condition(both)) == "1 <= n <= 3"
    assert Speller().condition(condition(n >= 1)) == "n >= 1"
