"""Rounds of a loop that were taken apart, in one loop again.

    m = max(m, u[1]); for i in 2..N: m = max(m, u[i])                    for i in 1..N: …
    for b in 1..B-1, j: s(b, j);  for j: s(B, j)                         for b in 1..B, j: …
    for i if mod(i, 2) == 0: s(i);  for i if mod(i, 2) == 1: s(i)        for i: s(i)

Two nests with one body, whose rounds together are those of one nest and none of them twice, are
that nest if their rounds come in its order. Where they do not, no two rounds that change places
may touch one element, unless both add to it; nor may what runs between the nests touch what the
second one touches. It is the same executions with the same operands, so what is undefined stays so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from sympy import Expr, Symbol

from symgrad.algebra.binding import bound_in
from symgrad.expressions import array_of
from symgrad.program import Loop, Nest, Program, kept
from symgrad.separation.dependence import Access, Dependences, conflicting
from symgrad.separation.partition import Partition
from symgrad.sets.integers import Integers
from symgrad.sets.literals import ranges

FARTHEST = 8
"""So many nests behind a nest are looked at for its other rounds."""

MOST_PARTS = 6
"""Into so many parts the rounds of a nest may be taken."""


@kept
def rolled(program: Program) -> Program:
    """The program with the rounds of its loops put together."""
    nests = program.nests
    if not any(_alike(one, two) for n, one in enumerate(nests) for two in _behind(nests, n)):
        return program
    rounds = Rounds(program)
    while (found := rounds.fewer(nests)) is not None:
        nests = found
    return program if nests is program.nests else program.over_the_same_arrays(nests)


def _behind(nests: tuple[Nest, ...], n: int) -> tuple[Nest, ...]:
    """The nests behind the n-th that are looked at for its other rounds."""
    return nests[n + 1 : n + FARTHEST]


def _alike(one: Nest, other: Nest) -> bool:
    """Do two bodies write the same arrays with the same operators, over other rounds?"""
    return (
        len(one.body) == len(other.body)
        and abs(len(one.loops) - len(other.loops)) <= 1
        and all(
            mine.op == theirs.op and array_of(mine.target) == array_of(theirs.target)
            for mine, theirs in zip(one.body, other.body, strict=True)
        )
        and (one.loops != other.loops or one.guard != other.guard)
    )


@dataclass(frozen=True)
class Part:
    """Some rounds of a nest, and the places of these in the whole nest."""

    nest: Nest
    places: tuple[Expr, ...]


@dataclass(frozen=True)
class Whole:
    """A nest, and the parts that it is made of, in the order in which they stand."""

    nest: Nest
    parts: tuple[Part, ...]
    in_order: bool = False


class Rounds:
    """The nests of a program, compared."""

    def __init__(self, program: Program) -> None:
        self.integers = Integers.of(program)
        self.dependences = Dependences(self.integers, set(program.written))

    def fewer(self, nests: tuple[Nest, ...]) -> tuple[Nest, ...] | None:
        """The nests with the parts of one put together, if there is one in parts."""
        for n, one in enumerate(nests):
            behind = enumerate(_behind(nests, n), n + 1)
            near = [m for m, other in behind if _alike(one, other)]
            for places in (*((m,) for m in near), *_over_the_same(nests, n, near)):
                whole = self._whole([one, *(nests[m] for m in places)])
                if whole is not None and self._meet(nests, n, places) and self._is_kept(whole):
                    rest = [nest for m, nest in enumerate(nests) if m > n and m not in places]
                    return (*nests[:n], whole.nest, *rest)
        return None

    def _whole(self, parts: list[Nest]) -> Whole | None:
        if len(parts) == 2:
            one, other = parts
            if len(one.loops) != len(other.loops):
                return self._with_round(one, other)
            renamed = _renamed(other, one.loops)
            if renamed is None:
                return None
            if one.guard == renamed.guard:
                return self._with_range(one, renamed)
            parts = [one, renamed]
        return self._under_guards(parts)

    def _with_round(self, one: Nest, other: Nest) -> Whole | None:
        """for i in a..b: s(i)  and  s(b + 1), or s(a - 1): the loop over one round more."""
        nest, single = sorted((one, other), key=lambda part: -len(part.loops))
        own = tuple(item.index for item in nest.loops)
        for k, loop in enumerate(nest.loops):
            again = _renamed(single, (*nest.loops[:k], *nest.loops[k + 1 :]))
            for place in (loop.upper + 1, loop.lower - 1):
                if again is None or _at(nest, k, place) != again:
                    continue
                longer = self._around(nest.loops[:k]).longer(loop, place)
                if longer is None:
                    continue
                parts = (Part(nest, own), Part(again, (*own[:k], place, *own[k + 1 :])))
                return Whole(
                    replace(nest, loops=_with(nest.loops, k, longer)),
                    parts if nest is one else parts[::-1],
                    in_order=k == 0 and (place == loop.upper + 1) == (nest is one),
                )
        return None

    def _with_range(self, one: Nest, other: Nest) -> Whole | None:
        """for i in a..b: s(i)  and  for i in b+1..c: s(i):  for i in a..c: s(i)."""
        pairs = list(zip(one.loops, other.loops, strict=True))
        differing = [k for k, (mine, theirs) in enumerate(pairs) if mine != theirs]
        if len(differing) != 1 or one.body != other.body:
            return None
        (k,) = differing
        around = self._around(one.loops[:k])
        for low, high in (pairs[k], pairs[k][::-1]):
            loop = around.joined(low, high)
            if loop is not None:
                return Whole(
                    replace(one, loops=_with(one.loops, k, loop)),
                    (_part(one), _part(other)),
                    in_order=k == 0 and low is pairs[k][0],
                )
        return None

    def _under_guards(self, parts: Sequence[Nest]) -> Whole | None:
        """for i if c: s(i)  and  for i if not c: s(i):  for i: s(i)."""
        first = parts[0]
        if any(replace(part, guard=first.guard) != first for part in parts):
            return None
        guard = self._around(first.loops).covering([part.guard for part in parts])
        if guard is None:
            return None
        return Whole(replace(first, guard=guard), tuple(map(_part, parts)))

    def _around(self, loops: Iterable[Loop]) -> Partition:
        return Partition(self.integers, tuple(ranges(loops)))

    # --- what may change places ---

    def _meet(self, nests: Sequence[Nest], n: int, places: Sequence[int]) -> bool:
        """May these nests run right behind the n-th, before what stands between?"""
        others = [m for m in range(n + 1, places[-1]) if m not in places]
        return all(
            self._are_apart(nests[m], nests[later]) for m in others for later in places if later > m
        )

    def _are_apart(self, one: Nest, other: Nest) -> bool:
        pairs = _pairs(self._accesses(one), self._accesses(other))
        return not any(self.dependences.overlap(a, b) for a, b in pairs)

    def _is_kept(self, whole: Whole) -> bool:
        """Does no round come before one that it has to follow?"""
        if whole.in_order:
            return True
        accesses = [self._accesses(part.nest, part.places) for part in whole.parts]
        return not any(
            self.dependences.meet(later, sooner, earlier=True)
            for first, second in combinations(accesses, 2)
            for sooner, later in _pairs(first, second)
        )

    def _accesses(self, nest: Nest, places: Sequence[Expr] = ()) -> list[Access]:
        return list(self.dependences.accesses_in(nest, places))


def _pairs(one: Sequence[Access], other: Sequence[Access]) -> Iterator[tuple[Access, Access]]:
    return ((a, b) for a in one for b in other if conflicting(a, b))


def _over_the_same(nests: Sequence[Nest], n: int, near: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The nests that differ from one in the guard alone, if there are more than one."""
    found = tuple(m for m in near if replace(nests[m], guard=nests[n].guard) == nests[n])
    if 1 < len(found) < MOST_PARTS:
        yield found


