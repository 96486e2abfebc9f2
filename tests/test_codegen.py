"""Generated code: it runs, and gives what torch's autograd and the literal evaluator give.

The sources are executed here, and only here: they are our own.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import randomprograms
import torch
from forwards import FORWARDS
from hypothesis import HealthCheck, assume, given, settings
from oracles import FUNCTIONS
from strategies import forward_programs
from test_gradients import OPAQUE, by_torch, case, point_of

from symgrad import derive, read
from symgrad.codegen.file import source as written
from symgrad.codegen.function import Passes, module
from symgrad.codegen.identifiers import identifiers
from symgrad.codegen.node import node
from symgrad.course.exercise import Exercise, Part, catalogue
from symgrad.errors import StudentError
from symgrad.evaluation.evaluate import Cells, State, box, evaluate
from symgrad.evaluation.values import OutsideAxis
from symgrad.program import Input, Loss, Output, Program, is_gradient, primal

LAYOUTS = ("python", "numpy", "torch")

FORWARD_PASSES = {
    part.forward: (found, part)
    for found in catalogue().values()
    for part in found.parts
    if part.forward.nests and [*part.forward.declared(Output), *part.forward.declared(Loss)]
}


def executed(source: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(compile(source, "<generated>", "exec"), space)
    return space


def array(program: Program, name: str, cells: Cells, extents: Mapping[str, int]) -> np.ndarray:
    """Cells as an array that counts from 0; labels count from 0, too."""
    values = program.arrays[primal(name)].values
    lowest = int(values.lower) if values is not None and not is_gradient(name) else 0
    keys = box(program, primal(name), extents) or []
    if keys == [()]:
        return np.array(float(cells[()]) - lowest)
    start = [min(key[n] for key in keys) for n in range(len(keys[0]))]
    shape = [max(key[n] for key in keys) - low + 1 for n, low in enumerate(start)]
    result = np.zeros(shape)
    for key in keys:
        spot = tuple(k - low for k, low in zip(key, start, strict=True))
        result[spot] = float(cells.get(key, 0)) - lowest
    return result


def argument(value: np.ndarray, layout: str, label: bool) -> Any:
    if label:
        value = value.astype(int)
        if not value.ndim:
            return int(value)
        return {"python": value.tolist(), "numpy": value, "torch": torch.tensor(value)}[layout]
    if layout == "torch":
        return torch.tensor(value, dtype=torch.float64)
    return value.tolist() if layout == "python" else value.copy()


def run(
    function: Callable[..., Any],
    program: Program,
    state: State,
    extents: Mapping[str, int],
    layout: str,
) -> list[np.ndarray]:
    """The results of a generated function, whose parameters are named after the arrays."""
    spelled = {text: name for name, text in identifiers(program.arrays).items()}
    arguments = []
    for parameter in inspect.signature(function).parameters:
        if parameter in extents:
            arguments.append(extents[parameter])
            continue
        name = spelled[parameter]
        label = program.arrays[name].values is not None
        value = array(program, name, state[name], extents)
        arguments.append(argument(value, layout, label))
    results = function(*arguments)
    return [np.asarray(r) for r in (results if isinstance(results, tuple) else (results,))]


def returned(source: str, name: str) -> list[str]:
    body = source.split(f"def {name}(")[1].split("\n    return ")[1]
    return body.split("\n")[0].split(", ")


def assert_same(
    source: str, name: str, program: Program, state: State, extents: Mapping[str, int], layout: str
) -> None:
    """Every result of a function is what the literal evaluator computed."""
    spelled = {text: name for name, text in identifiers(program.arrays).items()}
    found = run(executed(source)[name], program, state, extents, layout)
    for text, value in zip(returned(source, name), found, strict=True):
        array_name = spelled[text]
        expected = array(program, array_name, state[array_name], extents)
        assert np.allclose(value, expected, rtol=1e-9, atol=1e-9), (text, value, expected)


def name_of(pair: tuple[Exercise, Part]) -> str:
    return f"{pair[0].id} {pair[1].name}"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "pair",
    [p for p in FORWARD_PASSES.values() if p[0].id not in OPAQUE | {"second-derivative"}],
    ids=name_of,
)
def test_generated_code_agrees_with_autograd(pair: tuple[Exercise, Part], layout: str) -> None:
    """Each exercise, in each kind of code: forward arrays and gradients of the inputs."""
    found, part = pair
    extents, _ = case(found, part)
    extents = extents or {name: n for n, name in enumerate(sorted(extents_of(part.forward)), 2)}
    point = point_of(part.forward, tuple(extents.items()))
    backward = derive(part.forward)
    source = module([Passes(part.forward, backward)], layout)
    state = evaluate(backward, extents, point.values)
    assert_same(source, "forward", part.forward, state, extents, layout)
    assert_same(source, "backward", backward, state, extents, layout)
    if (found.id, part.name) in FORWARDS or (found.id, "") in FORWARDS:
        slopes = by_torch(found, part, point)
        gradients = run(executed(source)["backward"], backward, state, extents, layout)
        inputs = [item.name for item in part.forward.declared(Input) if item.data is None]
        for name, gradient in zip(inputs, gradients, strict=False):
            if name in slopes and len(gradients) == len(inputs):
                assert np.allclose(gradient, slopes[name].numpy(), rtol=1e-8, atol=1e-8), name


@pytest.mark.parametrize("layout", LAYOUTS)
@given(forward_programs())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_generated_code_does_what_the_program_does(layout: str, program: Program) -> None:
    """Random forward passes and their backward passes, against the literal evaluator."""
    try:
        backward = derive(program)
        source = module([Passes(program, backward)], layout)
    except StudentError:
        assume(False)
    assume("f(" not in source and "g(" not in source)
    extents = {name: n for n, name in enumerate(sorted(extents_of(program)), 2)}
    point = point_of(program, tuple(extents.items()))
    state = evaluate(backward, extents, point.values, functions=FUNCTIONS)
    assume(all(np.isfinite(float(v)) for cells in state.values() for v in cells.values()))
    assume(is_smooth_at(backward, extents, point.values, state))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_same(source, "forward", program, state, extents, layout)
        assert_same(source, "backward", backward, state, extents, layout)


def is_smooth_at(
    program: Program, extents: Mapping[str, int], values: Mapping[str, Any], state: State
) -> bool:
    """Away from ties and kinks, where the order in which floats are added would decide."""
    spread = Random(0)
    near = {
        name: {key: float(value) + 1e-7 * spread.uniform(-1, 1) for key, value in cells.items()}
        if name not in program.arrays or program.arrays[name].values is None
        else cells
        for name, cells in values.items()
    }
    beside = evaluate(program, extents, near, functions=FUNCTIONS)
    return all(
        np.isclose(float(beside[name][key]), float(value), rtol=1e-3, atol=1e-3)
        for name, cells in state.items()
        for key, value in cells.items()
    )


def extents_of(program: Program) -> set[str]:
    return {
        symbol.name
        for array in program.arrays.values()
        for axis in array.axes
        for symbol in axis.extent.free_symbols
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_programs_that_overwrite_and_interleave_run_as_written(layout: str) -> None:
    """What cannot be separated is written out, loop by loop."""
    seen = 0
    for seed in range(120):
        part = randomprograms.program(Random(seed))
        program = part.joined()
        extents = {"N": 4, "M": 3}
        try:
            state = evaluate(program, extents, randomprograms.values(extents, Random(seed)))
        except OutsideAxis:
            continue
        if any(abs(cell) > 10**12 for cells in state.values() for cell in cells.values()):
            continue
        seen += 1
        source = module([Passes(program, program)], layout)
        assert_same(source, "forward", program, state, extents, layout)
    assert seen > 20


NODES = [
    pair
    for forward, pair in FORWARD_PASSES.items()
    if pair[0].id not in OPAQUE | {"second-derivative"}
    and len([*forward.declared(Output), *forward.declared(Loss)]) == 1
]


@pytest.mark.parametrize("pair", NODES, ids=name_of)
def test_a_node_computes_its_value_and_adds_to_the_gradients(pair: tuple[Exercise, Part]) -> None:
    """forward() sets .value, backward() adds to .grad of the nodes that it was made of."""
    found, part = pair
    forward, backward = part.forward, derive(part.forward)
    extents, _ = case(found, part)
    point = point_of(forward, tuple(extents.items()))
    state = evaluate(backward, extents, point.values)
    ends: list[Output | Loss] = [*forward.declared(Output), *forward.declared(Loss)]
    (end,) = [item.name for item in ends]
    space = executed(written([Passes(forward, backward)], "edf", "layer"))
    inputs = {}
    for item in forward.declared(Input):
        if item.data is None:
            value = array(forward, item.name, state[item.name], extents)
            value = value.astype(int) if item.values else value
            inputs[item.name] = SimpleNamespace(value=value, grad=np.ones(value.shape))
    layer = space["Layer"](*inputs.values())
    layer.forward()
    assert np.allclose(layer.value, array(forward, end, state[end], extents), rtol=1e-9)
    layer.grad = array(backward, f"{end}.grad", state[f"{end}.grad"], extents)
    layer.backward()
    for name, argument_node in inputs.items():
        if f"{name}.grad" in state:
            expected = array(backward, f"{name}.grad", state[f"{name}.grad"], extents) + 1
            assert np.allclose(argument_node.grad, expected, rtol=1e-9), name


def test_a_node_has_one_output() -> None:
    """Two outputs have no place on one node: one line says so."""
    forward = read("input x[N]\noutput y\noutput z\nfor i: y[i] = exp(x[i])\nfor i: z[i] = x[i]")
    with pytest.raises(StudentError, match="a node has one output, and this forward pass has 2"):
        node(forward, derive(forward), "Two")


def test_what_a_teacher_would_write() -> None:
    """Convolution: two short loops over the kernel, everything else by slices."""
    forward = catalogue()["conv"].parts[0].forward
    lines = module([Passes(forward, derive(forward))], "numpy").split("\n")
    assert "            J += I[l:l + H - h + 1, m:m + W - w + 1] * K[l, m]" in lines
    assert "            I_grad[l:l + H - h + 1, m:m + W - w + 1] += J_grad * K[l, m]" in lines


def test_no_name_of_a_program_hides_one_of_the_code() -> None:
    """Arrays called np, lambda or zeros are called otherwise; no two names become one."""
    forward = read("input np[N]\ninput np_[N]\noutput y\nfor i: y[i] = np[i] * np_[i]")
    names = identifiers(["np", "np_", "x'", "x.grad", "W^{h,R}"])
    assert list(names.values()) == ["np_", "np_2", "x_prime", "x_grad", "W_h_R"]
    space = executed(module([Passes(forward, derive(forward))], "numpy"))
    assert np.allclose(space["forward"](np.array([2.0]), np.array([3.0])), [6.0])


SIZES = {
    "input x[H' + lambda - 1]\ninput k[lambda]\noutput y\n"
    "for i in 1..H', l in 1..lambda: y[i] += x[i + l - 1] * k[l]": (
        {"H'": 4, "lambda": 2},
        ["lambda_, = k.shape", "H_prime = x.shape[0] - (lambda_ - 1)"],
    ),
    "input x[2*list + set]\ninput w[set]\noutput y\nfor i in 1..list, j: y[i] += x[2*i] * w[j]": (
        {"list": 3, "set": 2},
        ["set_ = w.shape[0]", "list_ = (x.shape[0] - set_) // 2"],
    ),
    "input x[H]\nassume H == 2*list\noutput y\nfor i in 1..list: y[i] += x[2*i]": (
        {"H": 6, "list": 3},
        ["H = x.shape[0]", "list_ = H // 2"],
    ),
    "input x[N]\ninput z[N - len]\nassume N >= len + 1\noutput y\n"
    "for i in 1..len: y[i] += x[i] * z[1]": (
        {"N": 5, "len": 2},
        ["N = x.shape[0]", "len_ = N - z.shape[0]"],
    ),
}
"""Extents that no axis has for itself, under names that Python has taken."""


@pytest.mark.parametrize("text", SIZES)
def test_extents_are_solved_for_in_the_names_of_the_code(text: str) -> None:
    """An extent that an axis or an assumption tells is computed, from others if need be."""
    extents, expected = SIZES[text]
    program = read(text)
    backward = derive(program)
    state = evaluate(backward, extents, point_of(program, tuple(extents.items())).values)
    for layout in LAYOUTS:
        source = module([Passes(program, backward)], layout)
        assert_same(source, "forward", program, state, extents, layout)
        assert_same(source, "backward", backward, state, extents, layout)
        lines = [line.strip() for line in source.partition("def backward")[0].split("\n")]
        if layout != "python":
            assert [line for line in lines if ".shape" in line or "_ = " in line] == expected


CONDITIONS = {
    "for b: z[b] = sum(j if y[b] > 0, x[j])": LAYOUTS,
    "for b: z[b] = sum(j if y[b] > 0, x[j] * y[b])": LAYOUTS,
    "for b: z[b] = sum(i, j if w[i, b] > 0, w[i, j])": LAYOUTS,
    "for b: z[b] = max(i, j if j > i or y[b] > 9, w[i, j])": LAYOUTS,
    "for b in 1..M: z[b] = y[b] * [mod(b, 2) == 0]": LAYOUTS,
    "for b in 1..M: z[b] = y[b] * [2*b - 1 <= M] * [b != floor(M/2)]": LAYOUTS,
    "for b in 1..M if ceil(b/2) == 2: z[b] = y[b]": LAYOUTS,
    "for b in 1..M: z[b] = y[b - floor(b/2)]": LAYOUTS,
    "for b: z[b] = y[b] * [b == argmax(j if j > 2, y[j])]": ("python",),
    "for b: z[b] = y[b] * [(b, b) == argmax(i, j if j > i, w[i, j])]": ("python",),
}
"""Reductions of some values only, and the code that there is for them."""


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("line", CONDITIONS)
def test_values_that_a_condition_leaves_out_stay_out(line: str, layout: str) -> None:
    """Whatever a condition asks about; where there is no code for it, none is written."""
    program = read(f"input x[M]\ninput y[M]\ninput w[M, M]\noutput z\nassume M >= 4\n{line}")
    passes = [Passes(program, read("", given=program))]
    if layout not in CONDITIONS[line]:
        with pytest.raises(StudentError, match="there is no array code for an argmax"):
            module(passes, layout)
        return
    extents = {"M": 4}
    random = np.random.RandomState(1)
    values = {name: array_of(random, item.rank) for name, item in program.arrays.items()}
    state = evaluate(program, extents, {name: values[name] for name in ("x", "y", "w")})
    assert_same(module(passes, layout), "forward", program, state, extents, layout)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_labels_are_compared_along_their_axes(layout: str) -> None:
    """[k == y[b]] of whole arrays: stored labels count from 0, those of the program from 1."""
    program = read(
        "input s[B, K]\ninput y[B] in 1..K\noutput out\n"
        "for b, k: out[b, k] = s[b, k] * [k == y[b]] + [y[b] > 1] * [k != y[b]]"
    )
    extents = {"B": 3, "K": 4}
    s: Cells = {(b, k): 10.0 * b + k for b in range(1, 4) for k in range(1, 5)}
    values: State = {"s": s, "y": {(1,): 4, (2,): 1, (3,): 2}}
    state = evaluate(program, extents, values)
    passes = [Passes(program, read("", given=program))]
    assert_same(module(passes, layout), "forward", program, state, extents, layout)


def array_of(random: np.random.RandomState, rank: int) -> Cells:
    """Numbers of both signs on axes of four places."""
    return {
        tuple(n + 1 for n in at): float(random.uniform(-2, 2)) for at in np.ndindex((4,) * rank)
    }
