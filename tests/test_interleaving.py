"""Loops beside statements, in loops beside statements: the program does what the text says.

The oracle is Python itself: each random text is written once in the notation and once as Python's
loops, and both are run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from fractions import Fraction
from random import Random
from typing import Any

import pytest
import randomprograms

from symgrad import StudentError, equivalent, read
from symgrad.evaluation.arithmetic import RATIONALS
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.values import Budget
from symgrad.program import Program
from symgrad.python.read import read_python

GIVEN = read("input a[N]\ninput b[N, M]")
SIZES = ({"N": 1, "M": 1}, {"N": 2, "M": 3}, {"N": 3, "M": 2})
RANGES = {"i": "N", "j": "M", "k": "N", "l": "2"}

PLACES = {
    "": ["e", "t", "Z[1]"],
    "i": ["Z[i]", "Y[i, 1]"],
    "j": ["X[j]"],
    "k": ["Z[k]"],
    "l": ["S[l]"],
    "ij": ["Y[i, j]"],
    "kj": ["Y[k, j]"],
}
HEAD = [
    "e = 0",
    "t = 0",
    "for i in 1..N: Z[i] = 0",
    "for j in 1..M: X[j] = 0",
    "for l in 1..2: S[l] = 0",
    "for i in 1..N, j in 1..M: Y[i, j] = 0",
]
READS = {"": ["a[1]"], "i": ["a[i]"], "k": ["a[k]"], "ij": ["b[i, j]"], "kj": ["b[k, j]"]}


def chosen(random: Random, rows: dict[str, list[str]], scope: str) -> str:
    return random.choice(
        [one for names, row in rows.items() if {*names} <= {*scope} for one in row]
    )


def statement(random: Random, scope: str) -> str:
    target = chosen(random, PLACES, scope)
    op = random.choice(["=", "+=", "+=", "-="])
    value = chosen(random, random.choice([PLACES, READS, READS]), scope)
    if random.random() < 0.4:
        value += f" * {chosen(random, READS, scope)}"
    return f"{target} {op} {value} + {random.randint(1, 9)}"


def condition(random: Random, scope: str) -> str:
    """What is asked in each round: about indices, what is given, or what is written."""
    index = random.choice(scope)
    asked = [f"{index} != 1", f"{index} <= {random.choice(scope + '2')}"]
    rows = random.choice([READS, READS, PLACES])
    asked += [f"{chosen(random, rows, scope)} {random.choice('<>')} {random.randint(-2, 4)}"]
    return random.choice(asked)


def block(
    random: Random, scope: str, depth: int, indent: str = "", conditions: float = 0
) -> list[str]:
    """The lines of a loop with statements and loops in it, some of them under conditions."""
    name = random.choice([index for index in RANGES if index not in scope])
    guarded = bool(conditions) and random.random() < conditions
    written = name in "kl" or guarded or random.random() < 0.5  # as k alone is nowhere else
    head = f"{indent}for {name}{f' in 1..{RANGES[name]}' if written else ''}"
    scope, indent = scope + name, indent + "  "
    lines = [f"{head} if {condition(random, scope)}:" if guarded else f"{head}:"]
    for _ in range(random.randint(1, 3)):
        if conditions and random.random() < conditions / 4:
            lines.append(f"{indent}if {condition(random, scope)}:")
            lines += [f"{indent}  {statement(random, scope)}" for _ in range(random.randint(1, 2))]
        elif depth and len(scope) < 3 and random.random() < 0.6:
            lines += block(random, scope, depth - 1, indent, conditions)
        else:
            lines.append(indent + statement(random, scope))
    return lines


def text(random: Random) -> list[str]:
    """What is read is also written, before all else."""
    return [*HEAD, *block(random, "", 2)]


def as_python(lines: list[str]) -> str:
    """Python's loops over arrays that are functions of places."""
    found = []
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        head, colon, rest = line.partition(":")
        if not colon:
            found.append(line)
            continue
        head, asks, asked = head.partition(" if ")
        if not asks and head.lstrip().startswith("if"):
            found.append(line)
            continue
        for name in re.findall(r"\b[ijkl]\b", head):
            found.append(f"{indent}for {name} in range(1, {RANGES[name]} + 1):")
            indent += " "
        found += [f"{indent}if {asked}:"] if asks else []
        found += [indent + " " * bool(asks) + rest] if rest else []
    return "\n".join(found)


