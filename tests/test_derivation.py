"""The backward pass: as the course notes print it, and as central differences and torch see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flint import fmpq
from hypothesis import HealthCheck, given, settings
from oracles import (
    FUNCTIONS,
    agree,
    assert_gradients,
    central_differences,
    free_arrays,
    random_values,
    run,
)
from strategies import forward_programs

from symgrad import StudentError, derive, read
from symgrad.evaluation.arithmetic import precision
from symgrad.evaluation.evaluate import State, evaluate
from symgrad.program import Program

RANDOM = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]"""

BATCH_NORM = """
input x[B, J]
assume B >= 2
output x'
for b, j: mu[j] += 1 / B * x[b, j]
for b, j: s[j] += 1 / (B - 1) * (x[b, j] - mu[j])^2
for b, j: x'[b, j] += (x[b, j] - mu[j]) / sqrt(s[j])"""

GRAPH = """
input x
function f(y, z)
function g(x)
function h(x)
loss l
y = g(x)
z = h(x)
u = f(y, z)
l = u"""

PRINTED = {
    "softmax": (
        SOFTMAX,
        """
for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]
for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2
for b, j: s.grad[b, j] += Z.grad[b] * exp(s[b, j])""",
    ),
    "batch norm": (
        BATCH_NORM,
        """
for b, j: x.grad[b, j] += x'.grad[b, j] / sqrt(s[j])
for b, j: mu.grad[j] -= x'.grad[b, j] / sqrt(s[j])
for b, j: s.grad[j] -= 1/2 * x'.grad[b, j] * (x[b, j] - mu[j]) / s[j]^(3/2)
for b, j: x.grad[b, j] += 2 / (B - 1) * s.grad[j] * (x[b, j] - mu[j])
for b, j: mu.grad[j] -= 2 / (B - 1) * s.grad[j] * (x[b, j] - mu[j])
for b, j: x.grad[b, j] += mu.grad[j] / B""",
    ),
    "opaque functions": (
        GRAPH,
        """
l.grad = 1
u.grad += l.grad
y.grad += u.grad * f_y(y, z)
z.grad += u.grad * f_z(y, z)
x.grad += z.grad * h'(x)
x.grad += y.grad * g'(x)""",
    ),
    "gates": (
        """
input u[B, J]
input h[B, J]
output n
for b, j: G[b, j] = sigma(u[b, j])
for b, j: n[b, j] = G[b, j] * h[b, j] + (1 - G[b, j]) * tanh(h[b, j])""",
        """
for b, j: G.grad[b, j] += n.grad[b, j] * (h[b, j] - tanh(h[b, j]))
for b, j: h.grad[b, j] += n.grad[b, j] * (G[b, j] + tanh'(h[b, j]) * (1 - G[b, j]))
for b, j: u.grad[b, j] += G.grad[b, j] * sigma'(u[b, j])""",
    ),
    "convolution": (
        """
input I[H, W]
input K[h, w]
assume H >= h
assume W >= w
output J
for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]""",
        """
for i, j, l, m: I.grad[i + l - 1, j + m - 1] += J.grad[i, j] * K[l, m]
for i, j, l, m: K.grad[l, m] += J.grad[i, j] * I[i + l - 1, j + m - 1]""",
    ),
    "a sum inside": (
        """
input x[K]
output y
for i: y[i] = exp(x[i]) / sum(k, exp(x[k]))""",
        """
for i: x.grad[i] += y.grad[i] * exp(x[i]) / sum(k, exp(x[k]))
for i, k: x.grad[k] -= y.grad[i] * exp(x[i]) * exp(x[k]) / sum(k2, exp(x[k2]))^2""",
    ),
    "a condition": (
        """
input x[N]
output y
for i in 1..N: y[i] = sum(j if i != j, x[j]^2)""",
        "for i, j if i != j: x.grad[j] += 2 * y.grad[i] * x[j]",
    ),
    "the larger of two": (
        "input x[N]\noutput y\nfor i: y[i] = max(0, x[i])",
        "for i: x.grad[i] += y.grad[i] * [x[i] > 0]",
    ),
    "relu": (
        "input x[N]\noutput y\nfor i: y[i] = relu(x[i])",
        "for i: x.grad[i] += y.grad[i] * [x[i] > 0]",
    ),
    "absolute value": (
        "input x[N]\noutput y\nfor i: y[i] = abs(x[i])",
        "for i: x.grad[i] += y.grad[i] * ([x[i] > 0] - [x[i] < 0])",
    ),
    "maximum over a range": (
        "input x[N]\noutput y\ny = max(k, x[k])",
        "for k: x.grad[k] += y.grad * [k == argmax(k2, x[k2])]",
    ),
    "max pooling": (
        """
input x[2*P, 2*Q]
output y
for i in 1..P, j in 1..Q: y[i, j] = max(a in 0..1, b in 0..1, x[2*i-a, 2*j-b])""",
        "for i, j, a in 0..1, b in 0..1: x.grad[2*i-a, 2*j-b] += y.grad[i, j] * "
        "[(a, b) == argmax(a2 in 0..1, b2 in 0..1, x[2*i-a2, 2*j-b2])]",
    ),
    "branches": (
        "input x[N]\noutput y\nfor i: y[i] = where(x[i] > 1, log(x[i]), x[i]^2)",
        """
for i if x[i] > 1: x.grad[i] += y.grad[i] / x[i]
for i if x[i] <= 1: x.grad[i] += 2 * y.grad[i] * x[i]""",
    ),
    "a bracket that guards an access": (
        "input x[N]\noutput y\nfor i: y[i] = [i > 1] * x[i-1] + x[i]",
        """
for i if i > 1: x.grad[i-1] += y.grad[i]
for i: x.grad[i] += y.grad[i]""",
    ),
    "a condition on indices and values": (
        "input x[N]\noutput y\nfor i in 1..N: y[i] = [i > 1 and x[i-1] > 0] * x[i-1]^2",
        "for i if i > 1: x.grad[i-1] += 2 * y.grad[i] * x[i-1] * [x[i-1] > 0]",
    ),
    "a negated condition": (
        "input x[N]\noutput y\nfor i: y[i] = [not (i == 1 or x[i] > 0)] * x[i-1]",
        "for i if i != 1: x.grad[i-1] += y.grad[i] * [x[i] <= 0]",
    ),
    "a label": (
        "input P[K]\ninput y in 1..K\nloss L\nL = -log(P[y])",
        "L.grad = 1\nP.grad[y] -= L.grad / P[y]",
    ),
    "an update that subtracts": (
        "input a\ninput b\noutput y\ny = a * b\ny -= b^2",
        "b.grad -= 2 * y.grad * b\na.grad += y.grad * b\nb.grad += y.grad * a",
    ),
    "an initialisation": (
        "input x[N]\noutput y\ny = 0\nfor i: y += x[i]^2",
        "for i: x.grad[i] += 2 * y.grad * x[i]",
    ),
}


