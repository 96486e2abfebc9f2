"""The marks, the scores and the program text that every page of output is made of."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from symgrad.grading.outcome import Status

STATUS: dict[Status, tuple[str, str, str]] = {
    "correct": ("✓", "+", "green"),
    "partial": ("◐", "~", "yellow"),
    "incorrect": ("✗", "x", "red"),
    "unreadable": ("⚠", "!", "magenta"),
    "missing": ("–", "-", "dim"),
    "undecided": ("?", "?", "cyan"),
}
"""The mark of each status, the same for a terminal that knows ASCII only, and the colour."""

LONGEST_LINE = 600
"""Characters of a student's line that are shown."""


def console() -> Console:
    """A console that colours nothing by itself."""
    return Console(highlight=False)


def status_mark(status: Status) -> tuple[str, str]:
    """The mark and the colour of a status, as the terminal can show it."""
    mark, plain, colour = STATUS[status]
    return (plain if console().options.ascii_only else mark), colour


def print_whole(out: Console, table: Table) -> None:
    """Print a table whole; a narrow terminal breaks its lines itself."""
    needed = Measurement.get(out, out.options.update(max_width=LONGEST_LINE), table).maximum
    Console(highlight=False, width=max(out.width, needed)).print(table)


def print_code(out: Console, text: str) -> None:
    """Program text, indented; the terminal alone may wrap it, so that it can be copied."""
    out.print(Text(indent(text, "    "), style="cyan"), soft_wrap=True)


def score_text(score: float, full: float, style: str) -> Text:
    """`3 of 4 points`"""
    return Text(f"{score:g} of {points_text(full)}", style=style)


def points_text(points: float) -> str:
    """`1 point`, `2 points`"""
    return f"{points:g} point{'s' if points != 1 else ''}"
