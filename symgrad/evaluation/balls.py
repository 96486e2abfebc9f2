"""Rigorous arithmetic: exact rationals, which become balls under irrational functions.

A ball holds the true value. Whatever is rational stays an exact `fmpq`; what a ball cannot decide
is `UNDECIDED`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flint import arb, ctx, fmpq

from symgrad.evaluation.values import (
    UNDECIDED,
    UNDEFINED,
    Budget,
    Nonvalue,
    NotRational,
    Number,
    Truth,
    absent,
)

MAX_BITS = 4096
"""Exact numbers longer than this become balls; where there are none, the run is refused."""

MAX_EXPONENT = 1 << 20

MAX_KNOWN = 10_000
"""How many values of functions at exact arguments are kept."""


class Rationals:
    """Exact `fmpq`; raises `NotRational` where a value is none."""

    name = "rationals"

    def __init__(self) -> None:
        self.functions: Mapping[str, Callable[[Number], Number]] = {
            name: partial(self.apply, name) for name in _BALL_FUNCTIONS
        } | {"relu": self.relu, "abs": self.abs}

    def number(self, value: Any) -> Number:
        if isinstance(value, (fmpq, arb, Nonvalue)):
            return value
        if isinstance(value, float):
            return fmpq(*value.as_integer_ratio())
        return fmpq(int(value.numerator), int(value.denominator))

    def reciprocal(self, x: Number) -> Number:
        if type(x) is fmpq:
            return 1 / x if x != 0 else UNDEFINED
        return self.ball_reciprocal(x)

    def power(self, x: Number, exponent: int) -> Number:
        if isinstance(x, Nonvalue):
            return x
        if exponent < 0:
            return self.reciprocal(self.power(x, -exponent))
        if exponent > MAX_EXPONENT:
            raise Budget(f"the exponent {exponent} is too large")
        if type(x) is fmpq and (x.height_bits() - 1) * exponent > MAX_BITS:
            x = self.rounded(x)
        return x**exponent

    def root(self, x: Number, degree: int) -> Number:
        if type(x) is fmpq:
            if x < 0:
                return UNDEFINED
            exact = _exact_root(x, degree)
            return exact if exact is not None else self.irrational_root(x, degree)
        return self.irrational_root(x, degree)

    def less(self, x: Number, y: Number) -> Truth:
        missing = absent(x, y)
        if missing is not None:
            return missing
        if x < y:
            return True
        return False if x is y or x >= y else UNDECIDED

    def equal(self, x: Number, y: Number) -> Truth:
        missing = absent(x, y)
        if missing is not None:
            return missing
        if x is y or x == y:
            return True
        return False if x != y else UNDECIDED

    def larger(self, x: Number, y: Number) -> Number:
        missing = absent(x, y)
        if missing is not None:
            return missing
        if x < y:
            return y
        return x if x is y or x >= y else arb(x).max(arb(y))

    def floor(self, x: Number) -> Number:
        if type(x) is fmpq:
            return fmpq(x.floor())
        if isinstance(x, Nonvalue):
            return x
        whole = x.floor().unique_fmpz()
        return fmpq(whole) if whole is not None else UNDECIDED

    def kept(self, x: Number) -> Number:
        if type(x) is fmpq and x.height_bits() > MAX_BITS:
            return self.rounded(x)
        return x

    def relu(self, x: Number) -> Number:
        return self.larger(x, _ZERO)

    def abs(self, x: Number) -> Number:
        return x if isinstance(x, Nonvalue) else abs(x)

    def apply(self, name: str, x: Number) -> Number:
        """An irrational function; the few rational values that it takes stay exact."""
        if isinstance(x, Nonvalue):
            return x
        if type(x) is fmpq:
            if name in _RATIONAL_AT:
                argument, value = _RATIONAL_AT[name]
                if x == argument:
                    return value
            if name == "log" and x <= 0:
                return UNDEFINED
        return self.irrational(name, x)

    # What balls do otherwise.

    def rounded(self, x: Number) -> Number:
        raise Budget(f"a number of {x.height_bits()} bits is too long")

    def ball_reciprocal(self, x: Number) -> Number:
        return x

    def irrational_root(self, x: Number, degree: int) -> Number:
        if isinstance(x, Nonvalue):
            return x
        raise NotRational(f"{x}^(1/{degree}) is not rational")

    def irrational(self, name: str, x: Number) -> Number:
        raise NotRational(f"{name}({x}) is not rational")

    def root_pi(self) -> Number:
        raise NotRational("pi is not rational")


def _exact_root(x: fmpq, degree: int) -> fmpq | None:
    """The rational root of a nonnegative rational, if it is one."""
    if x == 0 or x == 1:
        return x
    if degree != 2:
        return None
    top, bottom = x.p.isqrt(), x.q.isqrt()
    return fmpq(top, bottom) if top * top == x.p and bottom * bottom == x.q else None


_ZERO = fmpq(0)

_RATIONAL_AT = {
    "exp": (fmpq(0), fmpq(1)),
    "log": (fmpq(1), fmpq(0)),
    "tanh": (fmpq(0), fmpq(0)),
    "sigma": (fmpq(0), fmpq(1, 2)),
    "sin": (fmpq(0), fmpq(0)),
    "cos": (fmpq(0), fmpq(1)),
    "erf": (fmpq(0), fmpq(0)),
}
"""The one rational argument, by Lindemann's theorem, at which the value is rational."""


class Balls(Rationals):
    """Exact rationals that become balls under irrational functions, at the precision in force.

    A ball stands for one real number, so it is equal to itself however wide it is. A function of an
    exact argument gives the same ball again, so that exp(3) ties with exp(3).
    """

    name = "balls"

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[object, ...], Number] = {}

    def rounded(self, x: Number) -> Number:
        return arb(x)

    def ball_reciprocal(self, x: Number) -> Number:
        if isinstance(x, Nonvalue):
            return x
        return _finite(1 / x)

    def irrational_root(self, x: Number, degree: int) -> Number:
        if isinstance(x, Nonvalue):
            return x
        if x < 0:
            return UNDEFINED
        return self._once(degree, lambda y: y.sqrt() if degree == 2 else y.root(degree), x)

    def irrational(self, name: str, x: Number) -> Number:
        if name == "log" and x <= 0:
            return UNDEFINED
        return self._once(name, _BALL_FUNCTIONS[name], x)

    def _once(self, name: object, function: Callable[[arb], arb], x: Number) -> Number:
        if type(x) is not fmpq:
            return _finite(function(x))
        key = name, x.p, x.q, ctx.prec
        if key not in self._known:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[key] = _finite(function(arb(x)))
        return self._known[key]

    def root_pi(self) -> Number:
        return arb.pi().sqrt()


def _finite(x: arb) -> Number:
    return x if x.is_finite() else UNDECIDED


_BALL_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "tanh": lambda x: x.tanh(),
    "sigma": lambda x: 1 / (1 + (-x).exp()),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "softplus": lambda x: x.exp().log1p(),
    "erf": lambda x: x.erf(),
}
