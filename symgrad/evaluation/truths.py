"""Conditions as closures on truths: True, False, or a `Nonvalue` where a side has no value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy
from sympy import Expr, Tuple
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Not, Or

from symgrad.evaluation.frames import ARITHMETIC, Closure, Frame, Scope
from symgrad.evaluation.positions import has_elements, is_whole, present
from symgrad.evaluation.reductions import Reductions
from symgrad.evaluation.values import UNDEFINED, Nonvalue, Number, Truth, opposite
from symgrad.heads import ArgmaxOver


class Truths(Reductions):
    """The part of the compiler that decides."""

    def condition(self, expr: Any, scope: Scope) -> Closure:
        self.compiled += 1
        if isinstance(expr, And):
            return self.all_of(expr.args, scope)
        if isinstance(expr, Or):
            fail = self.all_of([Not(part, evaluate=False) for part in expr.args], scope)
            return lambda frame: opposite(fail(frame))
        if isinstance(expr, Not):
            holds = self.condition(expr.args[0], scope)
            return lambda frame: opposite(holds(frame))
        if isinstance(expr, Relational):
            return self.relation(expr, scope)
        known = bool(expr)
        return lambda frame: known

    def all_of(self, conditions: Iterable[Any], scope: Scope) -> Closure:
        """Conditions on indices first: they may say where the others can be looked at."""
        parts = [self.condition(part, scope) for part in sorted(conditions, key=has_elements)]
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
        if any(isinstance(side, Tuple) or _is_tuple(side) for side in expr.args):
            return self._matching(expr, scope)
        if all(map(is_whole, expr.args)):
            left, right = (self.whole(side, scope) for side in expr.args)
            direct = ON_INDICES[type(expr)]
            return lambda frame: direct(left(frame), right(frame))
        left, right = (self.value(side, scope) for side in expr.args)
        compare = ON_VALUES[type(expr)]
        return lambda frame: compare(frame[ARITHMETIC], left(frame), right(frame))

    def _matching(self, expr: Relational, scope: Scope) -> Closure:
        """`(a, b) == argmax(a', b', …)`: tuples of indices."""
        left, right = (self._place(side, scope) for side in expr.args)
        wanted = isinstance(expr, sympy.Eq)

        def matches(frame: Frame) -> Truth:
            both = left(frame), right(frame)
            absent = [place for place in both if isinstance(place, Nonvalue)]
            return absent[0] if absent else (both[0] == both[1]) is wanted

        return matches

    def _place(self, expr: Expr, scope: Scope) -> Closure:
        if isinstance(expr, ArgmaxOver):
            return self.argmax(expr, scope)
        parts = [self.whole(part, scope) for part in expr.args]
        return lambda frame: present([part(frame) for part in parts])


def _is_tuple(expr: Expr) -> bool:
    return isinstance(expr, ArgmaxOver) and len(expr.limits) > 1


ON_VALUES: dict[type, Callable[[Any, Number, Number], Truth]] = {
    sympy.Eq: lambda arithmetic, a, b: arithmetic.equal(a, b),
    sympy.Ne: lambda arithmetic, a, b: opposite(arithmetic.equal(a, b)),
    sympy.StrictLessThan: lambda arithmetic, a, b: arithmetic.less(a, b),
    sympy.StrictGreaterThan: lambda arithmetic, a, b: arithmetic.less(b, a),
    sympy.LessThan: lambda arithmetic, a, b: opposite(arithmetic.less(b, a)),
    sympy.GreaterThan: lambda arithmetic, a, b: opposite(arithmetic.less(a, b)),
}

ON_INDICES: dict[type, Callable[[Any, Any], bool]] = {
    sympy.Eq: lambda a, b: a == b,
    sympy.Ne: lambda a, b: a != b,
    sympy.StrictLessThan: lambda a, b: a < b,
    sympy.StrictGreaterThan: lambda a, b: a > b,
    sympy.LessThan: lambda a, b: a <= b,
    sympy.GreaterThan: lambda a, b: a >= b,
}
