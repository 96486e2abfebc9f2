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


POOLED = """
input I[H, V]
input W[h, w]
input q[P, Q] = [[7, 10]]
assume H >= h
assume V >= w
assume H - h + 1 == 2*P
assume V - w + 1 == 2*Q
assume H == 3
assume V == 5
assume h == 2
assume w == 2
assume P == 1
assume Q == 2
loss L
J = conv(I, W)
K = relu(J)
for i in 1..P, j in 1..Q: O[i, j] = max(a in 0..1, b in 0..1, K[2*i-a, 2*j-b])
L = 1/2 * sum(i, j, (O[i, j] - q[i, j])^2)
"""

SCATTER = """
O.grad = O - q
for i, j, a in 0..1, b in 0..1: K.grad[2*i-a, 2*j-b] += [K[2*i-a, 2*j-b] == O[i, j]] * O.grad[i, j]
J.grad = K.grad * [J > 0]"""

GATHER = """
O.grad = O - q
for r, s: g[r, s] = [J[r, s] == O[ceil(r/2), ceil(s/2)]] * O.grad[ceil(r/2), ceil(s/2)]
J.grad = g * [J > 0]"""


def test_writing_out_a_small_network_leaves_enough_for_other_ways() -> None:
    """Elements of maxima of rectified sums are many cases each: the gather is proved without."""
    given = read(POOLED)
    left, right = (read(text, given=given) for text in (SCATTER, GATHER))
    assert proved(left, right, ("J.grad",)) is not None


def test_a_datum_outside_its_axis_is_put_in_nowhere() -> None:
    """The last round of a loop would read x[5], or what stands at the other end."""
    given = read("input a\ninput x[4] = [0, 1, 1, -1]")
    head = "for i in 1..4, j in 1..4 if sqrt(a) < a: out[i] +="
    left = read(f"{head} abs(erf(a/([i < 4]*x[i+1])))", given=given)
    right = read(f"{head} abs(erf(a/([i < 4]*abs(x[i+1])*abs'(x[i+1]))))", given=given)
    assert proved(left, right, ("out",)) is None
