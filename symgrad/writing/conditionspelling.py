"""Conditions as plain-text notation: `0 <= p - i <= h - 1 and q != j`."""

from __future__ import annotations

from abc import abstractmethod

import sympy
from sympy import Expr
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad.writing.indexspelling import IndexSpeller, is_integral

RELATIONS = {
    sympy.Eq: "==",
    sympy.Ne: "!=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
}


ORDERS: tuple[tuple[type, ...], ...] = (
    (sympy.StrictLessThan, sympy.LessThan),
    (sympy.StrictGreaterThan, sympy.GreaterThan),
)
"""Relations that may stand in one chain."""


class ConditionSpeller(IndexSpeller):
    """Writes conditions; what they compare is written by `value`, of a subclass."""

    @abstractmethod
    def value(self, expr: Expr) -> str:
        """A value of the kind that conditions compare."""

    def condition(self, condition: Boolean, strength: int = 0) -> str:
        """A condition; `strength` is 1 inside `or`, 2 inside `and`."""
        if isinstance(condition, Relational):
            left, right = map(self._side, condition.args)
            return f"{left} {RELATIONS[type(condition)]} {right}"
        if isinstance(condition, Not):
            return f"not ({self.condition(condition.args[0])})"
        if isinstance(condition, (And, Or)):
            word, own = ("and", 2) if isinstance(condition, And) else ("or", 1)
            parts = _chains(condition) if isinstance(condition, And) else condition.args
            written = f" {word} ".join(
                self._chain(part) if isinstance(part, list) else self.condition(part, own)
                for part in parts
            )
            return written if own > strength else f"({written})"
        return "1 == 1" if condition else "1 == 0"

    def _chain(self, links: list[Relational]) -> str:
        """`0 <= p - i <= h - 1`."""
        ends = (f" {RELATIONS[type(link)]} {self._side(link.args[1])}" for link in links)
        return self._side(links[0].args[0]) + "".join(ends)

    def _side(self, side: Expr) -> str:
        return self.index(side) if is_integral(side) else self.value(side)


def _chains(condition: And) -> list[Boolean | list[Relational]]:
    """The parts of `and`, with a <= b and b < c together: the reader takes them apart again."""
    parts: list[Boolean | list[Relational]] = []
    waiting = list(condition.args)
    while waiting:
        part = waiting.pop(0)
        chain = [part]
        for other in list(waiting):
            same_way = any(isinstance(part, kind) and isinstance(other, kind) for kind in ORDERS)
            if same_way and other.args[0] == chain[-1].args[1]:
                chain.append(other)
                waiting.remove(other)
            elif same_way and other.args[1] == chain[0].args[0]:
                chain.insert(0, other)
                waiting.remove(other)
        parts.append(chain if len(chain) > 1 else part)
    return parts
