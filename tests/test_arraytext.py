"""Array notation that is written for a program: read back, it is the same program, proved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from oracles import FUNCTIONS
from strategies import forward_programs
from test_codegen import FORWARD_PASSES, extents_of, name_of
from test_gradients import point_of

from symgrad import derive, equivalent, read
from symgrad.codegen.arraytext import array_text
from symgrad.course.exercise import Exercise, Part, exercise
from symgrad.errors import StudentError
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.values import OutsideAxis
from symgrad.program import Program


@pytest.mark.parametrize("pair", FORWARD_PASSES.values(), ids=name_of)
def test_array_notation_is_read_back_and_proved(pair: tuple[Exercise, Part]) -> None:
    """Program -> array notation -> Program, for the backward pass of each forward pass."""
    _, part = pair
    backward = derive(part.forward)
    again = read(array_text(backward), given=part.forward)
    verdict = equivalent(again, backward, given=part.forward, targets=backward.written)
    assert verdict.status == "equal"


@given(forward_programs())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_array_notation_computes_what_the_program_does(program: Program) -> None:
    """Random backward passes, element by element."""
    try:
        backward = derive(program)
    except StudentError:
        assume(False)
    again = read(array_text(backward), given=program)
    extents = {name: n for n, name in enumerate(sorted(extents_of(program)), 2)}
    values = point_of(program, tuple(extents.items())).values
    try:
        expected = evaluate(backward, extents, values, functions=FUNCTIONS)
        found = evaluate(again, extents, values, functions=FUNCTIONS)
    except OutsideAxis:
        assume(False)
    for name in backward.written:
        for place, value in expected[name].items():
            if np.isfinite(float(value)):
                assert float(found[name].get(place, 0)) == pytest.approx(
                    float(value), rel=1e-7, abs=1e-7
                )


def test_whole_arrays_are_written_where_that_can_be_said() -> None:
    """Matrix products, sums by axis, broadcasting; parts of axes stay in index notation."""
    lines = array_text(derive(exercise("matrix-net").part("b2").forward)).split("\n")
    assert "W2.grad += Z3.T @ Z4.grad" in lines
    assert "b2.grad += Yp.grad.sum(axis=0)" in lines
    conv = derive(exercise("conv").part("a").forward)
    assert array_text(conv) == str(conv)
