r"""Equations of an argument as LaTeX: second derivatives, what the naive rule makes of them.

d2l/dx2 = d/dx (dl/dy * g'(x)) + …

\frac{\partial^2 \ell}{\partial x^2} = \frac{\partial}{\partial x}\left(…\right) + …
"""

from __future__ import annotations

from collections.abc import Iterator

from symgrad.explaining.steps import Equation
from symgrad.program import GRADIENT, Loss, Program
from symgrad.secondorder.sides import (
    Change,
    First,
    Naive,
    Passed,
    Product,
    Second,
    Side,
    Start,
    Sum,
    Value,
    value,
)
from symgrad.typesetting.formula import parenthesised
from symgrad.typesetting.latex import OPERATORS, Piece, Typesetter, width

RELATIONS = {**OPERATORS, "≠": r"\neq"}


def equation(setter: Typesetter, shown: Equation) -> list[str]:
    """One line, or several that are broken before the terms of the right side."""
    sides = Sides(setter, shown.forward)
    front = f"{sides.written(shown.left)} {RELATIONS[shown.relation]}"
    return setter.broken(front, sides.pieces(shown.right))


class Sides:
    """Writes sides with the names and functions of a forward pass."""

    def __init__(self, setter: Typesetter, forward: Program) -> None:
        self._setter = setter
        self._forward = forward
        (loss,) = forward.declared(Loss)
        self._loss = setter.name(loss.name)

    def written(self, side: Side) -> str:
        match side:
            case Value(text):
                return self._setter.expression(value(text, self._forward))
            case Naive(name) | Passed(_, name):
                return self._naive(name)
            case Start(names):
                return r",\ ".join(map(self._naive, names))
            case First(name):
                return rf"\frac{{\partial {self._loss}}}{{\partial {self._setter.name(name)}}}"
            case Second(name):
                below = rf"\partial {self._setter.name(name)}^2"
                return rf"\frac{{\partial^2 {self._loss}}}{{{below}}}"
            case Change(of, by):
                slope = rf"\frac{{\partial}}{{\partial {self._setter.name(by)}}}"
                return slope + self._changing(of)
            case Sum(parts):
                return " + ".join(map(self.written, parts))
            case Product(factors):
                return r" \, ".join(map(self._factor, factors))

    def pieces(self, side: Side) -> Iterator[Piece]:
        """The terms of a side, each with its sign."""
        match side:
            case Sum(parts):
                for place, part in enumerate(parts):
                    written = self.written(part)
                    piece = Piece(written, rf" \, {written}", width(written))
                    yield piece.behind("+ ") if place else piece
            case Value(text):
                yield from self._setter.pieces(value(text, self._forward))
            case _:
                written = self.written(side)
                yield Piece(written, rf" \, {written}", width(written))

    def _naive(self, name: str) -> str:
        return f"{self._setter.name(name + GRADIENT)}'"

    def _changing(self, side: Side) -> str:
        """What a derivative is of: in parentheses, but for a single slope."""
        written = self.written(side)
        return rf" \, {written}" if isinstance(side, First) else parenthesised(written)

    def _factor(self, side: Side) -> str:
        written = self.written(side)
        return parenthesised(written) if isinstance(side, (Sum, Change)) else written
