"""Index expressions, loop bounds and accesses as closures on Python integers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy
from sympy import Add, Expr, Indexed, Mul, Pow, Symbol

from symgrad.evaluation.frames import ZERO, Closure, Frame, Layout, Scope, Span
from symgrad.evaluation.values import UNDEFINED, Budget, Indecisive, Nonvalue, Number, OutsideAxis
from symgrad.expressions import array_of, elements, indices_of, is_element
from symgrad.program import Array

MAX_EXPONENT = 64

LIGHT = 4
"""So many values and conditions weigh as much as one term of work."""


class Positions(ABC):
    """The part of the compiler that says which element is meant."""

    def __init__(self, layout: Layout, arrays: Mapping[str, Array]) -> None:
        self.layout = layout
        self.arrays = arrays
        self.compiled = 0
        """How many values and conditions have been compiled."""

    def weight_since(self, before: int) -> int:
        """What it costs to run once all that was compiled since the count stood there."""
        return 1 + (self.compiled - before) // LIGHT

    @abstractmethod
    def value(self, expr: Expr, scope: Scope) -> Closure: ...

    def whole(self, expr: Expr, scope: Scope) -> Closure:
        """An integer (a Fraction where a quotient is none); a `Nonvalue` if an element has none."""
        if expr.is_Rational:
            constant = int(expr) if expr.is_Integer else Fraction(int(expr.p), int(expr.q))
            return lambda frame: constant
        if isinstance(expr, Symbol) and expr.is_integer:
            slot = self.layout.symbol(expr, scope)
            return lambda frame: frame[slot]
        if is_element(expr):
            value = self.value(expr, scope)
            return lambda frame: _as_whole(value(frame))
        if isinstance(expr, Add) and _is_affine(expr):
            return self._affine(expr, scope)
        operation = next(
            (operation for head, operation in OPERATIONS if isinstance(expr, head)), None
        )
        if operation is None:
            raise TypeError(f"{expr} is not an index expression")
        parts = [self.whole(part, scope) for part in expr.args]
        return lambda frame: _combined(operation, [part(frame) for part in parts])

    def _affine(self, expr: Add, scope: Scope) -> Closure:
        """The usual `i + l - 1`, without a call for each symbol."""
        constant, terms = expr.as_coeff_Add()
        shift = int(constant)
        pairs = [term.as_coeff_Mul() for term in Add.make_args(terms)]
        slots = [(int(number), self.layout.symbol(symbol, scope)) for number, symbol in pairs]
        match slots:
            case [(1, a)]:
                return lambda frame: frame[a] + shift
            case [(1, a), (1, b)]:
                return lambda frame: frame[a] + frame[b] + shift
            case [(1, a), (-1, b)] | [(-1, b), (1, a)]:
                return lambda frame: frame[a] - frame[b] + shift
        return lambda frame: shift + sum([number * frame[slot] for number, slot in slots])

    def span(self, index: Symbol, lower: Expr, upper: Expr, scope: dict[Symbol, int]) -> Span:
        """Compile a range and bind its index in the scope."""
        first = _bound(self.whole(lower, scope), lower, math.ceil)
        last = _bound(self.whole(upper, scope), upper, math.floor)
        scope[index] = self.layout.slot()
        return scope[index], first, last

    def key(self, target: Expr, scope: Scope) -> Closure:
        """The index tuple of an element; a `Nonvalue` where an index has no value."""
        positions = [self.whole(position, scope) for position in indices_of(target)]
        if any(has_elements(position) for position in indices_of(target)):
            return lambda frame: present([position(frame) for position in positions])
        match positions:
            case []:
                return lambda frame: ()
            case [a]:
                return lambda frame: (a(frame),)
            case [a, b]:
                return lambda frame: (a(frame), b(frame))
        return lambda frame: tuple([position(frame) for position in positions])

    def element(self, expr: Expr, scope: Scope) -> Closure:
        """The value of an element; outside the axes of an auxiliary it is zero."""
        name = array_of(expr)
        slot = self.layout.of(self.layout.arrays, name)
        if not indices_of(expr):
            return lambda frame: frame[slot][()]
        key, lenient = self.key(expr, scope), is_lenient(self.arrays[name])

        def read(frame: Frame) -> Number:
            position = key(frame)
            try:
                return frame[slot][position]
            except KeyError:
                if isinstance(position, Nonvalue):
                    return position
                if lenient:
                    return frame[ZERO]
                raise OutsideAxis(access_text(name, position)) from None

        return read


def is_lenient(array: Array) -> bool:
    """Does an access outside the axes read zero? An auxiliary's axes are only read off its use."""
    return array.role == "auxiliary"


