"""Expressions in LaTeX."""

from __future__ import annotations

import pytest

from symgrad.reading.text import read
from symgrad.typesetting.formula import Formulas

GIVEN = """
input x[N]
input y[N]
input a
input b
input s
input k in 1..N
input K[h]
function f(y, z)
function g(x)
"""


def written(text: str) -> str:
    """The LaTeX of a right side."""
    program = read(f"{GIVEN}{text}")
    value = program.nests[-1].body[0].value
    return Formulas.of(program).expression(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("z = a * b / s", r"a \, \frac{b}{s}"),
        ("z = a / b / s * a", r"\frac{a}{b \, s} \, a"),
        ("z = 1 / a * b", r"\frac{1}{a} \, b"),
        ("z = 1/2 * a", r"\frac{1}{2} \, a"),
        ("z = 2 * 3 * a", r"6 \, a"),
        ("z = a * 2 * b", r"a \cdot 2 \, b"),
        ("z = a * (-1/2) * b", r"a \, \left(-\frac{1}{2}\right) \, b"),
        ("z = -1/2 * a", r"-\frac{1}{2} \, a"),
        ("z = a - b * s", r"a - b \, s"),
        ("z = a - (b + s)", r"a - (b + s)"),
        ("z = -a + b", r"-a + b"),
        ("z = a * (-b)", r"a \, (-b)"),
        ("z = (a + b) * s", r"(a + b) \, s"),
        ("z = a^2", r"a^{2}"),
        ("z = (a + b)^2", r"(a + b)^{2}"),
        ("z = a / s^(3/2)", r"\frac{a}{s^{3/2}}"),
        ("z = a / sqrt(s)", r"\frac{a}{\sqrt{s}}"),
        ("z = exp(a) + log(a) + tanh(a)", r"\exp(a) + \log(a) + \tanh(a)"),
        ("z = sigma(a) * sigma'(a)", r"\sigma(a) \, \sigma'(a)"),
        ("z = relu(a) + softplus(a) + erf(a)",
         r"\operatorname{relu}(a) + \operatorname{softplus}(a) + \operatorname{erf}(a)"),
        ("z = abs(a)", r"\left|a\right|"),
        ("z = max(a, b)", r"\max(a, b)"),
        ("z = g''(a) * f_yz(a, b) * f(a, b)", r"g''(a) \, f_{yz}(a, b) \, f(a, b)"),
        ("z = sum(i, x[i])", r"\sum_{i} x[i]"),
        ("z = sum(i, x[i] * y[i]) / a", r"\frac{\sum_{i} x[i] \, y[i]}{a}"),
        ("z = sum(i, x[i]) * a", r"\left(\sum_{i} x[i]\right) \, a"),
        ("z = a * sum(i, x[i])", r"a \, \sum_{i} x[i]"),
        ("z = sum(i, x[i] + y[i])", r"\sum_{i} (x[i] + y[i])"),
        ("z = sum(i, x[i])^2", r"\left(\sum_{i} x[i]\right)^{2}"),
        ("z = sum(i in 1..N-1, x[i+1])", r"\sum_{i=1}^{N - 1} x[i + 1]"),
        ("z = sum(i if x[i] > 0, x[i])", r"\sum_{\substack{i \\ x[i] > 0}} x[i]"),
        ("z = max(i, x[i])", r"\max_{i} x[i]"),
        ("z = max(i in 1..1, x[i])", r"\max_{i \in \{1\}} x[i]"),
        ("z = [a > b] * a", r"\mathbf{1}[a > b] \, a"),
        ("z = [b >= 0 and a > 0]", r"\mathbf{1}[b \ge 0 \land a > 0]"),
        ("z = where(a > b, a, b)",
         r"\begin{cases} a & \text{if } a > b \\ b & \text{otherwise} \end{cases}"),
        ("z = x[k]", "x[k]"),
        ("for l in 1..h: z[l] = K[h-l+1]", "K[h - l + 1]"),
        ("for l in 1..2: z[l] = x[3-l] * [N > 2]", r"x[3 - l] \, \mathbf{1}[N > 2]"),
    ],
)  # fmt: skip
def test_expressions(text: str, expected: str) -> None:
    assert written(text) == expected
