"""The names that programs give to their indices."""

from __future__ import annotations

from sympy import Expr, Integer

from symgrad import read
from symgrad.expressions import element, index
from symgrad.heads import SumOver
from symgrad.proof.conventions import all_arrays, index_names, renamings

GIVEN = read("input s[B, J]\nfor b, j: Z[b] += exp(s[b, j])")
LEFT = read("for c, k: out[c] += s[c, k]", given=GIVEN)
RIGHT = read("for b: out[b] = sum(l, s[b, l])", given=GIVEN)


def test_the_names_of_the_left_side_come_first() -> None:
    names = index_names([GIVEN, LEFT, RIGHT])
    assert names["s", 0] == ["c", "b"] and names["s", 1] == ["k", "l", "j"]
    assert names["out", 0] == ["c", "b"]


def test_the_arrays_of_all_programs_are_known() -> None:
    assert all_arrays([GIVEN, LEFT, RIGHT]).keys() == {"s", "Z", "out"}


def total(bound: str) -> Expr:
    read_ = element("s", index("c"), index(bound))
    return SumOver.over([(index(bound), Integer(1), index("J"))], read_)


def test_an_index_is_renamed_where_its_axis_tells_to_what() -> None:
    place = element("out", index("c"))
    assert list(renamings(RIGHT, total("k"), place)) == ["b renamed to c", "l renamed to k"]
    assert list(renamings(LEFT, total("k"), place)) == []


def test_an_index_of_two_meanings_is_not_told() -> None:
    """Both bound indices stand on the second axis of s, where only l did."""
    both = total("k") * total("m")
    assert list(renamings(RIGHT, both, element("out", index("b")))) == []
