"""Which inputs matter to a difference: those that change one of the two values when they change.

Asked at ordinary points as well, for the witness's own is so plain that much is lost on it: where
x = 0, no y changes x*y.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flint import arb

from symgrad.evaluation.values import Nonvalue, Number
from symgrad.refutation.smallest import Sides, Spot
from symgrad.refutation.trials import Trial, Trials

STYLES = ("mixed", "negative", "positive")
"""Where other numbers are taken from."""


def relevant(trials: Trials, spot: Spot, sides: Sides) -> tuple[str, ...]:
    """The inputs on which the difference depends, as far as a few changes of each tell."""
    target, element = spot.difference.target, spot.difference.element
    if element is None:
        return ()
    drawn = [trials.of(spot.trial.point.extents, style) for style in STYLES]
    others = [trial for trial in drawn if trial is not None]
    before = [(trial, sides.values(trial, target, element)) for trial in (*others, spot.trial)]
    return tuple(
        name
        for name in spot.trial.point.values
        if trials.is_fixed(name)
        or any(
            not _are_same(known, sides.values(changed, target, element))
            for trial, known in before
            for changed in _changes(trials, trial, name, others)
        )
    )


def _changes(trials: Trials, trial: Trial, name: str, others: list[Trial]) -> Iterator[Trial]:
    """Trials that differ in one input, as far as the assumptions admit it."""
    values = trial.point.values
    choices = [other.point.values[name] for other in others]
    if name in trials.free(trial.point):
        choices.append({key: -value for key, value in values[name].items()})
    for other in choices:
        if other != values[name]:
            changed = trials.changed(replace(trial.point, values={**values, name: other}))
            if changed is not None:
                yield changed


def _are_same(one: tuple[Number, Number], other: tuple[Number, Number]) -> bool:
    return all(_is_same(a, b) for a, b in zip(one, other, strict=True))


def _is_same(a: Number, b: Number) -> bool:
    if isinstance(a, Nonvalue) or isinstance(b, Nonvalue):
        return a is b
    if isinstance(a, arb) or isinstance(b, arb):
        return bool(arb(a).overlaps(arb(b)))
    return bool(a == b)
