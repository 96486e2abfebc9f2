"""Where the elements of an input may lie: the interval that the assumptions on its elements give.

assume x > 0            (0, ∞)
assume 0 < t < 1        (0, 1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from random import Random
from typing import Any

import sympy
from flint import fmpq
from sympy import Symbol

from symgrad.expressions import is_element
from symgrad.sets.literals import conjuncts


@dataclass(frozen=True)
class Domain:
    """An open interval; None is infinite."""

    lower: fmpq | None = None
    upper: fmpq | None = None

    def __contains__(self, number: fmpq) -> bool:
        return (self.lower is None or number > self.lower) and (
            self.upper is None or number < self.upper
        )

    def place(self, number: fmpq) -> fmpq:
        """Carry a nonzero number into the interval, one to one; a half-line takes its size."""
        if self.lower is None:
            return number if self.upper is None else self.upper - abs(number)
        if self.upper is None:
            return self.lower + abs(number)
        share = (number / (1 + abs(number)) + 1) / 2
        return self.lower + (self.upper - self.lower) * share

    def above(self, bound: fmpq) -> Domain:
        return Domain(bound if self.lower is None else max(self.lower, bound), self.upper)

    def below(self, bound: fmpq) -> Domain:
        return Domain(self.lower, bound if self.upper is None else min(self.upper, bound))


def domains(assumptions: Iterable[Any]) -> dict[str, Domain]:
    """The interval of every array that an assumption bounds by a number."""
    found: dict[str, Domain] = {}
    for relation in _relations(assumptions):
        for symbol, bound, narrowed in (
            (relation.lts, relation.gts, Domain.below),
            (relation.gts, relation.lts, Domain.above),
        ):
            if isinstance(symbol, Symbol) and is_element(symbol) and bound.is_Rational:
                limit = fmpq(int(bound.p), int(bound.q))
                found[symbol.name] = narrowed(found.get(symbol.name, Domain()), limit)
    return found


def _relations(assumptions: Iterable[Any]) -> Iterator[Any]:
    for part in chain.from_iterable(map(conjuncts, assumptions)):
        if isinstance(part, (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge)):
            yield part


@dataclass(frozen=True)
class Style:
    """How the numbers of a point are drawn."""

    name: str
    draw: Callable[[Random], fmpq]
    signs: tuple[int, ...] = (0,)
    """What all elements of one input have for a sign, input after input in turn; 0 leaves it open.

    A negative image under a positive kernel has windows that are negative throughout.
    """

    def of_turn(self, turn: int) -> Style:
        return replace(self, signs=(self.signs[turn % len(self.signs)],))

    def number(self, random: Random) -> fmpq:
        """A number in the style of the first turn."""
        drawn = self.draw(random)
        return self.signs[0] * abs(drawn) if self.signs[0] else drawn


def _integer(reach: int) -> Callable[[Random], fmpq]:
    return lambda random: fmpq(random.choice((-1, 1)) * random.randint(1, reach))


def _rational(top: int) -> Callable[[Random], fmpq]:
    return lambda random: fmpq(
        random.choice((-1, 1)) * random.randint(1, top), random.choice((2, 3, 4, 5, 7))
    )


def _of_many_orders(random: Random) -> fmpq:
    """From 1e-3 to 1e3 and a little further."""
    return _rational(9)(random) * fmpq(10) ** random.randint(-3, 3)


STYLES = {
    "mixed": Style("mixed", _rational(9)),
    "negative": Style("negative", _rational(11), (-1, 1)),
    "large": Style("large", _rational(40)),
    "positive": Style("positive", _rational(15), (1,)),
    "small": Style("small", lambda random: _rational(9)(random) / 16),
    "wide": Style("wide", _of_many_orders),
    "integers": Style("integers", _integer(4)),
}

SIGNS = tuple(f"signs {n}" for n in range(8))
"""Every pattern of signs of three inputs, which sqrt(a b^2) = b sqrt(a) needs to be refuted."""

STYLES |= {
    name: Style(name, _rational(13), tuple(-1 if n >> turn & 1 else 1 for turn in range(3)))
    for n, name in enumerate(SIGNS)
}
