"""Second order: what naive backpropagation gives, what is true, and what is missing."""

from __future__ import annotations

import pytest
from flint import fmpq
from oracles import FUNCTIONS, close, run
from sympy import Add, Expr

from symgrad import StudentError, derive, read
from symgrad.algebra.monomials import Monomial, collected
from symgrad.course.explore import SecondOrder, mixed_derivative, second_order, witness
from symgrad.expressions import element
from symgrad.program import Nest, Program, Statement
from symgrad.writing.write import expression_text, parameters

GRAPH = read(
    "input x\nfunction f(y, z)\nfunction g(x)\nfunction h(x)\nloss l\n"
    "y = g(x)\nz = h(x)\nu = f(y, z)\nl = u"
)


def text(program: Program, expr: Expr) -> str:
    return expression_text(expr, names=parameters(program))


def test_the_graph_of_the_notes() -> None:
    found = second_order(GRAPH)
    assert text(GRAPH, found.first) == "f_y(y, z) * g'(x) + f_z(y, z) * h'(x)"
    assert text(GRAPH, found.naive) == "f_yy(y, z) * g''(x) + f_zz(y, z) * h''(x)"
    assert text(GRAPH, found.true) == (
        "f_yy(y, z) * g'(x)^2 + f_y(y, z) * g''(x) + f_zz(y, z) * h'(x)^2 + f_z(y, z) * h''(x) "
        "+ 2 * f_yz(y, z) * g'(x) * h'(x)"
    )


def test_missing_is_what_the_true_value_has_more() -> None:
    found = second_order(GRAPH)
    terms = [Monomial.of(part) for part in Add.make_args(found.true)]
    terms += [-Monomial.of(part) for part in Add.make_args(found.naive)]
    terms += [-Monomial.of(part) for part in Add.make_args(found.missing)]
    assert collected(terms) == []


def test_the_gradient_of_one_array_changes_with_an_input() -> None:
    """d (dl/dy) / dx = f_yy g' + f_yz h'"""
    mixed = text(GRAPH, mixed_derivative(GRAPH, "y", "x"))
    assert mixed == "f_yy(y, z) * g'(x) + f_yz(y, z) * h'(x)"


GRAPHS = {
    "a chain": "input x\nloss l\ny = sin(x)\nl = exp(y)",
    "a sum, whose second derivative is nothing": "input x\nloss l\ny = x^2\nz = exp(x)\nl = y + z",
    "an input read twice": "input x\nloss l\ny = x^3\nl = x * y",
    "opaque functions": str(GRAPH),
    "branches": "input x\nloss l\ny = x^3\nl = where(x > 0, y^2, sin(y)) + max(x, y) * x",
    "a loop": "input x\nloss l\nfor k in 1..3: y += x^k\nl = y^2",
    "a sum over a range": "input x\nloss l\ny = sum(k in 1..4, k * x^k)\nl = exp(y / 100)",
    "a difference": "input x\nloss l\ny = x^2\nl = y^2\nl -= sin(x)",
}


def value(found: SecondOrder, expr: Expr, at: fmpq) -> object:
    program = Program((), (Nest((), (Statement(element("t"), "=", expr),)),), found.forward)
    return run(program, {}, {"x": {(): at}})["t"][()]


@pytest.mark.parametrize("name", GRAPHS)
def test_the_true_second_derivative_is_the_slope_of_the_gradient(name: str) -> None:
    forward = read(GRAPHS[name])
    found = second_order(forward)
    at, step = fmpq(3, 7), fmpq(1, 10**15)
    backward = derive(forward)
    slopes = [run(backward, {}, {"x": {(): at + sign * step}})["x.grad"][()] for sign in (1, -1)]
    assert close(value(found, found.true, at), (slopes[0] - slopes[1]) / (2 * step))
    assert close(
        value(found, found.missing, at),
        value(found, found.true, at) - value(found, found.naive, at),
    )


def test_naive_is_right_on_a_single_operation() -> None:
    found = second_order(read("input x\nloss l\nl = sin(x)"))
    assert found.missing == 0
    assert witness(found) is None


def test_a_witness_shows_both_values() -> None:
    """f = y^2 + y*z + z^2, g = x^2, h = x^3: naive 4 + 12 x, true 12 x^2 + 20 x^3 + 30 x^4."""
    found = witness(second_order(GRAPH))
    assert found is not None
    x = found.inputs["x"]
    assert dict(found.functions) == {"f": "y^2 + y*z + z^2", "g": "x^2", "h": "x^3"}
    assert found.naive == 4 + 12 * x
    assert found.true == 12 * x**2 + 20 * x**3 + 30 * x**4


def test_a_witness_satisfies_the_assumptions() -> None:
    assumed = "assume x > 0\nassume x < 1"
    found = witness(second_order(read(f"input x\n{assumed}\nloss l\ny = log(x)\nl = y^3")))
    assert found is not None and 0 < found.inputs["x"] < 1


REFUSED = {
    "input x[N]\nloss l\nl = sum(i, x[i])": "takes scalars only, and x has axes",
    "input x\noutput l\nl = x": "one loss is needed",
    "loss l\nl = 1": "there is no input",
}


@pytest.mark.parametrize("forward", REFUSED)
def test_what_is_no_scalar_graph_is_refused(forward: str) -> None:
    with pytest.raises(StudentError, match=REFUSED[forward]):
        second_order(read(forward))


def test_an_unknown_input_is_refused() -> None:
    with pytest.raises(StudentError, match="there is no input w"):
        second_order(GRAPH, "w")


assert FUNCTIONS  # the instances of f, g and h with which `run` evaluates


IN_ONE_LINE = [
    "x * exp(x) + sin(log(x)) / x",
    "exp(x * z) + x * z / log(x) + sin(log(x)) / (x * z)",
    "(x + z) * cos(x) * (x^2 - z)",
]


@pytest.mark.parametrize("value", IN_ONE_LINE)
def test_within_one_statement_nothing_is_missing(value: str) -> None:
    """The naive method takes the second derivative of each statement, which is all there is."""
    found = second_order(read(f"input x\ninput z\nassume x > 1\nassume z > 0\nloss y\ny = {value}"))
    assert found.missing == 0
