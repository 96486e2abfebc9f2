"""A sum has one region, whatever its indices are called; cutting it changes nothing."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.equivalence import proved
from symgrad.proof.alignment import Aligned, aligned, split
from symgrad.proof.beginning import theory_of
from symgrad.proof.normalize import Run
from symgrad.proof.regions import regions
from symgrad.proof.terms import Poly, subtract
from symgrad.proof.theory import Theory

GIVEN = read("input x[N]\ninput A[N, N]\ninput g[N]")


def normal(text: str) -> tuple[Theory, Poly]:
    known = theory_of([GIVEN])
    return known, Run(known, read(text, given=GIVEN), "").until("out").poly


def regions_of(text: str) -> list[Aligned]:
    known, poly = normal(text)
    return [aligned(known, key) for key in poly]


def test_the_order_of_indices_and_their_names_do_not_matter() -> None:
    one, other = regions_of(
        "out = sum(i, j if i < j, A[i, j]*g[i]) + sum(k, l if l < k, A[k, l]*x[k])"
    )
    assert one.region == other.region


def test_bounds_that_follow_from_others_do_not_matter() -> None:
    one, other = regions_of(
        "out = sum(i in 2..N, j in 1..i-1, A[i, j]) + sum(i, j if i > j and j < N, A[i, j]*x[j])"
    )
    assert one.region == other.region


def test_other_sets_are_other_regions() -> None:
    one, other = regions_of("out = sum(i, j if i < j, A[i, j]) + sum(i, j if i <= j, A[i, j]*x[j])")
    assert one.region != other.region


def test_a_region_that_maps_to_itself_is_seen_in_every_order() -> None:
    (found,) = regions_of("out = sum(i, j, A[i, j]*x[j])")
    assert len(found.orders) == 2


def test_an_index_that_an_equation_fixes_is_none_of_the_region() -> None:
    (found,) = regions_of("out = sum(i in 2..N, x[i]*g[i-1])")
    assert found.region[0] == 1 and len(found.fixed) == 1


@pytest.mark.parametrize(
    "text",
    [
        "out = sum(i, j, A[i, j]) + sum(i, A[i, i]*g[i])",
        "for i in 1..N: out[i] += x[i]*g[i]\nfor i, k if i <= 2*k <= i+1: out[i] += g[k]\n"
        "for i, k if i == 2*k: out[i] += x[k]",
    ],
)
def test_what_is_cut_adds_up_to_what_it_was(text: str) -> None:
    known, poly = normal(text)
    assert not regions(known, subtract(poly, split(known, poly)))


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("sum(i, j, [x[i] > x[j]])", "N*(N-1)/2", True),
        ("sum(i, j, [x[i] > x[j]])", "N*(N+1)/2", False),
        ("sum(i, j, abs(x[i] - x[j]))", "sum(i, j if i < j, abs(x[i] - x[j]))", False),
        ("sum(i, j, A[i, j]*[x[i] > x[j]])", "sum(i, j, A[i, j]*[x[j] > x[i]])", False),
        ("sum(i, j, A[i, j]*[x[i] > x[j]])", "sum(i, j, A[j, i]*[x[j] > x[i]])", True),
    ],
)
def test_pairs_are_proved_by_symmetry_alone(left: str, right: str, equal: bool) -> None:
    """Without the refuter: nothing false is proved."""
    sides = [read(f"out = {text}", given=GIVEN) for text in (left, right)]
    assert (proved(sides[0], sides[1], ("out",)) is not None) == equal
