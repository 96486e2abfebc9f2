"""Ranges that are equal under the equations of a forward pass."""

from __future__ import annotations

import sympy

from symgrad import read
from symgrad.expressions import extent
from symgrad.program import Axis
from symgrad.writing.agreement import Same, disagreement, shown


def test_equations_are_solved_for_any_extent() -> None:
    P, Q, H = map(extent, "PQH")
    same = Same(read("input x[P, Q, H]\nassume 2*P == H + 1\nassume Q == P - 3 and Q == 4"))
    assert same(Axis(H), Axis(2 * Q + 5))
    assert same(Axis(P), Axis(sympy.Integer(7)))
    assert not same(Axis(P), Axis(Q))


def test_a_disagreement_names_both_ranges_and_both_arrays() -> None:
    program = read("input a[P]\ninput c[Q]\nfor i: t[i] = a[i]\nfor i: u[i] = c[i]")
    chosen = Axis(extent("P"))
    same = Same(program)
    assert disagreement(chosen, [("a", 0), ("t", 0)], program, {"a", "c"}, same) is None
    clash = disagreement(chosen, [("u", 0), ("a", 0)], program, {"a", "c"}, same)
    assert clash == "runs over 1..P as an index of a, but over 1..Q as an index of u"


def test_a_range_is_shown_from_its_first_to_its_last_value() -> None:
    assert shown(Axis(extent("N") - 1, sympy.Integer(0))) == "0..N - 1"
