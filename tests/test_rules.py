"""A proof is made by the rules alone, runs again, and runs no more when a step was altered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symgrad import equivalent
from symgrad.proof.rules import RULES, Proof, Question, Step, concluded
from symgrad.proof.terms import OutOfReach, Sum, constant

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]
"""
NAIVE = """
for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]
for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2
for b, j: s.grad[b, j] += Z.grad[b] * exp(s[b, j])
"""
SHORT = """
for b, j: e[b] += p[b, j] * p.grad[b, j]
for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])
"""
PAIRS = {
    "unfold": (SOFTMAX, SHORT, NAIVE, "s.grad"),
    "clear": (
        "input a\ninput b",
        "out = 1/(1+a^2) - 1/(1+b^2)",
        "out = (b^2 - a^2)/((1+a^2)*(1+b^2))",
        "out",
    ),
    "cancel": (
        "input x[N, M]",
        "out = sum(i, j, x[i, 1]*exp(x[i, j])/sum(k, exp(x[i, k])))",
        "out = sum(i, x[i, 1])",
        "out",
    ),
    "use equation": (
        "input y[K]\ninput a[N]\nassume sum(k, y[k]) == 1",
        "out = sum(i, k, a[i]*y[k])",
        "out = sum(i, a[i])",
        "out",
    ),
    "exponentials": ("input a", "out = tanh(a)", "out = 2*sigma(2*a) - 1", "out"),
    "regions": (
        "input x[N]",
        "out = sum(i, x[i])",
        "out = sum(i if 3*i <= N, x[i]) + sum(i if 3*i > N, x[i])",
        "out",
    ),
    "diagonals": (
        "input x[N]",
        "out = sum(i, k, x[i]*x[k])",
        "out = sum(i, x[i]^2) + 2*sum(i, k in 1..i-1, x[i]*x[k])",
        "out",
    ),
    "cases": (
        "input x[3] = [1, -2, 0]\ninput d[3]",
        "for i in 1..3: out[i] = [x[i] >= 0]*d[i]",
        "out[1] = d[1]\nout[3] = d[3]",
        "out",
    ),
}


def proof(rule: str) -> Proof:
    given, left, right, target = PAIRS[rule]
    verdict = equivalent(left, right, given=given, targets=[target])
    assert verdict.proof is not None, verdict
    return verdict.proof


def _altered(found: Proof, place: int, **changes: object) -> Proof:
    """The proof with one step changed behind the rules' back."""
    ((target, steps),) = found.derivations.items()
    steps = (*steps[:place], replace(steps[place], **changes), *steps[place + 1 :])  # type: ignore[arg-type]
    found.derivations[target] = steps
    return found


@pytest.mark.parametrize("rule", PAIRS)
def test_every_rule_is_used_by_a_proof_that_replays(rule: str) -> None:
    found = proof(rule)
    assert any(step.rule == rule for steps in found.derivations.values() for step in steps)
    assert found.replay()


def test_the_pairs_here_cover_all_rules() -> None:
    assert PAIRS.keys() == RULES.keys()


@pytest.mark.parametrize("rule", PAIRS)
def test_an_altered_outcome_does_not_replay(rule: str) -> None:
    found = proof(rule)
    last = len(next(iter(found.derivations.values()))) - 1
    assert not _altered(found, last, outcome=Sum(constant(1))).replay()


@pytest.mark.parametrize("rule", PAIRS)
def test_a_missing_step_does_not_replay(rule: str) -> None:
    found = proof(rule)
    ((target, steps),) = found.derivations.items()
    found.derivations[target] = steps[:-1]
    assert not found.replay()


def test_another_rule_or_parameter_does_not_replay() -> None:
    assert not _altered(proof("regions"), 0, rule="cases").replay()
    assert not _altered(proof("unfold"), 0, parameter="Z").replay()
    assert not _altered(proof("unfold"), 0, parameter="unknown").replay()


def test_a_proof_of_one_question_proves_no_other() -> None:
    found, other = proof("regions"), proof("diagonals")
    found.question = other.question
    assert not found.replay()


def test_a_proof_is_made_by_the_rules_alone() -> None:
    found = proof("regions")
    with pytest.raises(TypeError):
        Proof(object(), found.question, found.derivations)


def test_an_unfinished_derivation_concludes_nothing() -> None:
    question: Question = proof("regions").question
    with pytest.raises(OutOfReach):
        concluded(question, {})


def test_no_step_holds_a_number_for_an_extent() -> None:
    for rule in PAIRS:
        for steps in proof(rule).derivations.values():
            for step in steps:
                assert isinstance(step, Step)
                assert (
                    step.parameter is None
                    or isinstance(step.parameter, (str, Sum))
                    or (step.rule == "use equation")
                )


def test_the_steps_can_be_read() -> None:
    assert proof("unfold").lines() == ["s.grad: unfold p (0 terms left)"]
