"""What stands for the result of an operation that has none.

`UNDEFINED`: a division by zero, the logarithm of a negative number; the operation has no value.
`UNDECIDED`: balls too wide to tell; a higher precision may. Both propagate through arithmetic like
NaN, so that an auxiliary without a value costs only what is computed from it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Number: TypeAlias = Any
"""A float, an exact `fmpq`, an `arb` ball, or a `Nonvalue`; one run uses one arithmetic."""

Truth: TypeAlias = "bool | Nonvalue"


class Nonvalue:
    """Absorbs every operand; undefined outweighs undecided."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def _absorb(self, other: Number) -> Nonvalue:
        return other if other is UNDEFINED else self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _absorb

    def __neg__(self) -> Nonvalue:
        return self

    def __bool__(self) -> bool:
        raise TypeError(f"the truth of {self.name} was not looked at")


UNDEFINED = Nonvalue("undefined")
UNDECIDED = Nonvalue("undecided")


class NotRational(ArithmeticError):
    """Exact arithmetic met a value that is not rational."""


class Indecisive(ArithmeticError):
    """A loop bound has no decided value, so nobody can say what runs."""


class OutsideAxis(ArithmeticError):
    """An access outside the axes of a declared array."""


class Budget(Exception):
    """The run would cost more work, or larger numbers, than allowed."""


def opposite(truth: Truth) -> Truth:
    return truth if isinstance(truth, Nonvalue) else not truth
