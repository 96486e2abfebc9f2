"""Which gradients to compute on the way, and which to put where they are read.

Every gradient that the backward pass reads can be an array of its own or be put in, which lets
terms cancel and can as well compute things many times. Starting from none put in, one choice at a
time is changed while the whole program gets cheaper; when none does, two at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from symgrad.efficient.candidates import Rewriting
from symgrad.efficient.flatten import Scatter, Sought
from symgrad.efficient.planning import Plan, Planner
from symgrad.efficient.rules import MOST_TERMS
from symgrad.efficient.terms import Factors, Poly, accumulate, names, placed
from symgrad.efficient.trees import is_sum
from symgrad.proof.terms import Number

MOST_PAIRED = 12
"""Beyond so many choices they are not changed two at a time."""

MOVED = 0.02
"""An element written and read, in operations."""

MOST_MERGED = 2
"""Of so many candidates, the cheapest, the sums are also brought together."""

Inlined = frozenset[str]


@dataclass(frozen=True)
class Choice:
    """How one array is filled: the definition with its tree, and a tree for each scatter."""

    name: str
    plan: Plan | None
    scatters: tuple[Plan, ...]
    cost: float
    reads: frozenset[str]
    """The gradients that are read."""

    @property
    def reductions(self) -> frozenset[str]:
        plans = (*self.scatters, *((self.plan,) if self.plan else ()))
        return frozenset().union(*(plan.reductions for plan in plans))


@dataclass(frozen=True)
class Solution:
    """What is computed, in order, and what it costs."""

    choices: tuple[Choice, ...]
    cost: float


@dataclass
class Search:
    """The cheapest way to fill the wanted arrays, over what is put in where it is read."""

    planner: Planner
    rewriting: Rewriting
    sought: Mapping[str, Sought]
    wanted: tuple[str, ...]
    _inlined: dict[tuple[object, ...], Poly | None] = field(default_factory=dict)
    _choices: dict[tuple[object, ...], tuple[Choice, ...]] = field(default_factory=dict)
    _reductions: dict[str, float] = field(default_factory=dict)
    _direct: dict[str, frozenset[str]] = field(default_factory=dict)

    def __call__(self) -> Solution:
        free = [
            name
            for name, item in self.sought.items()
            if name not in self.wanted and not item.scatters
        ]
        best, state = self.solution(frozenset()), frozenset[str]()
        moves: list[tuple[str, ...]] = [(name,) for name in free]
        pairs = list(combinations(free, 2)) if len(free) <= MOST_PAIRED else []
        group: Sequence[tuple[str, ...]] = moves
        while True:
            before = best.cost
            for move in group:
                changed = state ^ set(move)
                found = self.solution(changed)
                if found.cost < best.cost * (1 - 1e-9):
                    best, state = found, changed
            if best.cost < before:
                group = moves
            elif group is moves and pairs:
                group = pairs
            else:
                return best

    def solution(self, inlined: Inlined) -> Solution:
        """All that the wanted arrays need, the cheapest candidate of each given the others."""
        live = self._live(inlined)
        made: set[str] = set()
        choices = []
        total = 0.0
        for name in live:
            best: tuple[float, Choice, set[str]] | None = None
            for choice in self.choices(name, inlined):
                new = self._closure(choice.reductions) - made
                cost = choice.cost + self._stored(self.sought[name].ranges)
                cost += sum(map(self._reduction, new))
                if best is None or cost < best[0]:
                    best = cost, choice, new
            if best is None:
                return Solution((), float("inf"))
            total += best[0]
            made |= best[2]
            choices.append(best[1])
        return Solution(tuple(choices), total)

    def _reduction(self, name: str) -> float:
        if name not in self._reductions:
            atom = self.planner.atoms.known[name]
            stored = self._stored(atom.ranges) if is_sum(atom.head) else 0.0
            self._reductions[name] = self.planner.own_cost(name) + stored
        return self._reductions[name]

    def _stored(self, ranges: tuple[str, ...]) -> float:
        """What it costs to write an array and to read it back."""
        whole = frozenset(~n for n in range(len(ranges)))
        return MOVED * self.planner.size(whole, ranges)

    def _live(self, inlined: Inlined) -> list[str]:
        """The arrays to fill, those that others need first."""
        needed = set(self.wanted)
        for name in reversed(list(self.sought)):
            if name in needed and name not in inlined:
                for choice in self.choices(name, inlined):
                    needed |= choice.reads
        return [name for name in self.sought if name in needed and name not in inlined]

    def _closure(self, reductions: Iterable[str]) -> set[str]:
        found: set[str] = set()
        left = list(reductions)
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left.extend(self.planner.inner(name))
        return found

    # --- one array ---

    def choices(self, name: str, inlined: Inlined) -> tuple[Choice, ...]:
        key = (name, self.reached(name, inlined))
        if key not in self._choices:
            self._choices[key] = tuple(self._make(self.sought[name], inlined))
        return self._choices[key]

    def reached(self, name: str, inlined: Inlined) -> Inlined:
        """The gradients that are put in where an array is filled, directly or by another."""
        found: set[str] = set()
        left = [name]
        while left:
            for other in self.direct(left.pop()) & inlined:
                if other not in found:
                    found.add(other)
                    left.append(other)
        return frozenset(found)

    def _make(self, item: Sought, inlined: Inlined) -> Iterable[Choice]:
        scatters = [self._scatter(scatter, inlined) for scatter in item.scatters]
        if None in scatters:
            return
        done = [found for found in scatters if found is not None]
        poly = self._put(item.poly, inlined)
        if poly is None:
            return
        cost = sum(plan.cost for plan, _ in done)
        read = frozenset().union(*(own for _, own in done))
        plans = tuple(plan for plan, _ in done)
        if item.scatters and not item.poly:
            yield Choice(item.name, None, plans, cost, read)
            return
        ways = [
            (self.planner.plan(way, item.ranges), way)
            for way in self.rewriting.candidates(poly, item.ranges)
        ]
        ways.sort(key=lambda found: self.planner.standing(found[0]))
        for n, (apart, way) in enumerate(ways):
            reads = read | self._reads(way)
            together = self.planner.merged(way, item.ranges) if n < MOST_MERGED else ()
            for plan in (apart, *together):
                yield Choice(item.name, plan, plans, cost + plan.cost, reads)

    def _scatter(self, scatter: Scatter, inlined: Inlined) -> tuple[Plan, frozenset[str]] | None:
        """The cheapest tree for the value that a scatter adds."""
        poly = self._put(scatter.poly, inlined)
        if poly is None:
            return None
        best: tuple[float, Plan, Poly] | None = None
        for found in self.rewriting.candidates(poly, scatter.ranges):
            plan = self.planner.plan(found, scatter.ranges)
            cost = plan.cost + sum(map(self._reduction, self._closure(plan.reductions)))
            if best is None or cost < best[0]:
                best = cost, plan, found
        assert best is not None
        return best[1], self._reads(best[2])

    def _reads(self, poly: Poly) -> frozenset[str]:
        return frozenset(names(poly) & self.sought.keys())

    def direct(self, name: str) -> frozenset[str]:
        """The gradients that a gradient's own statements read."""
        if name not in self._direct:
            item = self.sought[name]
            self._direct[name] = self._reads(item.poly).union(
                *(self._reads(scatter.poly) for scatter in item.scatters)
            ) - {name}
        return self._direct[name]

    def _put(self, poly: Poly, inlined: Inlined) -> Poly | None:
        """The polynomial with the chosen gradients in the places where they are read."""
        out: Poly = {}
        for (bounds, factors), by in poly.items():
            kept: Factors = ()
            parts: list[tuple[tuple[str, ...], Factors, Number]] = [(bounds, (), by)]
            for (name, indices), power in factors:
                if name not in inlined:
                    kept = (*kept, ((name, indices), power))
                    continue
                right = self._value(name, inlined)
                if right is None or power != 1:
                    return None
                parts = [
                    (around + inner, (*done, *placed(own, indices, len(around))), number * times)
                    for around, done, number in parts
                    for (inner, own), times in right.items()
                ]
                if len(parts) > MOST_TERMS:
                    return None
            for around, done, number in parts:
                accumulate(out, around, (*kept, *done), number)
        return out if len(out) <= MOST_TERMS else None

    def _value(self, name: str, inlined: Inlined) -> Poly | None:
        key = (name, self.reached(name, inlined))
        if key not in self._inlined:
            self._inlined[key] = self._put(self.sought[name].poly, inlined)
        return self._inlined[key]
