"""How large the number behind a power can grow, judged without computing it."""

from __future__ import annotations

import sympy
from sympy import Expr, Mul, Pow, Symbol

from symgrad.expressions import is_element

MAX_BITS = 130
"""Of numbers that are multiplied out: below 40 digits, so that they are read back."""

MAX_EXPONENT = 1_000
MAX_DEGREE = 100_000

MAX_INDEX = 1_000_000
MAX_INDEX_DEGREE = 4


def is_too_large(base: Expr, exponent: Expr) -> bool:
    """Would `base ^ exponent` need more digits than anybody means?"""
    return _is_huge(exponent) or _degree(Pow(base, exponent, evaluate=False)) > MAX_DEGREE


def is_too_large_index(expr: Expr) -> bool:
    """Numbers beyond what an axis can hold, or more than a product of a few extents."""
    if expr.is_Integer:
        return bool(abs(expr) > MAX_INDEX)
    if expr.is_Symbol:
        return False
    return _index_degree(expr) > MAX_INDEX_DEGREE or any(
        number.is_Rational and max(abs(number.p), number.q) > MAX_INDEX for number in expr.atoms()
    )


def _index_degree(expr: Expr) -> int:
    """How many indices and extents are multiplied."""
    if isinstance(expr, Mul):
        return sum(map(_index_degree, expr.args))
    if isinstance(expr, Pow):
        return _index_degree(expr.base) * int(abs(expr.exp)) if expr.exp.is_Integer else 1
    return max(map(_index_degree, expr.args), default=int(not expr.is_number))


def _is_huge(exponent: Expr) -> bool:
    """Could this exponent make a number too long to write down?

    Exponents with array elements in them are evaluated approximately and cannot.
    """
    if any(factor.is_Rational and abs(factor) > MAX_EXPONENT for factor in exponent.atoms()):
        return True
    if any(is_element(symbol) for symbol in exponent.atoms(Symbol)):
        return False
    powers = [part for part in exponent.atoms(Pow) if abs(part.exp) != 1]
    products = [
        part
        for part in exponent.atoms(Mul)
        if sum(not factor.is_Rational for factor in part.args) > 1
    ]
    return bool(powers or products)


def _degree(expr: Expr) -> int:
    """Roughly the digits of a value whose elements have one digit each."""
    if isinstance(expr, Pow):
        base, exponent = expr.args
        size = 10 if exponent.free_symbols else 1
        factors = [abs(part) for part in exponent.atoms() if part.is_Rational]
        return int(_degree(base) * max([1, *factors]) * size)
    if expr.is_Rational:
        return int(max(abs(expr.p), expr.q).bit_length())
    if isinstance(expr, (Symbol, sympy.Indexed)):
        return 1
    return sum(_degree(part) for part in expr.args if isinstance(part, sympy.Basic)) + 1
