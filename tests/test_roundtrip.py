"""NumPy code that is generated is an answer in Python that is right: written, read back, proved."""

from __future__ import annotations

import pytest
from test_codegen import FORWARD_PASSES, name_of

from symgrad import derive, equivalent
from symgrad.codegen.function import Passes, module
from symgrad.course.exercise import Exercise, Part
from symgrad.program import Input
from symgrad.python.read import read_python


@pytest.mark.parametrize("pair", FORWARD_PASSES.values(), ids=name_of)
def test_generated_code_is_read_back_and_proved(pair: tuple[Exercise, Part]) -> None:
    """Program -> NumPy -> Program gives the same gradients of inputs; of fixed data, all."""
    _, part = pair
    backward = derive(part.forward)
    inputs = [item for item in part.forward.declared(Input) if item.data is None]
    gradients = [f"{i.name}.grad" for i in inputs if f"{i.name}.grad" in backward.written]
    targets = gradients or list(backward.written)
    head, _, body = module([Passes(part.forward, backward)], "numpy").partition("def forward(")
    source = f"{head}def backward({body.partition('def backward(')[2]}"
    again = read_python(source, part.forward, targets)
    verdict = equivalent(again, backward, given=part.forward, targets=targets)
    assert verdict.status == "equal"
