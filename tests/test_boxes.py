"""Boxes around answers: blanked out where they enclose a whole answer, and refused elsewhere."""

from __future__ import annotations

import pytest

from symgrad.errors import StudentError
from symgrad.reading.latex.boxes import unboxed
from symgrad.reading.text import read

FORWARD = read("input x[N]\noutput y\nfor i: y[i] = 2 * x[i]")
EXPECTED = read("for i: x.grad[i] = 2 * y.grad[i]", given=FORWARD)


@pytest.mark.parametrize(
    "text",
    [
        r"$\boxed{x.grad[i] = 2 y.grad[i]}$",
        r"$x.grad[i] = \boxed{2 y.grad[i]}$.",
        r"\[ \boxed { x.\text{grad}_i = 2 \, y.\text{grad}_i } \]",
        "\\[\n\\boxed{\\begin{aligned}\n& x.grad[i] = 2 y.grad[i]\n\\end{aligned}}\n\\]",
        "\\begin{align*}\n& x.grad[i] = \\boxed{2 y.grad[i]} \\\\\n\\end{align*}",
    ],
)
def test_an_answer_in_a_box_is_read_as_without_it(text: str) -> None:
    assert read(text, given=FORWARD) == EXPECTED


@pytest.mark.parametrize("text", [r"$x.grad[i] = 2 \boxed{y.grad[i] + 1}$", r"$\boxed{a} + b$"])
def test_a_box_around_a_part_of_a_formula_is_refused(text: str) -> None:
    """Without the box the part would be read as something else."""
    with pytest.raises(StudentError, match="boxed"):
        read(text, given=FORWARD)


def test_what_is_unboxed_keeps_its_place() -> None:
    text = "$a = b$\n$\\boxed{x = \\{3\\}}$"
    assert unboxed(text) == "$a = b$\n$       x = \\{3\\} $"


@pytest.mark.parametrize("text", ["\\boxed{" * 3000, "\\boxed{" * 1500 + "}" * 1500, "\\boxed"])
def test_boxes_without_end_and_within_boxes_are_no_trouble(text: str) -> None:
    assert len(unboxed(text)) == len(text)
