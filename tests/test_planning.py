"""Trees for sums of products: the cheapest order and bracketing that is found."""

from __future__ import annotations

from flint import fmpq

from symgrad.efficient.atoms import Atoms
from symgrad.efficient.planning import Planner
from symgrad.efficient.terms import access, add, bind, monomial, multiply

SIZES = {"B": 64.0, "J": 32.0}
RANGES = ("B", "J")
A, X, Y = access("a", (-2,)), access("x", (-1, -2)), access("y", (-1, -2))


def planner() -> Planner:
    stored = {"a": ("J",), "c": ("B",), "x": RANGES, "y": RANGES}
    return Planner(Atoms(stored=stored), SIZES)


def test_a_common_factor_goes_before_the_parenthesis() -> None:
    """a x + a y = a (x + y): two operations for each b, j."""
    poly = add(multiply(A, X), multiply(A, Y))
    assert planner().plan(poly, RANGES).cost == 2 * 64 * 32


def test_what_has_few_indices_is_multiplied_first() -> None:
    """(2 a c0 …) x: all factors of the j alone are joined once for each j."""
    poly = monomial([(("a", (-2,)), 2), (("x", (-1, -2)), 1)], fmpq(2))
    assert planner().plan(poly, RANGES).cost == 64 * 32 + 2 * 32


def test_a_sum_is_an_array_of_its_own_that_is_counted_once() -> None:
    """x sum(j, y a) + y sum(j, y a): one reduction, over b."""
    inner = bind(multiply(access("y", (-1, -9)), access("a", (-9,))), {-9: "J"})
    found = planner().plan(add(multiply(X, inner), multiply(Y, inner)), RANGES)
    assert len(found.reductions) == 1
    assert found.cost == 2 * 64 * 32


def test_a_product_of_three_matrices_is_summed_one_index_after_the_other() -> None:
    """sum(k, l, x[b, k] w[k, l] v[l, j]) costs no product of four extents."""
    stored: dict[str, tuple[str, ...]] = {"x": ("B", "K"), "w": ("K", "L"), "v": ("L", "J")}
    own = Planner(Atoms(stored=stored), {"B": 10.0, "J": 10.0, "K": 10.0, "L": 10.0})
    poly = bind(
        multiply(access("x", (-1, -8)), access("w", (-8, -9)), access("v", (-9, -2))),
        {-8: "K", -9: "L"},
    )
    assert own.standing(own.plan(poly, RANGES)) == 4 * 10**3


def test_sums_over_one_range_are_brought_under_one() -> None:
    """sum(j, x y) - c sum(j, x a): one sum of x (y - c a), or two; both are offered."""
    own = planner()
    first = bind(multiply(access("x", (-1, -9)), access("y", (-1, -9))), {-9: "J"})
    second = bind(
        multiply(access("c", (-1,)), access("x", (-1, -9)), access("a", (-9,))), {-9: "J"}
    )
    poly = add(first, {key: -by for key, by in second.items()})
    apart = own.plan(poly, ("B",))
    together = own.merged(poly, ("B",))
    assert len(apart.reductions) == 2
    assert all(len(plan.reductions) == 1 for plan in together)
