"""The literal evaluator against plain Python loops and torch."""

from __future__ import annotations

import gc
import math
import pickle
import weakref
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest
import sympy
import torch
from flint import arb, fmpq
from sympy import Integer, Tuple

from symgrad import read
from symgrad.evaluation.arithmetic import BALLS, FLOATS, RATIONALS
from symgrad.evaluation.evaluate import Cells, State, box, evaluate, run, stage_of, start
from symgrad.evaluation.values import (
    UNDECIDED,
    UNDEFINED,
    Arithmetic,
    Budget,
    NotRational,
    OutsideAxis,
    Work,
)
from symgrad.expressions import call, divide, element, extent, index, mul, scalar
from symgrad.heads import ArgmaxOver, Bracket, SumOver, Where
from symgrad.program import Axis, Input, Loop, Nest, Program, Statement
from symgrad.refutation.smooth import Polynomial

N, M = extent("N"), extent("M")
i, j, k = index("i"), index("j"), index("k")
ONE = Integer(1)


def table(random: Random, *sizes: int) -> Cells:
    """Random rationals for an array whose axes start at 1."""
    return {
        key: Fraction(random.randint(-20, 20), 7)
        for key in product(*(range(1, size + 1) for size in sizes))
    }


def tensor(cells: Mapping[tuple[int, ...], Any]) -> torch.Tensor:
    """The cells of an array whose axes start at 1."""
    sizes = [max(axis) for axis in zip(*cells, strict=True)]
    return torch.tensor([float(cells[key]) for key in sorted(cells)], dtype=torch.float64).reshape(
        sizes
    )


def assert_close(cells: Mapping[tuple[int, ...], Any], expected: torch.Tensor) -> None:
    got = tensor({key: FLOATS.number(float(arb(x).mid())) for key, x in cells.items()})
    torch.testing.assert_close(got, expected, rtol=1e-11, atol=1e-11)


def scalars(text: str, **values: Any) -> dict[str, Any]:
    """Run a program of scalars in exact rationals."""
    declared = "\n".join(f"input {name}" for name in values)
    program = read(f"{declared}\n{text}")
    state = evaluate(program, {}, {name: {(): value} for name, value in values.items()}, RATIONALS)
    return {name: cells[()] for name, cells in state.items() if () in cells}


# --- against torch -----------------------------------------------------------------------------


def test_softmax_and_its_gradient() -> None:
    forward = read("""
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]""")
    backward = read(
        "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - sum(k, p[b, k] * p.grad[b, k]))",
        given=forward,
    )
    random = Random(1)
    values: State = {"s": table(random, 2, 3), "p.grad": table(random, 2, 3)}
    s = tensor(values["s"]).requires_grad_()
    p = s.softmax(dim=1)
    (slope,) = torch.autograd.grad(p, [s], tensor(values["p.grad"]))
    state = evaluate(backward, {"B": 2, "J": 3}, values)
    assert_close(state["p"], p.detach())
    assert_close(state["s.grad"], slope)
    assert_close(evaluate(backward, {"B": 2, "J": 3}, values, FLOATS)["s.grad"], slope)


def test_batch_norm() -> None:
    program = read("""
input x[B, J]
input gamma[J]
input beta[J]
for b, j: mu[j] += x[b, j] / B
for b, j: s[j] += (x[b, j] - mu[j])^2 / B
for b, j: y[b, j] = gamma[j] * (x[b, j] - mu[j]) * (s[j] + 1e-5)^(-1/2) + beta[j]""")
    random = Random(2)
    values: State = {"x": table(random, 4, 3), "gamma": table(random, 3), "beta": table(random, 3)}
    state = evaluate(program, {"B": 4, "J": 3}, values)
    expected = torch.nn.functional.batch_norm(
        tensor(values["x"]), None, None, tensor(values["gamma"]), tensor(values["beta"]), True
    )
    assert_close(state["y"], expected)
    assert all(type(cell) is fmpq for cell in state["s"].values())


