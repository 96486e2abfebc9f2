"""Rules that fold function values into stored arrays."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.expressions import extent, index
from symgrad.forms.folding import Folding, match
from symgrad.writing.write import expression_text

FOLDED = {
    # definition of p: (expression, what it is in terms of p)
    "for b, j: p[b, j] = exp(s[b, j]) / Z[b]": ("exp(s[b, k])", "p[b, k] * Z[b]"),
    "for b, j: p[b, j] += 1 / Z[b] * exp(s[b, j])": ("exp(s[1, k])", "p[1, k] * Z[1]"),
    "for b, j: p[b, j] -= 2 * exp(s[b, j])": ("exp(s[b, k])", "-1/2 * p[b, k]"),
    "for b, j: p[b, j] = sigma(s[b, j])": ("sigma'(s[b, k])", "p[b, k] * (1 - p[b, k])"),
    "for b, j: p[b, j] = tanh(s[b, j] - Z[b])": ("tanh'(s[b, k] - Z[b])", "1 - p[b, k]^2"),
    "for b, j: p[b, j] = (s[b, j] - Z[b]) / sqrt(V[j])": (
        "s[b, k] - Z[b]",
        "p[b, k] * sqrt(V[k])",
    ),
    "for b, j: p[b, j] = tanh(sum(i, s[b, i] * W[i, j]))": (
        "tanh(sum(k2, s[b, k2] * W[k2, k]))",
        "p[b, k]",
    ),
    "for b, j: p[b, j] = 1 / exp(s[b, j])": ("exp(s[b, k])", "1 / p[b, k]"),
}

LEFT = {
    "a factor that may be zero": "for b, j: p[b, j] = exp(s[b, j]) * V[j]",
    "an index that the function value does not tell": "for b, j in 1..J: p[b, j] = exp(Z[b])",
    "a sum of several updates": "for b, j: p[b, j] += exp(s[b, j])\nfor b: p[b, 1] += Z[b]",
    "a guard": "for b, j if j != 2: p[b, j] = exp(s[b, j])",
    "a part of the axis": "for b, j in 2..J: p[b, j] = exp(s[b, j])",
    "an accumulation": "for b, j, i: p[b, j] += exp(s[b, i] * W[i, j])",
    "a square": "for b, j: p[b, j] = exp(s[b, j])^2",
}

INPUTS = "input s[B, J]\ninput Z[B]\ninput V[J]\ninput W[J, J]\noutput p\n"


@pytest.mark.parametrize("definition", FOLDED)
def test_a_function_value_is_folded_into_the_array_that_stores_it(definition: str) -> None:
    forward = read(INPUTS + definition)
    text, expected = FOLDED[definition]
    atom = read(f"for b in 1..B, k in 1..J: t[b, k] = {text}", given=forward).nests[0].body[0].value
    folded = Folding.of(forward)(atom)
    assert folded is not None
    known = {name: array.axes for name, array in forward.arrays.items()}
    assert expression_text(folded.tree(), known) == expected


@pytest.mark.parametrize("why", LEFT)
def test_a_value_that_is_not_determined_is_not_folded(why: str) -> None:
    assert Folding.of(read(INPUTS + LEFT[why])).rules == ()


def test_a_value_stored_alone_is_preferred_to_one_stored_in_a_product() -> None:
    forward = read(
        INPUTS + "for b, j: E[b, j] = exp(s[b, j])\nfor b, j: p[b, j] = exp(s[b, j]) / Z[b]"
    )
    (rule,) = Folding.of(forward).rules
    assert str(rule.folded.tree()) == "E[b, j]"


def test_a_sum_that_a_rule_speaks_of_is_kept() -> None:
    forward = read("input x[N]\noutput p\nfor i: p[i] = exp(x[i]) / sum(k, exp(x[k]))")
    assert len(Folding.of(forward).kept) == 1


def test_bound_indices_match_by_place() -> None:
    forward = read(INPUTS + "for b, j: p[b, j] = tanh(sum(i, s[b, i] * W[i, j]))")
    pattern = forward.nests[0].body[0].value
    b, j = index("b"), index("j")
    assert match(pattern, pattern, (b, j)) == {b: b, j: j}
    other = read("t = tanh(sum(k, s[1, k] * W[k, J]))", given=forward).nests[0].body[0].value
    assert match(pattern, other, (b, j)) == {b: 1, j: extent("J")}
    swapped = read("t = tanh(sum(k, s[1, k] * W[J, k]))", given=forward).nests[0].body[0].value
    assert match(pattern, swapped, (b, j)) is None
