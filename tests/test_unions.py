"""Maxima over parts of a range make one maximum exactly where the parts make the range."""

from __future__ import annotations

from itertools import product

import pytest

from symgrad import equivalent, read
from symgrad.sets.affine import Constraint, atleast, equal, plus, scaled, variable
from symgrad.sets.indexsets import IndexSets

SIZE = 6
ROW, K = "@i", "@k"

WHOLE = read(f"input u[N]\ninput v[N]\nassume N >= {SIZE}")


def between(name: str, low: int, high: int) -> tuple[Constraint, ...]:
    found = atleast(plus(variable(name), (-low, ()))), atleast(plus((high, ()), variable(name), -1))
    return tuple(item for item in found if item is not None)


@pytest.mark.parametrize(("last", "first"), [*product(range(1, 5), range(1, SIZE + 1))])
def test_two_parts_make_the_whole_if_they_leave_no_gap(last: int, first: int) -> None:
    parts = f"max(max(i in 1..{last}, u[i]), max(i in {first}..N, u[i]))"
    verdict = equivalent(f"out = {parts}", "out = max(i, u[i])", given=WHOLE)
    assert verdict.status == ("equal" if first <= last + 1 else "different")


@pytest.mark.parametrize("body", ["exp(u[i])", "3*u[i] - v[1]", "relu(u[i])", "u[i] + v[i]"])
def test_an_element_apart_belongs_to_the_rest(body: str) -> None:
    apart = f"max(max(i in 2..N, {body}), {body.replace('[i]', '[1]')})"
    verdict = equivalent(f"out = {apart}", f"out = max(i, {body})", given=WHOLE)
    assert verdict.proof is not None and verdict.proof.replay()


@pytest.mark.parametrize(("step", "start"), [*product((1, 2, 3), (1, 2, 3))])
def test_what_describes_a_union_is_in_one_of_the_parts(step: int, start: int) -> None:
    """Against lists of integers: a range, and start, start + step, … as an index that exists."""
    tie = equal(plus(plus(variable(ROW), scaled(variable(K), step), -1), (step - start, ())))
    assert tie is not None
    parts = [(between(ROW, 1, 4), ()), ((tie, *between(K, 1, 4)), (K,))]
    found = IndexSets().united((ROW,), parts, ())
    union = {*range(1, 5), *(start + step * k for k in range(4))}
    if found is None:
        assert union != set(range(min(union), max(union) + 1))
        return
    described = {
        n
        for n in range(-20, 30)
        if all(number + sum(slope * n for _, slope in terms) >= 0 for _, (number, terms) in found)
    }
    assert described == union


def test_a_part_that_may_be_empty_has_no_value() -> None:
    given = read("input u[N]")
    verdict = equivalent("out = max(u[1], max(i in 2..N, u[i]))", "out = max(i, u[i])", given=given)
    assert verdict.status == "different"
    assert verdict.witness is not None and verdict.witness.extents == {"N": 1}