def test_convolution_relu_and_max_pooling() -> None:
    program = read("""
input I[H, W]
input K[h, w]
assume H - h + 1 == 2*P
assume W - w + 1 == 2*Q
for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]
for p in 1..P, q in 1..Q: Y[p, q] = relu(max(a in 0..1, b in 0..1, J[2*p-a, 2*q-b]))""")
    random = Random(3)
    values: State = {"I": table(random, 5, 8), "K": table(random, 2, 3)}
    extents = {"H": 5, "W": 8, "h": 2, "w": 3, "P": 2, "Q": 3}
    state = evaluate(program, extents, values, RATIONALS)
    convolved = torch.nn.functional.conv2d(
        tensor(values["I"])[None, None], tensor(values["K"])[None, None]
    )
    assert_close(state["J"], convolved[0, 0])
    assert_close(state["Y"], torch.nn.functional.max_pool2d(convolved, 2).relu()[0, 0])


def test_the_ugrnn_cell() -> None:
    program = read("""
input h[J]
input x[I]
input W[J, J]
input V[J, I]
input b[J]
input g[J]
for j, k: s[j] += W[j, k] * h[k]
for j, i: s[j] += V[j, i] * x[i]
for j: c[j] = tanh(s[j] + b[j])
for j: G[j] = sigma(g[j])
for j: n[j] = G[j] * h[j] + (1 - G[j]) * c[j]""")
    random = Random(4)
    values = {
        "h": table(random, 3), "x": table(random, 2), "W": table(random, 3, 3),
        "V": table(random, 3, 2), "b": table(random, 3), "g": table(random, 3),
    }  # fmt: skip
    h, x, weights, inputs, b, g = (tensor(values[name]) for name in ("h", "x", "W", "V", "b", "g"))
    candidate = torch.tanh(weights @ h + inputs @ x + b)
    gate = torch.sigmoid(g)
    state = evaluate(program, {"J": 3, "I": 2}, values)
    assert_close(state["n"], gate * h + (1 - gate) * candidate)


# --- against plain loops -----------------------------------------------------------------------


@pytest.mark.parametrize("rank", range(5))
def test_arrays_of_rank_zero_to_four(rank: int) -> None:
    names, extents = "ijkl"[:rank], "ABCD"[:rank]
    axes = f"[{', '.join(extents)}]" if rank else ""
    place = f"[{', '.join(names)}]" if rank else ""
    loops = f"for {', '.join(names)}: " if rank else ""
    program = read(f"input x{axes}\n{loops}y{place} = x{place}^2 - 1\n{loops}total += y{place}")
    sizes = (2, 3, 1, 2)[:rank]
    x = table(Random(rank), *sizes)
    state = evaluate(program, dict(zip(extents, sizes, strict=True)), {"x": x}, RATIONALS)
    expected = {key: value**2 - 1 for key, value in x.items()}
    assert {key: RATIONALS.number(value) for key, value in expected.items()} == state["y"]
    assert state["total"][()] == RATIONALS.number(sum(expected.values()))


def test_the_statements_of_a_body_are_interleaved() -> None:
    """x[i] is overwritten before the next iteration reads it: prefix sums."""
    program = read("input a[N]\nfor i: t += a[i]; y[i] = t\nfor i: z[i] += t")
    a: Cells = {(n,): n * n for n in range(1, 5)}
    state = evaluate(program, {"N": 4}, {"a": a}, RATIONALS)
    assert [state["y"][n,] for n in range(1, 5)] == [1, 5, 14, 30]
    assert set(state["z"].values()) == {30}


def test_assignment_keeps_the_last_value_and_the_other_operators_accumulate() -> None:
    program = read("""
input a[N]
for i: last = a[i]
for i: minus -= a[i]
for i: first += [i == 1] * a[i]
product = 1
for i: product *= a[i]""")
    state = evaluate(program, {"N": 3}, {"a": {(1,): 2, (2,): 3, (3,): 5}}, RATIONALS)
    names = ("last", "minus", "first", "product")
    assert [state[name][()] for name in names] == [5, -10, 2, 30]


