"""Axes made of several: places on them as numbers, taken apart, put together."""

from __future__ import annotations

from itertools import product as every
from random import Random

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer

from symgrad.expressions import extent, index
from symgrad.python.productaxes import (
    ProductExtent,
    ProductPlace,
    grouped,
    joined,
    parts_of,
    plain,
    product,
    quotient,
    remainder,
    reversed_place,
    split,
)

P, Q, R = (extent(name) for name in "PQR")
SIZES = {P: Integer(2), Q: Integer(3), R: Integer(5)}
WIDE = st.lists(st.sampled_from([P, Q, R, Integer(2)]), min_size=1, max_size=4)
EXTENTS = st.lists(st.sampled_from([P, Q, R, Integer(1), Integer(2)]), min_size=1, max_size=4)


def size(expr: sympy.Expr) -> int:
    return int(plain(expr).subs(SIZES))


def never(condition: object) -> bool:
    return False


@settings(max_examples=40, deadline=None)
@given(EXTENTS)
def test_a_place_is_the_number_that_counts_row_by_row(extents: list[sympy.Expr]) -> None:
    """(i, j) on P x Q is i*Q + j, and is taken apart into i and j again."""
    whole = product(extents)
    assert size(whole) == sympy.prod(map(size, extents))
    counted = iter(range(size(whole)))
    for places in every(*(range(size(each)) for each in extents)):
        place = joined(list(map(Integer, places)), extents)
        assert size(place) == next(counted)
        found = split(place, extents, never)
        assert found is None or tuple(map(size, found)) == places
        assert size(reversed_place(place, whole)) == size(whole) - 1 - size(place)


@settings(max_examples=40, deadline=None)
@given(WIDE, st.integers(0, 10**6))
def test_axes_regrouped_have_the_same_places(extents: list[sympy.Expr], seed: int) -> None:
    """Some axes in a row made one, others taken apart: the number stays."""
    cuts = sorted(Random(seed).sample(range(1, len(extents)), Random(seed).randrange(len(extents))))
    groups = [extents[a:b] for a, b in zip([0, *cuts], [*cuts, len(extents)], strict=True)]
    new = [product(group) for group in groups]
    assert sum(before for before, _ in grouped(extents, new, plainly_equal) or ()) == len(extents)
    letters = [index(f"i{n}") for n in range(len(extents))]
    place = joined(letters, extents)
    found = split(place, new, never)
    assert found is not None
    numbers = {
        letter: Random(seed).randrange(size(each))
        for letter, each in zip(letters, extents, strict=True)
    }
    again = joined([part.subs(numbers) for part in found], new)
    assert size(again) == size(place.subs(numbers))


def plainly_equal(one: sympy.Expr, other: sympy.Expr) -> bool:
    return bool(sympy.expand(plain(one) - plain(other)) == 0)


def test_what_is_written_as_a_number_is_taken_apart_where_its_parts_are_in_range() -> None:
    """i*Q + j on P x Q is (i, j), if j is known to be less than Q."""
    i, j = index("i"), index("j")
    below = {sympy.Ge(j, 0, evaluate=False), sympy.Lt(j, Q, evaluate=False)}
    assert split(i * Q + j, (P, Q), below.__contains__) == (i, j)
    assert split(i * Q + j, (P, Q), never) is None
    assert split(i, (P, Integer(2)), never) == (sympy.floor(i / 2), sympy.Mod(i, 2))


def test_another_order_of_axes_is_not_taken_for_the_same() -> None:
    """Elements of P x Q, row by row, are not those of Q x P."""
    place = joined([index("i"), index("j")], [P, Q])
    assert isinstance(place, ProductPlace)
    assert split(place, (Q, P), never) is None
    assert grouped([P, Q], [Q, R], plainly_equal) is None


def test_a_place_is_divided_by_the_extents_that_it_is_made_of() -> None:
    """k // Q and k % Q of k = i*Q + j are i and j."""
    i, j, k = map(index, "ijk")
    place = joined([i, j, k], [P, Q, R])
    assert quotient(place, product([Q, R])) == i
    assert remainder(place, R) == k
    assert quotient(place, R) == joined([i, j], [P, Q])
    assert quotient(place, P) is None


def test_products_have_no_axes_of_one_element_and_no_products() -> None:
    """P x 1 x (Q x R) is P x Q x R; of numbers alone it is a number."""
    assert parts_of(product([P, Integer(1), product([Q, R])])) == (P, Q, R)
    assert product([Integer(2), Integer(3)]) == 6
    assert product([]) == 1
    assert plain(2 * ProductExtent(P, Q) + 1) == 2 * P * Q + 1
