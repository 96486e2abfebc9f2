"""The command line. Each command imports what it needs, so that `symgrad --help` is instant.

Exit codes: 0 success (all correct, equal), 1 the opposite, 2 usage or something that cannot be
read, 3 undecided. Whatever cannot be read is one line on stderr: what, where, what to do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import symgrad
from symgrad.refusal import Commands, Refusal, called, place, text_from, whole

if TYPE_CHECKING:
    from symgrad.course.exercise import Part
    from symgrad.grading.check import Policy, Report
    from symgrad.program import Program
    from symgrad.secondorder.ladder import Ladder
    from symgrad.secondorder.numbers import Numbers
    from symgrad.secondorder.smallest import Search

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
UNDECIDED = click.option(
    "--undecided",
    type=click.Choice(["accept", "reject"]),
    default="accept",
    show_default=True,
    help="Whether an answer that is neither proved nor refuted earns its points.",
)


@click.group("symgrad", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(symgrad.__version__, prog_name="symgrad")
def main() -> None:
    """Derive the backward pass of loops over indexed arrays, grade answers, say why they are wrong.

    \b
    symgrad list                              the exercises
    symgrad derive softmax                    a backward pass
    symgrad grade softmax examples/class      a class
    symgrad solution softmax                  a reference solution
    symgrad explore second-order              why naive second-order backprop fails
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without δ is no reason to stop


# --- exercises -----------------------------------------------------------------------------------


@main.command("list")
@JSON
def list_(as_json: bool) -> None:
    """List the exercises, their parts and sources.

    \b
    symgrad list
    symgrad list --json
    """
    from symgrad.course.exercise import catalogue

    exercises = list(catalogue().values())
    if as_json:
        from symgrad.grading.report import exercise_object

        return _print_json([exercise_object(exercise) for exercise in exercises])
    from symgrad.terminal import print_exercises

    print_exercises(exercises)


@main.command()
@click.argument("exercise")
@JSON
def show(exercise: str, as_json: bool) -> None:
    """Show the question as the student gets it.

    \b
    symgrad show softmax
    """
    from symgrad.course.exercise import exercise as find

    found = find(exercise)
    if as_json:
        from symgrad.grading.report import question_object

        return _print_json(question_object(found))
    from symgrad.terminal import print_question

    print_question(found)


# --- deriving and deciding -----------------------------------------------------------------------


@main.command()
@click.argument("exercise", required=False)
@click.option("--program", metavar="FILE", help="Derive this forward pass instead; - is stdin.")
@click.option(
    "--form",
    type=click.Choice(["loops", "sums", "efficient"]),
    default="loops",
    show_default=True,
    help="Loops that add to each gradient, a sum for each element, or the fewest operations.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "latex", "json", "python", "numpy", "torch", "edf"]),
    default="text",
    show_default=True,
    help="How it is written: as notation, LaTeX, JSON, or as code that runs.",
)
@click.option(
    "--extent",
    "extents",
    metavar="NAME=SIZE",
    multiple=True,
    help="A size that the efficient form is to be cheapest for; default: all alike.",
)
def derive(
    exercise: str | None, program: str | None, form: str, layout: str, extents: tuple[str, ...]
) -> None:
    """Derive a backward pass.

    Of an exercise, or of a forward pass in a file. An exercise whose parts are about several
    forward passes has a backward pass for each.

    \b
    symgrad derive softmax
    symgrad derive conv --form sums --format latex
    symgrad derive softmax --form efficient --format numpy
    symgrad derive batchnorm --format edf
    symgrad derive --program forward.txt
    printf 'input x\\noutput y\\ny = sin(x)\\n' | symgrad derive --program -
    """
    if (exercise is None) == (program is None):
        raise Refusal("name an exercise, or give --program FILE; one of the two")
    sizes = _sizes(extents)
    written: list[tuple[str, Program, Program]] = []
    for name, forward in _forwards(exercise, program):
        with place(name):
            written.append((name, forward, _backward(forward, form, sizes)))
    if layout == "json":
        return _print_json(
            [
                {
                    "of": name,
                    "form": form,
                    "forward": str(forward),
                    "backward": str(backward),
                    **({"counts": _counts(forward, backward)} if form == "efficient" else {}),
                }
                for name, forward, backward in written
            ]
        )
    if layout not in ("text", "latex"):
        return click.echo(_code(written, layout, exercise or called(str(program))), nl=False)
    from symgrad.typesetting.latex import latex

    comment = "%" if layout == "latex" else "#"
    for n, (name, forward, backward) in enumerate(written):
        if len(written) > 1:
            click.echo(f"{chr(10) if n else ''}{comment} {name}")
        click.echo(latex(backward) if layout == "latex" else str(backward))
        if form == "efficient":
            for what, found in _counts(forward, backward).items():
                line = f"{found['efficient']}   (naive: {found['naive']})"
                click.echo(f"{comment} {what}: {line}")


