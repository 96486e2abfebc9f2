"""The verdict: right on every known pair, and never "equal" for programs that differ."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import bombs
import pytest
from bombs import BOMBS, SAME
from randompairs import GIVEN, mutated, program, rewritten, tree

from symgrad import StudentError, equivalent, read
from symgrad.equivalence import proved
from symgrad.program import Program
from symgrad.refutation.comparison import Comparison
from symgrad.refutation.refute import AT_SIGHT, FIRST_TRIALS, Refuted, Search, refute
from symgrad.refutation.trials import Trial
from symgrad.refutation.witness import Witness

TABLE = tomllib.loads(
    (Path(__file__).parent / "answers" / "identities.toml").read_text(encoding="utf-8")
)
PAIRS: list[dict[str, str]] = TABLE["pair"]

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]
"""


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["id"] for pair in PAIRS])
def test_a_known_pair_gets_its_verdict(pair: dict[str, str]) -> None:
    given = TABLE["given"][pair["given"]]
    verdict = equivalent(pair["left"], pair["right"], given=given, targets=["out"])
    assert verdict.status == pair["verdict"], pair["why"]
    if verdict.proof is not None:
        assert verdict.proof.replay()


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["id"] for pair in PAIRS])
def test_the_prover_alone_never_proves_what_is_different(pair: dict[str, str]) -> None:
    if pair["verdict"] == "different":
        given = read(TABLE["given"][pair["given"]])
        sides = [_over(pair[side], given) for side in ("left", "right")]
        assert proved(sides[0], sides[1], ("out",)) is None


@pytest.mark.parametrize("pair", PAIRS[::3], ids=[pair["id"] for pair in PAIRS[::3]])
def test_the_verdict_is_symmetric(pair: dict[str, str]) -> None:
    given = TABLE["given"][pair["given"]]
    verdict = equivalent(pair["right"], pair["left"], given=given, targets=["out"])
    assert verdict.status == pair["verdict"]


SAME_POWER = (
    "for i: out[i] = sum(k if N >= x[i], x[k])",
    "for i: out[i] = sum(k if N >= 1 / exp(-log(x[i]) / 2)^2, sqrt(x[k]^2))",
)


@pytest.mark.parametrize("sides", [SAME_POWER, SAME_POWER[::-1]])
def test_the_verdict_is_symmetric_where_one_side_writes_a_power_as_a_root(
    sides: tuple[str, str],
) -> None:
    """(x^(1/2))^2 is x^1 wherever it stands, so that the rules see it as a power."""
    given = "input x[N]\nassume x > 0"
    assert equivalent(*sides, given=given, targets=["out"]).status == "equal"


