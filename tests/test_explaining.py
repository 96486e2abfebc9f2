"""Derivations: who reads an array, the chain rule, sums collected; every claim proved."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from oracles import assert_gradients, free_arrays, random_values, run

from symgrad import read
from symgrad.course.exercise import Part, catalogue, exercise
from symgrad.course.reference import backward, writing
from symgrad.derivation.backward import adjoints, derive
from symgrad.errors import AuthorError
from symgrad.explaining.collecting import collected
from symgrad.explaining.explain import explain
from symgrad.explaining.gradient import derivation
from symgrad.explaining.proving import check, checked, scope
from symgrad.explaining.steps import Claim, Equation, Local, Quote, Shown
from symgrad.expressions import array_of
from symgrad.program import Input, Program

SOFTMAX = read(
    "input s[B, J]\noutput p\nfor b, j: Z[b] += exp(s[b, j])\n"
    "for b, j: p[b, j] += exp(s[b, j]) / Z[b]"
)
CONVOLUTION = read(
    "input x[H]\ninput k[h]\nassume H >= h\noutput y\n"
    "for i in 1..H-h+1, l: y[i] += x[i + l - 1] * k[l]"
)
BOTH_WAYS = read(
    "input x[N]\noutput y\noutput z\nfor i: y[i] = sin(x[i])\nfor i: z[i] -= y[i]^2 * x[i]"
)
NESTED = read(
    "input W[N, N]\ninput x[N]\nloss L\nfor i: h[i] = tanh(sum(j, W[i, j] * x[j]))\n"
    "L = sum(i, h[i]^2) / 2"
)
FORWARDS = {
    "softmax": (SOFTMAX, {"B": 2, "J": 3}),
    "convolution": (CONVOLUTION, {"H": 5, "h": 2}),
    "both ways": (BOTH_WAYS, {"N": 3}),
    "nested sums": (NESTED, {"N": 3}),
}
ALL = pytest.mark.parametrize(("forward", "extents"), FORWARDS.values(), ids=FORWARDS)


def told(forward: Program, target: str) -> list[tuple[str, list[str]]]:
    """Each step of a derivation: its words, and the texts of what it shows."""
    found = derivation(forward, target)
    assert found is not None
    return [(" ".join(map(str, step.words)), [*map(shown, step.shown)]) for step in found.steps]


def shown(one: Shown) -> str:
    """What is new in what a step shows, as text."""
    assert not isinstance(one, Equation)
    if isinstance(one, Local):
        return f"{one.value} by {one.read}: {one.derivative}"
    return str(replace(one.program, nests=one.nests) if isinstance(one, Claim) else one.program)


LAYERS = {
    layer["name"]: layer["forward"]
    for layer in tomllib.loads(
        (Path(__file__).parent / "answers" / "layers.toml").read_text(encoding="utf-8")
    )["layer"]
}


@pytest.mark.parametrize("name", list(LAYERS)[3::9])
def test_a_layer_that_is_no_exercise_is_explained(name: str) -> None:
    """A sample of the layers that docs/efficient.md counts: every step and form is proved."""
    forward = read(LAYERS[name])
    inputs = [item.name for item in forward.declared(Input)]
    part = Part("a", "?", forward, tuple(f"{name}.grad" for name in inputs))
    found = explain(part)
    assert {array_of(one.of) for one in found.derivations if one.of} >= set(part.targets)
    assert "proved equal" in " ".join(map(str, found.checked))


# --- the steps of one gradient -------------------------------------------------------------------


def test_a_derivation_goes_from_the_reader_to_the_sum() -> None:
    assert told(SOFTMAX, "Z.grad") == [
        (
            "Z[b] is read by one update, with this derivative:",
            [
                "for b, j: p[b, j] += exp(s[b, j]) / Z[b]",
                "exp(s[b, j])/Z[b] by Z[b]: -exp(s[b, j])/Z[b]**2",
            ],
        ),
        (
            "By the chain rule p.grad[b, j] flows back, times this derivative:",
            ["for b, j: Z.grad[b] += p.grad[b, j] * (-1) * exp(s[b, j]) / Z[b]^2"],
        ),
        ("Simplified:", ["for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2"]),
        (
            "Collected at Z.grad[b] :",
            ["for b: Z.grad[b] = -sum(j, p.grad[b, j] * exp(s[b, j]) / Z[b]^2)"],
        ),
    ]


def test_a_computed_place_is_an_equation_that_is_solved() -> None:
    (_, constrained), (words, solved) = told(CONVOLUTION, "x.grad")[-2:]
    assert constrained == ["for p: x.grad[p] = sum(i, l if i + l - 1 == p, y.grad[i] * k[l])"]
    assert words == ("Solved for Eq(i, -l + p + 1) ; the ranges of these indices bound the others:")
    assert solved == [
        "for p: x.grad[p] = sum(l in max(1, p + h - H)..min(p, h), y.grad[p - l + 1] * k[l])"
    ]


def test_an_output_that_is_read_again_collects_its_total() -> None:
    """y_total is y.grad and what z sends back; only then is it passed on."""
    assert told(BOTH_WAYS, "y_total")[1][1] == [
        "for i: y_total[i] = y.grad[i]\nfor i: y_total[i] += z.grad[i] * (-2) * x[i] * y[i]"
    ]


def test_the_gradient_of_a_loss_is_put_in_as_1() -> None:
    assert told(NESTED, "h.grad")[2] == ("Simplified:", ["for i: h.grad[i] += h[i]"])


def test_what_nothing_reads_has_no_derivation() -> None:
    assert derivation(SOFTMAX, "p.grad") is None


def test_one_visit_an_element_is_no_sum() -> None:
    program = writing(derive(BOTH_WAYS), ["x.grad"])
    assert collected(replace(program, nests=program.nests[-1:]), "x.grad") is None


# --- oracles -------------------------------------------------------------------------------------


@ALL
def test_the_chain_rule_before_it_is_simplified_gives_the_slopes(
    forward: Program, extents: dict[str, int]
) -> None:
    """So every local derivative that is shown is one, by central differences."""
    nests = [one.flow or one.nest for one in adjoints(forward)]
    assert_gradients(Program((), tuple(nests), forward), extents)


@ALL
def test_every_claim_has_the_values_of_the_backward_pass(
    forward: Program, extents: dict[str, int]
) -> None:
    """Run literally, each in the place of the updates that it tells of."""
    whole = derive(forward)
    values = random_values(forward, free_arrays(forward), extents)
    expected = run(whole, extents, values)
    for target in {array_of(one.target) for _, one in whole.statements}:
        found = derivation(forward, target)
        for step in found.steps if found else ():
            for one in step.shown:
                if isinstance(one, Claim):
                    others = tuple(
                        n for n in whole.nests if n not in writing(whole, [target]).nests
                    )
                    state = run(
                        Program((), (*others, *one.program.nests), forward), extents, values
                    )
                    assert {k: str(v) for k, v in state[target].items()} == {
                        k: str(v) for k, v in expected[target].items()
                    }


# --- proofs --------------------------------------------------------------------------------------


def test_a_claim_that_is_wrong_is_an_error() -> None:
    wrong = read("for b, j: Z.grad[b] += p.grad[b, j] * p[b, j] / Z[b]", given=SOFTMAX)
    with pytest.raises(AuthorError, match=r"a step for Z.grad is different, not proved"):
        check(Claim(wrong, ("Z.grad",)), derive(SOFTMAX))


@ALL
def test_derivations_are_proved(forward: Program, extents: dict[str, int]) -> None:
    whole = derive(forward)
    for target in dict.fromkeys(array_of(one.target) for _, one in whole.statements):
        found = derivation(forward, target)
        if found is not None:
            assert checked([found], writing(whole, [target])) == (found,)


def test_a_sum_that_is_not_decided_is_left_out() -> None:
    """The triangle of a mask: loops say it, and what is not proved is not said."""
    forward = read(
        "input s[N, N]\noutput p\nfor n: Z[n] = sum(m in 1..n, exp(s[n, m]))\n"
        "for n, m in 1..n: p[n, m] = exp(s[n, m]) / Z[n]"
    )
    whole = derive(forward)
    found = derivation(forward, "Z.grad")
    assert found is not None
    (kept,) = checked([found], writing(whole, ["Z.grad"]))
    assert len(kept.steps) >= 2
    assert all(step in found.steps for step in kept.steps)


def test_a_proof_holds_for_all_extents_of_the_forward_pass() -> None:
    assert " ".join(map(str, scope(SOFTMAX))) == "for all B , J"
    assert scope(read("input x\noutput y\ny = x")) == ("for all inputs",)


# --- parts ---------------------------------------------------------------------------------------


def part(id: str, name: str) -> Part:
    return exercise(id).part(name)


def test_gradients_come_when_all_that_they_read_is_complete() -> None:
    found = explain(part("softmax", "d")).derivations
    assert [one.of and array_of(one.of) for one in found] == ["Z.grad", "s.grad", None]


def test_the_naive_second_derivative_is_shown_update_by_update() -> None:
    forward = read("input x\nfunction g(x)\nloss l\ny = g(x)\nu = sin(y)\nl = u")
    asked = replace(part("second-derivative", "a"), forward=forward)
    (only,) = explain(asked).derivations
    (claim,) = only.steps[0].shown
    assert isinstance(claim, Claim)
    assert "l_xx += l_yy * g''(x)" in str(claim.program)


def test_on_the_graph_of_the_notes_the_equations_of_the_notes_are_told() -> None:
    """The naive rule in a, the second derivative in c."""
    told = {
        name: [
            step
            for one in explain(part("second-derivative", name)).derivations
            for step in one.steps
        ]
        for name in ("a", "c")
    }
    assert [step.number for step in told["a"]] == ["13", "", *map(str, range(14, 22))]
    assert [step.number for step in told["c"]] == [*map(str, range(22, 29)), "28"]
    for step in (*told["a"], *told["c"]):
        (shown,) = step.shown
        assert isinstance(shown, Equation)


def test_on_another_graph_the_gradient_is_derived_again() -> None:
    forward = read("input x\nfunction g(x)\nloss l\ny = g(x)\nl = y^2")
    asked = replace(part("second-derivative", "c"), forward=forward)
    first, again = explain(asked).derivations
    assert [isinstance(one.steps[0].shown[0], Claim) for one in (first, again)] == [True, True]


def test_a_jacobian_is_checked_by_the_gradient_that_it_gives() -> None:
    last = explain(part("softmax-jacobian", "a")).derivations[-1]
    (claim,) = last.steps[0].shown
    assert isinstance(claim, Claim)
    assert str(claim.program).endswith("x.grad[j] = sum(i, y.grad[i] * Jac[i, j])")


def test_what_the_question_itself_defines_is_not_called_proved() -> None:
    assert explain(part("sgd", "a")).checked == ()
    assert explain(part("conv", "d")).checked == ()


def test_the_updates_that_are_quoted_are_those_of_the_forward_pass() -> None:
    forward = part("conv", "a").forward
    found = derivation(forward, "K.grad")
    assert found is not None
    (quote,) = (one for one in found.steps[0].shown if isinstance(one, Quote))
    assert quote.program.nests == forward.nests


def test_every_gradient_asked_for_has_a_derivation() -> None:
    for found in catalogue().values():
        for one in found.parts:
            if one.reference in ("step", "sums"):
                for target in one.targets:
                    assert derivation(one.forward, target) or target in str(backward(one.forward))
