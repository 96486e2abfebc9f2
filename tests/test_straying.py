"""Auxiliary arrays are left where a text reads or writes beside their axes; proofs know that."""

from __future__ import annotations

import pytest

from symgrad import equivalent, read
from symgrad.equivalence import proved
from symgrad.sets.straying import straying, written_outside

GIVEN = "input a\ninput w\ninput x[N]"
FILLED = "for i in 1..N: t[i] = x[i]\nfor i in 1..N: t[i-1] += a\n"
"""t[0] is a, which no axis of t holds."""

CARRIED = "for i in 1..N: h[i] = tanh(w*h[i-1] + x[i]); h[i-1] += a\n"


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        (
            "for i in 1..N: t[i] = a\nfor i in 1..N: out[i] = t[i-1]",
            "for i in 1..N: out[i] = a",
            False,
        ),
        (
            "for i in 1..N: t[i] = a\nfor i in 1..N: out[i] = t[i-1]",
            "for i in 1..N: out[i] = [i > 1]*a",
            True,
        ),
        (
            FILLED + "for i in 1..N: out[i] = t[i-1]",
            "for i in 1..N: out[i] = [i > 1]*(x[i-1] + a)",
            False,
        ),
        (
            FILLED + "for i in 1..N: out[i] = t[i-1]",
            "for i in 1..N: out[i] = [i > 1]*x[i-1] + a",
            True,
        ),
        (
            "for i in 1..N: out[i] = x[i]",
            "for i in 1..N: out[i] = x[i]\nfor i in 20..N: out[i-20] += [i == 20]*a",
            False,
        ),
        (
            CARRIED + "out = sum(i, h[i-1])",
            CARRIED + "out = sum(i in 2..N, h[i-1])",
            False,
        ),
        (
            "for i in 1..N: h[i] = tanh(w*h[i-1] + x[i])\nout = sum(i in 1..N, h[i])",
            "for k in 1..N: s[k] = tanh(x[k] + s[k-1]*w)\nout = sum(i in 1..N, s[i])",
            True,
        ),
    ],
)
def test_what_stands_beside_an_axis_counts(left: str, right: str, alike: bool) -> None:
    given = read(GIVEN)
    sides = [read(text, given=given) for text in (left, right)]
    assert (proved(sides[0], sides[1], ("out",)) is not None) == alike


def test_an_element_that_only_large_extents_reach_beside_the_axis_is_found() -> None:
    left = "for i in 1..N: t[i] = a\nout = sum(i in 12..N, t[i-12])"
    right = "out = sum(i in 12..N, a)"
    verdict = equivalent(left, right, given=GIVEN, targets=["out"])
    assert verdict.status == "different"
    assert verdict.witness is not None and verdict.witness.extents == {"N": 12}


def test_reads_and_writes_beside_an_axis_are_told_apart() -> None:
    given = read(GIVEN)
    read_there = read("for i in 1..N: t[i] = a\nfor i in 1..N: out[i] = t[i-1]", given=given)
    written_there = read(FILLED + "for i in 1..N: out[i] = t[i]", given=given)
    within = read("for i in 1..N: t[i] = a\nfor i in 2..N: out[i] = t[i-1]", given=given)
    assert straying(read_there) == {"t"} and not written_outside(read_there)
    assert straying(written_there) == written_outside(written_there) == {"t"}
    assert not straying(within)
