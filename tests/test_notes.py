"""Every answer that the course notes print, held against the derived one.

notes/printed.toml transcribes them. What holds must be equivalent to the reference of its part; a
misprint must be refuted by a witness, or be refused for its shape. docs/errata.md is made of the
misprints by `python tests/test_notes.py`, and is checked to be current.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symgrad import derive, equivalent, read
from symgrad.course.exercise import exercise
from symgrad.course.reference import reference
from symgrad.equivalence import Verdict
from symgrad.errors import StudentError
from symgrad.program import Input, Program

TABLE = tomllib.loads((Path(__file__).parent / "notes" / "printed.toml").read_text("utf-8"))
ERRATA = Path(__file__).parent.parent / "docs" / "errata.md"

PRINTED = [item for item in TABLE["item"] if "misprint" not in item]
MISPRINTS = [item for item in TABLE["item"] if "misprint" in item]


def place(item: dict[str, Any]) -> str:
    return f"{item['exercise']}: {item['place']}"


def forward_of(item: dict[str, Any]) -> Program:
    if "given" in item:
        return read(item["given"])
    return exercise(item["exercise"]).part(item["part"]).forward


def derived(item: dict[str, Any]) -> Program:
    """What the printed text must agree with."""
    if "reference" in item:
        return read(item["reference"], given=forward_of(item))
    if "given" in item:
        return derive(forward_of(item))
    return reference(exercise(item["exercise"]).part(item["part"]))


def targets_of(item: dict[str, Any]) -> tuple[str, ...]:
    if "targets" in item:
        return tuple(item["targets"])
    return exercise(item["exercise"]).part(item["part"]).targets


@cache
def outcome(n: int) -> Verdict | StudentError:
    """What symgrad says about a row: a verdict, or why the text is refused."""
    item = TABLE["item"][n]
    forward = forward_of(item)
    try:
        printed = read(item["text"], given=forward)
    except StudentError as error:
        return error
    return equivalent(printed, derived(item), given=forward, targets=targets_of(item))


def found(item: dict[str, Any]) -> Verdict | StudentError:
    return outcome(TABLE["item"].index(item))


@pytest.mark.parametrize("item", PRINTED, ids=place)
def test_what_the_notes_print_is_what_is_derived(item: dict[str, Any]) -> None:
    """Equal, proved; with fixed data, where nothing is left to prove, agreement at random seeds."""
    fixed = any(declared.data for declared in forward_of(item).declared(Input))
    verdict = found(item)
    assert isinstance(verdict, Verdict), verdict
    assert verdict.status in (("equal", "undecided") if fixed else ("equal",)), verdict.witness


@pytest.mark.parametrize("item", MISPRINTS, ids=place)
def test_a_misprint_is_refuted(item: dict[str, Any]) -> None:
    """By a witness, or because its shapes clash."""
    verdict = found(item)
    if isinstance(verdict, StudentError):
        assert verdict.kind == "shape", verdict
    else:
        assert verdict.status == "different"


def test_every_exercise_with_a_printed_answer_is_in_the_table() -> None:
    """The notes leave the others to the reader, or print only the forward pass."""
    silent = {"ugrnn", "linear", "cnn", "softmax-l2", "convnet", "array-net"}
    from symgrad.course.exercise import order

    assert {item["exercise"] for item in TABLE["item"]} == set(order()) - silent


def test_the_list_of_errata_is_current() -> None:
    """docs/errata.md is what the table and the verdicts make of it."""
    assert ERRATA.read_text("utf-8") == errata()


# --- docs/errata.md ------------------------------------------------------------------------------


def errata() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Errata of the course notes"
    yield ""
    yield (
        "The misprints that symgrad finds when it holds the printed answers against the derived "
        "ones. Where a value differs, the witness gives the inputs at which it does, with the "
        "value by the printed text and the derived one. This file is made by `python "
        "tests/test_notes.py` from `tests/notes/printed.toml`, and a test checks that it is "
        "current."
    )
    documents: dict[str, list[dict[str, Any]]] = {}
    for item in MISPRINTS:
        document = item.get("document", exercise(item["exercise"]).document)
        documents.setdefault(document, []).append(item)
    for document, items in documents.items():
        yield ""
        yield f"## {document}"
        for item in items:
            yield ""
            yield f"### {exercise(item['exercise']).title}: {item['place']}"
            yield ""
            yield f"- Printed: {item['printed']}"
            yield f"- Meant: {item['meant']}"
            yield f"- {item['misprint']}"
            yield f"- {_evidence(found(item))}"
            yield ""
            yield "As it was checked:"
            yield ""
            if "given" in item:
                yield from (f"    {line}" for line in item["given"].strip().splitlines())
                yield ""
            yield from (f"    {line}" for line in item["text"].strip().splitlines())
    yield ""
    yield "## Slips that no formula shows"
    yield ""
    for slip in TABLE["slip"]:
        yield f"- {slip['document']}, {slip['place']}: {slip['text']}"


def _evidence(verdict: Verdict | StudentError) -> str:
    if isinstance(verdict, StudentError):
        return f"Shape error: {verdict.message}."
    witness = verdict.witness
    assert witness is not None
    element = list(witness.element) if witness.element else ""
    where = [f"{name} = {size}" for name, size in witness.extents.items()]
    where += [f"{name} = {_numbers(value)}" for name, value in witness.inputs.items()]
    return (
        f"Witness: {witness.target}{element} is {witness.left} by the printed text and "
        f"{witness.right} by the derived one, at {', '.join(where)}."
    )


def _numbers(value: object) -> str:
    return (
        f"[{', '.join(map(_numbers, value))}]" if isinstance(value, (list, tuple)) else str(value)
    )


if __name__ == "__main__":
    ERRATA.parent.mkdir(exist_ok=True)
    ERRATA.write_text(errata(), "utf-8")
