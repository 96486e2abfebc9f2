"""Sums that were taken apart are put together, and nothing else is."""

from __future__ import annotations

import pytest

from symgrad import equivalent, read
from symgrad.proof.beginning import theory_of
from symgrad.proof.merging import merge
from symgrad.proof.normalize import Run
from symgrad.proof.terms import Poly
from symgrad.proof.theory import Theory

GIVEN = "input x[N]\ninput y[N]\nassume N >= 3"

PARTS = [
    ("sum(j in 1..N-1, x[j]) + x[N]", "sum(j, x[j])"),
    ("x[1] + x[2] + sum(j in 3..N, x[j])", "sum(j, x[j])"),
    ("x[1] + sum(j in 2..N-1, x[j]) + x[N]", "sum(j, x[j])"),
    ("sum(j if mod(j, 2) == 0, x[j]) + sum(j if mod(j, 2) == 1, x[j])", "sum(j, x[j])"),
    ("sum(j in 1..N if mod(j, 2) == 0, y[1]) + sum(j in 1..N if mod(j, 2) == 1, y[1])", "N*y[1]"),
    (
        "sum(j in 1..N if mod(j, 3) == 0, 1) + sum(j in 1..N if mod(j, 3) == 1, 1)"
        " + sum(j in 1..N if mod(j, 3) == 2, 1)",
        "N",
    ),
    ("sum(j if 2*j <= N, x[j]) + sum(j if 2*j > N, x[j])", "sum(j, x[j])"),
    ("sum(j in 1..2, x[j]) + sum(j in 3..N, x[j])", "sum(j, x[j])"),
    ("sum(j, x[j]) - x[1]", "sum(j in 2..N, x[j])"),
    ("sum(j in 1..N-1, x[j]*y[j]) + x[N]*y[N]", "sum(j, x[j]*y[j])"),
    (
        "sum(j, k in 1..j, x[j]*y[k]) + sum(j, k in j+1..N, x[j]*y[k])",
        "sum(j, x[j])*sum(k, y[k])",
    ),
]
SQUARES = PARTS[:3]
AROUND = ["{}", "exp({})", "tanh({})", "1/(2 + tanh({}))", "sum(i, y[i]*tanh({} - y[i]))"]

OTHERS = [
    ("sum(j in 1..N-1, x[j]) + x[1]", "sum(j, x[j])"),
    ("sum(j in 1..N-1, x[j]) + 2*x[N]", "sum(j, x[j])"),
    ("sum(j in 1..N-2, x[j]) + x[N]", "sum(j, x[j])"),
    ("sum(j if mod(j, 2) == 0, x[j]) + sum(j if mod(j, 3) == 1, x[j])", "sum(j, x[j])"),
    ("sum(j in 1..N if mod(j, 2) == 0, y[1]) + sum(j in 1..N if mod(j, 3) == 1, y[1])", "N*y[1]"),
    ("2*sum(j in 1..N if mod(j, 2) == 0, 1)", "N"),
    ("sum(j if 2*j <= N, x[j]) + sum(j if 2*j >= N, x[j])", "sum(j, x[j])"),
    ("sum(j in 1..N-1, x[j]*y[j]) + x[N]*y[1]", "sum(j, x[j]*y[j])"),
]


def normal(text: str) -> tuple[Theory, Poly]:
    given = read(GIVEN)
    known = theory_of([given])
    return known, Run(known, read(text, given=given), "").until("out").poly


def merged(text: str) -> Poly:
    known, poly = normal(text)
    return merge(known, poly)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("parts", "whole"), PARTS)
def test_the_parts_of_a_sum_become_the_sum(parts: str, whole: str, around: str) -> None:
    texts = [f"out = {around.format(text)}" for text in (parts, whole)]
    assert merged(texts[0]) == normal(texts[1])[1]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("parts", "whole"), OTHERS)
def test_what_is_not_all_of_a_sum_does_not(parts: str, whole: str, around: str) -> None:
    texts = [f"out = {around.format(text)}" for text in (parts, whole)]
    assert merged(texts[0]) != normal(texts[1])[1]
    assert equivalent(texts[0], texts[1], given=GIVEN).status == "different"


@pytest.mark.parametrize(("parts", "whole"), SQUARES)
def test_a_place_apart_in_a_square(parts: str, whole: str) -> None:
    texts = [f"out = 1/(1 + ({text})^2)" for text in (parts, whole)]
    assert merged(texts[0]) == normal(texts[1])[1]


def test_a_place_apart_may_be_a_round_of_a_loop() -> None:
    """u[$] [$ <= N-1] + u[N] [$ == N] = u[$]"""
    apart = "for j in 1..N-1: out[j] = exp(x[j])*y[j]\nout[N] = exp(x[N])*y[N]"
    assert merged(apart) == normal("for j: out[j] = exp(x[j])*y[j]")[1]
    assert merged(apart.replace("*y[N]", "*y[1]")) != normal("for j: out[j] = exp(x[j])*y[j]")[1]


def test_what_is_merged_stays_as_it_is() -> None:
    for text, _ in PARTS:
        known, poly = normal(f"out = {text}")
        once = merge(known, poly)
        assert merge(known, once) == once


def test_demands_on_parts_of_a_range_are_demands_on_all_of_it() -> None:
    parts = "for j in 1..N-1: out[j] = log({})\nout[N] = log({})"
    apart = parts.format("x[j]^2", "x[N]^2")
    assert equivalent(apart, "for j: out[j] = 2*log(abs(x[j]))", given=GIVEN).status == "equal"
    assert equivalent(apart, "for j: out[j] = 2*log(x[j])", given=GIVEN).status == "different"