def run(lines: list[str], sizes: dict[str, int]) -> dict[str, dict[Any, Fraction]]:
    """What Python computes, without the zeros; numbers stand at the place ()."""
    arrays: dict[str, Any] = {name: defaultdict(Fraction) for name in "SXYZ"}
    for name, cells in randomprograms.values(sizes, Random(0)).items():
        arrays[name] = {(p if len(p) > 1 else p[0]): value for p, value in cells.items()}
    exec(as_python(lines), {**sizes}, arrays)
    found = {n: {(): arrays[n]} if n in "et" else arrays[n] for n in "etSXYZ"}
    return {name: {p: v for p, v in cells.items() if v != 0} for name, cells in found.items()}


def test_random_texts_do_what_python_does() -> None:
    """Whatever they reset, carry, overwrite and read before its time."""
    deep = together = 0
    for seed in range(120):
        lines = text(Random(f"interleaved {seed}"))
        program = read("\n".join(lines), given=GIVEN)
        deep += any(line.startswith("    for") for line in lines)
        together += "where(" in str(program)
        assert_runs_as_python(program, lines, str(seed))
    assert deep > 20 and together > 20


def test_random_texts_under_conditions_do_what_python_does() -> None:
    """Wherever the conditions stand; one that its own loop changes may be refused."""
    beside = refused = 0
    for seed in range(100):
        random = Random(f"conditions {seed}")
        lines = [*HEAD, *block(random, "", 2, conditions=0.6)]
        try:
            program = read("\n".join(lines), given=GIVEN)
        except StudentError as error:
            assert re.search("changes what its condition|depend on each other", error.message)
            refused += 1
            continue
        beside += any(" if " in line and line.startswith("  for") for line in lines)
        assert_runs_as_python(program, lines, str(seed))
    assert beside > 30 and refused < 20


def assert_runs_as_python(program: Program, lines: list[str], seed: str) -> None:
    """The program computes what the lines do as Python's loops."""
    for sizes in SIZES:
        try:
            state = evaluate(program, sizes, randomprograms.values(sizes, Random(0)), RATIONALS)
        except Budget:
            continue  # six loops of which a statement runs in few rounds
        for name, cells in run(lines, sizes).items():
            mine = {
                p if len(p) != 1 else p[0]: Fraction(str(v))
                for p, v in state.get(name, {}).items()
                if v != 0
            }
            assert mine == cells, f"{name} at {sizes}, seed {seed}\n" + "\n".join(lines)


FORWARD = """
input X[N, K]
input W[K, M]
input V[M, C]
input c[C]
output Y
for n, k, m: Z[n, m] += X[n, k] * W[k, m]
for n, m: H[n, m] = tanh(Z[n, m])
for n, c2: Y[n, c2] += c[c2]
for n, c2, m: Y[n, c2] += H[n, m] * V[m, c2]
"""
BACKWARD = """
for n:
  for l:
    e = Y.grad[n, l]
    c.grad[l] += e
    for m:
      V.grad[m, l] += H[n, m] * e
      {t} += V[m, l] * e
  for m:
    d = {t} * (1 - H[n, m]^2)
    for k:
      W.grad[k, m] += X[n, k] * d
      X.grad[n, k] += W[k, m] * d
"""
TARGETS = ["c.grad", "V.grad", "W.grad", "X.grad"]


def test_a_backward_pass_in_one_loop_over_the_samples_is_proved() -> None:
    right = read(BACKWARD.format(t="t[n, m]"), given=read(FORWARD))
    whole = """
    for n, l: c.grad[l] += Y.grad[n, l]
    for n, m, l: V.grad[m, l] += H[n, m] * Y.grad[n, l]
    for n, m, l: H.grad[n, m] += V[m, l] * Y.grad[n, l]
    for n, k, m: W.grad[k, m] += X[n, k] * H.grad[n, m] * (1 - H[n, m]^2)
    for n, k, m: X.grad[n, k] += W[k, m] * H.grad[n, m] * (1 - H[n, m]^2)
    """
    assert equivalent(right, whole, given=FORWARD, targets=TARGETS).proof
    slip = read(BACKWARD.format(t="t[m]"), given=read(FORWARD))
    found = equivalent(slip, whole, given=FORWARD, targets=TARGETS)
    assert found.witness is not None and found.witness.extents["N"] > 1


