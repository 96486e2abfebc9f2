"""Every reference answer that is a gradient, against torch and against central differences.

The reference is evaluated as it is written, at inputs that satisfy the assumptions; torch
differentiates a forward pass of its own (forwards.py), and the slopes of the literal evaluator need
no derivative at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
import torch
from forwards import FORWARDS
from oracles import FUNCTIONS, agree, central_differences, seeds_of
from torch import Tensor

from symgrad.course.exercise import Exercise, Part, catalogue
from symgrad.course.reference import reference, variants
from symgrad.derivation.backward import derive
from symgrad.derivation.completion import complete
from symgrad.evaluation.arithmetic import precision
from symgrad.evaluation.evaluate import Cells, evaluate
from symgrad.program import Input, Loss, Output, Program, is_gradient, primal
from symgrad.refutation.domains import STYLES
from symgrad.refutation.instances import Point, Sampler

GRADIENTS = ("loops", "step", "sums", "closed", "padded")

PARTS = [
    (found, part)
    for found in catalogue().values()
    for part in found.parts
    if part.reference in GRADIENTS
]
OPAQUE = {"feedforward"}
"""Their functions are any smooth ones, which torch does not know."""


def name_of(pair: tuple[Exercise, Part]) -> str:
    return f"{pair[0].id} {pair[1].name}"


def case(found: Exercise, part: Part) -> tuple[dict[str, int], object]:
    return FORWARDS.get((found.id, part.name)) or FORWARDS.get((found.id, "")) or ({}, None)


@cache
def point_of(program: Program, extents: tuple[tuple[str, int], ...]) -> Point:
    """Inputs and gradients of outputs that the assumptions admit."""
    gradients = [f"{item.name}.grad" for item in program.declared(Output)]
    points = (
        point
        for style in STYLES
        for point in Sampler(program, gradients).points(dict(extents), style)
    )
    return next(points)


def tensor(cells: Cells) -> Tensor:
    """Cells, counted from 1, as a tensor."""
    if set(cells) == {()}:
        return torch.tensor(float(cells[()]), dtype=torch.float64)
    shape = [max(key[n] for key in cells) for n in range(len(next(iter(cells))))]
    result = torch.zeros(shape, dtype=torch.float64)
    for key, value in cells.items():
        result[tuple(n - 1 for n in key)] = float(value)
    return result


def by_torch(found: Exercise, part: Part, point: Point) -> dict[str, Tensor]:
    """The gradient of every array of the torch forward pass."""
    _, forward = FORWARDS.get((found.id, part.name)) or FORWARDS[found.id, ""]
    inputs = {
        name: tensor(cells).requires_grad_()
        for name, cells in point.values.items()
        if not is_gradient(name)
    }
    computed = forward(inputs)
    for loss in part.forward.declared(Loss):
        objective = computed[loss.name]
    for output in part.forward.declared(Output):
        name = output.name
        objective = (computed[name] * tensor(point.values[f"{name}.grad"])).sum()
    arrays = {**inputs, **computed}
    slopes = torch.autograd.grad(objective, list(arrays.values()), allow_unused=True)
    return {
        name: torch.zeros_like(array) if slope is None else slope
        for (name, array), slope in zip(arrays.items(), slopes, strict=True)
    }


def answers(part: Part) -> Iterator[Program]:
    yield reference(part)
    yield from (program for _, program in variants(part))


@pytest.mark.parametrize("pair", [p for p in PARTS if p[0].id not in OPAQUE], ids=name_of)
def test_references_are_the_gradients_that_torch_finds(pair: tuple[Exercise, Part]) -> None:
    """Each form of the answer, each target, each element."""
    found, part = pair
    extents, _ = case(found, part)
    point = point_of(part.forward, tuple(extents.items()))
    slopes = by_torch(found, part, point)
    for answer in answers(part):
        state = evaluate(complete(answer, part.forward), extents, point.values)
        for target in part.targets:
            derived = tensor({key: float(cell) for key, cell in state[target].items()})
            assert torch.allclose(derived, slopes[primal(target)], rtol=1e-9, atol=1e-9), target


@pytest.mark.parametrize(
    "forward",
    dict.fromkeys(part.forward for _, part in PARTS),
    ids=lambda forward: str(forward)[:40],
)
def test_derived_gradients_are_slopes_of_the_evaluator(forward: Program) -> None:
    """Every input that is a free number, moved a little both ways."""
    found, part = next(pair for pair in PARTS if pair[1].forward == forward)
    extents, _ = case(found, part)
    point = point_of(forward, tuple(extents.items()))
    free = [
        item.name
        for item in forward.declared(Input)
        if isinstance(item, Input) and item.values is None
    ]
    with precision(256):
        derived = evaluate(derive(forward), extents, point.values, functions=FUNCTIONS)
        slopes = central_differences(
            forward, extents, point.values, seeds_of(forward, point.values), free
        )
    for name in free:
        assert agree(derived[f"{name}.grad"], slopes[name], 1e-9), name
