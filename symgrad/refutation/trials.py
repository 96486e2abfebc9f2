"""The points at which a pair of programs is run, with the state that their forward pass leaves.

The two sides continue from the same state, and so do all the answers to one exercise: the trials of
a forward pass are drawn once and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from math import prod
from weakref import WeakKeyDictionary

from symgrad.evaluation.arithmetic import BALLS, precision
from symgrad.evaluation.evaluate import run, start
from symgrad.evaluation.stage import Cells, State
from symgrad.evaluation.values import UNDEFINED, Budget, Indecisive, Work
from symgrad.program import Program
from symgrad.refutation.extents import Shape, beyond, candidates, selection
from symgrad.refutation.instances import TRIES, Point, Sampler

BITS = (256, 1024)
"""Precisions, tried in turn while something is undecided."""

FORWARD_WORK = 40_000
"""Terms that the forward pass may evaluate at all the points tried for one shape and style."""

MOST_OTHERS = 12
"""Small shapes besides those that are chosen: more parities, more pairs of extents."""

TRUE = "*"
"""`p.grad*` is the free gradient of an output where a text writes `p.grad` itself."""


def with_true(values: State) -> State:
    """The values under their own names and under those that true gradients read."""
    return {**values, **{name + TRUE: cells for name, cells in values.items()}}


class Trial:
    """One admissible point, and the forward pass run there."""

    def __init__(self, program: Program, point: Point, work: Work) -> None:
        self._program = program
        self._work = work
        self.point = point
        self.beside: tuple[Trial | None] | None = None
        """The trial next to this one, once it was looked for."""
        self._states: dict[int, State] = {}
        self._left: WeakKeyDictionary[Program, dict[int, tuple[State, int]]] = WeakKeyDictionary()

    def state(self, bits: int) -> State:
        """The state after the forward pass; to be called at that precision."""
        if bits not in self._states:
            state = start(self._program, with_true(self.point.values))
            self._states[bits] = self.run(self._program, state, self._work)
        return self._states[bits]

    def run(self, program: Program, state: State, work: Work) -> State:
        return run(program, state, self.point.extents, BALLS, self.point.functions, work)

    def continued(self, program: Program, bits: int, work: Work) -> State:
        """The state after a program that continues the forward pass, run there once."""
        left = self._left.setdefault(program, {})
        if bits not in left:
            own = Work(FORWARD_WORK)
            left[bits] = self.run(program, self.state(bits), own), FORWARD_WORK - own.left
        state, terms = left[bits]
        work.charge(terms)
        return state

    def is_like(self, other: Trial) -> bool:
        """Are they at the same point? Fixed data leave one point, whatever the style."""
        return (
            self.point.extents == other.point.extents
            and not self.point.functions
            and self.point.values == other.point.values
        )

    def is_defined(self) -> bool:
        """Has every array of the forward pass a value?"""
        return not any(
            value is UNDEFINED for cells in self.state(BITS[0]).values() for value in cells.values()
        )


class Trials:
    """All points for one forward pass, drawn when they are asked for."""

    def __init__(
        self, program: Program, gradients: tuple[str, ...], names: tuple[str, ...], reach: int = 0
    ) -> None:
        """The sides use the extents named; some extents go beyond the reach, if that can be."""
        self._program = program
        self._sampler = Sampler(program, gradients)
        self._drawn: dict[tuple[tuple[tuple[str, int], ...], str], Trial | None] = {}
        self._shapes = candidates(program, names, reach)
        self.shapes = selection(self._shapes, reach)
        small = [shape for (empty, _, _), shape in self._shapes if not empty]
        self.others = [shape for shape in small if shape not in self.shapes][:MOST_OTHERS]
        self.far = beyond(self._shapes, reach)

    def of(self, shape: Shape, style: str) -> Trial | None:
        """The first admissible trial of a shape and a style."""
        key = (tuple(sorted(shape.items())), style)
        if key not in self._drawn:
            self._drawn[key] = None
            with suppress(Budget):
                self._drawn[key] = next(self._admissible(shape, style), None)
        return self._drawn[key]

    def many(self, shape: Shape, style: str) -> Iterator[Callable[[], Trial | None]]:
        """Admissible trials of a shape and a style, one after the other."""
        found = self._admissible(shape, style)
        yield from (partial(self._next, found) for _ in range(TRIES))

    def _next(self, found: Iterator[Trial]) -> Trial | None:
        with suppress(Budget):
            return next(found, None)
        return None

    def nudged(self, trial: Trial) -> Trial | None:
        """A trial at a generic point next to this one, None where there is none admissible."""
        if trial.beside is None:
            trial.beside = (self._beside(self._sampler.nudged(trial.point)),)
        return trial.beside[0]

    def smaller(self, shape: Shape) -> list[Shape]:
        """The shapes that come before one, small ones first; it may be one of other trials."""
        ascending = [known for _, known in self._shapes]
        if shape in ascending:
            return ascending[: ascending.index(shape)]
        return [known for known in ascending if prod(known.values()) < prod(shape.values())]

    def free(self, point: Point) -> dict[str, Cells]:
        """The values at a point that may be other real numbers."""
        return {name: cells for name, cells in point.values.items() if self._sampler.is_free(name)}

    def is_fixed(self, name: str) -> bool:
        """Is this an input whose data the forward pass declares?"""
        array = self._program.arrays.get(name)
        return array is not None and array.data is not None

    def changed(self, point: Point) -> Trial | None:
        """A trial at a point with other values, corrected so that assumed equations hold."""
        return self._beside(self._sampler.corrected(point))

    def _admissible(self, shape: Shape, style: str) -> Iterator[Trial]:
        work = Work(FORWARD_WORK)
        for point in self._sampler.points(shape, style):
            trial = self._accepted(point, work)
            if trial is not None:
                yield trial

    def _beside(self, point: Point | None) -> Trial | None:
        """The trial at a point that was found by changing another, if it is admissible."""
        with suppress(Budget):
            return None if point is None else self._accepted(point, Work(FORWARD_WORK))
        return None

    def _accepted(self, point: Point, work: Work) -> Trial | None:
        trial = Trial(self._program, point, work)
        with precision(BITS[0]):
            try:
                state = trial.state(BITS[0])
            except Indecisive:
                return None
            return trial if trial.is_defined() and self._sampler.admits(point, state) else None


@lru_cache(maxsize=128)
def trials(
    program: Program, gradients: tuple[str, ...], names: tuple[str, ...], reach: int = 0
) -> Trials:
    return Trials(program, gradients, names, reach)
