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
    (
        "for b if s[b, 1] > 0:\n  for j:\n    e[b] += p[b, j]",
        "for b, j if s[b, 1] > 0: e[b] += p[b, j]",
    ),
    (
        "for b:\n  e = 0\n  for j:\n    e += p[b, j]\n  for j:\n    s.grad[b, j] = e * p[b, j]",
        "for b: e[b] = 0\nfor b, j: e[b] += p[b, j]\nfor b, j: s.grad[b, j] = e[b] * p[b, j]",
    ),
    (
        "for b:\n  for j:\n    e = 0\n    for k:\n      e += p[b, k]\n    s.grad[b, j] = e",
        "for b in 1..B, j in 1..J: e[b, j] = 0\nfor b, j, k: e[b, j] += p[b, k]\n"
        "for b, j: s.grad[b, j] = e[b, j]",
    ),
    (
        "for b:\n  t = 1\n  for j:\n    t *= p[b, j]\n    s.grad[b, j] = t",
        "for b in 1..B: t[b] = 1\nfor b, j: t[b] *= p[b, j]; s.grad[b, j] = t[b]",
    ),
    (
        "for b: for j if s[b, j] > 0: for k: s.grad[b, j] += p[b, k]",
        "for b, j, k if s[b, j] > 0: s.grad[b, j] += p[b, k]",
    ),
    (
        "for b: e = sum(k, p[b, k]); for j: s.grad[b, j] = e * p[b, j]",
        "for b in 1..B: e[b] = sum(k, p[b, k])\nfor b, j: s.grad[b, j] = e[b] * p[b, j]",
    ),
    (
        "for b\n  e = 0\n  for j in 1..J\n    e += p[b, j]\n  Z.grad[b] = e",
        "for b in 1..B: e[b] = 0\nfor b, j in 1..J: e[b] += p[b, j]\nfor b: Z.grad[b] = e[b]",
    ),
    (
        "for b, j:\ne[b] += p[b, j]\n\nfor b, j\ns.grad[b, j] = sum(k,\n  s[b, k])\n    + p[b, j]",
        "for b, j: e[b] += p[b, j]\nfor b, j: s.grad[b, j] = sum(k, s[b, k]) + p[b, j]",
    ),
    (
        "e = 0; n = 0.0\nfor b, j: e[b] += p[b, j]\nfor b, j: n += 1; s.grad[b, j] = e[b]",
        "n = 0\nfor b, j: e[b] += p[b, j]\nfor b, j: n += 1; s.grad[b, j] = e[b]",
    ),
    ("for all b, j: s.grad[b, j] = 1", "for b, j: s.grad[b, j] = 1"),
    ("e = 2; for b, j: s.grad[b, j] = e", "e = 2\nfor b, j: s.grad[b, j] = e"),
    (
        "for b: e = sum(k, p[b, k]);\n  for j: s.grad[b, j] = e * p[b, j];\nfor b:\n  f[b] = 1;",
        "for b in 1..B: e[b] = sum(k, p[b, k])\nfor b, j: s.grad[b, j] = e[b] * p[b, j]\n"
        "for b: f[b] = 1",
    ),
    (
        "for b, j: e[b] += p[b, j]\n  for b, j: s.grad[b, j] = e[b]",
        "for b, j: e[b] += p[b, j]\nfor b, j: s.grad[b, j] = e[b]",
    ),
    (
        "for b, j: s.grad[b, j] += p[b, j] *  # the first\n    p.grad[b, j]\n    - p[b, j]",
        "for b, j: s.grad[b, j] += p[b, j] * p.grad[b, j] - p[b, j]",
    ),
    (
        "for b:\n  e[b] = 0\n  for j if s[b, j] > 0:\n    e[b] += p[b, j]",
        "for b in 1..B: e[b] = 0\nfor b, j if s[b, j] > 0: e[b] += p[b, j]",
    ),
    (
        "for b if s[b, 1] > 0:\n  e = 0\n  for j if j > 1:\n    e += p[b, j]\n    n += 1\n"
        "  Z[b] = e",
        "for b in 1..B if s[b, 1] > 0: e[b] = 0\n"
        "for b, j if s[b, 1] > 0 and j > 1: e[b] += p[b, j]; n += 1\n"
        "for b if s[b, 1] > 0: Z[b] = e[b]",
    ),
    (
        "for b:\n  for j if j > 1:\n    e[b] += p[b, j]\n    for k in 1..J: t[b, k] += s[b, j]\n"
        "  Z[b] = e[b]",
        "for b, j if j > 1: e[b] += p[b, j]\nfor b, j, k in 1..J if j > 1: t[b, k] += s[b, j]\n"
        "for b: Z[b] = e[b]",
    ),
    (
        "for b:\n  if s[b, 1] > 0:\n    e[b] = 1\n    t[b] = 2\n  Z[b] = e[b] + t[b]",
        "for b if s[b, 1] > 0: e[b] = 1; t[b] = 2\nfor b: Z[b] = e[b] + t[b]",
    ),
    (
        "for b:\n  for j:\n    if s[b, j] > 0: e[b] += p[b, j]\n    if s[b, j] < 0:\n      n += 1",
        "for b, j if s[b, j] > 0: e[b] += p[b, j]\nfor b, j if s[b, j] < 0: n += 1",
    ),
    (
        "if s[1, 1] > 0:\n  n = 1\n  for b: e[b] += Z[b]",
        "if s[1, 1] > 0: n = 1\nfor b if s[1, 1] > 0: e[b] += Z[b]",
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
        "for b if e[b] < 1:\n  for j:\n    e[b] += p[b, j]",
        "for b:\n  n += 1\n  for j if n < 9:\n    n += 1\n    for k: n += s[b, k]",
        "for b:\n  if s[b, 1] > 0:\n  e[b] = 1",
        "for b:\n  e = 1\n  for j:\n    e = 0\n    for k:\n      e += p[b, k]\n    z[b] += e",
        "for b:\n",
        "for b:\nfor j:\n  e[b] += p[b, j]",
        "for b: \ue020\n e[b] = 1",
        "for b, j:\ne[b] += p[b, j]\ns.grad[b, j] += e[b]",
        "for b:\ne = 0\nfor j:\ne += p[b, j]\nfor j:\ns.grad[b, j] = e",
        "e = 1\nfor b, j: e[b] += p[b, j]",
        "for b: e[b] = 0; for c, j: s.grad[c, j] = p[c, j]",
        "for b, j: e[b] += p[b, j]\n    s.grad[b, j] += e[b]",
        "for b: e[b] = 0; for b, j: e[b] += p[b, j]",
    ],
)
def test_a_body_that_is_not_understood_is_refused(text: str) -> None:
    """Conditions that change on the way, three levels of loops, no body, private signs;
    what may or may not belong to the loop before it."""
    with pytest.raises(StudentError):
        read(text, given=read(FORWARD))
