"""Formulas are found in running text, with their signs and in their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.errors import StudentError
from symgrad.grading.formulas import MAX_FORMULAS, assigns, begins_a_formula, formulas, spans
from symgrad.grading.pages import Line


def lines(text: str) -> list[Line]:
    return [Line(number, line) for number, line in enumerate(text.split("\n"), start=1)]


@pytest.mark.parametrize(
    "formula",
    [
        "$x = 1$",
        "$$x = 1$$",
        "$$\nx = 1\n$$",
        r"\(x = 1\)",
        r"\[x = 1\]",
        r"\begin{align*} x &= 1 \\ &= 2 \end{align*}",
        r"\begin{equation}\begin{aligned} x &= 1 \end{aligned}\end{equation}",
        r"$x = 1 \$ y$",
        "$x\n= 1$",
        r"\[ x = \text{if $y$ then } 1 \]",
    ],
)
def test_a_formula_stands_between_its_signs(formula: str) -> None:
    text = f"So {formula} follows."
    assert [text[start:end] for start, end in spans(text)] == [formula]


@pytest.mark.parametrize(
    "text",
    ["", "no formula", r"costs \$5 or \$6", "costs $5", "$x\n\ny$", r"\[ x", "$$ x", r"a \\( b"],
)
def test_other_text_is_none(text: str) -> None:
    assert not list(spans(text))


def test_everything_else_is_blanked_out() -> None:
    first, second = formulas(lines("So $x = 1$, and\n$$y\n= 2$$ too"))
    assert first.lines == {1: "   $x = 1$     "} and not first.alone
    assert second.lines == {2: "$$y", 3: "= 2$$    "} and second.alone


@pytest.mark.parametrize("line", ["$x = 1$", "- $x = 1$.", "  $x = 1$, $y = 2$;", r"\item $x = 1$"])
def test_formulas_that_share_a_line_with_nothing_stand_alone(line: str) -> None:
    assert all(formula.alone for formula in formulas(lines(line)))


@pytest.mark.parametrize(
    "formula",
    [
        "$x = 1$",
        r"$\frac{\partial L}{\partial x} = 1$",
        r"$$= 2$$",
        r"\[ x \gets 1 \]",
        r"$x \mathrel{+}= 1$",
        r"\begin{aligned} x &= 1 \end{aligned}",
        r"$$\text{for } b, j\quad s_{bj} = 1$$",
    ],
)
def test_what_assigns_may_be_a_statement(formula: str) -> None:
    assert assigns(formula)


@pytest.mark.parametrize(
    "formula",
    [
        r"$p$",
        r"$\sum_j p_{bj} = 1$",
        r"$x \le 1$",
        r"$\sum_{j=1}^{J} p_j$",
        r"$1 = 1$",
        "$(a) = 1$",
    ],
)
def test_a_fact_or_a_value_is_no_statement(formula: str) -> None:
    assert not assigns(formula)


@pytest.mark.parametrize("line", ["$x = 1", r"\[ x", r"\begin{align} x", "  $$"])
def test_a_formula_that_never_ends_is_noticed(line: str) -> None:
    assert begins_a_formula(line)
    assert not begins_a_formula(f"So {line}")


@given(st.text(alphabet="$\\[]()x= \n{}"))
def test_formulas_follow_each_other(text: str) -> None:
    end = 0
    for start, stop in spans(text):
        assert end <= start < stop <= len(text)
        end = stop
    for formula in formulas(lines(text)):
        for number, line in formula.lines.items():
            assert len(line) == len(text.split("\n")[number - 1])


@pytest.mark.parametrize("text", [r"\[" * 50_000, "$$ $" * 1000, r"\begin{align}" * 10_000])
def test_endless_openings_are_passed_over_at_once(text: str) -> None:
    assert len(list(spans(text))) <= 1000


def test_formulas_are_limited() -> None:
    with pytest.raises(StudentError, match=f"more than {MAX_FORMULAS} formulas"):
        list(formulas(lines("$x$ " * (MAX_FORMULAS + 1))))
