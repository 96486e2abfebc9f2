"""`symgrad equal`: two texts, decided."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from symgrad.commands.options import JSON, print_json
from symgrad.commands.refusal import Refusal, place, program_from, text_from

if TYPE_CHECKING:
    from symgrad.program import Program


@click.command()
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
    from symgrad.typesetting.explanation import explanation

    forward = None if given is None else program_from(given)
    one, other = (_side(*side, forward) for side in (("LEFT", left), ("RIGHT", right)))
    written = {*one.written, *other.written}
    absent = sorted(set(targets) - written)
    if absent or not written:
        what = absent[0] if absent else "anything"
        raise Refusal(f"neither text assigns to {what}; there is nothing to compare")
    asked = targets or (None if other.written else one.written)
    verdict = equivalent(one, other, given=forward, targets=asked)
    told = explain or layout == "latex"
    if as_json:
        from symgrad.grading.report import verdict_object

        why = {"explanation": explanation(verdict, layout)} if told else {}
        print_json({**verdict_object(verdict), **why})
    elif layout == "latex":
        click.echo(explanation(verdict, layout))
    else:
        from symgrad.terminal.verdicts import print_verdict

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
