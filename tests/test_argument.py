"""The notes' argument against the naive rule: equations 13 to 28, each checked."""

from __future__ import annotations

import json

from click.testing import CliRunner

from symgrad.cli import main
from symgrad.course.exercise import exercise
from symgrad.secondorder.argument import Step, argument

FORWARD = exercise("second-derivative").parts[0].forward
STEPS: dict[str, Step] = {step.claim.number: step for step in argument(FORWARD)}


def test_every_equation_is_there() -> None:
    """13 to 28 without 27, which is empty, and the two that the notes do not number."""
    numbers = [number for number in STEPS if number.isdigit()]
    assert numbers == [str(n) for n in range(13, 29) if n != 27]
    assert STEPS.keys() - set(numbers) == {"after 26", "28, ≠"}


def test_only_the_seed_is_wrong() -> None:
    """Equation 13 starts from 1; the second derivative of l = u by u is 0."""
    assert [number for number, step in STEPS.items() if not step.holds] == ["13"]
    assert STEPS["13"].left == 0
    assert STEPS["13"].claim.slip.startswith("wrong seed")


def test_what_holds_is_proved_and_what_differs_has_a_witness() -> None:
    for number, step in STEPS.items():
        if number == "14":
            assert step.verdict is None
        elif step.holds and step.claim.equal:
            assert step.verdict is not None and step.verdict.proof is not None
        else:
            assert step.verdict is not None and step.verdict.witness is not None


def test_a_wrong_equation_would_be_found() -> None:
    """The derived sides differ from each other where the notes say that they do."""
    wrong = {number: STEPS[number].left for number in ("21", "28")}
    assert wrong["21"] != wrong["28"] == STEPS["28, ≠"].left


def test_the_command_prints_the_slip() -> None:
    shown = CliRunner().invoke(main, ["explore", "second-order", "--notes"]).stdout
    assert "✗ (13)" in shown and "wrong seed" in shown
    rows = json.loads(
        CliRunner().invoke(main, ["explore", "second-order", "--notes", "--json"]).stdout
    )
    assert [row["equation"] for row in rows if not row["holds"]] == ["13"]
