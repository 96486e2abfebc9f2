"""A witness names the inputs on which its two values depend, and no others."""

from __future__ import annotations

import pytest

from symgrad import equivalent


@pytest.mark.parametrize(
    ("left", "right", "relevant"),
    [
        ("out = 2 * x", "out = x", ("x",)),
        ("out = x * y", "out = x", ("x", "y")),
        ("out = exp(x * y) + z - z", "out = 2 * exp(x * y)", ("x", "y")),
        ("out = 0 * z", "out = relu(x)", ("x",)),
        ("out = [z > 0]", "out = 0", ("z",)),
        ("out = d[1]", "out = d[2] + x", ("x", "d")),
        ("out = q[c]", "out = 0", ("q", "c")),
        ("for i in 1..2: out[i] = 1", "for i in 1..3: out[i] = 1", ()),
    ],
)
def test_only_inputs_that_change_a_value_are_relevant(
    left: str, right: str, relevant: tuple[str, ...]
) -> None:
    given = "input x\ninput y\ninput z\ninput q[2]\ninput c in 1..2\ninput d[2] = [1, 2]"
    found = equivalent(left, right, given=given).witness
    assert found is not None
    assert {*relevant, "d"} == {*found.relevant, "d"}  # fixed data are always told
    assert set(found.inputs) == {"x", "y", "z", "q", "c", "d"}
