"""Separation changes nothing that a literal run can see, or names what stands in its way."""

from __future__ import annotations

from random import Random

import pytest
import randomprograms

from symgrad import read
from symgrad.expressions import array_of
from symgrad.program import Program
from symgrad.separation.separate import Inseparable, Separated, separate

SOFTMAX = read(
    "input s[B, J]\noutput p\nfor b, j: Z[b] += exp(s[b, j])\n"
    "for b, j: p[b, j] += exp(s[b, j]) / Z[b]"
)


def separated(text: str, given: Program = SOFTMAX, *, versions: bool = False) -> list[str]:
    outcome = separate(read(text, given=given), versions=versions)
    assert isinstance(outcome, Separated), outcome
    return str(outcome.program).splitlines()


def refusal(text: str, given: Program | None = SOFTMAX) -> str:
    outcome = separate(read(text, given=given))
    assert isinstance(outcome, Inseparable)
    return outcome.reason


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..N: a[i] = 0\nfor i in 1..N-1: a[i] += x[i]",
        "for i in 1..N: a[i] = 0\na[2] = 5",
        "for i in 1..N: a[i] = x[i]\nfor i in 2..N: a[i] = 3",
    ],
)
def test_an_array_keeps_the_elements_that_only_its_zeros_had(text: str) -> None:
    program = read(text, given=read("input x[N]\nassume N >= 2"))
    found = separate(program, versions=True)
    assert isinstance(found, Separated)
    last = found.final.get("a", "a")
    assert found.program.arrays[last].axes == program.arrays["a"].axes


def test_what_is_separate_is_left_as_it_is() -> None:
    outcome = separate(SOFTMAX)
    assert isinstance(outcome, Separated)
    assert outcome.program is SOFTMAX
    assert not outcome.final


def test_statements_of_a_body_that_do_not_meet_get_their_own_nests() -> None:
    assert separated(
        "for b, j: Z.grad[b] -= p.grad[b, j] * p[b, j]; s.grad[b, j] += p.grad[b, j]"
    ) == [
        "for b, j: Z.grad[b] -= p.grad[b, j] * p[b, j]",
        "for b, j: s.grad[b, j] += p.grad[b, j]",
    ]


def test_a_body_that_reads_the_element_it_just_completed_is_distributed() -> None:
    assert separated("for b, j: e[b, j] = 2 * p[b, j]; s.grad[b, j] += e[b, j]") == [
        "for b, j: e[b, j] = 2 * p[b, j]",
        "for b, j: s.grad[b, j] += e[b, j]",
    ]


def test_statements_are_reordered_where_the_dependences_ask_for_it() -> None:
    """s.grad[i] reads the e that the iteration before wrote, and nothing that comes after."""
    given = read("input x[N]\noutput y\nfor i: y[i] = x[i]")
    assert separated("for i in 2..N: x.grad[i] += e[i-1]; e[i] = y.grad[i]", given) == [
        "for i in 2..N: e[i] = y.grad[i]",
        "for i in 2..N: x.grad[i] += e[i - 1]",
    ]


def test_a_partial_sum_that_is_read_is_refused_by_name() -> None:
    assert (
        refusal("for b, j: e[b] -= p[b, j] * p.grad[b, j]; s.grad[b, j] += p[b, j] * e[b]")
        == "e is read at statement 2 while the same loop still adds to it"
    )


def test_a_forward_pass_that_reads_too_early_is_refused() -> None:
    assert (
        refusal(
            "input s[B, J]\nfor b, j: p[b, j] = s[b, j] / Z[b]\nfor b, j: Z[b] += s[b, j]", None
        )
        == "Z is read at statement 1 before statement 2 writes it"
    )


def test_an_input_is_not_overwritten() -> None:
    assert refusal("input x\ninput g\nx = x - g", None) == "the input x is written at statement 1"


def test_a_local_is_kept_for_every_iteration() -> None:
    assert separated("for b, j: e = p[b, j] * 2; s.grad[b, j] += e") == [
        "for b, j: e2[b, j] = p[b, j] * 2",
        "for b, j: s.grad[b, j] += e2[b, j]",
        "e = e2[B, J]",
    ]


def test_a_local_may_hold_an_index() -> None:
    given = read("input x[K, N]\noutput y\nfor k: y[k] = max(n, x[k, n])")
    text = "for k: istar = argmax(n, x[k, n]); x.grad[k, istar] += y.grad[k]"
    assert separated(text, given)[:2] == [
        "for k: istar2[k] = argmax(n, x[k, n])",
        "for k: x.grad[k, istar2[k]] += y.grad[k]",
    ]


def test_the_last_iteration_decides_what_an_assignment_leaves() -> None:
    assert separated("for b, j: Z.grad[b] = p.grad[b, j]") == ["for b: Z.grad[b] = p.grad[b, J]"]


