"""Oracles: elementary functions in floats, and central differences of the literal evaluator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

from flint import arb, fmpq

from symgrad.evaluation.arithmetic import precision
from symgrad.evaluation.evaluate import Cells, State, box, evaluate
from symgrad.evaluation.values import Nonvalue
from symgrad.program import Input, Loss, Output, Program
from symgrad.refutation.smooth import Polynomial

BITS = 256
STEP = fmpq(1, 10**18)
TOLERANCE = 1e-12

FUNCTIONS = {
    "f": Polynomial.random(("y", "z"), Random(1)),
    "g": Polynomial.random(("x",), Random(2)),
    "h": Polynomial.random(("x",), Random(3)),
}
"""Instances of the opaque functions that test programs use."""


ELEMENTARY: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sigma": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "sin": math.sin,
    "cos": math.cos,
    "abs": abs,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "erf": math.erf,
}
"""The elementary functions, in floats."""


def random_values(
    program: Program, names: Iterable[str], extents: Mapping[str, int], positive: bool = False
) -> dict[str, Cells]:
    """Rationals for every element of the named arrays (or gradients of arrays)."""
    random = Random(f"{sorted(extents.items())}")
    lowest = 1 if positive else -999
    return {
        name: {
            key: fmpq(random.randint(lowest, 999), 499)
            for key in box(program, name.removesuffix(".grad"), extents) or ()
        }
        for name in names
    }


def free_arrays(program: Program) -> list[str]:
    """Inputs without declared values, and the gradients of outputs."""
    inputs = [
        item.name for item in program.declared(Input) if item.data is None and item.values is None
    ]
    return inputs + [f"{item.name}.grad" for item in program.declared(Output)]


def seeds_of(program: Program, values: State) -> dict[str, Cells]:
    """What a program's objective weighs its results with: seeds of outputs, 1 for the loss."""
    outputs = {item.name: values[f"{item.name}.grad"] for item in program.declared(Output)}
    return {**{item.name: {(): fmpq(1)} for item in program.declared(Loss)}, **outputs}


def central_differences(
    program: Program,
    extents: Mapping[str, int],
    values: State,
    seeds: Mapping[str, Cells],
    names: Iterable[str],
) -> State:
    """(L(x + h) - L(x - h)) / 2h for every element x of the named arrays, L = sum seed * array."""

    def objective(name: str, key: tuple[int, ...], step: fmpq) -> Any:
        moved = {**values, name: {**values[name], key: values[name][key] + step}}
        state = evaluate(program, extents, moved, functions=FUNCTIONS)
        return sum(
            (
                seed * state[array].get(at, fmpq(0))
                for array, cells in seeds.items()
                for at, seed in cells.items()
            ),
            fmpq(0),
        )

    return {
        name: {
            key: (objective(name, key, STEP) - objective(name, key, -STEP)) / (2 * STEP)
            for key in values[name]
        }
        for name in names
    }


def close(left: Any, right: Any, tolerance: float = TOLERANCE) -> bool:
    """Equal up to a small absolute and relative error; a value that is undefined is no value."""
    if isinstance(left, Nonvalue) or isinstance(right, Nonvalue):
        return False
    return bool(abs(arb(left) - arb(right)) < tolerance * (1 + abs(arb(right))))


def agree(left: Cells, right: Cells, tolerance: float = TOLERANCE) -> bool:
    return all(close(left.get(key, fmpq(0)), value, tolerance) for key, value in right.items())


def run(program: Program, extents: Mapping[str, int], values: State) -> State:
    """Everything that a program computes, to many digits."""
    with precision(BITS):
        return evaluate(program, extents, values, functions=FUNCTIONS)


def assert_gradients(
    backward: Program, extents: Mapping[str, int], values: Mapping[str, Cells] | None = None
) -> None:
    """Every input gradient of a backward pass is the slope of its forward pass."""
    forward = backward.given
    assert forward is not None
    values = dict(values or random_values(forward, free_arrays(forward), extents))
    names = [name for name in values if not name.endswith(".grad")]
    with precision(BITS):
        derived = evaluate(backward, extents, values, functions=FUNCTIONS)
        slopes = central_differences(forward, extents, values, seeds_of(forward, values), names)
    for name in names:
        # Of an input that is also an output, x.grad is the seed and x_total the gradient.
        gradient = derived.get(f"{name}_total", derived[f"{name}.grad"])
        assert agree(gradient, slopes[name]), (name, extents, str(backward))
