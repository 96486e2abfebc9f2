"""A proof is made by the rules alone, runs again, and runs no more when a step was altered."""

from __future__ import annotations

import copy
import pickle
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symgrad import equivalent
from symgrad.proof.comparison import Question
from symgrad.proof.rules import RULES, Argument, Derivation, Proof, Step
from symgrad.proof.terms import OutOfReach, Sum, constant

TABLE = tomllib.loads(
    (Path(__file__).parent / "answers" / "identities.toml").read_text(encoding="utf-8")
)

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
        "input a[N]\ninput b",
        "for i: out[i] = 1/(1+a[i]^2) - 1/(1+b^2)",
        "for i: out[i] = (b^2 - a[i]^2)/((1+a[i]^2)*(1+b^2))",
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
    "sigmoids": ("input a", "out = tanh(a)", "out = 2*sigma(2*a) - 1", "out"),
    "exponentials": ("input a", "out = tanh(a)", "out = (exp(2*a) - 1)/(exp(2*a) + 1)", "out"),
    "merge": (
        "input x[N]",
        "out = exp(tanh(sum(i, x[i])))",
        "c = x[N]\nout = exp(tanh(sum(i in 1..N-1, x[i]) + c))",
        "out",
    ),
    "regions": (
        "input x[N]",
        "out = sum(i, x[i]) + sum(i if 3*i > N and 2*i <= N, x[i])",
        "out = sum(i if 2*i <= N, x[i]) + sum(i if 3*i > N, x[i])",
        "out",
    ),
    "integers": (
        "input x[N]",
        "out = sum(i, mod(i, 2)*x[i])",
        "out = sum(i, (i - 2*floor(i/2))^2*x[i])",
        "out",
    ),
    "alike": (
        "input x[N]",
        "out = tanh(sum(i in 1..N, k in 1..i-1, x[i]*x[k]))",
        "out = tanh((sum(i, x[i])^2 - sum(i, x[i]^2))/2)",
        "out",
    ),
    "diagonals": (
        "input x[N]",
        "out = sum(i, j in 1..N if abs(i - j) <= 1, x[i]*x[j])",
        "out = sum(i, x[i]^2) + 2*sum(i in 1..N-1, x[i]*x[i+1])",
        "out",
    ),
    "cases": (
        "input x[3] = [1, -2, 0]\ninput d[3]",
        "for i in 1..3: out[i] = [x[i] >= 0]*d[i]",
        "out[1] = d[1]\nout[3] = d[3]",
        "out",
    ),
    "fractions": (
        "input a\ninput b\nfunction g(x)",
        "out = g((a^2 - b^2)/(a - b))",
        "out = g(a + b) + 0/(a - b)",
        "out",
    ),
    "angles": ("input a", "out = sin(2*a)", "out = 2*sin(a)*cos(a)", "out"),
    "masks": (
        "input x[N]",
        "out = sum(i, [x[i] == max(k, x[k])]*x[i])",
        "out = max(k, x[k])",
        "out",
    ),
    "write out maxima": (
        "input x[N, H]\nassume H >= 2",
        "for i: out[i] = max(a in 1..2, x[i, a])",
        "for i: out[i] = max(x[i, 1], x[i, 2])",
        "out",
    ),
    "split": (
        "input x[2*P]\nfor i in 1..P: y[i] = max(a in 0..1, x[2*i-a])\noutput y",
        "for i in 1..P: x.grad[2*i] += y.grad[i]*[x[2*i] > x[2*i-1]]\n"
        "for i in 1..P: x.grad[2*i-1] += y.grad[i]*[x[2*i-1] > x[2*i]]",
        "for i in 1..P, a in 0..1: x.grad[2*i-a] += y.grad[i]*[a == argmax(b in 0..1, x[2*i-b])]",
        "x.grad",
    ),
    "signs": (
        "input a[N]\ninput b[N]\noutput top\nfor i: top[i] = max(a[i], b[i])",
        "for i: out[i] = exp(top[i])",
        "for i: out[i] = max(exp(a[i]), exp(b[i]))",
        "out",
    ),
}


@cache
def proof(rule: str) -> Proof:
    given, left, right, target = PAIRS[rule]
    verdict = equivalent(left, right, given=given, targets=[target])
    assert verdict.proof is not None, verdict
    return verdict.proof


def opened(rule: str) -> tuple[Argument, Derivation]:
    """An argument of its own for the same question, and its only derivation, begun."""
    question = proof(rule).question
    argument = Argument(question)
    return argument, argument.begin(question.targets[0])


@cache
def long_proof() -> Proof:
    """A proof of several steps: two arrays unfolded, a denominator cleared."""
    given = SOFTMAX + "for b: m[b] += sum(j, p[b, j])\n"
    verdict = equivalent(
        "for b: out[b] = m[b] + 1/(1 + s[b, 1]^2)",
        "for b: out[b] = (2 + s[b, 1]^2)/(1 + s[b, 1]^2)",
        given=given,
        targets=["out"],
    )
    assert verdict.proof is not None
    return verdict.proof


