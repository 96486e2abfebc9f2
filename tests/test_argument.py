"""The notes' argument against the naive rule: equations 13 to 28, each checked."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

from symgrad.cli import main
from symgrad.course.exercise import exercise
from symgrad.errors import AuthorError
from symgrad.secondorder.argument import CLAIMS, argument, notes_graph
from symgrad.secondorder.sides import Relation, Value, expression
from symgrad.typesetting.solution import FORMATS, solution

STEPS = list(argument())
FIRST = {step.claim.number: step for step in reversed(STEPS)}
"""The first step of each number."""


def test_it_is_about_the_graph_of_the_exercise() -> None:
    assert all(part.forward == notes_graph() for part in exercise("second-derivative").parts)


def test_every_equation_is_there() -> None:
    """13 to 28 in order; the notes end with what is not equal, under the last number."""
    numbers = [str(n) for n in range(13, 29)]
    assert [step.claim.number for step in STEPS] == [*numbers, "28"]


def test_only_the_seed_is_wrong() -> None:
    """Equation 13 starts from 1; the second derivative of l = u by u is 0."""
    assert [step.claim.number for step in STEPS if not step.holds] == ["13"]
    starts, taken, true = FIRST["13"].checks
    assert (starts.left, taken.left, true.left) == (1, 0, 0)
    assert taken.verdict.status == "different" and true.verdict.status == "equal"


def test_what_holds_is_proved_and_what_differs_has_a_witness() -> None:
    for step in STEPS:
        for check in step.checks:
            evidence = check.verdict.proof if check.agree else check.verdict.witness
            assert evidence is not None


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.number} {claim.relation}")
def test_a_wrong_equation_is_an_error(claim: object) -> None:
    """With another right side, or the other relation, none of them is ever told."""
    (right,) = (one for one in CLAIMS if one is claim)
    wrong: Relation = "=" if right.relation == "≠" else "≠"
    with pytest.raises(AuthorError, match=f"equation {right.number} is"):
        list(argument([replace(right, relation=wrong)]))
    if right.relation != "≠":
        with pytest.raises(AuthorError, match=f"equation {right.number} is different"):
            list(argument([replace(right, right=Value("f_yz(y, z) * x"))]))


def test_a_slip_that_is_none_is_an_error() -> None:
    """Were the seed right, or another value true, the argument would not say so."""
    (claim,) = (one for one in CLAIMS if one.slip)
    assert claim.slip is not None
    for slip in (replace(claim.slip, taken_for=claim.right), replace(claim.slip, true=claim.right)):
        with pytest.raises(AuthorError, match="equation 13"):
            list(argument([replace(claim, slip=slip)]))


def test_the_sides_are_derived() -> None:
    """Written as in the notes, equal to them, and not the same expression."""
    full = FIRST["28"]
    assert full.checks[0].left == expression(full.claim.left, notes_graph())
    assert full.checks[0].left != STEPS[-1].checks[0].right


def test_the_command_prints_the_slip() -> None:
    shown = CliRunner().invoke(main, ["explore", "second-order", "--notes"]).stdout
    assert "✗ (13)" in shown and "wrong seed" in shown and "d2l/du2 = 0" in shown
    rows = json.loads(
        CliRunner().invoke(main, ["explore", "second-order", "--notes", "--json"]).stdout
    )
    assert [row["equation"] for row in rows if not row["holds"]] == ["13"]
    assert rows[0]["slip"].startswith("wrong seed")


@pytest.mark.parametrize("format", ["latex", "fragment", "markdown", "notebook"])
def test_the_sheet_tells_the_whole_argument(format: str) -> None:
    """Every number, the slip by its name, and for every equation how it was checked."""
    assert format in FORMATS
    text = solution(exercise("second-derivative"), format).decode().replace("\\\\", "\\")
    lead = r"\*\*\((\d+)\)\*\*" if format in ("markdown", "notebook") else r"\\textbf{\((\d+)\)}"
    assert re.findall(lead, text) == [*map(str, range(13, 29)), "28"]
    assert "Wrong seed" in text and text.count("Checked: ") == len(CLAIMS) + 1
    assert r"\frac{\partial^2 \ell}{\partial u^2} = 0" in text
    assert r"\frac{\partial^2 \ell}{\partial x^2} \neq x.\text{grad}'" in text
