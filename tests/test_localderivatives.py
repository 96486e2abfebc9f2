"""Derivatives of one array by another: what they are, and which are refused."""

from __future__ import annotations

import pytest

from symgrad import StudentError, derive, read
from symgrad.course.exercise import catalogue, exercise
from symgrad.equivalence import equivalent
from symgrad.expressions import array_of, elements
from symgrad.grading.answers import Answer
from symgrad.grading.check import check_part
from symgrad.program import Array, Loss, Program

LAYER = read("""
input x[N]
input W[M, N]
output y
for i: u[i] += relu(x[i])
for i, j: y[j] += W[j, i] * u[i]
""")
WINDOW = read("""
input I[N]
input K[h]
assume N >= h
output J
for i in 1..N-h+1, l: J[i] += I[i+l-1] * K[l]
""")
FUNCTIONS = read("""
function f(y, z)
function g(x)
input x
loss u
y = g(x)
z = exp(x)
u = f(y, z)
""")
SOFTMAX = read("""
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]
""")


@pytest.mark.parametrize(
    ("given", "text", "means"),
    [
        (LAYER, "x.grad[i] = u.grad[i] * ∂u[i]/∂x[i]", "u.grad[i] * [x[i] > 0]"),
        (LAYER, "x.grad[i] = du[i]/dx[i]", "[x[i] > 0]"),
        (
            LAYER,
            "x.grad[i] = sum(j, u.grad[j] * ∂u[j]/∂x[i])",
            "sum(j, u.grad[j] * [j == i] * [x[j] > 0])",
        ),
        (LAYER, "u.grad[i] = sum(j, y.grad[j] * ∂y[j]/∂u[i])", "sum(j, y.grad[j] * W[j, i])"),
        (
            WINDOW,
            r"\delta I(i) = \sum_{j=1}^{N-h+1} \delta J(j) \frac{\partial J(j)}{\partial I(i)}",
            "sum(j, J.grad[j] * [1 <= i - j + 1 <= h] * K[i - j + 1])",
        ),
        (SOFTMAX, r"\delta s_{ij} = \frac{\partial Z_i}{\partial s_{ij}}", "exp(s[i, j])"),
    ],
)
def test_a_derivative_is_that_of_the_statement(given: Program, text: str, means: str) -> None:
    assert str(read(text, given)).partition(" = ")[2] == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("x.grad = ∂f/∂y * g'(x) + ∂f/∂z ∂z/∂x", "f_y(y, z) * g'(x) + f_z(y, z) * exp(x)"),
        (r"x.grad = \frac{\partial f}{\partial y}\frac{dg}{dx}", "f_y(y, z) * g'(x)"),
        (r"x.grad = \frac{\partial u}{\partial y}\frac{dy}{dx}", "y.grad * g'(x)"),
    ],
)
def test_a_derivative_of_a_function_is_taken_where_it_is_called(text: str, means: str) -> None:
    assert str(read(text, FUNCTIONS)) == f"x.grad = {means}"


@pytest.mark.parametrize(
    ("given", "text", "message"),
    [
        (SOFTMAX, "t = ∂p[1, 1]/∂s[1, 1]", "p depends on s directly and through Z"),
        (LAYER, "t = ∂y[1]/∂x[1]", "y depends on x through u only"),
        (LAYER, "t = ∂u[1]/∂W[1, 1]", "u does not depend on W"),
        (LAYER, "t = ∂x[1]/∂u[1]", "x is not computed by the forward pass"),
        (LAYER, "x.grad = u.grad * ∂u/∂x", "a derivative of one whole array by another"),
        (LAYER, "t = ∂u[1, 2]/∂x[1]", "u has 1 axis, here it has 2 indices"),
        (LAYER, "t = ∂u[1]/∂x[1]^2", "a power of a derivative"),
        (FUNCTIONS, "t = ∂f/∂x", "f is a function of y, z"),
    ],
)
def test_a_derivative_that_may_be_two_things_is_refused(
    given: Program, text: str, message: str
) -> None:
    with pytest.raises(StudentError) as caught:
        read(text, given)
    assert caught.value.message == message


def accessed(array: Array, letter: str) -> tuple[str, str]:
    """An element of the array with the ranges of its indices: `x[i1, i2]`, `i1 in 1..N, …`."""
    names = [f"{letter}{n}" for n in range(array.rank)]
    places = f"[{', '.join(names)}]" if names else ""
    spans = (f"{n} in {a.lower}..{a.upper}" for n, a in zip(names, array.axes, strict=True))
    return places, ", ".join(spans)


def readers(forward: Program, name: str) -> set[str]:
    """The arrays of which a statement reads the array."""
    return {
        array_of(line.target)
        for _, line in forward.statements
        if any(array_of(one) == name for one in elements(line.value))
    }


def chain_rule(forward: Program, name: str, readers: set[str]) -> str:
    """x.grad[i] = Σ_j u.grad[j] * ∂u[j]/∂x[i] over every array u that reads x."""
    here, loops = accessed(forward.arrays[name], "i")
    terms = []
    for reader in sorted(readers):
        there, spans = accessed(forward.arrays[reader], "j")
        term = f"{reader}.grad{there} * ∂{reader}{there}/∂{name}{here}"
        terms.append(f"sum({spans}, {term})" if spans else term)
    head = f"for {loops}: " if loops else ""
    return f"{head}{name}.grad{here} = {' + '.join(terms)}"


FORWARD = {
    str(part.forward): part.forward
    for found in catalogue().values()
    for part in found.parts
    if not any("{" in name for name in part.forward.arrays)
}


@pytest.mark.parametrize("forward", FORWARD.values(), ids=range(len(FORWARD)))
def test_the_chain_rule_with_local_derivatives_is_the_backward_pass(forward: Program) -> None:
    """For every array whose readers depend on it in one way, against what is derived."""
    try:
        backward = derive(forward)
    except StudentError:
        return
    written = {array_of(line.target).removesuffix(".grad") for _, line in backward.statements}
    losses = {item.name for item in forward.declared(Loss)}
    for name in sorted(written - losses):
        above = readers(forward, name)
        if not above or above & losses:  # by the loss, it is the gradient itself
            continue
        try:
            program = read(chain_rule(forward, name, above), forward)
        except StudentError as error:
            assert "depends" in error.message or "step by step" in error.message, error
            continue
        assert equivalent(program, backward, forward, [f"{name}.grad"]).status == "equal"


def test_an_answer_that_leaves_a_derivative_earns_a_part() -> None:
    """Written out at the end of a chain it is complete."""
    part = exercise("relu").part("a")
    left = "x.grad[i] = y.grad[i] * ∂y[i]/∂x[i]"
    report = check_part(part, Answer(left))
    assert report.status == "partial" and "left as it is" in report.feedback[0].message
    assert check_part(part, Answer(f"{left} = y.grad[i] * [x[i] > 0]")).status == "correct"
