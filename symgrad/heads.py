"""The heads that SymPy lacks: conditions as numbers, reductions over ranges, more functions.

Like every expression of a program they evaluate nothing; what they mean is said by the evaluator,
and how they are differentiated by the derivation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import sympy
from sympy import Expr, Symbol, Tuple
from sympy.logic.boolalg import Boolean

Limit: TypeAlias = tuple[Symbol, Expr, Expr]
"""A bound index with its first and last value."""


class Bracket(Expr):
    """Iverson's bracket `[condition]`: 1 where the condition holds, else 0."""

    def __new__(cls, condition: Boolean) -> Bracket:
        return Expr.__new__(cls, condition)

    @property
    def condition(self) -> Boolean:
        return self.args[0]

    def _eval_is_real(self) -> bool:
        return True


class Where(Expr):
    """`where(condition, then, otherwise)`; only the chosen side is evaluated."""

    def __new__(cls, condition: Boolean, then: Expr, otherwise: Expr) -> Where:
        return Expr.__new__(cls, condition, then, otherwise)

    def _eval_is_real(self) -> bool:
        return True


class Reduction(Expr):
    """`⊕(limits if condition, body)`: the body combined over every admitted value of the indices.

    The limits are nested from the left: a later one may use an earlier index. Subclasses name ⊕.
    """

    keyword: str

    def __new__(cls, body: Expr, condition: Boolean, *limits: Tuple) -> Reduction:
        return Expr.__new__(cls, body, condition, *limits)

    @classmethod
    def over(
        cls, limits: Iterable[Limit], body: Expr, condition: Boolean = sympy.true
    ) -> Reduction:
        return cls(body, condition, *(Tuple(*limit) for limit in limits))

    @property
    def body(self) -> Expr:
        return self.args[0]

    @property
    def condition(self) -> Boolean:
        return self.args[1]

    @property
    def limits(self) -> tuple[Limit, ...]:
        return tuple(tuple(limit) for limit in self.args[2:])

    def _eval_is_real(self) -> bool:
        return True


class SumOver(Reduction):
    keyword = "sum"


class MaxOver(Reduction):
    keyword = "max"


class MinOver(Reduction):
    keyword = "min"


class ArgmaxOver(Reduction):
    """The first index (tuple) in lexicographic order at which the body is largest."""

    keyword = "argmax"


class Partial(Expr):
    """A derivative of a function, taken at a point: `g''(x)`, `f_yz(y, z)`, `sigma'(u)`.

    `orders[n]` counts the derivatives with respect to the n-th parameter.
    """

    def __new__(cls, function: Symbol, orders: Tuple, *arguments: Expr) -> Partial:
        return Expr.__new__(cls, function, orders, *arguments)

    @property
    def function(self) -> str:
        return self.args[0].name

    @property
    def orders(self) -> tuple[int, ...]:
        return tuple(int(order) for order in self.args[1])

    @property
    def arguments(self) -> tuple[Expr, ...]:
        return self.args[2:]

    def _eval_is_real(self) -> bool:
        return True


class Smooth(sympy.Function):
    """A real function of one argument whose derivative is written with a prime."""

    nargs = 1

    def _eval_is_real(self) -> bool:
        return True


class sigma(Smooth):
    """The logistic function 1 / (1 + exp(-x))."""


class relu(Smooth):
    """max(0, x); its derivative is [x > 0]."""


class softplus(Smooth):
    """log(1 + exp(x)); its derivative is sigma."""


FUNCTIONS: dict[str, type[Expr]] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "tanh": sympy.tanh,
    "sigma": sigma,
    "relu": relu,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "abs": sympy.Abs,
    "softplus": softplus,
    "erf": sympy.erf,
}
"""The elementary functions of the notation, by the name that they are printed with."""

FUNCTION_NAMES: dict[type, str] = {head: name for name, head in FUNCTIONS.items()}