def access_text(name: str, position: Iterable[object]) -> str:
    return f"{name}[{', '.join(map(str, position))}]"


def has_elements(expr: Any) -> bool:
    return any(True for _ in elements(expr))


def present(positions: list[Any]) -> Any:
    """The tuple of positions, or the first that has no value."""
    return next((p for p in positions if isinstance(p, Nonvalue)), tuple(positions))


def is_whole(expr: Expr) -> bool:
    """Does the expression consist of indices, extents and numbers only?"""
    if isinstance(expr, Pow):
        return bool(expr.exp.is_Integer and expr.exp >= 0) and is_whole(expr.base)
    if any(isinstance(expr, head) for head, _ in OPERATIONS):
        return all(map(is_whole, expr.args))
    return bool(expr.is_Rational or (isinstance(expr, Symbol) and expr.is_integer))


def _is_affine(expr: Add) -> bool:
    """Is this a sum of integer multiples of indices and extents?"""
    constant, terms = expr.as_coeff_Add()
    pairs = [term.as_coeff_Mul() for term in Add.make_args(terms)]
    return bool(constant.is_Integer) and all(
        number.is_Integer and isinstance(rest, Symbol) and rest.is_integer for number, rest in pairs
    )


def _bound(whole: Closure, expr: Expr, rounded: Callable[[Any], int]) -> Closure:
    """An end of a range; where it is not an integer, the nearest one inside."""
    if _is_integral(expr):
        return whole

    def bound(frame: Frame) -> int:
        value = whole(frame)
        if isinstance(value, Nonvalue):
            raise Indecisive(f"the bound {expr} is {value}")
        return rounded(value)

    return bound


def _is_integral(expr: Expr) -> bool:
    """Is this an integer at every extent, whatever the arrays hold?"""
    return (
        not expr.atoms(Pow, Indexed)
        and all(number.is_Integer for number in expr.atoms(sympy.Rational))
        and all(symbol.is_integer for symbol in expr.free_symbols)
    )


def _as_whole(value: Number) -> Any:
    if isinstance(value, Nonvalue):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else Fraction(value)
    exact = Fraction(int(value.p), int(value.q))
    return exact.numerator if exact.denominator == 1 else exact


def _combined(operation: Callable[..., Any], parts: list[Any]) -> Any:
    """An operation on indices, unless one of them has no value."""
    absent = [part for part in parts if isinstance(part, Nonvalue)]
    return absent[0] if absent else operation(*parts)


def _power(base: Any, exponent: Any) -> Any:
    if abs(exponent) > MAX_EXPONENT:
        raise Budget(f"the exponent {exponent} of an index expression")
    if exponent >= 0:
        return base**exponent
    return Fraction(1) / base**-exponent if base else UNDEFINED


OPERATIONS: list[tuple[type, Callable[..., Any]]] = [
    (Add, lambda *parts: sum(parts)),
    (Mul, lambda *parts: math.prod(parts)),
    (Pow, _power),
    (sympy.Max, max),
    (sympy.Min, min),
    (sympy.Mod, lambda a, b: a % b),
    (sympy.floor, math.floor),
    (sympy.ceiling, math.ceil),
]