def test_setting_to_zero_first_and_assigning_all_anew_cost_nothing() -> None:
    assert separated("for b, j: s.grad[b, j] = 0\nfor b, j: s.grad[b, j] += p.grad[b, j]") == [
        "for b, j: s.grad[b, j] += p.grad[b, j]"
    ]
    assert separated(
        "for b, j: s.grad[b, j] += p[b, j]\nfor b, j: s.grad[b, j] = p.grad[b, j]"
    ) == ["for b, j: s.grad[b, j] = p.grad[b, j]"]


def test_overwriting_a_part_is_refused() -> None:
    assert "overwritten at statement 2 after statement 1" in refusal(
        "for b, j: s.grad[b, j] += p[b, j]\nfor b: s.grad[b, 1] = p.grad[b, 1]"
    )


def test_an_assignment_that_adds_to_itself_is_an_addition() -> None:
    assert separated("for b, j: Z.grad[b] = Z.grad[b] + p.grad[b, j]") == [
        "for b, j: Z.grad[b] += p.grad[b, j]"
    ]


def test_a_constant_loop_that_carries_a_value_is_unrolled() -> None:
    given = read("input x[3]\noutput y\ny = x[1]")
    lines = separated("for t in 1..3: h[t] = x[t] * h[t-1]\nx.grad[1] = h[3]", given)
    assert lines == [
        "h[1] = x[1] * h[0]",
        "h[2] = x[2] * h[1]",
        "h[3] = x[3] * h[2]",
        "x.grad[1] = h[3]",
    ]


def test_a_symbolic_loop_that_carries_a_value_is_refused() -> None:
    assert "h is read at statement 1 while the same loop still" in refusal(
        "for b in 2..B: h[b] = s[b, 1] * h[b-1]"
    )


def test_versions_name_what_an_array_is_at_each_time() -> None:
    sgd = read("input theta[K]\ninput gamma\noutput y\nfor k: y[k] = theta[k]")
    answer = read("for k: theta[k] = theta[k] - gamma * theta.grad[k]", given=sgd)
    outcome = separate(answer, versions=True)
    assert isinstance(outcome, Separated)
    assert outcome.final == {"theta": "theta2"}
    last = outcome.program.nests[-1].body[0]
    assert array_of(last.target) == "theta2"


def test_versions_keep_what_an_overwriting_statement_leaves_alone() -> None:
    lines = separated(
        "for b, j: s.grad[b, j] += p[b, j]\nfor b, j if j > 1: s.grad[b, j] *= 2", versions=True
    )
    assert lines == [
        "for b, j: s.grad[b, j] += p[b, j]",
        "for b, j if not (1 <= b <= B and 1 <= j <= J and j > 1): sgrad[b, j] += s.grad[b, j]",
        "for b, j if j > 1: sgrad[b, j] += s.grad[b, j] * 2",
    ]


def agrees(program: Program, outcome: Separated) -> None:
    written = {array_of(statement.target) for _, statement in outcome.program.statements}
    for sizes in ((1, 1), (2, 3), (3, 2), (4, 4)):
        literal = randomprograms.results(program, sizes)
        clever = randomprograms.results(outcome.program, sizes)
        for name in {array_of(statement.target) for _, statement in program.statements}:
            final = outcome.final.get(name, name)
            if final in written:
                assert clever.get(final, {}) == literal.get(name, {}), f"{name} at {sizes}"


def test_a_copy_of_what_was_there_has_an_index_of_its_own_for_every_axis() -> None:
    """However the text's own indices are called: X2[k2, k2] would copy the diagonal alone."""
    program = read(
        "for k0, k1: X[k0, k1] += b[k0, k1]\nfor k0, k1: Y[k0, k1] += X[k0, k1]\n"
        "for k0, k1: X[k0, k1] += a[k0]",
        given=randomprograms.DECLARED,
    )
    outcome = separate(program, versions=True)
    assert isinstance(outcome, Separated)
    agrees(program, outcome)
    for nest in outcome.program.nests:
        assert len(nest.indices) == len(nest.loops)


SEEDS = range(150)


@pytest.mark.parametrize("versions", [False, True], ids=["strict", "versions"])
def test_a_literal_run_sees_no_difference(versions: bool) -> None:
    """Random programs with interleaved bodies, shifts, triangular ranges and overwriting."""
    found = 0
    for seed in SEEDS:
        program = randomprograms.program(Random(seed))
        outcome = separate(program, versions=versions)
        if isinstance(outcome, Separated) and (outcome.program is not program or outcome.final):
            found += 1
            try:
                agrees(program, outcome)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}\n{program}\n{outcome}") from error
    assert found > 8


def test_every_array_is_complete_before_it_is_read_by_name_or_by_element() -> None:
    """What is separated in the strict sense is separated again without a change."""
    for seed in SEEDS:
        outcome = separate(randomprograms.program(Random(seed)))
        if isinstance(outcome, Separated):
            again = separate(outcome.program)
            assert isinstance(again, Separated), f"seed {seed}: {outcome.program}\n{again}"
            assert all(len(nest.body) == 1 for nest in outcome.program.nests)