def _code(written: Sequence[tuple[str, Program, Program]], layout: str, title: str) -> str:
    """Both passes as code; of several parts each has its letters in its name."""
    from symgrad.codegen.file import source
    from symgrad.codegen.function import Passes

    passes = [
        Passes(
            forward,
            backward,
            "_" + name.split(maxsplit=1)[1].replace(", ", "_") if written[1:] else "",
        )
        for name, forward, backward in written
    ]
    with place(title):
        return source(passes, layout, title)


def _sizes(extents: tuple[str, ...]) -> dict[str, float]:
    """`N=1000` for every extent that is given a size."""
    sizes = {}
    for item in extents:
        name, _, size = item.partition("=")
        if not name or not size.isdecimal() or len(size) > 9 or int(size) == 0:
            raise Refusal(f"--extent {item}: give a name and a whole number, as in --extent N=1000")
        sizes[name] = float(size)
    return sizes


def _backward(forward: Program, form: str, extents: dict[str, float]) -> Program:
    """The backward pass in the form that is asked for."""
    if form == "efficient":
        from symgrad.efficient.economise import economise

        return economise(forward, extents=extents)
    from symgrad.derivation.backward import derive as backward_of

    backward = backward_of(forward)
    if form == "sums":
        from symgrad.forms.gather import gather

        return gather(backward)
    return backward


def _counts(forward: Program, backward: Program) -> dict[str, dict[str, str]]:
    """Operations and elements moved, of the efficient and of the naive backward pass."""
    from symgrad.derivation.backward import derive as backward_of
    from symgrad.efficient.operations import operations, written
    from symgrad.writing.write import expression_text

    found, naive = operations(backward), operations(backward_of(forward))
    pairs = {
        "operations": (found.operations, naive.operations),
        "moved": (found.moved, naive.moved),
    }
    return {
        what: {
            "efficient": expression_text(written(ours)),
            "naive": expression_text(written(theirs)),
        }
        for what, (ours, theirs) in pairs.items()
    }


def _forwards(exercise: str | None, program: str | None) -> list[tuple[str, Program]]:
    """The forward passes to derive, each under the names of the parts that are about it.

    A part whose forward pass ends in no output and no loss asks for no gradient.
    """
    from symgrad.course.exercise import exercise as find
    from symgrad.program import Loss, Output
    from symgrad.reading.text import read

    if program is not None:
        text = text_from(program)
        with place(program):
            return [(called(program), read(text))]
    found: dict[Program, list[str]] = {}
    for part in find(str(exercise)).parts:
        if [*part.forward.declared(Output), *part.forward.declared(Loss)]:
            found.setdefault(part.forward, []).append(part.name)
    if not found:
        raise Refusal(f"{exercise} asks for no gradient; `symgrad solution {exercise}` answers it")
    return [
        (f"part{'s' if len(parts) > 1 else ''} {', '.join(parts)}", forward)
        for forward, parts in found.items()
    ]


