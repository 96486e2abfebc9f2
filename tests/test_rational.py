"""Arithmetic in normal form agrees with brute force, whatever order and names things come in."""

from __future__ import annotations

from itertools import permutations, product
from random import Random

import pytest
from flint import fmpq
from polynomials import EXTENTS, algebra, element, holds, total, value, within

from symgrad.proof.rational import Algebra
from symgrad.proof.replacing import mapped
from symgrad.proof.terms import ACCESS, Atom, OutOfReach, Poly, add, constant, scale, subtract
from symgrad.sets.affine import Affine, Constraint, atleast, equal, plus, variable

FIRST, J, K = "@i", "@j", "@k"
FORMAL = "$0"


def _body(random: Random, some: Algebra) -> tuple[Poly, list[Constraint]]:
    """A product of two or three elements, and constraints on the three indices in it."""
    names = [FIRST, J, K]
    places: list[Affine] = [variable(name) for name in names]
    places += [plus(variable(FIRST), variable(J)), plus(variable(J), (-1, ()))]
    places += [(2, ()), variable(FORMAL)]
    poly = constant(fmpq(random.choice([1, -1, 2, 3]), random.choice([1, 2])))
    for array in random.sample("xxyz", random.choice([2, 3])):
        poly = some.multiply(poly, element(array, random.choice(places)))
    limits = [item for name in names for item in within(name, random.choice("NM"))]
    gap = plus(variable(random.choice(names)), variable(random.choice([FORMAL, K])), -1)
    relation = random.choice([equal(gap), atleast(gap), None])
    return poly, [*limits, *([relation] if relation else [])]


@pytest.mark.parametrize("seed", range(20))
def test_a_sum_in_normal_form_has_the_value_of_the_loops(seed: int) -> None:
    """sum(i, j, k if …, x[…] y[…]) against adding the body up over all indices."""
    some = algebra(known=within(FORMAL, "N"))
    body, limits = _body(Random(seed), some)
    closed = some.bind(body, (FIRST, J, K), limits)
    for place in (1, 2, 3):
        looped = sum(
            value(body, at)
            for i, j, k in product(range(1, 4), repeat=3)
            if all(
                holds(item, {**EXTENTS, **(at := {FIRST: i, J: j, K: k, FORMAL: place})})
                for item in limits
            )
        )
        assert value(closed, {FORMAL: place}) == looped


@pytest.mark.parametrize("seed", range(8))
def test_sums_and_products_have_the_value_of_their_parts(seed: int) -> None:
    random, some = Random(seed), algebra(known=within(FORMAL, "N"))
    left = total(some, some.multiply(element("x", FIRST), element("y", FORMAL)), i="N")
    body, limits = _body(random, some)
    right = add(some.bind(body, (FIRST, J, K), limits), constant(fmpq(seed + 1)))
    at = {FORMAL: 1 + seed % 3}
    assert value(some.multiply(left, right), at) == value(left, at) * value(right, at)
    assert value(add(left, right), at) == value(left, at) + value(right, at)


def test_names_and_order_of_bound_indices_do_not_matter() -> None:
    """sum(i, j, k, x[i] y[j] x[k] y[k]) under any names, bound in any order."""
    some = algebra()
    forms = set()
    for names in permutations([FIRST, J, K]):
        for order in permutations(names):
            poly = some.multiply(
                element("x", names[0]),
                element("y", names[1]),
                element("x", names[2]),
                element("y", names[2]),
            )
            limits = [item for name in order for item in within(name, "N")]
            forms.add(some.freeze(some.bind(poly, order, limits)))
    assert len(forms) == 1


def test_the_normal_form_is_idempotent() -> None:
    some = algebra()
    poly = total(
        some, some.multiply(element("x", FIRST), element("y", J), element("x", J)), i="N", j="N"
    )
    again = mapped(some, some.substitute(poly, {}), lambda _: None, (ACCESS,))
    assert again == poly


