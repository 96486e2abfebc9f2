"""Multiplying out, with definitions put in."""

from __future__ import annotations

import pytest
from sympy import Expr

from symgrad import read
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import product
from symgrad.expressions import add, element, index
from symgrad.forms.expansion import Definition, Expansion
from symgrad.writing.write import expression_text

FORWARD = read("input a[B]\ninput w[B, J]\ninput c\noutput p\nfor b: p[b] = a[b] * sum(j, w[b, j])")
GIVEN = FORWARD.with_declarations(*read("input d[B]").declarations)
KNOWN = {name: array.axes for name, array in FORWARD.arrays.items()}

D = read("for b: d[b] = a[b] - sum(j, w[b, j])", given=FORWARD).nests[0].body[0]
DEFINITIONS = {"d": Definition((index("b"),), tuple(Expansion().terms(D.value)))}


def expanded(text: str) -> list[str]:
    """The terms of an expression over b and j; `d` is defined above."""
    value = read(f"for b in 1..B, j in 1..J: t[b, j] = {text}", given=GIVEN).nests[0].body[0].value
    return [_text(term) for term in Expansion(DEFINITIONS).terms(value)]


def _text(term: Monomial) -> str:
    return expression_text(product(term), KNOWN)


EXPANDED = {
    "a[b] * (c + 1)": ["a[b] * (c + 1)"],
    "d[b] * c": ["a[b] * c", "-c * sum(#1, w[b, #1])"],
    "d[1]": ["a[1]", "-sum(#1, w[1, #1])"],
    "d[b]^2": ["a[b]^2", "-2 * a[b] * sum(#1, w[b, #1])", "sum(#1, w[b, #1])^2"],
    "sum(j, c * w[b, j] / a[b])": ["c * sum(#1, w[b, #1]) / a[b]"],
    "sum(j, w[b, j] - 2 * c)": ["sum(#1, w[b, #1])", "-2 * J * c"],
    "sum(i in 2..B, c)": ["c * sum(#1 in 2..B, 1)"],
    "sum(i in 1..B, k in 1..J, w[i, k] * c)": ["c * sum(#1a, #1b, w[#1a, #1b])"],
    "sum(i in 1..B, a[i] * sum(k in 1..J, w[i, k]))": ["sum(#2, a[#2] * sum(#1, w[#2, #1]))"],
    "sum(i in 1..B if i != 2, a[i]) * c": ["c * sum(#1 if #1 != 2, a[#1])"],
    "exp(d[b])": ["exp(a[b] - sum(#1, w[b, #1]))"],
    "c / d[b]": ["c / (a[b] - sum(#1, w[b, #1]))"],
    "sum(k in 1..J, w[b, k]) - sum(i in 1..J, w[b, i])": [],
}


@pytest.mark.parametrize("text", EXPANDED)
def test_an_expression_becomes_a_sum_of_monomials(text: str) -> None:
    assert expanded(text) == EXPANDED[text]


def test_a_definition_is_not_captured_by_the_place_where_it_is_put() -> None:
    """The j of sum(j, w[b, j]) and the j of the place are two."""
    plain = {"d": Definition((index("b"),), (Monomial.of(D.value),))}
    value = read("t = sum(j in 1..B, exp(d[j]))", given=GIVEN).nests[0].body[0].value
    (term,) = Expansion(plain).terms(value)
    assert _text(term) == "sum(#1, exp(a[#1] - sum(j2, w[#1, j2])))"


def test_a_rewritten_atom_takes_part_in_the_cancelling() -> None:
    def rewrite(atom: Expr) -> Monomial | None:
        return Monomial.of(element("c")) if atom == add(element("c"), one) else None

    (one,) = read("t = 1", given=FORWARD).nests[0].body[0].value.atoms()
    value = read("t = (c + 1) / c", given=FORWARD).nests[0].body[0].value
    assert Expansion(rewrite=rewrite).terms(value) == [Monomial()]
