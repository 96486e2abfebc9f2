"""What is printed for people shows students' texts as they are."""

from __future__ import annotations

import pytest

from symgrad.course.exercise import exercise
from symgrad.grading.check import Feedback, PartReport, Report, Status
from symgrad.grading.grade import Grade
from symgrad.terminal import (
    STATUS,
    grading_progress,
    print_grades,
    print_question,
    print_report,
)

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
    assert any(line.startswith("bob") and line.endswith("[b]odd") for line in lines)
    assert "mean" in lines[-3] and lines[-1] == "✓ correct   – missing"


def test_every_status_has_its_own_mark() -> None:
    assert len({mark for mark, _ in STATUS.values()}) == len(STATUS) == 6


def test_a_question_shows_each_forward_pass_once(capsys: pytest.CaptureFixture[str]) -> None:
    print_question(exercise("softmax"))
    shown = capsys.readouterr().out
    assert shown.count("    input s[B, J]\n") == 3 and "`" not in shown


def test_no_bar_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with grading_progress("softmax") as advance:
        advance(Grade("bob", Report("softmax", "", (part(),))), 1, 1)
    assert capsys.readouterr() == ("", "")