Steps = tuple[Step, ...]


def forged(found: Proof, question: Question, steps: dict[str, Steps]) -> Proof:
    """What no honest code can make: a proof that holds what it is told to hold."""
    made = object.__new__(Proof)
    object.__setattr__(made, "question", question)
    object.__setattr__(made, "_steps", tuple(steps.items()))
    return made


def with_steps(found: Proof, steps: Steps) -> Proof:
    """The proof with other steps for its one target."""
    return rewritten(found, lambda _: steps)


def rewritten(found: Proof, change: Callable[[Steps], Steps]) -> Proof:
    """The proof with the steps of its one target changed behind the rules' back."""
    ((target, steps),) = found.derivations.items()
    return forged(found, found.question, {target: change(steps)})


def altered(found: Proof, place: int, **changes: Any) -> Proof:
    return rewritten(
        found,
        lambda steps: (*steps[:place], replace(steps[place], **changes), *steps[place + 1 :]),
    )


PARAMETERS: list[object] = [
    None,
    True,
    0,
    1,
    -1,
    Fraction(1),
    "",
    "p",
    "Z",
    "m",
    "unknown",
    Sum({}),
    Sum(constant(1)),
    ("p",),
    object(),
]


def alterations(steps: Steps) -> Iterator[Steps]:
    """Every kind of alteration, at every step."""
    for n, step in enumerate(steps):
        before, after = steps[:n], steps[n + 1 :]
        yield before + after
        yield before
        yield (*before, step, *steps[n:])
        others = RULES.keys() - {step.rule}
        yield from ((*before, replace(step, rule=rule), *after) for rule in others)
        yield (*before, replace(step, rule="no rule"), *after)
        for parameter in PARAMETERS:
            if type(parameter) is not type(step.parameter) or parameter != step.parameter:
                yield (*before, replace(step, parameter=parameter), *after)
        for outcome in (Sum({}), Sum(constant(1)), *(other.outcome for other in steps), None):
            if outcome != step.outcome:
                # No outcome at all is an alteration, too, which the types forbid.
                yield (*before, replace(step, outcome=outcome), *after)  # type: ignore[arg-type]
        for rule in RULES:
            yield (*before, Step(rule, None, step.outcome), *steps[n:])
    for n in range(len(steps) - 1):
        yield (*steps[:n], steps[n + 1], steps[n], *steps[n + 2 :])
    last = steps[-1].outcome if steps else Sum({})
    yield (*steps, Step("regions", None, last))
    yield (*steps, Step("unfold", "Z", last))
    yield (*steps, Step("cancel", None, Sum(constant(1))), Step("cancel", None, last))


@pytest.mark.parametrize("rule", PAIRS)
def test_every_rule_is_used_by_a_proof_that_replays(rule: str) -> None:
    found = proof(rule)
    assert any(step.rule == rule for steps in found.derivations.values() for step in steps)
    assert found.replay()


def test_the_pairs_here_cover_all_rules() -> None:
    assert PAIRS.keys() == RULES.keys()


@pytest.mark.parametrize("rule", PAIRS)
def test_a_proof_with_any_one_alteration_does_not_replay(rule: str) -> None:
    found = proof(rule)
    ((_, steps),) = found.derivations.items()
    assert rewritten(found, lambda same: same).replay()
    for changed in alterations(steps):
        assert not with_steps(found, changed).replay(), changed


def test_a_long_proof_with_any_one_alteration_does_not_replay() -> None:
    found = long_proof()
    ((_, steps),) = found.derivations.items()
    assert len(steps) >= 3 and len({step.rule for step in steps}) >= 2 and found.replay()
    for changed in alterations(steps):
        assert not with_steps(found, changed).replay(), changed


def test_a_proof_of_one_question_proves_no_other() -> None:
    for one in PAIRS:
        for other in PAIRS.keys() - {one}:
            found = proof(one)
            assert not forged(found, proof(other).question, found.derivations).replay()


def test_a_question_with_other_targets_has_another_proof() -> None:
    found = proof("regions")
    for targets in ((), ("out", "out"), ("x",), ("out", "other")):
        question = replace(found.question, targets=targets)
        assert not forged(found, question, found.derivations).replay()
    assert not forged(found, found.question, {}).replay()


def test_sides_that_are_different_have_no_forged_proof() -> None:
    found = proof("regions")
    other = replace(found.question, right=proof("diagonals").question.right)
    assert not forged(found, other, found.derivations).replay()
    assert not forged(found, other, {"out": ()}).replay()
    assert not forged(found, other, {"out": (Step("cancel", None, Sum({})),)}).replay()


# --- only the rules make a proof -----------------------------------------------------------------


def test_a_proof_is_made_by_the_rules_alone() -> None:
    found = proof("regions")
    steps = tuple(found.derivations.items())
    known = Argument(found.question).begin("out").known
    for arguments in ((object(), found.question, steps), (None, found.question, steps), ()):
        with pytest.raises(TypeError):
            Proof(*arguments)
        with pytest.raises(TypeError):
            Proof.__new__(Proof, *arguments)
    with pytest.raises(TypeError):
        Derivation(object(), "out", known, Sum({}), ())


