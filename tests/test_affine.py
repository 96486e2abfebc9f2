"""Affine forms and constraints have one form each."""

from __future__ import annotations

from itertools import product

import pytest

from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    FALSE,
    Affine,
    atleast,
    equal,
    negations,
    plain,
    plus,
    put,
    scaled,
    solved,
    variable,
)

P, Q, N = variable("@p"), variable("@q"), variable("N")
VALUES = range(-4, 5)


def value(form: Affine, at: dict[str, int]) -> int:
    return form[0] + sum(slope * at[name] for name, slope in form[1])


def holds(item: tuple[str, Affine] | None, at: dict[str, int]) -> bool:
    if item is None:
        return True
    number = value(item[1], at)
    return number >= 0 if item[0] == ATLEAST else number == 0


FORMS = [
    plus(plus(scaled(P, a), Q, b), (c, ())) for a, b, c in product((-2, 0, 3), (-1, 2), (-1, 0, 4))
]


@pytest.mark.parametrize("form", FORMS)
def test_a_constraint_says_what_its_form_says(form: Affine) -> None:
    for i, j in product(VALUES, VALUES):
        at = {"@p": i, "@q": j}
        assert holds(atleast(form), at) == (value(form, at) >= 0)
        assert holds(equal(form), at) == (value(form, at) == 0)


@pytest.mark.parametrize("form", FORMS)
def test_exactly_one_of_a_constraint_and_its_negations_holds(form: Affine) -> None:
    for item in (atleast(form), equal(form)):
        assert item is not None
        for i, j in product(VALUES, VALUES):
            at = {"@p": i, "@q": j}
            assert sum(holds(other, at) for other in (item, *negations(item))) == 1


def test_multiples_and_signs_give_one_constraint() -> None:
    gap = plus(P, Q, -1)
    assert equal(gap) == equal(scaled(gap, -3)) == (EQUAL, gap)
    assert atleast(plus(scaled(gap, 2), (1, ()))) == atleast(gap)


def test_what_never_and_what_always_holds_is_seen() -> None:
    assert equal(plus(scaled(P, 2), (1, ()))) == FALSE
    assert atleast((-1, ())) == FALSE
    assert atleast((0, ())) is None
    assert atleast(plus(N, (-1, ()))) is None, "an extent is at least 1"
    assert atleast(plus(N, (-2, ()))) is not None


def test_substitution_and_solution_agree() -> None:
    form = plus(plus(P, Q, -2), (5, ()))
    assert put(form, {"@p": solved(form, "@p")}) == (0, ())
    assert put(form, {"@p": Q, "@q": P}) == plus(plus(Q, P, -2), (5, ()))


def test_a_variable_alone_is_plain() -> None:
    assert plain(P) == "@p"
    assert plain(scaled(P, -1)) is None
    assert plain(plus(P, (1, ()))) is None
