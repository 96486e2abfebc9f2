"""Refutation: run two programs at chosen points and look for an element on which they differ.

Both run in exact and ball arithmetic, so a difference found is a theorem about that point. It
refutes equality only if it is no accident of the point: `[x > 0]` and `[x >= 0]` differ at x = 0
and are equal all the same. So a witness must differ again at a generic point next to it, unless the
data are fixed, which count exactly. Shapes are tried from small to large. Looking for the smallest
witness takes longer than finding that there is one, so that is done when it is asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TypeAlias

from symgrad.evaluation.arithmetic import BALLS, precision
from symgrad.evaluation.evaluate import box, evaluate, stage_of
from symgrad.evaluation.stage import State
from symgrad.evaluation.values import (
    UNDECIDED,
    Budget,
    Indecisive,
    Number,
    OutsideAxis,
    Work,
)
from symgrad.program import Program
from symgrad.refutation.comparison import ZERO, Comparison, Difference, compare
from symgrad.refutation.domains import SIGNS
from symgrad.refutation.extents import Shape
from symgrad.refutation.instances import Point
from symgrad.refutation.magnitudes import FURTHEST_SIZE, LARGEST_SIZE, constants, reach, scaled
from symgrad.refutation.relevance import relevant
from symgrad.refutation.sides import free_gradients, shared
from symgrad.refutation.smallest import smallest
from symgrad.refutation.ties import ties
from symgrad.refutation.trials import BITS, Trial, Trials, trials, with_true
from symgrad.refutation.witness import Agreement, Witness, nested_text, value_texts

STYLES = ("mixed", "negative")
"""Drawn for every shape."""

MORE_STYLES = ("positive", "large", "small", "wide")
"""Drawn for the first shapes without an extent of 1."""

ALLOWANCE = 200_000
"""Terms that one search may evaluate, beyond the forward pass."""

AT_SIGHT = 1
FIRST_TRIALS = 8
FIRST_WORK = 30_000
"""Trials before the sides are put in normal form, and trials and terms before a proof is sought."""

Draw: TypeAlias = Callable[[], "Trial | None"]

Run: TypeAlias = "State | OutsideAxis | Indecisive"
"""What a program leaves, or why it cannot be said."""


def refute(
    left: Program, right: Program, targets: Iterable[str], thorough: bool = True
) -> Witness | Agreement:
    """Search for a point at which the targets differ.

    Everything that the programs read and nothing writes must be an input, or the gradient of an
    output or of a loss. With `thorough` unset only one style of numbers is tried at each shape.
    """
    search = Search(left, right, tuple(targets))
    found = search.result(search.plan(thorough))
    return found.witness if isinstance(found, Refuted) else found


class Refuted:
    """A point at which two programs differ is known, and with it their smallest witness."""

    def __init__(self, known: Witness | tuple[Search, Trial]) -> None:
        self._known = known

    @cached_property
    def witness(self) -> Witness:
        if isinstance(self._known, Witness):
            return self._known
        search, trial = self._known
        return search.witness(trial)

    def __reduce__(self) -> tuple[type[Refuted], tuple[Witness]]:
        return Refuted, (self.witness,)


def _missing(left: Program, right: Program, targets: Iterable[str]) -> Witness | None:
    """A target that one side alone writes."""
    for target in targets:
        written = [target in side.written for side in (left, right)]
        if written[0] != written[1]:
            left_text, right_text = ("written" if there else "never written" for there in written)
            return Witness("missing", target, None, left_text, right_text)
    return None


@dataclass
class Tally:
    """What agreement rests on."""

    trials: list[Trial] = field(default_factory=list)
    digits: int | None = None
    undecided: int = 0

    def add(self, trial: Trial, comparison: Comparison) -> None:
        """Count a trial, unless nothing had a value there."""
        self.undecided += comparison.undecided
        if comparison.compared:
            self.trials.append(trial)
            known = [digits for digits in (self.digits, comparison.digits) if digits is not None]
            self.digits = min(known, default=None)

    def agreement(self) -> Agreement:
        shapes: list[Shape] = []
        for trial in self.trials:
            if trial.point.extents not in shapes:
                shapes.append(trial.point.extents)
        return Agreement(tuple(shapes), len(self.trials), self.digits, self.undecided)


class Search:
    """The search for a witness against one pair of programs."""

    def __init__(self, left: Program, right: Program, targets: tuple[str, ...]) -> None:
        self._missing = _missing(left, right, targets)
        self.targets = tuple(target for target in targets if target in left.written)
        self._work = Work(ALLOWANCE)
        self._work_beside = Work(ALLOWANCE)
        self._at_sight = False
        self.whole = (left, right)
        self.base, self.sides = shared(left, right)
        names = {
            name
            for program in (*self.sides[0], *self.sides[1], self.base)
            for name in stage_of(program).layout.extents
        }
        self.names = tuple(sorted(names))
        self.trials: Trials = self._reaching(LARGEST_SIZE)

    def _reaching(self, largest: int) -> Trials:
        """Trials with extents beyond the constants that the sides mention, up to a largest one."""
        limit = reach(itertools.chain(*self.sides), largest) if self.names else 0
        return trials(self.base, free_gradients(*self.whole), self.names, limit)

    def glance(self, first: int, last: int) -> Refuted | Agreement:
        """What a few trials say: nearly everything that differs does so at the first.

        A later look begins where no two extents are the same, and gets to see every shape.
        """
        draws = itertools.islice(self._across(), first, last)
        self._at_sight = not first
        try:
            whole = itertools.chain(self._unequal() if first else (), draws)
            return self.result(whole, FIRST_WORK, FIRST_WORK // 4)
        finally:
            self._at_sight = False

    def sample(self) -> tuple[Shape, list[Difference]]:
        """Where the sides differ at one point whose extents all differ; empty if that is too much.

        It shows what a difference is like, `left = right / N`, and tells 1/N from 1/C.
        """
        self._work = Work(ALLOWANCE)
        with suppress(Budget):
            for draw in self._unequal():
                trial = draw()
                if trial is not None:
                    return trial.point.extents, self._compare(trial).differences
        return {}, []

    def result(
        self, plan: Iterable[Draw], allowance: int = ALLOWANCE, most: int = ALLOWANCE // 4
    ) -> Refuted | Agreement:
        """The first trial at which the sides differ, or what all trials agree on.

        A trial that takes more than the `most` terms is passed over. The witness of what is refuted
        is worked out when it is looked at.
        """
        if self._missing:
            return Refuted(self._missing)
        left = allowance
        tally = Tally([])
        for draw in plan:
            self._work = Work(min(left, most))
            before = self._work.left
            try:
                trial = draw()
                if trial is None or any(map(trial.is_like, tally.trials)):
                    continue
                comparison = self._compare(trial)
                if not comparison.differences:
                    tally.add(trial, comparison)
                elif self._persists(trial):
                    return Refuted((self, trial))
            except Budget:
                tally.undecided += 1
            left -= before - self._work.left
            if left < 0:
                break
        return tally.agreement()

    def plan(self, thorough: bool = True) -> Iterator[Draw]:
        """How each trial is drawn, in the order in which they are looked at."""
        rich = self._rich()
        for shape in self.trials.shapes:
            styles = STYLES + MORE_STYLES * (shape in rich) if thorough else STYLES[:1]
            yield from (partial(self.trials.of, shape, style) for style in styles)
        for shape in rich:
            yield from (partial(self.trials.changed, point) for point in self._scaled(shape))

    def _across(self) -> Iterator[Draw]:
        """The trials of the plan, all shapes before the further styles: at B = 2 much is 0."""
        shapes = self.trials.shapes
        orders = (
            ((shape, style) for style in STYLES for shape in shapes[:1]),
            ((shape, style) for style in STYLES for shape in shapes[1:]),
            ((shape, style) for shape in self._rich() for style in MORE_STYLES),
        )
        pairs = itertools.chain.from_iterable(orders)
        yield from (partial(self.trials.of, shape, style) for shape, style in pairs)

    def further(self) -> Iterator[Draw]:
        """More shapes, signs and sizes: what is left to look at where nothing was proved either.

        Two thresholds may lie close together: at one shape there are more points of every style.
            Under a condition like `c < 1` a shape needs more than one number of each kind.
        """
        for shape in self.trials.others:
            yield from (partial(self.trials.of, shape, style) for style in STYLES)
        rich = self._rich()
        for shape in rich[:1]:
            yield from (partial(self.trials.of, shape, style) for style in SIGNS)
        for shape in self.trials.shapes:
            if shape not in rich:
                yield from (partial(self.trials.of, shape, style) for style in MORE_STYLES)
        for shape in (*rich, *self.trials.shapes)[:1]:
            for style in (*STYLES, *MORE_STYLES):
                yield from self.trials.many(shape, style)
        further = self._reaching(FURTHEST_SIZE)
        yield from (partial(further.of, shape, STYLES[0]) for shape in further.far)

    def _unequal(self) -> Iterator[Draw]:
        """The first shape whose extents all differ: it tells 1/N from 1/C."""
        shapes = (s for s in self.trials.shapes if 1 < len(s) == len(set(s.values())))
        return (partial(self.trials.of, shape, STYLES[0]) for shape in itertools.islice(shapes, 1))

    def _rich(self) -> list[Shape]:
        """The first shapes without an extent of 1."""
        shapes = self.trials.shapes
        return [shape for shape in shapes if min(shape.values(), default=2) > 1][:2]

    def _scaled(self, shape: Shape) -> Iterator[Point]:
        """Points of the order of the constants that the sides mention."""
        unusual = constants(itertools.chain(*self.sides))
        with suppress(Budget):
            trial = self.trials.of(shape, STYLES[0]) if unusual else None
            if trial is not None:
                for size in unusual:
                    yield from scaled(trial.point, self.trials.free(trial.point), size)

    def _persists(self, trial: Trial) -> bool:
        """Do the sides differ at a generic point next to this one, too?"""
        if trial.point.fixed:
            return True
        nudged, work = self.trials.nudged(trial), self._work
        self._work = self._work_beside
        try:
            return nudged is not None and bool(self._compare(nudged).differences)
        finally:
            self._work = work

    def _compare(self, trial: Trial) -> Comparison:
        """Compare at rising precision until a difference is found or everything is decided."""
        comparison = Comparison()
        for bits in BITS:
            with precision(bits):
                runs = [self._continued(trial, side, bits) for side in self.sides]
                comparison = self._compared(runs, trial.point.extents)
            if comparison.differences or comparison.is_sharp:
                break
        return comparison

    def _continued(self, trial: Trial, side: tuple[Program, ...], bits: int) -> Run:
        """What a side leaves, continuing from the forward pass."""
        try:
            if self._at_sight and len(side) == 1:
                return trial.continued(side[0], bits, self._work)
            state = trial.state(bits)
            for program in side:
                state = trial.run(program, state, self._work)
        except (OutsideAxis, Indecisive) as failure:
            return failure
        return state

    def _compared(self, runs: list[Run], extents: Shape) -> Comparison:
        left, right = runs
        if isinstance(left, Exception) or isinstance(right, Exception):
            return self._failed(left, right)
        boxes = [
            {target: box(program, target, extents) for target in self.targets}
            for program in self.whole
        ]
        return compare(left, right, self.targets, boxes[0], boxes[1])

    def _failed(self, left: Run, right: Run) -> Comparison:
        """An access outside the axes, if the other side runs, is a difference."""
        outside = [isinstance(run, OutsideAxis) for run in (left, right)]
        if all(outside) or isinstance(left, Indecisive) or isinstance(right, Indecisive):
            return Comparison(undecided=1)
        texts = [
            f"outside the axes: {run}" if leaves else "defined"
            for run, leaves in zip((left, right), outside, strict=True)
        ]
        return Comparison([Difference("outside", self.targets[0], None, texts[0], texts[1])])

    def witness(self, trial: Trial) -> Witness:
        """The smallest difference, found once more by running both programs whole."""
        spot = smallest(self.trials, trial, self)
        place, point = (spot.difference.target, spot.difference.element), spot.trial.point
        for bits in BITS:
            with precision(bits):
                runs = [_whole(program, point) for program in self.whole]
                for difference in self._compared(runs, point.extents).differences:
                    if (difference.target, difference.element) == place:
                        matters = relevant(self.trials, spot, self)
                        return _told(difference, point, matters)
        raise AssertionError("a difference was found and is not there when looked at again")

    def differences(self, trial: Trial) -> list[Difference]:
        self._work = Work(ALLOWANCE)
        try:
            return self._compare(trial).differences
        except Budget:
            return []

    def generic(self, count: int) -> Iterator[Trial]:
        """The first trials at shapes without an extent of 1."""
        drawn = (self.trials.of(shape, style) for shape in self._rich() for style in STYLES)
        return itertools.islice(filter(None, drawn), count)

    def states(self, trial: Trial) -> tuple[State, State] | None:
        """What both sides leave there, if both run."""
        self._work = Work(ALLOWANCE)
        with precision(BITS[0]):
            left, right = (self._continued(trial, side, BITS[0]) for side in self.sides)
        if isinstance(left, Exception) or isinstance(right, Exception):
            return None
        return left, right

    def ties(self, trial: Trial) -> int:
        """How many comparisons are tied when both programs are run whole."""
        values = with_true(trial.point.values)
        with precision(BITS[0]):
            return sum(ties(program, trial.point, values) for program in self.whole)

    def values(self, trial: Trial, target: str, element: tuple[int, ...]) -> tuple[Number, Number]:
        """Both sides' values of one element; undecided where a side does not run."""
        self._work = Work(ALLOWANCE)
        with precision(BITS[0]):
            runs = [self._continued(trial, side, BITS[0]) for side in self.sides]
        left, right = (
            UNDECIDED if isinstance(run, Exception) else run[target].get(element, ZERO)
            for run in runs
        )
        return left, right


def _whole(program: Program, point: Point) -> Run:
    try:
        return evaluate(program, point.extents, with_true(point.values), BALLS, point.functions)
    except (OutsideAxis, Indecisive) as failure:
        return failure


def _told(difference: Difference, point: Point, matters: tuple[str, ...]) -> Witness:
    left, right = value_texts(difference.left, difference.right)
    return Witness(
        difference.kind,
        difference.target,
        difference.element,
        left,
        right,
        dict(sorted(point.extents.items())),
        {str(name): nested_text(cells) for name, cells in point.values.items()},
        {str(name): str(function) for name, function in point.functions.items()},
        matters,
    )
