"""Expressions as Python closures over a frame: compiled once, run at any extents, in any arithmetic.

A frame is a list; the compiler gives every extent, index, array, constant and function its slot,
and each closure reads its slots from the frame that it is called with. Index expressions become
closures on Python integers, values closures on numbers of the run's arithmetic, conditions closures
on truths, which may be a `Nonvalue`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any, TypeAlias

import sympy
from sympy import Add, Expr, Indexed, Mul, Pow, Symbol, Tuple
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Not, Or

from symgrad.arithmetic import first_largest, general_power, rational_power, smaller
from symgrad.expressions import (
    FUNCTION_NAMES,
    ArgmaxOver,
    Bracket,
    MaxOver,
    MinOver,
    Partial,
    Reduction,
    SumOver,
    Where,
    array_of,
    elements,
    indices_of,
    is_element,
    is_extent,
)
from symgrad.program import Array
from symgrad.values import (
    UNDEFINED,
    Budget,
    Indecisive,
    Nonvalue,
    Number,
    OutsideAxis,
    Truth,
    opposite,
)

Frame: TypeAlias = list[Any]
Closure: TypeAlias = Callable[[Frame], Any]
Scope: TypeAlias = Mapping[Symbol, int]
Span: TypeAlias = tuple[int, Closure, Closure]
"""The slot of a bound index, its first and its last value."""

ARITHMETIC, WORK, ZERO, ONE = range(4)
"""The first slots of every frame; WORK counts down what the run may still evaluate."""


class Layout:
    """Which slot of a frame holds what."""

    def __init__(self) -> None:
        self.size = ONE + 1
        self.extents: dict[str, int] = {}
        self.arrays: dict[str, int] = {}
        self.constants: dict[Any, int] = {0: ZERO, 1: ONE}
        self.functions: dict[tuple[str, tuple[int, ...]], int] = {}

    def slot(self) -> int:
        self.size += 1
        return self.size - 1

    def of(self, table: dict[Any, int], key: Any) -> int:
        if key not in table:
            table[key] = self.slot()
        return table[key]


class Compiler:
    """Turns expressions over known arrays into closures over frames of one layout."""

    def __init__(self, layout: Layout, arrays: Mapping[str, Array]) -> None:
        self.layout = layout
        self.arrays = arrays

    # --- index expressions ---------------------------------------------------------------------

    def whole(self, expr: Expr, scope: Scope) -> Closure:
        """An integer (a Fraction where a quotient is none); a `Nonvalue` if an element has none."""
        if expr.is_Rational:
            constant = int(expr) if expr.is_Integer else Fraction(int(expr.p), int(expr.q))
            return lambda frame: constant
        if isinstance(expr, Symbol) and expr.is_integer:
            slot = self.slot_of(expr, scope)
            return lambda frame: frame[slot]
        if is_element(expr):
            return _as_whole(self.value(expr, scope))
        if isinstance(expr, Add):
            return self._affine(expr, scope) or _summed(
                [self.whole(part, scope) for part in expr.args]
            )
        parts = [self.whole(part, scope) for part in expr.args]
        for head, operation in WHOLE_OPERATIONS:
            if isinstance(expr, head):
                return lambda frame: operation([part(frame) for part in parts])
        raise TypeError(f"{expr} is not an index expression")

    def slot_of(self, symbol: Symbol, scope: Scope) -> int:
        if is_extent(symbol):
            return self.layout.of(self.layout.extents, symbol.name)
        return scope[symbol]

    def _affine(self, expr: Add, scope: Scope) -> Closure | None:
        """The usual `i + l - 1`, without a call for each symbol."""
        constant, terms = expr.as_coeff_Add()
        pairs = [term.as_coeff_Mul() for term in Add.make_args(terms)]
        if not constant.is_Integer or not all(
            number.is_Integer and isinstance(rest, Symbol) and rest.is_integer
            for number, rest in pairs
        ):
            return None
        shift = int(constant)
        slots = [(int(number), self.slot_of(rest, scope)) for number, rest in pairs]
        match slots:
            case [(1, a)]:
                return lambda frame: frame[a] + shift
            case [(1, a), (1, b)]:
                return lambda frame: frame[a] + frame[b] + shift
            case [(1, a), (-1, b)] | [(-1, b), (1, a)]:
                return lambda frame: frame[a] - frame[b] + shift
        return lambda frame: shift + sum(number * frame[slot] for number, slot in slots)

    def span(self, index: Symbol, lower: Expr, upper: Expr, scope: dict[Symbol, int]) -> Span:
        """Compile a range and bind its index in the scope."""
        first, last = (
            _bound(self.whole(end, scope), end, side)
            for end, side in ((lower, math.ceil), (upper, math.floor))
        )
        scope[index] = self.layout.slot()
        return scope[index], first, last

    def key(self, target: Expr, scope: Scope) -> Closure:
        """The index tuple of an element; a `Nonvalue` where an index has no value."""
        positions = [self.whole(position, scope) for position in indices_of(target)]
        if any(True for position in indices_of(target) for _ in elements(position)):
            return lambda frame: _key_or_absence([position(frame) for position in positions])
        match positions:
            case []:
                return lambda frame: ()
            case [a]:
                return lambda frame: (a(frame),)
            case [a, b]:
                return lambda frame: (a(frame), b(frame))
        return lambda frame: tuple([position(frame) for position in positions])

    # --- values --------------------------------------------------------------------------------

    def value(self, expr: Expr, scope: Scope) -> Closure:
        for head, compile_head in VALUES:
            if isinstance(expr, head):
                return compile_head(self, expr, scope)
        raise TypeError(f"no meaning for {type(expr).__name__}: {expr!r}")

    def number(self, expr: Expr, _: Scope) -> Closure:
        slot = self.layout.of(self.layout.constants, expr)
        return lambda frame: frame[slot]

    def symbol(self, expr: Symbol, scope: Scope) -> Closure:
        return self.element(expr, scope) if is_element(expr) else self.integer(expr, scope)

    def integer(self, expr: Expr, scope: Scope) -> Closure:
        whole = self.whole(expr, scope)
        return lambda frame: frame[ARITHMETIC].number(whole(frame))

    def element(self, expr: Expr, scope: Scope) -> Closure:
        name = array_of(expr)
        slot = self.layout.of(self.layout.arrays, name)
        key = self.key(expr, scope)
        if not indices_of(expr):
            return lambda frame: frame[slot][()]
        lenient = is_lenient(self.arrays[name])

        def read(frame: Frame) -> Number:
            try:
                return frame[slot][key(frame)]
            except KeyError as error:
                position = error.args[0]
                if isinstance(position, Nonvalue):
                    return position
                if lenient:
                    return frame[ZERO]
                raise OutsideAxis(access_text(name, position)) from None

        return read

    def sum(self, expr: Add, scope: Scope) -> Closure:
        return _summed([self.value(term, scope) for term in expr.args])

    def product(self, expr: Mul, scope: Scope) -> Closure:
        """A false bracket is zero before any other factor is looked at."""
        brackets = [factor.condition for factor in expr.args if isinstance(factor, Bracket)]
        rest = [factor for factor in expr.args if not isinstance(factor, Bracket)]
        if rest and rest[0] == -1 and len(rest) > 1:
            factors = self._product(rest[1:], scope)
            values: Closure = lambda frame: -factors(frame)
        else:
            values = self._product(rest, scope)
        if not brackets:
            return values
        holds = self.all_of(brackets, scope)
        return lambda frame: _chosen(holds(frame), frame, values)

    def _product(self, factors: Sequence[Expr], scope: Scope) -> Closure:
        return _multiplied([self.value(factor, scope) for factor in factors])

    def power(self, expr: Pow, scope: Scope) -> Closure:
        base = self.value(expr.base, scope)
        if not expr.exp.is_Rational:
            raised = self.value(expr.exp, scope)
            return lambda frame: general_power(frame[ARITHMETIC], base(frame), raised(frame))
        exponent = Fraction(int(expr.exp.p), int(expr.exp.q))
        if exponent == -1:
            return lambda frame: frame[ARITHMETIC].reciprocal(base(frame))
        if exponent.denominator == 1:
            whole = exponent.numerator
            return lambda frame: frame[ARITHMETIC].power(base(frame), whole)
        return lambda frame: rational_power(frame[ARITHMETIC], base(frame), exponent)

    def called(
        self, name: str, orders: tuple[int, ...], arguments: Iterable[Expr], scope: Scope
    ) -> Closure:
        slot = self.layout.of(self.layout.functions, (name, orders))
        values = [self.value(argument, scope) for argument in arguments]
        if len(values) == 1:
            only = values[0]
            return lambda frame: frame[slot](only(frame))
        return lambda frame: frame[slot](*[value(frame) for value in values])

    def elementary(self, expr: Expr, scope: Scope) -> Closure:
        return self.called(FUNCTION_NAMES[type(expr)], (0,), expr.args, scope)

    def opaque(self, expr: AppliedUndef, scope: Scope) -> Closure:
        return self.called(expr.func.__name__, (0,) * len(expr.args), expr.args, scope)

    def partial(self, expr: Partial, scope: Scope) -> Closure:
        return self.called(expr.function, expr.orders, expr.arguments, scope)

    def extremum(self, expr: Expr, scope: Scope) -> Closure:
        values = [self.value(argument, scope) for argument in expr.args]
        if isinstance(expr, sympy.Max):
            return lambda frame: reduce(frame[ARITHMETIC].larger, [v(frame) for v in values])
        return lambda frame: reduce(
            lambda a, b: smaller(frame[ARITHMETIC], a, b), [v(frame) for v in values]
        )

    def integer_part(self, expr: Expr, scope: Scope) -> Closure:
        if not any(True for _ in elements(expr)):
            return self.integer(expr, scope)
        parts = [self.value(argument, scope) for argument in expr.args]
        if isinstance(expr, sympy.floor):
            return lambda frame: frame[ARITHMETIC].floor(parts[0](frame))
        if isinstance(expr, sympy.ceiling):
            return lambda frame: -frame[ARITHMETIC].floor(-parts[0](frame))
        return lambda frame: _remainder(frame, parts[0](frame), parts[1](frame))

    def bracket(self, expr: Bracket, scope: Scope) -> Closure:
        holds = self.condition(expr.condition, scope)
        return lambda frame: _chosen(holds(frame), frame, lambda frame: frame[ONE])

    def where(self, expr: Where, scope: Scope) -> Closure:
        holds = self.condition(expr.args[0], scope)
        then, otherwise = (self.value(side, scope) for side in expr.args[1:])
        return lambda frame: _chosen(holds(frame), frame, then, otherwise)

    # --- reductions ----------------------------------------------------------------------------

    def fold(self, expr: Reduction, scope: Scope, step: Callable[[Scope], Closure]) -> Closure:
        """Run a step, compiled in the reduction's own scope, for every admitted index tuple."""
        inner = dict(scope)
        spans = [self.span(*limit, inner) for limit in expr.limits]
        body = step(inner)
        if expr.condition is not sympy.true:
            body = guarded(self.condition(expr.condition, inner), body, body)
        return nested(spans, body)

    def total(self, expr: SumOver, scope: Scope) -> Closure:
        return self._accumulated(expr, scope, ZERO, lambda frame: lambda a, b: a + b)

    def largest(self, expr: MaxOver, scope: Scope) -> Closure:
        return self._accumulated(expr, scope, None, lambda frame: frame[ARITHMETIC].larger)

    def least(self, expr: MinOver, scope: Scope) -> Closure:
        return self._accumulated(
            expr, scope, None, lambda frame: lambda a, b: smaller(frame[ARITHMETIC], a, b)
        )

    def _accumulated(
        self,
        expr: Reduction,
        scope: Scope,
        start: int | None,
        operation: Callable[[Frame], Callable[[Number, Number], Number]],
    ) -> Closure:
        """Combine the bodies, from a start; without one an empty range is undefined."""
        slot = self.layout.slot()

        def step(inner: Scope) -> Closure:
            body = self.value(expr.body, inner)

            def combine(frame: Frame, absent: Nonvalue | None = None) -> None:
                value = body(frame) if absent is None else absent
                before = frame[slot]
                frame[slot] = value if before is None else operation(frame)(before, value)

            return combine

        run = self.fold(expr, scope, step)

        def accumulated(frame: Frame) -> Number:
            frame[slot] = None if start is None else frame[start]
            run(frame)
            return UNDEFINED if frame[slot] is None else frame[slot]

        return accumulated

    def argmax(self, expr: ArgmaxOver, scope: Scope) -> Closure:
        """The index, or the tuple of indices, of the first maximum."""
        slot = self.layout.slot()

        def step(inner: Scope) -> Closure:
            body = self.value(expr.body, inner)
            slots = [inner[index] for index, _, _ in expr.limits]

            def collect(frame: Frame, absent: Nonvalue | None = None) -> None:
                value = body(frame) if absent is None else absent
                frame[slot].append((tuple([frame[bound] for bound in slots]), value))

            return collect

        run = self.fold(expr, scope, step)
        single = len(expr.limits) == 1

        def first(frame: Frame) -> Any:
            frame[slot] = []
            run(frame)
            found = frame[slot]
            place = first_largest(frame[ARITHMETIC], [value for _, value in found])
            if isinstance(place, Nonvalue):
                return place
            return found[place][0][0] if single else found[place][0]

        return first

    def argmax_value(self, expr: ArgmaxOver, scope: Scope) -> Closure:
        first = self.argmax(expr, scope)
        return lambda frame: frame[ARITHMETIC].number(first(frame))

    # --- conditions ----------------------------------------------------------------------------

    def condition(self, expr: Any, scope: Scope) -> Closure:
        if isinstance(expr, And):
            return self.all_of(expr.args, scope)
        if isinstance(expr, Or):
            fails = self.all_of([sympy.Not(part, evaluate=False) for part in expr.args], scope)
            return lambda frame: opposite(fails(frame))
        if isinstance(expr, Not):
            holds = self.condition(expr.args[0], scope)
            return lambda frame: opposite(holds(frame))
        if isinstance(expr, Relational):
            return self.relation(expr, scope)
        known = bool(expr)
        return lambda frame: known

    def all_of(self, conditions: Iterable[Any], scope: Scope) -> Closure:
        """Conditions on indices first: they may say where the others can be looked at."""
        ordered = sorted(conditions, key=lambda part: any(True for _ in elements(part)))
        parts = [self.condition(part, scope) for part in ordered]
        if len(parts) == 1:
            return parts[0]

        def every(frame: Frame) -> Truth:
            result: Truth = True
            for part in parts:
                truth = part(frame)
                if truth is False:
                    return False
                if truth is not True and result is not UNDEFINED:
                    result = truth
            return result

        return every

    def relation(self, expr: Relational, scope: Scope) -> Closure:
        compare = RELATIONS[type(expr)]
        if not any(isinstance(side, Tuple) or _multiple(side) for side in expr.args):
            if all(map(_is_whole, expr.args)):
                left, right = (self.whole(side, scope) for side in expr.args)
                direct = DIRECT[type(expr)]
                return lambda frame: direct(left(frame), right(frame))
            left, right = (self.value(side, scope) for side in expr.args)
            return lambda frame: compare(frame[ARITHMETIC], left(frame), right(frame))
        left, right = (self.place(side, scope) for side in expr.args)
        same = isinstance(expr, sympy.Eq)

        def matches(frame: Frame) -> Truth:
            a, b = left(frame), right(frame)
            if isinstance(a, Nonvalue) or isinstance(b, Nonvalue):
                return a if isinstance(a, Nonvalue) else b
            return (a == b) is same

        return matches

    def place(self, expr: Expr, scope: Scope) -> Closure:
        """A tuple of indices, for the comparison with an argmax over several."""
        if isinstance(expr, ArgmaxOver):
            return self.argmax(expr, scope)
        parts = [self.whole(part, scope) for part in expr.args]
        return lambda frame: _key_or_absence([part(frame) for part in parts])


