"""Loops that carry a value: the same on both sides, and not the same."""

from __future__ import annotations

import pytest

from symgrad import equivalent, read
from symgrad.equivalence import proved
from symgrad.separation.recurrence import CARRIED, without_recurrences

GIVEN = "input x[T]\ninput y[T]\ninput w\ninput v\ninput r[2]"

POWER = "p = 1\nfor t in 1..T: p = p*w\nout = p"
HIDDEN = "h = 0\nfor t: h = tanh(w*h + v*x[t])\nout = w*h"
AVERAGE = "m = 0\nfor t: m = m + w*(x[t] - m)\nout = m"
EVERY = "h = v\nfor t: h = sigma(h)*x[t] + w; out[t] = h"
PAIR = "a = 1\nb = 0\nfor t in 1..T: c = a*w + b; b = a; a = tanh(c)\nout = a - b"

SAME = [
    (POWER, "q = 1\nfor k in 1..T: q *= w\nout = q"),
    (POWER, "out = 1\nfor k in 1..T: out = w*out"),
    (HIDDEN, "s = 0\nfor k: s = tanh(x[k]*v + s*w)\nout = s*w"),
    (AVERAGE, "n = 0\nfor k: n = (1 - w)*n + w*x[k]\nout = n"),
    (EVERY, "s = v\nfor k: s = w + x[k]*sigma(s); out[k] = s"),
    (PAIR, "f = 1\ng = 0\nfor n in 1..T: e = g + w*f; g = f; f = tanh(e)\nout = f - g"),
    (
        "for t: h[t] = [t > 1]*tanh(w*h[t-1]) + x[t]\nout = sum(t, h[t]^2)",
        "for k: s[k] = x[k] + [k > 1]*tanh(s[k-1]*w)\nout = sum(k in 1..T, s[k]*s[k])",
    ),
]

OTHERS = [
    (POWER, "q = 2\nfor k in 1..T: q *= w\nout = q"),
    (POWER, "q = 1\nfor k in 1..T-1: q *= w\nout = q"),
    (POWER, "q = 1\nfor k in 1..T: q *= v\nout = q"),
    (HIDDEN, "s = 0\nfor k: s = tanh(v*s + w*x[k])\nout = s*w"),
    (HIDDEN, "s = 0\nfor k in 1..T: s = tanh(x[T+1-k]*v + s*w)\nout = s*w"),
    (HIDDEN, "s = 0\nfor k: s = tanh(x[k]*v + s*w)\nout = s*v"),
    (HIDDEN, "for k: w = tanh(x[k]*v + w*w)\nout = w"),
    (AVERAGE, "n = 0\nfor k: n = (1 + w)*n + w*x[k]\nout = n"),
    (EVERY, "s = v\nfor k: out[k] = s; s = w + x[k]*sigma(s)"),
    (PAIR, "f = 1\ng = 0\nfor n in 1..T: e = g + w*f; f = tanh(e); g = f\nout = f - g"),
    (
        "for t in 1..T: h = tanh(h + sum(t in 1..T, sum(k in 1..t, x[t]*y[k])))\nout = h",
        "for t in 1..T: h = tanh(h + sum(t in 1..T, sum(k in 1..t, x[k]*y[t])))\nout = h",
    ),
    (PAIR, "f = 0\ng = 1\nfor n in 1..T: e = g + w*f; g = f; f = tanh(e)\nout = f - g"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_the_same_loop_leaves_the_same(left: str, right: str) -> None:
    for one, other in ((left, right), (right, left)):
        verdict = equivalent(one, other, given=GIVEN, targets=["out"])
        assert verdict.status == "equal"
        assert verdict.proof is not None and verdict.proof.replay()


@pytest.mark.parametrize(("left", "right"), OTHERS)
def test_another_loop_leaves_something_else(left: str, right: str) -> None:
    """No proof without looking for a witness first, and there is one."""
    given = read(GIVEN)
    sides = [read(text, given=given) for text in (left, right)]
    assert proved(sides[0], sides[1], ("out",)) is None
    assert equivalent(sides[0], sides[1], given=given, targets=["out"]).status == "different"


@pytest.mark.parametrize(
    ("left", "right"),
    [("out = q/q", "out = 1"), ("out = [q > 0]", "out = [q >= 0]"), ("out = abs(q)/q", "out = 1")],
)
def test_nothing_is_assumed_of_what_a_loop_leaves(left: str, right: str) -> None:
    """Here it is 0 for all inputs, and the sides differ."""
    given = read(GIVEN)
    loop = "q = 0\nfor t in 1..T: q = q*w\n"
    sides = [read(loop + text, given=given) for text in (left, right)]
    assert proved(sides[0], sides[1], ("out",)) is None
    assert equivalent(sides[0], sides[1], given=given, targets=["out"]).status == "different"


ANEW = """
input x[T]
input w
output p
for t: p[t] = x[t]^2
"""
"""A forward pass whose p starts at zero in a text that writes it."""


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            "for t in 2..T: h = tanh(w*h + p[t])\nout = h",
            "for t in 2..T: h = tanh(w*h + p[t])\nout = h\nfor t: p[t] = x[t]^2",
        ),
        (
            "for t: u[t] = p[t]\nfor t: p[t] = x[t]\nfor t: h = tanh(w*h + u[t]*p[t])\nout = h",
            "for t: u[t] = p[t]\nfor t: q[t] = x[t]\nfor t: h = tanh(w*h + u[t]*q[t])\nout = h",
        ),
    ],
)
def test_the_same_text_over_arrays_that_start_otherwise_is_another_loop(
    left: str, right: str
) -> None:
    given = read(ANEW)
    sides = [read(text, given=given) for text in (left, right)]
    assert proved(sides[0], sides[1], ("out",)) is None
    assert equivalent(sides[0], sides[1], given=given, targets=["out"]).status == "different"


def test_a_value_that_is_read_before_the_loop_keeps_the_loop() -> None:
    given = read(GIVEN)
    text = "p = v\nq = p\nfor t in 1..T: p = p*w\nout = p + q"
    side = read(text, given=given)
    assert without_recurrences(side, side) == (side, side, ())


def test_what_a_loop_leaves_is_one_input_of_both_sides() -> None:
    given = read(GIVEN)
    *sides, (loop,) = without_recurrences(*(read(text, given=given) for text in SAME[2]))
    (name,) = {name for side in sides for name in side.arrays if CARRIED in name}
    assert all(side.arrays[name].role == "input" for side in sides)
    assert loop.unknown == (("h", name),) and len(loop.nests) == 2
