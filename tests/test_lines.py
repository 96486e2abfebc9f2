"""A line that could be meant as a statement is told from prose."""

from __future__ import annotations

import pytest

from symgrad.grading.lines import formula_in, has_open_bracket, left_side, starts_like_a_statement


@pytest.mark.parametrize(
    "line",
    [
        "for b, j: s.grad[b, j] += p[b, j]",
        "for b, j s.grad[b, j] += p[b, j]",
        "For b, j: Z[b] = 1",
        "for i in 1..H-h+1, j if i > j: Z[i] += 1",
        "x.grad += y.grad",
        "Z.grad[b] -= sum(j, p[b, j])",
        "L.grad = 1",
        "δx = 2",
        "∂L/∂x = 3",
        "dL/dx := 3",
        "x ← 1",
        "x_{t+1}[b, j] = 0",
        "W^{h,R}[i, j] += 1",
        "Z[b] −= 1",
        "Z = sum of it all",
        "for b, j: Z[b] + exp(s[b, j])",
        "s.grad[b, j] p.grad[b, j] * p[b, j]",
        r"\delta Z_2 = \delta Z_3",
        r"\delta logits_i = 1",
        r"\nabla_{W^{(2)}} J = z (\nabla_u J)^T",
        r"\partial L/\partial z = 2",
        r"\theta \leftarrow \theta - 1",
        r"x.\mathrm{grad}_j \mathrel{+}= 1",
        r"i^* = \arg\max_i x_i",
        r"\text{for } b, j \in \{1, \dots, J\}: \quad s_{bj}.\text{grad} \mathrel{+}= 1",
        r"\forall b: \; Z_b = 1",
        "for b, j -> Z[b] += s[b, j]",
        "for (b, j): Z[b] += s[b, j]",
        "for b, j { Z[b] += s[b, j] }",
    ],
)
def test_what_starts_like_a_statement_is_one(line: str) -> None:
    assert starts_like_a_statement(line)
    assert starts_like_a_statement(f"    {line}")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "By the chain rule we get this.",
        "For each b we add over j:",
        "For example:",
        "for all b and j we have the same.",
        "So we have Z.grad[b] = e[b] / Z[b], as before.",
        "Z[b] is the sum.",
        "p[b, j], the softmax, is reused.",
        "If a == b nothing changes; a >= b and a <= b.",
        "> Z = 1",
        "---",
        "# Z = 1",
        r"Let the gradient \delta of the loss be = 1",
        r"\noindent Using the chain rule = 1",
        r"\item we get Z = 1",
    ],
)
def test_prose_is_none(line: str) -> None:
    assert not starts_like_a_statement(line)


def test_a_loop_with_its_body_on_the_next_line_starts_a_statement() -> None:
    assert starts_like_a_statement("for b, j:", "    Z[b] += 1")
    assert starts_like_a_statement("for b:", "e = 0")
    assert starts_like_a_statement("for b", "for j")
    assert not starts_like_a_statement("For example:", "we multiply")
    assert not starts_like_a_statement("for b, j", "")


def test_a_formula_in_a_sentence_is_found() -> None:
    assert formula_in("so Z[b] = 1") and formula_in("so x.grad = 1")
    assert not formula_in("so a == b") and not formula_in("with B = 2")


def test_the_left_side_ends_at_an_assignment_outside_brackets() -> None:
    assert left_side("x[i = j] += 1") == "x[i = j] "
    assert left_side("a <= b") is None


def test_brackets_are_counted() -> None:
    assert has_open_bracket("sum(j, x[j]") and not has_open_bracket("sum(j, x[j])")
    assert not has_open_bracket(") x")
