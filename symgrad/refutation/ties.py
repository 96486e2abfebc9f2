"""How many comparisons a run leaves tied: at a generic point, only those that are always tied.

At x = [1, 1] it is an accident which element is the first maximum, and at x = 0 what [x > 0] is;
x[1] == x[1] is tied everywhere.
"""

from __future__ import annotations

from contextlib import suppress

from flint import fmpq

from symgrad.evaluation.balls import Balls
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.stage import State
from symgrad.evaluation.values import Indecisive, Nonvalue, Number, OutsideAxis, Truth
from symgrad.program import Program
from symgrad.refutation.instances import Point


class CountingBalls(Balls):
    """Balls that count the comparisons of numbers that are not seen to differ."""

    def __init__(self) -> None:
        super().__init__()
        self.ties = 0

    def less(self, x: Number, y: Number) -> Truth:
        self._look(x, y)
        return super().less(x, y)

    def equal(self, x: Number, y: Number) -> Truth:
        self._look(x, y)
        return super().equal(x, y)

    def larger(self, x: Number, y: Number) -> Number:
        self._look(x, y)
        return super().larger(x, y)

    def floor(self, x: Number) -> Number:
        self.ties += type(x) is fmpq and x.denominator == 1
        return super().floor(x)

    def _look(self, x: Number, y: Number) -> None:
        if not (isinstance(x, Nonvalue) or isinstance(y, Nonvalue)):
            self.ties += not (x < y or x > y)


def ties(program: Program, point: Point, values: State) -> int:
    """The tied comparisons of a run at a point, whose values are given under all their names."""
    arithmetic = CountingBalls()
    with suppress(OutsideAxis, Indecisive):
        evaluate(program, point.extents, values, arithmetic, point.functions)
    return arithmetic.ties
