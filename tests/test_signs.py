"""Signs and zeros: what is claimed is so, what is not known is not claimed."""

from __future__ import annotations

import pytest
from hypothesis import given as tried
from hypothesis import strategies as st
from sympy import Expr
from theories import expression

from symgrad import read
from symgrad.proof.beginning import theory_of
from symgrad.proof.nonempty import nonempty
from symgrad.proof.scope import Scope
from symgrad.proof.terms import OutOfReach
from symgrad.proof.theory import Theory
from symgrad.proof.translate import Translation
from symgrad.sets.affine import Constraint, atleast, plus, scaled, variable

GIVEN = """
input a
input b
input p
input y
input x[N]
input z[3] = [1, 0, 2]
assume p > 0
assume 0 < y < 1
assume N >= 3
for i: e[i] = exp(x[i])
Z = sum(i, e[i])
for i: q[i] = x[i]^2
for i: r[i] = relu(x[i])
"""


def _known(text: str) -> tuple[Theory, Translation, Expr]:
    return expression(GIVEN, text)


@pytest.mark.parametrize(
    "text",
    [
        "exp(a)",
        "p",
        "p^2 + 1",
        "1 + a^2",
        "Z",
        "e[1]*p",
        "sigma(a)",
        "1 - sigma(a)",
        "y",
        "1 - y",
        "2 - y",
        "N - 2",
        "sum(i, e[i])",
        "log(1 + p)",
        "N*p",
        "sqrt(p)",
    ],
)
def test_these_are_positive(text: str) -> None:
    known, reading, value = _known(text)
    poly = reading.value(value, Scope())
    assert known.laws.facts.positive(known.algebra, poly)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a^2",
        "q[1]",
        "p - 1",
        "y - 1",
        "N - 3",
        "tanh(a)",
        "sum(i in 4..N, e[i])",
        "-Z",
        "x[1]^2 + x[2]^2",
        "r[1]",
        "log(p)",
    ],
)
def test_these_are_not_known_to_be_positive(text: str) -> None:
    known, reading, value = _known(text)
    poly = reading.value(value, Scope())
    assert not known.laws.facts.positive(known.algebra, poly)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a - b",
        "a*b - 1",
        "x[1] - a",
        "x[1] - x[2]",
        "x[1] - x[N]",
        "x[1]*x[2] - x[3]",
        "q[1]",
        "sum(i, x[i])",
        "sum(i, x[i]^2) - a",
        "tanh(a)",
        "1 - y",
        "Z",
        "log(p)",
        "a^2 - 2*a*b",
        "a - r[1]",
        "r[1]*z[2] - a*exp(b)",
        "a^3*p + Z*relu(b) - z[1]",
    ],
)
def test_these_vanish_on_a_null_set_at_most(text: str) -> None:
    known, reading, value = _known(text)
    poly = reading.value(value, Scope())
    assert known.laws.facts.nonvanishing(known.algebra, poly)


@pytest.mark.parametrize(
    "text",
    [
        "a - a",
        "r[1]",
        "relu(a)",
        "z[1]",
        "x[3] - x[N]",
        "sum(i in 4..N, x[i])",
        "N - 3",
        "[a > 0]",
        "a*[a > b]",
        "a - relu(a)",
        "x[1] - r[1]",
        "x[1] - x[2] + z[1]*r[3]",
        "a*z[3] - r[1]",
        "[N > 4]*a - r[1]",
    ],
)
def test_these_may_vanish_on_more(text: str) -> None:
    known, reading, value = _known(text)
    try:
        poly = reading.value(value, Scope())
    except OutOfReach:
        return
    assert not known.laws.facts.nonvanishing(known.algebra, poly)


SLOPES = st.integers(1, 3)
SHIFTS = st.integers(-3, 3)


@tried(st.lists(st.tuples(SLOPES, SHIFTS), max_size=2), st.lists(st.tuples(SLOPES, SHIFTS)))
def test_a_range_that_is_never_empty_has_a_value_at_every_extent(
    lower: list[tuple[int, int]], upper: list[tuple[int, int]]
) -> None:
    """s k >= a and t k <= N + b, for all of several s, a, t, b"""
    known = theory_of([read(GIVEN)])
    place, extent = variable("@k"), variable("N")
    items = [atleast(plus(scaled(place, s), (-a, ()))) for s, a in lower]
    items += [atleast(plus(plus(extent, (b, ())), place, -t)) for t, b in upper]
    constraints: list[Constraint] = [item for item in items if item is not None]
    if nonempty(known.algebra, (("@k",), tuple(constraints), ()), known.algebra.holds):
        for size in range(3, 12):
            assert any(
                all(s * k >= a for s, a in lower) and all(t * k <= size + b for t, b in upper)
                for k in range(-60, 60)
            )
