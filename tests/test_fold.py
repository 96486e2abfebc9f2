"""Closed forms: as an expert writes them, and with the values of the backward pass."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from oracles import agree, free_arrays, random_values, run
from strategies import forward_programs

from symgrad import derive, read
from symgrad.forms.fold import close
from symgrad.program import Program

CLOSED = {
    "softmax": (
        "input s[B, J]\noutput p\nfor b, j: Z[b] += exp(s[b, j])\n"
        "for b, j: p[b, j] += exp(s[b, j]) / Z[b]",
        ["for b, j: s.grad[b, j] = p[b, j] * (p.grad[b, j] - sum(j2, p.grad[b, j2] * p[b, j2]))"],
    ),
    "softmax with the sum inside": (
        "input x[N]\noutput y\nfor i: y[i] = exp(x[i]) / sum(k, exp(x[k]))",
        ["for i: x.grad[i] = y[i] * (y.grad[i] - sum(k, y.grad[k] * y[k]))"],
    ),
    "batch norm": (
        "input x[B, J]\nassume B >= 2\noutput x'\nfor b, j: mu[j] += 1 / B * x[b, j]\n"
        "for b, j: s[j] += 1 / (B - 1) * (x[b, j] - mu[j])^2\n"
        "for b, j: x'[b, j] += (x[b, j] - mu[j]) / sqrt(s[j])",
        [
            "for b, j: x.grad[b, j] = (x'.grad[b, j] "
            "- x'[b, j] / (B - 1) * sum(b2, x'.grad[b2, j] * x'[b2, j]) "
            "- sum(b2, x'.grad[b2, j]) / B "
            "+ sum(b2, x'.grad[b2, j] * x'[b2, j]) / (B - 1) / B * sum(b2, x'[b2, j])) "
            "/ sqrt(s[j])"
        ],
    ),
    "cross-entropy with a label": (
        "input s[K]\ninput y in 1..K\nloss L\n"
        "for k: P[k] = exp(s[k]) / sum(l, exp(s[l]))\nL = -log(P[y])",
        ["for k: s.grad[k] = P[k] - [k == y]"],
    ),
    "cross-entropy with soft labels": (
        "input s[K]\ninput y[K]\nloss L\n"
        "for i: p[i] = exp(s[i]) / sum(k, exp(s[k]))\nL = -sum(k, y[k] * log(p[k]))",
        ["for k: y.grad[k] = -log(p[k])", "for i: s.grad[i] = p[i] * sum(k, y[k]) - y[i]"],
    ),
    "a gate": (
        "input u[N]\ninput w[N]\noutput y\n"
        "for i: G[i] = sigma(u[i])\nfor i: R[i] = tanh(w[i])\nfor i: y[i] = G[i] * R[i]",
        [
            "for i: w.grad[i] = y.grad[i] * G[i] * (1 - R[i]^2)",
            "for i: u.grad[i] = y.grad[i] * R[i] * G[i] * (1 - G[i])",
        ],
    ),
    "a convolution": (
        "input I[H]\ninput K[h]\nassume H >= h\noutput J\n"
        "for i in 1..H-h+1, l: J[i] += I[i+l-1] * K[l]",
        [
            "for p: I.grad[p] = sum(l in max(1, p + h - H)..min(p, h), J.grad[p - l + 1] * K[l])",
            "for l: K.grad[l] = sum(i, J.grad[i] * I[i + l - 1])",
        ],
    ),
    "several outputs": (
        "input x\noutput y\noutput z\ny = x^2\nz = sin(y)",
        ["x.grad = 2 * x * (y.grad + z.grad * cos(y))"],
    ),
    "an input that nothing reads": ("input x\ninput w[N]\noutput y\ny = x", None),
}


@pytest.mark.parametrize("name", [name for name, (_, closed) in CLOSED.items() if closed])
def test_the_closed_form_is_what_an_expert_writes(name: str) -> None:
    forward, expected = CLOSED[name]
    assert str(close(derive(read(forward)))).splitlines() == expected


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_form_is_legal_notation(name: str) -> None:
    forward = read(CLOSED[name][0])
    closed = close(derive(forward))
    assert read(str(closed), given=forward) == closed


def test_every_input_gradient_has_one_statement_and_no_intermediate_one_is_read() -> None:
    forward = read(CLOSED["batch norm"][0])
    (statement,) = (one for _, one in close(derive(forward)).statements)
    assert "s.grad" not in str(statement) and "mu.grad" not in str(statement)


def test_an_input_that_nothing_reads_has_the_gradient_0() -> None:
    forward = read(CLOSED["an input that nothing reads"][0])
    assert "for i: w.grad[i] = 0" in str(close(derive(forward))).splitlines()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(forward_programs())
def test_a_closed_form_has_the_values_of_the_backward_pass(forward: Program) -> None:
    backward = derive(forward)
    closed = close(backward)
    inputs = [name for name in free_arrays(forward) if not name.endswith(".grad")]
    for extents in ({"N": 3, "M": 2}, {"N": 1, "M": 1}):
        values = random_values(forward, free_arrays(forward), extents)
        long, short = run(backward, extents, values), run(closed, extents, values)
        for name in inputs:
            assert agree(short[f"{name}.grad"], long[f"{name}.grad"]), (name, str(closed))


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_form_of_a_layer_has_the_values_of_its_backward_pass(name: str) -> None:
    backward = derive(read(CLOSED[name][0]))
    forward = backward.given
    assert forward is not None
    extents = {"B": 4, "J": 3, "N": 3, "K": 3, "H": 5, "h": 2}
    values = random_values(forward, free_arrays(forward), extents)
    if "y" in forward.arrays and forward.arrays["y"].values:
        values["y"] = {(): 2}
    if name == "a convolution":
        values["K"] = random_values(forward, ["K"], {**extents, "K": 2})["K"]
    long, short = run(backward, extents, values), run(close(backward), extents, values)
    for array in free_arrays(forward):
        if f"{array}.grad" in short:
            assert agree(short[f"{array}.grad"], long[f"{array}.grad"]), array


def test_deriving_twice_can_be_closed_too() -> None:
    """y = x^3 has the second derivative 6 * x; y.grad, which is 1, belongs to what is given."""
    closed = close(derive(derive(read("input x\nloss y\ny = x^3"))))
    assert str(closed).splitlines()[-1] == "x.grad2 = 6 * x.grad.grad2 * y.grad * x"