def test_an_accumulator_that_is_not_reset_is_refuted() -> None:
    given = "input p[B, J]\ninput g[B, J]"
    body = "  for j: e += g[b, j] * p[b, j]\n  for j: y[b, j] = p[b, j] * (g[b, j] - e)"
    right = "for b, j: y[b, j] = p[b, j] * (g[b, j] - sum(k, g[b, k] * p[b, k]))"
    reset = equivalent(f"for b:\n  e = 0\n{body}", right, given=given, targets=["y"])
    never = equivalent(f"e = 0\nfor b:\n{body}", right, given=given, targets=["y"])
    assert reset.status == "equal" and never.status == "different"


@pytest.mark.parametrize("loop", ["k in 1..i-1", "k in 2..N"])
def test_a_loop_that_may_have_no_round_is_refused(loop: str) -> None:
    """Then nothing would tell when what stands beside it is to run."""
    body = f"for i in 1..N:\n  t += a[i]\n  for {loop}: t += a[k]\n  y[i] = t"
    with pytest.raises(StudentError, match="these statements depend on each other"):
        read(body, given=GIVEN)
    assert read(body.replace(loop, "k in 1..i"), given=GIVEN)


@pytest.mark.parametrize("loop", ["k in i..2", "k in 1..i-1"])
def test_what_a_round_may_not_write_is_not_its_own(loop: str) -> None:
    """In a round of no round of k, e is what it was before."""
    text = f"for i in 1..N:\n  for {loop}: e = a[k]\n  Z[i] = e"
    with pytest.raises(StudentError, match="these statements depend on each other"):
        read(text, given=GIVEN)
    assert read(text.replace(loop, "k in 1..i"), given=GIVEN)


UNDER = "input x[H]\ninput K[h]\ninput s[B, J]\ninput w[J]\ninput y in 1..J\nassume H >= h\n" + (
    "output Z\noutput C\nfor b, j if s[b, j] > 0: Z[b] += s[b, j]*w[j]\n"
    "for i in 1..H-h+1, l: C[i] += x[i+l-1]*K[l]"
)

SCATTERED = "for i in 1..H-h+1, l: x.grad[i+l-1] += K[l]*C.grad[i]"

CONDITIONS = [
    (
        "for b:\n  t = 0\n  for j if s[b, j] > 0: t += s[b, j]*w[j]\n  out[b] = t*Z.grad[b]",
        "for b in 1..B: out[b] = Z.grad[b]*sum(j, relu(s[b, j])*w[j])",
        ("t = 0", "t = w[1]"),
    ),
    (
        "for b:\n  for j if s[b, j] > 0:\n    w.grad[j] += s[b, j]*Z.grad[b]\n"
        "    s.grad[b, j] += w[j]*Z.grad[b]\n  n[b] = 1",
        "for b, j: w.grad[j] += relu(s[b, j])*Z.grad[b]\n"
        "for b, j: s.grad[b, j] = [s[b, j] > 0]*w[j]*Z.grad[b]",
        ("s[b, j] > 0", "s[b, j] > 1"),
    ),
    (
        "for p in 1..H:\n  t = 0\n  for i in 1..H-h+1 if 0 <= p-i <= h-1: t += K[p-i+1]*C.grad[i]\n"
        "  x.grad[p] = t",
        SCATTERED,
        ("0 <= p-i", "1 <= p-i"),
    ),
    (
        "for p in 1..H:\n  t = 0\n  for i in 1..H-h+1:\n    if 0 <= p-i <= h-1:\n"
        "      t += K[p-i+1]*C.grad[i]\n  x.grad[p] = t",
        SCATTERED,
        ("i in 1..H-h+1", "i in 2..H-h+1"),
    ),
    (
        "for b:\n  t = 0\n  for j if j != y: t += s[b, j]\n  out[b] = t + s[b, y]",
        "for b: out[b] = sum(j, s[b, j])",
        ("j != y", "j < y"),
    ),
    (
        "for b:\n  m = s[b, 1]\n  for j:\n    if s[b, j] > m: m = s[b, j]\n  out[b] = m",
        "for b: out[b] = max(j, s[b, j])",
        ("> m", "< m"),
    ),
    (
        "for b:\n  if s[b, 1] > 0:\n    t = s[b, 1]\n    out[b] = t*t\n  out[b] += 1",
        "for b: out[b] = 1 + relu(s[b, 1])^2",
        ("t*t", "t"),
    ),
]


