"""A class is graded one submission at a time, and no submission can stop or change another's."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from symgrad.grading.check import check_file
from symgrad.grading.grade import Grade, grade, submissions
from symgrad.grading.outcome import Policy, Report
from symgrad.grading.textfile import MAX_BYTES

RIGHT = "(a) for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j]\n"
CLASS = Path(__file__).parent.parent / "examples" / "class"


def files(folder: Path, **contents: str) -> Path:
    """A folder of files; `alice__md` stands for alice.md, `alice__softmax_md` for a folder's."""
    for name, content in contents.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def named(folder: Path) -> dict[str, str]:
    """What is found of the class: the file of each student, or the problem."""
    return {
        item.name: str(item.path.relative_to(folder)) if item.path else item.problem
        for item in submissions(folder, "softmax")
    }


def test_a_folder_of_files_is_a_class(tmp_path: Path) -> None:
    files(tmp_path, bob_txt="", alice_md="")
    assert named(tmp_path) == {"alice": "alice.md", "bob": "bob.txt"}


def test_a_folder_of_folders_is_a_class(tmp_path: Path) -> None:
    files(tmp_path, alice__softmax_md="", bob__softmax_txt="", bob__batchnorm_md="")
    assert named(tmp_path) == {"alice": "alice/softmax.md", "bob": "bob/softmax.txt"}


def test_the_only_file_that_could_answer_is_taken(tmp_path: Path) -> None:
    files(tmp_path, alice__homework_md="", alice__batchnorm_md="", alice__notes_pdf="")
    assert named(tmp_path) == {"alice": "alice/homework.md"}


def test_two_possible_files_and_none_are_problems_of_that_student(tmp_path: Path) -> None:
    files(tmp_path, alice__one_md="", alice__two_md="", bob__batchnorm_md="")
    assert named(tmp_path) == {
        "alice": "which file answers softmax: one.md, two.md? Name one softmax.md",
        "bob": "no file named softmax in the folder",
    }


def test_hidden_files_are_nobodys_and_two_files_of_one_name_keep_their_endings(
    tmp_path: Path,
) -> None:
    files(tmp_path, alice_md="", alice_txt="")
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    assert list(named(tmp_path)) == ["alice.md", "alice.txt"]


def test_names_that_cannot_be_printed_are_spelled_out(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2Jn.md").write_text("")
    assert list(named(tmp_path)) == ["a\\x1b[2Jn"]
    try:
        (tmp_path / os.fsdecode(b"b\xf6b.md")).write_text("")
    except OSError:
        return  # this file system takes no such names
    assert list(named(tmp_path)) == ["a\\x1b[2Jn", "b\\xf6b"]


def test_grading_gives_the_same_reports_as_checking_in_order_of_names(tmp_path: Path) -> None:
    names = ["ada", "emil", "goran"]
    for name in reversed(names):
        shutil.copytree(CLASS / name, tmp_path / name)
    seen: list[tuple[str, int, int]] = []
    grades = grade("softmax", tmp_path, progress=lambda g, n, of: seen.append((g.name, n, of)))
    assert [item.name for item in grades] == names
    assert seen == [("ada", 1, 3), ("emil", 2, 3), ("goran", 3, 3)]
    for item in grades:
        assert item.report == check_file("softmax", tmp_path / item.name / item.report.file)


def test_an_unreadable_file_is_one_row_with_its_reason(tmp_path: Path) -> None:
    files(tmp_path, alice_md=RIGHT, bob_docx="")
    (tmp_path / "carol.md").write_bytes(b"PK\x03\x04\0")
    (tmp_path / "dave.md").write_bytes(b"x" * (MAX_BYTES + 1))
    problems = {item.name: item.report.problem for item in grade("softmax", tmp_path)}
    assert problems == {
        "alice": "",
        "bob": ".docx is not a kind of answer file that is read; "
        "hand in one of .ipynb, .md, .py, .tex, .txt",
        "carol": "this is not a text file; save the answers as plain text",
        "dave": "larger than 200 kB; the answers alone are enough",
    }


def hang_on_bob(id: str, path: Path, undecided: Policy) -> Report:
    while path.stem == "bob":
        time.sleep(0.01)
    return check_file(id, path, undecided)


def die_on_bob(id: str, path: Path, undecided: Policy) -> Report:
    if path.stem == "bob":
        os._exit(1)
    return check_file(id, path, undecided)


def fill_memory_on_bob(id: str, path: Path, undecided: Policy) -> Report:
    if path.stem == "bob":
        bytearray(1 << 40)
    return check_file(id, path, undecided)


def fail_on_bob(id: str, path: Path, undecided: Policy) -> Report:
    if path.stem == "bob":
        raise KeyError("a bug")
    return check_file(id, path, undecided)


@pytest.mark.parametrize(
    ("checker", "problem"),
    [
        (hang_on_bob, "took longer than 2 s and was stopped; please grade it by hand"),
        (die_on_bob, "took too much memory and was stopped; please grade it by hand"),
        (fill_memory_on_bob, "took too much memory and was stopped; please grade it by hand"),
        (fail_on_bob, "symgrad failed (KeyError: 'a bug'); please grade it by hand"),
    ],
)
def test_a_submission_that_breaks_its_worker_changes_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checker: object, problem: str
) -> None:
    files(tmp_path, alice_md=RIGHT, bob_md=RIGHT, carol_md=RIGHT)
    monkeypatch.setattr("symgrad.grading.grade.check_file", checker)
    found: tuple[Grade, ...] = grade("softmax", tmp_path, deadline=2.0)
    alice, bob, carol = (item.report for item in found)
    assert alice == check_file("softmax", tmp_path / "alice.md")
    assert carol == check_file("softmax", tmp_path / "carol.md")
    assert (bob.problem, bob.score) == (problem, 0)
    assert {part.status for part in bob.parts} == {"unreadable"}
