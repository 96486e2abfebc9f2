"""The ladder of rules for second derivatives, with what each of them misses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from symgrad.refutation.witness import value_text
from symgrad.secondorder.argument import plain
from symgrad.secondorder.describe import (
    condition_texts,
    formula,
    hessian_rows,
    named_terms,
    numbers_rows,
    operations_text,
    search_lines,
    why_right,
    witness_text,
)
from symgrad.secondorder.sides import written
from symgrad.terminal.screen import console, print_code, status_mark

if TYPE_CHECKING:
    from symgrad.program import Program
    from symgrad.secondorder.argument import Step
    from symgrad.secondorder.hessian import Direction, Hessian
    from symgrad.secondorder.ladder import Ladder, Rung
    from symgrad.secondorder.matrix import Matrix
    from symgrad.secondorder.numbers import Numbers
    from symgrad.secondorder.smallest import Search

NUMBER_COLUMNS: dict[str, JustifyMethod] = {"rule": "left", "value": "right", "error": "right"}

JUDGED = {
    "equal": ("proved right", "green"),
    "different": ("wrong", "red"),
    "undecided": ("not decided", "cyan"),
}
"""A rule's value, as it is judged and coloured."""


def print_second_order(ladder: Ladder) -> None:
    """The forward pass, what is true, then every rule with what lies between it and the truth."""
    out = console()
    out.print(Text(f"The second derivative of {ladder.graph.loss} by {ladder.wrt}", style="bold"))
    out.print()
    print_code(out, str(ladder.forward))
    for title, value, colour in (
        ("first derivative", ladder.first, ""),
        ("true second derivative", ladder.true, "green"),
    ):
        out.print()
        out.print(Text(title, style=f"bold {colour}".strip()))
        print_code(out, formula(ladder.forward, value))
    for rung in ladder.rungs:
        _print_rung(out, ladder, rung)


def _print_rung(out: Console, ladder: Ladder, rung: Rung) -> None:
    judged, colour = JUDGED[rung.verdict.status]
    out.print()
    out.print(Text.assemble((f"{rung.rule.title}: ", "bold"), (judged, f"bold {colour}")))
    costs = f"{rung.operations} operations, {rung.memory} numbers held"
    for line in (rung.rule.update, costs):
        out.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
    print_code(out, formula(ladder.forward, rung.value))
    for name, term, cause in named_terms(ladder, rung):
        out.print(Padding(Text.assemble((f"{name}: ", "yellow"), term), (0, 0, 0, 2)))
        out.print(Padding(Text(cause, style="dim"), (0, 0, 0, 6)))
    for condition in condition_texts(ladder, rung) if not rung.right else ():
        out.print(Padding(Text(f"right where {condition}"), (0, 0, 0, 2)))
    reason = why_right(ladder, rung)
    if reason:
        out.print(Padding(Text(f"right because {reason}"), (0, 0, 0, 2)))
    example = ladder.witness(rung)
    if example is not None:
        true, value = value_text(example.true), value_text(example.value)
        shown = f"for example, with {witness_text(example)}: {value}, where {true} is right"
        out.print(Padding(Text(shown), (0, 0, 0, 2)))


def print_argument(steps: Iterable[Step]) -> None:
    """The notes' equations, each proved, witnessed or refuted, with the slip named."""
    out = console()
    for step in steps:
        claim = step.claim
        mark, colour = status_mark("correct" if step.holds else "incorrect")
        number = (f"({claim.number}) ", "bold")
        out.print(Text.assemble((f"{mark} ", colour), number, plain(claim.says)))
        print_code(out, f"{written(claim.left)} {claim.relation} {written(claim.right)}")
        if claim.slip is not None:
            out.print(Padding(Text(plain(claim.slip.says), style=colour), (0, 0, 0, 4)))
            print_code(out, f"{written(claim.slip.taken_for)} = {written(claim.slip.true)}")


def print_hessian(forward: Program, found: Hessian) -> None:
    """Every second derivative by a pair of inputs."""
    out = console()
    judged, colour = JUDGED[found.verdict.status]
    out.print()
    out.print(Text.assemble(("the Hessian, by edge pushing: ", "bold"), (judged, f"bold {colour}")))
    for name, value in hessian_rows(forward, found):
        print_code(out, f"{name} = {value}")


def print_hessian_product(forward: Program, found: Direction) -> None:
    """The program for the Hessian times a direction."""
    out = console()
    print_code(out, str(forward))
    title = f"The Hessian by {found.source} times a direction {found.direction}: {found.result}"
    _print_program(out, title, found.program)


def print_hessian_matrix(found: Direction, whole: Matrix) -> None:
    """The program for the whole Hessian, and what is proved of it."""
    out = console()
    _print_program(out, f"The whole Hessian by {found.source}: {whole.result}", whole.program)
    claims = {
        f"times any {found.direction} it is {found.result}": whole.is_product,
        "it is symmetric": whole.is_symmetric,
    }
    for claim, verdict in claims.items():
        judged, colour = JUDGED[verdict.status]
        out.print(Padding(Text.assemble(f"{claim}: ", (judged, colour)), (0, 0, 0, 2)))


def _print_program(out: Console, title: str, program: Program) -> None:
    out.print()
    out.print(Text(title, style="bold"))
    cost = f"{operations_text(program)} operations"
    out.print(Padding(Text(cost, style="dim"), (0, 0, 0, 2)))
    print_code(out, str(program))


def print_searches(searches: Iterable[Search]) -> None:
    """The smallest graphs on which rules fail."""
    out = console()
    out.print(Text("The smallest graph on which each rule fails", style="bold"))
    for line in search_lines(searches):
        out.print(Padding(Text(line), (0, 0, 0, 2)))


def print_numbers(ladder: Ladder, at: Numbers) -> None:
    """Every rule's value at a point, and how far it is from the truth."""
    out = console()
    out.print(Text(f"The second derivative of {ladder.graph.loss} by {ladder.wrt}", style="bold"))
    chosen = {name: formula(at.forward, expr) for name, expr in at.chosen.items()}
    point = {name: value_text(value) for name, value in at.point.items()}
    where = ", ".join(f"{name} = {value}" for name, value in {**chosen, **point}.items())
    out.print(Text(f"at {where}"))
    out.print()
    table = Table(box=None, show_header=True, header_style="dim", padding=(0, 2, 0, 0))
    for title, justify in NUMBER_COLUMNS.items():
        table.add_column(title, justify=justify)
    for row in numbers_rows(at):
        table.add_row(*row)
    out.print(Padding(table, (0, 0, 0, 2)))
