"""Arrays that hold the same on both sides under different names get one name.

    left     d2[k] = ...; d1[j] = sum(k, W[j, k] * d2[k]) * ...
    right    u2.grad[k] = ...; u1.grad[j] = ...                  d2 is u2.grad, d1 is u1.grad

The names of what a side computes on its way are its own affair: with others it computes the same.
What an array holds at a few points says which ones to try; nothing rests on that, for a proof
compares what then has one name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from flint import arb, fmpq

from symgrad.derivation.completion import renamed
from symgrad.evaluation.stage import Cells, State
from symgrad.evaluation.values import Budget, Nonvalue, Number
from symgrad.program import Program, kept
from symgrad.refutation.comparison import ZERO
from symgrad.refutation.refute import Search

POINTS = 2
"""So many points tell arrays apart."""


def under_one_name(
    search: Search, left: Program, right: Program, targets: Collection[str]
) -> tuple[Program, Program]:
    """The sides, with what both compute on their way called the same, where it is not yet."""
    ways = [_own(side, other, targets) for side, other in ((left, right), (right, left))]
    fits = [(one, two) for one in ways[0] for two in ways[1] if _same_axes(left, one, right, two)]
    if not fits:
        return left, right
    states = list(_states(search))
    pairs: dict[str, str] = {}
    for one, two in fits:
        if one not in pairs and two not in pairs.values() and _agree(states, one, two):
            pairs[one] = two
    return (_called(left, tuple(pairs.items())) if pairs else left), right


@kept
def _called(side: Program, names: tuple[tuple[str, str], ...]) -> Program:
    """The side with its arrays under other names."""
    return replace(side, nests=renamed(side.nests, dict(names)))


def _own(side: Program, other: Program, targets: Collection[str]) -> list[str]:
    """What a side alone computes on its way, the other having no array of that name."""
    names = dict.fromkeys(side.written)
    return [
        name
        for name in names
        if name not in targets and name not in other.arrays and _is_new(side, name)
    ]


def _is_new(side: Program, name: str) -> bool:
    """Is it an array of numbers that the forward pass does not have?"""
    known = side.given.arrays if side.given else {}
    array = side.arrays[name]
    return name not in known and array.values is None and array.role != "input"


def _same_axes(left: Program, one: str, right: Program, two: str) -> bool:
    return left.arrays[one].axes == right.arrays[two].axes


def _states(search: Search) -> Iterator[tuple[State, State]]:
    """What both sides leave at the first points of shapes that tell axes apart."""
    for trial in search.generic(POINTS):
        try:
            found = search.states(trial)
        except Budget:
            return
        if found is not None:
            yield found


def _agree(states: list[tuple[State, State]], one: str, two: str) -> bool:
    """Do two arrays hold the same at all points, and at one of them something?"""
    held = [(left[one], right[two]) for left, right in states]
    return any(any(map(_is_something, cells.values())) for cells, _ in held) and all(
        _same(*cells) for cells in held
    )


def _is_something(value: Number) -> bool:
    return not isinstance(value, Nonvalue) and value != 0


def _same(one: Cells, two: Cells) -> bool:
    return all(_overlap(one.get(key, ZERO), two.get(key, ZERO)) for key in one.keys() | two.keys())


def _overlap(one: Number, two: Number) -> bool:
    if isinstance(one, Nonvalue) or isinstance(two, Nonvalue):
        return False
    if type(one) is fmpq and type(two) is fmpq:
        return bool(one == two)
    return bool(arb(one).overlaps(arb(two)))
