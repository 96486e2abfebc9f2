"""What the table of students' answers says of each, `equivalent` finds; and how mistakes are met.

The table is answers/exercises.toml. Copies of the reference answers, renamed or with one mistake,
are made by variants.py, which does not know what a program computes.
"""

from __future__ import annotations

import tomllib
from itertools import islice
from pathlib import Path

import pytest
import variants

from symgrad import StudentError, equivalent, read
from symgrad.course.exercise import Part, catalogue, exercise
from symgrad.course.reference import reference
from symgrad.course.reference import variants as other_forms
from symgrad.program import Program

ROWS = tomllib.loads((Path(__file__).parent / "answers" / "exercises.toml").read_text())["answer"]
PARTS = [(id, part) for id, found in catalogue().items() for part in found.parts]


def verdict(part: Part, answer: Program | str) -> str:
    try:
        program = read(str(answer), given=part.forward)
    except StudentError as error:
        return error.kind
    return equivalent(
        program, reference(part), given=part.forward, targets=list(part.targets)
    ).status


def named(parts: list[tuple[str, Part]]) -> list[str]:
    return [f"{id}-{part.name}" for id, part in parts]


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{r['exercise']}-{r['part']}: {r['why']}" for r in ROWS]
)
def test_an_answer_of_the_table_gets_its_verdict(row: dict[str, str]) -> None:
    """Right answers are never called different, wrong ones never equal."""
    found = verdict(exercise(row["exercise"]).part(row["part"]), row["text"])
    if row["verdict"] == "right":
        assert found == "equal"
    else:
        assert found in {"different", "shape"}


def test_the_table_has_right_and_wrong_answers_to_every_exercise_it_names() -> None:
    """Every exercise of the catalogue stands in the table."""
    missing = set(catalogue()) - {row["exercise"] for row in ROWS} - {"cnn"}
    assert not missing


@pytest.mark.parametrize(("id", "part"), PARTS, ids=named(PARTS))
def test_the_reference_is_legal_notation(id: str, part: Part) -> None:
    """read(str(reference), given=forward) == reference."""
    answer = reference(part)
    assert read(str(answer), given=part.forward) == answer


@pytest.mark.parametrize(("id", "part"), PARTS, ids=named(PARTS))
def test_other_names_and_other_forms_are_the_same_answer(id: str, part: Part) -> None:
    """Renaming indices and auxiliaries, or sums for loops, changes nothing."""
    copies = [variants.renamed(reference(part), part.targets)]
    copies += [form for _, form in other_forms(part)]
    for copy in copies:
        assert verdict(part, copy) == "equal", str(copy)


@pytest.mark.parametrize("mistake", variants.MISTAKES, ids=str)
@pytest.mark.parametrize(("id", "part"), PARTS, ids=named(PARTS))
def test_one_mistake_is_refused(id: str, part: Part, mistake: str) -> None:
    """A changed sign, index or term is refused in every part, unless the change means nothing.

    Which changes mean nothing is known: a term that is zero (batch norm's way from s to mu), a
    factor that is 1 (the gradient of a loss), an index that fixed data do not tell apart.
    """
    found = [
        verdict(part, wrong) for wrong in islice(variants.MISTAKES[mistake](reference(part)), 6)
    ]
    if found:
        assert {"different", "shape"} & set(found)
        harmless = sum(status in {"equal", "undecided"} for status in found)
        assert harmless <= len(found) // 2
