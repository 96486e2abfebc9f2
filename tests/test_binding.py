"""Bound indices and fresh names."""

from __future__ import annotations

from symgrad import read
from symgrad.algebra.binding import axis_loops, fresh, names, rebind
from symgrad.expressions import index
from symgrad.writing.write import expression_text

FORWARD = read(
    "input s[N]\ninput A[N, M]\nfunction g(q)\noutput p\n"
    "for i: p[i] = s[i] / sum(k, s[k] * max(j, A[k, j]))"
)
KNOWN = {name: array.axes for name, array in FORWARD.arrays.items()}
VALUE = FORWARD.nests[0].body[0].value


def test_names_are_those_of_arrays_extents_functions_parameters_and_indices() -> None:
    assert names(FORWARD) >= {"s", "A", "p", "N", "M", "g", "q", "i", "j", "k"}


def test_a_taken_name_gets_the_next_free_number() -> None:
    assert fresh("k", {"j"}) == "k"
    assert fresh("k", {"k", "k2"}) == "k3"
    assert fresh("k2", {"k2"}) == "k3"


def test_a_bound_index_that_the_scope_binds_is_renamed() -> None:
    assert expression_text(rebind(VALUE, [index("k")], {"k2"}), KNOWN) == (
        "s[i] / sum(k3, s[k3] * max(j, A[k3, j]))"
    )


def test_inner_bound_indices_are_renamed_too() -> None:
    assert expression_text(rebind(VALUE, [index("j")], ()), KNOWN) == (
        "s[i] / sum(k, s[k] * max(j2, A[k, j2]))"
    )


def test_what_nothing_captures_keeps_its_names() -> None:
    assert rebind(VALUE, [index("i")], ()) == VALUE


def test_nested_reductions_over_one_name_are_told_apart() -> None:
    value = read("t = sum(k, s[k] * sum(k, s[k]))", given=FORWARD).nests[0].body[0].value
    assert expression_text(rebind(value, (), ()), KNOWN) in (
        "sum(k, s[k] * sum(k2, s[k2]))",
        "sum(k2, s[k2] * sum(k, s[k]))",
    )


def test_loops_over_an_array_use_the_indices_of_the_program() -> None:
    loops = axis_loops(FORWARD, FORWARD.arrays["p"])
    assert [(loop.index.name, str(loop.upper)) for loop in loops] == [("i", "N")]


def test_loops_over_an_array_that_is_never_read_have_indices_of_their_own() -> None:
    forward = read("input i\ninput w[N, N]\noutput y\ny = i")
    assert [loop.index.name for loop in axis_loops(forward, forward.arrays["w"])] == ["i2", "j"]
