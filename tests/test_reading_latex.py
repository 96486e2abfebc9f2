"""Answers in LaTeX: what they mean, what is refused, and that what is typeset is read back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from symgrad import StudentError, read
from symgrad.course.exercise import Exercise, catalogue, exercise
from symgrad.course.reference import reference, variants
from symgrad.equivalence import equivalent
from symgrad.program import Program
from symgrad.typesetting.latex import latex

ANSWERS = Path(__file__).parent / "answers"
TABLE = tomllib.loads((ANSWERS / "latex.toml").read_text(encoding="utf-8"))
FORWARD = {name: read(text) for name, text in TABLE["forward"].items()}


def understood(text: str, on: str) -> Program:
    """A text on a forward pass of the table, or on a part of an exercise with its aliases."""
    if on in FORWARD:
        return read(text, FORWARD[on])
    name, part = on.split()
    found = exercise(name)
    return read(text, found.part(part).forward, aliases=found.aliases)


@pytest.mark.parametrize("row", TABLE["row"], ids=lambda row: row["text"])
def test_latex_means_what_the_table_says(row: dict[str, Any]) -> None:
    assert str(understood(row["text"], row["on"])) == row["means"].strip()


@pytest.mark.parametrize("row", TABLE.get("error", []), ids=lambda row: row["text"])
def test_what_is_not_read_is_said_with_its_place(row: dict[str, Any]) -> None:
    with pytest.raises(StudentError) as caught:
        understood(row["text"], row["on"])
    error = caught.value
    hint = {"hint": error.hint} if error.hint else {}
    found = {"message": error.message, "line": error.line, "column": error.column, **hint}
    assert found == {key: value for key, value in row.items() if key not in ("on", "text")}
    assert error.source == row["text"].split("\n")[(error.line or 1) - 1]


@pytest.mark.parametrize("found", catalogue().values(), ids=lambda found: found.id)
def test_the_latex_of_every_reference_is_read_back(found: Exercise) -> None:
    """Every form of every answer, with the names that the exercise has typeset in its own way."""
    names = {name: alias for alias, name in reversed(list(found.aliases.items()))}
    for part in found.parts:
        for program in (reference(part), *(other for _, other in variants(part))):
            again = read(latex(program, names), part.forward, aliases=found.aliases)
            assert str(again) == str(program) or equivalent(again, program).status == "equal"
