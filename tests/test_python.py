"""Python texts: what each of the table is worth, and that they mean what NumPy makes of them.

The texts of the table are this project's own; here, and here only, they are run.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from symgrad import StudentError, equivalent, read
from symgrad.course.alternative import names_in, under
from symgrad.course.exercise import Part, exercise
from symgrad.course.reference import reference
from symgrad.evaluation.arithmetic import FLOATS
from symgrad.evaluation.evaluate import box, evaluate
from symgrad.expressions import extent, is_extent
from symgrad.program import GRADIENT, Input, Output, Program, is_gradient
from symgrad.python.read import read_python

Row = Mapping[str, Any]
State = dict[str, dict[tuple[int, ...], Any]]

ROWS = tomllib.loads((Path(__file__).parent / "answers" / "python.toml").read_text())["answer"]
READABLE = [
    row for row in ROWS if row["verdict"] in ("right", "wrong", "agrees") and row.get("run", True)
]
CLASHING = [row for row in ROWS if row["verdict"] == "shape"]


def name_of(row: Row) -> str:
    return f"{row['exercise']}-{row['part']}: {row['why']}"


def part_of(row: Row) -> Part:
    return exercise(row["exercise"]).part(row["part"])


def program_of(row: Row) -> Program:
    asked, part = exercise(row["exercise"]), part_of(row)
    return read_python(
        row["text"],
        part.forward,
        part.targets,
        part=part.name,
        parts=[each.name for each in asked.parts],
        alternatives=[name for _, name in part.alternatives],
        aliases=asked.names,
    )


# --- verdicts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=map(name_of, ROWS))
def test_an_answer_of_the_table_gets_its_verdict(row: Row) -> None:
    """Right answers are equal, wrong ones different, the rest is refused as the table says."""
    expected = {"right": ["equal"], "wrong": ["different"], "agrees": ["equal", "undecided"]}
    assert verdict(row) in expected.get(row["verdict"], [row["verdict"]])


def verdict(row: Row) -> str:
    part = part_of(row)
    try:
        program = program_of(row)
    except StudentError as error:
        return error.kind
    names = names_in(part, program)
    truth = under(names, reference(part))
    return equivalent(program, truth, given=part.forward, targets=list(names.values())).status


# --- the same text, run by NumPy or torch ---------------------------------------------------------


@pytest.mark.parametrize("row", READABLE, ids=map(name_of, READABLE))
def test_a_text_means_what_it_computes(row: Row) -> None:
    """The literal evaluator gives for the program what running the text gives."""
    part, program = part_of(row), program_of(row)
    extents, values, state = situation(part.forward)
    after = evaluate(program, extents, values, FLOATS)
    results = computed(row, part, extents, state)
    targets = dict.fromkeys(names_in(part, program).values())
    assert results.keys() == targets.keys()
    for target in targets:
        expected = cells(results[target], part.forward, target, extents)
        assert after[target] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("row", CLASHING, ids=map(name_of, CLASHING))
def test_where_shapes_clash_numpy_has_no_such_result_either(row: Row) -> None:
    """NumPy refuses the text as well, or its result has another shape than the target."""
    part = part_of(row)
    extents, _, state = situation(part.forward)
    try:
        results = computed(row, part, extents, state)
    except (ValueError, IndexError):
        return
    assert any(
        np.shape(result) != shape(part.forward, target, extents)
        for target, result in results.items()
    )


@cache
def situation(given: Program) -> tuple[dict[str, int], State, State]:
    """Extents that differ, values for what the forward pass starts from, and all its arrays."""
    extents = sizes(given)
    random = Random(str(extents))
    inputs = [item for item in given.declared(Input) if item.data is None]
    values: State = {
        item.name: {at: start(item, extents, random) for at in box(given, item.name, extents) or ()}
        for item in inputs
    }
    gradients: State = {
        name + GRADIENT: {at: random.uniform(-2, 2) for at in box(given, name, extents) or ()}
        for name in given.arrays
        if not is_gradient(name)
    }
    values = {**values, **gradients}
    return extents, values, dict(evaluate(given, extents, values, FLOATS))


def start(item: Input, extents: Mapping[str, int], random: Random) -> float:
    """A number to start from; of an input that holds indices, one of these."""
    if item.values is None:
        return random.uniform(0.2, 1.7)
    fixed = {extent(name): size for name, size in extents.items()}
    return random.randint(*(int(end.subs(fixed)) for end in (item.values.lower, item.values.upper)))


def sizes(given: Program) -> dict[str, int]:
    """The smallest different extents from 2 on that the forward pass admits."""
    symbols = {
        symbol
        for array in given.arrays.values()
        for axis in array.axes
        for symbol in axis.extent.free_symbols
    }
    names = sorted(symbol.name for symbol in symbols)
    about = [part for part in given.assumptions if all(map(is_extent, part.free_symbols))]
    for choice in sorted(product(range(2, 8), repeat=len(names)), key=sum):
        fixed = {extent(name): size for name, size in zip(names, choice, strict=True)}
        if len(set(choice)) == len(choice) and all(part.subs(fixed) for part in about):
            return dict(zip(names, choice, strict=True))
    raise AssertionError("no extents are admitted")


def shape(given: Program, array: str, extents: Mapping[str, int]) -> tuple[int, ...]:
    places = box(given, array.removesuffix(GRADIENT), extents) or [()]
    return tuple(len(set(axis)) for axis in zip(*places, strict=True))


def array(given: Program, name: str, extents: Mapping[str, int], state: State) -> Any:
    """An array of the evaluator as one of NumPy's."""
    places = sorted(state[name])
    labels = given.arrays[name].values if name in given.arrays else None
    numbers = [state[name][at] - (labels.lower if labels else 0) for at in places]
    return np.array(numbers, dtype=int if labels else float).reshape(shape(given, name, extents))


