"""The efficient backward pass: what an expert writes, proved, never dearer than the naive one."""

from __future__ import annotations

import pytest

from symgrad import derive, economise, equivalent, read
from symgrad.course.exercise import catalogue
from symgrad.derivation.seeds import results
from symgrad.efficient.operations import operations
from symgrad.program import Loss, Output, Program

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] = exp(s[b, j]) / Z[b]
"""

FORWARDS = list(
    dict.fromkeys(
        part.forward
        for exercise in catalogue().values()
        for part in exercise.parts
        if [*part.forward.declared(Output), *part.forward.declared(Loss)]
    )
)


def test_softmax_is_found_without_an_exponential() -> None:
    """s.grad = p (p.grad - sum p p.grad), as one auxiliary and one update."""
    assert str(economise(read(SOFTMAX))) == (
        "for b, j: e[b] += p.grad[b, j] * p[b, j]\n"
        "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])"
    )


def test_softmax_with_cross_entropy_is_a_difference() -> None:
    """logits.grad = p - y where the y add up to 1."""
    text = (
        "input l[K]\ninput y[K]\nassume sum(k, y[k]) == 1\nloss L\n"
        "for k: p[k] = exp(l[k]) / sum(j, exp(l[j]))\nL = -sum(k, y[k] * log(p[k]))"
    )
    assert "for k: l.grad[k] += p[k] - y[k]" in str(economise(read(text)))


def test_a_gradient_that_is_asked_for_alone_is_all_that_is_computed() -> None:
    """`wrt` names the arrays; nothing else is written."""
    found = economise(read(SOFTMAX), wrt=["Z"])
    assert str(found) == "for b: Z.grad[b] -= sum(j, p.grad[b, j] * p[b, j]) / Z[b]"


@pytest.mark.parametrize("forward", FORWARDS, ids=range(len(FORWARDS)))
def test_every_exercise_is_proved_and_no_dearer(forward: Program) -> None:
    """Each input gradient equals the naive one, at no more operations."""
    found, naive = economise(forward), derive(forward)
    assert read(str(found), given=forward) == found
    for name in results(naive):
        assert equivalent(found, naive, given=forward, targets=[name]).status == "equal"
    for size in (2.0, 64.0):
        assert operations(found).at({}, size) <= operations(naive).at({}, size)
