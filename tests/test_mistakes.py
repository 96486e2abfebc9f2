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

KNOWN = {
    "sign": (
        "for b: Z.grad[b] = sum(j, p.grad[b, j] * p[b, j]) / Z[b]",
        "The sign is wrong: Z.grad is the negative of what it should be.",
    ),
    "overwritten": (
        "for b, j: Z.grad[b] = -p.grad[b, j] * exp(s[b, j]) / Z[b]^2",
        "Z.grad is overwritten in each round of the loop, so only the last one counts; += adds up.",
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
}


def told(answer: str) -> str | None:
    program = read(answer, given=SOFTMAX)
    target = next(
        name for name in ("s.grad", "Z.grad") if answer.find(name) == answer.find(":") + 2
    )
    return recognise(program, TRUTH, target)


def test_every_known_mistake_is_in_this_table() -> None:
    assert list(KNOWN) == [mistake.name for mistake in MISTAKES]


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_mistake_is_recognised(name: str) -> None:
    answer, message = KNOWN[name]
    assert told(answer) == message


def test_a_wrong_gradient_that_another_one_inherits_is_named() -> None:
    answer = read(
        "for b: Z.grad[b] = -sum(j, p.grad[b, j] * p[b, j])\n"
        "for b, j: s.grad[b, j] = p.grad[b, j] * p[b, j] + Z.grad[b] * exp(s[b, j])",
        given=SOFTMAX,
    )
    assert recognise(answer, TRUTH, "s.grad") == (
        "s.grad would be right if Z.grad had the right values by then."
    )


def test_of_an_unknown_mistake_nothing_is_said() -> None:
    assert told("for b, j: s.grad[b, j] = p.grad[b, j] * s[b, j]") is None
