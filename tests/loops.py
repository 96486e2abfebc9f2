"""A second interpreter of programs, in plain Python loops: an oracle that shares no code.

It walks a program's trees anew for every iteration, in mpmath numbers of 50 digits, or in torch's
scalars, which is how the true gradients come about: by torch's automatic differentiation of the
forward pass, not by symgrad's derivation. What has no value is NaN, and so is what a condition on
it decides about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import mpmath
import sympy
import torch
from sympy import Indexed, Symbol
from sympy.core.function import AppliedUndef

from symgrad.heads import (
    FUNCTION_NAMES,
    ArgmaxOver,
    Bracket,
    MaxOver,
    MinOver,
    Partial,
    SumOver,
    Where,
)
from symgrad.program import Loss, Nest, Output, Program, Statement

Place = tuple[int, ...]
Arrays = dict[str, dict[Place, Any]]
Terms = Mapping[Place, Any]
"""An opaque function: coefficients by exponents."""

NAN = mpmath.mpf("nan")


class NoValue(Exception):
    """A condition compares what has no value."""


PRECISE: dict[str, Callable[[Any], Any]] = {
    "exp": mpmath.exp,
    "log": lambda x: mpmath.log(x) if x > 0 else NAN,
    "sqrt": lambda x: mpmath.sqrt(x) if x >= 0 else NAN,
    "tanh": mpmath.tanh,
    "sigma": lambda x: 1 / (1 + mpmath.exp(-x)),
    "relu": lambda x: mpmath.mpf(0) if x <= 0 else x,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "abs": abs,
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "erf": mpmath.erf,
}

TORCH: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(torch, name) for name in ("exp", "log", "sqrt", "tanh", "sin", "cos", "abs")},
    "sigma": torch.sigmoid,
    "relu": torch.relu,
    "softplus": torch.nn.functional.softplus,
    "erf": torch.erf,
}


def precise(value: Any) -> Any:
    exact = Fraction(str(value))
    return mpmath.mpf(exact.numerator) / exact.denominator


def in_torch(value: Any) -> torch.Tensor:
    return torch.tensor(float(Fraction(str(value))), dtype=torch.float64)


class Loops:
    """Runs nests on arrays; `functions` are those with a name, `opaque` those of a program."""

    def __init__(
        self,
        extents: Mapping[str, int],
        opaque: Mapping[str, Terms] | None = None,
        number: Callable[[Any], Any] = precise,
        functions: Mapping[str, Callable[[Any], Any]] = PRECISE,
    ) -> None:
        self.extents, self.opaque = extents, opaque or {}
        self.number, self.functions = number, functions
        self.arrays: Arrays = {}
        self.strict: set[str] = set()
        """Arrays whose elements are all there: a place that they lack is an error."""

    def run(self, program: Program) -> None:
        """Run a program's own nests, on the arrays as they are."""
        written = {_name(statement.target) for nest in program.nests for statement in nest.body}
        for name in written:
            if program.arrays[name].role == "input":
                self.arrays[name] = dict(self.arrays[name])
            else:
                self.arrays[name] = {}
                self.strict.discard(name)
        for nest in program.nests:
            self._nest(nest, 0, {})

    def _nest(self, nest: Nest, depth: int, scope: dict[Symbol, int]) -> None:
        if depth == len(nest.loops):
            self._body(nest, scope)
            return
        loop = nest.loops[depth]
        for place in self._range(loop.lower, loop.upper, scope):
            self._nest(nest, depth + 1, {**scope, loop.index: place})

    def _body(self, nest: Nest, scope: dict[Symbol, int]) -> None:
        try:
            if not self.truth(nest.guard, scope):
                return
        except NoValue:
            for statement in nest.body:
                self.arrays[_name(statement.target)][self._place(statement.target, scope)] = NAN
            return
        for statement in nest.body:
            self._statement(statement, scope)

    def _statement(self, statement: Statement, scope: dict[Symbol, int]) -> None:
        cells = self.arrays[_name(statement.target)]
        place = self._place(statement.target, scope)
        before, value = cells.get(place, self.number(0)), self.value(statement.value, scope)
        cells[place] = {
            "=": lambda: value * 1,  # a tensor of its own, with a gradient of its own
            "+=": lambda: before + value,
            "-=": lambda: before - value,
            "*=": lambda: before * value,
        }[statement.op]()

    def _range(self, lower: Any, upper: Any, scope: dict[Symbol, int]) -> range:
        first, last = self.whole(lower, scope), self.whole(upper, scope)
        return range(math.ceil(first), math.floor(last) + 1)

    def _place(self, target: Any, scope: dict[Symbol, int]) -> Place:
        return tuple(self.whole(part, scope) for part in _positions(target))

    def whole(self, expr: Any, scope: dict[Symbol, int]) -> Any:
        """An index expression."""
        if expr in scope:
            return scope[expr]
        if isinstance(expr, Symbol) and expr.is_integer:
            return self.extents[expr.name]
        if expr.is_Rational:
            return int(expr) if expr.is_Integer else Fraction(int(expr.p), int(expr.q))
        if isinstance(expr, (Symbol, Indexed, ArgmaxOver)):
            found = self.value(expr, scope)
            return found if isinstance(found, tuple) else int(found)
        parts = [self.whole(part, scope) for part in expr.args]
        rules: dict[Any, Callable[[], Any]] = {
            sympy.Add: lambda: sum(parts),
            sympy.Mul: lambda: math.prod(parts),
            sympy.Pow: lambda: (
                parts[0] ** parts[1]
                if parts[1] >= 0
                else Fraction(1) / Fraction(parts[0]) ** -parts[1]
            ),
            sympy.Max: lambda: max(parts),
            sympy.Min: lambda: min(parts),
            sympy.Mod: lambda: parts[0] % parts[1],
            sympy.floor: lambda: math.floor(parts[0]),
            sympy.ceiling: lambda: math.ceil(parts[0]),
            sympy.Tuple: lambda: tuple(parts),
        }
        return rules[expr.func]()

    def value(self, expr: Any, scope: dict[Symbol, int]) -> Any:
        try:
            return self._value(expr, scope)
        except NoValue:
            return self.number(1) * math.nan

    def _value(self, expr: Any, scope: dict[Symbol, int]) -> Any:
        if expr.is_Rational:
            return self.number(expr)
        if isinstance(expr, Symbol) and expr.is_integer:
            return self.number(self.whole(expr, scope))
        if isinstance(expr, (Symbol, Indexed)):
            return self._read(expr, scope)
        if isinstance(expr, (SumOver, MaxOver, MinOver, ArgmaxOver)):
            return self._reduced(expr, scope)
        if isinstance(expr, Bracket):
            return self.number(int(self.truth(expr.condition, scope)))
        if isinstance(expr, Where):
            return self.value(expr.args[1 if self.truth(expr.args[0], scope) else 2], scope)
        if isinstance(expr, sympy.Mul):
            return self._product(expr, scope)
        if isinstance(expr, Partial):
            return self._slope(expr.function, expr.orders, expr.arguments, scope)
        if isinstance(expr, AppliedUndef):
            return self._slope(expr.func.__name__, (0,) * len(expr.args), expr.args, scope)
        if isinstance(expr, (sympy.floor, sympy.ceiling, sympy.Mod)):
            return self.number(self.whole(expr, scope))
        parts = [self.value(part, scope) for part in expr.args]
        if isinstance(expr, sympy.Add):
            return sum(parts[1:], parts[0])
        if isinstance(expr, sympy.Pow):
            return self._power(parts[0], expr.exp, scope)
        if isinstance(expr, sympy.Max):
            return _extreme(max, parts)
        if isinstance(expr, sympy.Min):
            return _extreme(min, parts)
        return self.functions[FUNCTION_NAMES[type(expr)]](parts[0])

    def _read(self, expr: Any, scope: dict[Symbol, int]) -> Any:
        name, place = _name(expr), self._place(expr, scope)
        if name in self.strict and place not in self.arrays[name]:
            raise IndexError(f"{name}{list(place)}")
        return self.arrays[name].get(place, self.number(0))

    def _product(self, expr: Any, scope: dict[Symbol, int]) -> Any:
        """A false bracket guards its product; brackets on indices alone are asked first."""
        brackets = [part.condition for part in expr.args if isinstance(part, Bracket)]
        if not self._all(brackets, scope):
            return self.number(0)
        result = self.number(1)
        for part in expr.args:
            if not isinstance(part, Bracket):
                result = result * self.value(part, scope)
        return result

    def _power(self, base: Any, exponent: Any, scope: dict[Symbol, int]) -> Any:
        if exponent.is_Integer:
            if exponent < 0 and base == 0:
                return self.number(1) * math.nan
            return base ** int(exponent)
        if exponent == sympy.Rational(1, 2):
            return self.functions["sqrt"](base)
        raised = self.value(exponent, scope)
        if raised == int(raised):
            return base ** int(raised)
        if base == 0 and raised > 0:
            return self.number(0)
        return self.functions["exp"](raised * self.functions["log"](base))

    def _reduced(self, expr: Any, scope: dict[Symbol, int]) -> Any:
        found = [
            (place, self.value(expr.body, inner))
            for place, inner in self._inner(expr.limits, scope)
            if self.truth(expr.condition, inner)
        ]
        values = [value for _, value in found]
        if isinstance(expr, SumOver):
            return sum(values, self.number(0))
        if not values:
            return NAN
        if isinstance(expr, ArgmaxOver) and any(value != value for value in values):
            raise NoValue
        if isinstance(expr, ArgmaxOver):
            first = next(place for place, value in found if value == max(values))
            return first if len(first) > 1 else self.number(first[0])
        return _extreme(max if isinstance(expr, MaxOver) else min, values)

    def _inner(
        self, limits: Any, scope: dict[Symbol, int]
    ) -> Iterator[tuple[Place, dict[Symbol, int]]]:
        if not limits:
            yield (), scope
            return
        index, lower, upper = limits[0]
        for place in self._range(lower, upper, scope):
            for rest, inner in self._inner(limits[1:], {**scope, index: place}):
                yield (place, *rest), inner

    def _slope(self, name: str, orders: Place, arguments: Any, scope: dict[Symbol, int]) -> Any:
        at = [self.value(argument, scope) for argument in arguments]
        if name in self.opaque:
            total = self.number(0)
            for exponents, coefficient in self.opaque[name].items():
                if all(m >= n for m, n in zip(exponents, orders, strict=True)):
                    term = self.number(coefficient)
                    for x, m, n in zip(at, exponents, orders, strict=True):
                        term = term * math.perm(m, n) * x ** (m - n)
                    total = total + term
            return total
        x, order = at[0], orders[0]
        if x != x:
            return x
        if name in ("relu", "abs"):
            slope = [int(x > 0), int(x > 0) - int(x < 0)][name == "abs"]
            return self.number(slope if order == 1 else 0)
        return mpmath.diff(self.functions[name], x, order)

    def truth(self, condition: Any, scope: dict[Symbol, int]) -> bool:
        if condition in (sympy.true, sympy.false):
            return bool(condition)
        if isinstance(condition, sympy.And):
            return self._all(condition.args, scope)
        if isinstance(condition, sympy.Or):
            return not self._all(
                [sympy.Not(part, evaluate=False) for part in condition.args], scope
            )
        if isinstance(condition, sympy.Not):
            return not self.truth(condition.args[0], scope)
        left, right = (self._side(side, scope) for side in condition.args)
        return bool(
            {
                sympy.Eq: lambda: left == right,
                sympy.Ne: lambda: left != right,
                sympy.StrictLessThan: lambda: left < right,
                sympy.LessThan: lambda: left <= right,
                sympy.StrictGreaterThan: lambda: left > right,
                sympy.GreaterThan: lambda: left >= right,
            }[condition.func]()
        )

    def _all(self, conditions: Iterable[Any], scope: dict[Symbol, int]) -> bool:
        """One that is false decides, even where another one has no value."""
        no_value = False
        for condition in sorted(conditions, key=lambda part: bool(part.atoms(Indexed))):
            try:
                if not self.truth(condition, scope):
                    return False
            except NoValue:
                no_value = True
        if no_value:
            raise NoValue
        return True

    def _side(self, side: Any, scope: dict[Symbol, int]) -> Any:
        if isinstance(side, sympy.Tuple):
            return self.whole(side, scope)
        value = self.value(side, scope)
        if not isinstance(value, tuple) and value != value:
            raise NoValue
        return value


