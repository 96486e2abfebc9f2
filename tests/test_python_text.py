"""Python texts from strangers: nothing runs, and whatever is not read is one clear message."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad import StudentError, equivalent, read
from symgrad.program import Program
from symgrad.python.read import read_python

FORWARD = read("input x[N]\ninput A[N, M]\noutput z\nfor i: z[i] = x[i]^2")


def result(text: str) -> Program:
    return read_python(text, FORWARD, ["x.grad"])


def message(text: str) -> StudentError:
    with pytest.raises(StudentError) as caught:
        result(text)
    return caught.value


def test_names_of_what_is_computed_are_read_back() -> None:
    """`dc` beside `c` is no gradient of it: the program is legal notation."""
    program = result("c = x * 2\ndc = c + x\nc = dc * x\ndx = dc * c")
    assert read(str(program), given=FORWARD) == program


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("dx = q", "name", "q is not known"),
        ("def f(q): return q", "name", "the parameter q is no array of the exercise"),
        ("dx = A @ x", "shape", "the product of N x M and N does not exist"),
        ("dx = A.T @ x", "shape", "x.grad is N, the result is M"),
        ("dx = A.sum(axis=2)", "shape", "there is no axis 2"),
        ("dx = x[0, 1]", "shape", "2 indices for an array with 1 axis"),
        ("dx = x * x[N]", "shape", "leaves its axis"),
        ("dx = x[1:] * x[:-1]", "shape", "x.grad is N, the result is N - 1"),
        ("dx = x.copy()\ndx[:] = A", "shape", "the left side is N, the value is N x M"),
        ("dx = A.reshape(-1)", "shape", "x.grad is N, the result is N*M"),
        ("dx = A.T.reshape(-1) @ A.reshape(-1) * x", "syntax", "stand in another order than"),
        ("dx = A.reshape(M, 2)[0]", "shape", "N x M is not read as M x 2"),
        ("dx = np.concatenate([x, A])", "shape", "arrays of different ranks"),
        ("dx = np.concatenate([A, A[1:, 1:]])", "shape", "N x M and N - 1 x M - 1 do not fit"),
        ("dx = np.concatenate(x)", "syntax", "takes a list of arrays"),
        ("dx = x * np.arange()", "syntax", "arange has too few arguments"),
        (
            "k = 0\ndx = np.zeros(N * M)\nfor i in range(N):\n    for j in range(M):\n"
            "        dx[k:] = 1\n        k += 1",
            "limit",
            "the slice i * M + j - M - 1:M * N may leave its axis of M * N",
        ),
        (
            "k = 0\nfor i in range(N):\n    for j in range(M):\n        dx = x[k:]\n        k += 1",
            "limit",
            "may leave its axis",
        ),
        ("dx = np.pad(x, (1, 2, 3))", "shape", "3 widths for the two ends"),
        ("dx = np.pad(x, 1 - N)[0] * x", "shape", "the width 1 - N may be negative"),
        ("dx = x * len(x[x > 0])", "syntax", "x[mask] is not read here"),
        ("dx = x * x[x > 0][0]", "syntax", "x[mask] is not read here"),
        ("dx = x * (x[x > 0] @ x[x > 0])", "syntax", "x[mask] is not read here"),
        ("dx = np.concatenate([x[x > 0], x])", "syntax", "x[mask] is not read here"),
        ("dx = x * ((x > 0) + (x > 1))", "syntax", "a sum of conditions is no number"),
        ("dx = x * np.linalg.norm(A, 2)", "syntax", "largest singular value"),
        ("dx = np.full(N, 0)\ndx[:] = x / 2", "syntax", "others would be rounded"),
        ("dx = np.array([0] * N)\ndx += x", "syntax", "others would be rounded"),
        ("dx = x + np.empty_like(x)", "syntax", "what happens to be in memory"),
        ("dx = np.tensordot(A, A, 1)[0] * x", "shape", "has two extents"),
        ("x = 1\ndy = x", "name", "nothing here is x.grad"),
        ("def f(x):\n    dx = 2 * x", "name", "this function returns nothing"),
        ("def f(x): return 2*x\ndef g(x): return 3*x", "name", "which function is the answer"),
        ("def f(x) return 2*x", "syntax", "this is not Python: expected ':'"),
        ("dx = 2 * x)", "syntax", "unmatched ')'"),
        ("dx = x^2", "syntax", "^ is not a power in Python"),
        ("for i, v in enumerate(x): dx = v", "shape", "x.grad is N, the result is a number"),
        ("for v in x[0]: dx = v", "syntax", "a loop over a number is not read"),
        ("for i in zip(x, A.T): dx = i", "shape", "zip of N and M items"),
        ("for i, v in zip(x, x, x): dx = i", "shape", "2 names for 3 values"),
        ("g = []\nfor i in range(N):\n  if i: g.append(x[i])\ndx = g", "syntax", "g is added to"),
        ("dx = [v for v in x] + [v for v in x]", "syntax", "two lists are not calculated with"),
        ("dx = [x[0], x[1]] * 2", "syntax", "a list times a number repeats it"),
        ("dx = np.sum(x, where=x > 0)", "syntax", "sum with where= is not read"),
        ("dx = max(A)", "syntax", "max of an array of several axes"),
        ("dx = x.astype(int)", "syntax", "a number that may not be whole is not rounded"),
        ("dx = np.array(x, dtype=np.int64)", "syntax", "whole numbers would be rounded"),
        ("while True: dx = x", "syntax", "`while` is read where it counts"),
        ("if x > 0: dx = x", "syntax", "`if` of a whole array"),
        ("dx = x if x > 0 else 0", "syntax", "a choice by a whole array"),
        ("dx = 0 < x < 1", "syntax", "a chain of comparisons of arrays"),
        ("dx = (x > 0) and x", "syntax", "`and` and `or` of arrays"),
        ("dx = np.empty(N)\ndx += x", "syntax", "starts with what happens to be in memory"),
        ("dx = np.cumsum(x)", "syntax", "cumsum is not read"),
        ("dx = x * np.random.randn(N)", "syntax", "random"),
        ("def f(x):\n    for i in range(N):\n        return x", "syntax", "`return` within a loop"),
        ("def f(x):\n    if x[0] > 0:\n        return x", "syntax", "one returns nothing"),
        ("def f(x):\n    for i in (0, 1):\n        return x", "syntax", "`return` within a loop"),
        (
            "def f(x):\n    if x[0] > 0:\n        x[0] = 0\n        return x\n    return 2 * x",
            "syntax",
            "this changes what its own condition asks about",
        ),
        (
            "u = A.copy()\ng = []\nfor i in range(N): g.append(u[i])\nu[0, 0] = 9\ndx = sum(g)",
            "syntax",
            "g may share its memory",
        ),
        (
            "u = 0 * x\ng = []\nfor v in x:\n  u += v\n  g.append(u)\ndx = sum(g)",
            "syntax",
            "g may share its memory",
        ),
        (
            "u = A.copy()\ng = [r for r in u]\nu[0, 0] = 9\ndx = sum(g)",
            "syntax",
            "g may share its memory",
        ),
        ("m = x > 0\nx[0] = 1\ndx = x * m", "syntax", "has changed since m was computed"),
        ("for i in range(1, N):\n    t = x[i]\ndx = x * t", "name", "may have no round"),
        ("import os\ndx = os.x", "name", "os comes from os, which is not read"),
        ("dx = eval('x')", "syntax", "answers are read, never run"),
        ("dx = x.__class__", "syntax", ".__class__ is not read"),
        ("@trace\ndef f(x): return x", "syntax", "this decorator is not read"),
        ("def f(*x): return x", "syntax", "* before a parameter"),
        ("dx = x.grad2", "syntax", ".grad2 is not read"),
        ("dx = 'x'", "syntax", "a number or an array is expected"),
        ("dx = x[x]", "syntax", "an index must be a whole number"),
        ("dx = x * N // 2", "syntax", "not whole"),
    ],
)
def test_what_is_wrong_is_said(text: str, kind: str, said: str) -> None:
    error = message(text)
    assert (error.kind, said in str(error)) == (kind, True), str(error)


def test_a_message_points_at_its_place_in_characters() -> None:
    error = message('"""β"""\nμ = 1; dx = x + q')
    assert (error.line, error.column, error.source) == (2, 17, "μ = 1; dx = x + q")


LARGE = {
    "signs": "-" * 19_000 + "1",
    "nots": "not " * 4_900 + "x",
    "attributes": "a." * 9_900 + "a",
    "lambdas": "lambda:" * 2_800 + "1",
    "sums": "a+" * 9_900 + "a",
    "calls": "a" + "()" * 9_900,
    "digits": "1" * 19_000,
    "hexadecimal": "0x" + "f" * 19_000,
    "exponent": "dx = 1e99999",
    "comparisons": "a<" * 9_000 + "a",
    "targets": "a=" * 9_900 + "a",
    "brackets": "(" * 300,
    "characters": "x" * 20_001,
    "tower": "dx = 9**9**9**9 * x",
    "powers": "a = 10\n" + "a = a**10\n" * 20 + "dx = a * x",
    "products": "a = 999999999999\n" + "a = a * a\n" * 60 + "dx = a * x",
    "recursion": "def f(t): return f(t)\ndx = f(x)",
    "calls of calls": "f = lambda t: t * t + t * t\ndx = " + "f(" * 60 + "x" + ")" * 60,
    "loops": "".join(" " * n + f"for i{n} in range(N):\n" for n in range(14)) + " " * 14 + "dx = 1",
    "statements": "dx = x\n" + "dx = dx + x\n" * 900,
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_large_texts_are_refused_before_they_cost_anything(text: str) -> None:
    assert message(text).kind == "limit"


ATTACKS = (
    "open({0!r}, 'w')",
    "__import__('os').system('touch {0}')",
    "().__class__.__bases__[0].__subclasses__()",
    "import os\nos.system('touch {0}')",
    "dx = [open({0!r}, 'w') for i in range(N)]",
    "def f(x, y=open({0!r}, 'w')): return x",
    "def f(x: open({0!r}, 'w')): return x",
    "class A(open({0!r}, 'w')):\n    def backward(self, x): return x",
    "@(lambda f: open({0!r}, 'w'))\ndef f(x): return x",
    "dx = f'{{open({0!r}, chr(119))}}'",
    "exec('open({0!r}, chr(119))')\ndx = x",
    "np.save({0!r}, x)\ndx = x",
    "x.tofile({0!r})\ndx = x",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_text_runs(attack: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    with suppress(StudentError):
        result(attack.format(str(canary)))
    assert not canary.exists()


def test_reading_never_compiles_or_executes() -> None:
    """Python's own audit of `exec` and `compile` sees nothing but the parser."""
    code = """
import ast, sys
from symgrad import read
from symgrad.python.read import read_python
given = read("input x[N]\\noutput z\\nfor i: z[i] = x[i]^2")
text = "import numpy as np\\ndef f(x, dz): return 2 * np.exp(x) * dz"
read_python(text, given, ["x.grad"])
seen = []
sys.addaudithook(lambda event, found: seen.append((event, found)))
read_python(text.replace("2", "3"), given, ["x.grad"])
compiled = [found for event, found in seen if event == "compile"]
assert len(compiled) == 1, compiled          # ast.parse, which makes no code
assert not [event for event, _ in seen if event in ("exec", "import", "open", "os.system")], seen
"""
    subprocess.run([sys.executable, "-c", code], check=True)


