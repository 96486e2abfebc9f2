"""What one submission gets, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from symgrad.terminal.screen import LONGEST_LINE, console, print_code, score_text, status_mark

if TYPE_CHECKING:
    from symgrad.grading.outcome import PartReport, Report


def print_report(report: Report, readings: Mapping[str, str] | None = None) -> None:
    """Part by part; `readings` are how the answers were read, where that is to be shown."""
    out = console()
    title = Text.assemble((report.exercise, "bold"), "  ", report.file)
    out.print(Rule(title, align="left", style="dim"))
    for part in report.parts:
        _print_part(out, part, (readings or {}).get(part.part, ""))
    out.print()
    out.print(score_text(report.score, report.max_score, "bold"))


def _print_part(out: Console, part: PartReport, reading: str) -> None:
    mark, colour = status_mark(part.status)
    out.print()
    out.print(
        Text.assemble(
            (f"{mark} ({part.part}) {part.status}", f"bold {colour}"),
            "  ",
            score_text(part.score, part.max_score, "dim"),
        )
    )
    if part.answer:
        print_code(out, "\n".join(map(_cut, part.answer.split("\n"))))
    if reading:
        out.print(Text("  read as", style="dim"))
        print_code(out, reading)
    for item in part.feedback:
        sentence, _, excerpt = item.message.partition("\n")
        out.print(Padding(Text(sentence), (0, 0, 0, 2), expand=False))
        if excerpt:
            print_code(out, excerpt)


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"
