"""`symgrad explore`: why naive second-order backprop fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgrad.commands.options import JSON, print_json
from symgrad.commands.refusal import Refusal, place, program_from

if TYPE_CHECKING:
    from symgrad.program import Program
    from symgrad.secondorder.ladder import Ladder
    from symgrad.secondorder.numbers import Numbers
    from symgrad.secondorder.smallest import Search


@click.command(short_help="Show why naive second-order backprop fails.")
@click.argument("topic", type=click.Choice(["second-order"]))
@click.option("--program", metavar="FILE", help="A forward pass with a loss; - is stdin.")
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
    the Hessian is shown, and its product with a direction.

    \b
    symgrad explore second-order
    symgrad explore second-order --program forward.txt --wrt x
    symgrad explore second-order --let "f=y*z, g=x^2, h=sin(x)" --at x=2
    """
    from symgrad.secondorder.argument import notes_graph
    from symgrad.secondorder.ladder import ladder
    from symgrad.secondorder.numbers import numbers
    from symgrad.secondorder.smallest import MOST_NODES, searches

    of_scalars = {"--at": at, "--svg": svg, "--html": html, "--smallest": smallest or None}
    if notes:
        of_graphs = {"--program": program, "--wrt": wrt, "--let": let, **of_scalars}
        _refuse(of_graphs, "does not go with --notes, which prints the notes' argument alone")
        return _show_argument(as_json)
    if let is not None and at is None:
        raise click.UsageError("--let needs a point: --at x=2.")
    with nullcontext() if program is None else place(program):
        forward = notes_graph() if program is None else program_from(program)
        if any(array.rank for array in forward.arrays.values()):
            _refuse(of_scalars, "is for programs of scalars, and this one has axes")
            return _show_arrays(forward, wrt, as_json)
        found = ladder(forward, wrt)
        if svg is not None:
            _draw_graph(found, svg)
        if html is not None:
            _write_page(None if program is None else found, html)
    files = [path for path in (svg, html) if path is not None]
    for path in files:
        click.echo(f"{path} written", err=as_json)
    values = None if at is None else numbers(found.graph, let or "", at)
    tried = list(searches(MOST_NODES)) if smallest else []
    if as_json:
        return print_json(_ladder_object(found, values, tried))
    is_given = program is not None or wrt is not None
    _show_ladder(found, values, tried, whole=not files and (is_given or not smallest))


def _refuse(options: Mapping[str, str | bool | None], why: str) -> None:
    """Refuse the first of these options that is given, and say why."""
    for option, value in options.items():
        if value is not None:
            raise Refusal(f"{option} {why}")


def _show_argument(as_json: bool) -> None:
    """The notes' argument, for --notes."""
    from symgrad.secondorder.argument import argument

    steps = argument()
    if as_json:
        from symgrad.secondorder.describe import step_object

        return print_json([step_object(step) for step in steps])
    from symgrad.terminal.secondorder import print_argument

    print_argument(steps)


def _show_arrays(forward: Program, wrt: str | None, as_json: bool) -> None:
    """The Hessian of a program with axes and its product with a direction."""
    from symgrad.secondorder.hessian import hessian_product
    from symgrad.secondorder.matrix import matrix

    found = hessian_product(forward, wrt)
    whole = matrix(found)
    if as_json:
        from symgrad.secondorder.describe import matrix_object

        return print_json(matrix_object(forward, found, whole))
    from symgrad.terminal.secondorder import print_hessian_matrix, print_hessian_product

    print_hessian_product(forward, found)
    print_hessian_matrix(found, whole)


def _draw_graph(found: Ladder, path: str) -> None:
    """The graph with the edges marked that cause terms, for --svg."""
    from symgrad.pictures.svg import guilty, svg

    errors = found.rung("naive").errors
    _write(path, svg(found.graph, {} if errors is None else guilty(errors)))


def _write_page(given: Ladder | None, path: str) -> None:
    """The page, with the graph that is given among those that it offers, for --html."""
    from symgrad.pictures.page import page

    _write(path, page() if given is None else page(given.forward, given.wrt))


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{path}: cannot be written: {error.strerror}") from None


def _show_ladder(
    found: Ladder, values: Numbers | None, tried: Sequence[Search], whole: bool
) -> None:
    """The rules at a point, or the `whole` of every rule; then the smallest graphs."""
    from symgrad.terminal.secondorder import (
        print_hessian,
        print_numbers,
        print_searches,
        print_second_order,
    )

    if values is not None:
        print_numbers(found, values)
    elif whole:
        print_second_order(found)
        if len(found.inputs) > 1:
            print_hessian(found.forward, found.hessian)
    if tried:
        print_searches(tried)


def _ladder_object(
    found: Ladder, values: Numbers | None, tried: Sequence[Search]
) -> dict[str, Any]:
    """The same as an object, and every rule in any case."""
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