def test_the_other_order_of_the_sides_is_tried_before_a_pair_is_left_undecided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever one order finds and the other does not, both ways to ask get the same verdict."""
    given = "input x[N]"
    sides = ("out = sum(i, tanh(x[i]))", "out = sum(i, 2*sigma(2*x[i]) - 1)")
    monkeypatch.setattr("symgrad.equivalence.proving", lambda _: iter((None,)))
    for left, right in (sides, sides[::-1]):
        verdict = equivalent(left, right, given=given, targets=["out"])
        assert verdict.proof is not None and verdict.proof.replay()
        assert verdict.proof.question.turned


def _over(text: str, given: Program) -> Program:
    found = read(text, given=given)
    return found if found.given else Program(found.declarations, found.nests, given)


def _random_pairs(kind: str, count: int) -> Iterator[tuple[int, str, str]]:
    for seed in range(count):
        random = Random(f"{kind} {seed}")
        left = tree(random, 3)
        right = mutated(random, left) if kind == "mutant" else rewritten(random, left)
        yield seed, program(left), program(right, "+=")


def test_a_mutant_that_evaluates_differently_is_never_proved_equal() -> None:
    given = read(GIVEN)
    for seed, left, right in _random_pairs("mutant", 60):
        sides = [_over(text, given) for text in (left, right)]
        if proved(sides[0], sides[1], ("out",)) is not None:
            found = refute(sides[0], sides[1], ("out",))
            assert not isinstance(found, Witness), (seed, left, right)


def test_a_program_is_proved_equal_to_its_rewritten_self() -> None:
    given = read(GIVEN)
    for seed, left, right in _random_pairs("rewritten", 60):
        sides = [_over(text, given) for text in (left, right)]
        proof = proved(sides[0], sides[1], ("out",))
        assert proof is not None and proof.replay(), (seed, left, right)


def test_equal_comes_with_a_proof_different_with_a_witness_undecided_with_evidence() -> None:
    verdicts = {
        "for b, j: s.grad[b, j] += p[b, j]*(p.grad[b, j] - sum(k, p.grad[b, k]*p[b, k]))": "equal",
        "for b, j: s.grad[b, j] += p[b, j] * p.grad[b, j]": "different",
    }
    for text, status in verdicts.items():
        verdict = equivalent(text, REFERENCE, given=SOFTMAX)
        assert verdict.status == status
        assert (verdict.proof is not None) == (status == "equal")
        assert (verdict.witness is not None) == (status == "different")
        assert bool(verdict) == (status == "equal")


REFERENCE = """
for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]
for b, j: s.grad[b, j] += Z.grad[b] * exp(s[b, j])
"""
"""Reads Z.grad without writing it: then it has its true value."""


def test_a_gradient_that_no_output_reaches_is_0() -> None:
    """p is computed from Z, whose gradient is free, and is no output itself."""
    given = SOFTMAX.replace("output p", "output Z")
    answer = "for b, j: s.grad[b, j] += Z.grad[b] * exp(s[b, j]) + p.grad[b, j]"
    right = "for b, j: s.grad[b, j] += Z.grad[b] * exp(s[b, j])"
    assert equivalent(answer, right, given=given).status == "equal"
    assert equivalent(answer, right.replace("+=", "-="), given=given).status == "different"


@pytest.mark.parametrize("unused", ["t = log(s[1, 1])", "for i in 1..J: t = t * 2 + s[1, i]"])
def test_what_no_target_depends_on_needs_no_proof(unused: str) -> None:
    """A logarithm that is not defined everywhere, a sum that cannot be taken apart."""
    right = "for b, j: s.grad[b, j] += p.grad[b, j]"
    verdict = equivalent(f"{unused}\n{right}", right, given=SOFTMAX, targets=["s.grad"])
    assert verdict.status == "equal"


def test_what_cannot_be_separated_is_never_proved() -> None:
    given = "input x[N]\noutput y\nfor i: y[i] = x[i]"
    running = "for i in 1..N: t = t + x[i]; out[i] = t"
    verdict = equivalent(running, running, given=given)
    assert verdict.status in ("equal", "undecided")
    assert (
        equivalent(running, "for i in 1..N: out[i] = sum(k, x[k])", given=given).status
        == "different"
    )


def test_default_targets_are_the_declared_arrays_and_gradients_that_the_right_side_writes() -> None:
    right = "for b, j: e[b] += p[b, j]\nfor b, j: s.grad[b, j] += p.grad[b, j]"
    left = "for b, j: s.grad[b, j] += p.grad[b, j]"
    assert equivalent(left, right, given=SOFTMAX).status == "equal"
    assert equivalent("out = 1", "out = 2", given=SOFTMAX).status == "different"


def test_a_target_that_one_side_does_not_write_is_missing_there() -> None:
    verdict = equivalent("out = 1", REFERENCE, given=SOFTMAX, targets=["s.grad"])
    assert verdict.status == "different"
    assert verdict.witness is not None and verdict.witness.kind == "missing"


def test_targets_of_other_shapes_are_different() -> None:
    given = "input x[N, M]"
    verdict = equivalent(
        "for i, j: out[i, j] = x[i, j]", "for i, j: out[j, i] = x[i, j]", given=given
    )
    assert verdict.status == "different"


def test_whole_programs_are_compared_without_a_given() -> None:
    one = "input x[N]\nfor i: y[i] = x[i] + x[i]"
    other = "input x[N]\nfor i: y[i] = 2*x[i]"
    assert equivalent(one, other).status == "equal"


def test_sides_that_declare_different_inputs_are_not_proved() -> None:
    one = read("input x[2] = [1, 0]\nfor i in 1..2: y[i] = [x[i] > 0]")
    other = read("input x[2]\nfor i in 1..2: y[i] = [x[i] >= 0]")
    assert proved(one, other, ("y",)) is None


def test_an_overwritten_true_gradient_does_not_hide_a_mistake() -> None:
    wrong = """
