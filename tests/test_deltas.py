"""Brackets that compare an index with a label."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.algebra.tidy import total
from symgrad.forms.expansion import Expansion
from symgrad.writing.write import expression_text

FORWARD = read("input P[K]\ninput y in 1..K\ninput z in 1..2\nloss L\nL = z * log(P[y])")
LABELS = {name: array.values for name, array in FORWARD.arrays.items() if array.values}

CONTRACTED = {
    "[k == y] * P[k] / P[y]": "[k == y]",
    "[k == y] / P[y]": "[k == y] / P[k]",
    "[y == k] / P[y]": "[k == y] / P[k]",
    "sum(i in 1..K, [i == y] * P[i])": "P[y]",
    "sum(i in 1..K, [i == y])": "1",
    "sum(i in 1..K, [i == y] * P[i] / P[y])": "1",
    "sum(i in 2..K, [i == y])": "sum(#1 in 2..K, [#1 == y])",
    "sum(i in 1..K, [i == z])": "sum(#1 in 1..K, [#1 == z])",
    "[k == y] * max(k in 1..K, P[k] * P[y])": "max(k in 1..K, P[k] * P[y]) * [k == y]",
}


@pytest.mark.parametrize("text", CONTRACTED)
def test_a_delta_picks_one_element(text: str) -> None:
    value = read(f"for k in 1..K: t[k] = {text}", given=FORWARD).nests[0].body[0].value
    terms = Expansion(labels=LABELS).terms(value)
    assert expression_text(total(terms)) == CONTRACTED[text]
