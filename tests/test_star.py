"""What `*` means where an exercise says so; without one it is elementwise."""

from __future__ import annotations

import pytest

from symgrad import StudentError, read
from symgrad.course.exercise import exercise
from symgrad.equivalence import equivalent
from symgrad.grading.answers import Answer
from symgrad.grading.check import check_part
from symgrad.reading.names.star import Star

LAYER = read("input X[N, D]\ninput W[D, D]\noutput Z\nfor n, i, j: Z[n, j] += X[n, i] * W[i, j]")
MATRIX = Star("matrix")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("W.grad = X.T * Z.grad", "W.grad = X.T @ Z.grad"),
        ("X.grad = Z.grad * W.T", "X.grad = Z.grad @ W.T"),
        ("X.grad = X * Z.grad", "for n, i: X.grad[n, i] = X[n, i] * Z.grad[n, i]"),
        ("X.grad = 2 * Z.grad * W.T", "X.grad = 2 * (Z.grad @ W.T)"),
        (r"\delta X = \delta Z * W^\top", "X.grad = Z.grad @ W.T"),
        ("for n, i: X.grad[n, i] = X[n, i] * 2", "X.grad = 2 * X"),
    ],
)
def test_a_star_is_a_matrix_product_where_the_shapes_fit(text: str, same: str) -> None:
    program = read(text, LAYER, star=MATRIX)
    assert equivalent(program, read(same, LAYER), LAYER).status == "equal"


def test_a_star_is_elementwise_where_nothing_else_is_said() -> None:
    assert read("W.grad = W * W", LAYER) == read("W.grad = W ⊙ W", LAYER)
    with pytest.raises(StudentError):
        read("X.grad = Z.grad * W.T", LAYER)


@pytest.mark.parametrize(
    ("id", "part", "text", "status"),
    [
        (
            "shared-weights",
            "a",
            r"""\begin{aligned} \delta Y &= Y - X \\ \delta Z_2 &= \delta Y * W^T \\
            \delta Z_1 &= ReLU'(Z_1) * \delta Z_2 \\
            \delta W &= Z_2^T * \delta Y + X^T * \delta Z_1 \end{aligned}""",
            "correct",
        ),
        ("conv", "a", r"\delta K = I * \delta J", "correct"),
        ("conv", "c", r"\delta I = \text{pad}(\delta J) * \text{flip}(K)", "correct"),
        ("conv", "c", "I.grad = pad(J.grad, h-1, w-1) * flip(K)", "correct"),
        ("conv", "c", r"\delta I = \text{pad}(\delta J) * K", "incorrect"),
        ("conv", "c", "I.grad = pad(J.grad, w-1, h-1) * flip(K)", "incorrect"),
    ],
)
def test_answers_use_the_star_of_their_exercise(id: str, part: str, text: str, status: str) -> None:
    found = exercise(id)
    report = check_part(found.part(part), Answer(text), aliases=found.names, star=found.star)
    assert report.status == status


def test_the_question_says_what_the_star_means() -> None:
    for id in ("shared-weights", "conv"):
        assert "In an answer `" in exercise(id).question
