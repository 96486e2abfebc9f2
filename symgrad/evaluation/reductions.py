"""Sums, maxima, minima and argmax over ranges as closures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import reduce
from typing import Any

import sympy

from symgrad.evaluation.frames import (
    ARITHMETIC,
    WORK,
    ZERO,
    Closure,
    Frame,
    Scope,
    Step,
    guarded,
    nested,
)
from symgrad.evaluation.operations import first_largest, smaller
from symgrad.evaluation.positions import Positions
from symgrad.evaluation.values import UNDEFINED, Arithmetic, Nonvalue, Number, Truth
from symgrad.heads import ArgmaxOver, MaxOver, MinOver, Reduction, SumOver


class Reductions(Positions):
    """The part of the compiler that combines a body over ranges."""

    @abstractmethod
    def condition(self, expr: Any, scope: Scope) -> Closure: ...

    def total(self, expr: SumOver, scope: Scope) -> Closure:
        """Σ_i Σ_j [condition] body; over an empty range it is 0."""
        inner = dict(scope)
        spans, before = [self.span(*limit, inner) for limit in expr.limits], self.compiled
        body = self.value(expr.body, inner)
        if expr.condition is not sympy.true:
            body = either(self.condition(expr.condition, inner), body)
        weight = self.weight_since(before)
        for slot, first, last in reversed(spans):
            body = _summed(slot, first, last, body, weight)
            weight = 1
        return body

    def largest(self, expr: MaxOver, scope: Scope) -> Closure:
        return self._extremum(expr, scope, lambda arithmetic: arithmetic.larger)

    def least(self, expr: MinOver, scope: Scope) -> Closure:
        return self._extremum(
            expr, scope, lambda arithmetic: lambda a, b: smaller(arithmetic, a, b)
        )

    def argmax_value(self, expr: ArgmaxOver, scope: Scope) -> Closure:
        argmax = self.argmax(expr, scope)
        return lambda frame: frame[ARITHMETIC].number(argmax(frame))

    def argmax(self, expr: ArgmaxOver, scope: Scope) -> Closure:
        """The index, or the tuple of indices, of the first maximum; none over an empty range."""
        candidates = self._candidates(expr, scope)
        single = len(expr.limits) == 1

        def argmax(frame: Frame) -> Any:
            found = candidates(frame)
            place = first_largest(frame[ARITHMETIC], [value for _, value in found])
            if isinstance(place, Nonvalue):
                return place
            position, _ = found[place]
            return position[0] if single else position

        return argmax

    def _extremum(
        self,
        expr: Reduction,
        scope: Scope,
        better: Callable[[Arithmetic], Callable[[Number, Number], Number]],
    ) -> Closure:
        """The best value; over an empty range there is none."""
        candidates = self._candidates(expr, scope)

        def extremum(frame: Frame) -> Number:
            values = [value for _, value in candidates(frame)]
            return reduce(better(frame[ARITHMETIC]), values) if values else UNDEFINED

        return extremum

    def _candidates(self, expr: Reduction, scope: Scope) -> Closure:
        """The admitted index tuples in lexicographic order, with the value of the body."""
        inner = dict(scope)
        spans, before = [self.span(*limit, inner) for limit in expr.limits], self.compiled
        body = self.value(expr.body, inner)
        found, slots = self.layout.slot(), [slot for slot, _, _ in spans]

        def collect(frame: Frame, absent: Nonvalue | None = None) -> None:
            value = body(frame) if absent is None else absent
            frame[found].append((tuple([frame[slot] for slot in slots]), value))

        step: Step = collect
        if expr.condition is not sympy.true:
            step = guarded(self.condition(expr.condition, inner), collect)
        run = nested(spans, step, self.weight_since(before))

        def candidates(frame: Frame) -> list[tuple[tuple[int, ...], Number]]:
            result = frame[found] = []
            run(frame)
            return result

        return candidates


def either(
    holds: Closure, then: Closure, otherwise: Closure = lambda frame: frame[ZERO]
) -> Closure:
    """Only the chosen side is evaluated; a condition without a truth is the result itself."""

    def choice(frame: Frame) -> Number:
        truth: Truth = holds(frame)
        if isinstance(truth, Nonvalue):
            return truth
        return then(frame) if truth else otherwise(frame)

    return choice


def _summed(slot: int, first: Closure, last: Closure, body: Closure, weight: int) -> Closure:
    def total(frame: Frame) -> Number:
        start, stop = first(frame), last(frame) + 1
        result = frame[ZERO]
        if stop > start:
            frame[WORK].charge((stop - start) * weight)
            for frame[slot] in range(start, stop):
                result = result + body(frame)
        return result

    return total