@main.command()
@click.argument("left")
@click.argument("right")
@click.option("--given", metavar="FILE", help="The forward pass that both texts are about.")
@click.option("--target", "targets", metavar="NAME", multiple=True, help="An array to compare.")
@click.option("--explain", is_flag=True, help="Print the steps of the proof, or what was tried.")
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "latex"]),
    default="text",
    show_default=True,
    help="How the explanation is written; latex prints nothing else.",
)
@JSON
def equal(
    left: str,
    right: str,
    given: str | None,
    targets: tuple[str, ...],
    explain: bool,
    layout: str,
    as_json: bool,
) -> None:
    """Decide whether two texts are equal.

    For all extents, and almost all inputs. @FILE stands for the text of a file.
    Exits with 0 if they are equal, 1 if they differ, 2 if one cannot be read, 3 if undecided.

    \b
    symgrad equal 'y = 2 x' 'y = x + x' --given forward.txt --target y
    symgrad equal @mine.txt @theirs.txt --given forward.txt --target s.grad
    symgrad equal 'y = 2 x' 'y = x + x' --given forward.txt --explain
    symgrad equal 'y = 2 x' 'y = x + x' --given forward.txt --format latex
    """
    from symgrad.equivalence import equivalent
    from symgrad.reading.text import read
    from symgrad.typesetting.explanation import explanation

    forward = None
    if given is not None:
        text = text_from(given)
        with place(given):
            forward = read(text)
    one, other = (_side(*side, forward) for side in (("LEFT", left), ("RIGHT", right)))
    written = {*one.written, *other.written}
    absent = sorted(set(targets) - written)
    if absent or not written:
        what = absent[0] if absent else "anything"
        raise Refusal(f"neither text assigns to {what}; there is nothing to compare")
    verdict = equivalent(one, other, given=forward, targets=targets or None)
    told = explain or layout == "latex"
    if as_json:
        from symgrad.grading.report import verdict_object

        why = {"explanation": explanation(verdict, layout)} if told else {}
        _print_json({**verdict_object(verdict), **why})
    elif layout == "latex":
        click.echo(explanation(verdict, layout))
    else:
        from symgrad.terminal import print_verdict

        print_verdict(verdict)
        if told:
            click.echo(f"\n{explanation(verdict)}")
    sys.exit({"equal": 0, "different": 1, "undecided": 3}[verdict.status])


def _side(name: str, argument: str, forward: Program | None) -> Program:
    """A side of a comparison: a text, or a file's after @."""
    from symgrad.reading.text import read

    if argument.startswith("@"):
        name, argument = argument[1:], text_from(argument[1:])
    with place(name):
        return read(argument, given=forward)


# --- grading -------------------------------------------------------------------------------------


@main.command()
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

        _print_json(report_object(report, readings))
    else:
        from symgrad.terminal import print_report

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


@main.command()
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
    from symgrad.terminal import grading_progress, print_grades

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

        return _print_json([{"name": g.name, **report_object(g.report)} for g in grades])
    print_grades(grades, f"{exercise}: {folder}")
    click.echo(f"{out / 'scores.csv'} and {out / 'feedback'} written")


# --- solutions and explorations ------------------------------------------------------------------


@main.command("solution")
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
@click.option("--fragment", is_flag=True, help="LaTeX without a preamble, for \\\\input.")
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
    from symgrad.terminal import naming_progress
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


