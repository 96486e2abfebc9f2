"""`symgrad derive`: a backward pass, as notation, LaTeX, JSON or code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import click

from symgrad.commands.options import print_json
from symgrad.commands.refusal import Refusal, called, place, program_from

if TYPE_CHECKING:
    from symgrad.program import Program

    Derived = tuple[str, Program, Program]
    """The parts that a forward pass is of, it, and its backward pass."""


@click.command()
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
    type=click.Choice(["text", "arrays", "latex", "json", "python", "numpy", "torch", "edf"]),
    default="text",
    show_default=True,
    help="How it is written: as index or array notation, LaTeX, JSON, or as code that runs.",
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
    symgrad derive matrix-net --format arrays
    symgrad derive softmax --form efficient --format numpy
    symgrad derive batchnorm --format edf
    symgrad derive --program forward.txt
    printf 'input x\\noutput y\\ny = sin(x)\\n' | symgrad derive --program -
    """
    if (exercise is None) == (program is None):
        raise Refusal("name an exercise, or give --program FILE; one of the two")
    sizes = _sizes(extents)
    if sizes and form != "efficient":
        raise Refusal("--extent is for --form efficient")
    forwards = _forwards(exercise, program)
    _check_sizes(sizes, {name for _, forward in forwards for name in forward.extents})
    written: list[Derived] = []
    for name, forward in forwards:
        with place(name):
            written.append((name, forward, _backward(forward, form, sizes)))
    if layout == "json":
        print_json([_object(*item, form) for item in written])
    elif layout in ("text", "arrays", "latex"):
        _print_texts(written, form, layout)
    else:
        click.echo(_code(written, layout, exercise or called(str(program))), nl=False)


def _object(name: str, forward: Program, backward: Program, form: str) -> dict[str, object]:
    """A backward pass as programs read it."""
    counts = {"counts": _counts(forward, backward)} if form == "efficient" else {}
    texts = {"forward": str(forward), "backward": str(backward)}
    return {"of": name, "form": form, **texts, **counts}


def _print_texts(written: Sequence[Derived], form: str, layout: str) -> None:
    """The backward passes one below the other, in a notation, with what is counted as remarks."""
    from symgrad.codegen.arraytext import array_text
    from symgrad.typesetting.latex import latex

    spelled = {"latex": latex, "arrays": array_text}.get(layout, str)
    comment = "%" if layout == "latex" else "#"
    for n, (name, forward, backward) in enumerate(written):
        if len(written) > 1:
            click.echo(f"{chr(10) if n else ''}{comment} {name}")
        click.echo(spelled(backward))
        if form == "efficient":
            for what, found in _counts(forward, backward).items():
                line = f"{found['efficient']}   (naive: {found['naive']})"
                click.echo(f"{comment} {what}: {line}")


def _code(written: Sequence[Derived], layout: str, title: str) -> str:
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


def _check_sizes(sizes: Collection[str], known: Collection[str]) -> None:
    for name in sizes:
        if name not in known:
            there = f"extents: {', '.join(sorted(known))}" if known else "all axes have their sizes"
            raise Refusal(f"there is no extent {name}; {there}")


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

    if program is not None:
        return [(called(program), program_from(program))]
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
