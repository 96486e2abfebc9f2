"""When a rule holds, and the smallest graphs on which it does not."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.heads import Partial
from symgrad.program import Program
from symgrad.secondorder.closed import closed
from symgrad.secondorder.conditions import FORMS, straightened
from symgrad.secondorder.describe import condition_texts, search_lines
from symgrad.secondorder.graph import graph
from symgrad.secondorder.ladder import ladder
from symgrad.secondorder.rules import RULES, Rule, pushing
from symgrad.secondorder.smallest import graphs, shapes, smallest
from symgrad.writing.write import nest_texts

NOTES = (
    "input x\nfunction f(y, z)\nfunction g(x)\nfunction h(x)\nloss l\n"
    "y = g(x)\nz = h(x)\nu = f(y, z)\nl = u"
)
CHAIN = "input x\nfunction f(y)\nfunction g(x)\nloss l\ny = g(x)\nl = f(y)"
TRIANGLE = "input x\nfunction f(x, y)\nfunction g(x)\nloss l\ny = g(x)\nl = f(x, y)"
FIXED = "input x\nloss l\ny = x^2\nl = y^2"

HOLDS: dict[tuple[str, str], list[str]] = {
    (NOTES, "naive"): ["f is affine and g is affine and h is affine"],
    (NOTES, "diagonal"): ["f does not mix y with z"],
    (CHAIN, "naive"): ["f is affine and g is affine"],
    (TRIANGLE, "naive"): ["f is affine in y and does not mix x with y and g is affine"],
    (TRIANGLE, "diagonal"): ["f does not mix x with y"],
    (FIXED, "naive"): [],
}


@pytest.mark.parametrize(("text", "rule"), HOLDS)
def test_when_a_rule_holds(text: str, rule: str) -> None:
    """Each condition is told only if the rule is proved right under it."""
    found = ladder(read(text))
    assert condition_texts(found, found.rung(rule)) == HOLDS[text, rule]


@pytest.mark.parametrize("zero", FORMS, ids=str)
def test_a_form_has_those_second_derivatives_zero_and_no_others(
    zero: frozenset[tuple[int, ...]],
) -> None:
    """The Hessian of the form by its parameters, entry by entry."""
    names = ["y", "z"][: len(next(iter(zero)))]
    call = f"f({', '.join(names)})"
    inputs = [f"input {name}" for name in names]
    forward = read("\n".join([*inputs, f"function {call}", "loss l", f"l = {call}"]))
    inner = straightened(forward, frozenset(("f", orders) for orders in zero))
    assert inner is not None
    one = graph(inner, names)
    for first, left in enumerate(names):
        for second, right in enumerate(names[first:], first):
            orders = tuple((n == first) + (n == second) for n in range(len(names)))
            assert (closed(pushing(one), one.second(left, right)) == 0) == (orders in zero)


def test_the_smallest_graphs_are_found() -> None:
    """The naive rule fails on two operations in a row, the diagonal one where two paths meet."""
    found = {
        (rule.name, kind): smallest(rule, 3, kind)
        for rule in RULES[:2]
        for kind in ("opaque", "elementary")
    }
    updates = {key: nest_texts(search.smallest) for key, search in found.items() if search.smallest}
    assert updates == {
        ("naive", "opaque"): ["y = g(x)", "l = f(y)"],
        ("naive", "elementary"): ["y = x^2", "l = y^2"],
        ("diagonal", "opaque"): ["y = g(x)", "l = f(x, y)"],
        ("diagonal", "elementary"): ["y = x^2", "l = x * y"],
    }


@pytest.mark.parametrize("rule", RULES[2:], ids=lambda rule: rule.name)
def test_exact_rules_fail_on_no_small_graph(rule: Rule) -> None:
    found = smallest(rule, 3)
    assert (found.smallest, found.undecided, found.tried) == (None, 0, 10)
    assert "proved right on all 10 graphs of up to 3 nodes" in next(search_lines([found]))


def test_all_shapes_are_tried_once() -> None:
    """Every name but the last is read, and no node reads what comes later."""
    for count in (1, 2, 3, 4):
        found = list(shapes(count))
        assert len(found) == len(set(found))
        assert all(len(shape) == count for shape in found)
    assert [len(list(shapes(count))) for count in (1, 2, 3, 4)] == [1, 2, 7, 38]
    assert all(isinstance(one, Program) for one in graphs(2, "elementary"))


def test_partials_of_the_functions_that_are_straight_are_gone() -> None:
    inner = straightened(read(CHAIN), frozenset({("g", (2,))}))
    assert inner is not None
    value = closed(pushing(graph(inner, ["x"])), "l_xx")
    assert {part.function for part in value.atoms(Partial)} == {"f"}