def test_a_proof_out_of_nothing_does_not_replay() -> None:
    assert not object.__new__(Proof).replay()


def test_a_proof_does_not_change() -> None:
    found = proof("regions")
    for name in ("question", "_steps", "anything"):
        with pytest.raises(AttributeError):
            setattr(found, name, ())
        with pytest.raises(AttributeError):
            delattr(found, name)
    found.derivations.clear()
    assert found.derivations and found.replay()
    # That a proof is no dataclass is what the types say and what is asked for here.
    with pytest.raises(TypeError):
        fields(found)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        replace(found, question=None)  # type: ignore[type-var]


def test_a_copy_of_a_proof_is_the_proof_and_none_is_stored() -> None:
    found = proof("regions")
    assert copy.copy(found) is found and copy.deepcopy(found) is found
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(found, protocol)
    with pytest.raises(TypeError):
        found.__reduce__()


@pytest.mark.parametrize("kind", [Proof, Derivation])
def test_what_the_rules_make_has_no_subclasses(kind: type) -> None:
    with pytest.raises(TypeError):
        type("Mine", (kind,), {})


def test_a_derivation_does_not_change() -> None:
    argument, derivation = opened("regions")
    derivation.poly.clear()
    assert derivation.poly and not derivation.done
    with pytest.raises(AttributeError):
        derivation.outcome = Sum({})
    with pytest.raises(OutOfReach):
        argument.accept(derivation)


def test_an_unfinished_or_missing_derivation_concludes_nothing() -> None:
    argument, derivation = opened("regions")
    with pytest.raises(OutOfReach):
        argument.accept(derivation)
    with pytest.raises(OutOfReach):
        argument.concluded()
    argument.accept(derivation.apply("regions"))
    assert argument.concluded().replay()


def test_a_derivation_is_taken_down_once_and_by_its_own_argument() -> None:
    """Neither a second time nor by an argument that did not begin it."""
    (argument, derivation), (other, _) = opened("regions"), opened("regions")
    done = derivation.apply("regions")
    with pytest.raises(OutOfReach):
        other.accept(done)
    argument.accept(done)
    with pytest.raises(OutOfReach):
        argument.accept(done)


def test_a_step_that_changes_nothing_is_none() -> None:
    _, derivation = opened("regions")
    assert derivation.apply("cancel") is derivation
    with pytest.raises(OutOfReach):
        derivation.apply("cancel", 1)
    with pytest.raises(KeyError):
        derivation.apply("believe me")


# --- no number for an extent ---------------------------------------------------------------------


def test_no_step_holds_a_number_for_an_extent() -> None:
    """A parameter is nothing, the name of an array, a sum, or the place of an equation."""
    kinds = {
        "unfold": str,
        "clear": Sum,
        "use equation": int,
    }
    for rule in PAIRS:
        for steps in proof(rule).derivations.values():
            for step in steps:
                assert type(step.parameter) is kinds.get(step.rule, type(None))


def test_only_declared_sizes_are_gone_through() -> None:
    """The rule `cases` is the one that counts; proofs for free extents do without."""
    for pair in TABLE["pair"]:
        given = TABLE["given"][pair["given"]]
        verdict = equivalent(pair["left"], pair["right"], given=given, targets=["out"])
        if verdict.proof is not None:
            used = {step.rule for steps in verdict.proof.derivations.values() for step in steps}
            assert "cases" not in used or any(letter.isdigit() for letter in given), pair["id"]


def test_a_replay_never_runs_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The evaluator is out of reach, and the proofs replay all the same."""
    found = [proof(rule) for rule in PAIRS]

    def refuse(*_: object) -> None:
        raise AssertionError("a program was run")

    monkeypatch.setattr("symgrad.evaluation.stage.Stage.__init__", refuse)
    monkeypatch.setattr("symgrad.evaluation.stage.Stage.run", refuse)
    assert all(item.replay() for item in found)


def test_the_modules_of_proof_import_nothing_that_evaluates_or_refutes() -> None:
    for path in (Path(__file__).parent.parent / "symgrad" / "proof").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "symgrad.evaluation" not in text and "symgrad.refutation" not in text, path


def test_what_was_tried_and_not_proved_leaves_no_trace_in_a_proof() -> None:
    """h and u are compared on the way, in vain, and k is reached by that; the proof replays."""
    given = "input v\ninput x[T]"
    left = "h = 1\nk = v\nu = 0\nfor t in 1..T-1: h = k\nout = h + 2*k + 4*u"
    right = "u = 1\nk = v\nh = 0\nfor t in 1..T-1: u = k\nout = u + 2*k + 4*h"
    verdict = equivalent(left, right, given=given, targets=["out"])
    assert verdict.proof is not None and verdict.proof.replay()
    assert "k" in verdict.proof.derivations and "h" not in verdict.proof.derivations
