"""Known values: the gradient of the loss, and sums that are assumed."""

from __future__ import annotations

import pytest

from symgrad.course.known import with_known_values
from symgrad.derivation.backward import derive
from symgrad.reading.text import read

LOSS = "input y[K]\ninput t[K]\nassume sum(k, t[k]) == 1\nloss L\nL = sum(k, t[k] * y[k]^2)"


def test_the_gradient_of_the_loss_is_put_in() -> None:
    forward = read(LOSS)
    assert str(with_known_values(derive(forward, ["y"]))) == ("for k: y.grad[k] += 2 * t[k] * y[k]")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("y.grad[k] = y[k] * sum(j, t[j])", "for k: y.grad[k] = y[k]"),
        ("y.grad[k] = sum(j, t[j])", "for k: y.grad[k] = 1"),
        ("y.grad[k] = sum(j, t[j]) / y[k]", "for k: y.grad[k] = 1 / y[k]"),
        ("y.grad[k] = y[k] * sum(j, y[j])", "for k: y.grad[k] = y[k] * sum(j, y[j])"),
        ("y.grad[k] = y[k] * sum(j in 1..2, t[j])", None),
        ("y.grad[k] = -L.grad * y[k]", "for k: y.grad[k] = -y[k]"),
    ],
)
def test_an_assumed_sum_is_put_in(text: str, result: str | None) -> None:
    """Under any name of the bound index, over the same range only."""
    forward = read(LOSS if "1..2" not in text else LOSS.replace("K", "3"))
    program = read(text, given=forward)
    expected = result or "for k: y.grad[k] = y[k] * sum(j in 1..2, t[j])"
    assert str(with_known_values(program)) == expected
