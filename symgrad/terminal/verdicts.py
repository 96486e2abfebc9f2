"""A verdict, with the values that refute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from symgrad.grading.explain import nested
from symgrad.terminal.screen import console, status_mark

if TYPE_CHECKING:
    from symgrad.equivalence import Verdict
    from symgrad.grading.outcome import Status
    from symgrad.refutation.witness import Kind, Witness

VERDICTS: dict[str, tuple[Status, str]] = {
    "equal": ("correct", "proved for all extents"),
    "different": ("incorrect", "refuted by these values"),
    "undecided": ("undecided", "neither proved nor refuted"),
}
"""The status whose mark a verdict has, and what it means."""

STRUCTURAL: dict[Kind, str] = {
    "shape": "the axes are not the same",
    "missing": "one side does not write it",
}
"""What refutes where no values do."""


def print_verdict(verdict: Verdict) -> None:
    out = console()
    like, sentence = VERDICTS[verdict.status]
    if verdict.witness is not None:
        sentence = STRUCTURAL.get(verdict.witness.kind, sentence)
    mark, colour = status_mark(like)
    out.print(Text.assemble((f"{mark} {verdict.status}", f"bold {colour}"), f"  {sentence}"))
    if verdict.step is not None:
        out.print(Padding(Text(verdict.step.claim), (0, 0, 0, 2), expand=False))
    if verdict.witness is not None:
        out.print(Padding(_witness(verdict.witness), (1, 0, 0, 2), expand=False))
    if verdict.evidence is not None:
        out.print(Text(f"  {verdict.evidence.message}"))


def _witness(witness: Witness) -> Table:
    """The element, both values, and the inputs that matter to them."""
    place = f"{witness.target}{list(witness.element)}" if witness.element else witness.target
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(f"left {place}", Text(witness.left, style="bold"))
    table.add_row(f"right {place}", Text(witness.right, style="bold"))
    for name, size in witness.extents.items():
        table.add_row(name, str(size))
    for name in witness.relevant:
        table.add_row(name, Text(nested(witness.inputs[name])))
    for name, body in witness.functions.items():
        table.add_row(name, body)
    return table
