"""Answers as students write them, in files of every kind: how each is read, or what is said.

Fullwidth signs, dashes for minus, headings and bullets of all sorts, prose around formulas, LaTeX
of several hands, NumPy: what can be read is read as what it says, and nothing is dropped unsaid.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from symgrad.course.exercise import exercise
from symgrad.errors import StudentError
from symgrad.grading.answers import load
from symgrad.grading.check import understood
from symgrad.reading.syntax.lookalikes import plain

TABLE = Path(__file__).parent / "answers" / "messy.toml"
ROWS = tomllib.loads(TABLE.read_text(encoding="utf-8"))["row"]


def read_in_file(row: dict[str, str], folder: Path) -> str:
    """The answer as a checker reads it; else what it says, in one line."""
    path = folder / f"answer.{row['file']}"
    path.write_text(row["text"], encoding="utf-8")
    found = exercise(row["exercise"])
    names = [part.name for part in found.parts]
    try:
        submission = load(path, names)
    except StudentError as error:
        return str(error)
    answer = submission.answers[row["part"]]
    if answer.missing:
        return "; ".join(("missing", *answer.remarks, *submission.remarks))
    if answer.problem is not None:
        return str(answer.problem)
    try:
        return str(understood(answer, found.part(row["part"]), names, found.names, found.star))
    except StudentError as error:
        return str(error)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"][:60])
def test_an_answer_is_read_as_what_it_says_or_refused_with_a_reason(
    row: dict[str, str], tmp_path: Path
) -> None:
    assert read_in_file(row, tmp_path) == row.get("reading", row.get("message"))


def test_the_table_is_large_and_of_many_kinds() -> None:
    assert len(ROWS) >= 150
    assert {row["file"] for row in ROWS} == {"txt", "md", "tex", "ipynb", "py"}
    assert len({row["exercise"] for row in ROWS}) >= 12


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ｓ．ｇｒａｄ［ｂ］", "s.grad[b]"),
        ("a – b ‐ c", "a - b - c"),
        ("a ∗ b ∙ c ∕ d", "a * b · c / d"),
        ("a\u200b + b\u2009c\ufeff", "a + b c"),
        ("a\u200bb", "a\u200bb"),
        ("x‘ y’", "x’ y’"),
        ("plain", "plain"),
    ],
)
def test_a_look_alike_is_the_sign_that_it_looks_like(text: str, meant: str) -> None:
    assert plain(text) == meant
