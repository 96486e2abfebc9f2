"""The shapes that are tried: few, small, different, and admitted by the assumptions."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest

from symgrad import read
from symgrad.program import Program
from symgrad.refutation.extents import Shape, shapes

CONVOLUTION = """
input I[H, W]
input K[h, w]
assume H >= h
assume W >= w
for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]"""

POOLING = """
input J[2*P, 2*Q]
assume Q >= 2
for p in 1..P, q in 1..Q: y[p, q] = max(a in 0..1, b in 0..1, J[2*p-a, 2*q-b])"""


def shapes_of(text: str) -> tuple[Shape, ...]:
    return shapes(read(text))


@pytest.mark.parametrize("text", ["input s[B, J]", CONVOLUTION, POOLING, "input a[A, B, C, D, E]"])
def test_shapes_are_few_different_and_ascend(text: str) -> None:
    found = shapes_of(text)
    products = [prod(shape.values()) for shape in found]
    assert 4 <= len(found) <= 6 and products == sorted(products)
    assert len({tuple(sorted(shape.items())) for shape in found}) == len(found)


def test_two_extents_are_tried_equal_different_both_ways_small_and_larger() -> None:
    found = [(shape["B"], shape["J"]) for shape in shapes_of("input s[B, J]")]
    assert (1, 1) in found and (2, 3) in found and (3, 2) in found and (2, 2) in found
    assert any(1 in pair and pair != (1, 1) for pair in found)
    assert any(min(pair) >= 5 for pair in found)


def test_assumptions_on_extents_hold() -> None:
    for shape in shapes_of(CONVOLUTION):
        assert shape["H"] >= shape["h"] and shape["W"] >= shape["w"]
    for shape in shapes_of(POOLING):
        assert shape["Q"] >= 2
    found = shapes_of("input I[H]\ninput K[h]\nassume H - h + 1 == 2*P\nassume P >= 2")
    assert all(shape["H"] - shape["h"] + 1 == 2 * shape["P"] and shape["P"] >= 2 for shape in found)
    assert len(found) >= 3


def test_some_shape_of_a_convolution_has_no_two_extents_alike() -> None:
    assert any(
        len({shape["H"], shape["W"], shape["h"], shape["w"]}) == 4
        for shape in shapes_of(CONVOLUTION)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input x", {}),
        ("input x[n]\nassume n == 4", {"n": 4}),
        ("input x[n] = [1, 3, 3, 0]", {"n": 4}),
        ("input x[2*P, 2*Q] = [[1, 2], [0, 7], [8, 1], [3, 5]]", {"P": 2, "Q": 1}),
        ("input x[n]\nassume n == 784", {"n": 784}),
    ],
)
def test_extents_that_are_fixed_have_one_shape(text: str, expected: Shape) -> None:
    assert shapes_of(text) == (expected,)


def test_constants_in_assumptions_widen_the_search() -> None:
    assert all(shape["V"] >= 12 for shape in shapes_of("input x[V]\nassume V >= 12"))
    assert all(s["N"] >= 2 * s["K"] for s in shapes_of("input x[N]\ninput y[K]\nassume N >= 2*K"))


def test_extents_that_nothing_admits_have_no_shape() -> None:
    assert shapes_of("input x[n]\nassume n * n == 2") == ()


def test_many_extents_cost_no_more_than_few() -> None:
    names = [f"{letter}{n}" for letter, n in product("ABCD", range(4))]
    found = shapes_of(f"input x[{', '.join(names)}]")
    assert any(len(set(shape.values())) == 16 for shape in found)
    assert any(set(shape.values()) == {1} for shape in found)


def test_extents_that_only_the_sides_use_are_chosen_too() -> None:
    assert all(shape.keys() == {"B", "N"} for shape in shapes(read("input s[B]"), ["N"]))


def test_the_choice_is_always_the_same() -> None:
    program: Program = read(CONVOLUTION)
    assert shapes(program) == shapes(read(CONVOLUTION))
