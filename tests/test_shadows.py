"""Indices that are bound again keep apart from those that ranges speak of."""

from __future__ import annotations

import pytest

from symgrad import equivalent, read

GIVEN = "input x[T]\ninput A[T, T]"


@pytest.mark.parametrize(
    ("text", "clear"),
    [
        (
            "for t in 1..T: h[t] = sum(t in 1..t, x[t])",
            "for t in 1..T: h[t] = sum(k in 1..t, x[k])",
        ),
        ("h = sum(t in 1..T, sum(t in 1..t, x[t]))", "h = sum(t in 1..T, (T + 1 - t)*x[t])"),
        (
            "for t in 1..T, j in 1..t: h[t] += sum(t, A[t, j])",
            "for t in 1..T, j in 1..t: h[t] += sum(k, A[k, j])",
        ),
        (
            "for t in 1..T: h[t] = sum(k in 1..t, sum(t if t != k, A[t, k]))",
            "for t in 1..T: h[t] = sum(k in 1..t, sum(l if l != k, A[l, k]))",
        ),
    ],
)
def test_a_range_means_the_outer_index(text: str, clear: str) -> None:
    given = read(GIVEN)
    assert equivalent(text, clear, given=given, targets=["h"]).status == "equal"
    program = read(text, given=given)
    assert read(str(program), given=given) == program


def test_an_index_that_no_range_speaks_of_keeps_its_name() -> None:
    text = "for t: h[t] = x[t] / sum(t, x[t])"
    assert str(read(text, given=read(GIVEN))) == text
