"""What the command line prints for people: the only module that knows rich.

Nothing here decides anything; each function takes values of the domain and draws them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import fmean
from textwrap import indent
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from symgrad.grading.explain import nested
from symgrad.refutation.witness import value_text
from symgrad.secondorder.argument import plain
from symgrad.secondorder.describe import (
    condition_texts,
    formula,
    hessian_rows,
    named_terms,
    numbers_rows,
    search_lines,
    witness_text,
)
from symgrad.secondorder.sides import written

if TYPE_CHECKING:
    from symgrad.course.exercise import Exercise, Part
    from symgrad.equivalence import Verdict
    from symgrad.grading.check import PartReport, Report, Status
    from symgrad.grading.grade import Grade
    from symgrad.program import Program
    from symgrad.refutation.witness import Witness
    from symgrad.secondorder.argument import Step
    from symgrad.secondorder.hessian import Direction, Hessian
    from symgrad.secondorder.ladder import Ladder, Rung
    from symgrad.secondorder.numbers import Numbers
    from symgrad.secondorder.smallest import Search

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
    return Console(highlight=False)


def _status(status: Status) -> tuple[str, str]:
    """The mark and the colour of a status, as the terminal can show it."""
    mark, plain, colour = STATUS[status]
    return (plain if console().options.ascii_only else mark), colour


def _unsqueezed(out: Console, table: Table) -> None:
    """Print a table whole; a narrow terminal breaks its lines itself."""
    needed = Measurement.get(out, out.options.update(max_width=LONGEST_LINE), table).maximum
    Console(highlight=False, width=max(out.width, needed)).print(table)


# --- exercises -----------------------------------------------------------------------------------


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
            _print_code(out, forward)
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
        Text.assemble(_prose(part.question), " ", (f"[{_points(part.points)}]", "dim")),
    )
    return grid


def _prose(text: str) -> Text:
    """A question, with what stands in backticks as code."""
    pieces = text.split("`")
    return Text.assemble(*((piece, "cyan" if n % 2 else "") for n, piece in enumerate(pieces)))


def _print_code(out: Console, text: str) -> None:
    """Program text, indented; the terminal alone may wrap it, so that it can be copied."""
    out.print(Text(indent(text, "    "), style="cyan"), soft_wrap=True)


# --- a report ------------------------------------------------------------------------------------


def print_report(report: Report, readings: Mapping[str, str] | None = None) -> None:
    """Part by part; `readings` are how the answers were read, where that is to be shown."""
    out = console()
    title = Text.assemble((report.exercise, "bold"), "  ", report.file)
    out.print(Rule(title, align="left", style="dim"))
    for part in report.parts:
        _print_part(out, part, (readings or {}).get(part.part, ""))
    out.print()
    out.print(_score(report.score, report.max_score, "bold"))


def _print_part(out: Console, part: PartReport, reading: str) -> None:
    mark, colour = _status(part.status)
    out.print()
    out.print(
        Text.assemble(
            (f"{mark} ({part.part}) {part.status}", f"bold {colour}"),
            "  ",
            _score(part.score, part.max_score, "dim"),
        )
    )
    if part.answer:
        _print_code(out, "\n".join(map(_cut, part.answer.split("\n"))))
    if reading:
        out.print(Text("  read as", style="dim"))
        _print_code(out, reading)
    for item in part.feedback:
        sentence, _, excerpt = item.message.partition("\n")
        out.print(Padding(Text(sentence), (0, 0, 0, 2), expand=False))
        if excerpt:
            _print_code(out, excerpt)


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"


def _score(score: float, full: float, style: str) -> Text:
    return Text(f"{score:g} of {_points(full)}", style=style)


def _points(points: float) -> str:
    return f"{points:g} point{'s' if points != 1 else ''}"


# --- a class -------------------------------------------------------------------------------------


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
    _unsqueezed(out, table)
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
    mark, colour = _status(part.status)
    return Text(f"{mark} {part.score:g}" if part.score else mark, style=colour)


def _legend(grades: Sequence[Grade]) -> Text:
    """The marks that occur, with their names."""
    present = {part.status for grade in grades for part in grade.report.parts}
    pieces = []
    for status in STATUS:
        if status in present:
            mark, colour = _status(status)
            pieces.append(Text(f"{mark} {status}", style=colour))
    return Text("   ").join(pieces)


@contextmanager
def grading_progress(description: str) -> Iterator[Callable[[Grade, int, int], None]]:
    """The progress of grading, by the names of those who are graded."""
    with naming_progress(f"grading {description}") as advance:
        yield lambda grade, done, total: advance(grade.name, done, total)


@contextmanager
def naming_progress(description: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr that follows the work by names, gone when it is done; none in a file."""
    out = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[name]}", style="dim"),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    ) as progress:
        task = progress.add_task(description, total=None, name="")

        def advance(name: str, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, name=name)

        yield advance


