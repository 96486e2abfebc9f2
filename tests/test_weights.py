"""Integer weights: those that cancel at every point, and no others (oracle: plain Python)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TypeAlias

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad import read
from symgrad.proof.beginning import theory_of
from symgrad.proof.counting import counted
from symgrad.proof.integers import integers
from symgrad.proof.normalize import Run
from symgrad.proof.terms import subtract
from symgrad.sets.affine import Affine, atleast, put
from symgrad.sets.indexsets import IndexSets
from symgrad.sets.weights import Part, Weight

Value: TypeAlias = "tuple[str, Callable[[int, int], int]]"
"""An integer of two extents: as text, and as Python computes it."""

LEAVES: list[Value] = [("N", lambda n, m: n), ("M", lambda n, m: m), ("2", lambda n, m: 2)]


def quotient(one: Value, k: int) -> Value:
    return f"floor(({one[0]})/{k})", lambda n, m: one[1](n, m) // k


def ceiling(one: Value, k: int) -> Value:
    return f"ceil(({one[0]})/{k})", lambda n, m: -(-one[1](n, m) // k)


def remainder(one: Value, k: int) -> Value:
    return f"mod({one[0]}, {k})", lambda n, m: one[1](n, m) % k


def larger(one: Value, other: Value) -> Value:
    return f"max({one[0]}, {other[0]})", lambda n, m: max(one[1](n, m), other[1](n, m))


def smaller(one: Value, other: Value) -> Value:
    return f"min({one[0]}, {other[0]})", lambda n, m: min(one[1](n, m), other[1](n, m))


def added(one: Value, other: Value, times: int) -> Value:
    text = f"({one[0]}) {'+' if times > 0 else '-'} {abs(times)}*({other[0]})"
    return text, lambda n, m: one[1](n, m) + times * other[1](n, m)


def grown(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    whole = st.integers(2, 3)
    return st.one_of(
        st.builds(quotient, inner, whole),
        st.builds(ceiling, inner, whole),
        st.builds(remainder, inner, whole),
        st.builds(larger, inner, inner),
        st.builds(smaller, inner, inner),
        st.builds(added, inner, inner, st.sampled_from([-2, -1, 1, 2])),
    )


integer_values = st.recursive(st.sampled_from(LEAVES), grown, max_leaves=4)


def cancels(left: str, right: str) -> bool:
    """Is the difference of two values seen to be zero?"""
    forward = read("input A[N, M]")
    known = theory_of([forward])
    one, other = (
        Run(known, read(f"out = {text}", given=forward), owner).until("out").poly
        for text, owner in ((left, "a "), (right, "b "))
    )
    return not integers(known, subtract(one, other))


@settings(deadline=None, max_examples=60)
@given(integer_values, integer_values)
def test_values_that_differ_somewhere_do_not_cancel(one: Value, other: Value) -> None:
    if any(one[1](n, m) != other[1](n, m) for n, m in product(range(1, 9), repeat=2)):
        assert not cancels(one[0], other[0])


IDENTITIES = {
    "floor((e)/2) + ceil((e)/2)": "e",
    "(e) - 3*floor((e)/3)": "mod(e, 3)",
    "floor(floor((e)/2)/3)": "floor((e)/6)",
    "mod((e) + 1, 2)": "1 - mod(e, 2)",
    "mod(e, 2)*mod(e, 2)": "mod(e, 2)",
    "floor((e)/4) + floor(((e)+1)/4) + floor(((e)+2)/4) + floor(((e)+3)/4)": "e",
    "max(e, M) + min(e, M)": "(e) + M",
    "max(e, M)*min(e, M)": "(e)*M",
    "max((e) - M, 0) + min(e, M)": "e",
    "abs((e) - M)": "max(e, M) - min(e, M)",
    "max(N, 1)": "N",
}


@pytest.mark.parametrize("inner", ["N", "N - M", "2*N + M"])
@pytest.mark.parametrize("left", IDENTITIES)
def test_identities_of_integers_are_seen(left: str, inner: str) -> None:
    one, other = (side.replace("(e)", f"({inner})") for side in (left, IDENTITIES[left]))
    one, other = (side.replace("(e,", f"({inner},") for side in (one, other))
    assert cancels(one, inner if other == "e" else other)


# --- indices with several values ---------------------------------------------------------------

K, POINT = "@k", "@r0"
RANGE = range(-25, 26)


def forms(least: int, most: int) -> st.SearchStrategy[Affine]:
    """Forms in which the index that is summed has a slope in least..most."""
    slopes = st.integers(-3, 3)
    return st.builds(
        lambda number, k, p, n: (
            number,
            tuple((name, slope) for name, slope in ((K, k), (POINT, p), ("N", n)) if slope),
        ),
        st.integers(-4, 4),
        st.integers(least, most),
        slopes,
        st.integers(-1, 2),
    )


def at(form: Affine, values: dict[str, int]) -> int:
    number, rest = put(form, {name: (value, ()) for name, value in values.items()})
    assert not rest
    return number


def weight(part: Part, values: dict[str, int]) -> fmpq:
    """The weight at a point, summed over what the hidden indices may be, one by one."""
    hidden = [name for name in part.hidden if name not in values]
    if not hidden:
        if any(
            at(form, values) < 0 if kind == ">" else at(form, values)
            for kind, form in part.constraints
        ):
            return fmpq(0)
        return sum(
            (value * _product(names, values) for names, value in part.weight.items()), fmpq(0)
        )
    name, *others = hidden
    near = Part(part.constraints, tuple(others), part.weight)
    allowed = (
        value
        for value in RANGE
        if all(
            at(form, {**values, name: value}) >= 0
            for kind, form in part.constraints
            if kind == ">" and {n for n, _ in form[1]} <= {*values, name}
        )
    )
    return sum((weight(near, {**values, name: value}) for value in allowed), fmpq(0))


def _product(names: tuple[str, ...], values: dict[str, int]) -> int:
    result = 1
    for name in names:
        result *= values[name]
    return result


@settings(deadline=None, max_examples=40)
@given(forms(1, 3), forms(-3, -1), st.lists(forms(-2, 2), max_size=1), st.integers(0, 3))
def test_an_index_that_is_summed_leaves_the_weight(
    low: Affine, high: Affine, more: list[Affine], power: int
) -> None:
    """sum(k if constraints, k^power) is the same with one value for every index that is left."""
    found = [atleast(form) for form in (low, high, *more)]
    constraints = tuple(item for item in found if item is not None)
    start: Weight = {(K,) * power: fmpq(1)}
    part = Part(constraints, (K,), start)
    parts = counted(IndexSets(), part, (POINT,))
    for n, p in product((1, 4), (-2, 3)) if parts else ():
        values = {"N": n, POINT: p}
        assert weight(part, values) == sum((weight(one, values) for one in parts or ()), fmpq(0))
