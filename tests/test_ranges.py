"""Ranges that are not written."""

from __future__ import annotations

import pytest
import sympy

from symgrad import StudentError, read
from symgrad.program import Program

FORWARD = read(
    """
    input s[B, J]
    input W[J, I]
    input x[I]
    input z[0..K-1]
    output p
    for b, j: p[b, j] = s[b, j]
    """
)


def ranges(text: str, given: Program | None = FORWARD) -> list[str]:
    """The loops of every nest, each with its range."""
    return [
        f"{loop.index} in {loop.lower}..{loop.upper}"
        for nest in read(text, given).nests
        for loop in nest.loops
    ]


def limits(text: str) -> list[str]:
    """The limits of the reductions of the first statement."""
    ((_, statement), *_) = read(text, FORWARD).statements
    return [
        f"{bound} in {lower}..{upper}"
        for reduction in sympy.preorder_traversal(statement.value)
        for bound, lower, upper in getattr(reduction, "limits", ())
    ]


def test_an_index_has_the_range_of_the_axis_on_which_it_stands_alone() -> None:
    assert ranges("for b, j: t[b] += p[b, j]") == ["b in 1..B", "j in 1..J"]
    assert ranges("for k: t[k] = z[k]") == ["k in 0..K - 1"]


def test_the_axes_of_a_gradient_are_those_of_its_array() -> None:
    assert ranges("for j, i: t[i] += W.grad[j, i]") == ["j in 1..J", "i in 1..I"]


def test_an_access_that_counts_for_nothing_still_gives_a_range() -> None:
    assert ranges("for b, i, j: t[b, j] -= s[b, j] + 0 * W[j, i]") == [
        "b in 1..B",
        "i in 1..I",
        "j in 1..J",
    ]


def test_an_auxiliary_hands_ranges_on_whatever_the_order() -> None:
    text = "for b: u[b] = t[b]\nfor b: v[b] = u[b]\nfor b, j: t[b] += s[b, j]"
    assert ranges(text) == ["b in 1..B"] * 3 + ["j in 1..J"]
    assert ranges("for q in 2..J: t[q] = 1\nfor m: u[m] = t[m]")[1] == "m in 2..J"


def test_the_scope_of_an_index_comes_before_the_rest_of_the_text() -> None:
    assert ranges("for j: t[j] = x[j]\nfor b, j: u[b] += s[b, j]") == [
        "j in 1..I",
        "b in 1..B",
        "j in 1..J",
    ]


def test_an_index_that_never_stands_alone_in_its_scope_is_looked_up_elsewhere() -> None:
    text = "for i: t[i] = x[i]\nfor i if i < I: t[i + 1] += x[i + 1]"
    assert ranges(text) == ["i in 1..I", "i in 1..I"]


def test_a_written_range_is_taken_as_it_is() -> None:
    assert ranges("for b, j in b..J if b <= J: t[b] += s[b, j]") == ["b in 1..B", "j in b..J"]


def test_bound_indices_have_their_own_scope() -> None:
    assert limits("for b: t[b] = sum(j, s[b, j]) * sum(j, x[j])") == ["j in 1..J", "j in 1..I"]
    assert limits("for b: t[b] = sum(j, s[b, j] * sum(i, W[j, i]))") == ["j in 1..J", "i in 1..I"]


def test_assumptions_are_inferred_too() -> None:
    program = read("input y[K]\nassume sum(k, y[k]) == 1")
    assert str(program) == "input y[K]\nassume sum(k, y[k]) == 1"


def test_axes_that_are_assumed_equal_agree() -> None:
    text = "input a[H - h + 1]\ninput c[2*P]\n{}for i: t[i] = a[i] * c[i]"
    assert ranges(text.format("assume H - h + 1 == 2*P\n"), None) == ["i in 1..H - h + 1"]
    with pytest.raises(StudentError, match=r"i runs over 1\.\.H - h \+ 1 as an index of a"):
        read(text.format(""))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "for b, j: t[b] += s[b, j] * x[j]",
            "j runs over 1..J as an index of s, but over 1..I as an index of x",
        ),
        (
            "for b, j: t[b, j] = s[b, j]\nfor j, i: u[j] += t[i, j] * x[i]",
            "b runs over 1..B as an index of s, but over 1..I as an index of t",
        ),
        (
            "for b: t[b] = sum(j, s[b, j] * x[j])",
            "j runs over 1..J as an index of s, but over 1..I as an index of x",
        ),
    ],
)
def test_uses_that_disagree_are_a_clash_of_shapes(text: str, message: str) -> None:
    with pytest.raises(StudentError) as caught:
        read(text, FORWARD)
    assert caught.value.message == message
    assert caught.value.kind == "shape"


@pytest.mark.parametrize("text", ["for q: t[q] = 1", "t = sum(q, x[1])", "for q: t = x[q + 1]"])
def test_an_index_that_stands_alone_nowhere_needs_a_range(text: str) -> None:
    with pytest.raises(StudentError, match="the range of q is not known"):
        read(text, FORWARD)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for k: t[k] = [k == y]", ["k in 1..J"]),
        ("for k if y != k: t[k] = 1", ["k in 1..J"]),
        ("for i, k: t[i, k] = [i == k] - x[k]", ["i in 1..I", "k in 1..I"]),
        ("for b, k: t[b, k] = [k == r[b]]", ["b in 1..B", "k in 1..J"]),
        ("h = argmax(i, x[i]); for k: t[k] = [k == h]", ["k in 1..I"]),
        ("for k: t[k] = sum(l, [k == l] * s[1, l])", ["k in 1..J"]),
        ("for k in 1..3: t[k] = [k == y]", ["k in 1..3"]),
        ("for q in 1..3, k: t[q, k] = [k == q]", ["q in 1..3", "k in 1..3"]),
        ("for k: t[k] = [k == y] * x[k]", ["k in 1..I"]),
    ],
)
def test_an_index_that_stands_alone_nowhere_runs_over_what_it_is_compared_with(
    text: str, expected: list[str]
) -> None:
    """`[k == y]` with a label y in 1..J; an axis or a range that is written comes first."""
    given = read(str(FORWARD) + "\ninput y in 1..J\ninput r[B] in 1..J")
    assert ranges(text.replace("; for", "\nfor"), given) == expected


@pytest.mark.parametrize(
    "text",
    [
        "for k: t[k] = [k == 2]",
        "for k: t[k] = [k + 1 == y]",
        "for i, k: t[i, k] = [i == k]",
    ],
)
def test_a_comparison_with_no_label_gives_no_range(text: str) -> None:
    given = read(str(FORWARD) + "\ninput y in 1..J")
    with pytest.raises(StudentError, match=r"the range of [ik] is not"):
        read(text, given)
