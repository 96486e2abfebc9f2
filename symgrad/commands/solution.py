"""`symgrad solution`: reference solutions, derived and proved."""

from __future__ import annotations

from pathlib import Path

import click

from symgrad.commands.refusal import Refusal


@click.command("solution", short_help="Write a reference solution.")
@click.argument("exercise", required=False)
@click.option("--all", "everything", is_flag=True, help="Every exercise, a file each.")
@click.option(
    "--format",
    "layout",
    type=click.Choice(["latex", "pdf", "markdown", "notebook"]),
    default="latex",
    show_default=True,
    help="What to write; pdf takes latexmk or pdflatex.",
)
@click.option("--fragment", is_flag=True, help="LaTeX without a preamble, for \\input.")
@click.option("--blank", is_flag=True, help="The same sheet without answers, for students.")
@click.option("-o", "--output", metavar="FILE", help="Where to write; a folder with --all.")
def solution_(
    exercise: str | None,
    everything: bool,
    layout: str,
    fragment: bool,
    blank: bool,
    output: str | None,
) -> None:
    """Write the reference solution of an exercise, derived step by step from its forward pass.

    Every step is proved before it is written. A PDF goes to EXERCISE.pdf where no -o is given,
    everything else to stdout. LaTeX, Markdown and the notebook are answer files that earn full
    marks; --blank leaves the answers out and keeps the headings that `check` reads.

    \b
    symgrad solution softmax
    symgrad solution softmax --format pdf -o softmax.pdf
    symgrad solution softmax --format notebook --blank -o softmax.ipynb
    symgrad solution --all -o solutions/
    """
    if (exercise is None) != everything:
        raise Refusal("name an exercise, or give --all; one of the two")
    if fragment and layout != "latex":
        raise Refusal("--fragment is for --format latex")
    from symgrad.course.exercise import catalogue
    from symgrad.course.exercise import exercise as find
    from symgrad.terminal.progress import naming_progress
    from symgrad.typesetting.solution import FORMATS, solution, write_solutions

    layout = "fragment" if fragment else layout
    try:
        if everything:
            folder = Path(output or "solutions")
            with naming_progress("solutions") as progress:
                found = list(catalogue().values())
                written = write_solutions(found, layout, folder, blank=blank, progress=progress)
            return click.echo(f"{len(written)} solutions written to {folder}")
        content = solution(find(str(exercise)), layout, blank=blank)
        if output is None and layout != "pdf":
            return click.echo(content.decode(), nl=False)
        path = Path(output or f"{exercise}{FORMATS[layout][0]}")
        path.write_bytes(content)
        click.echo(f"{path} written")
    except OSError as error:
        raise Refusal(f"{error.filename}: cannot be written: {error.strerror}") from None
