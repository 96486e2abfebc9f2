"""What every round of a loop leaves as it found it gets an element for each round.

The oracle is Python: each random text is written once in the notation and once as Python's loops.
"""

from __future__ import annotations

from random import Random

import pytest
from test_interleaving import GIVEN, assert_runs_as_python

from symgrad import StudentError, equivalent, read
from symgrad.python.read import read_python
from symgrad.separation.restored import restored

NUMBERS = [("t = 0", "t = 0"), ("t = 1", "t = 1"), ("t = a[1]", "t = a[1]"), ("", "t = 0")]
ROWS = [
    ("for j in 1..M: X[j] = 0", "for j: X[j] = 0"),
    ("for j in 1..M: X[j] = 1", "for j: X[j] = 1"),
    ("", "for j: X[j] = 0"),
]
"""What stands before the loop and at the end of its rounds."""

WRONG = [("t = 1", "t = 0"), ("t = 0\nt += a[1]", "t = 0"), ("t = a[1]", "t = a[i]")]
WRONG += [("t = 0", "if a[i] > 1: t = 0"), ("t = 0", ""), ("t = 1", "t = 0\n  t += 1")]
WRONG_ROWS = [(start, end.replace("for j", "for j if j != 1")) for start, end in ROWS]
WRONG_ROWS += [("for j in 1..M if j != 1: X[j] = 1", "for j: X[j] = 1"), ("", "")]

USES = [
    "t += {v}",
    "t = t*2 + {v}",
    "t *= {v}",
    "Z[i] += t",
    "Z[i] = t + {v}",
    "Z[1] = t",
    "for j: t += b[i, j]*X[j]",
    "for j: X[j] += b[i, j]",
    "for j if b[i, j] > 0: X[j] = {v} + t",
    "for j: Y[i, j] = X[j] + t",
    "for j: Z[i] += X[j]",
    "if a[i] > 1: t += {v}",
]


def text(random: Random) -> list[str]:
    """A loop that uses a number and a row, and gives them values before and at its end."""
    body = random.choices(USES, k=random.randint(2, 4))
    starts = []
    for right, wrong in ((NUMBERS, WRONG), (ROWS, WRONG_ROWS)):
        start, end = random.choice(wrong if random.random() < 0.3 else right)
        starts.append(start)
        body.append(end)
    body += [random.choice(USES)] if random.random() < 0.1 else []
    body = [line.format(v=random.choice(["a[i]", "2", "b[i, 1]"])) for line in body]
    head = random.choice(["for i in 1..N:", "for i in 1..N:", "for i in 1..N if a[i] < 2:"])
    before = ["e = 0", "for l in 1..2: S[l] = 0", "for i in 1..N: Z[i] = 0"]
    before += ["for i in 1..N, j in 1..M: Y[i, j] = 0", *starts, head]
    lines = "\n".join(line for line in before if line).split("\n")
    return [*lines, *(f"  {line}" for line in body if line), "e = t"]


def test_random_loops_leave_what_python_leaves() -> None:
    changed = 0
    for seed in range(100):
        lines = text(Random(f"restored {seed}"))
        try:
            program = read("\n".join(lines), given=GIVEN)
        except StudentError as error:
            assert error.kind == "name" or "depend on each" in error.message, "\n".join(lines)
            continue
        found = restored(program)
        changed += found is not program
        assert_runs_as_python(found, ["t = 0", *lines], str(seed))
    assert changed > 40


SUMS = "for i: out[i] = sum(j, b[i, j])"

PROVED = {
    "a number": ("s = 0\nfor i:\n  for j: s += b[i, j]\n  out[i] = s\n  s = 0", SUMS),
    "a number that begins at 0": ("for i:\n  for j: s += b[i, j]\n  out[i] = s\n  s = 0", SUMS),
    "another value": (
        "s = a[1]\nfor i: s += a[i]^2; out[i] = s; s = a[1]",
        "for i: out[i] = a[1] + a[i]^2",
    ),
    "a row": (
        "for i:\n  for j: e[j] += b[i, j]*a[i]\n  out[i] = sum(j, e[j]^2)\n  for j: e[j] = 0",
        "for i: out[i] = sum(j, b[i, j]^2)*a[i]^2",
    ),
    "a row of ones": (
        "for j in 1..M: e[j] = 1\nfor i:\n  for j: e[j] += b[i, j]\n  out[i] = sum(j, e[j])\n"
        "  for j: e[j] = 1",
        "for i: out[i] = M + sum(j, b[i, j])",
    ),
    "an element of each row": (
        "for i, j: s[i] += b[i, j]; out[i, j] = s[i]^2; s[i] = 0",
        "for i, j: out[i, j] = b[i, j]^2",
    ),
    "a sum that is read on the way": (
        "for i:\n  for j:\n    s += b[i, j]\n    out[i, j] = s\n  s = 0",
        "for i in 1..N, j in 1..M: out[i, j] = sum(k in 1..j, b[i, k])",
    ),
    "some rounds": (
        "for i if a[i] > 0:\n  for j: s += b[i, j]\n  out[i] = s\n  s = 0",
        "for i: out[i] = [a[i] > 0]*sum(j, b[i, j])",
    ),
    "a triangle": (
        "for i in 1..N:\n  for k in 1..i: s += a[k]\n  out[i] = s\n  s = 0",
        "for i in 1..N: out[i] = sum(k in 1..i, a[k])",
    ),
    "two numbers": (
        "for i:\n  for j: s += b[i, j]; n += 1\n  out[i] = s/n\n  s = 0; n = 0",
        "for i: out[i] = sum(j, b[i, j])/M",
    ),
    "one loop after another": (
        "for i: s += a[i]; t[i] = s^2; s = 0\nfor i: s += t[i]; out[i] = s; s = 0",
        "for i: out[i] = a[i]^2",
    ),
    "what is left": ("for i: s += a[i]; z[i] = s; s = 0\nout = s", "out = 0"),
}


@pytest.mark.parametrize("name", PROVED)
def test_what_ends_every_round_is_proved(name: str) -> None:
    """And refuted where the rounds end with another value than they began with."""
    text, right = PROVED[name]
    assert equivalent(text, right, given=GIVEN, targets=["out"]).proof
    for end in ("s = 0", "s = a[1]", "e[j] = 0", "e[j] = 1", "s[i] = 0"):
        before, found, behind = text.rpartition(end)
        if found and name not in ("two numbers", "an element of each row", "what is left"):
            other = f"{before}{found} + 1{behind}"
            assert equivalent(other, right, given=GIVEN, targets=["out"]).status == "different"


def test_a_loop_in_python_that_ends_its_rounds_is_proved() -> None:
    """Of a number that starts outside of the loop."""
    given = read(f"input a[N]\ninput b[N, M]\noutput out\n{SUMS}")
    lines = [
        "def answer(b):",
        "    out = np.zeros(len(b))",
        "    s = 0",
        "    for i in range(len(b)):",
    ]
    lines += ["        for j in range(b.shape[1]):", "            s += b[i, j]"]
    lines += ["        out[i] = s", "        s = 0", "    return out"]
    program = read_python("\n".join(lines), given, ("out",))
    assert equivalent(program, SUMS, given=given, targets=["out"]).proof
    wrong = read_python(
        "\n".join(lines).replace("  s = 0\n    return", "  s = 1\n    return"), given, ("out",)
    )
    assert equivalent(wrong, SUMS, given=given, targets=["out"]).status == "different"
