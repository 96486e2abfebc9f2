"""Operations are counted as one would do them by hand, as polynomials in the extents."""

from __future__ import annotations

import pytest

from symgrad.efficient.operations import operations, written
from symgrad.reading.text import read
from symgrad.writing.write import expression_text

FORWARD = read("input x[B, J]\ninput a[J]\ninput t\noutput y\nfor b, j: y[b, j] = x[b, j]")

COUNTS = [
    ("for b, j: z[b, j] = x[b, j]", "0", "a copy is no operation"),
    ("for b, j: z[b, j] = x[b, j] * a[j]", "B * J", "a product"),
    ("for b, j: z[b, j] = x[b, j] / a[j]", "B * J", "a quotient"),
    ("for b, j: z[b, j] = 1 / x[b, j]", "B * J", "a reciprocal"),
    ("for b, j: z[b, j] = -x[b, j]", "0", "a sign goes with a sum"),
    ("for b, j: z[b, j] = x[b, j]^3", "2 * B * J", "two products"),
    ("for b, j: z[b, j] = sqrt(x[b, j])", "2 * B * J", "a root is two operations"),
    ("for b, j: z[b, j] = x[b, j] / a[j]^(3/2)", "B * J + 3 * J", "a root and a product, once a j"),
    ("for b, j: z[b, j] = exp(a[j]) * x[b, j]", "B * J + 10 * J", "each j has one exponential"),
    ("for b, j: z[b, j] = t * a[j] * x[b, j]", "B * J + J", "the few first"),
    ("for b, j: z[b, j] = x[b, j] * [x[b, j] > 0]", "2 * B * J", "a comparison and a product"),
    ("for b, j: z[b, j] = x[b, j] * [b == j]", "0", "conditions on indices are matters of loops"),
    ("for b, j: z[b] += x[b, j]", "B * J", "a sum by updates"),
    ("for b: z[b] = sum(j, x[b, j] * a[j])", "2 * B * J", "a sum in an expression"),
    ("for b, j: z[b, j] += x[b, j]\nfor b, j: z[b, j] += a[j]", "B * J", "the first does not add"),
    ("for j: z[j] = a[j] / (2 * B)", "J + 1", "an extent is a number"),
]


@pytest.mark.parametrize(("text", "count", "why"), COUNTS, ids=[row[2] for row in COUNTS])
def test_what_a_program_costs(text: str, count: str, why: str) -> None:
    """Each operation at the product of the extents of its own indices."""
    found = operations(read(text, given=FORWARD)).operations
    assert expression_text(written(found)) == count, why


def test_moved_is_what_is_read_and_written() -> None:
    """Every element once for each statement that reads it."""
    program = read("for b, j: z[b, j] = x[b, j] * x[b, j] * a[j]", given=FORWARD)
    assert expression_text(written(operations(program).moved)) == "2 * B * J + J"


def test_leading_terms_divide_no_other() -> None:
    """7 B J + 4 J has the leading term 7 B J."""
    program = read("for b, j: z[b, j] = exp(a[j]) * x[b, j]", given=FORWARD)
    assert expression_text(operations(program).leading) == "B * J"
