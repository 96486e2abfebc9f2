"""Reference solutions: current, compilable, and answer files themselves."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from compiled import overfull, pdflatex

from symgrad.course.exercise import Exercise, catalogue, exercise, order
from symgrad.errors import AuthorError
from symgrad.grading.answers import KINDS
from symgrad.grading.check import check
from symgrad.grading.outcome import Report
from symgrad.typesetting.document import PREAMBLE
from symgrad.typesetting.pdf import compiled
from symgrad.typesetting.sheet import Display, Math, Paragraph, Section, Sheet, prose, sheet
from symgrad.typesetting.solution import FORMATS, solution, write_solutions

SOLUTIONS = Path(__file__).parent.parent / "solutions"

EXERCISES = pytest.mark.parametrize("found", catalogue().values(), ids=lambda found: found.id)
ANSWER_FILES = ("latex", "fragment", "markdown", "notebook")
needs_pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")


def text(id: str, format: str = "latex", *, blank: bool = False) -> str:
    return solution(exercise(id), format, blank=blank).decode()


def graded(found: Exercise, written: Sheet, format: str) -> Report:
    """What a sheet gets that is handed in as it is; nothing in it may be remarked upon."""
    ending, render = FORMATS[format]
    content = render(written)
    assert isinstance(content, str)
    submission = KINDS[ending].split(content, [part.name for part in found.parts])
    assert not submission.remarks
    return check(found, submission)


# --- every exercise ------------------------------------------------------------------------------


@EXERCISES
def test_a_solution_is_current_and_earns_full_marks_in_every_format(found: Exercise) -> None:
    """`symgrad solution --all -o solutions/` makes it again; all but the answers is quoted."""
    whole = sheet(found)
    document = FORMATS["latex"][1](whole)
    assert (SOLUTIONS / f"{found.id}.tex").read_text("utf-8") == document
    assert isinstance(document, str) and document.isascii()
    for format in ANSWER_FILES:
        report = graded(found, whole, format)
        assert report.score == found.points, (format, [one.feedback for one in report.parts])
        assert not any(one.feedback for one in report.parts), format


@EXERCISES
def test_a_blank_sheet_has_every_question_and_no_answer(found: Exercise) -> None:
    """What is missing is missing: nothing in the questions is taken for an answer."""
    empty = sheet(found, blank=True)
    assert [section.name for section in empty.sections] == [part.name for part in found.parts]
    for format in ANSWER_FILES:
        report = graded(found, empty, format)
        assert {one.status for one in report.parts} == {"missing"}, format


def test_there_is_one_solution_an_exercise() -> None:
    assert {path.stem for path in SOLUTIONS.glob("*.tex")} == set(order())


# --- what a sheet says ---------------------------------------------------------------------------


def displays(written: Sheet, part: str) -> list[str]:
    """The lines that are displayed in the derivation of a part."""
    section = next(one for one in written.sections if one.name == part)
    return [
        line for block in section.derivation if isinstance(block, Display) for line in block.lines
    ]


def said(written: Sheet, part: str) -> str:
    """The sentences of a part, without their formulas."""
    section = next(one for one in written.sections if one.name == part)
    return "\n".join(
        "".join(piece if isinstance(piece, str) else "…" for piece in (*block.lead, *block.pieces))
        for block in (*section.derivation, *section.remarks)
        if isinstance(block, Paragraph)
    )


def test_the_derivation_of_a_convolution_solves_for_the_index() -> None:
    """The equation of the places, the solution, and the bounds that follow."""
    written = sheet(exercise("conv"))
    shown = "\n".join(displays(written, "b"))
    constrained, solved = r"i + l - 1 = p", r"\sum_{l=\max(1, p + h - H)}^{\min(p, h)}"
    assert 0 < shown.index(constrained) < shown.index(solved)
    assert "Solved for …, …; the ranges of these indices bound the others:" in said(written, "b")


def test_what_was_derived_before_is_not_derived_again() -> None:
    assert "is found as in (d)." in said(sheet(exercise("softmax")), "e")


def test_the_efficient_form_stands_with_both_counts() -> None:
    assert r"operations, $7 \, B \, J + 8 \, J + 1$ instead of $14 \, B \, J + 11" in text(
        "batchnorm"
    )


def test_a_sum_that_is_zero_is_not_in_a_closed_form() -> None:
    """That of x' over the batch."""
    assert r"\sum_{b_{2}} x'[b_{2}, j]" not in text("batchnorm")


def test_declared_numbers_are_put_into_the_answer() -> None:
    assert r"\begin{bmatrix} 0 & y.\text{grad}[1, 2] \\ 0 & y.\text{grad}[2, 2] \end{bmatrix}" in (
        text("relu")
    )


