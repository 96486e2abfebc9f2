"""Witnesses are the smallest that are found, and no accident of the point that they show."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from symgrad import equivalent
from symgrad.refutation.witness import Witness

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]"""

GRADIENT = "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - sum(k, p[b, k] * p.grad[b, k]))"


def witness(given: str, left: str, right: str) -> Witness:
    found = equivalent(left, right, given=given).witness
    assert found is not None
    return found


def test_extents_are_as_small_as_the_mistake_admits() -> None:
    """A sum over the wrong axis needs one of two, a factor 1/N an N of 2, a sign nothing."""
    sign = witness(SOFTMAX, GRADIENT.replace("- sum", "+ sum"), GRADIENT)
    assert dict(sign.extents) == {"B": 1, "J": 1}
    axis = witness(
        SOFTMAX,
        GRADIENT.replace("sum(k, p[b, k] * p.grad[b, k])", "p.grad[b, j] * p[b, j]"),
        GRADIENT,
    )
    assert dict(axis.extents) == {"B": 1, "J": 2}
    given = "input A[N, M]\ninput u[R]"
    mean = witness(given, "out = sum(i, j, A[i, j]) / N", "out = sum(i, j, A[i, j])")
    assert dict(mean.extents) == {"M": 1, "N": 2, "R": 1}


def test_numbers_are_ones_where_that_will_do() -> None:
    found = witness("input x\ninput y", "out = 2 * x * y", "out = x * y")
    assert (found.inputs, found.left, found.right) == ({"x": "1", "y": "1"}, "2", "1")
    found = witness("input x\ninput y", "out = x^2 * y", "out = x * y")
    assert (found.inputs, found.left, found.right) == ({"x": "2", "y": "1"}, "4", "2")


def test_zeros_stand_only_where_they_make_the_values_exact() -> None:
    found = witness("input x\ninput y", "out = 2 * y * exp(x)", "out = y * exp(x)")
    assert (found.inputs, found.left, found.right) == ({"x": "0", "y": "1"}, "2", "1")
    found = witness("input x\ninput y", "out = x * exp(y - 3)", "out = exp(y - 3)")
    assert found.inputs["y"] != "0"


def test_functions_are_simple_polynomials() -> None:
    given = "function f(y, z)\nfunction g(x)\nfunction h(x)\ninput x"
    found = witness(given, "out = f_y(g(x), h(x))", "out = f_z(g(x), h(x))")
    assert found.functions == {"f": "y^2*z", "g": "x^2", "h": "x^3"}


@pytest.mark.parametrize("size", [2, 3])
def test_no_tie_decides(size: int) -> None:
    """Which element is the first maximum of [1, 1] is nobody's mistake."""
    given = f"input x[{size}]\noutput y\ny = max(k, x[k])"
    right = "for k: x.grad[k] += y.grad * [k == argmax(i, x[i])]"
    last = f"for k: x.grad[k] += y.grad * [k == {size}]"
    values = witness(given, last, right).inputs["x"]
    assert len(set(values)) > 1
    assert equivalent("for k: x.grad[k] += y.grad * [x[k] == y]", right, given=given)


def test_soft_labels_stay_labels() -> None:
    given = "input y[K]\ninput x[K]\nassume sum(k, y[k]) == 1\nassume y > 0"
    found = witness(given, "out = sum(k, x[k] * y[k]^2)", "out = sum(k, x[k] * y[k])")
    assert found.inputs["y"] == ["1/2", "1/2"] or dict(found.extents) == {"K": 2}


def test_the_witness_of_an_access_outside_an_axis_or_of_a_shape_has_extents_only() -> None:
    found = witness("input x[N]", "for i: out[i] = x[i]", "for i in 1..N+1: out[i] = 1")
    assert (found.kind, found.extents, found.relevant) == ("shape", {"N": 1}, ())


def test_the_witness_is_always_the_same() -> None:
    """In every process, whatever the order of its hash tables."""
    code = f"""
from symgrad import equivalent
print(equivalent({GRADIENT.replace("- sum", "+ 2*sum")!r}, {GRADIENT!r}, given={SOFTMAX!r}).witness)
"""
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1


def test_a_witness_beyond_a_large_constant_is_found_and_told() -> None:
    """The shape at which the sides differ is none of those that are looked at for small ones."""
    found = witness("input u[N]", "for i: out[i] = u[i]*[i <= 90]", "for i: out[i] = u[i]")
    assert (found.extents, found.element) == ({"N": 91}, (91,))
