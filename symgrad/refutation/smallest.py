"""The smallest point at which two programs differ: what a student can recompute by hand.

Extents come first, the smallest product that shows a difference; then the functions, y^2*z rather
than a random polynomial; then the numbers, 1 where it will do, else 2, -1, 3 and so on. A change is
kept if the sides still differ, and generically: at a point next to it the same element has nearly
the same two values, and no comparison is tied at the one and decided at the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from flint import arb, fmpq

from symgrad.evaluation.stage import Cells
from symgrad.evaluation.values import Nonvalue, Number
from symgrad.refutation.comparison import Difference
from symgrad.refutation.instances import Point
from symgrad.refutation.smooth import Exponents, Polynomial
from symgrad.refutation.trials import Trial, Trials

PLAIN = [
    fmpq(*pair)
    for pair in ((1, 1), (2, 1), (-1, 1), (3, 1), (-2, 1), (1, 2), (4, 1), (-3, 1), (1, 4), (3, 4))
]
"""The numbers that a witness is made of, the plainest first."""

UNUSUAL = 2 * len(PLAIN)
"""What other numbers cost, the longer the more. Zero is one: it hides what it multiplies."""

ZERO = fmpq(0)

TERM = 10
"""What a term of an opaque function costs."""

IRRATIONAL = 10_000
"""What it costs if one of the values cannot be shown exactly."""

MOST_SHAPES, MOST_POINTS = 40, 240
"""How many smaller shapes, and how many points of the chosen shape, are tried."""

NEARLY = fmpq(1, 1000)

SIMPLE: Mapping[int, Sequence[Mapping[Exponents, fmpq]]] = {
    1: [{(2,): fmpq(1)}, {(3,): fmpq(1)}, {(4,): fmpq(1)}],
    2: [{(2, 1): fmpq(1)}, {(2, 3): fmpq(1)}, {(4, 3): fmpq(1)}],
}
"""x^2, x^3, … and y^2*z, y^2*z^3, …: functions of so many parameters, one for each name."""


class Sides(Protocol):
    """Two programs, to be run at trials."""

    def differences(self, trial: Trial) -> Sequence[Difference]: ...

    def ties(self, trial: Trial) -> int:
        """The comparisons that are tied there."""

    def values(self, trial: Trial, target: str, element: tuple[int, ...]) -> tuple[Number, Number]:
        """Both values of an element."""


@dataclass(frozen=True)
class Spot:
    """A trial with the difference that it shows."""

    trial: Trial
    difference: Difference

    @property
    def cost(self) -> int:
        point = self.trial.point
        numbers = [number for cells in point.values.values() for number in cells.values()]
        terms = sum(len(function.coefficients) for function in point.functions.values())
        shown = (self.difference.left, self.difference.right)
        return (
            sum(map(_cost, numbers))
            + TERM * terms
            + (IRRATIONAL if any(isinstance(value, arb) for value in shown) else 0)
        )


def smallest(trials: Trials, trial: Trial, sides: Sides) -> Spot:
    """The smallest spot that is found, starting from a trial at which there are differences."""
    found = generic(trials, trial, sides)
    if found is None:
        return Spot(trial, sides.differences(trial)[0])
    smaller = _of_smaller_shapes(trials, trial, sides)
    return Descent(trials, next(smaller, found), sides).end()


def generic(trials: Trials, trial: Trial, sides: Sides) -> Spot | None:
    """The first difference that a point next to the trial's shows as well."""
    found = sides.differences(trial)
    if not found or trial.point.fixed:
        return Spot(trial, found[0]) if found else None
    nudged = trials.nudged(trial)
    if nudged is None:
        return None
    beside = {_place(item): item for item in sides.differences(nudged)}
    near = [item for item in found if _is_near(item, beside.get(_place(item)))]
    if not near or sides.ties(trial) != sides.ties(nudged):
        return None
    return Spot(trial, near[0])


def _of_smaller_shapes(trials: Trials, trial: Trial, sides: Sides) -> Iterator[Spot]:
    for shape in trials.smaller(trial.point.extents)[:MOST_SHAPES]:
        for style in ("integers", "mixed"):
            drawn = trials.of(shape, style)
            for candidate in (drawn, drawn and trials.changed(_cut(drawn, trial, trials))):
                spot = candidate and generic(trials, candidate, sides)
                if spot:
                    yield spot