PIECES = (
    "def f(x, dz):", "return", "for i in range(N):", "if x[i] > 0:", "dx", "x", "dz", "A", "[i]",
    "[:, None]", "[1:]", "=", "+=", "*", "@", "(", ")", "np.sum(", "axis=0", ",", "0", "1.5", "N",
    "\n", "\n    ", ".T", ".shape", "np.zeros(N)", "lambda t: t", "[", "]", "{", "}", ":", "is",
    "not", "'a'", "...", "else:", "continue", "np.argmax(x)", "len(x)", "\t", "é", "\0",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60))
@settings(deadline=None, max_examples=80)
def test_any_text_is_a_program_or_a_message(text: str) -> None:
    try:
        assert isinstance(result(text), Program)
    except StudentError as error:
        assert error.message and error.line >= 1 and error.column >= 1


PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.M | re.S)
PAGE_FORWARD = read(next(text for kind, text in BLOCKS if kind == "forward"))


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "python"])
def test_every_example_of_the_page_is_read_and_right(text: str) -> None:
    right = next(text for kind, text in BLOCKS if kind == "notation")
    program = read_python(text, PAGE_FORWARD, ["s.grad"])
    assert equivalent(program, right, given=PAGE_FORWARD, targets=["s.grad"]).status == "equal"