def is_lenient(array: Array) -> bool:
    """Does an access outside the axes read zero? An auxiliary's axes are only read off its use."""
    return array.role == "auxiliary"


def access_text(name: str, position: Iterable[object]) -> str:
    return f"{name}[{', '.join(map(str, position))}]"


def nested(spans: Sequence[Span], body: Closure) -> Closure:
    """Loops, the first outermost; every iteration is charged."""
    for slot, first, last in reversed(spans):
        body = _loop(slot, first, last, body)
    return body


def guarded(holds: Closure, run: Closure, poison: Callable[[Frame, Nonvalue], None]) -> Closure:
    """Run where a condition holds; where it has no truth, neither has what would be computed."""

    def step(frame: Frame) -> None:
        truth = holds(frame)
        if truth is True:
            run(frame)
        elif truth is not False:
            poison(frame, truth)

    return step


def _loop(slot: int, first: Closure, last: Closure, body: Closure) -> Closure:
    def loop(frame: Frame) -> None:
        start, stop = first(frame), last(frame) + 1
        if stop > start:
            frame[WORK] -= stop - start
            if frame[WORK] < 0:
                raise Budget("the run evaluates too many terms")
            for frame[slot] in range(start, stop):
                body(frame)

    return loop


def _bound(whole: Closure, expr: Expr, rounded: Callable[[Any], int]) -> Closure:
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


