"""An answer file is split into parts without losing a line of an answer or moving one."""

from __future__ import annotations

from pathlib import Path

import pytest

from symgrad.errors import StudentError
from symgrad.grading.answers import KINDS, load

PARTS = ("a", "b")
STATEMENT = "for b, j: s.grad[b, j] += p[b, j]"


def answers(text: str, parts: tuple[str, ...] = PARTS) -> dict[str, str]:
    submission = KINDS[".md"].split(text, parts)
    return {part: answer.text.strip() for part, answer in submission.answers.items()}


@pytest.mark.parametrize(
    "heading",
    [
        "## a",
        "# a",
        "## A",
        "# Part a",
        "### Part (a): the loop",
        "## (a) The loop",
        "## Problem 1 (a)",
        "(a)",
        "a)",
        "a.",
        "a:",
        "Part a",
        "part (a)",
        "Part a: the second loop",
        "Problem 1a",
        "**(a)**",
        "**Part a**",
        "  a)",
    ],
)
def test_every_form_of_heading_starts_a_part(heading: str) -> None:
    assert answers(f"{heading}\n{STATEMENT}\n\n(b)\nZ = 1") == {"a": STATEMENT, "b": "Z = 1"}


@pytest.mark.parametrize("line", ["(a) Z = 1", "a) Z = 1", "a: Z = 1", "**(a)** Z = 1"])
def test_an_answer_may_stand_on_the_line_of_its_heading(line: str) -> None:
    submission = KINDS[".md"].split(line, PARTS)
    assert submission.answers["a"].text == " " * line.index("Z") + "Z = 1"


@pytest.mark.parametrize(
    "line",
    ["# a note on this", "# Softmax", "## Solution", "1) first", "a simple idea", "(see below)"],
)
def test_other_lines_are_no_headings(line: str) -> None:
    assert answers(f"## b\nZ = 1\n{line}\nW = 2")["b"].split("\n")[0] == "Z = 1"
    assert answers(f"## b\nZ = 1\n{line}\nW = 2")["b"].endswith("W = 2")


def test_a_gradient_is_no_heading_of_the_part_that_has_its_name() -> None:
    assert answers("## x\nx.grad += y.grad", ("x", "y")) == {"x": "x.grad += y.grad", "y": ""}


def test_lines_and_columns_keep_their_places() -> None:
    text = "# Homework\n\n## a\nWe multiply:\n\n   - Z = 1\n"
    assert KINDS[".md"].split(text, PARTS).answers["a"].text == "\n\n\n\n\n     Z = 1"


def test_one_part_needs_no_heading() -> None:
    assert answers("My answer:\n" + STATEMENT, ("a",)) == {"a": STATEMENT}


def test_fenced_code_is_the_answer_and_a_statement_beside_it_is_mentioned() -> None:
    text = f"## a\nZ = 3\n```text\n{STATEMENT}\n```\n## b\n~~~\nW = 1\n\nV = 2\n~~~\n"
    submission = KINDS[".md"].split(text, PARTS)
    assert answers(text) == {"a": STATEMENT, "b": "W = 1\n\nV = 2"}
    assert submission.answers["a"].remarks == (
        "line 2 stands outside the code block and was not graded",
    )


def test_headings_inside_one_fence_separate_the_parts() -> None:
    assert answers("```\n# a\nZ = 1\n# b\nW = 2\n```") == {"a": "Z = 1", "b": "W = 2"}


@pytest.mark.parametrize("mark", ["- ", "* ", "1. ", "2) "])
def test_a_list_of_statements_is_an_answer(mark: str) -> None:
    assert answers(f"## a\n{mark}{STATEMENT}")["a"] == STATEMENT


def test_a_line_in_backticks_is_a_statement() -> None:
    assert answers(f"## a\n`{STATEMENT}`")["a"] == STATEMENT


def test_prose_around_statements_is_ignored() -> None:
    assert answers(f"## a\nWe multiply.\n\n{STATEMENT}\n> quoted\nDone.")["a"] == STATEMENT


def test_a_statement_goes_on_until_its_brackets_close() -> None:
    text = "## a\nZ = sum(j,\n    p[j] *\n  q[j])\nThat is all."
    assert answers(text)["a"] == "Z = sum(j,\n    p[j] *\n  q[j])"


def test_a_loop_with_its_body_below_is_kept_whole() -> None:
    assert answers("## a\nfor b, j:\n    Z[b] += 1")["a"] == "for b, j:\n    Z[b] += 1"


