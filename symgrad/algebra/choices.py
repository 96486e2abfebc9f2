"""The orders of things of which some cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