def _extreme(pick: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    """The largest or smallest, if all have a value."""
    return next((value for value in values if value != value), pick(values))


def _name(target: Any) -> str:
    return str(target.base.label.name if isinstance(target, Indexed) else target.name)


def _positions(target: Any) -> tuple[Any, ...]:
    return tuple(target.indices) if isinstance(target, Indexed) else ()


def gradients(
    forward: Program, extents: Mapping[str, int], inputs: Arrays, opaque: Mapping[str, Terms]
) -> Arrays:
    """The true gradient of every element, by torch; `inputs` hold the seeds of the outputs."""
    run = Loops(extents, opaque, in_torch, TORCH)
    for name, cells in inputs.items():
        run.arrays[name] = {
            place: in_torch(mpmath.nstr(value, 40)).requires_grad_()
            for place, value in cells.items()
        }
    run.strict = set(inputs)
    run.run(forward)
    losses = [item.name for item in forward.declared(Loss)]
    goal = sum((run.arrays[name][()] for name in losses), in_torch(0))
    for item in forward.declared(Output):
        if f"{item.name}.grad" in inputs:
            seeds = run.arrays[f"{item.name}.grad"]
            cells = run.arrays[item.name]
            goal = sum((seeds[place].detach() * cell for place, cell in cells.items()), goal)
    spots = [
        (name, place, cell)
        for name, cells in run.arrays.items()
        for place, cell in cells.items()
        if not name.endswith(".grad") and cell.requires_grad
    ]
    if not goal.requires_grad:
        return {}
    slopes = torch.autograd.grad(goal, [cell for _, _, cell in spots], allow_unused=True)
    found: Arrays = {}
    for (name, place, _), slope in zip(spots, slopes, strict=True):
        known = mpmath.mpf(0 if slope is None else float(slope))
        found.setdefault(f"{name}.grad", {})[place] = known
    return found
