"""An interpreter that shares no code with symgrad agrees with every verdict of the tables.

Equal texts compute the same numbers, on shapes and points of every kind; at the witness of
different ones the two values are those that it says, and differ. True gradients that a text reads
come from torch.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest
from flint import fmpq
from loops import Arrays, Loops, gradients, precise
from test_notes import TABLE, derived, forward_of, targets_of

from symgrad import StudentError, equivalent, read
from symgrad.course.exercise import exercise
from symgrad.course.reference import reference
from symgrad.equivalence import Verdict
from symgrad.program import Input, Opaque, Output, Program
from symgrad.refutation.domains import STYLES
from symgrad.refutation.smooth import Polynomial
from symgrad.refutation.trials import trials
from symgrad.refutation.witness import Nested, Witness

HERE = Path(__file__).parent
ANSWERS = tomllib.loads((HERE / "answers" / "exercises.toml").read_text())["answer"]
IDENTITIES = tomllib.loads((HERE / "answers" / "identities.toml").read_text())
PRINTED = TABLE["item"]

SHAPES, DIGITS = 3, 8
"""Shapes that equal programs are run on; digits to which torch lets gradients agree."""


Row = tuple[str, str, Program, Program, tuple[str, ...]]
"""A name, the left text, its forward pass, the right side, what is compared."""


def rows() -> Iterator[Row]:
    for n, row in enumerate(ANSWERS):
        part = exercise(row["exercise"]).part(row["part"])
        yield f"answer{n}-{part.name}", row["text"], part.forward, reference(part), part.targets
    for pair in IDENTITIES["pair"]:
        given = read(IDENTITIES["given"][pair["given"]])
        yield pair["id"], pair["left"], given, read(pair["right"], given=given), ("out",)
    for n, item in enumerate(PRINTED):
        sides = derived(item), targets_of(item)
        yield f"printed{n}", item["text"], forward_of(item), *sides


ROWS = list(rows())


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_interpreter_agrees_with_the_verdict(row: Row) -> None:
    _, text, forward, right, targets = row
    try:
        left = read(text, given=forward)
    except StudentError:
        return
    verdict = equivalent(left, right, given=forward, targets=targets)
    if verdict.status == "different":
        assert verdict.witness is not None
        check_witness(verdict.witness, left, right, forward)
    else:
        check_agreement(verdict, left, right, forward, targets)


def check_witness(witness: Witness, left: Program, right: Program, forward: Program) -> None:
    if witness.kind != "value":
        return
    inputs = {name: cells_of(forward, name, nested) for name, nested in witness.inputs.items()}
    opaque = {name: terms_of(forward, name, text) for name, text in witness.functions.items()}
    assert witness.element is not None
    for side, shown in ((left, witness.left), (right, witness.right)):
        found = results(side, forward, witness.extents, inputs, opaque)
        value = found[witness.target].get(witness.element, mpmath.mpf(0))
        assert close(value, precise(shown)), (witness.message, value)
    assert witness.left != witness.right


def check_agreement(
    verdict: Verdict, left: Program, right: Program, forward: Program, targets: tuple[str, ...]
) -> None:
    seeds = tuple(f"{item.name}.grad" for item in forward.declared(Output))
    names = {str(symbol) for side in (left, right) for symbol in extents_of(side)}
    chosen, met = trials(forward, seeds, tuple(sorted(names))), 0
    for shape in chosen.shapes[:SHAPES]:
        for style in ("mixed", "negative"):
            trial = chosen.of(shape, STYLES[style].name)
            if trial is None:
                continue
            point = trial.point
            inputs = {
                name: {place: precise(value) for place, value in cells.items()}
                for name, cells in point.values.items()
            }
            opaque = {name: known.coefficients for name, known in point.functions.items()}
            both = [results(side, forward, shape, inputs, opaque) for side in (left, right)]
            for target in targets:
                for place in both[0][target].keys() | both[1][target].keys():
                    values = [side[target].get(place, mpmath.mpf(0)) for side in both]
                    if [*map(mpmath.isnan, values)].count(True) != 1:  # 1/(a + b) where a is -b
                        met += 1
                        assert close(*values), (verdict.status, shape, target, place, values)
    assert met


def results(
    side: Program,
    forward: Program,
    extents: Mapping[str, int],
    inputs: Arrays,
    opaque: Mapping[str, Any],
) -> Arrays:
    """What a text leaves, after its forward pass, with the true gradients that it only reads."""
    with mpmath.workdps(50):
        run = Loops(extents, opaque)
        run.arrays = {name: dict(cells) for name, cells in inputs.items()}
        run.strict = set(inputs)
        run.run(forward)
        unknown = {name for name in side.arrays if name not in run.arrays}
        if any(name.endswith(".grad") for name in unknown):
            given = gradients(forward, extents, inputs, opaque)
            run.arrays.update({k: v for k, v in given.items() if k not in run.arrays})
        run.run(side)
        return run.arrays


def close(a: Any, b: Any) -> bool:
    if mpmath.isnan(a) or mpmath.isnan(b):
        return bool(mpmath.isnan(a) and mpmath.isnan(b))
    return bool(abs(a - b) <= mpmath.mpf(10) ** -DIGITS * (1 + abs(b)))


def extents_of(program: Program) -> Iterator[Any]:
    for nest in program.nests:
        for loop in nest.loops:
            yield from (symbol for symbol in loop.upper.free_symbols if symbol.is_positive)


def cells_of(forward: Program, name: str, nested: Nested) -> dict[tuple[int, ...], Any]:
    """Nested texts as cells, counted from the lower end of each axis."""
    array = forward.arrays.get(name) or forward.arrays[name.removesuffix(".grad")]

    def walk(part: Nested, axes: tuple[Any, ...]) -> Iterator[tuple[tuple[int, ...], Any]]:
        if isinstance(part, str):
            yield (), precise(part)
            return
        for n, inner in enumerate(part, start=int(axes[0].lower)):
            yield from (((n, *rest), value) for rest, value in walk(inner, axes[1:]))

    return dict(walk(nested, array.axes))


def terms_of(forward: Program, name: str, text: str) -> dict[tuple[int, ...], Any]:
    """The polynomial that a witness shows for a function."""
    parameters = next(
        item.parameters
        for item in forward.all_declarations
        if isinstance(item, Opaque) and item.name == name
    )
    found: dict[tuple[int, ...], Any] = {}
    for term in text.replace(" - ", " + -").split(" + "):
        powers = dict.fromkeys(parameters, 0)
        coefficient = Fraction(-1 if term.startswith("-") else 1)
        for factor in term.removeprefix("-").split("*"):
            base, _, exponent = factor.partition("^")
            if base in powers:
                powers[base] = int(exponent or 1)
            else:
                coefficient *= Fraction(base)
        found[tuple(powers.values())] = fmpq(coefficient.numerator, coefficient.denominator)
    assert str(Polynomial(tuple(parameters), found)) == text
    return found


def test_the_rows_have_inputs_to_run_on() -> None:
    assert len(ROWS) > 150 and all(list(row[2].declared(Input)) for row in ROWS[:5])
