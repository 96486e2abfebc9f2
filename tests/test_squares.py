"""Quadratic forms that are nowhere negative are told by elimination, and no others."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symgrad import equivalent
from symgrad.proof.squares import sum_of_squares
from symgrad.proof.terms import Factors, Poly, access

ATOMS = [access(name, ()) for name in "uvw"]

small = st.integers(-3, 3)
matrices = st.lists(st.lists(small, min_size=3, max_size=3), min_size=3, max_size=3).map(np.array)


def form(matrix: NDArray[np.int_]) -> Poly:
    """u^T A u for a symmetric matrix."""
    found: Poly = {}
    for m, n in combinations_with_replacement(range(3), 2):
        factors: Factors = ((ATOMS[m], 2),) if m == n else ((ATOMS[m], 1), (ATOMS[n], 1))
        value = int(matrix[m][n]) * (1 if m == n else 2)
        if value:
            found[(), (), factors] = fmpq(value)
    return found


@given(matrices)
def test_squares_multiplied_out_are_known_again(matrix: NDArray[np.int_]) -> None:
    """|A u|^2 = u^T A^T A u."""
    poly = form(matrix.T @ matrix)
    assert sum_of_squares(lambda *_: False, poly)


@given(matrices)
def test_a_form_that_is_negative_somewhere_is_not_called_a_sum_of_squares(
    matrix: NDArray[np.int_],
) -> None:
    """The eigenvalues tell, by another library."""
    symmetric = matrix + matrix.T
    if np.linalg.eigvalsh(symmetric).min() < -1e-9:
        assert not sum_of_squares(lambda *_: False, form(symmetric))


FORWARD = "input x[N]\ninput y[N]\ninput A[N, M]\ninput B[N, M]\ninput c\ninput p\nassume p > 0"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("out = norm2(x - y)^2", "out = sum(n, (x[n] - y[n])^2)"),
        ("out = norm2(x + y)^2", "out = sum(n, x[n]^2 + 2*x[n]*y[n] + y[n]^2)"),
        ("out = norm2(x - y) * c / norm2(x - y)", "out = c"),
        ("out = norm2(A - B)^2", "out = sum(n, m, A[n, m]^2 - 2*A[n, m]*B[n, m] + B[n, m]^2)"),
        ("out = sqrt(sum(n, p * (x[n] - 3*y[n])^2))^4", "out = sum(n, p * (x[n] - 3*y[n])^2)^2"),
        ("out = sqrt(1 + (c - p)^2)^2", "out = 1 + c^2 - 2*c*p + p^2"),
    ],
)
def test_the_square_of_a_distance_is_what_stands_under_its_root(left: str, right: str) -> None:
    assert equivalent(left, right, given=FORWARD, targets=["out"]).status == "equal"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            "out = sqrt(sum(n, x[n]^2 - 3*x[n]*y[n] + y[n]^2))^2",
            "out = sum(n, x[n]^2 - 3*x[n]*y[n] + y[n]^2)",
        ),
        ("out = sqrt(sum(n, x[n]^2 - y[n]^2))^2", "out = sum(n, x[n]^2 - y[n]^2)"),
        ("out = norm2(x - y)^2", "out = sum(n, x[n] - y[n])^2"),
    ],
)
def test_a_root_that_is_not_always_defined_is_not_cancelled(left: str, right: str) -> None:
    assert equivalent(left, right, given=FORWARD, targets=["out"]).status == "different"
