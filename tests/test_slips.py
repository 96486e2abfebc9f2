"""A slip is named in the same words in every exercise, with the line and the place of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from symgrad import StudentError, read
from symgrad.course.exercise import exercise

TABLE = Path(__file__).parent / "answers" / "slips.toml"
SLIPS = tomllib.loads(TABLE.read_text(encoding="utf-8"))["slip"]
CASES = [(slip, *case) for slip in SLIPS for case in slip["cases"]]


@pytest.mark.parametrize(
    ("slip", "id", "part", "text", "word"), CASES, ids=[f"{c[0]['name']} {c[1]}" for c in CASES]
)
def test_a_slip_is_named(slip: dict[str, Any], id: str, part: str, text: str, word: str) -> None:
    found = exercise(id)
    with pytest.raises(StudentError) as caught:
        read(f"\n{text}", found.part(part).forward, aliases=found.aliases)
    error = caught.value
    said = {"message": error.message, "hint": error.hint}
    for kind in ("message", "hint"):
        if kind in slip:
            assert said[kind] == slip[kind].format(word)
    assert (error.line, error.source) == (2, text)
    assert "\n" not in str(error) and error.excerpt().split("\n")[1].strip() == "^"


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip["name"])
def test_every_slip_is_tried_in_three_exercises(slip: dict[str, Any]) -> None:
    assert len({case[0] for case in slip["cases"]}) >= 3
