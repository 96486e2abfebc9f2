"""A proof is told by what its steps did: words, equations, what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from proofs import EQUAL, known_proof

from symgrad import equivalent
from symgrad.proof.narrate import MOST_TOLD, Line, Story, narrate, story
from symgrad.proof.rules import Argument, Proof
from symgrad.writing.write import expression_text

GIVEN = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]
"""
LEFT = """
for b, j: e[b] += p[b, j] * p.grad[b, j]
for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])
"""
RIGHT = "for b, k: s.grad[b, k] += p.grad[b, k] * exp(s[b, k]) / Z[b] + Z.grad[b] * exp(s[b, k])"


def proof() -> Proof:
    found = equivalent(LEFT, RIGHT, given=GIVEN, targets=["s.grad"]).proof
    assert found is not None
    return found


def told(found: Story) -> dict[str, list[Line]]:
    (account,) = found.accounts
    lines: dict[str, list[Line]] = {}
    for line in account.lines:
        lines.setdefault(line.rule, []).append(line)
    return lines


def written(line: Line) -> list[str]:
    return [" = ".join(map(expression_text, equation)) for equation in line.used]


def test_the_definitions_that_a_side_makes_on_its_way_are_put_in() -> None:
    (line,) = told(narrate(proof()))["definition"]
    assert line.words == ("on the left, put in",)
    assert written(line) == ["e[b] = sum(j in 1..J, p[b, j] * p.grad[b, j])"]


def test_indices_that_are_called_otherwise_are_named() -> None:
    left, right = told(narrate(proof()))["normal form"]
    assert left.words == ("the left side, multiplied out",)
    assert right.words == ("the right side, multiplied out, k renamed to j",)


def test_each_step_of_the_proof_has_its_line() -> None:
    found = proof()
    (steps,) = found.derivations.values()
    lines = told(narrate(found))
    assert [step.rule for step in steps] == ["unfold"] * len(lines["unfold"])
    assert written(lines["unfold"][-1]) == ["p[b, j] = exp(s[b, j]) / Z[b]"]


def test_where_only_definitions_were_put_in_the_end_shows_what_both_sides_are() -> None:
    after = told(narrate(proof()))["unfold"][-1].after
    assert after is not None and [str(side) for side in after[:2]] == ["left", "right"]


def test_a_difference_of_many_terms_is_counted() -> None:
    names = [f"a{n}" for n in range(MOST_TOLD + 2)]
    given = "\n".join(f"input {name}" for name in names) + "\nassume a0 + 1 == 2"
    left, right = (
        f"out = {' + '.join(f'{name}*{factor}' for name in names)}" for factor in ("a0", "1")
    )
    found = equivalent(left, right, given=given, targets=["out"]).proof
    assert found is not None
    (line,) = told(narrate(found))["subtract"]
    assert line.after is None and line.words[-1] == f"({2 * len(names)} terms)"


def test_steps_that_do_not_end_in_zero_are_told_as_such() -> None:
    question = proof().question
    derivation = Argument(question).begin("s.grad")
    (account,) = story(question, {"s.grad": derivation.steps}).accounts
    assert not account.done and [line.rule for line in account.lines][-1] == "subtract"


@pytest.mark.parametrize("name", EQUAL)
def test_telling_changes_nothing(name: str) -> None:
    found = known_proof(name)
    assert all(account.done for account in narrate(found).accounts) and found.replay()


def test_a_largest_place_is_told_by_the_index_that_it_is_compared_with() -> None:
    """The index of z[2*j-k] follows from j and k, in whatever definition it stands."""
    given = "input x[2*P]\ninput g[P]\nfor i: z[i] = relu(x[i])"
    left = "for i in 1..P, a in 0..1: out[2*i-a] += g[i]*[a == argmax(b in 0..1, z[2*i-b])]"
    right = "\n".join(
        f"for i in 1..P: out[2*i-{a}] += g[i]*[{a} == argmax(b in 0..1, z[2*i-b])]" for a in (0, 1)
    )
    found = equivalent(left, right, given=given, targets=["out"]).proof
    assert found is not None
    first, _ = told(narrate(found))["normal form"]
    assert "[2 * j - i == argmax(k in 0..1, z[2 * j - k])]" in written(first)[0]


def test_a_proof_of_right_minus_left_calls_the_sides_by_their_own_names() -> None:
    found = proof().question
    turned = replace(found, left=found.right, right=found.left, turned=True)
    (account,) = story(turned, {"s.grad": Argument(turned).begin("s.grad").steps}).accounts
    told_first = [line.words[0] for line in account.lines]
    assert told_first == [
        "on the left, put in",
        "the right side, multiplied out",
        "the left side, multiplied out",
        "subtract",
    ]
    (last,) = [line for line in account.lines if line.rule == "subtract"]
    assert last.after is not None and expression_text(last.after[0]) == "right - left"
