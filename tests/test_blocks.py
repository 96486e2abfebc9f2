"""Loops with their statements below them are read as the one-line form, places included."""

from __future__ import annotations

import pytest

from symgrad import StudentError, read

FORWARD = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] = exp(s[b, j]) / Z[b]"""

SAME = [
    ("for b, j:\n    s.grad[b, j] += p[b, j]", "for b, j: s.grad[b, j] += p[b, j]"),
    (
        "for b:\n  for j:\n    e[b] += p[b, j]\n    s.grad[b, j] += e[b]\n",
        "for b, j: e[b] += p[b, j]; s.grad[b, j] += e[b]",
    ),
    (
        "for b:  # rows\n\n  for j if s[b, j] > 0:\n    # what follows\n"
        "    s.grad[b, j] += p[b, j] *\n        p.grad[b, j]   # both",
        "for b, j if s[b, j] > 0: s.grad[b, j] += p[b, j] * p.grad[b, j]",
    ),
    (
        "for b:\n  for j in 1..J: s.grad[b, j] += p[b, j]\nfor b:\n\te[b] = 1",
        "for b, j in 1..J: s.grad[b, j] += p[b, j]\nfor b: e[b] = 1",
    ),
    (
        "for b:\n  e[b] = sum(j,\n      p[b, j])\n      = sum(k, p[b, k])",
        "for b: e[b] = sum(j, p[b, j]) = sum(k, p[b, k])",
    ),
]


@pytest.mark.parametrize(("block", "line"), SAME)
def test_a_block_is_the_loop_in_one_line(block: str, line: str) -> None:
    """Nested loops, several statements, remarks, blank and continued lines."""
    forward = read(FORWARD)
    assert read(block, given=forward) == read(line, given=forward)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("for b:\n    for j:\n        s.grad[b, j] += q[b, j]", 3, 25),
        ("for b, j:\n  e[b] = 1  # one\n  s.grad[b, j] += p[b j]", 3, 19),
    ],
)
def test_what_is_wrong_in_a_block_is_shown_where_it_stands(
    text: str, line: int, column: int
) -> None:
    with pytest.raises(StudentError) as found:
        read(text, given=read(FORWARD))
    assert (found.value.line, found.value.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        "for b:\n  e[b] = 0\n  for j:\n    e[b] += p[b, j]",
        "for b if s[b, 1] > 0:\n  for j:\n    e[b] += p[b, j]",
        "for b:\n",
        "for b:\nfor j:\n  e[b] += p[b, j]",
        "for b: \ue020\n e[b] = 1",
    ],
)
def test_a_body_that_is_no_single_nest_is_refused(text: str) -> None:
    """Statements beside a loop, a condition around a loop, no body, a line that claims to go on."""
    with pytest.raises(StudentError):
        read(text, given=read(FORWARD))