def test_a_formula_in_a_sentence_is_mentioned_where_nothing_else_answers() -> None:
    answer = KINDS[".md"].split("## a\nSo we have Z[b] = 1.", PARTS).answers["a"]
    assert answer.missing
    assert answer.remarks == ("line 2: a formula within a sentence is not graded; give it a line",)


def test_a_part_answered_twice_is_refused() -> None:
    problem = (
        KINDS[".md"].split("## a\nZ = 1\n## b\nW = 1\n## a\nZ = 2", PARTS).answers["a"].problem
    )
    assert problem is not None
    assert problem.message == "part a is answered twice, from lines 1 and 5"


def test_a_heading_repeated_before_the_answer_is_one_heading() -> None:
    assert answers("## a\n```\n# a\nZ = 1\n```")["a"] == "Z = 1"


def test_what_belongs_to_no_part_is_mentioned() -> None:
    submission = KINDS[".md"].split("V = 1\n## a\nZ = 1\n## f\nW = 1", PARTS)
    assert submission.remarks == (
        "line 1 stands before the first part and was not graded; "
        "start each part with a line such as '## a'",
        "line 5: there is no part f; the parts are a, b",
    )


def test_every_part_has_an_answer_even_if_missing() -> None:
    assert all(answer.missing for answer in KINDS[".md"].split("", PARTS).answers.values())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody.md", "there is no such file"),
        ("alice.docx", ".docx is not a kind of answer file that is read"),
        ("alice.pdf", "hand in one of .ipynb, .md, .py, .tex, .txt"),
    ],
)
def test_what_is_no_answer_file_is_refused(tmp_path: Path, name: str, message: str) -> None:
    if name != "nobody.md":
        (tmp_path / name).write_text("")
    with pytest.raises(StudentError, match=message):
        load(tmp_path / name, PARTS)


def test_the_answers_of_a_file_are_its_parts(tmp_path: Path) -> None:
    (tmp_path / "alice.MD").write_text("## a\nZ = 1\n")
    assert load(tmp_path / "alice.MD", PARTS).answers["a"].text == "\nZ = 1"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "alice.md").write_text("## a\nZ = 1\n")
    (tmp_path / "bob.md").symlink_to(tmp_path / "alice.md")
    with pytest.raises(StudentError, match="this is a link"):
        load(tmp_path / "bob.md", PARTS)


@pytest.mark.parametrize(
    "heading",
    ["## a (2 points)", "(a) [1 pt]", "**Part a** (1.5 marks)", "## (a) The loop, 2 points"],
)
def test_points_belong_to_the_heading(heading: str) -> None:
    assert answers(f"{heading} {STATEMENT}")["a"] in (STATEMENT, "")
    assert answers(f"{heading}\n{STATEMENT}")["a"] == STATEMENT


def test_mathematics_is_the_answer_where_nothing_else_is() -> None:
    text = "## a\nWe get\n$$Z_b = 1$$\nand $W = 2$.\n## b\nhence $W = 2$ and $p$."
    assert answers(text) == {"a": "$$Z_b = 1$$", "b": "$W = 2$"}
    assert KINDS[".md"].split(text, PARTS).answers["a"].remarks == (
        "line 4: a formula within a sentence was not graded; give it a line",
    )


def test_a_display_that_assigns_nothing_is_not_lost() -> None:
    assert answers("## a\n$$p_b (1 - p_b)$$")["a"] == "$$p_b (1 - p_b)$$"
    assert answers("## a\n$$\\sum_b p_b = 1$$\n$$Z_b = 1$$")["a"] == "$$Z_b = 1$$"


def test_a_chain_may_go_on_in_the_next_formula() -> None:
    assert answers("## a\n$$Z_b = 1$$\n$$= 2$$")["a"] == "$$Z_b = 1$$\n$$= 2$$"


@pytest.mark.parametrize("text", ["(" + " =" * 90_000, "x" * 30_000])
def test_lines_are_limited(text: str) -> None:
    with pytest.raises(StudentError, match="line 2 has more than 20000 characters"):
        KINDS[".md"].split(f"## a\n{text}", PARTS)


def test_so_are_their_number_and_the_time_they_take() -> None:
    with pytest.raises(StudentError, match="more than 10000 lines"):
        KINDS[".md"].split("## a\n" * 20_000, PARTS)


def test_the_kinds_of_files_are_a_table() -> None:
    assert sorted(KINDS) == [".ipynb", ".md", ".py", ".tex", ".txt"]
