"""Reference solutions: current, compilable, and answer files themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from symgrad.course.exercise import Exercise, catalogue, exercise, order
from symgrad.course.reference import reference
from symgrad.equivalence import equivalent
from symgrad.errors import AuthorError
from symgrad.grading.answers import KINDS, split_prose
from symgrad.grading.check import check
from symgrad.reading.text import read
from symgrad.typesetting.solution import (
    PREAMBLE,
    as_latex,
    as_markdown,
    as_notebook,
    as_pdf,
    compile_latex,
    write_solutions,
)

SOLUTIONS = Path(__file__).parent.parent / "solutions"

EXERCISES = pytest.mark.parametrize("found", catalogue().values(), ids=lambda found: found.id)
needs_pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")


@EXERCISES
def test_the_committed_solution_is_current(found: Exercise) -> None:
    """`symgrad solution --all -o solutions/` makes it again."""
    assert (SOLUTIONS / f"{found.id}.tex").read_text("utf-8") == as_latex(found)


def test_there_is_one_solution_an_exercise() -> None:
    assert {path.stem for path in SOLUTIONS.glob("*.tex")} == set(order())


@EXERCISES
def test_the_markdown_is_an_answer_file_with_full_marks(found: Exercise) -> None:
    """Forward passes and other forms are quoted, so that they belong to no answer."""
    submission = split_prose(as_markdown(found), [part.name for part in found.parts])
    report = check(found, submission)
    assert report.score == found.points, [part for part in report.parts if part.feedback]
    assert not submission.remarks


@pytest.mark.parametrize(("ending", "render"), [(".tex", as_latex), (".ipynb", as_notebook)])
@EXERCISES
def test_the_answers_of_a_solution_are_read_as_what_they_are(
    found: Exercise, ending: str, render: Callable[[Exercise], str]
) -> None:
    """The same program, or where a long line was broken an equal one; and nothing is remarked."""
    submission = KINDS[ending].split(render(found), [part.name for part in found.parts])
    assert not submission.remarks
    for part in found.parts:
        answer = submission.answers[part.name]
        program = read(answer.text, given=part.forward, aliases=found.aliases)
        assert not answer.remarks
        assert program == reference(part) or equivalent(program, reference(part), part.forward)


def test_a_notebook_is_one_to_its_own_library() -> None:
    notebook = nbformat.reads(as_notebook(exercise("softmax")), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert [cell.cell_type for cell in notebook.cells] == ["markdown"] * 6


@needs_pdflatex
def test_all_solutions_compile_and_nothing_runs_off_the_page(tmp_path: Path) -> None:
    """One document of all bodies, so that pdflatex starts once."""
    bodies = [
        as_latex(found).partition(r"\begin{document}")[2].partition(r"\end{document}")[0]
        for found in catalogue().values()
    ]
    path = tmp_path / "all.tex"
    path.write_text(PREAMBLE + "\\newpage\n".join(bodies) + "\\end{document}\n", "utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    log = run.stdout.decode("latin-1")
    assert run.returncode == 0, log[-2000:]
    assert "Overfull" not in log


@needs_pdflatex
def test_a_solution_as_pdf() -> None:
    assert as_pdf(exercise("l2-loss")).startswith(b"%PDF")


@needs_pdflatex
def test_what_pdflatex_does_not_take_is_said() -> None:
    with pytest.raises(AuthorError, match="pdflatex fails: Undefined control sequence"):
        compile_latex("\\documentclass{article}\\begin{document}\\nothing\\end{document}")


def test_a_missing_pdflatex_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AuthorError, match="pdflatex is not installed; use --format latex"):
        as_pdf(exercise("softmax"))


def test_the_latex_needs_amsmath_only() -> None:
    text = as_latex(exercise("conv"))
    assert set(re.findall(r"\\usepackage(?:\[.*\])?\{(\w+)\}", text)) == {"amsmath", "geometry"}


@EXERCISES
def test_the_latex_is_plain_ascii(found: Exercise) -> None:
    """So that no engine and no input encoding stumbles over it."""
    assert as_latex(found).isascii()


def test_solutions_are_written_to_a_folder(tmp_path: Path) -> None:
    found = [exercise("softmax"), exercise("conv")]
    paths = write_solutions(found, "markdown", tmp_path / "new")
    assert [path.name for path in paths] == ["softmax.md", "conv.md"]
    assert paths[0].read_text("utf-8") == as_markdown(found[0])