# --- a verdict -----------------------------------------------------------------------------------


VERDICTS: dict[str, tuple[Status, str]] = {
    "equal": ("correct", "proved for all extents"),
    "different": ("incorrect", "refuted by these values"),
    "undecided": ("undecided", "neither proved nor refuted"),
}
"""The status whose mark a verdict has, and what it means."""


def print_verdict(verdict: Verdict) -> None:
    out = console()
    like, sentence = VERDICTS[verdict.status]
    mark, colour = _status(like)
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


# --- second order --------------------------------------------------------------------------------


def print_second_order(ladder: Ladder) -> None:
    """The forward pass, what is true, then every rule with what lies between it and the truth."""
    out = console()
    out.print(Text(f"The second derivative of {ladder.graph.loss} by {ladder.wrt}", style="bold"))
    out.print()
    _print_code(out, str(ladder.forward))
    for title, value, colour in (
        ("first derivative", ladder.first, ""),
        ("true second derivative", ladder.true, "green"),
    ):
        out.print()
        out.print(Text(title, style=f"bold {colour}".strip()))
        _print_code(out, formula(ladder.forward, value))
    for rung in ladder.rungs:
        _print_rung(out, ladder, rung)


def _print_rung(out: Console, ladder: Ladder, rung: Rung) -> None:
    judged, colour = JUDGED[rung.verdict.status]
    out.print()
    out.print(Text.assemble((f"{rung.rule.title}: ", "bold"), (judged, f"bold {colour}")))
    costs = f"{rung.operations} operations, {rung.memory} numbers held"
    for line in (rung.rule.update, costs):
        out.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
    _print_code(out, formula(ladder.forward, rung.value))
    for name, term, cause in named_terms(ladder, rung):
        out.print(Padding(Text.assemble((f"{name}: ", "yellow"), term), (0, 0, 0, 2)))
        out.print(Padding(Text(cause, style="dim"), (0, 0, 0, 6)))
    for condition in condition_texts(ladder, rung) if not rung.right else ():
        out.print(Padding(Text(f"right where {condition}"), (0, 0, 0, 2)))
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
        mark, colour = _status("correct" if step.holds else "incorrect")
        number = (f"({claim.number}) ", "bold")
        out.print(Text.assemble((f"{mark} ", colour), number, plain(claim.says)))
        _print_code(out, f"{written(claim.left)} {claim.relation} {written(claim.right)}")
        if claim.slip is not None:
            out.print(Padding(Text(plain(claim.slip.says), style=colour), (0, 0, 0, 4)))
            _print_code(out, f"{written(claim.slip.taken_for)} = {written(claim.slip.true)}")


def print_hessian(forward: Program, found: Hessian) -> None:
    """Every second derivative by a pair of inputs."""
    out = console()
    judged, colour = JUDGED[found.verdict.status]
    out.print()
    out.print(Text.assemble(("the Hessian, by edge pushing: ", "bold"), (judged, f"bold {colour}")))
    for name, value in hessian_rows(forward, found):
        _print_code(out, f"{name} = {value}")


def print_hessian_product(forward: Program, found: Direction) -> None:
    """The program for the Hessian times a direction."""
    out = console()
    title = f"The Hessian times a direction {found.direction}: {found.result}"
    out.print(Text(title, style="bold"))
    out.print()
    for program in (forward, found.program):
        _print_code(out, str(program))
        out.print()


def print_searches(searches: Iterable[Search]) -> None:
    """The smallest graphs on which rules fail."""
    out = console()
    out.print(Text("The smallest graph on which each rule fails", style="bold"))
    for line in search_lines(searches):
        out.print(Padding(Text(line), (0, 0, 0, 2)))


JUDGED = {
    "equal": ("proved right", "green"),
    "different": ("wrong", "red"),
    "undecided": ("not decided", "cyan"),
}
"""A rule's value, as it is judged and coloured."""


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
    for title, justify in (("rule", "left"), ("value", "right"), ("error", "right")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    for row in numbers_rows(at):
        table.add_row(*row)
    out.print(Padding(table, (0, 0, 0, 2)))
