"""An answer about declared numbers, element by element.

    input x[2, 2] = [[-1.5, 2], [-0.3, 0.7]]       x.grad = [[0, y.grad[1, 2]], [0, y.grad[2, 2]]]

Gradients are linear in those that are given: their elements stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import sympy
from flint import fmpq
from sympy import Expr, Integer, Rational

from symgrad.course.exercise import Part
from symgrad.course.reference import reference
from symgrad.derivation.completion import complete
from symgrad.evaluation.evaluate import Cells, State, box, evaluate
from symgrad.evaluation.values import Nonvalue
from symgrad.expressions import add, element, mul
from symgrad.program import GRADIENT, Input, Output

Rows: TypeAlias = "Expr | tuple[Rows, ...]"
"""A number, a vector, a matrix."""

MOST_SEEDS = 16
MOST_CELLS = 64


def values(part: Part) -> dict[str, Rows]:
    """Each gradient that is asked for, where the forward pass declares all its inputs."""
    forward = part.forward
    inputs = list(forward.declared(Input))
    declared = inputs and all(item.data is not None for item in inputs)
    if not declared or part.digits is not None or not _asks_for_gradients(part):
        return {}
    seeds = list(_seeds(part))
    if len(seeds) > MOST_SEEDS:
        return {}
    constant = _state(part, {})
    slopes = {seed: _state(part, {seed: fmpq(1)}) for seed in seeds}
    found = {}
    for target in part.targets:
        cells = {
            key: _linear(value, {seed: state[target][key] for seed, state in slopes.items()})
            for key, value in constant[target].items()
        }
        if len(cells) > MOST_CELLS or any(value is None for value in cells.values()):
            return {}
        found[target] = _rows(cells, ())
    return found


Seed: TypeAlias = "tuple[str, tuple[int, ...]]"


def _asks_for_gradients(part: Part) -> bool:
    return all(target.endswith(GRADIENT) for target in part.targets)


def _seeds(part: Part) -> Iterator[Seed]:
    for item in part.forward.declared(Output):
        for key in box(part.forward, item.name, {}) or ():
            yield item.name + GRADIENT, key


def _state(part: Part, one: Mapping[Seed, fmpq]) -> State:
    """All that the answer computes, with gradients that are 0 but for one."""
    given: dict[str, Cells] = {}
    for name, key in _seeds(part):
        given.setdefault(name, {})[key] = one.get((name, key), fmpq(0))
    return evaluate(complete(reference(part), part.forward), {}, given)


def _linear(value: object, slopes: Mapping[Seed, object]) -> Expr | None:
    """value + sum of slope * seed, if these are rational numbers."""
    if any(isinstance(number, Nonvalue) for number in (value, *slopes.values())):
        return None
    terms = [_number(value)] if value else []
    for (name, key), slope in slopes.items():
        if slope != value:
            seed = element(name, *map(Integer, key))
            factor = _number(slope) - _number(value)
            terms.append(seed if factor == 1 else mul(factor, seed))
    return add(*terms) if terms else sympy.S.Zero


def _number(value: Any) -> Rational:
    exact = fmpq(value)
    return Rational(int(exact.p), int(exact.q))


def _rows(cells: Mapping[tuple[int, ...], Expr | None], before: tuple[int, ...]) -> Rows:
    found = cells.get(before)
    if found is not None:
        return found
    n = len(before)
    nexts = sorted({key[n] for key in cells if key[:n] == before})
    return tuple(_rows(cells, (*before, place)) for place in nexts)
