"""Forward definitions read backwards, and the sums that they imply."""

from __future__ import annotations

from symgrad.efficient.flatten import Reader
from symgrad.efficient.inversion import inverted
from symgrad.efficient.rules import Rules
from symgrad.efficient.sumrules import sum_rules
from symgrad.efficient.terms import Poly, access, bind, monomial
from symgrad.reading.text import read

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] = exp(s[b, j]) / Z[b]
"""
BATCHNORM = """
input x[B, J]
output y
for b, j: m[j] += x[b, j] / B
for b, j: v[j] += (x[b, j] - m[j])^2 / B
for b, j: y[b, j] = (x[b, j] - m[j]) / sqrt(v[j])
"""


def rules_of(text: str) -> tuple[Reader, Rules, Rules]:
    """Element rules without and with the affine ones, both with the sums that are known."""
    program = read(text)
    reader = Reader(program)
    definitions = {item.name: item.poly for item in reader.sought(program.nests)}
    plain = inverted(reader.atoms, definitions)
    affine = inverted(reader.atoms, definitions, affine=True)
    plain.sums = affine.sums = sum_rules(reader.atoms, definitions, (plain, affine))
    return reader, plain, affine


def summed(poly: Poly) -> Poly:
    """The sum over the first index, which runs over B in batch norm and J in softmax below."""
    return bind(poly, {-9: "B"})


def test_a_stored_quotient_takes_the_place_of_its_exponential() -> None:
    """exp(s) = p Z."""
    reader, plain, _ = rules_of(SOFTMAX)
    (name,) = plain.arrays
    assert reader.atoms.known[name].head == "exp"
    assert plain.arrays[name] == monomial([(("p", (-1, -2)), 1), (("Z", (-1,)), 1)])


def test_the_probabilities_of_a_softmax_add_up_to_1() -> None:
    """sum(j, p[b, j]) = 1, also among other factors; but not the sum over b."""
    _, plain, _ = rules_of(SOFTMAX)
    scope = {-1: "B", -2: "J"}
    over_j = bind(monomial([(("p", (-1, -9)), 1), (("s", (-1, -2)), 1)]), {-9: "J"})
    over_b = bind(access("p", (-9, -2)), {-9: "B"})
    assert plain(over_j, scope) == access("s", (-1, -2))
    assert plain(over_b, scope) == over_b


def test_what_is_normalised_has_mean_0_and_square_sum_b() -> None:
    """sum(b, y) = 0 and sum(b, y^2) = B, which takes x - m = y sqrt(v)."""
    _, plain, _ = rules_of(BATCHNORM)
    scope = {-1: "B", -2: "J"}
    assert plain(summed(access("y", (-9, -2))), scope) == {}
    squares = summed(monomial([(("y", (-9, -2)), 2)]))
    assert plain(squares, scope) == access("#B")


def test_an_input_is_affine_in_what_it_is_normalised_to() -> None:
    """x = y sqrt(v) + m."""
    _, _, affine = rules_of(BATCHNORM)
    found = affine.arrays["x"]
    assert len(found) == 2
    assert access("m", (-2,)).items() <= found.items()


def test_a_product_that_is_stored_is_put_back() -> None:
    """x g f with y = x g is y f."""
    program = read("input x[B]\ninput g[B]\noutput y\nfor b: y[b] = x[b] * g[b]")
    reader = Reader(program)
    definitions = {item.name: item.poly for item in reader.sought(program.nests)}
    from symgrad.efficient.inversion import folds

    rules = Rules(reader.atoms, folds=folds(reader.atoms, definitions))
    whole = monomial([(("x", (-1,)), 1), (("g", (-1,)), 1), (("y.grad", (-1,)), 1)])
    assert rules.folded(whole) == monomial([(("y", (-1,)), 1), (("y.grad", (-1,)), 1)])