@pytest.mark.parametrize(("text", "right", "slip"), CONDITIONS)
def test_conditions_beside_statements_are_proved(
    text: str, right: str, slip: tuple[str, str]
) -> None:
    """And refuted where a condition, a range or a value is another."""
    given = read(UNDER)
    targets = read(right, given=given).written
    assert equivalent(text, right, given=given, targets=targets).proof
    wrong = text.replace(*slip)
    assert equivalent(wrong, right, given=given, targets=targets).status == "different"


SHORT = {
    "an array": ("h = x\nfor k in 1..3: h = A @ h\nout = h", "out = A @ (A @ (A @ x))"),
    "an input": ("for k in 1..2: x = A @ x\nout = x", "out = A @ (A @ x)"),
    "loops in it": (
        "h = x\nfor k in 1..2:\n  for i: g[i] = 0\n  for i, j: g[i] += A[i, j]*h[j]\n"
        "  for i: h[i] = tanh(g[i])\nout = h",
        "out = tanh(A @ tanh(A @ x))",
    ),
    "the round as a number": (
        "h = x\nfor k in 1..2: h = k*(A @ h) + x\nout = h",
        "out = 2*(A @ (A @ x + x)) + x",
    ),
    "a short loop in a loop": (
        "for n:\n  h = x\n  for k in 1..2: h = A[n, :]*h + x\n  out += h",
        "for i, n: out[i] += A[n, i]*(A[n, i]*x[i] + x[i]) + x[i]",
    ),
    "short loops in a short loop": (
        "h = x\nfor k in 1..2:\n  for l in 1..2: h = A @ h\n  for l in 1..2: h = h + x\nout = h",
        "out = A @ (A @ (A @ (A @ x) + 2*x)) + 2*x",
    ),
}


@pytest.mark.parametrize("name", SHORT)
def test_the_rounds_of_a_short_loop_that_carries_an_array_are_proved(name: str) -> None:
    given = "input A[N, N]\ninput x[N]"
    carried, written_out = SHORT[name]
    assert equivalent(carried, written_out, given=given, targets=["out"]).proof
    once_less = carried.replace("1..2", "1..1").replace("1..3", "1..2")
    assert equivalent(once_less, written_out, given=given, targets=["out"]).status == "different"


IN_PYTHON = {
    "a copy": (
        "h = x.copy()\n    for k in range(3): h = A @ h\n    return h",
        "out = A @ (A @ (A @ x))",
    ),
    "loops in it": (
        "h = x\n    for k in range(2):\n        g = np.zeros(len(x))\n"
        "        for i in range(len(x)):\n"
        "            for j in range(len(x)): g[i] += A[i, j]*h[j]\n"
        "        h = np.tanh(g)\n    return h",
        "out = tanh(A @ tanh(A @ x))",
    ),
    "short loops beside each other in a short loop": (
        "h = x\n    for k in range(2):\n"
        "        for l in range(2): h = A @ h\n"
        "        for l in range(3): h = h + (k + 1)*x\n    return h",
        "out = A @ (A @ (A @ (A @ x) + 3*x)) + 6*x",
    ),
}


@pytest.mark.parametrize("name", IN_PYTHON)
def test_short_loops_in_python_are_proved(name: str) -> None:
    body, written_out = IN_PYTHON[name]
    given = read("input A[N, N]\ninput x[N]\noutput out\nfor i: out[i] = x[i]")
    program = read_python(f"def answer(A, x):\n    {body}", given, ("out",))
    assert equivalent(program, written_out, given=given, targets=["out"]).proof
    other = f"{written_out} + A @ x"
    assert equivalent(program, other, given=given, targets=["out"]).status == "different"
