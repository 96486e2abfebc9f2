"""Expressions and index expressions become polynomials with the same value."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from polynomials import EXTENTS, algebra, element, holds, value, with_laws

from symgrad import read
from symgrad.expressions import indices_of
from symgrad.proof.indexforms import IndexForms
from symgrad.proof.scope import Extra, Scope
from symgrad.proof.terms import OutOfReach, Poly
from symgrad.proof.translate import Translation
from symgrad.sets.affine import Affine

GIVEN = """
input x[N]
input y[N]
input A[N, M]
input c
input wide[3*N]
"""


def translated(text: str) -> tuple[Poly, Translation]:
    """The value of `out = text`, with i as a free index."""
    some, laws = with_laws()
    program = read(f"for i in 1..N: out[i] = {text}", given=read(GIVEN))
    (nest,) = program.nests
    reading = Translation(some, laws, program.arrays, lambda name, at: element(name, *at))
    scope = Scope({nest.loops[0].index: "$i"}, (), ())
    return reading.value(nest.body[0].value, scope), reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(k, x[k]*y[k])", "sum(k, x[k]*y[k])"),
        ("sum(k in 1..i, x[k])", "sum(k, x[k]*[k <= i])"),
        ("sum(k if k != i, x[k])", "sum(k, x[k]) - x[i]"),
        ("sum(k, [k == i or k == 1]*y[k])", "y[i] + [i != 1]*y[1]"),
        ("sum(k, x[k]*[not (k < i)])", "sum(k in i..N, x[k])"),
        ("sum(k in max(1, i-1)..min(N, i+1), x[k])", "sum(k, [i-1 <= k <= i+1]*x[k])"),
        ("sum(k if mod(k, 2) == 1, x[k])", "sum(k, x[k]*[2*((k+1)//2) == k+1])"),
        ("sum(k in 1..N//2, x[2*k])", "sum(k if mod(k, 2) == 0, x[k])"),
        ("i*c", "sum(k in 1..i, c)"),
        ("max(i, 2)*c", "[i >= 2]*i*c + [i < 2]*2*c"),
        ("where(i > 1, x[i], y[i])", "[i > 1]*x[i] + [i <= 1]*y[i]"),
    ],
)
def test_both_ways_of_writing_have_one_value(text: str, expected: str) -> None:
    left, right = translated(text)[0], translated(expected)[0]
    for i in range(1, EXTENTS["N"] + 1):
        assert value(left, {"$i": i}) == value(right, {"$i": i})


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("log(c)", ["positive"]),
        ("1/c", []),
        ("1/(x[1] - x[i])", ["not zero"]),
        ("sqrt(c)", ["not negative"]),
        ("(x[1] - x[i])^(-1/2)", ["not zero", "not negative"]),
        ("log(exp(c)) + sqrt(1 + c^2)", []),
        ("exp(c) + c^2 + 1/sigma(c)", []),
    ],
)
def test_demands_are_noted_where_they_do_not_always_hold(text: str, kinds: list[str]) -> None:
    assert [demand.kind for demand in translated(text)[1].demands] == kinds


def test_a_power_with_a_base_of_unknown_sign_is_out_of_reach() -> None:
    with pytest.raises(OutOfReach):
        translated("c^c")
    assert translated("exp(c)^c")[0] == translated("exp(c*c)")[0]


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("2*i - 1", lambda i, n: 2 * i - 1),
        ("(i + 1)//2", lambda i, n: (i + 1) // 2),
        ("ceil(i/2)", lambda i, n: -(-i // 2)),
        ("mod(i, 2) + 1", lambda i, n: i % 2 + 1),
        ("max(i - 1, 1)", lambda i, n: max(i - 1, 1)),
        ("min(i + 1, N)", lambda i, n: min(i + 1, n)),
        ("N - i + 1", lambda i, n: n - i + 1),
    ],
)
def test_an_index_form_has_exactly_the_value_of_its_expression(
    text: str, function: Callable[[int, int], int]
) -> None:
    program = read(f"for i in 1..N: out[i] = wide[{text}]", given=read(GIVEN))
    (nest,) = program.nests
    (place,) = indices_of(nest.body[0].value)
    extra = Extra()
    form = IndexForms(algebra()).form(place, Scope({nest.loops[0].index: "$i"}), extra)
    for i in range(1, EXTENTS["N"] + 1):
        found = {
            _number(form, at)
            for values in product(range(-4, 8), repeat=len(extra.bounds))
            if _fits(
                extra, at := {**EXTENTS, "$i": i, **dict(zip(extra.bounds, values, strict=True))}
            )
        }
        assert found == {function(i, EXTENTS["N"])}


def _number(form: Affine, at: dict[str, int]) -> int:
    return form[0] + sum(slope * at[name] for name, slope in form[1])


def _fits(extra: Extra, at: dict[str, int]) -> bool:
    conditions = (
        any(all(holds(item, at) for item in key[1]) for key in poly) for poly in extra.conditions
    )
    return all(holds(item, at) for item in extra.constraints) and all(conditions)


def test_what_is_not_affine_is_out_of_reach() -> None:
    program = read("for i in 1..N: out[i] = x[1]", given=read(GIVEN))
    index = program.nests[0].loops[0].index
    with pytest.raises(OutOfReach):
        IndexForms(algebra()).form(index * index, Scope({index: "$i"}), Extra())
