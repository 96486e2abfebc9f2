"""Sums of the same atoms over sets of indices that cancel, and only those."""

from __future__ import annotations

import pytest
from flint import fmpq
from polynomials import element

from symgrad import read
from symgrad.proof.beginning import theory_of
from symgrad.proof.normalize import Run
from symgrad.proof.regions import _elements, diagonals, regions
from symgrad.proof.terms import FUNCTION, Poly, Sum, access, subtract
from symgrad.proof.theory import Theory, instance
from symgrad.sets.affine import variable

GIVEN = """
input x[T]
input k[R]
assume T >= R
"""


def difference(left: str, right: str) -> tuple[Theory, Poly]:
    given = read(GIVEN)
    known = theory_of([given])
    one, other = (
        Run(known, read(text, given=given), owner).until("out")
        for text, owner in ((left, "a "), (right, "b "))
    )
    places = tuple(map(variable, one.formals))
    return known, subtract(one.poly, instance(known, other, places))


SCATTER = "for t in 1..T-R+1, r: out[t+r-1] += k[r]*x[t]"
GATHER = "for p in 1..T: out[p] = sum(r in max(1, p-T+R)..min(R, p), k[r]*x[p-r+1])"


@pytest.mark.parametrize(
    ("left", "right", "zero"),
    [
        (SCATTER, GATHER, True),
        (SCATTER, GATHER.replace("min(R, p)", "R").replace("..R,", "..R if r <= p,"), True),
        (SCATTER, GATHER.replace("max(1, p-T+R)", "1"), False),
        ("out = sum(t, x[t])", "out = sum(t if 3*t <= T, x[t]) + sum(t if 3*t > T, x[t])", True),
        ("out = sum(t, x[t])", "out = sum(t if 3*t < T, x[t]) + sum(t if 3*t > T, x[t])", False),
        ("out = sum(s in 1..T, t in s..T, x[s]*x[t])", "out = sum(s, t in 1..s, x[s]*x[t])", True),
    ],
)
def test_sets_that_are_the_same_cancel(left: str, right: str, zero: bool) -> None:
    known, poly = difference(left, right)
    assert (regions(known, poly) == {}) == zero


def test_a_sum_is_split_where_two_of_its_atoms_meet() -> None:
    """sum(s, t, x[s] x[t]) = sum(s, x[s]^2) + 2 sum(s < t, x[s] x[t])"""
    known, poly = difference(
        "out = sum(s, t, x[s]*x[t])", "out = sum(t, x[t]^2) + 2*sum(t, s in 1..t-1, x[s]*x[t])"
    )
    assert regions(known, poly) != {}
    assert regions(known, diagonals(known, poly)) == {}


@pytest.mark.parametrize(
    ("left", "right", "zero"),
    [
        ("out = sum(s, t, tanh(x[s]*x[t]))", "2*sum(t, s in 1..t-1, tanh(x[s]*x[t]))", True),
        ("out = sum(s, t, exp(x[s] - x[t]))", "2*sum(t, s in 1..t-1, exp(x[s] - x[t]))", False),
        ("out = sum(s, t, relu(x[s] - x[t]))", "2*sum(t, s in 1..t-1, relu(x[s] - x[t]))", False),
    ],
)
def test_of_functions_of_pairs_those_that_do_not_tell_their_order_are_counted_twice(
    left: str, right: str, zero: bool
) -> None:
    """What stands on the diagonal is left out."""
    known, poly = difference(left.replace("s, t,", "s, t if s != t,"), f"out = {right}")
    assert (regions(known, diagonals(known, poly)) == {}) == zero


@pytest.mark.parametrize(("middle", "zero"), [("x[s]^2*k[s]^2", True), ("x[s]^2*k[1]^2", False)])
def test_an_index_that_factors_share_counts_as_two(middle: str, zero: bool) -> None:
    """sum(s, t, x[s]^2 k[t]^2) over s < t, over s > t, and sum(s, x[s]^2 k[s]^2)."""
    known, poly = difference(
        "out = sum(s in 1..R, t in 1..R, x[s]^2*k[t]^2)",
        "out = sum(s in 1..R, t in 1..s-1, x[s]^2*k[t]^2 + k[s]^2*x[t]^2)"
        f" + sum(s in 1..R, {middle})",
    )
    assert (regions(known, poly) == {}) == zero


def test_elements_are_looked_for_once_in_each_sum() -> None:
    """Sixty functions in each other, each twice: their elements are one."""
    held = Sum(element("x", "@i"))
    for _ in range(60):
        inner = (held,)
        held = Sum({((), (), (((FUNCTION, name, (), inner), 1),)): fmpq(1) for name in ("a", "b")})
    ((key, _), *_) = held.terms
    assert [*_elements(key[2], set())] == [access("x", (variable("@i"),))]
