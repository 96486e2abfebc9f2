"""Values at positions: of a broadcast result, of a part that is written, of truths as numbers."""

from __future__ import annotations

from sympy import Expr, Integer

from symgrad.expressions import Element, add, mul, negate
from symgrad.heads import Bracket, Where
from symgrad.program import Operator
from symgrad.python.productaxes import ProductExtent, plain
from symgrad.python.values import Positions, Shape, Value
from symgrad.reading.arrays.whole import number


def place_of(target: Value, positions: Positions) -> Element:
    """The element of the program that stands at a position of a view."""
    assert target.storage is not None
    where = target.place(positions) if target.place else positions
    return target.storage.element(where, target.outer)


def changed(target: Value, operator: Operator, value: Value, positions: Positions) -> Expr:
    """What stands at a position of `target` after `target op value`."""
    before, operand = target.at(positions), value.at(aligned(value, positions))
    after = {
        "=": operand,
        "+=": add(before, operand),
        "-=": add(before, negate(operand)),
        "*=": mul(before, operand),
    }[operator]
    if target.mask is None:
        return after
    return Where(target.mask.at(positions), after, before)


def aligned(value: Value, positions: Positions) -> Positions:
    """The position in a value that a position in a broadcast result means."""
    own = positions[len(positions) - value.rank :]
    return tuple(
        Integer(0) if extent == 1 else position
        for extent, position in zip(value.shape, own, strict=True)
    )


def numeric(value: Value) -> Value:
    """Truths as 1 and 0."""
    if value.sort == "number":
        return value
    if value.sort == "integer":
        return Value(value.shape, lambda at: number(plain(value.at(at))), "number", mask=value.mask)
    return Value(value.shape, lambda at: Bracket(value.at(at)), "number", mask=value.mask)


def finer(shape: Shape, other: Shape) -> Shape:
    """A shape, with the product axes of another one that stretches to it."""
    skipped = len(shape) - len(other)
    return tuple(
        other[n - skipped]
        if n >= skipped
        and isinstance(other[n - skipped], ProductExtent)
        and not isinstance(extent, ProductExtent)
        else extent
        for n, extent in enumerate(shape)
    )
