"""Conditions as code: `i > 0`, `x > 0` of whole arrays, `np.arange(N) == x.argmax()`.

Index expressions are compared as the code counts them, from 0; a condition of arrays is a mask.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

import sympy
from sympy import Expr, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad.codegen.code import ATOM, COMPARED, EITHER, POWER, SUM, Code
from symgrad.codegen.dialects import Dialect
from symgrad.codegen.places import Places, Scope, first
from symgrad.errors import StudentError
from symgrad.expressions import array_of, elements, indices_of, is_element
from symgrad.heads import ArgmaxOver, Bracket, Reduction, Where
from symgrad.writing.conditionspelling import RELATIONS


class Conditions(ABC):
    """Writes conditions; the values that they compare are written by a subclass."""

    dialect: Dialect
    places: Places

    @abstractmethod
    def value(self, expr: Expr, scope: Scope) -> Code:
        """A value in a scope."""

    @abstractmethod
    def chosen(self, relation: str, argmax: ArgmaxOver, other: Expr, scope: Scope) -> Code:
        """The comparison of an index, or of a tuple of indices, with an argmax."""

    def operation(self, name: str, inner: str) -> str:
        """An operation of the dialect."""
        return self.dialect.operations[name].format(inner)

    def union(self, codes: Iterable[Code], scope: Scope) -> tuple[Symbol, ...]:
        """The axes of several values, in the order of the scope."""
        found = {symbol for code in codes for symbol in code.axes}
        return tuple(loop.index for loop in scope.along if loop.index in found)

    def condition(self, condition: Boolean, scope: Scope) -> Code:
        if isinstance(condition, Relational):
            return self._relation(condition, scope)
        if isinstance(condition, (And, Or, Not)):
            return self._connected(condition, scope)
        return Code("True" if condition else "False")

    def _connected(self, condition: Boolean, scope: Scope) -> Code:
        parts = [self.condition(part, scope) for part in condition.args]
        axes = self.union(parts, scope)
        whole = bool(axes)
        if isinstance(condition, Not):
            text = f"~{parts[0].place(ATOM)}" if whole else f"not {parts[0].place(COMPARED)}"
            return Code(text, POWER if whole else EITHER, axes)
        word = ("&" if whole else "and") if isinstance(condition, And) else "|" if whole else "or"
        texts = (part.aligned(axes).place(ATOM if whole else COMPARED) for part in parts)
        return Code(f" {word} ".join(texts), EITHER, axes)

    def _relation(self, condition: Relational, scope: Scope) -> Code:
        left, right = condition.args
        for one, other in ((left, right), (right, left)):
            if isinstance(one, ArgmaxOver):
                return self.chosen(RELATIONS[type(condition)], one, other, scope)
        codes = self._sides(left, right, scope)
        axes = self.union(codes, scope)
        texts = (code.aligned(axes).place(SUM) for code in codes)
        return Code(f" {RELATIONS[type(condition)]} ".join(texts), COMPARED, axes)

    def _sides(self, left: Expr, right: Expr, scope: Scope) -> tuple[Code, Code]:
        """Both sides; index expressions of the code less what they have in common."""
        if all(self._is_index(side) for side in (left, right)):
            if any(self._is_made_of_numbers(side, scope) for side in (left, right)):
                return self._numbered(left, scope), self._numbered(right, scope)
            counted = [self._counted_from_zero(side, scope) for side in (left, right)]
            shift = min((side.as_coeff_Add()[0] for side, _ in counted), default=0)
            one, other = (
                Code(
                    self.places.text(side - shift)
                    if not axes
                    else self._along(axes[0], side - shift, scope),
                    SUM,
                    axes,
                )
                for side, axes in counted
            )
            return one, other
        return self.value(left, scope), self.value(right, scope)

    def _is_index(self, side: Expr) -> bool:
        if is_element(side):
            return self.places.arrays[array_of(side)].values is not None
        return bool(side.is_integer) and not side.has(Bracket, Where, Reduction)

    def _counted_from_zero(self, side: Expr, scope: Scope) -> tuple[Expr, tuple[Symbol, ...]]:
        loop = scope.axis(side)
        if loop is not None:
            return self.places.counted(loop.lower, scope), (loop.index,)
        return self.places.counted(side, scope), ()

    def _is_made_of_numbers(self, side: Expr, scope: Scope) -> bool:
        """Is it more than an index that runs along an axis: i + 1, mod(i, 2), y[i]?"""
        along = {loop.index for loop in scope.along}
        within = {*indices_of(side)} if is_element(side) else side.free_symbols
        return side not in along and any(not along.isdisjoint(one.free_symbols) for one in within)

    def _numbered(self, side: Expr, scope: Scope) -> Code:
        """An index expression over the numbers along an axis: (np.arange(N) + 1) % 2."""
        if is_element(side):
            return self.value(side, scope)
        loops = [loop for loop in scope.along if loop.index in side.free_symbols]
        if not loops:
            return Code(self.places.bound(side, scope), SUM)
        if len(loops) > 1 or side.has(sympy.Max, sympy.Min) or any(elements(side)):
            raise StudentError(
                "there is no array code for a condition on two indices", kind="limit"
            )
        (loop,) = loops
        start = self.places.counted(loop.lower, scope) - first(loop)
        within = scope.counting(loop, self._along(loop.index, start, scope))
        return Code(self.places.bound(side, within), SUM, (loop.index,))

    def _along(self, symbol: Symbol, start: Expr, scope: Scope) -> str:
        """The values of an index that runs along an axis, the first being `start`."""
        loop = scope.axis(symbol)
        assert loop is not None
        count = self.places.counted(loop.upper - loop.lower + 1, scope)
        ends = [start, start + count] if start != 0 else [count]
        return self.operation("arange", ", ".join(map(self.places.text, ends)))
