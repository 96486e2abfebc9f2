"""Numbers, what stands for the result of an operation that has none, and what an arithmetic offers.

`UNDEFINED`: a division by zero, the logarithm of a negative number; the operation has no value.
`UNDECIDED`: balls too wide to tell; a higher precision may. Both propagate through arithmetic like
NaN, so that an auxiliary without a value costs only what is computed from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

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


class Work:
    """How many terms may still be evaluated; several runs may draw on one allowance."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def charge(self, terms: int) -> None:
        self.left -= terms
        if self.left < 0:
            raise Budget("the run evaluates too many terms")


def opposite(truth: Truth) -> Truth:
    return truth if isinstance(truth, Nonvalue) else not truth


def absent(x: Number, y: Number) -> Nonvalue | None:
    """The operand that has no value, if there is one."""
    if isinstance(x, Nonvalue):
        return y if y is UNDEFINED else x
    return y if isinstance(y, Nonvalue) else None


class Arithmetic(Protocol):
    name: str

    def number(self, value: Any) -> Number:
        """An int, a Fraction, a SymPy Rational, a float or an fmpq, in this arithmetic."""

    def reciprocal(self, x: Number) -> Number: ...

    def power(self, x: Number, exponent: int) -> Number: ...

    def root(self, x: Number, degree: int) -> Number:
        """The real root of a nonnegative number."""

    def less(self, x: Number, y: Number) -> Truth: ...

    def equal(self, x: Number, y: Number) -> Truth: ...

    def larger(self, x: Number, y: Number) -> Number: ...

    def floor(self, x: Number) -> Number: ...

    def kept(self, x: Number) -> Number:
        """The number as it is stored; one that grew too long is rounded or refused."""

    def root_pi(self) -> Number: ...

    @property
    def functions(self) -> Mapping[str, Callable[[Number], Number]]:
        """The elementary functions by name."""
