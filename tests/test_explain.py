"""A witness is told in words that a student understands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from symgrad.grading.explain import evidence_object, explain, witness_object
from symgrad.refutation.witness import Agreement, Kind, Witness

WITNESS = Witness(
    "value",
    "Z.grad",
    (1,),
    "1/2",
    "-1/2",
    extents={"B": 2, "J": 1},
    inputs={"s": [["3"], ["1"]], "t": "4"},
    functions={"g": "x^2"},
    relevant=("s",),
)


@pytest.mark.parametrize(
    ("kind", "left", "right", "message"),
    [
        ("value", "1/2", "-1/2", "Z.grad[1] should be -1/2, but the answer gives 1/2"),
        (
            "undefined",
            "undefined",
            "3",
            "Z.grad[1] should be 3, but the answer has no value there",
        ),
        (
            "outside",
            "outside the axes: s[0, 1]",
            "defined",
            "The answer goes outside the axes: s[0, 1]",
        ),
        ("undefined", "3", "undefined", "Z.grad[1] has no value, but the answer gives 3"),
    ],
)
def test_a_witness_in_words(kind: Kind, left: str, right: str, message: str) -> None:
    witness = replace(WITNESS, kind=kind, left=left, right=right)
    assert explain(witness) == f"{message}, for B = 2, J = 1, s = [[3], [1]], g = x^2."


def test_a_scalar_has_no_place_and_long_inputs_are_left_out() -> None:
    witness = replace(
        WITNESS,
        target="L",
        element=(),
        extents={},
        functions={},
        inputs={"x": ["1"] * 40},
        relevant=("x",),
    )
    assert explain(replace(witness, relevant=())) == "L should be -1/2, but the answer gives 1/2."
    assert explain(witness) == "L should be -1/2, but the answer gives 1/2."
    both = replace(witness, inputs={"a": "1", "x": ["1"] * 40}, relevant=("a", "x"))
    assert explain(both).endswith("for a = 1 and other inputs.")


def test_witness_and_evidence_are_plain_data() -> None:
    shown = json.loads(json.dumps(witness_object(WITNESS)))
    assert (shown["element"], shown["extents"], shown["left"]) == ([1], {"B": 2, "J": 1}, "1/2")
    evidence = json.loads(json.dumps(evidence_object(Agreement(({"B": 2},), 3, 60))))
    assert (evidence["points"], evidence["digits"], evidence["shapes"]) == (3, 60, [{"B": 2}])