def _cut(small: Trial, large: Trial, trials: Trials) -> Point:
    """The values and functions of a large point, as far as a small one has elements."""
    kept = large.point.values
    values = {
        name: {key: kept[name].get(key, value) for key, value in cells.items()}
        for name, cells in trials.free(small.point).items()
    }
    return replace(
        small.point, values={**small.point.values, **values}, functions=large.point.functions
    )


class Descent:
    """Changes one thing after the other, as long as that makes the point simpler."""

    def __init__(self, trials: Trials, start: Spot, sides: Sides) -> None:
        self._trials, self._sides = trials, sides
        self._left = MOST_POINTS
        self.spot = start

    def end(self) -> Spot:
        if self.spot.difference.kind not in ("value", "undefined"):
            return self.spot
        self._simplify_functions()
        free = self._trials.free(self.spot.trial.point)
        for number in PLAIN[:3]:
            self._set({name: dict.fromkeys(free[name], number) for name in free})
        for name, cells in free.items():
            for number in PLAIN[:3]:
                self._set({name: dict.fromkeys(cells, number)})
            self._set({name: {key: fmpq(n) for n, key in enumerate(cells, start=1)}})
        for name, cells in free.items():
            for key in cells:
                self._simplify(name, key)
        self._make_exact(free)
        return self.spot

    def _simplify_functions(self) -> None:
        """One of the simple functions for each, in turn until the sides differ."""
        functions = self.spot.trial.point.functions
        if not functions or self.spot.difference.kind != "value":
            return
        for turn in range(3):
            chosen = dict(functions)
            for count, known in SIMPLE.items():
                alike = [name for name, f in functions.items() if len(f.parameters) == count]
                for place, name in enumerate(alike):
                    terms = known[(place + turn) % len(known)]
                    chosen[name] = Polynomial(functions[name].parameters, terms)
            self._offer(replace(self.spot.trial.point, functions=chosen))

    def _simplify(self, name: str, key: tuple[int, ...]) -> None:
        """The plainest number for one element."""
        cells = self.spot.trial.point.values[name]
        value = cells[key]
        for number in (*PLAIN, fmpq(value.floor()), fmpq(value.ceil())):
            if _cost(number) >= _cost(cells[key]) or self._set({name: {**cells, key: number}}):
                return

    def _make_exact(self, free: Mapping[str, Cells]) -> None:
        """Zeros for an array, if they make the two values rational: exp(0) = 1."""
        for name in free:
            if self.spot.cost >= IRRATIONAL:
                self._set({name: dict.fromkeys(free[name], ZERO)})

    def _set(self, changed: Mapping[str, Cells]) -> bool:
        point = self.spot.trial.point
        return self._offer(replace(point, values={**point.values, **changed}))

    def _offer(self, point: Point) -> bool:
        """Go to a changed point if it is admissible, simpler, and shows a generic difference."""
        if not self._left:
            return False
        self._left -= 1
        trial = self._trials.changed(point)
        spot = trial and generic(self._trials, trial, self._sides)
        if not spot or spot.difference.kind != self.spot.difference.kind:
            return False
        if spot.cost >= self.spot.cost:
            return False
        self.spot = spot
        return True


def _cost(number: fmpq) -> int:
    return PLAIN.index(number) if number in PLAIN else UNUSUAL + int(number.height_bits())


def _place(difference: Difference) -> tuple[str, str, tuple[int, ...] | None]:
    return difference.kind, difference.target, difference.element


def _is_near(one: Difference, other: Difference | None) -> bool:
    """Are both values nearly the same?"""
    if other is None:
        return False
    return _are_near(one.left, other.left) and _are_near(one.right, other.right)


def _are_near(a: Number, b: Number) -> bool:
    if isinstance(a, (str, Nonvalue)) or isinstance(b, (str, Nonvalue)):
        return bool(a == b)
    return bool(abs(arb(a) - arb(b)) <= NEARLY * (1 + abs(arb(a))))
