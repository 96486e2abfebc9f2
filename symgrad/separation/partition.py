"""Ranges and conditions that make one: each integer of the whole in exactly one of the parts.

1..N-1  and  N                          1..N
1..m    and  m+1..N                     1..N        if 1 <= m+1 and m <= N
mod(i, 2) == 0  and  mod(i, 2) == 1     always
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean, Or

from symgrad.program import Loop
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, conjuncts


@dataclass(frozen=True)
class Partition:
    """What parts make, under conditions that hold around all of them."""

    integers: Integers
    scope: tuple[Boolean, ...] = ()

    def longer(self, loop: Loop, place: Expr) -> Loop | None:
        """A range and the place behind or before it, as one range; the place is always there."""
        if place == loop.upper + 1:
            low, high = loop.lower, place
        elif place == loop.lower - 1:
            low, high = place, loop.upper
        else:
            return None
        return Loop(loop.index, low, high) if self._hold([(low, high)]) else None

    def joined(self, low: Loop, high: Loop) -> Loop | None:
        """a..b and b+1..c as a..c, if none of the three is emptier than empty."""
        ends = [(low.lower, high.lower), (low.upper, high.upper)]
        if high.lower - low.upper != 1 or not self._hold(ends):
            return None
        return Loop(low.index, low.lower, high.upper)

    def covering(self, conditions: Sequence[Boolean]) -> Boolean | None:
        """What conditions have in common, if exactly one of their other parts holds then."""
        parts = [conjuncts(condition) for condition in conditions]
        common = [item for item in parts[0] if all(item in other for other in parts)]
        own = [conjunction(item for item in items if item not in common) for items in parts]
        scope = [*self.scope, *common]
        if any(self.integers.possible([*scope, *pair]) for pair in combinations(own, 2)):
            return None
        whole = self.integers.implies(scope, Or(*own, evaluate=False))
        return conjunction(common) if whole else None

    def _hold(self, ends: Iterable[tuple[Expr, Expr]]) -> bool:
        return all(
            self.integers.implies(self.scope, sympy.Le(*pair, evaluate=False)) for pair in ends
        )