def test_loops_ascend_lexicographically_with_dependent_bounds() -> None:
    program = read(
        "input a[N]\nfor i in 1..N, j in max(1, i-1)..min(N, i+1): code = 10*code + i*j; count += 1"
    )
    for size in range(1, 5):
        code = count = 0
        for first in range(1, size + 1):
            for second in range(max(1, first - 1), min(size, first + 1) + 1):
                code, count = 10 * code + first * second, count + 1
        a: Cells = {(n,): 1 for n in range(1, size + 1)}
        state = evaluate(program, {"N": size}, {"a": a}, RATIONALS)
        assert (state["code"][()], state["count"][()]) == (code, count)


def test_an_empty_range_runs_nothing() -> None:
    program = read("input a[N]\ny = 7\nfor i in 2..N: y = a[i]\nt = sum(i in 2..N, a[i])")
    state = evaluate(program, {"N": 1}, {"a": {(1,): 3}}, RATIONALS)
    assert (state["y"][()], state["t"][()]) == (7, 0)


def test_a_maximum_over_an_empty_range_is_undefined_and_spoils_only_what_uses_it() -> None:
    program = read("input a[N]\nm = max(i in 2..N, a[i])\ny = m + 1\nz = a[1]")
    state = evaluate(program, {"N": 1}, {"a": {(1,): 3}}, RATIONALS)
    assert (state["m"][()], state["y"][()], state["z"][()]) == (UNDEFINED, UNDEFINED, 3)


def test_guards_are_asked_in_each_iteration() -> None:
    program = read("input a[N]\nfor i if a[i] > 0 and i != 2: y[i] += a[i]; n += 1")
    a: Cells = {(1,): 5, (2,): 6, (3,): -1, (4,): 2}
    state = evaluate(program, {"N": 4}, {"a": a}, RATIONALS)
    assert list(state["y"].values()) == [5, 0, 0, 2] and state["n"][()] == 2


def test_a_guard_without_a_truth_makes_what_it_guards_undefined() -> None:
    program = read("input a[N]\nfor i if log(a[i]) > 0: y[i] += a[i]")
    state = evaluate(program, {"N": 2}, {"a": {(1,): 3, (2,): -3}})
    assert list(state["y"].values()) == [3, UNDEFINED]


def test_a_false_bracket_guards_its_product() -> None:
    program = read("input A[N]\nfor p in 0..N+1: y[p] = [1 <= p <= N] * A[p] / A[p]")
    state = evaluate(program, {"N": 2}, {"A": {(1,): 3, (2,): 4}}, RATIONALS)
    assert list(state["y"].values()) == [0, 1, 1, 0]


def test_only_the_chosen_side_of_a_condition_is_evaluated() -> None:
    program = read("input x\ny = log(x) if x > 0 else 0\nz = where(x > 0, 1/x, -1)")
    state = evaluate(program, {}, {"x": {(): -2}}, RATIONALS)
    assert (state["y"][()], state["z"][()]) == (0, -1)
    assert evaluate(program, {}, {"x": {(): 2}})["z"][()] == fmpq(1, 2)


def test_conditions_on_indices_come_first_in_a_product_of_brackets() -> None:
    a = element("a", i)
    inside = sympy.Le(i, N, evaluate=False)
    value = mul(Bracket(sympy.Gt(a, 0, evaluate=False)), Bracket(inside), a)
    nest = Nest((Loop(i, ONE, N + 1),), (Statement(scalar("y"), "+=", value),))
    program = Program((Input("a", (Axis(N),)),), (nest,))
    assert evaluate(program, {"N": 2}, {"a": {(1,): 3, (2,): -4}}, RATIONALS)["y"][()] == 3


