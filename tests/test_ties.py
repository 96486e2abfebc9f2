"""A comparison is tied at a point by accident if it is decided next to it."""

from __future__ import annotations

import pytest
import sympy
from flint import fmpq

from symgrad import read
from symgrad.evaluation.arithmetic import precision
from symgrad.evaluation.evaluate import State
from symgrad.expressions import scalar
from symgrad.program import Input, Nest, Program, Statement
from symgrad.refutation.instances import Point
from symgrad.refutation.ties import ties


@pytest.mark.parametrize(
    ("text", "value", "count"),
    [
        ("out = [x > 0]", 0, 1),
        ("out = [x > 0]", 1, 0),
        ("out = max(x, 1)", 1, 1),
        ("out = relu'(x) + abs'(x - 1)", 1, 2),
        ("out = [log(exp(x)) >= x]", 1, 1),
        ("out = [1/(x - 1) > 0]", 1, 0),
        ("for k in 1..3: e[k] = x\nout = argmax(k, e[k])", 1, 2),
    ],
)
def test_ties_are_counted(text: str, value: int, count: int) -> None:
    given = read("input x")
    program = read(text, given=given)
    values: State = {"x": {(): fmpq(value)}}
    with precision(128):
        found = ties(program, Point({}, values, {}, fixed=False), values)
    assert (found >= count) if count > 1 else found == count


def test_the_jump_of_an_integer_part_is_a_tie() -> None:
    whole = sympy.floor(scalar("x"), evaluate=False)
    program = Program((Input("x"),), (Nest((), (Statement(scalar("out"), "=", whole),)),))
    for value, count in ((fmpq(2), 1), (fmpq(5, 2), 0)):
        values: State = {"x": {(): value}}
        assert ties(program, Point({}, values, {}, fixed=False), values) == count