@pytest.mark.parametrize("name", PRINTED)
def test_gradients_are_written_as_a_teacher_writes_them(name: str) -> None:
    forward, printed = PRINTED[name]
    program = read(forward)
    assert str(derive(program)) == str(read(printed, given=program))


@pytest.mark.parametrize("name", PRINTED)
def test_a_backward_pass_is_legal_notation(name: str) -> None:
    backward = derive(read(PRINTED[name][0]))
    assert read(str(backward), given=backward.given) == backward


# --- oracles ------------------------------------------------------------------------------------


@RANDOM
@given(forward_programs())
def test_gradients_of_random_programs_are_their_slopes(forward: Program) -> None:
    backward = derive(forward)
    for extents in ({"N": 3, "M": 2}, {"N": 1, "M": 1}):
        assert_gradients(backward, extents)


@RANDOM
@given(forward_programs())
def test_backward_passes_of_random_programs_read_back(forward: Program) -> None:
    backward = derive(forward)
    assert read(str(backward), given=forward) == backward


@settings(RANDOM, max_examples=30)
@given(forward_programs(depth=2))
def test_deriving_twice_gives_the_slopes_of_the_gradients(forward: Program) -> None:
    """d/dx of sum(w * x.grad), for the inputs and for the seeds of the outputs."""
    extents = {"N": 2, "M": 2}
    backward = derive(forward)
    free = free_arrays(forward)
    values = random_values(forward, free, extents)
    inputs = [name for name in free if not name.endswith(".grad")]
    weights = random_values(forward, [f"{name}.grad" for name in inputs], extents)
    seeds = {f"{name}.grad2": cells for name, cells in weights.items()}
    with precision(256):
        twice = evaluate(derive(backward), extents, {**values, **seeds}, functions=FUNCTIONS)
        slopes = central_differences(backward, extents, values, weights, free)
    for name in free:
        assert agree(twice[f"{name}.grad2"], slopes[name]), name