def test_undefined_conditions_follow_the_logic_of_three_values() -> None:
    x, y = scalar("x"), scalar("y")
    unknown = sympy.Gt(divide(ONE, y), 0, evaluate=False)
    true, false = sympy.Gt(x, 0, evaluate=False), sympy.Lt(x, 0, evaluate=False)
    cases: list[tuple[Any, object]] = [
        (sympy.And(unknown, false, evaluate=False), 0),
        (sympy.And(unknown, true, evaluate=False), UNDEFINED),
        (sympy.Or(unknown, true, evaluate=False), 1),
        (sympy.Or(false, unknown, evaluate=False), UNDEFINED),
        (sympy.Not(unknown, evaluate=False), UNDEFINED),
        (sympy.true, 1),
    ]
    for condition, expected in cases:
        nest = Nest((), (Statement(scalar("z"), "=", Bracket(condition)),))
        program = Program((Input("x"), Input("y")), (nest,))
        state = evaluate(program, {}, {"x": {(): 1}, "y": {(): 0}}, RATIONALS)
        assert state["z"][()] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = x^3 - 2*x + 1/2", lambda x: x**3 - 2 * x + Fraction(1, 2)),
        ("y = 1/(1 + x^2)", lambda x: 1 / (1 + x**2)),
        ("y = max(x, 1) - min(x, 1)", lambda x: max(x, Fraction(1)) - min(x, Fraction(1))),
        ("y = relu(x) + abs(x)", lambda x: max(x, Fraction(0)) + abs(x)),
        ("y = relu'(x)", lambda x: Fraction(int(x > 0))),
        ("y = x^(-2)", lambda x: x ** (-2)),
        ("y = [x >= 0] - [x < 0]", lambda x: Fraction(1 if x >= 0 else -1)),
    ],
)
@pytest.mark.parametrize("x", [Fraction(5, 3), Fraction(-7, 2)])
def test_scalar_expressions_are_exact(
    text: str, expected: Callable[[Fraction], Fraction], x: Fraction
) -> None:
    assert scalars(text, x=x)["y"] == RATIONALS.number(expected(x))


def test_division_by_zero_and_logarithms_of_negative_numbers_are_undefined() -> None:
    found = scalars("y = 1/(x - x)\nz = y * 0\nw = sqrt(x)\nu = log(x)\nv = x/x", x=Fraction(-2))
    assert [found[name] for name in "yzwuv"] == [UNDEFINED] * 4 + [1]


def test_what_a_ball_cannot_decide_is_undecided_and_spoils_only_what_uses_it() -> None:
    program = read("input x\nd = exp(x) - exp(x)\ny = 1/d\nz = x + 1\nw = [d > 0]")
    state = evaluate(program, {}, {"x": {(): 2}})
    assert (state["y"][()], state["z"][()], state["w"][()]) == (UNDECIDED, 3, UNDECIDED)