@main.command()
@click.argument("topic", type=click.Choice(["second-order"]))
@click.option("--program", metavar="FILE", help="A scalar forward pass with a loss; - is stdin.")
@click.option("--wrt", metavar="NAME", help="The input; default: the first.")
@click.option("--let", metavar="TEXT", help='Functions for --at: "f=y*z, g=x^2, h=sin(x)".')
@click.option("--at", metavar="TEXT", help='A point: "x=2". Print each rule there.')
@click.option("--svg", metavar="FILE", help="Write the graph, the edges that cause terms marked.")
@click.option("--html", metavar="FILE", help="Write a page on which one tries rules and graphs.")
@click.option("--notes", is_flag=True, help="Print the notes' argument, each equation checked.")
@click.option("--smallest", is_flag=True, help="Print the smallest graphs on which rules fail.")
@JSON
def explore(
    topic: str,
    program: str | None,
    wrt: str | None,
    let: str | None,
    at: str | None,
    svg: str | None,
    html: str | None,
    notes: bool,
    smallest: bool,
    as_json: bool,
) -> None:
    """Show why naive second-order backprop fails, and which rules do not.

    Without --program the course notes' graph l = f(g(x), h(x)) is explored. Of a program with axes
    the product of its Hessian with a direction is shown.

    \b
    symgrad explore second-order
    symgrad explore second-order --program forward.txt --wrt x
    symgrad explore second-order --let "f=y*z, g=x^2, h=sin(x)" --at x=2
    """
    from symgrad.course.exercise import exercise as find
    from symgrad.reading.text import read
    from symgrad.secondorder.ladder import ladder
    from symgrad.secondorder.numbers import numbers
    from symgrad.secondorder.smallest import MOST_NODES, searches

    if let is not None and at is None:
        raise click.UsageError("--let needs a point: --at x=2.")
    if notes:
        return _explore_notes(as_json)
    text = None if program is None else text_from(program)
    with place(program) if program is not None else nullcontext():
        forward = find("second-derivative").parts[0].forward if text is None else read(text)
        if any(array.rank for array in forward.arrays.values()):
            return _explore_product(forward, wrt, as_json)
        found = ladder(forward, wrt)
        if svg is not None or html is not None:
            return _draw(found, svg, html, program is not None)
    values = None if at is None else numbers(found.graph, let or "", at)
    tried = list(searches(MOST_NODES)) if smallest else []
    if as_json:
        return _print_json(_ladder_object(found, values, tried))
    from symgrad.terminal import (
        print_hessian,
        print_numbers,
        print_searches,
        print_second_order,
    )

    if values is not None:
        print_numbers(found, values)
    elif not smallest:
        print_second_order(found)
        if len(found.inputs) > 1:
            print_hessian(forward, found.hessian)
    if smallest:
        print_searches(tried)


def _explore_notes(as_json: bool) -> None:
    from symgrad.secondorder.argument import argument

    steps = argument()
    if as_json:
        from symgrad.secondorder.describe import step_object

        return _print_json([step_object(step) for step in steps])
    from symgrad.terminal import print_argument

    print_argument(steps)


def _draw(found: Ladder, picture: str | None, page_file: str | None, given: bool) -> None:
    from symgrad.pictures.page import page
    from symgrad.pictures.svg import guilty, svg

    if picture is not None:
        errors = found.rung("naive").errors
        _write(picture, svg(found.graph, guilty(errors) if errors is not None else {}))
    if page_file is not None:
        _write(page_file, page(found.forward, found.wrt) if given else page())


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{path}: cannot be written: {error.strerror}") from None
    click.echo(f"{path} written")


def _explore_product(forward: Program, wrt: str | None, as_json: bool) -> None:
    from symgrad.secondorder.hessian import hessian_product

    found = hessian_product(forward, wrt)
    if as_json:
        texts = {"forward": str(forward), "program": str(found.program)}
        return _print_json({**texts, "direction": found.direction, "product": found.result})
    from symgrad.terminal import print_hessian_product

    print_hessian_product(forward, found)


def _ladder_object(
    found: Ladder, values: Numbers | None, tried: Sequence[Search]
) -> dict[str, Any]:
    from symgrad.secondorder.describe import (
        hessian_rows,
        ladder_object,
        numbers_object,
        search_lines,
    )

    shown = ladder_object(found)
    if len(found.inputs) > 1:
        shown["hessian"] = dict(hessian_rows(found.forward, found.hessian))
    if values is not None:
        shown["numbers"] = numbers_object(values)
    if tried:
        shown["smallest"] = list(search_lines(tried))
    return shown


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
