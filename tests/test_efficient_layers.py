"""Layers of deep learning: the efficient form costs no more than what one writes by hand.

`python tests/test_efficient_layers.py` writes the table of docs/efficient.md anew.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from layerforwards import FORWARDS
from test_gradients import tensor

from symgrad.derivation.backward import derive
from symgrad.derivation.seeds import results
from symgrad.efficient.economise import NOMINAL, economise
from symgrad.efficient.guard import proved
from symgrad.efficient.operations import operations, written
from symgrad.evaluation.arithmetic import FLOATS
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.values import Nonvalue
from symgrad.expressions import array_of
from symgrad.program import Input, Loss, Output, Program
from symgrad.reading.text import read
from symgrad.refutation.domains import STYLES
from symgrad.refutation.instances import Point, Sampler
from symgrad.writing.write import expression_text

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "efficient.md"
HEAD = "| layer | naive | efficient | by hand |\n|---|---|---|---|\n"

LAYERS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "answers" / "layers.toml").read_text(encoding="utf-8")
)["layer"]
NAMES = [layer["name"] for layer in LAYERS]


@cache
def programs(n: int) -> tuple[Program, Program, Program]:
    """Naive, efficient and by hand."""
    layer = LAYERS[n]
    forward = read(layer["forward"])
    hand = read(layer["hand"], given=forward)
    return derive(forward), economise(forward, extents=layer.get("extents")), hand


def small(forward: Program) -> dict[str, int]:
    """Extents that differ, as far as there are few."""
    axes = [axis for array in forward.arrays.values() for axis in array.axes]
    names = sorted({symbol.name for axis in axes for symbol in axis.upper.free_symbols})
    return {name: 3 - n % 2 for n, name in enumerate(names)}


@pytest.mark.parametrize("n", range(len(LAYERS)), ids=NAMES)
def test_the_efficient_form_costs_no_more_than_the_hand_written_one(n: int) -> None:
    """In operations, where the extents are as the layer says or 64, to a thousandth."""
    extents = LAYERS[n].get("extents", {})
    naive, efficient, hand = (operations(item).at(extents, NOMINAL) for item in programs(n))
    assert efficient <= 1.001 * hand
    assert hand <= naive


@pytest.mark.parametrize("n", range(len(LAYERS)), ids=NAMES)
def test_what_is_written_by_hand_is_the_gradient(n: int) -> None:
    """Proved for all extents, gradient by gradient."""
    naive, _, hand = programs(n)
    assert set(results(naive)) <= {array_of(statement.target) for _, statement in hand.statements}
    assert proved(hand, naive)


def points(forward: Program, extents: dict[str, int]) -> Iterator[Point]:
    """Inputs and gradients of outputs that the assumptions admit."""
    gradients = [f"{item.name}.grad" for item in forward.declared(Output)]
    for style in STYLES:
        yield from Sampler(forward, gradients).points(extents, style)


def is_defined(forward: Program, point: Point) -> bool:
    """Has the forward pass a value, with no logarithm of a negative number?"""
    state = evaluate(forward, point.extents, point.values, FLOATS)
    return not any(
        isinstance(cell, Nonvalue) for cells in state.values() for cell in cells.values()
    )


@pytest.mark.parametrize("n", range(len(LAYERS)), ids=NAMES)
def test_the_efficient_form_is_what_autograd_finds(n: int) -> None:
    """Every input's gradient, in torch through a forward pass of its own (layerforwards.py)."""
    _, efficient, _ = programs(n)
    forward = read(LAYERS[n]["forward"])
    extents = small(forward)
    point = next(point for point in points(forward, extents) if is_defined(forward, point))
    inputs = {
        item.name: tensor(point.values[item.name]).requires_grad_()
        for item in forward.declared(Input)
    }
    found = FORWARDS[NAMES[n]](inputs)
    ends = [item.name for item in forward.declared(Output)]
    ends += [item.name for item in forward.declared(Loss)]
    computed = found if isinstance(found, dict) else {ends[0]: found}
    weighed = [computed[name] * tensor(point.values.get(f"{name}.grad", {(): 1})) for name in ends]
    objective = torch.stack([part.sum() for part in weighed]).sum()
    slopes = torch.autograd.grad(objective, list(inputs.values()), allow_unused=True)
    state = evaluate(efficient, extents, point.values, FLOATS)
    for name, slope in zip(inputs, slopes, strict=True):
        derived = tensor(state[f"{name}.grad"])
        expected = torch.zeros_like(derived) if slope is None else slope
        assert torch.allclose(derived, expected, rtol=1e-7, atol=1e-9), name


def test_the_table_on_the_page_is_current() -> None:
    """docs/efficient.md shows what is counted."""
    assert table() in PAGE.read_text(encoding="utf-8")


def table() -> str:
    rows = [
        f"| {layer['name']} | {' | '.join(map(count, programs(n)))} |"
        for n, layer in enumerate(LAYERS)
    ]
    return HEAD + "\n".join(rows) + "\n"


def count(program: Program) -> str:
    """The leading terms: those that no other is a multiple of."""
    return expression_text(written(operations(program).leading)).replace(" * ", " ")


if __name__ == "__main__":
    before, _, after = PAGE.read_text(encoding="utf-8").partition(HEAD)
    rest = after[after.index("\n\n") + 1 :] if "\n\n" in after else ""
    PAGE.write_text(before + table() + rest, encoding="utf-8")
