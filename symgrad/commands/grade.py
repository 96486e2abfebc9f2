"""`symgrad check` and `symgrad grade`: one submission, and a class."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symgrad.commands.options import JSON, UNDECIDED, print_json
from symgrad.commands.refusal import Refusal, whole

if TYPE_CHECKING:
    from symgrad.course.exercise import Part
    from symgrad.grading.outcome import Policy, Report


@click.command()
@click.argument("exercise")
@click.argument("file")
@UNDECIDED
@click.option("--show", is_flag=True, help="Show how each answer was read, in plain notation.")
@click.option("--latex", "as_latex", is_flag=True, help="Show it as LaTeX.")
@JSON
def check(
    exercise: str, file: str, undecided: Policy, show: bool, as_latex: bool, as_json: bool
) -> None:
    """Check one submission.

    Exits with 0 if everything is correct, 1 if not, 2 if the file cannot be read.

    \b
    symgrad check softmax alice.md
    symgrad check softmax alice.md --json
    symgrad check softmax alice.tex --show --latex
    """
    from symgrad.grading.check import check_file

    with whole(file):
        report = check_file(exercise, Path(file), undecided)
    readings = _readings(report, as_latex) if show or as_latex else None
    if as_json:
        from symgrad.grading.report import report_object

        print_json(report_object(report, readings))
    else:
        from symgrad.terminal.reports import print_report

        print_report(report, readings)
    sys.exit(0 if report.all_correct else 1)


def _readings(report: Report, as_latex: bool) -> dict[str, str]:
    """How each answer that could be read was understood."""
    from symgrad.course.exercise import exercise as find
    from symgrad.reading.text import read
    from symgrad.typesetting.latex import latex

    exercise = find(report.exercise)
    names = {name: alias for alias, name in reversed([*exercise.aliases.items()])}

    def written(part: Part, reading: str) -> str:
        return latex(read(reading, given=part.forward), names) if as_latex else reading

    return {
        part.name: written(part, found.reading)
        for part, found in zip(exercise.parts, report.parts, strict=True)
        if found.reading
    }


@click.command()
@click.argument("exercise")
@click.argument("folder")
@click.option("-o", "--output", metavar="OUT", help="Where to write; default graded/EXERCISE.")
@UNDECIDED
@JSON
def grade(exercise: str, folder: str, output: str | None, undecided: Policy, as_json: bool) -> None:
    """Grade a class.

    Prints a table and writes OUT/scores.csv and OUT/feedback/NAME.md for each student.

    FOLDER holds one file a student (alice.md) or one folder a student (alice/softmax.md). A file
    that cannot be read is a row of the table like any other.

    \b
    symgrad grade softmax examples/class
    symgrad grade softmax homework/ -o graded/
    """
    from symgrad.course.exercise import exercise as find

    find(exercise)
    if not Path(folder).is_dir():
        kind = "a file, not a folder" if Path(folder).exists() else "not there"
        raise Refusal(f"{folder}: this is {kind}; name the folder with the submissions")
    from symgrad.grading.grade import grade as grade_folder
    from symgrad.grading.report import write
    from symgrad.terminal.grades import print_grades
    from symgrad.terminal.progress import grading_progress

    out = Path(output or Path("graded") / exercise)
    with grading_progress(exercise) as progress:
        grades = grade_folder(exercise, Path(folder), undecided, progress)
    if not grades:
        raise Refusal(f"{folder}: the folder is empty; it should hold the submissions")
    try:
        write(grades, out)
    except OSError as error:
        raise Refusal(f"{out}: cannot be written: {error.strerror}; give another -o") from None
    if as_json:
        from symgrad.grading.report import report_object

        return print_json([{"name": g.name, **report_object(g.report)} for g in grades])
    print_grades(grades, f"{exercise}: {folder}")
    click.echo(f"{out / 'scores.csv'} and {out / 'feedback'} written")
