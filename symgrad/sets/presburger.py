"""Conditions on integers as text that isl reads.

Symbols and the pieces that are not affine (`P*Q`, `y[b]`) become parameters. What is known of a
piece by itself goes along with it as a fact:

    H >= 1        1 <= y[b] <= K        P*Q >= P, P*Q >= Q, P*Q >= P + Q - 1
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, reduce

import sympy
from sympy import Expr, Integer, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad.expressions import array_of, is_element, is_extent, is_index
from symgrad.program import Array
from symgrad.sets.literals import componentwise

RELATIONS: dict[type, str] = {
    sympy.Eq: "=",
    sympy.Ne: "!=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
}


class Inexpressible(Exception):
    """An expression or condition that is not about integers, or not affine in them."""


class Formula:
    """The text of one condition, with the names of its pieces; raises `Inexpressible`."""

    def __init__(self, condition: Boolean, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self.pieces: dict[Expr, str] = {}
        text = f"({self.condition(condition)})"
        facts = [fact for piece in list(self.pieces) for fact in self._facts(piece)]
        self.text = " and ".join([text, *facts])

    @property
    def names(self) -> str:
        return ", ".join(sorted(self.pieces.values()))

    def condition(self, condition: Boolean) -> str:
        if condition == sympy.true:
            return "true"
        if condition == sympy.false:
            return "false"
        if isinstance(condition, Relational):
            left, right = condition.args
            if isinstance(left, sympy.Tuple) and isinstance(right, sympy.Tuple):
                return self.condition(componentwise(condition))
            sides = (self._affine(side) for side in (left, right))
            return f" {RELATIONS[type(condition)]} ".join(sides)
        if isinstance(condition, Not):
            return f"not ({self.condition(condition.args[0])})"
        if isinstance(condition, (And, Or)):
            word = " and " if isinstance(condition, And) else " or "
            return word.join(f"({self.condition(part)})" for part in condition.args)
        raise Inexpressible(condition)

    def _affine(self, expr: Expr) -> str:
        if isinstance(expr, Integer):
            return str(expr)
        if is_integer(expr, self._arrays):
            return self.pieces.setdefault(expr, identifier(expr))
        if isinstance(expr, sympy.Add):
            return f"({' + '.join(self._affine(part) for part in expr.args)})"
        if isinstance(expr, sympy.Mul):
            number, rest = expr.as_coeff_Mul()
            if isinstance(number, Integer) and number != 1:
                return f"({number}*{self._affine(rest)})"
        if isinstance(expr, (sympy.Mul, sympy.Pow)):
            return self._product(expr)
        if isinstance(expr, (sympy.floor, sympy.ceiling)):
            numerator, denominator = expr.args[0].as_numer_denom()
            if isinstance(denominator, Integer):
                name = "floor" if isinstance(expr, sympy.floor) else "ceil"
                return f"{name}({self._affine(numerator)}/{denominator})"
        if isinstance(expr, sympy.Mod) and isinstance(expr.args[1], Integer):
            return f"({self._affine(expr.args[0])} mod {expr.args[1]})"
        if isinstance(expr, (sympy.Max, sympy.Min)):
            name = "max" if isinstance(expr, sympy.Max) else "min"
            parts = [self._affine(part) for part in expr.args]
            return reduce(lambda left, right: f"{name}({left}, {right})", parts)
        raise Inexpressible(expr)

    def _product(self, expr: Expr) -> str:
        expanded = sympy.expand(expr)
        if expanded != expr:
            return self._affine(expanded)
        factors = expr.as_powers_dict()
        if all(is_extent(base) and _is_count(count) for base, count in factors.items()):
            return self.pieces.setdefault(expr, identifier(expr))
        raise Inexpressible(expr)

    def _facts(self, piece: Expr) -> Iterator[str]:
        """What always holds of a piece: extents are positive, labels lie in their range."""
        name = self.pieces[piece]
        if is_extent(piece):
            yield f"{name} >= 1"
        elif is_element(piece):
            values = self._arrays[array_of(piece)].values
            assert values is not None
            try:
                yield f"{self._affine(values.lower)} <= {name}"
                yield f"{name} <= {self._affine(values.upper)}"
            except Inexpressible:
                return
        elif not isinstance(piece, Symbol):
            factors = [base for base, count in piece.as_powers_dict().items() for _ in range(count)]
            for factor in factors:
                yield f"{name} >= {self.pieces.setdefault(factor, identifier(factor))} >= 1"
            if len(factors) == 2:  # (P-1)*(Q-1) >= 0
                yield f"{name} >= {' + '.join(self.pieces[factor] for factor in factors)} - 1"


def is_integer(expr: Expr, arrays: Mapping[str, Array]) -> bool:
    """Is this an extent, an index or an element that holds an index?"""
    if is_element(expr):
        array = arrays.get(array_of(expr))
        return array is not None and array.values is not None
    return isinstance(expr, Symbol)


def _is_count(number: Expr) -> bool:
    return isinstance(number, Integer) and number > 0


@lru_cache(maxsize=4096)
def identifier(piece: Expr) -> str:
    """A name that isl reads, different for different pieces."""
    kind = "n" if is_extent(piece) else "i" if is_index(piece) else "v"
    return kind + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", str(piece))
