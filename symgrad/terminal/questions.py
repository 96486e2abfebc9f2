"""The list of the exercises, and an exercise as the student gets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from symgrad.terminal.screen import console, points_text, print_code

if TYPE_CHECKING:
    from symgrad.course.exercise import Exercise, Part


def print_exercises(exercises: Sequence[Exercise]) -> None:
    """The exercises below the document that they are from."""
    out = console()
    width = max(len(exercise.id) for exercise in exercises)
    header = _columns_of_list(width)
    header.add_row(*(Text(name, style="dim") for name in ("exercise", "parts", "points", "where")))
    out.print(header)
    for document in dict.fromkeys(exercise.document for exercise in exercises):
        out.print()
        out.print(Text(document, style="italic"))
        table = _columns_of_list(width)
        for exercise in exercises:
            if exercise.document == document:
                parts = " ".join(part.name for part in exercise.parts)
                table.add_row(exercise.id, parts, str(exercise.points), exercise.problem)
        out.print(table)
    out.print(Text("\n`symgrad show EXERCISE` shows the question.", style="dim"))


def _columns_of_list(width: int) -> Table:
    """A table of exercises; all of them have the same columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", width=width, no_wrap=True)
    table.add_column(width=22)
    table.add_column(justify="right", width=6, no_wrap=True)
    table.add_column(style="dim")
    return table


def print_question(exercise: Exercise) -> None:
    """The question, each forward pass once, above the parts that are about it."""
    out = console()
    out.print(Text(exercise.title, style="bold"), Text(f"  {exercise.source}", style="dim"))
    out.print()
    out.print(_prose(exercise.question))
    if exercise.naming:
        out.print(_prose(exercise.naming))
    shown = ""
    for part in exercise.parts:
        forward = str(part.forward)
        if forward != shown:
            out.print()
            print_code(out, forward)
            shown = forward
        out.print()
        out.print(_asked(part))
    out.print()


def _asked(part: Part) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    grid.add_row(
        f"({part.name})",
        Text.assemble(_prose(part.question), " ", (f"[{points_text(part.points)}]", "dim")),
    )
    return grid


def _prose(text: str) -> Text:
    """A question, with what stands in backticks as code."""
    pieces = text.split("`")
    return Text.assemble(*((piece, "cyan" if n % 2 else "") for n, piece in enumerate(pieces)))