def test_a_long_answer_may_go_on_on_the_next_page() -> None:
    """A box cannot."""
    section = Section("a", "1 point", (), (), Display(("x = 1",) * 26))
    written = FORMATS["latex"][1](Sheet("E", "e", (), (section,)))
    assert r"\boxed" not in written


def test_what_was_proved_is_said_with_the_extents() -> None:
    assert r"is proved equal to the derived backward pass for all $B$, $J$." in text("softmax")


def test_the_forward_pass_stands_as_loops_and_as_equations() -> None:
    written = text("affine-loops")
    assert written.index("The forward pass as loops:") < written.index("The same as equations:")


def test_names_are_printed_as_in_the_notes_and_told_as_they_are_typed() -> None:
    written = text("ugrnn")
    assert r"$W^{h,R}$ is \texttt{WhR}" in written
    assert r"W^{h,R}.\text{grad}[i, j] \mathrel{+}=" in written


def test_backticks_are_mathematics() -> None:
    assert prose("give `x.grad[i]` now", {}) == ("give ", Math(r"x.\text{grad}[i]"), " now")


# --- formats -------------------------------------------------------------------------------------


def test_a_notebook_is_one_to_its_own_library() -> None:
    notebook = nbformat.reads(text("softmax", "notebook"), as_version=4)
    nbformat.validate(notebook)
    assert {cell.cell_type for cell in notebook.cells} == {"markdown"}


def test_a_blank_notebook_has_an_empty_cell_below_each_question() -> None:
    cells = json.loads(text("softmax", "notebook", blank=True))["cells"]
    assert [cell["source"] == "" for cell in cells] == [False, *[False, True] * 5]


def test_the_latex_needs_amsmath_only() -> None:
    packages = re.findall(r"\\usepackage(?:\[.*\])?\{(\w+)\}", text("conv"))
    assert set(packages) == {"amsmath", "geometry"}


def test_a_fragment_has_no_preamble_and_keeps_its_settings_to_itself() -> None:
    written = text("conv", "fragment")
    assert r"\documentclass" not in written and r"\begin{document}" not in written
    assert written.startswith("\\begingroup\n") and written.endswith("\\par\\endgroup\n")


def test_solutions_are_written_to_a_folder_and_followed_by_name(tmp_path: Path) -> None:
    found = [exercise("relu"), exercise("linear")]
    seen: list[tuple[str, int, int]] = []
    paths = write_solutions(
        found, "markdown", tmp_path / "new", progress=lambda *step: seen.append(step)
    )
    assert [path.name for path in paths] == ["relu.md", "linear.md"]
    assert paths[0].read_text("utf-8") == text("relu", "markdown")
    assert seen == [("relu", 0, 2), ("linear", 1, 2)]


# --- compiled ------------------------------------------------------------------------------------


@needs_pdflatex
def test_all_solutions_compile_and_nothing_runs_off_the_page(tmp_path: Path) -> None:
    """One document of all bodies, so that pdflatex starts once."""
    bodies = [
        path.read_text("utf-8").partition(r"\begin{document}")[2].partition(r"\end{document}")[0]
        for path in sorted(SOLUTIONS.glob("*.tex"))
    ]
    path = tmp_path / "all.tex"
    path.write_text(PREAMBLE + "\\newpage\n".join(bodies) + "\\end{document}\n", "utf-8")
    code, log = pdflatex(path)
    assert code == 0, log[-2000:]
    assert not overfull(log)


@needs_pdflatex
def test_fragments_compile_in_a_document_of_another_class(tmp_path: Path) -> None:
    parts = [tmp_path / f"{id}.tex" for id in ("softmax-l2", "linear")]
    for part in parts:
        part.write_text(text(part.stem, "fragment"), "utf-8")
    inputs = "\n".join(rf"\input{{{part.name}}}" for part in parts)
    path = tmp_path / "all.tex"
    path.write_text(
        "\\documentclass{report}\n\\usepackage{amsmath}\n"
        f"\\begin{{document}}\n{inputs}\n\\end{{document}}\n",
        "utf-8",
    )
    code, log = pdflatex(path)
    assert code == 0, log[-2000:]


@needs_pdflatex
def test_a_solution_as_pdf() -> None:
    assert solution(exercise("l2-loss"), "pdf").startswith(b"%PDF")


@needs_pdflatex
def test_what_latex_does_not_take_is_said() -> None:
    with pytest.raises(AuthorError, match="fails: Undefined control sequence"):
        compiled("\\documentclass{article}\\begin{document}\\nothing\\end{document}")


def test_a_missing_pdflatex_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AuthorError, match="pdflatex is not installed; use --format latex"):
        compiled("")
