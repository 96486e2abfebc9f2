"""Layers of deep learning: the efficient form costs no more than what one writes by hand.

`python tests/test_efficient_layers.py` writes the table of docs/efficient.md anew.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from oracles import assert_gradients, free_arrays, random_values

from symgrad.derivation.backward import derive
from symgrad.derivation.seeds import results
from symgrad.efficient.economise import NOMINAL, economise
from symgrad.efficient.guard import proved
from symgrad.efficient.operations import operations, written
from symgrad.expressions import array_of
from symgrad.program import Program
from symgrad.reading.text import read
from symgrad.writing.write import expression_text

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "efficient.md"
HEAD = "| layer | naive | efficient | by hand |\n|---|---|---|---|\n"

LAYERS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "answers" / "layers.toml").read_text(encoding="utf-8")
)["layer"]
NAMES = [layer["name"] for layer in LAYERS]
FREE = [n for n, layer in enumerate(LAYERS) if "==" not in layer["forward"]]
"""Those whose inputs may be moved one at a time."""


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


@pytest.mark.parametrize("n", FREE, ids=[NAMES[n] for n in FREE])
def test_the_efficient_form_is_the_slope_of_the_forward_pass(n: int) -> None:
    """Against central differences of the forward pass, which know nothing of derivatives."""
    _, efficient, _ = programs(n)
    forward = read(LAYERS[n]["forward"])
    extents = small(forward)
    values = random_values(
        forward, free_arrays(forward), extents, positive="assume" in str(forward)
    )
    assert_gradients(efficient, extents, values)


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
