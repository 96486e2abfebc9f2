"""Bound indices are named by their place alone."""

from __future__ import annotations

from itertools import permutations

from polynomials import algebra, within

from symgrad.proof.canonical import echelon, level, named
from symgrad.proof.terms import Atom, Exponent, access
from symgrad.sets.affine import EQUAL, Affine, atleast, equal, plus, variable

NAMES = ("@a", "@b", "@c", "@d")


def _cycle(names: tuple[str, ...]) -> dict[Atom, Exponent]:
    """x[a, b] x[b, c] x[c, d] x[d, a]: no index differs from another by where it stands."""
    pairs = zip(names, (*names[1:], names[0]), strict=True)
    return {access("x", map(variable, pair)): 1 for pair in pairs}


def test_tied_indices_get_one_form() -> None:
    some = algebra()
    keys = {
        named(some.renamed, order, tuple(c for n in order for c in within(n, "N")), _cycle(names))
        for names in permutations(NAMES)
        for order in (names, names[::-1])
    }
    assert len(keys) == 1


def test_a_path_is_no_cycle() -> None:
    some = algebra()
    path = dict(list(_cycle(NAMES).items())[:3])
    assert named(some.renamed, NAMES, (), path) != named(some.renamed, NAMES, (), _cycle(NAMES))


def test_bounds_may_be_written_for_either_of_two_indices_that_an_equation_ties() -> None:
    """a = b + 1, 1 <= b, a <= N  is  a = b + 1, 2 <= a, b <= N - 1."""
    tie = equal(plus(plus(variable("@a"), variable("@b"), -1), (-1, ())))
    forms: list[list[Affine]] = [
        [plus(variable("@b"), (-1, ())), plus(variable("N"), variable("@a"), -1)],
        [
            plus(variable("@a"), (-2, ())),
            plus(plus(variable("N"), variable("@b"), -1), (-1, ())),
        ],
    ]
    found = {echelon(filter(None, [tie, *map(atleast, bounds)]), ("@a", "@b")) for bounds in forms}
    assert len(found) == 1
    assert sum(kind == EQUAL for kind, _ in found.pop()) == 1


def test_fresh_names_stand_above_all_heights() -> None:
    assert level("@2.0") == 2
    assert level("@f17") > 10**6


def test_the_sign_of_an_equation_tells_nothing() -> None:
    """b = 2 a and c = 2 a - 1, whatever the three are called: which slope is positive is chance."""
    some = algebra()
    keys = set()
    for a, b, c in permutations(("@a", "@b", "@c")):
        twice = plus(variable(a), variable(a))
        ties = (
            equal(plus(twice, variable(b), -1)),
            equal(plus(plus(twice, variable(c), -1), (-1, ()))),
        )
        read = (access("y", [variable(a)]), *(access("x", [variable(n)]) for n in (b, c)))
        factors: dict[Atom, Exponent] = dict.fromkeys(read, 1)
        keys.add(named(some.renamed, (a, b, c), tuple(filter(None, ties)), factors))
    assert len(keys) == 1
