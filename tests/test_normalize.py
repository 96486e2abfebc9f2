"""Programs as definitions: what each statement does to what an array holds."""

from __future__ import annotations

import pytest

from symgrad import read
from symgrad.program import Program
from symgrad.proof.beginning import theory_of
from symgrad.proof.normalize import Run
from symgrad.proof.terms import OutOfReach, Poly, free_of_key
from symgrad.proof.theory import Theory, instance, unfold, unfolded
from symgrad.sets.affine import variable

GIVEN = """
input x[N]
input y[N]
input c
input label in 1..N
for i: e[i] = exp(x[i])
Z = sum(i, e[i])
"""


def definitions(text: str) -> tuple[Theory, Program]:
    given = read(GIVEN)
    program = read(text, given=given)
    return theory_of([given]), program


def same(left: str, right: str, target: str = "out") -> bool:
    """Do two programs, taken as they are, define the target alike?"""
    known, one = definitions(left)
    _, other = definitions(right)
    first, second = (
        Run(known, p, owner).until(target) for p, owner in ((one, "a "), (other, "b "))
    )
    return first.poly == instance(known, second, tuple(map(variable, first.formals)))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("for i: out[i] += x[i]\nfor i: out[i] -= y[i]", "for i: out[i] = x[i] - y[i]"),
        ("for i: out[i] = x[i]\nfor i: out[i] = y[i]", "for i: out[i] = y[i]"),
        ("for i: out[i] = x[i]\nfor i: out[i] *= y[i]", "for i: out[i] = x[i]*y[i]"),
        ("for i: out[i] = x[i]\nfor i: out[i] = out[i]*out[i]", "for i: out[i] = x[i]^2"),
        ("for i in 1..N: out[N-i+1] = x[i]", "for i in 1..N: out[i] = x[N-i+1]"),
        ("for i: t[i] = x[i]\nfor i: out[i] = t[i]\nfor i: t[i] = y[i]", "for i: out[i] = x[i]"),
        ("for i if x[i] > 0: out[i] += y[i]", "for i: out[i] = [x[i] > 0]*y[i]"),
        (
            "for i in 1..N, k in 1..i: out[i] += x[k]",
            "for i in 1..N: out[i] = sum(k in 1..i, x[k])",
        ),
        ("for i in 1..N: out[i] = x[label]", "for i in 1..N: out[i] = sum(k, [k == label]*x[k])"),
        (
            "k = argmax(i, x[i])\nfor i in 1..N: out[i] = y[k]",
            "for i in 1..N: out[i] = sum(j, [j == argmax(m, x[m])]*y[j])",
        ),
        ("for i: x[i] = x[i] + y[i]\nfor i: out[i] = x[i]", "for i: out[i] = x[i] + y[i]"),
        (
            "for i: out[i] = y[i]\nfor i if x[i] <= 0: out[i] = 0",
            "for i: out[i] = [x[i] > 0]*y[i]",
        ),
        (
            "for i: out[i] = y[i]\nfor i if x[i] > 0 or y[i] > 0: out[i] = c",
            "for i: out[i] = [x[i] > 0 or y[i] > 0]*c + [x[i] <= 0 and y[i] <= 0]*y[i]",
        ),
        ("for i in 1..N: e[i] = c\nfor i: out[i] = e[i]", "for i in 1..N: out[i] = c"),
    ],
)
def test_two_programs_define_the_same(left: str, right: str) -> None:
    assert same(left, right)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..N, k: out[i] = x[k]",
        "for i in 2..N: x[i] = x[i-1]",
        "for i in 1..N: s += x[i]; out[i] = s",
        "for i in 1..N, k in 1..i: out[k] = x[i]",
    ],
)
def test_what_depends_on_the_order_of_iterations_is_out_of_reach(text: str) -> None:
    known, program = definitions(text)
    with pytest.raises(OutOfReach):
        Run(known, program, "a ").finish()


def test_arrays_of_the_forward_pass_stand_as_atoms_and_unfold() -> None:
    known, program = definitions("out = Z")
    poly = Run(known, program, "a ").until("out").poly
    assert len(poly) == 1
    assert unfold(known, poly, "Z") == known.definitions["Z"].poly
    assert unfolded(known, poly) == unfold(known, known.definitions["Z"].poly, "e")


@pytest.mark.parametrize("place", ["mod(i, 2)", "min(mod(i, 2), N)", "max(floor(i/2), i - N + 1)"])
def test_a_definition_speaks_of_its_own_indices_alone(place: str) -> None:
    """Integer parts, in a place or a guard, are bound: none is free in the definition."""
    text = f"for i in 1..N if 1 <= {place} <= N: out[{place}] += x[i]"
    known, program = definitions(text)
    found = Run(known, program, "a ").until("out")
    assert {name for key in found.poly for name in free_of_key(key)} <= {*found.formals}


def test_a_forward_array_that_is_read_before_it_is_complete_holds_what_it_held() -> None:
    given = read("input x[N]\nfor i: t[i] = x[i]\nfor i: u[i] = t[i]\nfor i: t[i] += x[i]")
    known = theory_of([given])
    doubled = instance(known, known.definitions["t"], (variable("$i"),))
    kept = instance(known, known.definitions["u"], (variable("$i"),))
    assert doubled == {key: 2 * value for key, value in kept.items()}


def test_the_same_forward_pass_twice_is_one() -> None:
    given = read(GIVEN)
    assert theory_of([given, given]).order == ["e", "Z"]


def test_forward_passes_that_differ_are_out_of_reach() -> None:
    other = read(GIVEN.replace("exp(x[i])", "x[i]"))
    with pytest.raises(OutOfReach):
        theory_of([read(GIVEN), other])
    with pytest.raises(OutOfReach):
        theory_of([read(GIVEN), Program()])


def test_assumptions_become_facts_constraints_and_equations() -> None:
    known = theory_of(
        [read("input x[N]\ninput y[N]\nassume x > 0\nassume N >= 2\nassume sum(i, y[i]) == 1")]
    )
    assert len(known.laws.facts.templates) == 1
    assert len(known.equations) == 1
    assert not known.laws.facts.generic("y"), "tied by an equation"
    assert known.laws.facts.generic("x")


@pytest.mark.parametrize(
    "text",
    [
        "out = conv(pad(relu(conv(pad(im, 1, 1), w)), 1, 1), v) + im",
        "for i in 1..N: out[i] = exp(sum(j in i..N, x[j]*sigma(sum(k in 1..j, y[k]))))",
        "for i in 1..N, j in 1..i: out[i-j+1] += x[i]*exp(sum(k in j..i, y[k]))",
    ],
)
def test_what_is_in_its_one_form_stays_as_it_is(text: str) -> None:
    """Each term of an element, added to nothing again."""
    given = read(GIVEN + "input im[H, V]\ninput w[3, 3]\ninput v[3, 3]")
    known = theory_of([given])
    poly = Run(known, read(text, given=given), "a ").until("out").poly
    again: Poly = {}
    for (bounds, constraints, factors), coefficient in poly.items():
        known.algebra.assemble(again, bounds, constraints, factors, coefficient)
    assert again == poly