for b: Z.grad[b] = 0
for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]
for b, j: s.grad[b, j] += Z.grad[b] * exp(s[b, j])
"""
    assert equivalent(wrong, REFERENCE, given=SOFTMAX, targets=["s.grad"]).status == "different"


def test_a_text_that_cannot_be_read_raises() -> None:
    with pytest.raises(StudentError):
        equivalent("out = (1", "out = 1", given=SOFTMAX)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_work_is_bounded_by_steps(bomb: str) -> None:
    try:
        verdict = equivalent(bomb, bomb + SAME, given=bombs.GIVEN)
    except StudentError:
        return
    assert verdict.status in ("equal", "undecided")


def test_a_few_trials_come_before_the_proof_and_the_others_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is equal is run at a few points; what is refuted has the same witness either way."""
    tried = []
    compare = Search._compare

    def counted(self: Search, trial: Trial) -> Comparison:
        tried.append(trial)
        return compare(self, trial)

    monkeypatch.setattr(Search, "_compare", counted)
    given = "input x[N]\ninput y[N]"
    plain = equivalent("out = sum(i, x[i]*y[i])", "out = sum(k, y[k]*x[k])", given=given)
    assert plain.status == "equal" and len(tried) == AT_SIGHT
    tried.clear()
    equal = equivalent("out = sum(i, tanh(x[i]))", "out = sum(i, 2*sigma(2*x[i]) - 1)", given=given)
    assert equal.status == "equal" and len(tried) == FIRST_TRIALS
    for name in ("AT_SIGHT", "FIRST_TRIALS"):
        monkeypatch.setattr(f"symgrad.equivalence.{name}", 0)
    tried.clear()
    late = equivalent("out = sum(i, x[i]*y[i])", "out = sum(k, y[k]*x[k]*[x[k] > 0])", given=given)
    assert late.status == "different" and tried
    monkeypatch.undo()
    early = equivalent("out = sum(i, x[i]*y[i])", "out = sum(k, y[k]*x[k]*[x[k] > 0])", given=given)
    assert early.witness == late.witness


def test_the_refuter_gives_up_after_its_allowance() -> None:
    given = read("input x[N]")
    sides = [_over(text, given) for text in ("out = sum(i, x[i])", "out = sum(i, 2*x[i])")]
    search = Search(sides[0], sides[1], ("out",))
    found = search.result(search.plan(), allowance=0)
    assert not isinstance(found, Refuted) and found.undecided


@pytest.mark.parametrize(("n", "m"), [("N", "M"), ("B", "K"), ("E", "F"), ("T", "R")])
@pytest.mark.parametrize("condition", ["c < -1", "c > 2", "-1/2 < c < 0"])
def test_a_difference_at_one_extent_is_seen_behind_a_condition(
    n: str, m: str, condition: str
) -> None:
    """A sum whose ends are apart counts its only term twice, where the condition lets it."""
    head = f"for i in 1..{n} if {condition}: out[i] ="
    apart = f"{head} A[i, 1] + sum(j in 2..{m}-1, A[i, j]) + A[i, {m}]"
    given = f"input A[{n}, {m}]\ninput c"
    verdict = equivalent(apart, f"{head} sum(j, A[i, j])", given=given, targets=["out"])
    assert verdict.witness is not None and verdict.witness.extents[m] == 1
