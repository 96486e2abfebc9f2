"""Expressions as trees of products and sums of elements, and what an operation costs.

Product(2, ((Leaf("p", (-1, -2)), 1), (Total((…)), 1)))        2 * p[$0, $1] * (… + …)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from symgrad.efficient.atoms import COMPOUND, STEP
from symgrad.proof.terms import Exponent, Number

SUM, EXP = "sum", "expsum"
"""The heads of reductions, and of exponentials of a whole sum."""

PRICES: dict[str, float] = {"exp": 10, EXP: 10, "abs": 1, "relu": 1, STEP: 1, "sqrt": 2}
"""What a function costs; any other costs as much as an exponential."""

OTHER = 10.0


@dataclass(frozen=True)
class Leaf:
    """An array's element: stored, a function value or a reduction."""

    name: str
    indices: tuple[int, ...]

    @cached_property
    def ids(self) -> Ids:
        """The indices that the value depends on."""
        return frozenset(self.indices)


@dataclass(frozen=True)
class Product:
    """number * power * power * …"""

    number: Number
    powers: tuple[tuple[Node, Exponent], ...]

    @cached_property
    def ids(self) -> Ids:
        return frozenset().union(*(part.ids for part, _ in self.powers))


@dataclass(frozen=True)
class Total:
    parts: tuple[Node, ...]

    @cached_property
    def ids(self) -> Ids:
        return frozenset().union(*(part.ids for part in self.parts))


@dataclass(frozen=True)
class Call:
    """A function of trees."""

    head: str
    parts: tuple[Node, ...]

    @cached_property
    def ids(self) -> Ids:
        return frozenset().union(*(part.ids for part in self.parts))


Node: TypeAlias = Leaf | Product | Total | Call
Ids: TypeAlias = frozenset[int]


def power_price(power: Exponent) -> float:
    """x^3: two products; sqrt(x): 2; x^(3/2) = x sqrt(x): 3."""
    if isinstance(power, int):
        return abs(power) - 1.0
    size = abs(power)
    return 2 + float(size.numerator // 2) if size.denominator == 2 else OTHER


def is_sum(head: str) -> bool:
    return head.startswith(SUM)


def price_of(head: str) -> float:
    return 0.0 if head == COMPOUND else PRICES.get(head, OTHER)
