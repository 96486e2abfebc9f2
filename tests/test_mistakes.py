"""An answer that is wrong in a way that is known is told what is wrong with it."""

from __future__ import annotations

import pytest

from symgrad.derivation.backward import derive
from symgrad.grading.mistakes import MISTAKES, recognise
from symgrad.reading.text import read

SOFTMAX = read(
    "input s[B, J]\noutput p\nfor b, j: Z[b] += exp(s[b, j])\n"
    "for b, j: p[b, j] += exp(s[b, j]) / Z[b]"
)
TRUTH = derive(SOFTMAX)

STEP = read("input x[R]\ninput a\noutput y\nfor r: y[r] = x[r]")
REGULARISED = read("for r: x.grad[r] = y.grad[r] + 2 * a * x[r]", given=STEP)

KNOWN = {
    "sign": (
        "for b: Z.grad[b] = sum(j, p.grad[b, j] * p[b, j]) / Z[b]",
        "The sign is wrong: Z.grad is the negative of what it should be.",
    ),
    "twice": (
        "for b: Z.grad[b] = -2 * sum(j, p.grad[b, j] * p[b, j]) / Z[b]",
        "A factor is wrong: Z.grad is twice what it should be.",
    ),
    "half": (
        "for b: Z.grad[b] = -1/2 * sum(j, p.grad[b, j] * p[b, j]) / Z[b]",
        "A factor is wrong: Z.grad is half of what it should be.",
    ),
    "missing way": (
        "for b, j: s.grad[b, j] = p.grad[b, j] * p[b, j]",
        "One of the ways in which s.grad gets contributions is missing; the rest is right.",
    ),
    "sign of one way": (
        "for b, j: s.grad[b, j] = p.grad[b, j] * p[b, j] - Z.grad[b] * exp(s[b, j])",
        "One of the contributions to s.grad has the wrong sign; the rest is right.",
    ),
    "sign of a term": (
        "for r: x.grad[r] = 2 * a * x[r] - y.grad[r]",
        "One of the terms of x.grad has the wrong sign; the rest is right.",
    ),
    "term twice": (
        "for r: x.grad[r] = y.grad[r] + 4 * a * x[r]",
        "One of the terms of x.grad is twice what it should be; the rest is right.",
    ),
    "term half": (
        "for r: x.grad[r] = y.grad[r] + a * x[r]",
        "One of the terms of x.grad is half of what it should be; the rest is right.",
    ),
    "missing term": (
        "for r: x.grad[r] = y.grad[r]",
        "One of the terms of x.grad is missing; the rest is right.",
    ),
}


def told(answer: str) -> str | None:
    target = answer.partition(": ")[2].partition("[")[0]
    forward, truth = (STEP, REGULARISED) if target == "x.grad" else (SOFTMAX, TRUTH)
    return recognise(read(answer, given=forward), truth, target)


def test_every_known_mistake_is_in_this_table() -> None:
    assert list(KNOWN) == [mistake.name for mistake in MISTAKES]


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_mistake_is_recognised(name: str) -> None:
    answer, message = KNOWN[name]
    assert told(answer) == message


def test_what_is_overwritten_in_a_loop_is_told_so() -> None:
    assert told("for b, j: Z.grad[b] = -p.grad[b, j] * exp(s[b, j]) / Z[b]^2") == (
        "Z.grad is overwritten in each round of the loop, so only the last one counts; += adds up."
    )


def test_what_another_statement_overwrites_is_told_so() -> None:
    """A second statement overwrites without a loop; a missing way overwrites nothing."""
    answer = "x.grad = y.grad\nx.grad = {}a * x"
    truth = "x.grad = y.grad + 2 * a * x"
    overwriting, wrong, missing = (
        recognise(read(text, given=STEP), read(truth, given=STEP), "x.grad")
        for text in (answer.format("2 * "), answer.format("3 * "), "x.grad = 2 * a * x")
    )
    assert overwriting == (
        "x.grad is assigned to more than once, which overwrites what it held; += adds up."
    )
    assert wrong is None
    assert missing == "One of the terms of x.grad is missing; the rest is right."


@pytest.mark.parametrize(
    ("factor", "said"), [("/ B", "1/B of"), ("/ J", "1/J of"), ("* J", "J times")]
)
def test_a_mean_for_a_sum_is_told_so(factor: str, said: str) -> None:
    assert told(f"for b: Z.grad[b] = -sum(j, p.grad[b, j] * p[b, j]) / Z[b] {factor}") == (
        f"A factor is wrong: Z.grad is {said} what it should be."
    )


def test_a_wrong_gradient_that_another_one_inherits_is_named() -> None:
    answer = read(
        "for b: Z.grad[b] = -sum(j, p.grad[b, j] * p[b, j])\n"
        "for b, j: s.grad[b, j] = p.grad[b, j] * p[b, j] + Z.grad[b] * exp(s[b, j])",
        given=SOFTMAX,
    )
    assert recognise(answer, TRUTH, "s.grad") == (
        "s.grad would be right if Z.grad had the right values by then."
    )


def test_a_sum_that_is_read_too_early_is_named() -> None:
    answer = read(
        "for b, j: e[b] += p[b, j] * p.grad[b, j]; s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])",
        given=SOFTMAX,
    )
    assert recognise(answer, TRUTH, "s.grad") == (
        "s.grad would be right if each statement of the loop's body had a loop of its own; in "
        "one loop a sum is read before it is complete."
    )


def test_of_an_unknown_mistake_nothing_is_said() -> None:
    assert told("for b, j: s.grad[b, j] = p.grad[b, j] * s[b, j]") is None
