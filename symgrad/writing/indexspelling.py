"""Index expressions as plain-text notation: `i + l - 1`, `floor((q - j)/2) + 1`.

They are in SymPy's canonical order, which the reader restores, and are written as people do:
letters before numbers, minus signs last.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

import sympy
from sympy import Add, Expr, Mul, Rational, Symbol

from symgrad.expressions import is_extent, is_negative

Written = tuple[str, int]
"""A text and how strongly it binds."""

SUM, PRODUCT, POWER, ATOM = range(4)
"""How strongly a text binds; an operand that binds less than its place asks for parentheses."""


class IndexSpeller(ABC):
    """Writes index expressions; what they are made of is written by `_write`, of a subclass."""

    @abstractmethod
    def _write(self, expr: Expr) -> Written:
        """Any expression, and how strongly its text binds."""

    def index(self, expr: Expr) -> str:
        """An index expression: `i + l - 1`, `floor((q - j)/2) + 1`."""
        return self._index(expr)[0]

    def _index(self, expr: Expr) -> Written:
        if isinstance(expr, Add):
            first, *rest = as_people_write(expr.args)
            sign = "-" if is_negative(first) else ""
            written = sign + self._index_place(abs_term(first), PRODUCT)
            for term in rest:
                sign = "-" if is_negative(term) else "+"
                written += f" {sign} {self._index_place(abs_term(term), PRODUCT)}"
            return written, SUM
        if isinstance(expr, Mul):
            if is_negative(expr):
                return f"-{self._index_place(abs_term(expr), PRODUCT)}", PRODUCT
            return " * ".join(self._index_place(part, POWER) for part in expr.args), PRODUCT
        if isinstance(expr, (sympy.floor, sympy.ceiling)):
            name = "ceil" if isinstance(expr, sympy.ceiling) else "floor"
            return f"{name}({self._fraction(expr.args[0])})", ATOM
        if isinstance(expr, (sympy.Max, sympy.Min)):
            parts = sorted(expr.args, key=bounds_first_to_last)
            return f"{type(expr).__name__.lower()}({self._indices(parts)})", ATOM
        if isinstance(expr, sympy.Mod):
            return f"mod({self._indices(expr.args)})", ATOM
        return self._write(expr)

    def _index_place(self, expr: Expr, strength: int) -> str:
        written, binds = self._index(expr)
        return written if binds >= strength else f"({written})"

    def _fraction(self, expr: Expr) -> str:
        """`(q - j)/2`: one denominator for the whole."""
        parts = expr.args if isinstance(expr, Add) else (expr,)
        denominator = sympy.ilcm(1, *(part.as_coeff_Mul()[0].q for part in parts))
        if denominator == 1:
            return self.index(expr)
        numerator = sympy.Add(*(denominator * part for part in parts))
        return f"{self._index_place(numerator, ATOM)}/{denominator}"

    def _indices(self, parts: Iterable[Expr]) -> str:
        return ", ".join(map(self.index, parts))


def is_integral(expr: Expr) -> bool:
    """Does an expression consist of indices, extents and whole numbers only?"""
    if isinstance(expr, (Symbol, Rational)):
        return bool(expr.is_integer)
    heads = (Add, Mul, sympy.floor, sympy.ceiling, sympy.Mod, sympy.Max, sympy.Min)
    if isinstance(expr, (sympy.floor, sympy.ceiling)):
        return all(symbol.is_integer for symbol in expr.free_symbols)
    return isinstance(expr, heads) and all(map(is_integral, expr.args))


def abs_term(term: Expr) -> Expr:
    """A term of an index expression without its sign."""
    return -term if is_negative(term) else term


def as_people_write(terms: Iterable[Expr]) -> list[Expr]:
    """`p + h - H`, `i + l - 1`; a number stands first only where nothing else can: `3 - l`."""
    ordered = sorted(terms, key=_kinds)
    if is_negative(ordered[0]) and not is_negative(ordered[-1]):
        return [ordered[-1], *ordered[:-1]]
    return ordered


def _kinds(term: Expr) -> tuple[bool, bool, bool, str]:
    """Positive before negative, indices before extents, numbers last."""
    fixed = all(map(is_extent, term.free_symbols))
    return (bool(term.is_number), is_negative(term), fixed, str(term))


def bounds_first_to_last(part: Expr) -> tuple[bool, bool, str]:
    """The operands of a max or min: numbers, then what has an index: `max(1, p + h - H)`."""
    return (not part.is_number, all(map(is_extent, part.free_symbols)), str(part))
