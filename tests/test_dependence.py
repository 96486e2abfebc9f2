"""Dependences between the statements of a body: checked by listing every execution."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import TypeAlias

import pytest
import randomprograms
from sympy import Integer

from symgrad import read
from symgrad.expressions import array_of, indices_of
from symgrad.program import Nest
from symgrad.separation.dependence import Access, Dependences, Update
from symgrad.sets.integers import Integers

Place: TypeAlias = tuple[int, ...]

SIZES = list(product((1, 2, 3, 4), repeat=2))


def body(nest: Nest) -> list[Update]:
    indices = tuple(loop.index for loop in nest.loops)
    return [
        Update(nest.loops, nest.guard, statement, (Integer(1), *indices, Integer(k)), k + 1)
        for k, statement in enumerate(nest.body)
    ]


def executions(access: Access, sizes: tuple[int, ...]) -> Iterator[tuple[Place, Place]]:
    """The place and the element of every execution of an access."""
    extents = dict(zip((randomprograms.N, randomprograms.M), map(Integer, sizes), strict=True))
    indices = [loop.index for loop in access.scope.loops]
    for values in product(range(-1, 6), repeat=len(indices)):
        point = {**extents, **dict(zip(indices, map(Integer, values), strict=True))}
        if all(bool(part.xreplace(point)) for part in access.scope.conditions):
            place = tuple(int(part.xreplace(point)) for part in access.place)
            yield place, tuple(int(part.xreplace(point)) for part in indices_of(access.element))


def must_precede(first: Update, second: Update, dependences: Dependences) -> bool:
    for a in dependences.accesses(first):
        for b in dependences.accesses(second):
            same = array_of(a.element) == array_of(b.element)
            if not same or (a.kind == b.kind and a.kind != "="):
                continue
            for sizes in SIZES:
                later = list(executions(b, sizes))
                for place, spot in executions(a, sizes):
                    if any(spot == other and place < then for then, other in later):
                        return True
    return False


@pytest.mark.parametrize("seed", range(25))
def test_one_statement_precedes_another_exactly_when_an_execution_does(seed: int) -> None:
    program = randomprograms.program(Random(seed))
    dependences = Dependences(Integers.of(program))
    for nest in program.nests[:1]:
        for first, second in product(body(nest), repeat=2):
            assert dependences.precedes(first, second) == must_precede(first, second, dependences)


def test_of_too_many_questions_the_last_are_answered_by_what_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is called independent that was not looked at."""
    nest = read("input x[N]\nfor i in 1..N: y[i] = x[i]; z[i] = y[i]").nests[0]
    first, second = body(nest)
    for most, answer in ((1000, False), (-1, True)):
        monkeypatch.setattr("symgrad.separation.dependence.MOST_ASKED", most)
        asked = Dependences(Integers({}))
        assert asked.precedes(first, second) is True
        assert asked.precedes(second, first) is answer
