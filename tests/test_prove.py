"""The search: what it needs it finds, in few steps, and it unfolds no more than it needs."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.equivalence import proved
from symgrad.proof.rules import Proof

GIVEN = """
input x[B, J]
assume B >= 2
output n
for b, j: mu[j] += x[b, j] / B
for b, j: s[j] += (x[b, j] - mu[j])^2 / (B - 1)
for b, j: n[b, j] += (x[b, j] - mu[j]) / sqrt(s[j])
"""


def proof(left: str, right: str, target: str) -> Proof | None:
    given = read(GIVEN)
    sides = [read(text, given=given) for text in (left, right)]
    return proved(sides[0], sides[1], (target,))


def rules(found: Proof | None) -> list[str]:
    assert found is not None and found.replay()
    return [step.rule for steps in found.derivations.values() for step in steps]


def test_nothing_is_unfolded_where_both_sides_speak_of_the_same_arrays() -> None:
    assert (
        rules(
            proof("for b, j: out[b, j] = n[b, j]*s[j]", "for b, j: out[b, j] = s[j]*n[b, j]", "out")
        )
        == []
    )


def test_the_latest_array_is_unfolded_first() -> None:
    found = rules(
        proof(
            "for b, j: out[b, j] = n[b, j]*sqrt(s[j])",
            "for b, j: out[b, j] = x[b, j] - mu[j]",
            "out",
        )
    )
    assert found == ["unfold"]


def test_the_compact_gradient_of_normalisation_is_proved() -> None:
    naive = """
for b, j: x.grad[b, j] += n.grad[b, j] / sqrt(s[j])
for b, j: mu.grad[j] -= n.grad[b, j] / sqrt(s[j])
for b, j: s.grad[j] -= 1/2 * n.grad[b, j] * (x[b, j] - mu[j]) * s[j]^(-3/2)
for b, j: x.grad[b, j] += 2 / (B - 1) * (x[b, j] - mu[j]) * s.grad[j]
for b, j: mu.grad[j] -= 2 / (B - 1) * (x[b, j] - mu[j]) * s.grad[j]
for b, j: x.grad[b, j] += 1 / B * mu.grad[j]
"""
    compact = (
        "for b, j: x.grad[b, j] += 1/sqrt(s[j])*(n.grad[b, j] - sum(c, n.grad[c, j])/B"
        " - n[b, j]*sum(c, n.grad[c, j]*n[c, j])/(B - 1))"
    )
    assert "unfold" in rules(proof(compact, naive, "x.grad"))
    assert proof(compact.replace("/B", "/(B - 1)"), naive, "x.grad") is None


def test_a_mean_without_its_assumption_is_not_proved() -> None:
    """1/(B - 1) has no value at B = 1, where B/(B - 1) - 1/(B - 1) = 1 has one."""
    given = read("input B0[B]")
    sides = [read(text, given=given) for text in ("out = B/(B-1) - 1/(B-1)", "out = 1")]
    assert proved(sides[0], sides[1], ("out",)) is None
    given = read("input B0[B]\nassume B >= 2")
    sides = [read(text, given=given) for text in ("out = B/(B-1) - 1/(B-1)", "out = 1")]
    assert proved(sides[0], sides[1], ("out",)) is not None


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("1..N", "1..N+floor(N/100)", False),
        ("1..min(N, 100)", "1..N", False),
        ("1..floor((N+N)/2)", "1..N", True),
    ],
)
def test_a_target_over_other_places_is_not_proved(left: str, right: str, same: bool) -> None:
    """Axes that differ for large extents only, at which no trial looks."""
    given = read("input u[N]")
    sides = [read(f"for i in {span}: out[i] = 1", given=given) for span in (left, right)]
    assert (proved(sides[0], sides[1], ("out",)) is not None) == same


def test_zeros_alone_at_an_end_are_elements_on_either_side() -> None:
    given = read("input x[N]\nassume N >= 2")
    masked, part, whole = (
        read(text, given=given)
        for text in (
            "for i in 1..N: a[i] = [i < N] * x[i]",
            "for i in 1..N: a[i] = 0\nfor i in 1..N-1: a[i] += x[i]",
            "for i in 1..N: a[i] = x[i]",
        )
    )
    for one, other in ((masked, part), (part, masked)):
        assert proved(one, other, ("a",)) is not None
    for one, other in ((whole, part), (part, whole)):
        assert proved(one, other, ("a",)) is None
