"""IEEE doubles: for oracles and for speed, never for a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from flint import fmpq

from symgrad.evaluation.values import UNDEFINED, Nonvalue, Number, Truth, absent


class Floats:
    name = "floats"

    def number(self, value: Any) -> Number:
        if isinstance(value, fmpq):
            return int(value.p) / int(value.q)
        return value if isinstance(value, Nonvalue) else float(value)

    def reciprocal(self, x: Number) -> Number:
        if isinstance(x, Nonvalue):
            return x
        return 1.0 / x if x else UNDEFINED

    def power(self, x: Number, exponent: int) -> Number:
        if isinstance(x, Nonvalue):
            return x
        if x == 0 and exponent < 0:
            return UNDEFINED
        try:
            return float(x**exponent)
        except OverflowError:
            return math.inf

    def root(self, x: Number, degree: int) -> Number:
        if isinstance(x, Nonvalue):
            return x
        if x < 0:
            return UNDEFINED
        return math.sqrt(x) if degree == 2 else x ** (1.0 / degree)

    def less(self, x: Number, y: Number) -> Truth:
        missing = absent(x, y)
        return missing if missing is not None else bool(x < y)

    def equal(self, x: Number, y: Number) -> Truth:
        missing = absent(x, y)
        return missing if missing is not None else bool(x == y)

    def larger(self, x: Number, y: Number) -> Number:
        missing = absent(x, y)
        return missing if missing is not None else max(x, y)

    def floor(self, x: Number) -> Number:
        return x if isinstance(x, Nonvalue) else float(math.floor(x))

    def kept(self, x: Number) -> Number:
        return x

    def root_pi(self) -> Number:
        return math.sqrt(math.pi)

    @property
    def functions(self) -> Mapping[str, Callable[[Number], Number]]:
        return _FLOAT_FUNCTIONS


def _float_exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _float_log(x: float) -> Number:
    return math.log(x) if x > 0 else UNDEFINED


def _on_numbers(function: Callable[[Any], Number]) -> Callable[[Number], Number]:
    return lambda x: x if isinstance(x, Nonvalue) else function(x)


_FLOAT_FUNCTIONS: dict[str, Callable[[Number], Number]] = {
    name: _on_numbers(function)
    for name, function in {
        "exp": _float_exp,
        "log": _float_log,
        "tanh": math.tanh,
        "sigma": lambda x: 1.0 / (1.0 + _float_exp(-x)),
        "relu": lambda x: x if x > 0 else 0.0,
        "sin": math.sin,
        "cos": math.cos,
        "abs": abs,
        "softplus": lambda x: math.log1p(_float_exp(-abs(x))) + max(x, 0.0),
        "erf": math.erf,
    }.items()
}
