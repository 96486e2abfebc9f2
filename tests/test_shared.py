"""What both sides compute on their way is compared once and not opened again."""

from __future__ import annotations

from functools import cache

import pytest

from symgrad import equivalent
from symgrad.proof.rules import Proof, Step
from symgrad.proof.shared import shared
from symgrad.proof.terms import Sum

FORWARD = """
input x[I]
input W1[J, I]
input W2[K, J]
output y
for j, i: u[j] += W1[j, i] * x[i]
for j: h[j] = sigma(u[j])
for k, j: v[k] += W2[k, j] * h[j]
for k: y[k] = tanh(v[k])
"""

LEFT = """
for k: v.grad[k] = y.grad[k] * (1 - y[k]^2)
for j: h.grad[j] = sum(k, v.grad[k] * W2[k, j])
for j: u.grad[j] = h.grad[j] * h[j] * (1 - h[j])
for j, i: W1.grad[j, i] = u.grad[j] * x[i]
for i: x.grad[i] = sum(j, u.grad[j] * W1[j, i])
"""

RIGHT = """
for k: v.grad[k] += tanh'(v[k]) * y.grad[k]
for k, j: h.grad[j] += W2[k, j] * v.grad[k]
for j: u.grad[j] += sigma'(u[j]) * h.grad[j]
for j, i: x.grad[i] += W1[j, i] * u.grad[j]
for j, i: W1.grad[j, i] += x[i] * u.grad[j]
"""

TARGETS = ("W1.grad", "x.grad")


@cache
def proof(left: str = LEFT, right: str = RIGHT) -> Proof:
    found = equivalent(left, right, given=FORWARD, targets=TARGETS).proof
    assert found is not None
    return found


def test_intermediate_gradients_come_first_and_are_used_as_they_stand() -> None:
    """Behind them the targets differ in nothing that must be opened."""
    found = proof()
    assert list(found.derivations) == ["v.grad", "h.grad", "u.grad", "W1.grad", "x.grad"]
    assert not found.derivations["x.grad"] and not found.derivations["h.grad"]
    assert found.derivations["u.grad"] and found.replay()


def test_what_only_one_side_computes_is_put_in() -> None:
    """What has another name on the other side has been found there; half of it is nowhere else."""
    named = LEFT.replace("v.grad", "delta2")
    assert list(proof(named).derivations) == list(proof().derivations)
    half = named.replace("= y.grad[k] *", "= 1/2 y.grad[k] *").replace("sum(k, d", "2 sum(k, d")
    assert list(proof(half).derivations) == ["h.grad", "u.grad", "W1.grad", "x.grad"]
    assert proof(half).replay()


def test_an_array_on_the_way_need_not_be_the_same() -> None:
    """An auxiliary of the same name with another sign: the targets are still proved."""
    left = "for b: e[b] = -x[b]\nfor b: out[b] = 1 - e[b]"
    right = "for b: e[b] = x[b]\nfor b: out[b] = 1 + e[b]"
    found = equivalent(left, right, given="input x[B]", targets=["out"]).proof
    assert found is not None and list(found.derivations) == ["out"] and found.replay()


def test_an_array_of_other_axes_is_not_shared() -> None:
    left = "for b: e[b] = x[b]\nfor b: out[b] = e[b]"
    right = "for b, j in 1..B: e[b, j] = x[b]\nfor b: out[b] = e[b, 1]"
    assert equivalent(left, right, given="input x[B]", targets=["out"]).status == "equal"


@pytest.mark.parametrize("name", ["v.grad", "u.grad"])
def test_a_forged_intermediate_does_not_replay(name: str) -> None:
    """A step altered, an intermediate claimed without steps."""
    found = proof()
    kept = found.derivations
    forgeries = [
        {**kept, name: ()},
        {**kept, name: (*kept[name][:-1], Step("cancel", None, Sum({})))},
    ]
    made = object.__new__(Proof)
    object.__setattr__(made, "question", found.question)
    for forgery in forgeries:
        object.__setattr__(made, "_steps", tuple(forgery.items()))
        assert not made.replay()


def test_wrong_intermediates_are_not_proved() -> None:
    """Without the refuter: one wrong factor on the way is not lost in what is shared."""
    from symgrad.equivalence import asked
    from symgrad.proof.comparison import Question
    from symgrad.proof.prove import prove
    from symgrad.reading.text import read

    forward = read(FORWARD)
    wrong = LEFT.replace("(1 - h[j])", "(2 - h[j])")
    question = asked(read(wrong, given=forward), read(RIGHT, given=forward), TARGETS)
    assert isinstance(question, Question) and "u.grad" in list(shared(question))
    assert prove(question) is None
