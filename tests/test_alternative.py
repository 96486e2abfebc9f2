"""What is asked for may be given under another name that the part allows."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.course.alternative import names_in, under
from symgrad.course.exercise import Part, exercise
from symgrad.course.reference import reference
from symgrad.errors import AuthorError
from symgrad.grading.answers import Answer
from symgrad.grading.check import check_part

STEP = exercise("sgd").part("a")


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("for r: theta[r] -= gamma * theta.grad[r]", "theta"),
        ("for r: theta_new[r] = theta[r] - gamma * theta.grad[r]", "theta_new"),
        ("for r: theta_new[r] = theta[r]\nfor r: theta[r] = 0", "theta_new"),
        ("for r: other[r] = theta[r]", "theta_new"),
    ],
)
def test_the_name_that_an_answer_has_for_a_target(answer: str, name: str) -> None:
    assert names_in(STEP, read(answer, given=STEP.forward)) == {"theta_new": name}


def test_the_reference_answer_ends_in_a_copy() -> None:
    truth = under({"theta_new": "theta"}, reference(STEP))
    assert str(truth).splitlines()[-1] == "for i1: theta[i1] = theta_new[i1]"
    assert under({"theta_new": "theta_new"}, reference(STEP)) == reference(STEP)


@pytest.mark.parametrize(
    ("part", "answer", "status"),
    [
        ("a", "for r: theta[r] -= gamma * theta.grad[r]", "correct"),
        ("a", "for r: theta[r] = theta[r] - gamma * theta.grad[r]", "correct"),
        ("a", "for r: e[r] = gamma * theta.grad[r]\nfor r: theta[r] -= e[r]", "correct"),
        ("a", "for r: theta[r] += gamma * theta.grad[r]", "incorrect"),
        ("a", "for r: theta[r] = -gamma * theta.grad[r]", "incorrect"),
        ("a", "for r: theta.grad[r] = theta[r] - gamma * theta.grad[r]", "incorrect"),
        ("a", "theta' = theta - gamma * theta.grad", "correct"),
        ("a", "theta' = theta + gamma * theta.grad", "incorrect"),
        ("b", "for i, j: K[i, j] += -lr * K.grad[i, j]", "correct"),
        ("b", "for i, j: K[i, j] -= lr * K.grad[j, i]", "incorrect"),
    ],
)
def test_an_update_in_place_is_an_answer(part: str, answer: str, status: str) -> None:
    assert check_part(exercise("sgd").part(part), Answer(answer)).status == status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (r"\frac{\partial y_i}{\partial x_j} = y_i (\mathbb{1}[i = j] - y_j)", "correct"),
        ("∂y[i]/∂x[j] = y[i] * ([i == j] - y[j])", "correct"),
        ("∂y[i]/∂x[j] = y[i] * (1 - y[j])", "incorrect"),
    ],
)
def test_a_jacobian_may_be_written_as_a_derivative(answer: str, status: str) -> None:
    part = exercise("softmax-jacobian").part("a")
    assert check_part(part, Answer(answer)).status == status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (r"\delta \theta_r = \partial \ell / \partial \theta_r + 2 \lambda \theta_r", "correct"),
        (r"\nabla_\theta J = \frac{\partial \ell}{\partial \theta} + \lambda \theta", "incorrect"),
    ],
)  # fmt: skip
def test_a_derivative_that_has_a_name_is_written_out(answer: str, status: str) -> None:
    found = exercise("sgd")
    assert check_part(found.part("c"), Answer(answer), aliases=found.names).status == status


def test_only_targets_have_alternatives() -> None:
    with pytest.raises(AuthorError, match="y is not asked for"):
        Part("a", "?", STEP.forward, ("theta_new",), alternatives=(("y", "x"),))
