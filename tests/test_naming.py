"""How the bound indices of closed forms are called."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.algebra.tidy import total
from symgrad.expressions import index
from symgrad.forms.expansion import Expansion
from symgrad.forms.naming import Naming
from symgrad.writing.write import expression_text

FORWARD = read(
    "input A[N, M]\ninput w[3, 3]\ninput v[R]\noutput y\n"
    "for n, m: y[n] += A[n, m] * sum(p, q, w[p, q]) * sum(r, v[r])"
)
KNOWN = {name: array.axes for name, array in FORWARD.arrays.items()}

NAMED = {
    "sum(i in 1..M, A[n, i])": "sum(m, A[n, m])",
    "sum(i in 1..N, A[i, 1])": "sum(n2, A[n2, 1])",
    "sum(i in 1..3, j in 1..3, w[i, j])": "sum(p, q, w[p, q])",
    "sum(i in 1..3, w[i, 1] * sum(j in 1..3, w[i, j]))": "sum(p, w[p, 1] * sum(q, w[p, q]))",
    "sum(i in 1..N, A[i, 1] * sum(j in 1..N, exp(A[i, 1] * A[j, 1])))": (
        "sum(n2, A[n2, 1] * sum(n3, exp(A[n2, 1] * A[n3, 1])))"
    ),
    "sum(i in 2..N, A[i, 1])": "sum(n2 in 2..N, A[n2, 1])",
    "sum(i in 5..7, i * v[1])": "v[1] * sum(k in 5..7, k)",
}


@pytest.mark.parametrize("text", NAMED)
def test_bound_indices_are_called_as_the_program_calls_that_range(text: str) -> None:
    value = read(f"for n in 1..N: t[n] = {text}", given=FORWARD).nests[0].body[0].value
    written = Naming.of(FORWARD).expression(
        total(Expansion().terms(value)), frozenset([index("n")])
    )
    assert expression_text(written, KNOWN) == NAMED[text]