def _is_whole(expr: Expr) -> bool:
    """Does the expression consist of indices, extents and numbers only?"""
    if isinstance(expr, Pow):
        return bool(expr.exp.is_Integer and expr.exp >= 0) and _is_whole(expr.base)
    if isinstance(expr, (Add, *(head for head, _ in WHOLE_OPERATIONS))):
        return all(map(_is_whole, expr.args))
    return bool(expr.is_Rational or (isinstance(expr, Symbol) and expr.is_integer))


def _multiple(expr: Expr) -> bool:
    return isinstance(expr, ArgmaxOver) and len(expr.limits) > 1


def _as_whole(value: Closure) -> Closure:
    def whole(frame: Frame) -> Any:
        number = value(frame)
        if isinstance(number, Nonvalue):
            return number
        if isinstance(number, float):
            return int(number) if number.is_integer() else Fraction(number)
        exact = Fraction(int(number.p), int(number.q))
        return exact.numerator if exact.denominator == 1 else exact

    return whole


def _key_or_absence(positions: list[Any]) -> Any:
    return next((p for p in positions if isinstance(p, Nonvalue)), tuple(positions))


def _summed(parts: Sequence[Closure]) -> Closure:
    match parts:
        case [a]:
            return a
        case [a, b]:
            return lambda frame: a(frame) + b(frame)
    return lambda frame: reduce(add, [part(frame) for part in parts])


