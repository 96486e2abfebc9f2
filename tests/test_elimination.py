"""What can be done about one bound index."""

from __future__ import annotations

import pytest
from polynomials import within

from symgrad.proof.elimination import fixed, interval, other_floor, power_sum, single, whole_label
from symgrad.proof.terms import LABEL, Atom
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Affine,
    Constraint,
    atleast,
    equal,
    plus,
    scaled,
    variable,
)
from symgrad.sets.indexsets import IndexSets

P, Q = "@p", "@q"
IMPLIED = IndexSets().implied


def floor_of(name: str, divisor: int, index: str, shifted: int = 0) -> tuple[Constraint, ...]:
    """index = floor((name + shifted) / divisor)."""
    rest = plus(plus(variable(name), (shifted, ())), variable(index), -divisor)
    found = (atleast(rest), atleast(plus((divisor - 1, ()), rest, -1)))
    return tuple(item for item in found if item is not None)


def test_an_equation_fixes_an_index() -> None:
    tie = equal(plus(variable(P), variable("$0"), -1))
    assert tie is not None
    assert fixed((P,), (tie,), {P}) == (P, variable("$0"))


def test_an_index_that_atoms_use_is_not_fixed_by_another_one_shifted() -> None:
    tie = equal(plus(plus(variable(P), variable(Q), -1), (-1, ())))
    assert tie is not None
    assert fixed((P, Q), (tie,), {P, Q}) is None
    assert fixed((P, Q), (tie,), {P}) is not None, "Q is used by nothing"


def test_a_double_is_not_solved_for() -> None:
    tie = equal(plus(scaled(variable(P), 2), variable("$0"), -1))
    assert tie is not None
    assert fixed((P,), (tie,), set()) is None


def test_an_interval_is_counted_where_it_is_never_negative() -> None:
    counted = interval(IMPLIED, P, within(P, "N"))
    assert counted == ((1, ()), variable("N"), ())
    late: Affine = plus(variable(P), (-3, ()))
    assert interval(IMPLIED, P, ((ATLEAST, late), within(P, "N")[1])) is None
    again = atleast(plus(variable(P), variable(Q), -1))
    assert again is not None
    assert interval(IMPLIED, P, (*within(P, "N"), again)) is None, "three bounds"


def test_a_label_sums_to_one_over_its_whole_range() -> None:
    label: Atom = (LABEL, "y", (variable(P), (1, ()), variable("K")), ())
    assert whole_label(IMPLIED, (P,), within(P, "K"), [label]) == (label, P, ())
    assert whole_label(IMPLIED, (P,), within(P, "N"), [label]) is None
    other: Atom = ("access", "p", (variable(P),), ())
    assert whole_label(IMPLIED, (P,), within(P, "K"), [label, other]) is None


def test_sums_of_powers_are_polynomials() -> None:
    """1^k + ... + n^k, for all small k and n."""
    for k in range(8):
        for n in range(6):
            value = sum(c * n**place for place, c in enumerate(power_sum(k)))
            assert value == sum(i**k for i in range(1, n + 1))


def test_an_index_that_is_a_floor_is_told_once() -> None:
    """2 q <= $0 <= 2 q + 1 and 2 p <= $0 <= 2 p + 1: p is q."""
    one, other = floor_of("$0", 2, P), floor_of("$0", 2, Q)
    assert fixed((P, Q), (*one, *other), {P, Q}) in ((P, variable(Q)), (Q, variable(P)))
    assert fixed((P, Q), (*one, *floor_of("$0", 3, Q)), {P, Q}) is None
    assert fixed((P, Q), (*one, *floor_of("$1", 2, Q)), {P, Q}) is None


def test_a_range_of_one_number_is_that_number() -> None:
    most = atleast(plus((3, ()), variable(P), -1))
    least = atleast(plus(variable(P), (-3, ())))
    assert most is not None and least is not None
    assert fixed((P,), (most, least), {P}) == (P, (3, ()))


def test_a_label_and_a_floor_have_one_value() -> None:
    label: Atom = (LABEL, "y", (variable(P), (1, ()), variable("K")), ())
    within_label = within(P, "K")
    assert single(IMPLIED, ((P,), within_label, ((label, 1),))) == (P, within_label, (label,))
    assert single(IMPLIED, ((P,), within(P, "M"), ((label, 1),))) is None, "not its whole range"
    assert single(IMPLIED, ((P,), within_label, ())) is None
    each: Atom = (LABEL, "y", (*label[2], variable(Q)), ())
    assert single(IMPLIED, ((P,), within_label, ((each, 1),))) == (P, within_label, (each,))
    assert single(IMPLIED, ((P, Q), within_label, ((each, 1),))) is None, "it has one for each j"
    floor = floor_of("$0", 2, P)
    assert single(IMPLIED, ((P,), floor, ())) == (P, floor, ())
    assert single(IMPLIED, ((P,), (*floor, *within(P, "K")), ())) is None, "it may have none"
    assert single(IMPLIED, ((P, "$0"), floor, ())) is None, "it depends on another"


@pytest.mark.parametrize("divisor", [2, 3, 4])
def test_one_of_all_floors_of_an_extent_is_told_by_the_others(divisor: int) -> None:
    """floor(N / 3) + floor((N + 1) / 3) + floor((N + 2) / 3) = N"""
    indices = tuple(f"@{n}" for n in range(divisor))
    within = [
        item for n, name in enumerate(indices) for item in floor_of("N", divisor, name, shifted=n)
    ]
    tied = IndexSets().tied(indices, within)
    for size in range(1, 20):
        floors = {name: (size + n) // divisor for n, name in enumerate(indices)}
        for kind, (number, parts) in tied:
            total = number + sum(slope * {**floors, "N": size}[name] for name, slope in parts)
            assert kind == EQUAL and total == 0
    found = other_floor(IndexSets().tied, indices, tuple(within), ())
    assert found is not None


def test_a_floor_that_is_a_place_stays() -> None:
    place: Atom = ("access", "p", (variable(P),), ())
    within = floor_of("N", 2, P, shifted=1)
    assert other_floor(IndexSets().tied, (P,), within, [place]) is None
    assert other_floor(IndexSets().tied, (P,), within, []) == (
        P,
        plus(variable("N"), variable(P), -1),
    )
