"""Jacobians from backward passes, against central differences of the forward pass."""

from __future__ import annotations

import pytest
from flint import fmpq
from oracles import close, random_values

from symgrad.course.jacobian import jacobian
from symgrad.derivation.backward import derive
from symgrad.evaluation.arithmetic import precision
from symgrad.evaluation.evaluate import Cells, State, evaluate
from symgrad.forms.fold import close as closed_form
from symgrad.program import Input, Program
from symgrad.reading.text import read

SOFTMAX = "input x[N]\noutput y\nZ = sum(j, exp(x[j]))\nfor i: y[i] = exp(x[i]) / Z"
MATRIX = "input x[N, M]\noutput y\nfor i, j: y[i] += x[i, j]^2\nfor i: y[i] += x[i, 1]"
IMAGE = "input x[N]\ninput K[2]\noutput y\nfor i in 1..N, j in 1..2: y[i, j] += x[i] * K[j]"
SCALAR = "input x\noutput y\ny = x^3"


def by_differences(forward: Program, extents: dict[str, int]) -> tuple[State, Cells]:
    """Values, and every (y(x + h) - y(x - h)) / 2h."""
    values = random_values(forward, [item.name for item in forward.declared(Input)], extents)
    step = fmpq(1, 10**18)
    slopes: Cells = {}
    for key, value in values["x"].items():
        up, down = (
            evaluate(forward, extents, {**values, "x": {**values["x"], key: value + way}})["y"]
            for way in (step, -step)
        )
        for at in up:
            slopes[(*at, *key)] = (up[at] - down[at]) / (2 * step)
    return values, slopes


@pytest.mark.parametrize("text", [SOFTMAX, MATRIX, IMAGE, SCALAR])
@pytest.mark.parametrize("closed", [False, True])
def test_jacobians_are_slopes(text: str, closed: bool) -> None:
    """Jac[i, j] = d y[i] / d x[j], from the loops and from the closed form alike."""
    forward = read(text)
    backward = derive(forward, ["x"])
    program = jacobian(closed_form(backward) if closed else backward, "y", "x", "Jac")
    extents = {"N": 3, "M": 2}
    with precision(256):
        values, slopes = by_differences(forward, extents)
        found = evaluate(program, extents, values)["Jac"]
        for key, slope in slopes.items():
            assert close(found.get(key, fmpq(0)), slope), key


def test_the_seed_leaves_no_sum_behind() -> None:
    """The loops and sums that meet the seed run for the row alone."""
    backward = derive(read(SOFTMAX), ["x"])
    assert str(jacobian(backward, "y", "x", "Jac")) == (
        "for i: Jac[i, i] += exp(x[i]) / Z\n"
        "for i: y_by_Z[i] -= exp(x[i]) / Z^2\n"
        "for i, j: Jac[i, j] += y_by_Z[i] * exp(x[j])"
    )
    assert "sum" not in str(jacobian(closed_form(backward), "y", "x", "Jac"))
