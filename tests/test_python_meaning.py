"""What is read from random Python functions computes what NumPy computes by running them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pythonprograms import python_function

from symgrad import StudentError, read
from symgrad.evaluation.arithmetic import FLOATS
from symgrad.evaluation.evaluate import State, evaluate
from symgrad.program import Program
from symgrad.python.read import read_python

GIVEN = read("input x[N]\ninput y[N]\ninput A[N, M]\noutput z\nfor i: z[i] = x[i] * y[i]")
SIZES = ((3, 2), (2, 3), (1, 2))
ROUNDS = 40


def values(rows: int, columns: int) -> dict[str, np.ndarray]:
    random = np.random.RandomState(rows)
    return {
        "x": random.uniform(-2, 2, rows),
        "y": random.uniform(-2, 2, rows),
        "A": random.uniform(-1, 1, (rows, columns)),
        "dz": random.uniform(-2, 2, rows),
    }


def run(text: str, rows: int, columns: int) -> np.ndarray | None:
    """What NumPy gives; None where it gives nothing that can be compared."""
    space: dict[str, Any] = {"np": np}
    exec(text, space)  # this project's own text
    try:
        with np.errstate(all="ignore"):
            found = np.array(space["f"](*values(rows, columns).values()))
    except IndexError:
        return None
    return found if np.all(np.isfinite(found)) and np.abs(found).max() < 1e9 else None


def evaluated(program: Program, rows: int, columns: int) -> list[float]:
    given = {
        {"dz": "z.grad"}.get(name, name): {
            tuple(n + 1 for n in at): float(value) for at, value in np.ndenumerate(array)
        }
        for name, array in values(rows, columns).items()
    }
    after = evaluate(program, {"N": rows, "M": columns}, given, FLOATS)
    cells = after.get("x.grad", {})
    return [float(cells.get((n + 1,), 0)) for n in range(rows)]


@pytest.mark.parametrize("start", range(0, 6 * ROUNDS, ROUNDS))
def test_a_random_function_means_what_it_computes(start: int) -> None:
    """Or it is refused; most are read."""
    read_count = 0
    for seed in range(start, start + ROUNDS):
        text = python_function(seed)
        try:
            program = read_python(text, GIVEN, ["x.grad"])
        except StudentError:
            continue
        read_count += 1
        for rows, columns in SIZES:
            expected = run(text, rows, columns)
            if expected is not None:
                found = evaluated(program, rows, columns)
                assert found == pytest.approx(expected, rel=1e-7, abs=1e-7), f"seed {seed}\n{text}"
    assert read_count > ROUNDS / 3


BODIES = (
    "x = x * 2\n    def g(i):\n        return x[i]\n    return np.array([g(i) for i in range(N)])",
    "y = x + 1\n    g = lambda i: y[i]\n    return np.array([g(i) for i in range(N)])",
    "g = lambda v, w=x: v * w\n    x = x + 1\n    return g(x)",
    "def g(v):\n        def h():\n            return v * x\n        return h()\n    return g(y)",
    "return x * ((x > 0) * (y > 0))",
    "i, j = 0, 0\n    for k in range(N):\n        for l in range(M):\n"
    "            if A[k, l] < A[i, j]:\n                i, j = k, l\n"
    "    return x * i + y * j + A[i, j]",
    "i, m, t = 0, x[0], x[0]\n    for k in range(1, N):\n        if x[k] > m:\n"
    "            i, m, t = k, x[k], x[k]\n    return x * i + y * m * t",
    "m = -np.inf\n    for k in range(N):\n        if abs(x[k]) > m:\n            m = abs(x[k])\n"
    "            v, w = y[k], k\n    return x * m + v * w",
    "d = np.zeros(N)\n    for i in range(N):\n        m = A[i, 0] - 3\n"
    "        for a in A[i]:\n            m = min(a - 3, m)\n        d[i] = m\n    return d",
    "return np.convolve(x, y)[:N]",
    "return np.correlate(x, y, 'full')[N - 1:]",
    "return np.convolve(np.pad(x, (0, N - 1)), y, mode='valid')",
    "return np.convolve(x[:1], y, mode='valid') * np.correlate(x, y)",
    "return x * np.linalg.norm(A, axis=1) + np.linalg.norm(A, 'fro') + np.linalg.norm(y, 2)",
    "return x * np.where(x > -5, x, 0)[x > -5].mean()",
    "return x * np.vdot(A, A)",
    "d = [0] * N\n    for i in range(N):\n        d[i] = x[i] / 2\n    return np.array(d)",
    "d = np.full(N, 0.0)\n    d[0] = 0.5\n    return d",
    "d = np.full_like(x, 0)\n    d[0] = 0.5\n    return d",
    "d = np.zeros((N * M,))\n    for k in range(N * M):\n        d[k] = A[k // M, k % M]\n"
    "    return d.reshape(N, M).sum(1)",
    "d = []\n    for i in range(N):\n        for j in range(M):\n            d.append(A[i, j])\n"
    "    return np.array(d).reshape(N, M)[:, 0]",
    "i = 0\n    d = 0\n    while i < M:\n        d += A[:, i]\n        i += 1\n    return d * i",
    "i = N - 1\n    d = np.zeros(N)\n    while i >= 0:\n        d[i] = x[i] * i\n        i -= 1\n"
    "    return d",
    "k = np.argmax(A)\n    return x * np.array([k == i for i in range(N * M)]).sum()",
    "i, j = divmod(np.argmax(A), M)\n    return x + i * 10 + j",
    "k = A.argmax()\n    return x + k // M * 10 + k % M",
    "n, *rest = A.shape\n    return x * n + rest[0]",
    "i, j = divmod(N + 2, 3)\n    return x * i + j",
    "k = 0\n    d = np.zeros(N * M)\n    for i in range(N):\n        for j in range(M):\n"
    "            d[k] = A[i, j]\n            k += 1\n    return d.reshape(N, M)[:, -1]",
    "k = 1\n    d = np.zeros(N)\n    for v in x[1:]:\n        d[k] = v * k\n        k += 1\n"
    "    return d * k",
    "k = N\n    d = np.zeros(N)\n    for v in x:\n        k -= 1\n        d[k] = v\n    return d",
    "w = np.kron(A, np.array([[1, 2], [3, 4]])).reshape(N, 2, M, 2).transpose(0, 2, 1, 3)\n"
    "    w = w.reshape(N, M, 4)\n    return w[:, 0, 2] + w.reshape(N, M, 2, 2)[:, -1, 0, 1]",
    "return np.arange(12).reshape(2, 2, 3).reshape(4, 3).T.reshape(6, 2)[4, 1] * x",
    "B = np.hstack([A, x[:, None]])\n    return B[:, -1] + B[:, 0]",
    "B = np.column_stack([x, y])\n    return np.inner(B, B)[0]",
    "a = x.copy().reshape(1, -1)\n    a[0, 0] = 5\n    return a.ravel() + x",
    "a = A.reshape(-1)\n    a[0] = 5\n    return A[:, 0]",
    "a = A.flatten()\n    a[0] = 5\n    return A[:, 0] + a[0]",
)
"""What a reader may take for something else."""


@pytest.mark.parametrize("body", BODIES)
def test_what_may_be_misread_means_what_it_computes(body: str) -> None:
    text = f"def f(x, y, A, dz):\n    N, M = A.shape\n    {body}\n"
    program = read_python(text, GIVEN, ["x.grad"])
    for rows, columns in SIZES:
        expected = run(text, rows, columns)
        assert expected is not None
        assert evaluated(program, rows, columns) == pytest.approx(expected, rel=1e-7, abs=1e-7)


BLOCKS = read(
    "input x[2*N, 2*M]\ninput y[N, M]\noutput z\n"
    "for i in 1..N, j in 1..M: z[i, j] = x[2*i, 2*j] * y[i, j]"
)

BLOCK_BODIES = (
    "dx = np.kron(y, np.ones((2, 2)))\n    dx *= x\n    return dx",
    "dx = np.zeros_like(x).reshape(N, 2, M, 2)\n    dx[:, 0, :, 1] = y\n"
    "    return dx.reshape(x.shape)",
    "dx = x.reshape(N, 2, M, 2).copy()\n    dx[:, 1] += 1\n    return dx.reshape(2 * N, -1)",
    "dx = np.repeat(y, 2, axis=0)\n    dx = np.repeat(dx, 2, axis=1)\n    return dx + x",
    "dx = np.tile(y, (2, 2))\n    dx[0] = 0\n    return dx * x",
    "dx = np.concatenate([y, 2 * y], axis=0)\n    return np.concatenate([dx, dx], axis=1)",
    "w = x.reshape(N, 2, M, 2).max(axis=(1, 3))\n    return np.kron(w, np.eye(2))",
    "dx = np.array([np.repeat(r, 2) for r in y])\n    dx = np.repeat(dx, 2, axis=0)\n"
    "    dx[:, ::2] = 0\n    return dx",
    "dx = np.kron(y, np.ones((2, 2)))\n    dz = dx + x\n    dx = dz * 2\n    return dx - dz",
    "dx = np.zeros(x.shape)\n    for i in range(2 * N):\n        dx[i] = np.repeat(y[i // 2], 2)\n"
    "    return dx",
    "rows = []\n    for i in range(N):\n        for a in range(2):\n"
    "            rows.append(x[2 * i + a])\n    return np.array(rows)",
    "return np.flip(np.kron(y, np.ones((2, 2))), axis=0)[:, ::-1]",
    "dx = np.kron(y, np.ones((2, 2)))\n    dx[0, 0] = 5\n    dx[-1] += 1\n    return dx",
    "d = np.kron(y, np.ones((2, 2))).T.reshape(M, 2, N, 2)\n"
    "    return d.transpose(2, 3, 0, 1).reshape(x.shape)",
)


@pytest.mark.parametrize("body", BLOCK_BODIES)
def test_blocks_mean_what_they_compute(body: str) -> None:
    """Arrays of 2 x 2 blocks, under the names of the exercise's arrays and gradients."""
    text = f"def f(x, y, dz):\n    N, M = y.shape\n    {body}\n"
    program = read_python(text, BLOCKS, ["x.grad"])
    space: dict[str, Any] = {"np": np}
    exec(text, space)  # this project's own text
    for rows, columns in ((3, 2), (2, 3), (1, 2)):
        random = np.random.RandomState(rows)
        x = random.uniform(-2, 2, (2 * rows, 2 * columns))
        y, dz = (random.uniform(-2, 2, (rows, columns)) for _ in range(2))
        values: State = {
            name: {(i + 1, j + 1): float(v) for (i, j), v in np.ndenumerate(array)}
            for name, array in (("x", x), ("y", y), ("z.grad", dz))
        }
        after = evaluate(program, {"N": rows, "M": columns}, values, FLOATS)["x.grad"]
        expected = space["f"](x.copy(), y.copy(), dz.copy())
        found = {at: float(value) for at, value in after.items()}
        assert found == pytest.approx(
            {(i + 1, j + 1): float(v) for (i, j), v in np.ndenumerate(expected)}, abs=1e-9
        )
