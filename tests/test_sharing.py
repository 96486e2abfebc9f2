"""Shared parts: the same up to the names of indices, the order of operands and a number."""

from __future__ import annotations

from flint import fmpq

from symgrad.efficient.atoms import Atoms
from symgrad.efficient.parts import canonical
from symgrad.efficient.planning import Planner
from symgrad.efficient.sharing import shared
from symgrad.efficient.trees import Leaf, Node, Product, Total
from symgrad.efficient.units import Unit, product_of, total_of

ONE = fmpq(1)
U, V, W = (Leaf(name, (-1,)) for name in "uvw")


def times(*factors: Node, by: int = 1) -> Node:
    return product_of(fmpq(by), ((factor, 1) for factor in factors))


def planner() -> Planner:
    return Planner(Atoms(stored={"u": ("B",), "v": ("B",), "w": ("B",)}), {"B": 64.0})


def unit(name: str, node: Node) -> Unit:
    return Unit("array", name, ("B",), 1, node)


def test_a_tree_is_the_same_in_any_order_and_at_any_index() -> None:
    """v[$1] + u[$1] and u[$0] + v[$0] have one key."""
    left = Total((Leaf("v", (-2,)), Leaf("u", (-2,))))
    assert canonical(left)[0] == canonical(Total((U, V)))[0]
    assert canonical(left)[1] == (-2,)
    assert canonical(Total((U, V)))[0] != canonical(Total((U, U)))[0]


def test_like_terms_are_added() -> None:
    """u - v + u = 2 u - v, and u - u = 0."""
    assert total_of([U, times(V, by=-1), U]) == Total((times(U, by=2), times(V, by=-1)))
    assert total_of([U, times(U, by=-1)]) == Product(fmpq(0), ())


def test_what_two_units_hold_is_a_unit_of_its_own() -> None:
    """u v w and u v (u + w) share u v."""
    found = shared(planner(), [unit("f", times(U, V, W)), unit("g", times(U, V, total_of([U, W])))])
    (own,) = (item for item in found if item.kind == "shared")
    assert own.node == times(U, V)


def test_a_gradient_that_is_the_shared_part_is_read() -> None:
    """f = u - v, g = w (v - u): g = -w f."""
    difference = total_of([U, times(V, by=-1)])
    found = shared(
        planner(),
        [unit("f", difference), unit("g", times(W, total_of([V, times(U, by=-1)])))],
    )
    assert all(item.kind == "array" for item in found)
    assert found[1].node == times(W, Leaf("f", (-1,)), by=-1)
