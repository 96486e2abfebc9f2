"""Three arithmetics behind one interface: floats, exact rationals, balls.

A program runs in any of them. Balls are rigorous: everything rational stays an exact `fmpq`, an
irrational function gives an `arb` that holds the true value, and a comparison that a ball cannot
decide is `UNDECIDED`, never guessed. Operators `+ - *` are Python's; the rest is in `Arithmetic`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from typing import Any, Protocol

from flint import arb, ctx, fmpq

from symgrad.values import UNDECIDED, UNDEFINED, Budget, Nonvalue, NotRational, Number, Truth

MAX_BITS = 4096
"""Exact numbers longer than this become balls; where there are none, the run is refused."""

MAX_EXPONENT = 1 << 20

MAX_DEGREE = 64
"""Roots of a higher degree are taken by exp and log."""


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


# --- what the arithmetics share ----------------------------------------------------------------


def smaller(arithmetic: Arithmetic, x: Number, y: Number) -> Number:
    return -arithmetic.larger(-x, -y)


def rational_power(arithmetic: Arithmetic, x: Number, exponent: Fraction) -> Number:
    """x^(p/q), for q > 1 the root first, so that x must not be negative."""
    if exponent.denominator == 1:
        return arithmetic.power(x, exponent.numerator)
    if exponent.denominator > MAX_DEGREE:
        log = arithmetic.functions["log"](x)
        return arithmetic.functions["exp"](arithmetic.number(exponent) * log)
    return arithmetic.power(arithmetic.root(x, exponent.denominator), exponent.numerator)


def general_power(arithmetic: Arithmetic, x: Number, y: Number) -> Number:
    """x^y for an exponent known only at run time: exact where y is rational, else exp(y log x)."""
    if isinstance(y, Nonvalue):
        return y
    if isinstance(y, fmpq):
        return rational_power(arithmetic, x, Fraction(int(y.p), int(y.q)))
    if isinstance(y, float) and y.is_integer():
        return arithmetic.power(x, int(y))
    return arithmetic.functions["exp"](y * arithmetic.functions["log"](x))


def first_largest(arithmetic: Arithmetic, values: Sequence[Number]) -> int | Nonvalue:
    """The position of the first maximum."""
    if not values or UNDEFINED in values:
        return UNDEFINED
    leaders: list[int] = []
    for n, value in enumerate(values):
        overtaken = [arithmetic.less(values[leader], value) for leader in leaders]
        leaders = [
            m for m, is_behind in zip(leaders, overtaken, strict=True) if is_behind is not True
        ]
        if False not in overtaken:
            leaders.append(n)
    return leaders[0] if len(leaders) == 1 else UNDECIDED


# --- floats ------------------------------------------------------------------------------------


class Floats:
    """IEEE doubles; for oracles and for speed, never for a verdict."""

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
        absent = _absent(x, y)
        return absent if absent is not None else bool(x < y)

    def equal(self, x: Number, y: Number) -> Truth:
        absent = _absent(x, y)
        return absent if absent is not None else bool(x == y)

    def larger(self, x: Number, y: Number) -> Number:
        absent = _absent(x, y)
        return absent if absent is not None else max(x, y)

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


# --- exact rationals ---------------------------------------------------------------------------


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
        absent = _absent(x, y)
        if absent is not None:
            return absent
        if x < y:
            return True
        return False if x >= y else UNDECIDED

    def equal(self, x: Number, y: Number) -> Truth:
        absent = _absent(x, y)
        if absent is not None:
            return absent
        if x is y or x == y:
            return True
        return False if x != y else UNDECIDED

    def larger(self, x: Number, y: Number) -> Number:
        absent = _absent(x, y)
        if absent is not None:
            return absent
        if x < y:
            return y
        return x if x >= y else arb(x).max(arb(y))

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


# --- balls -------------------------------------------------------------------------------------


class Balls(Rationals):
    """Exact rationals that become balls under irrational functions, at the precision in force."""

    name = "balls"

    def rounded(self, x: Number) -> Number:
        return arb(x)

    def ball_reciprocal(self, x: Number) -> Number:
        if isinstance(x, Nonvalue):
            return x
        return _finite(1 / x)

    def irrational_root(self, x: Number, degree: int) -> Number:
        if isinstance(x, Nonvalue):
            return x
        x = arb(x)
        if x < 0:
            return UNDEFINED
        return _finite(x.sqrt() if degree == 2 else x.root(degree))

    def irrational(self, name: str, x: Number) -> Number:
        x = arb(x)
        if name == "log" and x <= 0:
            return UNDEFINED
        return _finite(_BALL_FUNCTIONS[name](x))

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


def _absent(x: Number, y: Number) -> Nonvalue | None:
    """The operand that has no value, if there is one."""
    if isinstance(x, Nonvalue):
        return y if y is UNDEFINED else x
    return y if isinstance(y, Nonvalue) else None


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls of this many bits inside the block."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


FLOATS = Floats()
RATIONALS = Rationals()
BALLS = Balls()