def test_a_delta_contracts() -> None:
    """sum(i, j if i == j, x[i] y[j]) = sum(i, x[i] y[i])."""
    some = algebra()
    same = equal(plus(variable(FIRST), variable(J), -1))
    assert same is not None
    product = some.multiply(element("x", FIRST), element("y", J))
    both = some.bind(product, (FIRST, J), (*within(FIRST, "N"), *within(J, "N"), same))
    assert both == total(some, some.multiply(element("x", FIRST), element("y", FIRST)), i="N")


def test_an_index_that_nothing_uses_counts_its_values() -> None:
    some = algebra()
    assert total(some, element("x", FIRST), i="N", j="M") == some.multiply(
        some.form_poly(variable("M")), total(some, element("x", FIRST), i="N")
    )


def test_an_interval_that_may_be_empty_is_not_counted_by_its_bounds() -> None:
    """sum(i in 3..N, 1) is not N - 2 at N = 1."""
    some = algebra()
    lower, upper = atleast(plus(variable(FIRST), (-3, ()))), within(FIRST, "N")[1]
    assert lower is not None
    counted = some.bind(constant(fmpq(1)), (FIRST,), (lower, upper))
    assert any(bounds for bounds, _, _ in counted)


def test_bound_names_are_not_captured() -> None:
    """sum(i, x[i] u)^2 with u = log(1 + sum(i, exp(x[i]))) keeps the inner sum apart."""
    some = algebra()
    law = some.laws["exp"]
    inner = total(some, law(some, ("exp", "", (), ()), (element("x", FIRST),)), i="N")
    log = some.laws["function"](some, ("function", "log", (), ()), (add(constant(fmpq(1)), inner),))
    left = some.multiply(total(some, element("y", J), j="N"), log)
    right = total(some, some.multiply(element("y", J), log), j="N")
    assert left == right


@pytest.mark.parametrize("seed", range(6))
def test_what_is_put_in_a_sum_keeps_its_bound_names_apart(seed: int) -> None:
    """sum(i, j, x[i] y[i] z[j]) with x[a] = y[a] sum(i, z[i] sum(j, y[j] w[i])) and the like.

    What is put in holds the very sums that it is put into, under the same names.
    """
    random, some = Random(seed), algebra()
    element_of = {name: element(name, FIRST) for name in "xyzw"}

    def summed(depth: int) -> Poly:
        """sum(i, a[i] b[i] …), its factors products of such sums."""
        parts = [element_of[random.choice("yzw")] for _ in range(random.randint(1, 2))]
        if depth:
            parts.append(summed(depth - 1))
        return total(some, some.multiply(*parts), i=random.choice("NM"))

    inner = summed(1)
    whole = some.multiply(total(some, element_of["x"], i="N"), inner)
    whole = add(whole, total(some, some.multiply(element_of["x"], element_of["x"]), i="M"))

    def change(atom: Atom) -> Poly | None:
        return some.multiply(element("y", atom[2][0]), inner) if atom[1] == "x" else None

    put = some.multiply(element_of["y"], inner)
    expected = some.multiply(total(some, put, i="N"), inner)
    expected = add(expected, total(some, some.multiply(put, put), i="M"))
    found = mapped(some, whole, change, ("x",))
    assert found == expected
    number = value(inner)
    squares = total(some, some.multiply(element_of["y"], element_of["y"]), i="M")
    single = total(some, element_of["y"], i="N")
    assert value(expected) == value(single) * number**2 + value(squares) * number**2


def test_the_budget_ends_the_work() -> None:
    some = algebra()
    some.budget = 200
    wide = add(*(element(name) for name in "abcdefgh"))
    with pytest.raises(OutOfReach):
        some.integer_power(wide, 20)


def test_a_power_of_a_monomial_needs_no_work() -> None:
    some = algebra()
    some.budget = 100
    assert (
        value(some.integer_power(scale(element("x"), 2), 100)) == (2 * value(element("x"))) ** 100
    )


def test_subtracting_the_same_leaves_nothing() -> None:
    some = algebra()
    poly = total(some, element("x", FIRST), i="N")
    assert subtract(poly, total(some, element("x", K), k="N")) == {}
