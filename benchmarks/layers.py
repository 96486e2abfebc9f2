"""Backward passes as NumPy code: the naive one, the efficient one, and torch's own, side by side.

    python benchmarks/layers.py

Each is run in turn in one process, on one thread, in float64; torch's own is `autograd.grad`
through a graph that is already there. What counts are the ratios.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from symgrad import derive, economise, read
from symgrad.codegen.function import Passes, module
from symgrad.program import Input, Loss, Output, Program

ROUNDS = 30

Arrays = Mapping[str, Tensor]


class Layer(NamedTuple):
    forward: str
    shapes: Mapping[str, tuple[int, ...]]
    torch: Callable[[Arrays], Tensor]


LAYERS = {
    "softmax": Layer(
        """
        input s[B, J]
        output p
        for b, j: Z[b] += exp(s[b, j])
        for b, j: p[b, j] = exp(s[b, j]) / Z[b]
        """,
        {"s": (256, 1000)},
        lambda a: torch.softmax(a["s"], 1),
    ),
    "softmax and cross-entropy": Layer(
        """
        input s[B, J]
        input y[B, J]
        loss L
        for b, j: Z[b] += exp(s[b, j])
        for b, j: p[b, j] = exp(s[b, j]) / Z[b]
        for b, j: L -= y[b, j] * log(p[b, j])
        """,
        {"s": (256, 1000), "y": (256, 1000)},
        lambda a: -(a["y"] * torch.log_softmax(a["s"], 1)).sum(),
    ),
    "batch norm": Layer(
        """
        input x[B, J]
        output y
        assume B >= 2
        for b, j: mu[j] += x[b, j] / B
        for b, j: s[j] += (x[b, j] - mu[j])^2 / B
        for b, j: y[b, j] = (x[b, j] - mu[j]) / sqrt(s[j])
        """,
        {"x": (256, 512)},
        lambda a: torch.nn.functional.batch_norm(a["x"], None, None, training=True, eps=1e-30),
    ),
    "layer norm": Layer(
        """
        input x[B, J]
        input g[J]
        input a[J]
        output y
        for b, j: mu[b] += x[b, j] / J
        for b, j: v[b] += (x[b, j] - mu[b])^2 / J
        for b: r[b] = sqrt(v[b])
        for b, j: n[b, j] = (x[b, j] - mu[b]) / r[b]
        for b, j: y[b, j] = g[j] * n[b, j] + a[j]
        """,
        {"x": (512, 768), "g": (768,), "a": (768,)},
        lambda a: torch.nn.functional.layer_norm(a["x"], (768,), a["g"], a["a"], 1e-30),
    ),
}


class Measured(NamedTuple):
    """Medians in milliseconds."""

    naive: float
    efficient: float
    torch: float


def measured(layer: Layer) -> Measured:
    """Naive, efficient and torch in turn, so that a busy moment meets all three."""
    forward = read(layer.forward)
    random = np.random.default_rng(0)
    values = {name: random.normal(size=shape) for name, shape in layer.shapes.items()}
    calls = [
        _generated(forward, values, derive(forward)),
        _generated(forward, values, economise(forward)),
        _torch(forward, layer, values),
    ]
    results = [call() for call in calls]
    for one in results[1:]:
        assert all(np.allclose(a, b, atol=1e-8) for a, b in zip(results[0], one, strict=True))
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, taken in zip(calls, times, strict=True):
            start = perf_counter()
            call()
            taken.append(1000 * (perf_counter() - start))
    return Measured(*map(median, times))


def _generated(
    forward: Program, values: Mapping[str, Any], backward: Program
) -> Callable[[], tuple[Any, ...]]:
    """The generated function with its arguments: code of our own, of a program of our own."""
    space: dict[str, Any] = {}
    exec(module([Passes(forward, backward)], "numpy"), space)
    computed = space["forward"](*values.values())
    names = [name for name in forward.arrays if name not in values]
    outcome = computed if isinstance(computed, tuple) else (computed,)
    state = {**values, **dict(zip(names, outcome, strict=True)), **_seeds(forward, outcome)}
    arguments = [state[name] for name in inspect.signature(space["backward"]).parameters]

    def call() -> tuple[Any, ...]:
        found = space["backward"](*arguments)
        return found if isinstance(found, tuple) else (found,)

    return call


def _seeds(forward: Program, outcome: tuple[Any, ...]) -> dict[str, Any]:
    """The gradient of the output: some numbers, the same for all."""
    return {f"{item.name}_grad": _seed(outcome[-1].shape) for item in forward.declared(Output)}


def _seed(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(1).normal(size=shape)


def _torch(forward: Program, layer: Layer, values: Mapping[str, Any]) -> Callable[[], Any]:
    inputs = {name: torch.tensor(value).requires_grad_() for name, value in values.items()}
    result = layer.torch(inputs)
    loss = next(forward.declared(Loss), None) is not None
    seed = None if loss else torch.tensor(_seed(tuple(result.shape)))
    wanted = [inputs[item.name] for item in forward.declared(Input)]

    def call() -> tuple[Any, ...]:
        return tuple(
            slope.numpy() for slope in torch.autograd.grad(result, wanted, seed, retain_graph=True)
        )

    return call


def main() -> None:
    torch.set_num_threads(1)
    print(
        f"{'layer':28}{'naive':>10}{'efficient':>12}{'torch':>10}"
        "   naive/efficient  torch/efficient"
    )
    for name, layer in LAYERS.items():
        found = measured(layer)
        print(
            f"{name:28}{found.naive:>7.2f} ms{found.efficient:>9.2f} ms{found.torch:>7.2f} ms"
            f"{found.naive / found.efficient:>18.1f}{found.torch / found.efficient:>17.1f}"
        )


if __name__ == "__main__":
    main()