def test_integer_functions() -> None:
    n = index("n")
    values = {
        "floor": sympy.floor(n / 2), "ceil": sympy.ceiling(n / 2), "mod": sympy.Mod(n, 3),
        "most": sympy.Max(n, 3), "least": sympy.Min(n, 3), "square": n * n - 2 * n,
    }  # fmt: skip
    body = tuple(Statement(element(name, n), "=", value) for name, value in values.items())
    program = Program((Input("a", (Axis(N),)),), (Nest((Loop(n, ONE, N),), body),))
    state = evaluate(program, {"N": 5}, {"a": table(Random(0), 5)}, RATIONALS)
    for m in range(1, 6):
        found = [int(state[name][m,].p) for name in values]
        assert found == [m // 2, -(-m // 2), m % 3, max(m, 3), min(m, 3), m * m - 2 * m]


def test_integer_parts_of_values() -> None:
    x, half = scalar("x"), divide(scalar("x"), Integer(2))
    parts = [sympy.floor(half, evaluate=False), sympy.ceiling(half, evaluate=False),
             sympy.Mod(x, 3, evaluate=False)]  # fmt: skip
    body = tuple(Statement(scalar(f"y{n}"), "=", part) for n, part in enumerate(parts))
    program = Program((Input("x"),), (Nest((), body),))
    for arithmetic in (RATIONALS, FLOATS):
        state = evaluate(program, {}, {"x": {(): -5}}, arithmetic)
        assert [state[f"y{n}"][()] for n in range(3)] == [-3, -2, 1]


# --- indices held in arrays --------------------------------------------------------------------


def test_argmax_is_the_first_maximum_and_serves_as_an_index() -> None:
    program = read("""
input x[4] = [1, 3, 3, 0]
istar = argmax(k, x[k])
for i in 1..4: g[i] += [i == istar]
g[istar] += 10
y = x[istar]""")
    state = evaluate(program, {}, {}, RATIONALS)
    assert state["istar"][()] == 2 and state["y"][()] == 3
    assert list(state["g"].values()) == [0, 11, 0, 0]


def test_argmax_over_several_indices_is_compared_as_a_tuple() -> None:
    a, b = index("a"), index("b")
    limits = [(a, ONE, N), (b, ONE, M)]
    place = ArgmaxOver.over(limits, element("x", a, b))
    mask = Bracket(sympy.Eq(Tuple(i, j), place, evaluate=False))
    nest = Nest((Loop(i, ONE, N), Loop(j, ONE, M)), (Statement(element("m", i, j), "=", mask),))
    program = Program((Input("x", (Axis(N), Axis(M))),), (nest,))
    x: Cells = {**dict.fromkeys(product((1, 2), (1, 2, 3)), 0), (1, 3): 5, (2, 1): 5}
    state = evaluate(program, {"N": 2, "M": 3}, {"x": x}, RATIONALS)
    assert [key for key, cell in state["m"].items() if cell == 1] == [(1, 3)]


def test_labels_stand_in_index_positions() -> None:
    program = read("input p[B, K]\ninput y[B] in 1..K\nfor b: l -= log(p[b, y[b]])")
    p: Cells = {(1, 1): 2, (1, 2): 3, (2, 1): 5, (2, 2): 7}
    state = evaluate(program, {"B": 2, "K": 2}, {"p": p, "y": {(1,): 2, (2,): 1}}, FLOATS)
    assert state["l"][()] == pytest.approx(-math.log(15))


def test_a_write_at_an_undefined_index_spoils_the_whole_array() -> None:
    program = read(
        "input x[N]\nistar = argmax(k, log(x[k]))\nfor i in 1..N: g[i] = 1\ng[istar] += 1"
    )
    state = evaluate(program, {"N": 2}, {"x": {(1,): 1, (2,): -1}})
    assert set(state["g"].values()) == {UNDEFINED}
    assert evaluate(program, {"N": 2}, {"x": {(1,): 1, (2,): 2}})["g"][2,] == 2


def test_reductions_under_a_condition() -> None:
    program = read("""
input x[N]
s = sum(i, j if i < j, x[i] * x[j])
m = max(i if x[i] < 4, x[i])
l = min(i, x[i])
a = argmax(i if x[i] < 4, x[i])""")
    values = [3, 9, -2, 3]
    x: Cells = {(n + 1,): value for n, value in enumerate(values)}
    state = evaluate(program, {"N": 4}, {"x": x}, RATIONALS)
    pairs = sum(values[m] * values[n] for m in range(4) for n in range(m + 1, 4))
    assert [state[name][()] for name in "smla"] == [pairs, 3, -2, 1]


# --- starting values ---------------------------------------------------------------------------

GIVEN = "input x[N]\ninput theta\noutput y\nfor i: z[i] += 2*x[i]\nfor i: y += z[i]"


def test_a_text_continues_from_its_given() -> None:
    given = read(GIVEN)
    answer = read(
        "for i: z[i] += x[i]\nfor i: x.grad[i] += y.grad * z[i]\ntheta = theta - 1/2", given=given
    )
    values: State = {"x": {(1,): 3, (2,): 5}, "theta": {(): 4}, "y.grad": {(): 10}}
    state = evaluate(answer, {"N": 2}, values, RATIONALS)
    assert list(state["z"].values()) == [3, 5]  # computed anew from zero
    assert list(state["x.grad"].values()) == [30, 50]
    assert state["theta"][()] == fmpq(7, 2)  # an input starts at its value
    assert state["y"][()] == 16


def test_several_continuations_leave_the_state_of_the_given_alone() -> None:
    given = read(GIVEN)
    extents = {"N": 2}
    values: State = {"x": {(1,): 3, (2,): 5}, "theta": {(): 4}, "y.grad": {(): 10}}
    forward = run(given, start(given, values, RATIONALS), extents, RATIONALS)
    first = run(read("theta = theta + z[1]", given=given), forward, extents, RATIONALS)
    second = run(read("theta = theta * 2", given=given), forward, extents, RATIONALS)
    assert (first["theta"][()], second["theta"][()], forward["theta"][()]) == (10, 8, 4)


def test_the_gradient_of_a_loss_is_one() -> None:
    given = read("input x\nloss L\nL = x^2")
    answer = read("x.grad += 2 * x * L.grad", given=given)
    assert evaluate(answer, {}, {"x": {(): 3}}, RATIONALS)["x.grad"][()] == 6


def test_fixed_data_need_no_values_and_axes_may_start_at_zero() -> None:
    program = read("input x[0..2] = [1, 2, 5]\nfor i: y[i] = x[i]^i")
    state = evaluate(program, {}, {}, RATIONALS)
    assert state["y"] == {(0,): 1, (1,): 2, (2,): 25}
    matrix = read("input x[2, 2] = [[-3/2, 2], [-0.3, 0.7]]\nfor i, j: y[i, j] = relu(x[i, j])")
    assert list(evaluate(matrix, {}, {}, RATIONALS)["y"].values()) == [0, 2, 0, fmpq(7, 10)]


# --- opaque functions --------------------------------------------------------------------------


def test_opaque_functions_and_their_derivatives() -> None:
    program = read("function f(y, z)\ninput x\na = f(x, 2*x)\nb = f_y(x, 2*x) + 2*f_z(x, 2*x)")
    f = Polynomial(("y", "z"), {(2, 1): fmpq(3), (0, 2): fmpq(1, 2)})
    state = evaluate(program, {}, {"x": {(): 5}}, RATIONALS, {"f": f})
    assert state["a"][()] == 3 * 25 * 10 + 50
    assert state["b"][()] == 6 * 5 * 10 + 2 * (3 * 25 + 10)


# --- limits ------------------------------------------------------------------------------------


def test_an_access_outside_a_declared_axis_is_an_error() -> None:
    a = element("a", i + 1)
    reading = Nest((Loop(i, ONE, N),), (Statement(scalar("y"), "+=", a),))
    writing = Nest((Loop(i, ONE, N),), (Statement(a, "=", ONE),))
    values: State = {"a": {(1,): 1, (2,): 2}}
    for nest in (reading, writing):
        program = Program((Input("a", (Axis(N),)),), (nest,))
        with pytest.raises(OutsideAxis, match=r"a\[3\]"):
            evaluate(program, {"N": 2}, values, RATIONALS)


def test_an_auxiliary_is_zero_where_it_was_not_written() -> None:
    given = read("input a[N]\nfor i: y[i] = a[i]")
    answer = read("for i in 2..N: t[i] = a[i]\nfor i in 2..N: u[i] = t[i] + t[i-1]", given=given)
    a: Cells = {(1,): 1, (2,): 2, (3,): 4}
    assert evaluate(answer, {"N": 3}, {"a": a}, RATIONALS)["u"] == {(2,): 2, (3,): 6}


@pytest.mark.parametrize("arithmetic", [FLOATS, RATIONALS, BALLS], ids=lambda a: a.name)
def test_nested_sums_cannot_hang(arithmetic: Arithmetic) -> None:
    body: Any = element("x", i)
    for n in range(10):
        body = SumOver.over([(index(f"n{n}"), ONE, N)], body)
    nest = Nest((Loop(i, ONE, N),), (Statement(scalar("y"), "+=", body),))
    program = Program((Input("x", (Axis(N),)),), (nest,))
    x: Cells = {(n,): 1 for n in range(1, 10)}
    with pytest.raises(Budget):
        evaluate(program, {"N": 9}, {"x": x}, arithmetic, work=Work(10_000))


def test_a_long_body_weighs_more_than_a_short_one() -> None:
    """Work is bounded by what is computed, not by how often a loop turns."""
    spent = []
    for factors in (1, 40):
        program = read(f"input x[N]\ny = sum(i, {'*'.join(['x[i]'] * factors)})")
        work = Work(10_000)
        evaluate(program, {"N": 9}, {"x": {(n,): 1 for n in range(1, 10)}}, work=work)
        spent.append(10_000 - work.left)
    assert spent[1] > 5 * spent[0]


def test_enormous_arrays_are_refused() -> None:
    program = read("input x\nfor i in 1..1000000: y[i] = x")
    with pytest.raises(Budget):
        evaluate(program, {}, {"x": {(): 1}})


def test_repeated_squaring_stays_small() -> None:
    program = read("input x\n" + "y0 = x\n" + "".join(f"y{n + 1} = y{n}*y{n}\n" for n in range(60)))
    state = evaluate(program, {}, {"x": {(): fmpq(3, 2)}})
    assert isinstance(state["y40"][()], arb)
    with pytest.raises(Budget):
        evaluate(program, {}, {"x": {(): fmpq(3, 2)}}, RATIONALS)


def test_rationals_refuse_a_program_that_is_not_rational() -> None:
    with pytest.raises(NotRational):
        scalars("y = exp(x)", x=1)


def test_compiled_programs_go_with_the_program_and_programs_can_still_be_sent() -> None:
    program = read("input x\ny = x + 1")
    stage = weakref.ref(stage_of(program))
    assert stage_of(program) is stage()
    sent = pickle.loads(pickle.dumps(program))
    assert evaluate(sent, {}, {"x": {(): 1}})["y"][()] == 2
    del program
    gc.collect()
    assert stage() is None


@pytest.mark.parametrize("value", ["x / x", "exp(log(x))", "0 * x", "x^3 * x^2", "log(x^2)"])
def test_a_program_that_is_sent_arrives_as_it_is_written(value: str) -> None:
    """SymPy's own pickling evaluates, and where a text is defined would be lost."""
    given = read("input x\noutput y\ny = x / x")
    for program in (given, read(f"x.grad = {value}", given=given)):
        sent = pickle.loads(pickle.dumps(program))
        assert sent == program
        assert sent.given == program.given
        assert sent.functions == program.functions


def test_the_box_of_an_array() -> None:
    program = read("input a[N]\nfor i in 1..N-1: d[i] = a[i+1] - a[i]")
    assert box(program, "d", {"N": 3}) == [(1,), (2,)]
    assert box(program, "d", {"N": 1}) == []


def test_where_and_calls_built_by_hand() -> None:
    x = scalar("x")
    chosen = Where(sympy.Gt(x, 0, evaluate=False), call("exp", x), call("max", x, Integer(-1)))
    program = Program((Input("x"),), (Nest((), (Statement(scalar("y"), "=", chosen),)),))
    assert evaluate(program, {}, {"x": {(): -3}})["y"][()] == -1
    assert arb(evaluate(program, {}, {"x": {(): 1}})["y"][()]).overlaps(arb(1).exp())
