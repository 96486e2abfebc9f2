"""Reports as files: JSON as specified, CSV that runs nothing, Markdown that shows the text."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from symgrad.grading.grade import Grade
from symgrad.grading.outcome import Feedback, PartReport, Report
from symgrad.grading.report import markdown, report_object, scores_csv, write

REPORT = Report(
    "softmax",
    "alice.md",
    (
        PartReport("a", "correct", 1.0, 1.0, "for b: Z[b] = 1"),
        PartReport(
            "b",
            "unreadable",
            0.0,
            2.0,
            "x = ```a*b",
            (Feedback("syntax", "Line 3: *this* is not <read>\nx = ```a*b\n    ^"),),
        ),
    ),
)


def test_the_json_of_a_report_is_as_specified() -> None:
    assert json.loads(json.dumps(report_object(REPORT))) == {
        "exercise": "softmax",
        "file": "alice.md",
        "score": 1.0,
        "max_score": 3.0,
        "parts": [
            {
                "part": "a",
                "status": "correct",
                "score": 1.0,
                "max_score": 1.0,
                "answer": "for b: Z[b] = 1",
                "feedback": [],
                "witness": None,
            },
            {
                "part": "b",
                "status": "unreadable",
                "score": 0.0,
                "max_score": 2.0,
                "answer": "x = ```a*b",
                "feedback": [
                    {
                        "kind": "syntax",
                        "message": "Line 3: *this* is not <read>\nx = ```a*b\n    ^",
                    }
                ],
                "witness": None,
            },
        ],
    }


def test_the_feedback_of_a_student_shows_answers_as_they_are_and_runs_nothing() -> None:
    assert markdown(REPORT, "alice") == (
        "# softmax: alice\n\n"
        "**1 of 3 points**\n\n"
        "## a: correct (1 of 1)\n\n"
        "```text\nfor b: Z[b] = 1\n```\n\n"
        "## b: could not be read (0 of 2)\n\n"
        "````text\nx = ```a*b\n````\n\n"
        "Line 3: \\*this\\* is not \\<read>\n\n"
        "````text\nx = ```a*b\n    ^\n````\n"
    )


def test_a_file_that_could_not_be_checked_says_so_once() -> None:
    report = Report("softmax", "alice.md", REPORT.parts, "this is not a text file")
    assert markdown(report, "alice") == (
        "# softmax: alice\n\n**1 of 3 points**\n\nthis is not a text file\n"
    )


def test_scores_have_a_row_for_each_student() -> None:
    rows = list(csv.reader(io.StringIO(scores_csv([Grade("alice", REPORT)]))))
    assert rows == [
        ["name", "score", "max_score", "a", "a status", "b", "b status", "problem"],
        ["alice", "1", "3", "1", "correct", "0", "unreadable", ""],
    ]


def test_no_cell_is_a_formula() -> None:
    names = ["=cmd()", "+1", "-1", "@x", "\t=1", "a=b", 'quote"d, name']
    rows = list(csv.reader(io.StringIO(scores_csv([Grade(name, REPORT) for name in names]))))
    assert [row[0] for row in rows[1:]] == [
        "'=cmd()",
        "'+1",
        "'-1",
        "'@x",
        "'\t=1",
        "a=b",
        'quote"d, name',
    ]


def test_scores_and_feedback_are_written_into_a_new_folder(tmp_path: Path) -> None:
    write([Grade("alice", REPORT), Grade("bób", REPORT)], tmp_path / "new" / "folder")
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert found == [
        "new/folder/feedback/alice.md",
        "new/folder/feedback/bób.md",
        "new/folder/scores.csv",
    ]
