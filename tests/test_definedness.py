"""Sides that are undefined in different places are not proved equal."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.equivalence import equivalent, proved

GIVEN = """
input a
input b
input x[N]
assume b > 0
for i: c[i] = log(x[i])
"""


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("out = a + 0*log(a)", "out = a", False),
        ("out = a + 0*log(b)", "out = a", True),
        ("out = a + 0*log(exp(a))", "out = a", True),
        ("out = a + log(a) - log(a)", "out = a + 0*log(a)", True),
        ("out = sqrt(a)^2", "out = a", False),
        ("out = sqrt(a^2 + 1)^2", "out = a^2 + 1", True),
        ("out = a/a", "out = 1", True),
        ("out = (a - b)/(a - b)", "out = 1", True),
        ("out = a/(x[1] - x[N])*(x[1] - x[N])", "out = a", False),
        ("out = sum(i, log(x[i])) - sum(i, log(x[i]))", "out = 0", True),
        ("out = 0*log(x[1] - 1)", "out = 0", False),
        ("out = 0*log(2*a)", "out = 0*log(3*a)", True),
        ("out = 0*log(a)", "out = 0*log(-a)", False),
        ("out = sum(i in 4..N, 0*log(a)*x[i])", "out = 0*log(a)", False),
        ("out = sum(i in 1..N, 0*log(a)*x[i])", "out = 0*log(a)", True),
        ("out = sum(i in 2..N, 0*log(a))", "out = sum(i in 4..N+2, 0*log(a))", True),
        ("out = sum(i in 2..N, 0*log(a))", "out = sum(i in 4..N+1, 0*log(a))", False),
        ("out = sum(i in 2..N, 0*log(a))", "out = sum(i in 1..N, j in i+1..N, 0*log(a))", True),
        ("out = sum(i in 2..N, 0*log(a))", "out = sum(i in 1..N, j in i..N, 0*log(a))", False),
        (
            "for i: out[i] = sum(j in 3..i, 0*log(x[i]))",
            "for i: out[i] = [i > 2]*0*log(x[i])",
            True,
        ),
        ("for i in 2..N: t[i] = sqrt(a*x[i])\nout = 0*t[N]", "out = 0*sqrt(a*x[N])", False),
        ("out = 0*sum(i in 2..N if i == N, sqrt(a*x[i]))", "out = 0*sqrt(a*x[N])", False),
        ("out = 0*sum(i in 2..N if i == N, log(a))", "out = [N > 1]*0*log(a)", True),
        ("out = [b > 1]*0*log(a)", "out = 0*log(a)", False),
        ("out = [b > 1]*0*log(a)", "out = [b > 2]*0*log(a)", False),
        ("out = [b > 1]*0*log(a)", "out = where(b > 1, 0*log(a), 0)", True),
        ("out = where(b > 1, 0*log(a), 0)", "out = where(b > 1, 0, 0*log(a))", False),
        ("out = [a > 0]*log(a)", "out = [a > 0]*log(abs(a))", True),
        ("out = [a > 0]*0*log(relu(-a) + 0*a)", "out = 0", False),
        ("out = [a > 0]*0*sqrt(relu(-a))", "out = 0", True),
        ("out = [x[1] > 0]*sqrt(a)*0", "out = sum(i, [x[i] > 0]*sqrt(a)*0)", False),
        ("out = 0*max(i, x[i])", "out = 0", True),
        ("out = 0*max(i in N..50, a + i*b)", "out = 0", False),
        ("out = 0*max(i in N..50, a + i*b)", "out = 0*min(i in N..50, a - i)", True),
        ("out = 0*min(i in 1..N, j in i..40, a + i*b + j)", "out = 0", False),
        ("out = max(i if x[i] > 1, x[i] + 0*log(a))", "out = max(i if x[i] > 1, x[i])", False),
        ("out = sum(i if x[i] > 1, 0*log(a))", "out = sum(i, [x[i] > 1]*0*log(a))", True),
        (
            "out = sum(i in 2..N, log(x[i-1]-a))",
            "out = sum(i in 1..N, [i > 1]*log(x[i-1]-a))",
            True,
        ),
        ("for i: out = [a > x[i]]*0*log(a)", "for i: out += [a > x[i]]*0*log(a)", False),
        ("for i if x[i] > a: t[i] = 0*log(a)\nout = t[1]", "out = sum(i, 0*[x[i] > a])", False),
    ],
)
def test_demands_decide(left: str, right: str, alike: bool) -> None:
    given = read(GIVEN)
    sides = [read(text, given=given) for text in (left, right)]
    assert (proved(sides[0], sides[1], ("out",)) is not None) == alike


LABELLED = """
input a
input b
input x[N]
input y[B] in 1..N
input z[B] in 1..N
assume N >= 2
"""


@pytest.mark.parametrize(
    ("left", "right", "status"),
    [
        ("out = 0*log(x[y[1]])", "out = 0*log(x[z[1]])", "different"),
        ("out = 0*log(x[y[1]])", "out = sum(k in 1..N, [k == y[1]]*0*log(x[k]))", "equal"),
        (
            "for s in 1..B: out[s] = 0*log(x[y[s]])",
            "for s in 1..B, k in 1..N: out[s] += [k == y[s]]*0*log(x[k])",
            "equal",
        ),
        (
            "for i: t[i] = 0*log(x[i])\nfor i: u[i] = t[i] + t[1]\nfor i: out[i] = u[i]",
            "for i: out[i] = 0*log(x[i]) + 0*log(x[1])",
            "equal",
        ),
        (
            "for i: t[i] = 0*log(x[i])\nfor i: u[i] = t[i]\nfor i: out[i] = u[i]",
            "for i: out[i] = 0*log(x[i]) + 0*log(x[1])",
            "different",
        ),
        (
            "for i: t[i] = 0*log(x[i])\nfor i if x[i] > 1: out[i] = t[i]",
            "for i: out[i] = [x[i] > 1]*0",
            "equal",
        ),
        (
            "for i: t[i] = 0*log(x[i])\nfor i if x[i] > -1: out[i] = t[i]",
            "for i: out[i] = [x[i] > -1]*0",
            "different",
        ),
        ("out = 0*max(k in 1..N, log(a))", "out = 0*log(a)", "equal"),
        ("out = 0*max(k in 3..N, log(a))", "out = 0*log(a)", "different"),
    ],
)
def test_each_element_is_undefined_where_what_it_reads_is(
    left: str, right: str, status: str
) -> None:
    sides = [read(text, given=read(LABELLED)) for text in (left, right)]
    assert equivalent(sides[0], sides[1], targets=["out"]).status == status


@pytest.mark.parametrize(
    ("left", "right", "status"),
    [
        ("out = [a > 0]*[log(a) > 0]*0", "out = 0", "equal"),
        ("out = [log(a) > 0]*[a > 0]", "out = [a > 1]", "equal"),
        ("out = [log(a) > 0]", "out = [a > 1]", "different"),
        ("out = where(a > 0 and log(a) > 0, 1, 0)", "out = [a > 1]", "equal"),
        ("out = where(a <= 0 or log(a) > 0, 1, 0)", "out = 1 - [a > 0]*[a <= 1]", "equal"),
        (
            "for i if x[i] > 0 and log(x[i]) > 0: out += x[i]",
            "for i if x[i] > 1: out += x[i]",
            "equal",
        ),
        ("out = [log(a) > 0]*[log(b) > 0]*0", "out = 0*[log(b) > 0]*[log(a) > 0]", "equal"),
        (
            "out = [log(a) > 0]*[log(b) > 0]*0",
            "out = 0*[a > 1]*log(b) + 0*[b > 1]*log(a)",
            "different",
        ),
    ],
)
def test_a_condition_need_not_be_defined_where_one_beside_it_is_false(
    left: str, right: str, status: str
) -> None:
    sides = [read(text, given=read(LABELLED)) for text in (left, right)]
    assert equivalent(sides[0], sides[1], targets=["out"]).status == status


def test_what_a_loop_leaves_is_defined_where_it_is_read_alone() -> None:
    loop = "m = a\nfor i: m = tanh(m*b + log(x[i]))\n"
    texts = ("out = 0*m\nend = m", "out = 0\nend = m", "end = m\nout = m - m")
    sides = [read(loop + text, given=read(LABELLED)) for text in texts]
    assert proved(sides[0], sides[1], ("out", "end")) is None
    assert proved(sides[0], sides[2], ("out", "end")) is not None
