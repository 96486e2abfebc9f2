"""The orders of things of which some cannot be told apart, and the groups of those that meet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import permutations, product
from math import factorial, prod
from typing import TypeVar

Thing = TypeVar("Thing")


def orders_of(classes: Sequence[Sequence[Thing]], most: int) -> Iterable[tuple[Thing, ...]]:
    """The orders in which each class stands before the next: all of them, or else the given one.

    [[a], [b, c]]   ->   a b c, a c b
    """
    if prod(factorial(len(group)) for group in classes) > most:
        return [tuple(one for group in classes for one in group)]
    return [
        tuple(one for group in choice for one in group)
        for choice in product(*(list(permutations(group)) for group in classes))
    ]


def groups_of(links: Iterable[Collection[Thing]]) -> list[set[Thing]]:
    """The things in groups: two that stand in one link are in one group.

    a b, c, b d   ->   {a, b, d}, {c}
    """
    groups: list[set[Thing]] = []
    for link in filter(None, links):
        met = [group for group in groups if not group.isdisjoint(link)]
        groups = [group for group in groups if group not in met]
        groups.append(set(link).union(*met))
    return groups