def test_the_page_shows_how_an_answer_is_read() -> None:
    text = next(text for kind, text in BLOCKS if kind == "python")
    shown = next(text for kind, text in BLOCKS if kind == "notation")
    assert str(read_python(text, PAGE_FORWARD, ["s.grad"])) == shown.strip()


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("dx = np.array([2 * v for v in x])", "dx = 2 * x"),
        ("dx = np.zeros(N)\nfor i, v in enumerate(x): dx[i] = v * v", "dx = x**2"),
        (
            "dx = np.zeros(N)\nfor i, v in enumerate(x, start=1): dx[i - 1] = i * v",
            "dx = x*(1+np.arange(N))",
        ),
        ("dx = np.array([a * b for a, b in zip(x, A.sum(1))])", "dx = x * A.sum(axis=1)"),
        (
            "dx = np.zeros(N)\nfor i, row in zip(range(N), A): dx[i] = row.sum()",
            "dx = A.sum(axis=1)",
        ),
        (
            "dx = np.zeros(N)\nfor i, j in np.ndindex(A.shape): dx[i] += A[i, j]",
            "dx = A.sum(axis=1)",
        ),
        ("dx = np.zeros(N)\nfor (i, j), v in np.ndenumerate(A): dx[i] += v", "dx = A.sum(axis=1)"),
        ("g = []\nfor row in A: g.append(row.sum())\ndx = np.array(g)", "dx = A.sum(axis=1)"),
        (
            "g = []\nfor i in range(N):\n  r = []\n  for j in range(M):\n"
            "    r.append(A[i, j] * x[i])\n  g.append(r)\ndx = np.array(g).sum(axis=1)",
            "dx = x * A.sum(axis=1)",
        ),
        ("dx = x * sum(A[i, j] for i in range(N) for j in range(M))", "dx = x * np.sum(A)"),
        (
            "dx = x * sum(A[i, j] for i in range(N) for j in range(M) if j > i)",
            "dx = x * np.sum(A * (np.arange(M) > np.arange(N)[:, None]))",
        ),
        ("dx = sum(A.T)", "dx = A.sum(axis=1)"),
        ("dx = sum(A.T, x)", "dx = x + A.sum(axis=1)"),
        ("from numpy import *\ndx = x * sum(A)", "dx = x * np.sum(A)"),
        ("e = [0] * N\nfor i in range(N):\n  e[i] += x[i]\ndx = np.array(e)", "dx = x"),
        ("e = [3] * N\ndx = np.array(e) * x", "dx = 3 * x"),
        ("dx = np.zeros(N)\nfor c in (1, 2, 3): dx += c * x", "dx = 6 * x"),
        (
            "d = {'a': x, 'b': 2 * x}\ndx = np.zeros(N)\nfor k, v in d.items(): dx += v",
            "dx = 3 * x",
        ),
        ("dx = np.zeros(N)\nfor i in reversed(range(N)): dx[i] = x[i]", "dx = x"),
        (
            "y = x.copy()\nfor i, v in enumerate(y):\n  y[i] = 2 * v\n  y[i] += v\ndx = y",
            "dx = 3 * x",
        ),
        ("y = x.copy()\nfor row in (y,): row *= 2\ndx = y", "dx = 2 * x"),
        ("dx = x * (x > 0).astype(int)", "dx = np.where(x > 0, x, 0)"),
        ("dx = x * np.equal(x > 0, x > 1)", "dx = x * ((x > 0) == (x > 1))"),
        ("dx = x * np.greater(np.arange(N), x)", "dx = x * (np.arange(N) > x)"),
    ],
)
def test_loops_over_arrays_and_lists_mean_their_rounds(text: str, same: str) -> None:
    """A text with a loop and the same in whole arrays are equal for all sizes."""
    verdict = equivalent(result(text), result(same), given=FORWARD, targets=["x.grad"])
    assert verdict.status == "equal"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (
            "def d(v):\n  if v > 0:\n    return v\n  return 0\ndef f(x):\n"
            "  return np.array([d(v) for v in x])",
            "dx = np.where(x > 0, x, 0)",
        ),
        (
            "def d(i, j):\n  if i == j:\n    return 1\n  else:\n    return 0\ndef f(x):\n"
            "  dx = np.zeros(N)\n  for i in range(N):\n    for j in range(N):\n"
            "      dx[i] += d(i, j) * x[j]\n  return dx",
            "dx = x",
        ),
        (
            "def f(x):\n  if x[0] > 0:\n    with torch.no_grad():\n      return 2 * x\n  return x",
            "dx = np.where(x[0] > 0, 2 * x, x)",
        ),
        (
            "dx = np.zeros(N)\nfor i in range(N):\n  if x[i] > 0:\n    with torch.no_grad():\n"
            "      continue\n  dx[i] = x[i]",
            "dx = np.where(x > 0, 0, x)",
        ),
        (
            "def d(v):\n  if v > 1:\n    if v > 2:\n      return 2\n    w = 1\n  else:\n"
            "    w = 0\n  return w * v\ndef f(x):\n  return np.array([d(v) for v in x])",
            "dx = np.where(x > 2, 2, np.where(x > 1, x, 0))",
        ),
        ("def f(x):\n  if x.ndim == 1:\n    return 2 * x\n  return 3 * x", "dx = 2 * x"),
        ("def f(x):\n  if x[0] > 0:\n    return x\n  return -x", "dx = np.where(x[0] > 0, x, -x)"),
        ("def f(x):\n  if x[0] < 0:\n    raise ValueError('negative')\n  return x", "dx = x"),
        ("def f(cache):\n  x = cache\n  return x", "dx = x"),
        ("def f(x):\n  with torch.no_grad():\n    y = 2 * x\n  return y", "dx = 2 * x"),
        ("dx = x * np.heaviside(x, 1)", "dx = np.where(x >= 0, x, 0)"),
        ("dx = np.diagflat(x).sum(axis=0)", "dx = x"),
        ("dx = np.stack([x, 2 * x], axis=1).sum(axis=1)", "dx = 3 * x"),
        ("dx = x * x.size / N", "dx = x"),
        ("dx = np.repeat(x, 2).reshape(2 * N)[::2]", "dx = x"),
    ],
)
def test_results_that_depend_on_conditions(text: str, same: str) -> None:
    """A function may return early; what it then gives is a choice."""
    verdict = equivalent(result(text), result(same), given=FORWARD, targets=["x.grad"])
    assert verdict.status == "equal"
