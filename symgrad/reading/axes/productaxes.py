"""Axes of a kind of their own: made of several, as `vec` gives them row by row, or as long as fits.

    vec(z)[(i-1)*Q + j] = z[i, j]        an axis of P*Q places, each of which is a pair (i, j)

Loops and sums over such an axis run over its parts, one index each, so that a place is always known
as a pair; nothing is divided by a symbolic extent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Integer

from symgrad.program import Axis


@dataclass(frozen=True)
class FittingAxis(Axis):
    """The axis of a vector of ones that is as long as what it is multiplied with: \\mathbf{1}.

    Element by element it is repeated, like any axis of extent 1.
    """


FITTING = FittingAxis(Integer(1))


@dataclass(frozen=True)
class ProductAxis(Axis):
    """An axis from 1; its places are the tuples of places of its parts, the last the fastest."""

    parts: tuple[Axis, ...] = ()

    @classmethod
    def of(cls, parts: Sequence[Axis]) -> ProductAxis:
        return cls(sympy.Mul(*(axis.extent for axis in parts)), parts=tuple(parts))


def parts_of(axis: Axis) -> tuple[Axis, ...]:
    return axis.parts if isinstance(axis, ProductAxis) else (axis,)


def finer(left: Axis, right: Axis) -> Axis:
    """Of two axes of one extent the one that is made of several."""
    return right if isinstance(right, ProductAxis) and not isinstance(left, ProductAxis) else left


def joined(places: Sequence[Expr], parts: Sequence[Axis]) -> Expr:
    """The place on the product of several axes: (i-1)*Q + j."""
    if len(parts) == 1:
        return places[0]
    total: Expr = Integer(0)
    for place, axis in zip(places, parts, strict=True):
        total = total * axis.extent + place - axis.lower
    return sympy.expand(total + 1)
