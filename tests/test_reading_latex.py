"""Answers in LaTeX: what they mean, what is refused, and that what is typeset is read back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from randomprograms import program as random_program
from strategies import forward_programs
from sympy import Add, Indexed, Mul, Pow, expand

from symgrad import StudentError, derive, read
from symgrad.course.exercise import Exercise, catalogue, exercise
from symgrad.course.reference import reference, variants
from symgrad.equivalence import equivalent
from symgrad.expressions import mul, rebuild, reciprocal
from symgrad.program import Program
from symgrad.reading.latex.commands import COMMANDS
from symgrad.reading.syntax.parse import normalised
from symgrad.typesetting.latex import latex

ANSWERS = Path(__file__).parent / "answers"
TABLE = tomllib.loads((ANSWERS / "latex.toml").read_text(encoding="utf-8"))
FORWARD = {name: read(text) for name, text in TABLE["forward"].items()}


def understood(text: str, on: str) -> Program:
    """A text on a forward pass of the table, or on a part of an exercise with its aliases."""
    if on in FORWARD:
        return read(text, FORWARD[on])
    name, part = on.split()
    found = exercise(name)
    return read(text, found.part(part).forward, aliases=found.names)


@pytest.mark.parametrize("row", TABLE["row"], ids=lambda row: row["text"])
def test_latex_means_what_the_table_says(row: dict[str, Any]) -> None:
    assert str(understood(row["text"], row["on"])) == row["means"].strip()


@pytest.mark.parametrize("row", TABLE.get("error", []), ids=lambda row: row["text"])
def test_what_is_not_read_is_said_with_its_place(row: dict[str, Any]) -> None:
    with pytest.raises(StudentError) as caught:
        understood(row["text"], row["on"])
    error = caught.value
    hint = {"hint": error.hint} if error.hint else {}
    found = {"message": error.message, "line": error.line, "column": error.column, **hint}
    assert found == {key: value for key, value in row.items() if key not in ("on", "text")}
    assert error.source == row["text"].split("\n")[(error.line or 1) - 1]


@pytest.mark.parametrize("found", catalogue().values(), ids=lambda found: found.id)
def test_the_latex_of_every_reference_is_read_back(found: Exercise) -> None:
    """Every form of every answer, with the names that the exercise has typeset in its own way."""
    names = {name: alias for alias, name in reversed(list(found.aliases.items()))}
    for part in found.parts:
        for program in (reference(part), *(other for _, other in variants(part))):
            again = read(latex(program, names), part.forward, aliases=found.aliases)
            assert str(again) == str(program) or equivalent(again, program).status == "equal"


# --- what is typeset is read back --------------------------------------------------------------


def declarations(program: Program) -> str:
    return "".join(f"{line}\n" for line in str(program).split("\n")[: len(program.declarations)])


def divided(expr: Any) -> Any:
    """The expression with every a / (b c) as a / b / c and 1 i as i, as LaTeX sets them."""
    if isinstance(expr, Add | Mul) and all(symbol.is_integer for symbol in expr.free_symbols):
        return expand(expr)
    if not expr.args or isinstance(expr, Indexed):
        return expr
    if isinstance(expr, Pow) and expr.exp == -1 and isinstance(expr.base, Mul):
        return mul(*(reciprocal(divided(factor)) for factor in expr.base.args))
    again = rebuild(expr, divided)
    return mul(*again.args) if isinstance(again, Mul) else again


def divisions(program: Program) -> list[Any]:
    return [
        (nest.loops, nest.guard, [(one.target, one.op, divided(one.value)) for one in nest.body])
        for nest in program.nests
    ]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(forward_programs(depth=2))
def test_every_program_is_read_back_from_its_latex(program: Program) -> None:
    again = read(declarations(program) + latex(program))
    assert again.declarations == program.declarations
    assert divisions(again) == divisions(program)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(forward_programs(depth=2))
def test_every_backward_pass_is_read_back_from_its_latex(program: Program) -> None:
    backward = derive(program)
    assert divisions(read(latex(backward), given=program)) == divisions(backward)


@pytest.mark.parametrize("seed", range(60))
def test_every_loop_is_read_back_from_its_latex(seed: int) -> None:
    """Interleaved bodies, guards and ranges of all kinds."""
    program = random_program(Random(seed))
    text = latex(program)
    try:
        expected = read(str(program), given=program.given)
    except StudentError:
        with pytest.raises(StudentError):
            read(text, given=program.given)
    else:
        assert divisions(read(text, given=program.given)) == divisions(expected)


# --- hostile text ------------------------------------------------------------------------------

SIGNS = r"{ } [ ] ( ) _ ^ & \\ $ $$ \[ \] = += - + * / , ; : | \| \{ \} ' 1 12 x b j s p W e % #"
ENVIRONMENTS = [r"\begin{aligned}", r"\end{aligned}", r"\begin{cases}", r"\end{cases}"]
BOXES = [r"\text{for }", r"\text{if }", r"\text{grad}", r"\mathbb{1}", ".grad", ".T", "s_{bj}"]
PIECES = [*COMMANDS, *SIGNS.split(), *ENVIRONMENTS, *BOXES, r"\def", "\n", "\0", "\u200b"]


def refused_or_read(text: str) -> None:
    try:
        program = read(text, FORWARD["softmax"])
    except StudentError as error:
        lines = normalised(text).split("\n")
        assert error.message
        assert error.line is None or error.source == lines[error.line - 1]
    else:
        assert isinstance(program, Program)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join))
def test_any_row_of_commands_is_read_or_refused(text: str) -> None:
    refused_or_read(text)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.sampled_from(TABLE["row"]), st.integers(0, 300), st.sampled_from(PIECES), st.data())
def test_any_damaged_answer_is_read_or_refused(
    row: dict[str, str], start: int, piece: str, data: st.DataObject
) -> None:
    text = row["text"]
    start %= len(text) + 1
    end = start + data.draw(st.integers(0, 4))
    refused_or_read(text[:start] + piece + text[end:])


@pytest.mark.parametrize(
    "text",
    [
        r"\frac" * 4000,
        r"\frac{" * 3000,
        "a = " + r"\frac{a}{" * 39 + "a" + "}" * 39,
        "a = " + r"\{" * 4000,
        r"\begin{cases}" * 1000,
        "a = " + r"\sum_{i} " * 2000 + "x",
        "a = " + r"\log " * 3000 + "x",
        "a = " + r"\mathbf " * 2000 + "a",
        "a = " + "|" * 15000 + r"\,",
        r"a = 9^{9^{9^{9}}} \,",
        r"\\" * 9000,
        "$" * 19999,
        r"\alpha" + "_{1}" * 3000,
    ],
    ids=lambda text: text[:20],
)
def test_a_text_beyond_all_measure_ends_in_an_answer(text: str) -> None:
    refused_or_read(text)
