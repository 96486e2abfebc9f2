"""Logarithms whose arguments multiply to 1 cancel; those that have values elsewhere do not."""

from __future__ import annotations

import pytest

from symgrad import equivalent

GIVEN = "input a\ninput b\ninput c\n"

SAME = [
    ("log(abs(a*b*c))", "log(abs(a)) + log(abs(b)) + log(abs(c))"),
    ("log(abs(a/b))", "log(abs(a)) - log(abs(b))"),
    ("log(a^2*b^2)", "2*log(abs(a)) + 2*log(abs(b))"),
    ("c*log(abs(a*b))/2", "c*log(sqrt(abs(a))) + c*log(sqrt(abs(b)))"),
    ("log(abs(a)) - log(abs(b))", "log(a^2)/2 - log(b^2)/2"),
]
DIFFERENT = [
    ("log(abs(a*b))", "log(a) + log(b)"),
    ("log(a*b)", "log(a) + log(b)"),
    ("log(abs(a))", "log(a)"),
    ("log(abs(a*b))", "log(abs(a)) - log(abs(b))"),
    ("c*log(abs(a*b))", "log(abs(a)) + c*log(abs(b))"),
    ("log(abs(a) + abs(b))", "log(abs(a)) + log(abs(b))"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_what_multiplies_to_one_cancels(left: str, right: str) -> None:
    assert equivalent(f"out = {left}", f"out = {right}", given=GIVEN).status == "equal"


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_what_does_not_is_different(left: str, right: str) -> None:
    assert equivalent(f"out = {left}", f"out = {right}", given=GIVEN).status == "different"