LAYERS = {
    "softmax": (SOFTMAX, {"B": 3, "J": 4}),
    "batch norm": (BATCH_NORM, {"B": 4, "J": 2}),
    "layer over rank 4": (
        "input x[A, B, C, D]\noutput y\n"
        "for a, b, c, d: y[a, c] += exp(sin(x[a, b, c, d])) / (1 + x[a, b, c, d]^2)",
        {"A": 2, "B": 3, "C": 2, "D": 2},
    ),
    "scalars": ("input a\ninput b\nloss y\nc = a * b\ny = c^2 / (1 + b^2)", {}),
    "several outputs, one of them read": (
        "input x[N]\noutput y\noutput z\nfor i: y[i] = x[i]^2\nfor i, j: z[i] += sin(y[i] * x[j])",
        {"N": 3},
    ),
    "an output that is an input": (
        "input x[N]\noutput x\noutput y\nfor i: y[i] = x[i]^2",
        {"N": 3},
    ),
    "a triangular range": (
        "input x[N]\noutput y\nfor i, j in 1..i: y[i] += x[i] * x[j]^2",
        {"N": 4},
    ),
    "a range that is empty for small extents": (
        "input x[N]\nloss y\nfor i in 3..N: y += x[i]^3",
        {"N": 2},
    ),
    "an extent of 1": (SOFTMAX, {"B": 1, "J": 1}),
    "a power of an extent": ("input x[N]\noutput y\nfor i: y[i] = x[i]^N", {"N": 3}),
    "an exponent that varies": ("input x\ninput e\nloss y\ny = (1 + x^2)^e", {}),
    "least of a range": ("input x[N]\nloss y\ny = sum(i, min(k, (x[i] - 2*x[k])^2))", {"N": 3}),
    "a stored index": (
        "input x[N]\noutput y\nistar = argmax(k, x[k])\ny = x[istar]^2",
        {"N": 4},
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_central_differences(name: str) -> None:
    text, extents = LAYERS[name]
    backward = derive(read(text))
    assert_gradients(backward, extents)


TORCH: dict[str, tuple[str, dict[str, int], Callable[[Any], Any]]] = {
    "softmax": (SOFTMAX, {"B": 3, "J": 4}, lambda t: t["s"].softmax(1)),
    "batch norm": (
        BATCH_NORM,
        {"B": 4, "J": 2},
        lambda t: (t["x"] - t["x"].mean(0)) / t["x"].var(0).sqrt(),
    ),
    "attention": (
        "input q[N, D]\ninput k[M, D]\ninput v[M, D]\noutput o\n"
        "for i, j, d: e[i, j] += q[i, d] * k[j, d] / sqrt(D)\n"
        "for i: top[i] = max(j, e[i, j])\n"
        "for i, j: a[i, j] = exp(e[i, j] - top[i]) / sum(j2, exp(e[i, j2] - top[i]))\n"
        "for i, j, d: o[i, d] += a[i, j] * v[j, d]",
        {"N": 2, "M": 3, "D": 2},
        lambda t: (t["q"] @ t["k"].T / 2**0.5).softmax(1) @ t["v"],
    ),
    "convolution, relu and max pooling": (
        "input x[H, W]\ninput K[h, w]\nassume H - h + 1 == 2*P\nassume W - w + 1 == 2*Q\noutput y\n"
        "for i in 1..H-h+1, j in 1..W-w+1, l, m: c[i, j] += x[i+l-1, j+m-1] * K[l, m]\n"
        "for i in 1..P, j in 1..Q: "
        "y[i, j] = max(a in 0..1, b in 0..1, relu(c[2*i-a, 2*j-b]))",
        {"H": 5, "W": 6, "h": 2, "w": 3, "P": 2, "Q": 2},
        lambda t: _pooled(t["x"], t["K"]),
    ),
    "activations": (
        "input x[N]\noutput y\n"
        "for i: y[i] = sigma(x[i]) * tanh(x[i]) + softplus(x[i]) * erf(x[i])\n"
        "for i: y[i] += cos(x[i]) * abs(x[i])",
        {"N": 5},
        lambda t: (
            t["x"].sigmoid() * t["x"].tanh()
            + _functional().softplus(t["x"]) * t["x"].erf()
            + t["x"].cos() * t["x"].abs()
        ),
    ),
}


def _functional() -> Any:
    return pytest.importorskip("torch").nn.functional


def _pooled(x: Any, kernel: Any) -> Any:
    functional = _functional()
    maps = functional.conv2d(x[None, None], kernel[None, None]).relu()
    return functional.max_pool2d(maps, 2)[0, 0]


@pytest.mark.parametrize("name", TORCH)
def test_gradients_are_those_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    text, extents, layer = TORCH[name]
    forward = read(text)
    values = random_values(forward, free_arrays(forward), extents)
    tensors = {
        array: torch.tensor(_nested(cells), dtype=torch.float64, requires_grad=True)
        for array, cells in values.items()
    }
    (seed,) = (array for array in values if array.endswith(".grad"))
    layer(tensors).backward(tensors[seed].detach())
    ours = run(derive(forward), extents, values)
    for array in values.keys() - {seed}:
        expected = {
            key: fmpq(*float(tensors[array].grad[tuple(n - 1 for n in key)]).as_integer_ratio())
            for key in values[array]
        }
        assert agree(ours[f"{array}.grad"], expected), array


def _nested(cells: Any) -> Any:
    """Elements by index tuple as nested lists."""
    if set(cells) == {()}:
        return float(cells[()].p) / float(cells[()].q)
    first = sorted({key[0] for key in cells})
    return [_nested({key[1:]: value for key, value in cells.items() if key[0] == n}) for n in first]


# --- what is asked for --------------------------------------------------------------------------


def test_an_output_that_is_read_gets_its_seed_and_what_flows_back() -> None:
    forward = read("input x[N]\noutput y\noutput z\nfor i: y[i] = x[i]^2\nfor i: z[i] = sin(y[i])")
    assert str(derive(forward)).splitlines() == [
        "for i: y_total[i] = y.grad[i]",
        "for i: y_total[i] += z.grad[i] * cos(y[i])",
        "for i: x.grad[i] += 2 * y_total[i] * x[i]",
    ]


def test_the_name_of_a_total_is_one_that_is_free() -> None:
    forward = read("input y_total\noutput y\noutput z\ny = y_total^2\nz = sin(y)")
    assert str(derive(forward)).startswith("y_total2 = y.grad")


def test_a_loss_that_is_read_adds_to_its_1() -> None:
    forward = read("input x\nloss L\noutput M\nL = x^2\nM = 3 * L")
    assert str(derive(forward)).splitlines()[:2] == ["L.grad = 1", "L.grad += 3 * M.grad"]


def test_the_gradient_of_an_input_that_reaches_no_output_is_0() -> None:
    forward = read("input x[N]\ninput w[N, M]\noutput y\nfor i: y[i] = x[i] + [x[i] > 0]")
    assert str(derive(forward)).splitlines()[-1] == "for i, j: w.grad[i, j] = 0"


def test_a_gradient_that_is_asked_for_is_always_written() -> None:
    forward = read("input x[N]\noutput y\nfor i: t[i] = x[i]\nfor i: y[i] = [t[i] > 0]")
    assert str(derive(forward, wrt=["t"])) == "for i: t.grad[i] = 0"


def test_only_what_the_wanted_gradients_need_is_derived() -> None:
    assert str(derive(read(SOFTMAX), wrt=["Z"])) == (
        "for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2"
    )
    assert "mu.grad" not in str(derive(read(BATCH_NORM), wrt=["s"]))


def test_an_update_that_reaches_no_output_has_no_adjoint() -> None:
    forward = read("input x\noutput y\ny = x^2\nz = exp(x)")
    assert str(derive(forward)) == "x.grad += 2 * y.grad * x"


def test_an_output_that_names_an_input_keeps_its_seed() -> None:
    forward = read("input theta[R]\ninput gamma\noutput theta")
    assert str(derive(forward)) == "gamma.grad = 0"


def test_bound_indices_that_become_loops_are_not_captured() -> None:
    forward = read("input x[N]\nloss y\ny = sum(k, x[k]^2) * sum(k, x[k])")
    assert str(derive(forward)).splitlines()[1] == (
        "for k: x.grad[k] += y.grad * (2 * x[k] * sum(k2, x[k2]) + sum(k2, x[k2]^2))"
    )


def test_fixed_data_have_gradients_and_ties_go_to_the_first() -> None:
    forward = read("input x[4] = [1, 3, 3, 0]\noutput y\ny = max(k, x[k]) + relu(x[4])")
    state = run(derive(forward), {}, {"y.grad": {(): fmpq(1)}})
    assert [state["x.grad"][(n,)] for n in range(1, 5)] == [0, 1, 0, 0]


def test_derived_programs_are_derived_again_under_new_names() -> None:
    once = derive(read("input x\nloss y\ny = x^3"))
    twice = derive(once, wrt=["x"])
    thrice = derive(twice, wrt=["x"])
    assert "x.grad2 +=" in str(twice) and "x.grad.grad2" in str(twice)
    assert "x.grad3 +=" in str(thrice)
    values: State = {
        "x": {(): fmpq(2)},
        "x.grad.grad2": {(): fmpq(1)},
        "x.grad2.grad3": {(): fmpq(1)},
    }
    state = run(thrice, {}, values)
    assert [state[name][()] for name in ("x.grad", "x.grad2", "x.grad3")] == [12, 12, 6]


# --- refusals -----------------------------------------------------------------------------------

REFUSED = {
    "input x\ny = x^2": ("name", "no output and no loss"),
    "input x[N]\noutput h\nfor i: h[i] = x[i]\nfor i in 2..N: h[i] += h[i-1]": ("syntax", "h"),
    "input x\noutput y\ny = x\ny = y^2": ("syntax", "y"),
    "input x[N]\noutput y\nfor i: y += x[i]; z[i] = y": ("syntax", "y"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_derived_is_refused_with_the_reason(text: str) -> None:
    kind, reason = REFUSED[text]
    with pytest.raises(StudentError) as refusal:
        derive(read(text))
    assert refusal.value.kind == kind
    assert reason in refusal.value.message


def test_an_unknown_array_is_refused_by_name() -> None:
    with pytest.raises(StudentError, match="no array Y") as refusal:
        derive(read(SOFTMAX), wrt=["Y"])
    assert refusal.value.kind == "name"


def test_an_index_has_no_gradient() -> None:
    with pytest.raises(StudentError, match="y is an index"):
        derive(read("input P[K]\ninput y in 1..K\nloss L\nL = -log(P[y])"), wrt=["y"])


@pytest.mark.parametrize(
    ("forward", "reason"),
    [
        (
            "input x[N]\noutput y\nfor i: y[i] = x[i]\nfor i: y[i] = 2 * x[i]",
            "y is overwritten at statement 2 after statement 1 wrote it",
        ),
        (
            "input x[N, M]\noutput y\nfor i, j: y[i] = x[i, j]",
            "several executions of statement 1 assign the same element of y",
        ),
        (
            "input x[N]\noutput y\nfor i: s += x[i]; y[i] = s",
            "s is read at statement 2 while the same loop still adds to it",
        ),
    ],
)
def test_a_forward_pass_that_overwrites_or_reads_too_early_is_refused(
    forward: str, reason: str
) -> None:
    """The reason names the array and the statement."""
    with pytest.raises(StudentError, match=reason):
        derive(read(forward))


def test_an_array_set_to_zero_first_is_not_overwritten() -> None:
    """for i: y[i] = 0 and then y[i] += …, and locals of a body, are no obstacle."""
    started = read("input x[N]\noutput y\nfor i: y[i] = 0\nfor i: y[i] += x[i]^2")
    assert str(derive(started)) == "for i: x.grad[i] += 2 * y.grad[i] * x[i]"
    derive(read("input x[N, M]\noutput y\nfor i, j: e = x[i, j]^2; y[i] += e"))
