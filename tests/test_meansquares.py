"""Sums over two places are bounded by sums of squares, and never by less than they are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given as tried
from hypothesis import strategies as st
from theories import polynomial

from symgrad import equivalent
from symgrad.proof.meansquares import lowered
from symgrad.proof.terms import Poly
from symgrad.proof.theory import Theory

GIVEN = "input x[N]\ninput y[N]\ninput w[N]\ninput a\nassume w > 0"


def put(text: str) -> tuple[Theory, Poly]:
    return polynomial(GIVEN, text)


@pytest.mark.parametrize(
    "text",
    [
        "N*sum(i, x[i]^2) - sum(i, x[i])^2",
        "sum(i, w[i])*sum(i, w[i]*x[i]^2) - sum(i, w[i]*x[i])^2",
        "sum(i, x[i]^2)*sum(i, y[i]^2) - sum(i, x[i]*y[i])^2",
        "sum(i, w[i]*x[i]^2)*sum(i, w[i]*y[i]^2) - sum(i, w[i]*x[i]*y[i])^2",
        "(N-1)*sum(i in 2..N, x[i]^2) - sum(i in 2..N, x[i])^2",
    ],
)
def test_what_schwarz_says_is_nowhere_negative(text: str) -> None:
    known, poly = put(text)
    assert known.laws.facts.positive(known.algebra, poly, False)


@tried(
    *[st.integers(-2, 3)] * 4,
    st.sampled_from(["N", "N-1", "2", "1"]),
)
def test_what_is_called_nowhere_negative_is_so(a: int, b: int, c: int, d: int, size: str) -> None:
    """a n sum x^2 + b (sum x)^2 + c sum x^2 sum y^2 + d (sum x y)^2, by plain Python."""
    text = (
        f"{a}*({size})*sum(i, x[i]^2) + {b}*sum(i, x[i])^2"
        f" + {c}*sum(i, x[i]^2)*sum(i, y[i]^2) + {d}*sum(i, x[i]*y[i])^2"
    )
    known, poly = put(text)
    if not poly or not known.laws.facts.positive(known.algebra, poly, False):
        return
    chance = random.Random(7)
    for extent in (1, 2, 3, 5):
        for scale in (0.1, 1, 10):
            x = [chance.choice((1, chance.uniform(-1, 1))) * scale for _ in range(extent)]
            for y in ([chance.uniform(-3, 3) for _ in x], [2 * value for value in x]):
                n = {"N": extent, "N-1": extent - 1, "2": 2, "1": 1}[size]
                square = sum(v * v for v in x)
                value = a * n * square + b * sum(x) ** 2 + c * square * sum(v * v for v in y)
                value += d * sum(p * q for p, q in zip(x, y, strict=True)) ** 2
                assert value >= -1e-9 * (1 + abs(value)), (text, x, y)


@pytest.mark.parametrize(
    "text", ["-sum(i, x[i])*sum(j, y[j])", "-sum(i, a*x[i])", "sum(i, x[i])^2"]
)
def test_other_sums_are_left_alone(text: str) -> None:
    known, poly = put(text)
    assert not list(lowered(known.algebra, lambda *_: False, poly))


@pytest.mark.parametrize(
    ("left", "right", "status"),
    [
        ("out = sqrt(N*sum(i, x[i]^2) - sum(i, x[i])^2)*0", "out = 0", "equal"),
        ("out = sqrt(sum(i, x[i]^2) - sum(i, x[i])^2)*0", "out = 0", "different"),
    ],
)
def test_roots_are_defined_where_their_arguments_are_known(
    left: str, right: str, status: str
) -> None:
    assert equivalent(left, right, given=GIVEN).status == status
