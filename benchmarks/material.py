"""What is measured: the pairs of programs in the tables of the tests, already read.

tests/answers/exercises.toml   students' answers, against the derived reference
tests/answers/identities.toml  pairs that are equal or differ in one thing
tests/notes/printed.toml       what the course notes print, against the derived reference
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from symgrad import StudentError, derive, read
from symgrad.course.exercise import catalogue, exercise
from symgrad.course.reference import reference
from symgrad.program import Loss, Output, Program

TESTS = Path(__file__).parent.parent / "tests"


class Pair(NamedTuple):
    """Two programs to be compared on targets; `expected` is "equal" or "different"."""

    name: str
    left: Program
    right: Program
    given: Program
    targets: tuple[str, ...]
    expected: str


def table(path: str) -> dict[str, Any]:
    return tomllib.loads((TESTS / path).read_text(encoding="utf-8"))


@cache
def pairs() -> tuple[Pair, ...]:
    """Every pair of the tables, read once; a text that is refused is nothing to compare."""
    return new_pairs()


def new_pairs() -> tuple[Pair, ...]:
    """The same, read anew: beside these programs nothing is kept but for the exercises' own."""
    return (*_answers(), *_identities(), *_printed())


def forwards() -> dict[str, Program]:
    """The different forward passes of the exercises that have something to differentiate."""
    found: dict[Program, str] = {}
    for id, item in catalogue().items():
        for part in item.parts:
            if any(part.forward.declared(Output)) or any(part.forward.declared(Loss)):
                found.setdefault(part.forward, f"{id}-{part.name}")
    return {name: forward for forward, name in found.items()}


def _answers() -> Iterator[Pair]:
    for row in table("answers/exercises.toml")["answer"]:
        part = exercise(row["exercise"]).part(row["part"])
        try:
            answer = read(row["text"], given=part.forward)
        except StudentError:
            continue
        expected = "equal" if row["verdict"] == "right" else "different"
        name = f"{row['exercise']}-{row['part']}: {row['why']}"
        yield Pair(name, answer, reference(part), part.forward, part.targets, expected)


def _identities() -> Iterator[Pair]:
    rows = table("answers/identities.toml")
    for row in rows["pair"]:
        given = read(rows["given"][row["given"]])
        left, right = (read(row[side], given=given) for side in ("left", "right"))
        yield Pair(row["id"], left, right, given, ("out",), row["verdict"])


def _printed() -> Iterator[Pair]:
    for row in table("notes/printed.toml")["item"]:
        if "reference" in row:
            continue  # a forward pass against itself
        if "given" in row:
            forward = read(row["given"])
            truth, targets = derive(forward), tuple(row["targets"])
        else:
            part = exercise(row["exercise"]).part(row["part"])
            forward, truth = part.forward, reference(part)
            targets = tuple(row.get("targets", part.targets))
        try:
            printed = read(row["text"], given=forward)
        except StudentError:
            continue
        expected = "different" if "misprint" in row else "equal"
        name = f"{row['exercise']}: {row['place']}"
        yield Pair(name, printed, truth, forward, targets, expected)
