"""Expressions as trees of products and sums of elements, and what an operation costs.

Product(2, ((Leaf("p", (-1, -2)), 1), (Total((…)), 1)))        2 * p[$0, $1] * (… + …)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from symgrad.efficient.atoms import COMPOUND, STEP
from symgrad.efficient.terms import Factors
from symgrad.proof.terms import Exponent, Number

SUM, EXP, WHERE = "sum", "expsum", "where"
"""The heads of reductions, of exponentials of a whole sum, and of choices by a condition."""

PRICES: dict[str, float] = {"exp": 10, EXP: 10, "abs": 1, "relu": 1, STEP: 1, "sqrt": 2, WHERE: 0}
"""What a function costs; any other costs as much as an exponential."""

OTHER = 10.0


@dataclass(frozen=True)
class Leaf:
    """An array's element: stored, a function value or a reduction."""

    name: str
    indices: tuple[int, ...]
    ids: Ids = field(init=False, compare=False, repr=False)
    """The indices that the value depends on."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", frozenset(self.indices))


@dataclass(frozen=True)
class Product:
    """number * power * power * …"""

    number: Number
    powers: tuple[tuple[Node, Exponent], ...]
    ids: Ids = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        own = frozenset[int]().union(*[part.ids for part, _ in self.powers])
        object.__setattr__(self, "ids", own)


@dataclass(frozen=True)
class Total:
    parts: tuple[Node, ...]
    ids: Ids = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        own = frozenset[int]().union(*[part.ids for part in self.parts])
        object.__setattr__(self, "ids", own)


@dataclass(frozen=True)
class Call:
    """A function of trees."""

    head: str
    parts: tuple[Node, ...]
    ids: Ids = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        own = frozenset[int]().union(*[part.ids for part in self.parts])
        object.__setattr__(self, "ids", own)


Node: TypeAlias = Leaf | Product | Total | Call
Ids: TypeAlias = frozenset[int]


def term(factors: Factors, by: Number) -> Node:
    """A product of powers of elements; an element alone is itself."""
    if by == 1 and len(factors) == 1 and factors[0][1] == 1:
        return Leaf(*factors[0][0])
    return Product(by, tuple((Leaf(*atom), power) for atom, power in factors))


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
