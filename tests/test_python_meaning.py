"""What is read from random Python functions computes what NumPy computes by running them."""

from __future__ import annotations

import numpy as np
import pytest
from pythonprograms import python_function

from symgrad import StudentError, read
from symgrad.evaluation.arithmetic import FLOATS
from symgrad.evaluation.evaluate import evaluate
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
    space: dict[str, object] = {"np": np}
    exec(text, space)  # this project's own text
    try:
        with np.errstate(all="ignore"):
            found = np.array(space["f"](*values(rows, columns).values()))  # type: ignore[operator]
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