def _multiplied(parts: Sequence[Closure]) -> Closure:
    match parts:
        case []:
            return lambda frame: frame[ONE]
        case [a]:
            return a
        case [a, b]:
            return lambda frame: a(frame) * b(frame)
    return lambda frame: reduce(mul, [part(frame) for part in parts])


def _chosen(
    truth: Truth, frame: Frame, then: Closure, otherwise: Closure = lambda frame: frame[ZERO]
) -> Number:
    if truth is True:
        return then(frame)
    return otherwise(frame) if truth is False else truth


def _remainder(frame: Frame, x: Number, y: Number) -> Number:
    """x - y floor(x / y)"""
    arithmetic = frame[ARITHMETIC]
    return x - y * arithmetic.floor(x * arithmetic.reciprocal(y))


def _on_wholes(operation: Callable[..., Any]) -> Callable[[list[Any]], Any]:
    """Apply an operation to indices unless one of them has no value."""

    def apply(parts: list[Any]) -> Any:
        absent = [part for part in parts if isinstance(part, Nonvalue)]
        return absent[0] if absent else operation(*parts)

    return apply


def _whole_power(base: Any, exponent: Any) -> Any:
    if not 0 <= exponent <= MAX_WHOLE_EXPONENT:
        raise Budget(f"the exponent {exponent} of an index expression is too large")
    return base**exponent


