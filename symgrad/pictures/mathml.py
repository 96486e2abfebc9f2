"""Expressions of scalars as MathML.

    f_yz(y, z)      <msub><mi>f</mi><mrow><mi>y</mi><mi>z</mi></mrow></msub>…

What has no formula of its own here (a sum over a range, a condition) is set as its text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import TypeAlias

from sympy import Add, Expr, Mul, Pow, Rational, Symbol
from sympy.core.function import AppliedUndef

from symgrad.expressions import denominator, is_negative, is_reciprocal, mul, negate
from symgrad.heads import FUNCTION_NAMES, Partial
from symgrad.writing.write import expression_text

Parameters: TypeAlias = Mapping[str, tuple[str, ...]]

SPACE = '<mspace width="0.17em"></mspace>'

OPEN, CLOSE = '<mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo>'

GREEK = {"sigma": "σ"}


def math(expr: Expr, parameters: Parameters) -> str:
    """A whole formula; `parameters` are those of the opaque functions."""
    return f"<math>{MathML(parameters).row(expr)}</math>"


class MathML:
    """Writes the rows of a formula."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    def row(self, expr: Expr) -> str:
        for head, writer in WRITERS:
            if isinstance(expr, head):
                return writer(self, expr)
        if type(expr) in FUNCTION_NAMES:
            return self._call(f"<mi>{_letters(FUNCTION_NAMES[type(expr)])}</mi>", expr.args)
        return f"<mtext>{escape(expression_text(expr, names=dict(self._parameters)))}</mtext>"

    def _sum(self, expr: Add) -> str:
        parts = []
        for place, term in enumerate(expr.args):
            negative = is_negative(term)
            if place or negative:
                parts.append(f"<mo>{'−' if negative else '+'}</mo>")
            parts.append(self._closed(negate(term) if negative else term, Add))
        return _row(parts)

    def _product(self, expr: Mul) -> str:
        if is_negative(expr):
            return _row(["<mo>−</mo>", self.row(negate(expr))])
        below = [denominator(factor) for factor in expr.args if is_reciprocal(factor)]
        above = [factor for factor in expr.args if not is_reciprocal(factor)]
        if below:
            return f"<mfrac>{_row([self.row(mul(*above))])}{_row([self.row(mul(*below))])}</mfrac>"
        return _row([SPACE.join(self._closed(factor, Add) for factor in above)])

    def _power(self, expr: Pow) -> str:
        base, exponent = expr.args
        if is_reciprocal(expr):
            return f"<mfrac><mn>1</mn>{_row([self.row(denominator(expr))])}</mfrac>"
        if exponent == Rational(1, 2):
            return f"<msqrt>{self.row(base)}</msqrt>"
        return f"<msup>{_row([self._closed(base, (Add, Mul, Pow))])}{self.row(exponent)}</msup>"

    def _partial(self, expr: Partial) -> str:
        letter = f"<mi>{_letters(expr.function)}</mi>"
        orders = expr.orders
        if len(orders) == 1:
            primes = f'<mo lspace="0" rspace="0">{PRIMES[orders[0]]}</mo>'
            return self._call(letter + primes, expr.arguments)
        names = self._parameters[expr.function]
        below = [
            f"<mi>{_letters(name)}</mi>" * order for name, order in zip(names, orders, strict=True)
        ]
        return self._call(f"<msub>{letter}{_row(below)}</msub>", expr.arguments)

    def _opaque(self, expr: AppliedUndef) -> str:
        return self._call(f"<mi>{escape(expr.func.__name__)}</mi>", expr.args)

    def _call(self, head: str, arguments: tuple[Expr, ...]) -> str:
        inside = "<mo>,</mo>".join(map(self.row, arguments))
        return _row([head, OPEN, inside, CLOSE])

    def _closed(self, expr: Expr, open_heads: type | tuple[type, ...]) -> str:
        written = self.row(expr)
        if isinstance(expr, open_heads) or is_negative(expr):
            return _row([OPEN, written, CLOSE])
        return written

    def _number(self, expr: Rational) -> str:
        if expr < 0:
            return _row(["<mo>−</mo>", self._number(-expr)])
        if expr.q != 1:
            return f"<mfrac><mn>{expr.p}</mn><mn>{expr.q}</mn></mfrac>"
        return f"<mn>{expr.p}</mn>"

    def _symbol(self, expr: Symbol) -> str:
        return f"<mi>{_letters(expr.name)}</mi>"


PRIMES = ("", "′", "″", "‴", "⁗")

WRITERS: tuple[tuple[type, Callable[[MathML, Expr], str]], ...] = (
    (Rational, MathML._number),
    (Symbol, MathML._symbol),
    (Add, MathML._sum),
    (Mul, MathML._product),
    (Pow, MathML._power),
    (Partial, MathML._partial),
    (AppliedUndef, MathML._opaque),
)


def _letters(name: str) -> str:
    return escape(GREEK.get(name, name))


def _row(parts: list[str]) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"
