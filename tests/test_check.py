"""One submission gets the points it deserves, with reasons that a student understands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from symgrad.chains import steps
from symgrad.course.exercise import exercise
from symgrad.course.reference import reference
from symgrad.equivalence import Verdict, equivalent
from symgrad.errors import StudentError
from symgrad.grading.answers import KINDS, Answer
from symgrad.grading.check import check, check_file, check_part
from symgrad.grading.outcome import PartReport, Policy, Report
from symgrad.program import Program
from symgrad.refutation.witness import Agreement

CLASS = Path(__file__).parent.parent / "examples" / "class"

MARKS = {
    "correct": "✓",
    "partial": "◐",
    "incorrect": "✗",
    "unreadable": "⚠",
    "missing": "–",
    "undecided": "?",
}

GOLDEN = {
    ("softmax", "ada/softmax.md"): ("✓✓✓✓✓", 7),
    ("softmax", "ben/softmax.txt"): ("✓✓✓✓✓", 7),
    ("softmax", "chen/softmax.md"): ("✓✓✓◐◐", 5),
    ("softmax", "dara/softmax.md"): ("✗✗✗✗–", 0),
    ("softmax", "emil/softmax.txt"): ("✗✗✗✗✗", 0),
    ("softmax", "farah/softmax.md"): ("✓⚠⚠⚠✓", 3),
    ("softmax", "goran/softmax.txt"): ("–––––", 0),
    ("softmax", "hana/softmax.txt"): ("✓––––", 1),
    ("softmax", "jana/softmax.tex"): ("✓✓✓✓◐", 6),
    ("softmax", "kofi/softmax.ipynb"): ("✓✓✓✓✓", 7),
    ("softmax", "lena/softmax.py"): ("✓✓✓✓–", 5),
    ("batchnorm", "ada/batchnorm.txt"): ("✓✓", 5),
    ("batchnorm", "ben/batchnorm.md"): ("✓✓", 5),
    ("batchnorm", "chen/batchnorm.txt"): ("◐✗", 2),
    ("batchnorm", "dara/batchnorm.md"): ("◐◐", 3),
    ("batchnorm", "emil/batchnorm.txt"): ("◐–", 1),
    ("batchnorm", "hana/batchnorm.md"): ("✓⚠", 3),
}


@pytest.mark.parametrize(("id", "file"), GOLDEN)
def test_the_class_is_graded_as_its_teacher_would(id: str, file: str) -> None:
    report = check_file(id, CLASS / file)
    found = "".join(MARKS[part.status] for part in report.parts)
    assert (found, report.score) == GOLDEN[id, file]


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(StudentError):
        check_file("softmax", CLASS / "ivo" / "softmax.md")


def softmax(part: str, answer: str, undecided: Policy = "accept") -> PartReport:
    return check_part(exercise("softmax").part(part), Answer(answer), undecided)


def messages(report: PartReport) -> dict[str, str]:
    return {item.kind: item.message for item in report.feedback}


def test_a_right_answer_needs_no_words() -> None:
    report = softmax("a", "for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j]")
    assert (report.status, report.score, report.feedback, report.witness) == (
        "correct",
        1,
        (),
        None,
    )


def test_a_wrong_answer_is_refuted_with_a_witness_in_words_and_data() -> None:
    report = softmax("b", "for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]")
    assert (report.status, report.score) == ("incorrect", 0)
    message = messages(report)["different"]
    assert message.startswith("Z.grad[1] should be ") and "but the answer gives" in message
    assert "for B = " in message
    assert report.witness is not None and report.witness["target"] == "Z.grad"


def test_an_equal_answer_in_another_form_earns_half() -> None:
    report = softmax(
        "d",
        "for b: e[b] = sum(j, exp(s[b, j]) * p.grad[b, j]) / Z[b]\n"
        "for b, j: s.grad[b, j] = p[b, j] * (p.grad[b, j] - e[b])",
    )
    assert (report.status, report.score, report.max_score) == ("partial", 1, 2)
    assert messages(report)["form"].startswith("The question asks for")


def test_points_are_given_by_target() -> None:
    end = "-sum(j, p[b, j] * p.grad[b, j]) / Z[b]"
    report = softmax("e", f"for b: Z.grad[b] = -sum(j, p[b, j] * p.grad[b, j] / Z[b]) = {end}")
    assert (report.status, report.score) == ("partial", 1)
    assert messages(report) == {
        "missing target": "s.grad is asked for, but nothing is assigned to it."
    }


def test_a_right_answer_is_compared_once_for_all_its_targets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[str, ...]] = []

    def counted(left: Any, right: Any, given: Any, targets: Any) -> Verdict:
        compared.append(tuple(targets))
        return equivalent(left, right, given, targets)

    monkeypatch.setattr("symgrad.grading.check.equivalent", counted)
    part = exercise("ugrnn").part("b")
    assert check_part(part, Answer(str(reference(part)))).status == "correct"
    assert compared == [part.targets]


def test_clashing_shapes_are_incorrect_with_the_place() -> None:
    report = softmax("b", "for b, j: Z.grad[b, j] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2")
    assert (report.status, report.score) == ("incorrect", 0)
    assert messages(report)["shape"].startswith("Line 1: ")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("for b, j: s.grad[b, j] += (p.grad[b, j]", "syntax"),
        ("for b, j: s.grad[b, j] += q[b, j]", "name"),
        ("for b, j: s.grad[b, j] += 9^9^9^9", "limit"),
        ("for b, j: s.grad[b, j] += " + "(" * 10_000, "limit"),
    ],
)
def test_what_cannot_be_read_says_where(answer: str, kind: str) -> None:
    report = softmax("a", f"\n\n{answer}")
    assert (report.status, report.score) == ("unreadable", 0)
    assert [item.kind for item in report.feedback] == [kind]
    first, *_ = report.feedback[0].message.split("\n")
    assert first.startswith("Line 3: ")


@pytest.mark.parametrize("answer", ["", "\n\n", "# only a comment"])
def test_nothing_is_missing_not_wrong(answer: str) -> None:
    assert softmax("a", answer).status == "missing"


def test_names_of_one_part_are_not_known_in_the_next() -> None:
    text = "## d\nfor b: e[b] = sum(j, p[b, j])\n## e\nfor b: Z.grad[b] = e[b] / Z[b]"
    report = check(
        exercise("softmax"),
        KINDS[".md"].split(text, [part.name for part in exercise("softmax").parts]),
    )
    assert report.parts[4].status == "unreadable"
    assert "e is not known" in report.parts[4].feedback[0].message


@pytest.mark.parametrize(("policy", "score", "right"), [("accept", 1, True), ("reject", 0, False)])
def test_an_undecided_answer_counts_as_the_teacher_says(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, score: float, right: bool
) -> None:
    undecided = Verdict("undecided", evidence=Agreement(({"B": 2},), 3, 60))
    monkeypatch.setattr("symgrad.grading.check.equivalent", lambda *_, **__: undecided)
    part = softmax("a", "for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j]", policy)
    assert (part.status, part.score) == ("undecided", score)
    assert "no proof was found" in part.feedback[0].message
    assert Report("softmax", "", (part,), policy=policy).all_correct is right


def test_remarks_go_to_the_part_that_is_missing() -> None:
    names = [part.name for part in exercise("softmax").parts]
    text = "for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j]\n## b\nZ.grad[b] = 1\n"
    report = check(exercise("softmax"), KINDS[".md"].split(text, names))
    assert report.parts[0].status == "missing"
    assert report.parts[0].feedback[-1].message.startswith("line 1 stands before the first part")
    assert not report.parts[1].feedback[1:]


def test_decimals_count_to_the_digits_asked() -> None:
    numbers = exercise("scalar-graph").part("numbers")
    exact = "\n".join(
        [
            "f.grad = 1; e.grad = 1; d.grad = 1",
            "c.grad = 1/6",
            "b.grad = 1/6 * cos(log(2)) - 6 / log(2)^2",
            "a.grad = exp(6) + 1 / log(2) - sin(log(2)) / 36",
            "x.grad = 3 * a.grad + b.grad / 2",
            "z.grad = 2 * a.grad",
        ]
    ).replace("; ", "\n")
    report = check_part(numbers, Answer(exact))
    assert (report.status, report.score) == ("correct", 4)
    rounded = exact.replace("c.grad = 1/6", "c.grad = 0.1667")
    assert check_part(numbers, Answer(rounded)).status == "correct"
    wrong = exact.replace("c.grad = 1/6", "c.grad = 0.167")
    assert check_part(numbers, Answer(wrong)).score == 3.5


DERIVED = "Z.grad[b] = -sum(j, p.grad[b, j] * exp(s[b, j])) / Z[b]^2\n  = {}\n  = {}"


@pytest.mark.parametrize(
    ("middle", "last", "status", "score"),
    [
        (
            "-sum(j, p.grad[b, j] * p[b, j] / Z[b])",
            "-sum(k, p[b, k] * p.grad[b, k]) / Z[b]",
            "✓",
            1,
        ),
        ("-sum(j, p.grad[b, j] * p[b, j])", "-sum(k, p[b, k] * p.grad[b, k]) / Z[b]", "◐", 0.5),
        ("-sum(j, p.grad[b, j] * p[b, j] / Z[b])", "sum(k, p[b, k] * p.grad[b, k]) / Z[b]", "✗", 0),
    ],
)
def test_every_step_of_a_chain_counts(middle: str, last: str, status: str, score: float) -> None:
    report = softmax("b", DERIVED.format(middle, last))
    assert (MARKS[report.status], report.score) == (status, score)
    assert ("step" in messages(report)) == (status != "✓")


def test_the_first_false_step_is_named_with_its_witness() -> None:
    report = softmax("b", DERIVED.format("0", "-sum(k, p[b, k] * p.grad[b, k]) / Z[b]"))
    assert [item.kind for item in report.feedback] == ["step"]
    assert messages(report)["step"] == (
        "Step 1 → 2 of the chain for Z.grad[b] does not hold: "
        "`-sum(j, p.grad[b, j] * exp(s[b, j])) / Z[b]^2` is -1, but `0` is 0, "
        "for b = 1, B = 1, J = 1, s = [[0]], Z = [1], p.grad = [[1]]."
    )


@pytest.mark.parametrize(("policy", "score"), [("accept", 1), ("reject", 0)])
def test_an_undecided_step_is_marked_for_the_teacher(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, score: float
) -> None:
    def undecided(program: Program, _: object) -> list[Verdict]:
        agreement = Agreement(({"B": 2},), 3, 60)
        return [Verdict("undecided", evidence=agreement, step=step) for step in steps(program)]

    monkeypatch.setattr("symgrad.grading.check.unproved_steps", undecided)
    value = "-sum(j, p.grad[b, j] * p[b, j]) / Z[b]"
    part = softmax("b", f"Z.grad[b] = {value} = {value}", policy)
    assert (part.status, part.score) == ("undecided", score)
    assert "step 1 → 2 of the chain for Z.grad[b]" in messages(part)["undecided"]


@pytest.mark.parametrize(
    "text", ["s.grad = s.grad", "s.grad += 0 * s.grad", "c = s.grad; s.grad = c"]
)
@pytest.mark.parametrize("part", ["a", "c", "d"])
def test_the_question_again_is_no_answer(part: str, text: str) -> None:
    report = softmax(part, text.replace("; ", "\n"))
    assert (report.status, report.score) == ("incorrect", 0)


def test_an_auxiliary_that_is_read_too_early_is_named() -> None:
    lines = [
        "s.grad[b, j] = p[b, j] * (p.grad[b, j] - e[b])",
        "e[b] = sum(j, p[b, j] * p.grad[b, j])",
    ]
    early = softmax("d", "\n".join(lines))
    assert early.status == "incorrect"
    assert messages(early)["order"] == (
        "e is read before anything is assigned to it, where it is 0: write e first."
    )
    assert softmax("d", "\n".join(reversed(lines))).status == "correct"
