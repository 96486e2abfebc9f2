"""Functions of sums that are the same although they are written otherwise, and of no others."""

from __future__ import annotations

import pytest

from symgrad import equivalent, read
from symgrad.equivalence import proved
from symgrad.program import Program

GIVEN = "input x[N]\ninput A[N, N]\nfunction g(y)"

ALTERNATING = "sum(i, (1 - 2*mod(i, 2))*x[i])"
EVEN, ODD = (f"sum(i if mod(i, 2) == {rest}, x[i])" for rest in (0, 1))

SAME = {
    "sum(i, j if i <= j, A[i, j])": "sum(i, j in i..N, A[i, j])",
    "sum(i, j if i < j, x[i]*x[j])": "(sum(i, x[i])^2 - sum(i, x[i]^2))/2",
    ALTERNATING: f"{EVEN} - {ODD}",
    "sum(i, j, max(i, j)*x[i]*x[j])": "2*sum(i, j in 1..i-1, i*x[i]*x[j]) + sum(i, i*x[i]^2)",
    "sum(i, x[i]) - sum(i if 2*i <= N, x[i])": "sum(i if 2*i > N, x[i])",
}

OTHERS = {
    "sum(i, j if i <= j, A[i, j])": "sum(i, j in i..N, A[j, i])",
    "sum(i, j if i < j, A[i, j])": "sum(i, j in i..N, A[i, j])",
    "sum(i, j if i < j, x[i]*x[j])": "(sum(i, x[i])^2 + sum(i, x[i]^2))/2",
    ALTERNATING: f"{EVEN} + {ODD}",
    "sum(i, j, max(i, j)*x[i]*x[j])": "2*sum(i, j in 1..i-1, j*x[i]*x[j]) + sum(i, i*x[i]^2)",
    "sum(i, x[i]) - sum(i if 2*i <= N, x[i])": "sum(i if 2*i >= N, x[i])",
}

AROUND = ("tanh({})", "g({})", "exp({} - x[1])", "sum(i, x[i]*sigma(x[i] + {}))")


def sides(*texts: str) -> tuple[Program, Program]:
    given = read(GIVEN)
    one, other = (read(f"out = {text}", given=given) for text in texts)
    return one, other


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("left", SAME)
def test_functions_of_the_same_sum_are_the_same(left: str, around: str) -> None:
    texts = around.format(left), around.format(SAME[left])
    found = proved(*sides(*texts), ("out",))
    assert found is not None and found.replay()


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("left", OTHERS)
def test_functions_of_other_sums_are_not(left: str, around: str) -> None:
    """No proof without looking for a witness first, and there is one."""
    texts = around.format(left), around.format(OTHERS[left])
    assert proved(*sides(*texts), ("out",)) is None
    assert equivalent(*sides(*texts), given=GIVEN).status == "different"


@pytest.mark.parametrize(("name", "equal"), [("tanh", "-tanh"), ("sigma", "1 - sigma")])
def test_an_odd_function_of_the_opposite_sum_is_the_opposite(name: str, equal: str) -> None:
    texts = f"{name}({ALTERNATING})", f"{equal}({ODD} - {EVEN})"
    assert proved(*sides(*texts), ("out",)) is not None
    assert proved(*sides(texts[0], texts[1].replace(equal, name)), ("out",)) is None


def test_a_factor_of_the_sum_does_not_matter() -> None:
    """[u > 0] = [2 u > 0]: sums over pairs, and half of a square."""
    forward = read("input x[N]\nassume N >= 2\nassume x > 0")
    pairs, square = "sum(i, j if i < j, x[i]*x[j])", "(sum(i, x[i])^2 - sum(i, x[i]^2))/2"
    texts = (f"out = relu({text} - x[1]^3)" for text in (pairs, square))
    one, other = (read(text, given=forward) for text in texts)
    assert proved(one, other, ("out",)) is not None
