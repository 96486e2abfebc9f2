"""Local derivatives, one rule at a time, against central differences."""

from __future__ import annotations

import pytest
from flint import fmpq
from hypothesis import HealthCheck, given, settings
from oracles import agree, central_differences, random_values, run
from strategies import INPUTS, expressions
from sympy import Expr

from symgrad import read
from symgrad.algebra.differentiate import derivative, reads
from symgrad.evaluation.arithmetic import precision
from symgrad.expressions import element, elements
from symgrad.program import Axis, Input, Nest, Opaque, Output, Program, Statement
from symgrad.writing.write import expression_text, parameters

DECLARED = read("input u\ninput v\nfunction f(y, z)\nfunction g(x)\noutput o\no = u * v")
KNOWN = {name: array.axes for name, array in DECLARED.arrays.items()}

BY_U = {
    "3": "0",
    "u": "1",
    "u * v": "v",
    "u * u": "2 * u",
    "u / v": "1 / v",
    "v / u": "-v / u^2",
    "v / sqrt(u)": "-1/2 * v / u^(3/2)",
    "(u - v)^2": "2 * (u - v)",
    "(1 - u) * u": "1 - 2 * u",
    "u^v": "v * u^(v - 1)",
    "2^u": "2^u * log(2)",
    "exp(u^2)": "2 * u * exp(u^2)",
    "log(1 - u)": "-1 / (1 - u)",
    "sin(u)": "cos(u)",
    "cos(u)": "-sin(u)",
    "tanh(u)": "tanh'(u)",
    "sigma(2 * u)": "2 * sigma'(2 * u)",
    "sigma'(u)": "sigma''(u)",
    "softplus(u)": "sigma(u)",
    "erf(u)": "erf'(u)",
    "relu(u)": "[u > 0]",
    "relu'(u)": "0",
    "abs(u)": "[u > 0] - [u < 0]",
    "g(u)": "g'(u)",
    "g'(u)": "g''(u)",
    "f(u, v)": "f_y(u, v)",
    "f(v, u)": "f_z(v, u)",
    "f(u, u)": "f_y(u, u) + f_z(u, u)",
    "f_y(v, u)": "f_yz(v, u)",
    "f_z(u, v)": "f_yz(u, v)",
    "max(u, v)": "[u >= v]",
    "max(v, 2 * u)": "2 * [2 * u > v]",
    "min(u, v)": "[u <= v]",
    "where(v > 0, u^2, u)": "2 * u * [v > 0] + [v <= 0]",
    "[u > 0] * v": "0",
    "[u > 0] * u": "[u > 0]",
    "argmax(k in 1..3, k * u)": "0",
}


@pytest.mark.parametrize("text", BY_U)
def test_each_rule_gives_the_derivative_that_calculus_gives(text: str) -> None:
    value = read(f"t = {text}", given=DECLARED).nests[0].body[0].value
    assert (
        expression_text(derivative(value, element("u")), KNOWN, parameters(DECLARED)) == BY_U[text]
    )


def test_a_read_inside_a_reduction_carries_its_ranges() -> None:
    value = read("t = sum(k in 1..3 if k != 2, u * v^k)", given=DECLARED).nests[0].body[0].value
    by_u, _ = reads(value)
    assert [str(limit) for limit in by_u.limits] == ["(k, 1, 3)"]
    assert [str(part) for part in by_u.guard] == ["Ne(k, 2)"]
    assert expression_text(derivative(value, element("u"))) == "sum(k in 1..3, v^k * [k != 2])"


FAST = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@FAST
@given(expressions(dict(INPUTS), (), depth=4))
def test_the_derivative_of_any_expression_is_its_slope(value: Expr) -> None:
    program = Program(
        (
            *(Input(name, tuple(map(Axis, axes))) for name, axes in INPUTS.items()),
            Opaque("f", ("y", "z")),
            Opaque("g", ("x",)),
            Output("t"),
        ),
        (Nest((), (Statement(element("t"), "=", value),)),),
    )
    extents = {"N": 2, "M": 2}
    values = random_values(program, INPUTS, extents)
    local = Program(
        (), (Nest((), (Statement(element("d"), "=", derivative(value, element("a"))),)),)
    )
    assert element("a") in {*elements(value)} or derivative(value, element("a")) == 0
    with precision(256):
        slopes = central_differences(program, extents, values, {"t": {(): fmpq(1)}}, ["a"])
    whole = Program(program.declarations, program.nests + local.nests)
    assert agree(run(whole, extents, values)["d"], slopes["a"])