MAX_WHOLE_EXPONENT = 64

WHOLE_OPERATIONS: list[tuple[type, Callable[[list[Any]], Any]]] = [
    (Mul, _on_wholes(lambda *parts: math.prod(parts))),
    (Pow, _on_wholes(_whole_power)),
    (sympy.Max, _on_wholes(max)),
    (sympy.Min, _on_wholes(min)),
    (sympy.Mod, _on_wholes(lambda a, b: a % b)),
    (sympy.floor, _on_wholes(math.floor)),
    (sympy.ceiling, _on_wholes(math.ceil)),
]

VALUES: list[tuple[Any, Callable[[Compiler, Any, Scope], Closure]]] = [
    (sympy.Rational, Compiler.number),
    (Symbol, Compiler.symbol),
    (Indexed, Compiler.element),
    (Add, Compiler.sum),
    (Mul, Compiler.product),
    (Pow, Compiler.power),
    (SumOver, Compiler.total),
    (MaxOver, Compiler.largest),
    (MinOver, Compiler.least),
    (ArgmaxOver, Compiler.argmax_value),
    (Bracket, Compiler.bracket),
    (Where, Compiler.where),
    (Partial, Compiler.partial),
    ((sympy.Max, sympy.Min), Compiler.extremum),
    ((sympy.floor, sympy.ceiling, sympy.Mod), Compiler.integer_part),
    (tuple(FUNCTION_NAMES), Compiler.elementary),
    (AppliedUndef, Compiler.opaque),
]

RELATIONS: dict[type, Callable[[Any, Number, Number], Truth]] = {
    sympy.Eq: lambda arithmetic, a, b: arithmetic.equal(a, b),
    sympy.Ne: lambda arithmetic, a, b: opposite(arithmetic.equal(a, b)),
    sympy.StrictLessThan: lambda arithmetic, a, b: arithmetic.less(a, b),
    sympy.StrictGreaterThan: lambda arithmetic, a, b: arithmetic.less(b, a),
    sympy.LessThan: lambda arithmetic, a, b: opposite(arithmetic.less(b, a)),
    sympy.GreaterThan: lambda arithmetic, a, b: opposite(arithmetic.less(a, b)),
}

DIRECT: dict[type, Callable[[Any, Any], bool]] = {
    sympy.Eq: lambda a, b: a == b,
    sympy.Ne: lambda a, b: a != b,
    sympy.StrictLessThan: lambda a, b: a < b,
    sympy.StrictGreaterThan: lambda a, b: a > b,
    sympy.LessThan: lambda a, b: a <= b,
    sympy.GreaterThan: lambda a, b: a >= b,
}
