"""Axes are read off the use of an array where nothing declares them."""

from __future__ import annotations

import pytest
from sympy import sstr

from symgrad import read

GIVEN = read("input v[N]\ninput A[M, N]\nassume N >= M\noutput v")


def axes(text: str, name: str) -> list[str]:
    array = read(text, given=GIVEN).arrays[name]
    return [f"{sstr(axis.lower)}..{sstr(axis.upper)}" for axis in array.axes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for i: t[i] = v[i]", ["1..N"]),
        ("for j, i: t[i, j] += A[j, i]", ["1..N", "1..M"]),
        ("t = v[1]", []),
        ("for i in 1..N-1: t[i] = v[i+1]", ["1..N - 1"]),
        ("for i in 1..M, j in 1..N: t[i+j-1] += v[j]", ["1..M + N - 1"]),
        ("for i in 0..2: t[2*i+1] = 1", ["1..5"]),
        ("t[1] = v[1]\nt[3] = v[N]", ["1..3"]),
        ("t[1] = v[1]\nfor i in 2..N: t[i] = v[i]", ["1..N"]),
        ("for i in 1..N-1: t[i] = v[i]\nt[N] = 3", ["1..N"]),
        ("t[argmax(k, v[k])] = 1", ["1..N"]),
        ("for j: t[j, argmax(k, A[j, k])] += 1", ["1..M", "1..N"]),
        ("for i: t[i] = v[i]\nfor i in 2..N: x += t[i-1]", ["1..N"]),
    ],
)
def test_the_axes_of_an_auxiliary_are_the_ranges_of_its_indices(
    text: str, expected: list[str]
) -> None:
    """An index that stands alone gives its range, fixed places add to it; else the hull counts."""
    assert axes(text, "t") == expected


def test_a_gradient_has_the_axes_of_its_array() -> None:
    """v.grad is v.grad[N], whoever reads or writes it."""
    assert axes("for i: x[i] = v.grad[i]", "v.grad") == ["1..N"]


def test_an_array_of_places_has_a_range_of_values() -> None:
    """The argmax over j of A[i, j] lies in 1..N."""
    values = read("for i: top[i] = argmax(j, A[i, j])", given=GIVEN).arrays["top"].values
    assert values is not None
    assert (str(values.lower), str(values.upper)) == ("1", "N")
