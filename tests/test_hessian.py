"""Hessians and their products with a direction, held against torch."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random

import numpy as np
import pytest
import torch
from oracles import close
from randomgraphs import random_graph

from symgrad import StudentError, equivalent, read
from symgrad.evaluation.evaluate import Cells, State, evaluate
from symgrad.evaluation.floats import Floats
from symgrad.secondorder.cost import operation_count
from symgrad.secondorder.graph import graph
from symgrad.secondorder.hessian import hessian, hessian_product
from symgrad.secondorder.matrix import matrix
from symgrad.secondorder.propagation import propagated
from symgrad.secondorder.rules import pushing

torch.set_default_dtype(torch.float64)

Loss = Callable[[torch.Tensor], torch.Tensor]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 20, 30, 40, 50])
def test_edge_pushing_gives_the_hessian_of_torch(count: int) -> None:
    """Random graphs with up to 50 inputs; a pair that is not written does not interact."""
    random = Random(count)
    found = random_graph(random, count + 6, [f"x{n}" for n in range(1, count + 1)])
    point = [random.uniform(-1, 1) for _ in found.inputs]
    values: State = {name: {(): value} for name, value in zip(found.inputs, point, strict=True)}
    one = graph(found.forward)
    state = evaluate(pushing(one), {}, values, Floats())
    true = torch.autograd.functional.hessian(
        lambda x: found.loss(torch, list(x)), torch.tensor(point)
    )
    assert count < 3 or int(torch.count_nonzero(true)) > count  # more than a diagonal
    for row, first in enumerate(found.inputs):
        for column, second in enumerate(found.inputs):
            value = state.get(one.second(first, second), {(): 0.0})[()]
            assert close(value, float(true[row, column]), 1e-9)


def test_the_hessian_of_several_scalars_is_proved() -> None:
    found = hessian(read("input a\ninput b\ninput c\nloss l\ny = a * b\nl = exp(y) + c"))
    assert found.verdict.proof is not None
    assert list(found.entries) == ["l_aa", "l_ab", "l_ac", "l_bb", "l_bc", "l_cc"]
    assert found.entries["l_ac"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_propagating_the_hessian_gives_the_same_as_edge_pushing(seed: int) -> None:
    """Proved on random graphs: one sweep from the inputs, one from the loss."""
    found = random_graph(Random(seed), 5, ["a", "b"])
    program = pushing(graph(found.forward), [("a", "a"), ("a", "b"), ("b", "b")])
    targets = ["l_aa", "l_ab", "l_bb"]
    verdict = equivalent(propagated(found.forward), program, given=found.forward, targets=targets)
    assert verdict.status == "equal"


def chain(size: int) -> str:
    """v_k = f(v_(k-1), x_k): every input interacts with the chain when it is passed."""
    names = ["x1", *(f"v{n}" for n in range(2, size + 1))]
    lines = [f"v{n} = f({names[n - 2]}, x{n})" for n in range(2, size + 1)]
    inputs = [f"input x{n}" for n in range(1, size + 1)]
    return "\n".join([*inputs, "function f(a, b)", f"loss v{size}", *lines])


def test_edge_pushing_grows_as_published() -> None:
    """Nodes times partners on a chain, n^2; carrying a Hessian with every node grows as n^3."""
    counts = []
    for size in (4, 8, 16):
        forward = read(chain(size))
        programs = pushing(graph(forward)), propagated(forward)
        counts.append([operation_count(program) for program in programs])
    for before, after in pairwise(counts):
        assert after[0] < 4 * before[0] < after[1] * 4 / 6


ARRAYS: dict[str, Loss] = {
    "l = sum(i, x[i]^3)": lambda x: (x**3).sum(),
    "l = sum(i, x[i])^2": lambda x: x.sum() ** 2,
    "Z = sum(i, exp(x[i]))\nl = log(Z)": lambda x: torch.logsumexp(x, 0),
    "for i: h[i] = tanh(x[i])\nl = sum(i, j, h[i] * h[j] * x[i])": lambda x: (
        (torch.tanh(x) * x).sum() * torch.tanh(x).sum()
    ),
    "for i in 1..N-1: d[i] = x[i] * x[i+1]\nl = sum(i, sin(d[i]))": lambda x: torch.sin(
        x[:-1] * x[1:]
    ).sum(),
}


@pytest.mark.parametrize("size", [2, 7])
@pytest.mark.parametrize("body", ARRAYS)
def test_the_product_with_every_direction_gives_the_hessian_of_torch(body: str, size: int) -> None:
    found = hessian_product(read(f"input x[N]\nassume N >= 2\nloss l\n{body}"))
    random = Random(size)
    point = [random.uniform(-1, 1) for _ in range(size)]
    true = torch.autograd.functional.hessian(ARRAYS[body], torch.tensor(point))
    values: State = {"x": {(n + 1,): value for n, value in enumerate(point)}}
    for column in range(size):
        unit: Cells = {(n + 1,): float(n == column) for n in range(size)}
        state = evaluate(found.program, {"N": size}, {**values, found.direction: unit}, Floats())
        for row in range(size):
            assert close(state[found.result][row + 1,], float(true[row, column]), 1e-9)


@pytest.mark.parametrize("body", ARRAYS)
def test_the_product_with_a_random_direction_at_fifty_inputs(body: str) -> None:
    found = hessian_product(read(f"input x[N]\nassume N >= 2\nloss l\n{body}"))
    random = Random(50)
    point, direction = ([random.uniform(-1, 1) for _ in range(50)] for _ in range(2))
    true = torch.autograd.functional.hessian(ARRAYS[body], torch.tensor(point))
    values = {"x": point, found.direction: direction}
    cells: State = {
        name: {(n + 1,): one for n, one in enumerate(row)} for name, row in values.items()
    }
    state = evaluate(found.program, {"N": 50}, cells, Floats())
    for row, expected in enumerate((true @ torch.tensor(direction)).tolist(), 1):
        assert close(state[found.result][row,], expected, 1e-9)


UNPROVED = {"for i in 1..N-1: d[i] = x[i] * x[i+1]\nl = sum(i, sin(d[i]))"}
"""Symmetric only by i + 1 = c inside of functions."""


@pytest.mark.parametrize("body", ARRAYS)
def test_the_whole_hessian_of_an_array_is_proved_and_that_of_torch(body: str) -> None:
    """For all sizes: times any direction it is the product, and it is symmetric."""
    found = matrix(hessian_product(read(f"input x[N]\nassume N >= 2\nloss l\n{body}")))
    assert found.is_product.proof is not None
    assert found.is_symmetric.status == ("undecided" if body in UNPROVED else "equal")
    random = Random(body)
    point = [random.uniform(-1, 1) for _ in range(5)]
    true = torch.autograd.functional.hessian(ARRAYS[body], torch.tensor(point))
    cells: State = {"x": {(n + 1,): value for n, value in enumerate(point)}}
    state = evaluate(found.program, {"N": 5}, cells, Floats())
    for row in range(5):
        for column in range(5):
            value = state[found.result][row + 1, column + 1]
            assert close(value, float(true[row, column]), 1e-9)


def test_the_hessian_by_a_matrix_has_four_axes() -> None:
    """d2 L / dW[i, j] dW[c, c2] of L = sum(i, tanh(W x)[i]^2) / 2, proved and that of torch."""
    forward = read(
        "input W[M, N]\ninput x[N]\nloss L\nfor i: h[i] = tanh(sum(j, W[i, j] * x[j]))\n"
        "L = sum(i, h[i]^2) / 2"
    )
    found = matrix(hessian_product(forward, "W"))
    assert found.is_product.proof is not None and found.is_symmetric.proof is not None
    random = Random(4)
    weights, x = (
        torch.tensor([random.uniform(-1, 1) for _ in range(n)]).reshape(shape)
        for n, shape in ((6, (2, 3)), (3, (3,)))
    )
    true = torch.autograd.functional.hessian(lambda W: (torch.tanh(W @ x) ** 2).sum() / 2, weights)
    cells: State = {
        name: {tuple(n + 1 for n in key): float(value) for key, value in np.ndenumerate(array)}
        for name, array in (("W", weights.numpy()), ("x", x.numpy()))
    }
    state = evaluate(found.program, {"M": 2, "N": 3}, cells, Floats())
    for key, value in np.ndenumerate(true.numpy()):
        assert close(state[found.result][tuple(n + 1 for n in key)], float(value), 1e-9)


def test_a_product_is_a_program_in_the_notation() -> None:
    forward = read("input x[N]\nloss l\nl = sum(i, x[i]^3)")
    found = hessian_product(forward, "x")
    assert found.result == "x_grad_v"
    assert "for i: x_grad_v[i] += 6 * v[i] * l.grad * x[i]" in str(found.program)


REFUSED = {
    "input x[N]\noutput l\nl = sum(i, x[i])": "one loss is needed",
    "loss l\nl = 1": "there is no input",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_hessian_is_refused(text: str) -> None:
    with pytest.raises(StudentError, match=REFUSED[text]):
        hessian_product(read(text))
