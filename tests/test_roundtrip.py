"""NumPy code that is generated is an answer in Python that is right: written, read back, proved."""

from __future__ import annotations

import pytest
from test_codegen import FORWARD_PASSES, name_of

from symgrad import StudentError, derive, equivalent
from symgrad.codegen.function import Passes, module
from symgrad.course.exercise import Exercise, Part
from symgrad.expressions import array_of
from symgrad.program import Input
from symgrad.python.read import read_python

UNREAD = ("a list built by two loops is not read", "is no array of the exercise")
"""Windows stacked by a comprehension over two ranges; functions handed over as arguments."""


@pytest.mark.parametrize("pair", FORWARD_PASSES.values(), ids=name_of)
def test_generated_code_is_read_back_and_proved(pair: tuple[Exercise, Part]) -> None:
    """Program -> NumPy -> Program gives the same gradients of the inputs."""
    _, part = pair
    backward = derive(part.forward)
    written = {array_of(statement.target) for _, statement in backward.statements}
    inputs = [item for item in part.forward.declared(Input) if item.data is None]
    targets = [f"{i.name}.grad" for i in inputs if f"{i.name}.grad" in written]
    if not targets:
        pytest.skip("fixed data alone")
    head, _, body = module([Passes(part.forward, backward)], "numpy").partition("def forward(")
    source = f"{head}def backward({body.partition('def backward(')[2]}"
    try:
        again = read_python(source, part.forward, targets)
    except StudentError as error:
        assert any(reason in str(error) for reason in UNREAD), error
        return
    verdict = equivalent(again, backward, given=part.forward, targets=targets)
    assert verdict.status == "equal"
