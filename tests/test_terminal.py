"""What is printed for people shows students' texts as they are."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from symgrad.course.exercise import exercise
from symgrad.grading.grade import Grade
from symgrad.grading.outcome import Feedback, PartReport, Report, Status
from symgrad.terminal.grades import print_grades
from symgrad.terminal.progress import grading_progress
from symgrad.terminal.questions import print_question
from symgrad.terminal.reports import print_report
from symgrad.terminal.screen import STATUS

ODD = "[bold]x[/bold] [/] :smile: \\[a]"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def part(status: Status = "partial", answer: str = ODD) -> PartReport:
    return PartReport("a", status, 0.5, 1.0, answer, (Feedback("remark", f"{ODD}\n{ODD}"),))


def test_a_report_shows_answers_and_feedback_without_reading_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_report(Report("softmax", f"{ODD}.md", (part(),)))
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith(f"softmax  {ODD}.md ──")
    assert lines[1:] == [
        "",
        "◐ (a) partial  0.5 of 1 point",
        f"    {ODD}",
        f"  {ODD}",
        f"    {ODD}",
        "",
        "0.5 of 1 point",
    ]


def test_long_answers_are_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    answer = "Z[b] = " + " + ".join(["x[b]"] * 40)
    print_report(Report("softmax", "a.md", (part(answer=answer),)))
    assert f"    {answer}\n" in capsys.readouterr().out


def test_a_class_has_a_row_for_each_student_a_mean_and_a_legend(
    capsys: pytest.CaptureFixture[str],
) -> None:
    grades = [
        Grade(ODD, Report("softmax", "a.md", (part("correct"),))),
        Grade("bob", Report("softmax", "", (part("missing"),), "[b]odd")),
    ]
    print_grades(grades, "softmax")
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith(ODD) and line.endswith("0.5/1") for line in lines)
    assert any(line.startswith("bob") and line.endswith("0.5/1") for line in lines)
    assert "mean" in lines[-4] and lines[-2:] == ["✓ correct   – missing", "bob: [b]odd"]


def test_a_table_is_never_squeezed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    parts = tuple(replace(part("correct"), part=f"alpha{n}") for n in range(9))
    print_grades([Grade("a student", Report("softmax", "a.md", parts))], "softmax")
    shown = capsys.readouterr().out
    assert "…" not in shown and all(f"alpha{n}" in shown for n in range(9))


def test_a_terminal_that_knows_ascii_only_gets_other_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    monkeypatch.setattr("sys.stdout", stream)
    print_report(Report("softmax", "a.md", (part("correct"), part("incorrect"))))
    stream.flush()
    shown = stream.buffer.getvalue().decode("ascii")
    assert "+ (a) correct" in shown and "x (a) incorrect" in shown


def test_an_endless_line_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(Report("softmax", "a.md", (part(answer="(" * 10_000),)))
    assert len(capsys.readouterr().out) < 1_000


def test_every_status_has_its_own_mark() -> None:
    assert len({mark for mark, _, _ in STATUS.values()}) == len(STATUS) == 6
    assert len({plain for _, plain, _ in STATUS.values()}) == 6


def test_a_question_shows_each_forward_pass_once(capsys: pytest.CaptureFixture[str]) -> None:
    print_question(exercise("softmax"))
    shown = capsys.readouterr().out
    assert shown.count("    input s[B, J]\n") == 3 and "`" not in shown


def test_no_bar_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with grading_progress("softmax") as advance:
        advance(Grade("bob", Report("softmax", "", (part(),))), 1, 1)
    assert capsys.readouterr() == ("", "")
