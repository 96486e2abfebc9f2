"""Reports as files: JSON for programs, CSV for the teacher, Markdown for the student."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgrad.grading.explain import evidence_object, witness_object

if TYPE_CHECKING:
    from symgrad.course.exercise import Exercise
    from symgrad.equivalence import Verdict
    from symgrad.grading.grade import Grade
    from symgrad.grading.outcome import PartReport, Report, Status

WORDS: dict[Status, str] = {
    "correct": "correct",
    "partial": "partly correct",
    "incorrect": "not correct",
    "unreadable": "could not be read",
    "missing": "missing",
    "undecided": "not decided automatically; your teacher will look at it",
}


def exercise_object(exercise: Exercise) -> dict[str, Any]:
    """What `list --json` prints of each exercise."""
    return {
        "exercise": exercise.id,
        "title": exercise.title,
        "source": exercise.source,
        "parts": [part.name for part in exercise.parts],
        "points": exercise.points,
    }


def question_object(exercise: Exercise) -> dict[str, Any]:
    """The object that `show --json` prints."""
    return {
        **exercise_object(exercise),
        "question": exercise.question,
        "parts": [
            {
                "part": part.name,
                "question": part.question,
                "points": part.points,
                "targets": list(part.targets),
                "forward": str(part.forward),
            }
            for part in exercise.parts
        ],
    }


def report_object(report: Report, readings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The object that `check --json` prints; with `readings`, how the answers were read."""
    return {
        "exercise": report.exercise,
        "file": report.file,
        "score": report.score,
        "max_score": report.max_score,
        "parts": [
            {
                "part": part.part,
                "status": part.status,
                "score": part.score,
                "max_score": part.max_score,
                "answer": part.answer,
                "feedback": [
                    {"kind": item.kind, "message": item.message} for item in part.feedback
                ],
                "witness": part.witness,
                **({} if readings is None else {"reading": readings.get(part.part, "")}),
            }
            for part in report.parts
        ],
    }


def verdict_object(verdict: Verdict) -> dict[str, Any]:
    """The object that `equal --json` prints."""
    return {
        "status": verdict.status,
        "witness": witness_object(verdict.witness) if verdict.witness else None,
        "evidence": evidence_object(verdict.evidence) if verdict.evidence else None,
    }


def write(grades: Sequence[Grade], folder: Path) -> None:
    """Write scores.csv and feedback/NAME.md for each student into a folder."""
    feedback = folder / "feedback"
    feedback.mkdir(parents=True, exist_ok=True)
    (folder / "scores.csv").write_text(scores_csv(grades), encoding="utf-8")
    for grade in grades:
        text = markdown(grade.report, grade.name)
        (feedback / f"{grade.name}.md").write_text(text, encoding="utf-8")


def scores_csv(grades: Sequence[Grade]) -> str:
    """A row for each student: the score, each part's score and status, and what went wrong."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    parts = [part.part for part in grades[0].report.parts] if grades else []
    columns = [column for part in parts for column in (part, f"{part} status")]
    rows.writerow(["name", "score", "max_score", *columns, "problem"])
    for grade in grades:
        report = grade.report
        scores = [cell for part in report.parts for cell in (f"{part.score:g}", part.status)]
        cells = [grade.name, f"{report.score:g}", f"{report.max_score:g}", *scores, report.problem]
        rows.writerow(map(_harmless, cells))
    return stream.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def markdown(report: Report, name: str) -> str:
    """The feedback that one student gets."""
    points = f"**{report.score:g} of {report.max_score:g} points**"
    lines = [f"# {report.exercise}: {_escaped(name)}", "", points]
    if report.problem:
        lines += ["", _escaped(report.problem)]
    for part in report.parts if not report.problem else ():
        lines += ["", *_part(part)]
    return "\n".join(lines) + "\n"


def _part(part: PartReport) -> Iterator[str]:
    yield f"## {part.part}: {WORDS[part.status]} ({part.score:g} of {part.max_score:g})"
    if part.answer:
        yield ""
        yield from _fenced(part.answer)
    for item in part.feedback:
        first, *rest = item.message.split("\n")
        yield ""
        yield _escaped(first)
        if rest:
            yield ""
            yield from _fenced("\n".join(rest))


def _fenced(text: str) -> Iterator[str]:
    """Text as code, in a fence that the text does not contain."""
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"{fence}text"
    yield from text.split("\n")
    yield fence


def _escaped(text: str) -> str:
    """Text in which Markdown sees no emphasis, code or HTML."""
    for mark in "\\`*<":
        text = text.replace(mark, f"\\{mark}")
    return text
