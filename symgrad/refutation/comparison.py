"""Element by element: where do two states differ, and to how many digits do they agree?

An element that nothing writes is 0, whatever axes an array of no declaration is given for the loops
that write it: `for r in 0..R+1 if 1 <= r <= R: t[r] = x[r]` leaves what `for r in 1..R` does. Where
sides differ at an element that is on the axes of one side alone, the axes are what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import TypeAlias

from flint import arb, fmpq

from symgrad.evaluation.stage import Cells, State
from symgrad.evaluation.values import UNDEFINED, Nonvalue, Number
from symgrad.refutation.witness import Kind

Place: TypeAlias = tuple[int, ...]

Boxes: TypeAlias = Mapping[str, Sequence[Place] | None]

ZERO = fmpq(0)
"""What an element holds that nothing writes."""

SHARP_DIGITS = 40
"""Balls that agree to fewer digits are computed again at a higher precision."""


@dataclass(frozen=True)
class Difference:
    kind: Kind
    target: str
    element: Place | None
    left: Number
    right: Number


@dataclass
class Comparison:
    """`digits` is None while every value compared was exact."""

    differences: list[Difference] = field(default_factory=list)
    digits: int | None = None
    compared: int = 0
    undecided: int = 0

    @property
    def is_sharp(self) -> bool:
        return not self.undecided and (self.digits is None or self.digits >= SHARP_DIGITS)


def compare(
    left: State, right: State, targets: Iterable[str], left_boxes: Boxes, right_boxes: Boxes
) -> Comparison:
    """Compare every element of every target."""
    result = Comparison()
    for target in targets:
        before = len(result.differences)
        boxes = left_boxes[target], right_boxes[target]
        _compare_cells(target, left[target], right[target], result)
        found = result.differences[before:]
        if None not in boxes and _of_shape(found, boxes[0] or (), boxes[1] or ()):
            shapes = (_shape_text(box or ()) for box in boxes)
            result.differences[before:] = [Difference("shape", target, None, *shapes)]
    return result


def _of_shape(found: Sequence[Difference], left: Sequence[Place], right: Sequence[Place]) -> bool:
    """Do the ranks differ, or the values at a place that is on the axes of one side alone?"""
    if {*map(len, left[:1])} != {*map(len, right[:1])} and left and right:
        return True
    apart = {*left} ^ {*right} if found and left != right else ()
    return any(difference.element in apart for difference in found)


def _compare_cells(target: str, left: Cells, right: Cells, result: Comparison) -> None:
    for key in sorted(left.keys() | right.keys()):
        a, b = left.get(key, ZERO), right.get(key, ZERO)
        if isinstance(a, Nonvalue) or isinstance(b, Nonvalue):
            if (a is UNDEFINED) != (b is UNDEFINED) and not (
                isinstance(a, Nonvalue) and isinstance(b, Nonvalue)
            ):
                result.differences.append(Difference("undefined", target, key, a, b))
            elif not (a is UNDEFINED and b is UNDEFINED):
                result.undecided += 1
        elif type(a) is fmpq and type(b) is fmpq:
            result.compared += 1
            if a != b:
                result.differences.append(Difference("value", target, key, a, b))
        else:
            _compare_balls(target, key, arb(a), arb(b), result)


def _compare_balls(target: str, key: Place, a: arb, b: arb, result: Comparison) -> None:
    if not (a.is_finite() and b.is_finite()):
        result.undecided += 1
        return
    result.compared += 1
    if not a.overlaps(b):
        result.differences.append(Difference("value", target, key, a, b))
        return
    bits = min(a.rel_one_accuracy_bits(), b.rel_one_accuracy_bits())
    digits = max(0, int(bits * log10(2)))
    result.digits = digits if result.digits is None else min(result.digits, digits)


def _shape_text(keys: Sequence[Place]) -> str:
    """`1..2 × 1..3`, the range of every axis."""
    if not keys:
        return "empty"
    ranges = (f"{min(axis)}..{max(axis)}" for axis in zip(*keys, strict=True))
    return " × ".join(ranges) or "a scalar"
