"""Answers about declared numbers, written out element by element."""

from __future__ import annotations

from sympy import Integer

from symgrad import read
from symgrad.course.exercise import Part, exercise
from symgrad.course.values import values
from symgrad.expressions import add, element, mul


def part(forward: str, *targets: str) -> Part:
    return Part("a", "?", read(forward), targets)


def test_gradients_that_are_given_stay_as_they_are() -> None:
    """relu lets through what is above 0."""
    top, bottom = (element("y.grad", Integer(n), Integer(2)) for n in (1, 2))
    (found,) = values(exercise("relu").parts[1]).values()
    assert found == ((0, top), (0, bottom))


def test_a_gradient_is_linear_in_those_that_are_given() -> None:
    """y[i] = x[i] x[2], so x[2] gets from both, and twice from its own square."""
    forward = "input x[2] = [3, 5]\noutput y\nfor i: y[i] = x[i] * x[2]"
    one, two = (element("y.grad", Integer(n)) for n in (1, 2))
    expected = (mul(Integer(5), one), add(mul(Integer(3), one), mul(Integer(10), two)))
    assert values(part(forward, "x.grad")) == {"x.grad": expected}


def test_below_a_loss_all_is_numbers() -> None:
    forward = "input x[2] = [3, 5]\nloss L\nL = sum(i, x[i]^2)"
    assert values(part(forward, "x.grad")) == {"x.grad": (6, 10)}


def test_what_is_not_declared_has_no_numbers() -> None:
    assert values(part("input x[2]\nloss L\nL = sum(i, x[i]^2)", "x.grad")) == {}
