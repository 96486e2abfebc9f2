"""A file that announces no part is shared out by what it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from symgrad.course.exercise import catalogue, exercise
from symgrad.course.reference import reference
from symgrad.grading.check import check_file
from symgrad.grading.undivided import share, sharing, together
from symgrad.program import Program
from symgrad.reading.text import read

NOTATION = """
dYp = Yp - Y
dZ4 = dYp
dZ3 = dZ4 @ W2.T
dZ2 = dZ3 * Z3 * (1 - Z3)
dZ1 = dZ2
dW1 = X.T @ dZ1
db1 = dZ2.sum(axis=0)
dW2 = Z3.T @ dZ4
db2 = dYp.sum(axis=0)
"""

PYTHON = f"""
import numpy as np

def backward(X, W2, Y, Z3, Yp):
    {NOTATION.strip().replace(chr(10), chr(10) + "    ")}
    return dict(dYp=dYp, dZ4=dZ4, dZ3=dZ3, dZ2=dZ2, dZ1=dZ1, dW1=dW1, db1=db1, dW2=dW2, db2=db2)
"""

LATEX = r"""
We go back from the loss.
\begin{align*}
\delta Y^p &= Y^p - Y \\
\delta Z_3 &= \delta Z_4 W_2^\top \\
\delta b_1 &= \mathbf{1}^\top \delta Z_2
\end{align*}
"""

LIST = """
e[i] += s[i, j] * s.grad[i, j]
z.grad[i, j] += s[i, j] * (s.grad[i, j] - e[i])
x.grad = z.grad @ y
y.grad = z.grad @ x
"""

CHAIN = """
for i, j: q[i, j] = s[i, j] * s.grad[i, j]
for i: e[i] = sum(j, s[i, j] * s.grad[i, j])
for i, j: z.grad[i, j] = q[i, j] - s[i, j] * e[i] = s[i, j] * (s.grad[i, j] - e[i])
"""

MARKS = {"correct": "+", "incorrect": "-", "missing": "0", "unreadable": "?"}


@pytest.mark.parametrize(
    ("id", "name", "text", "marks"),
    [
        ("matrix-net", "a.txt", NOTATION, "+++++++++"),
        ("matrix-net", "a.txt", NOTATION.replace("* Z3 * (1 - Z3)", "* Z3"), "+++-+++++"),
        ("matrix-net", "a.txt", NOTATION.replace("W2.T", "W2"), "++-++++++"),
        ("matrix-net", "a.txt", NOTATION.replace("dZ1 = dZ2", "dZ1 = dQ"), "++++?++++"),
        ("matrix-net", "a.py", PYTHON, "+++++++++"),
        ("matrix-net", "a.py", PYTHON.replace("db1 = dZ2.sum", "db1 = dZ2.mean"), "++++++-++"),
        ("matrix-net", "a.tex", LATEX, "+0+000+00"),
        ("matrix-net", "a.tex", LATEX.replace("W_2^", "W_2 W_2^"), "+0-000+00"),
        ("matrix-net", "a.txt", "dZ3 = dZ4 @ W2", "00-000000"),
        ("matrix-net", "a.py", "dYp = Yp - Y\ndZ3 = dZ4 @ W2", "??-??????"),
        ("matrix-net", "a.txt", f"## 1\n{NOTATION}", "+00000000"),
        ("scalar-graph", "a.txt", "dd = 1\nda = dd * exp(a)", "00+00-000"),
        ("attention", "a.txt", LIST, "++-"),
        ("attention", "a.md", CHAIN, "+00"),
        ("softmax", "a.txt", "for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j]", "00000"),
    ],
)
def test_each_part_gets_what_gives_its_arrays(
    id: str, name: str, text: str, marks: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    report = check_file(id, path)
    assert "".join(MARKS[part.status] for part in report.parts) == marks


@pytest.mark.parametrize("id", [id for id, found in catalogue().items() if sharing(found)])
def test_the_reference_answers_one_below_the_other_answer_all(id: str) -> None:
    """share(all of them, part) gives the part's targets, and nothing that others ask for."""
    parts = sharing(exercise(id))
    text = "\n".join(str(reference(part)) for part in parts)
    whole = read(text, given=together(parts).forward)
    for part in parts:
        found: Program = share(whole, part, parts)
        others = {target for other in parts for target in other.targets} - {*part.targets}
        assert {*part.targets} <= {*found.written}
        assert not others & {*found.written}
