"""What is kept of a program changes nothing: not what comes out, and not with what it is asked."""

from __future__ import annotations

import pytest
from proofs import EQUAL, known_proof

from symgrad import equivalent, read
from symgrad.proof.beginning import forked, known_of
from symgrad.proof.rules import Argument
from symgrad.proof.theory import Theory

FORWARD = "input x[N]\noutput y\nfor i: s += exp(x[i])\nfor i: y[i] = exp(x[i]) / s"
RIGHT = "e = sum(i, y.grad[i]*y[i])\nfor i: x.grad[i] = y[i]*(y.grad[i] - e)"
ANSWERS = (
    "for i: x.grad[i] = y[i]*y.grad[i] - y[i]*sum(k, y[k]*y.grad[k])",
    "for i: x.grad[i] = exp(x[i])*(y.grad[i] - sum(k, y[k]*y.grad[k]))/s",
    "for i: x.grad[i] = y[i]*y.grad[i] - sqrt(y[i]^2)*sum(k, y[k]*y.grad[k])",
    "for i: x.grad[i] = y[i]*y.grad[i]",
)


def _learned(theory: Theory) -> tuple[object, ...]:
    facts, algebra = theory.laws.facts, theory.algebra
    return (
        algebra.budget,
        set(algebra.known),
        dict(theory.definitions),
        [*theory.order],
        [*facts.noted],
        dict(facts.templates),
        [*theory.demands],
    )


@pytest.mark.parametrize("name", sorted(EQUAL))
def test_a_comparison_from_what_is_kept_begins_with_the_same_difference(name: str) -> None:
    """Asked for the second time, with both sides kept, as by a comparison that reads them anew."""
    proof = known_proof(name)
    target = next(iter(proof.derivations))
    kept = Argument(proof.question).begin(target)
    anew = Argument(proof.question, anew=True)
    assert kept.outcome == anew.begin(target).outcome
    assert known_of(*(item.program for item in proof.question.given)) is known_of(
        *(item.program for item in proof.question.given)
    )


@pytest.mark.parametrize("text", ANSWERS)
def test_the_same_steps_are_spent_whether_a_side_was_seen_before_or_not(text: str) -> None:
    given = read(FORWARD)
    spent = []
    for _ in range(2):
        left, right = read(text, given=given), read(RIGHT, given=given)
        for _ in range(2):
            verdict = equivalent(left, right, given=given)
            proof = verdict.proof
            if proof is None:
                spent.append((verdict.status, 0))
                continue
            argument = Argument(proof.question)
            argument.begin(next(iter(proof.derivations)))
            spent.append((verdict.status, argument.known.algebra.budget))
    assert len(set(spent)) == 1


def test_what_is_kept_of_a_forward_pass_is_not_changed_by_comparisons() -> None:
    given = read(FORWARD)
    right = read(RIGHT, given=given)
    verdict = equivalent(read(ANSWERS[0], given=given), right, given=given)
    assert verdict.proof is not None
    (base,) = (known_of(item.program) for item in verdict.proof.question.given)
    before = _learned(base)
    for text in ANSWERS:
        equivalent(read(text, given=given), right, given=given)
    assert _learned(base) == before


def test_a_theory_that_goes_on_from_another_one_learns_on_its_own() -> None:
    base = known_of(read(FORWARD))
    one, other = forked(base, "left "), forked(base, "right ")
    assert one.definitions == other.definitions == base.definitions
    del one.definitions["s"]
    one.laws.facts.note(base.definitions["s"].poly, True)
    assert "s" in other.definitions and "s" in base.definitions
    assert not other.laws.facts.noted and not base.laws.facts.noted
    assert one.algebra.fresh() != other.algebra.fresh() != base.algebra.fresh()


def test_the_order_of_answers_does_not_matter() -> None:
    """Each answer gets the verdict that it gets alone, whatever was compared before."""
    given = read(FORWARD)
    alone = [
        equivalent(read(text, given=given), read(RIGHT, given=given), given=given).status
        for text in ANSWERS
    ]
    right = read(RIGHT, given=given)
    programs = [read(text, given=given) for text in ANSWERS]
    there = [equivalent(item, right, given=given).status for item in programs]
    back = [equivalent(item, right, given=given).status for item in reversed(programs)]
    assert alone == there == back[::-1] == ["equal", "equal", "equal", "different"]
