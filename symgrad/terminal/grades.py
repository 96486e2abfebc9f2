"""A class: one row a student."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from rich import box
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from symgrad.terminal.screen import STATUS, console, print_whole, status_mark

if TYPE_CHECKING:
    from symgrad.grading.grade import Grade
    from symgrad.grading.outcome import PartReport


def print_grades(grades: Sequence[Grade], title: str) -> None:
    """One row a student: a mark and points for each part, the score; below, what went wrong."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("name", style="bold", no_wrap=True)
    for part in grades[0].report.parts if grades else ():
        table.add_column(part.part, no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for grade in grades:
        report = grade.report
        table.add_row(
            Text(grade.name),
            *(_mark(part) for part in report.parts),
            f"{report.score:g}/{report.max_score:g}",
        )
    table.add_section()
    table.add_row(Text("mean", style="dim"), *map(_mean, _columns(grades)), style="dim")
    out = console()
    out.print(Rule(Text(title, style="bold"), align="left", style="dim"))
    print_whole(out, table)
    out.print(_legend(grades))
    for grade in grades:
        if grade.report.problem:
            out.print(Text.assemble((grade.name, "bold"), f": {grade.report.problem}"))


def _columns(grades: Sequence[Grade]) -> Iterator[tuple[float, ...]]:
    """The points of all students for each part, then their scores."""
    yield from zip(*([part.score for part in grade.report.parts] for grade in grades), strict=True)
    yield tuple(grade.report.score for grade in grades)


def _mean(points: Sequence[float]) -> str:
    return f"{fmean(points):.2g}"


def _mark(part: PartReport) -> Text:
    mark, colour = status_mark(part.status)
    return Text(f"{mark} {part.score:g}" if part.score else mark, style=colour)


def _legend(grades: Sequence[Grade]) -> Text:
    """The marks that occur, with their names."""
    present = {part.status for grade in grades for part in grade.report.parts}
    pieces = []
    for status in STATUS:
        if status in present:
            mark, colour = status_mark(status)
            pieces.append(Text(f"{mark} {status}", style=colour))
    return Text("   ").join(pieces)
