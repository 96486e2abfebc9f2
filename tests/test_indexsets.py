"""Sets of integers: implications for all extents, disjoint pieces, lists of few values."""

from __future__ import annotations

from polynomials import within

from symgrad.sets.affine import Constraint, atleast, equal, plus, scaled, variable
from symgrad.sets.indexsets import IndexSets

P, Q = "@p", "@q"


def least(name: str, number: int) -> Constraint:
    found = atleast(plus(variable(name), (-number, ())))
    assert found is not None
    return found


def test_implications_hold_for_all_extents_or_not_at_all() -> None:
    sets = IndexSets()
    assert sets.implied(least(P, 0), within(P, "N"))
    assert not sets.implied(least(P, 2), within(P, "N"))
    assert sets.implied(least("N", 2), [*within(P, "N"), least(P, 2)])


def test_assumptions_on_extents_count() -> None:
    larger = atleast(plus(variable("H"), variable("h"), -1))
    assert larger is not None
    claim = atleast(plus(plus(variable("H"), variable("h"), -1), (1, ())))
    assert claim is not None
    assert IndexSets([larger]).implied(claim, ())
    assert not IndexSets().implied(claim, ())


def test_pieces_that_make_up_a_set_cancel_it() -> None:
    """{1..N} = {i : 2i <= N} + {i : 2i > N}"""
    sets = IndexSets()
    low = atleast(plus(variable("N"), scaled(variable(P), 2), -1))
    high = atleast(plus(plus(scaled(variable(P), 2), variable("N"), -1), (-1, ())))
    assert low is not None and high is not None
    whole, below, above = (
        sets.points((P,), [*within(P, "N"), *more], ()) for more in ([], [low], [high])
    )
    assert sets.vanishes([(whole, 1), (below, -1), (above, -1)], ())
    assert not sets.vanishes([(whole, 1), (below, -1)], ())
    assert not sets.vanishes([(whole, 1), (below, -1), (above, -1), (below, 2)], ())
    assert sets.vanishes([(below, 1), (whole, -1), (above, 1)], ())


def test_a_hidden_index_is_determined_or_not() -> None:
    sets = IndexSets()
    double = equal(plus(variable(P), scaled(variable(Q), 2), -1))
    assert double is not None
    assert sets.determined((P,), [double], (Q,))
    assert not sets.determined((P,), [*within(P, "N"), *within(Q, "N")], (Q,))


def test_few_values_are_listed_and_many_are_not() -> None:
    two = equal(plus(variable("N"), (-2, ())))
    assert two is not None
    assert IndexSets([two]).listed([P], within(P, "N")) == [{P: 1}, {P: 2}]
    assert IndexSets().listed([P], within(P, "N")) is None
