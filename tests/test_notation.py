"""Normal forms are written as people write, and read again they are the same."""

from __future__ import annotations

import pytest
from polynomials import element, total, with_laws, within
from proofs import EQUAL, known_proof, notations, program
from sympy import Expr

from symgrad.expressions import elements, index, indices_of
from symgrad.proof.notation import Notation, shown
from symgrad.proof.regions import regions
from symgrad.proof.scope import Scope
from symgrad.proof.terms import Poly, access, atom_poly, scale, subtract
from symgrad.proof.theory import Theory
from symgrad.proof.translate import Translation
from symgrad.refutation.refute import refute
from symgrad.refutation.witness import Agreement
from symgrad.sets.affine import atleast, equal, plus, variable
from symgrad.writing.write import expression_text

ALGEBRA, LAWS = with_laws()

NAMES = Notation(
    {"$0": index("b")},
    {("p", 0): ["b", "k"], ("q", 0): ["k"], ("w", 0): ["j"]},
    frozenset(["p", "q", "w", "N", "M"]),
)


def text(poly: Poly, notation: Notation = NAMES) -> str:
    return expression_text(notation.expression(poly))


def exp(poly: Poly) -> Poly:
    return LAWS.function(ALGEBRA, "exp", poly)


def test_a_bound_index_has_the_name_of_its_axis_and_never_one_in_use() -> None:
    assert text(total(ALGEBRA, element("q", "@i"), i="N")) == "sum(k in 1..N, q[k])"
    assert text(total(ALGEBRA, element("p", "@i"), i="N")) == "sum(k in 1..N, p[k])"
    assert text(total(ALGEBRA, element("x", "@i"), i="N")) == "sum(i in 1..N, x[i])"


def test_beside_an_index_of_an_axis_stands_the_next_letter() -> None:
    both = ALGEBRA.multiply(element("w", "@i"), element("w", "@j"), element("x", "@i", "@j"))
    assert text(total(ALGEBRA, both, i="N", j="N")) == (
        "sum(j in 1..N, k in 1..N, w[j] * w[k] * x[k, j])"
    )


def test_factors_that_no_index_touches_stand_before_the_sum() -> None:
    poly = scale(ALGEBRA.multiply(element("p", "$0"), element("q", "@i")), 3)
    assert text(total(ALGEBRA, poly, i="N")) == "3 * p[b] * sum(k in 1..N, q[k])"


def test_what_is_subtracted_comes_last() -> None:
    poly = subtract(scale(element("q", "$0"), 2), element("p", "$0"))
    assert text(poly) == "2 * q[b] - p[b]"
    assert text({}) == "0"


def test_exponentials_of_one_product_are_joined() -> None:
    poly = ALGEBRA.multiply(exp(element("p", "$0")), exp(scale(element("q", "$0"), -2)))
    assert text(poly) == "exp(p[b] - 2 * q[b])"


def test_powers_and_denominators() -> None:
    below = LAWS.power(ALGEBRA, total(ALGEBRA, exp(element("q", "@i")), i="N"), -2)
    poly = ALGEBRA.multiply(exp(element("q", "$0")), below)
    assert text(poly) == "exp(q[b]) / sum(k in 1..N, exp(q[k]))^2"


def test_a_fixed_index_is_written_as_what_it_equals() -> None:
    """Of a = i + l with all three in use a is written as i + l."""
    pair = ALGEBRA.multiply(element("x", "@i"), element("w", "@l"))
    poly = ALGEBRA.multiply(pair, element("y", plus(variable("@i"), variable("@l"))))
    assert text(total(ALGEBRA, poly, i="N", l="M")) == (
        "sum(j in 1..M, i in 1..N, w[j] * x[i] * y[i + j])"
    )


def test_conditions_stand_behind_the_ranges() -> None:
    before = atleast(plus(plus(variable("@j"), variable("@i"), -1), (-1, ())))
    even = equal(plus(variable("@i"), variable("@k"), -2))
    assert before is not None and even is not None
    pair = ALGEBRA.multiply(element("x", "@i"), element("w", "@j"))
    limits = [*within("@i", "N"), *within("@j", "M"), before]
    assert text(ALGEBRA.bind(pair, ["@i", "@j"], limits)) == (
        "sum(j in 1..M, i in 1..N if i < j, w[j] * x[i])"
    )
    halves = ALGEBRA.bind(element("x", "@i"), ["@i", "@k"], [*within("@i", "N"), even])
    assert "2" in text(halves)


def test_a_condition_without_a_sum_is_a_bracket() -> None:
    item = atleast(plus(variable("$0"), (-2, ())))
    assert item is not None
    assert text(ALGEBRA.bind(element("p", "$0"), [], [item])) == "[2 <= b] * p[b]"


def test_marks_of_the_prover_are_not_shown() -> None:
    assert (shown("Z.grad*"), shown("x@0"), shown("p")) == ("Z.grad", "x.start", "p")


def read_again(theory: Theory, names: dict[str, Expr], expr: Expr) -> Poly:
    translation = Translation(
        theory.algebra, theory.laws, theory.arrays, lambda name, at: atom_poly(access(name, at))
    )
    return translation.value(expr, Scope(variables={name: free for free, name in names.items()}))


@pytest.mark.parametrize("name", EQUAL)
def test_what_is_written_and_read_again_is_the_same_sum(name: str) -> None:
    """The normal form of the expression of a normal form is that normal form, or has the same index
    sets, or, where laws join what was apart, at least the same values in the literal evaluator."""
    proof = known_proof(name)
    for argument, derivation, notation, place in notations(proof):
        for definition in argument.finals(derivation.target):
            names = dict(zip(definition.formals, indices_of(place), strict=True))
            written = Notation(names, notation.conventions, notation.taken, notation.implied)
            expr = written.expression(definition.poly)
            again = read_again(argument.known, names, expr)
            left = subtract(again, definition.poly)
            if left and regions(argument.known, left):
                pair = program(proof, place, expr), program(proof, place, written.expression(again))
                assert isinstance(refute(*pair, ("value",)), Agreement), expression_text(expr)
            assert not any("@" in str(read) or "$" in str(read) for read in elements(expr))