def cells(found: Any, given: Program, target: str, extents: Mapping[str, int]) -> Any:
    """An array of NumPy's as the evaluator has it."""
    found = np.asarray(found)
    if target.removesuffix(GRADIENT) in given.arrays:
        places = sorted(box(given, target.removesuffix(GRADIENT), extents) or ())
        assert found.shape == shape(given, target, extents)
    else:
        places = [tuple(n + 1 for n in at) for at in np.ndindex(found.shape)]
    return dict(zip(places, map(float, found.reshape(-1)), strict=True))


def computed(
    row: Row, part: Part, extents: Mapping[str, int], state: State
) -> dict[str, np.ndarray[Any, Any]]:
    """What running the text gives for each target."""
    make = torch.tensor if "torch" in row["text"] else np.array
    known: dict[str, Any] = {
        spelled(name): make(array(part.forward, name, extents, state)) for name in state
    } | dict(extents)
    known["grad_output"] = next(
        (known[spelled(output.name + GRADIENT)] for output in part.forward.declared(Output)), None
    )
    known["dout"] = known["grad_output"]
    known["cache"] = tuple(known[name] for name in row.get("cache", ()))
    if row.get("methods"):
        return by_method(row, part, known)
    start = {} if "def " in row["text"] else known
    space: dict[str, Any] = {"np": np, "torch": torch, **start}
    exec(row["text"], space)  # the project's own table
    functions = [found for found in space.values() if hasattr(found, "__code__")]
    names = row.get("results") or [spelled(target) for target in part.targets]
    if not functions:
        return {meant(name, part): np.asarray(space[name]) for name in names if name in space}
    function = space[row["call"]] if "call" in row else functions[-1]
    found = function(*(known[name] for name in parameters(function)))
    if isinstance(found, dict):
        return {meant(name, part): value for name, value in found.items()}
    return by_place(found, names, part)


def parameters(function: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = function.__code__.co_varnames[: function.__code__.co_argcount]
    return names


def by_place(found: Any, names: Sequence[str], part: Part) -> dict[str, Any]:
    values = found if isinstance(found, tuple) else (found,)
    return {meant(name, part): np.asarray(v) for name, v in zip(names, values, strict=True)}


def by_method(row: Row, part: Part, known: Mapping[str, Any]) -> dict[str, Any]:
    """The backward method of a class whose object has the arrays."""
    space: dict[str, Any] = {"np": np}
    exec(row["text"], space)
    made: Any = next(found for found in space.values() if isinstance(found, type))
    thing = made.__new__(made)
    wanted = parameters(made.backward)[1:]
    names = [spelled(target) for target in part.targets]
    if wanted:
        vars(thing).update(known)
        if hasattr(made, "forward"):
            thing.forward(*(known[name] for name in parameters(made.forward)[1:]))
        return by_place(thing.backward(*(known[name] for name in wanted)), names, part)
    for name, value in known.items():
        if f"d{name}" in known:
            start = np.zeros_like(value) if f"d{name}" in names else known[f"d{name}"]
            setattr(thing, name, SimpleNamespace(value=value, grad=start))
    thing.backward()
    return by_place(tuple(getattr(thing, name[1:]).grad for name in names), names, part)


def spelled(name: str) -> str:
    """The name of an array in Python: `s.grad` is ds, `x'` is x_prime."""
    bare = name.removesuffix(GRADIENT).replace("'", "_prime")
    return f"d{bare}" if is_gradient(name) else bare


def meant(name: str, part: Part) -> str:
    """The target that a name stands for, or the array itself."""
    targets = [*part.targets, *(other for _, other in part.alternatives)]
    exact = [target for target in targets if spelled(target) == name]
    return exact[0] if exact else name


# --- labels --------------------------------------------------------------------------------------

LABELLED = read(
    "input z[B, K]\ninput y[B] in 1..K\noutput L\n"
    "for b, k: Z[b] += exp(z[b, k])\nfor b, k: p[b, k] = exp(z[b, k]) / Z[b]\n"
    "for b: L[b] = -log(p[b, y[b]])"
)


@pytest.mark.parametrize(
    "body",
    [
        "dz = p.copy()\n    dz[np.arange(len(y)), y] -= 1",
        "dz = p.copy()\n    dz[range(B), y] -= 1",
        "dz = p.copy()\n    for b in range(B):\n        dz[b, y[b]] -= 1",
        "dz = p - np.eye(K)[y]",
        "dz = p - np.array([[y[b] == k for k in range(K)] for b in range(B)])",
        "dz = p - (y[:, None] == np.arange(K))",
    ],
)
def test_labels_are_indices_that_count_from_0(body: str) -> None:
    """p minus one at the label, which Python counts from 0 and the program from 1."""
    text = f"def f(dL, p, y):\n    {body}\n    return dz * dL[:, None]"
    right = "for b, k: z.grad[b, k] = L.grad[b] * (p[b, k] - [k == y[b]])"
    program = read_python(text, LABELLED, ["z.grad"])
    assert equivalent(program, right, given=LABELLED, targets=["z.grad"]).status == "equal"


def test_one_element_chosen_twice_is_refused() -> None:
    """`dz[:, y] -= 1` takes one away once, however often a label occurs."""
    text = "def f(p, y):\n    dz = p.copy()\n    dz[:, y] -= 1\n    return dz"
    with pytest.raises(StudentError, match="chosen twice is changed once"):
        read_python(text, LABELLED, ["z.grad"])
