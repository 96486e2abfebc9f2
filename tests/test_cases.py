"""Arrays of constant size are decided element by element, fixed data put in."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.equivalence import proved

GIVEN = """
input x[2*P] = [2, -1, 0, 2]
input d[2*P]
assume P == 2
input a
y = max(k, x[k])
for i: z[i] += x[i]
"""


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("for i in 1..2*P: out[i] = [x[i] > 0]*d[i]", "out[1] = d[1]\nout[4] = d[4]", True),
        ("for i in 1..2*P: out[i] = [x[i] >= 0]*d[i]", "out[1] = d[1]\nout[4] = d[4]", False),
        ("for i in 1..2*P: out[i] = [x[i] == y]*d[i]", "out[1] = d[1]\nout[4] = d[4]", True),
        ("out = sum(i, x[i]*d[i])", "out = 2*d[1] - d[2] + 2*d[4]", True),
        ("out = sum(i, x[i]^2)", "out = 9", True),
        ("out = max(i, x[i] - 1)", "out = 1", True),
        ("out = max(i, d[i])", "out = d[1]", False),
        ("out = max(i, d[i])", "out = max(max(d[1], d[2]), max(d[3], d[4]))", True),
        ("out = max(i, x[i]*a)", "out = max(2*a, -a)", True),
        ("out = max(i, x[i]*a)", "out = max(a, -a)", False),
        ("out = sum(i, [i == argmax(k, x[k])]*d[i])", "out = d[1]", True),
        ("out = sum(i, [i == argmax(k, x[k])]*d[i])", "out = d[4]", False),
        ("out = sum(i, exp(z[i])*d[i])", "out = exp(2)*(d[1]+d[4]) + exp(-1)*d[2] + d[3]", True),
    ],
)
def test_fixed_data_are_put_in(left: str, right: str, equal: bool) -> None:
    given = read(GIVEN)
    sides = [read(text, given=given) for text in (left, right)]
    assert (proved(sides[0], sides[1], ("out",)) is not None) == equal


def test_without_a_constant_size_nothing_is_listed() -> None:
    given = read("input x[N]\noutput p\nfor i: p[i] = x[i]")
    sides = [read(f"for i: out[i] = {text}", given=given) for text in ("x[i]", "p[i]*x[i]")]
    assert proved(sides[0], sides[1], ("out",)) is None
