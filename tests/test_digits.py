"""Decimals agree to the significant digits that a question asks for."""

from __future__ import annotations

import pytest

from symgrad.grading.digits import agrees_to
from symgrad.reading.text import read

FORWARD = read("input x = 2\nloss L\ny = 3 * x\nL = exp(y)")
TRUTH = read("x.grad = 3 * exp(6)", given=FORWARD)  # 1210.286…


@pytest.mark.parametrize(
    ("answer", "agrees"),
    [
        ("x.grad = 1210", True),
        ("x.grad = 1210.286", True),
        ("x.grad = 1.21e3", True),
        ("x.grad = 1211", False),
        ("x.grad = -1210", False),
        ("x.grad = 3 * y.grad", True),
        ("x.grad = log(0 - x)", False),
    ],
)
def test_four_digits(answer: str, agrees: bool) -> None:
    assert agrees_to(4, read(answer, given=FORWARD), TRUTH, "x.grad") is agrees