def _part(nest: Nest) -> Part:
    """A nest whose indices say where its rounds stand in the whole one."""
    return Part(nest, tuple(loop.index for loop in nest.loops))


def _with(loops: tuple[Loop, ...], k: int, loop: Loop) -> tuple[Loop, ...]:
    return (*loops[:k], loop, *loops[k + 1 :])


def _at(nest: Nest, k: int, place: Expr) -> Nest | None:
    """The round of one loop of a nest in which its index has a value."""
    loops = (*nest.loops[:k], *nest.loops[k + 1 :])
    return _changed(nest, loops, {nest.loops[k].index: place})


def _renamed(nest: Nest, loops: Sequence[Loop]) -> Nest | None:
    """The nest with its loops' indices named as others are."""
    if len(loops) != len(nest.loops):
        return None
    pairs = zip(nest.loops, loops, strict=True)
    new = {mine.index: other.index for mine, other in pairs if mine.index != other.index}
    named = tuple(
        replace(mine, index=other.index) for mine, other in zip(nest.loops, loops, strict=True)
    )
    return _changed(nest, named, new) if new else nest


def _changed(nest: Nest, loops: tuple[Loop, ...], new: dict[Symbol, Expr]) -> Nest | None:
    """The nest over other loops with values for indices, unless a bound index would catch one."""
    values = {symbol for value in new.values() for symbol in value.free_symbols}
    parts: list[Any] = [nest.guard, *(item.value for item in nest.body)]
    if any(values & bound_in(part) for part in parts):
        return None
    return replace(nest, loops=loops).renamed(new)
