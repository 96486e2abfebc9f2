"""What both sides compute on their way gets one name where it holds the same."""

from __future__ import annotations

import pytest

from symgrad import equivalent, read
from symgrad.derivation.completion import complete
from symgrad.program import Program
from symgrad.refutation.counterparts import under_one_name
from symgrad.refutation.refute import Search

FORWARD = """
input x[I]
input U[I, J]
input V[J, K]
input w[K]
input t
assume 0 < t < 1
loss L
a = sigma(x @ U)
b = sigma(a @ V)
y = sigma(dot(b, w))
L = -(t * log(y) + (1 - t) * log(1 - y))
"""

REFERENCE = """
y.grad = -t / y + (1 - t) / (1 - y)
r = y.grad * y * (1 - y)
b.grad = w * r
q = b.grad * b * (1 - b)
a.grad = V @ q
p = a.grad * a * (1 - a)
U.grad = outer(x, p)
V.grad = outer(a, q)
"""

DELTAS = """
d3 = y - t
d2 = {two}
d1 = {one}
U.grad = outer(x, d1)
V.grad = outer(a, d2)
"""

TWO, ONE = "w * d3 * b * (1 - b)", "(V @ d2) * a * (1 - a)"


def sides(answer: str, reference: str = REFERENCE) -> tuple[Program, Program]:
    forward = read(FORWARD)
    left, right = (complete(read(text, given=forward), forward) for text in (answer, reference))
    return left, right


def named(answer: str, reference: str = REFERENCE) -> tuple[set[str], set[str]]:
    """The names that both sides have afterwards, without the targets."""
    left, right = sides(answer, reference)
    targets = ("U.grad", "V.grad")
    both = under_one_name(Search(left, right, targets), left, right, targets)
    one, other = ({*side.written} - {*targets} for side in both)
    return one, other


def test_what_holds_the_same_gets_one_name() -> None:
    """d1 is p and d2 is q; b.grad and a.grad have no counterpart."""
    one, other = named(DELTAS.format(two=TWO, one=ONE))
    assert one & other == {"r", "q", "p"}
    assert other - one == {"y.grad", "b.grad", "a.grad"}


def test_what_differs_keeps_its_name() -> None:
    """d1 lacks a factor, so only d2 and d3 are met on the other side."""
    one, other = named(DELTAS.format(two=TWO, one="V @ d2 * a"))
    assert one & other == {"r", "q"}


def test_a_name_that_the_other_side_uses_otherwise_stays() -> None:
    """Here q is the first delta and p the second: neither can take the other's name."""
    answer = DELTAS.format(two=TWO, one=ONE).replace("d2", "p").replace("d1", "q")
    one, other = named(answer)
    assert one == {"r", "p", "q"} and {"p", "q"} <= other


@pytest.mark.parametrize("swapped", [False, True])
def test_a_network_with_names_of_ones_own_is_proved(swapped: bool) -> None:
    """The deltas of three layers against gradients step by step, from either side."""
    texts = [DELTAS.format(two=TWO, one=ONE), REFERENCE]
    left, right = reversed(texts) if swapped else texts
    verdict = equivalent(left, right, given=FORWARD, targets=["U.grad", "V.grad"])
    assert verdict.status == "equal"
    assert verdict.proof is not None and verdict.proof.replay()


@pytest.mark.parametrize(
    ("two", "one"),
    [
        (TWO, "V @ d2 * a"),
        ("w * d3 * b", ONE),
        ("w * (t - y) * b * (1 - b)", ONE),
        (TWO, "(V @ d2) * b[1] * (1 - a)"),
    ],
)
def test_a_mistake_under_names_of_ones_own_is_found(two: str, one: str) -> None:
    answer = DELTAS.format(two=two, one=one)
    verdict = equivalent(answer, REFERENCE, given=FORWARD, targets=["U.grad", "V.grad"])
    assert verdict.status == "different"
