"""Products as they are written, read as a number times powers.

    2 / (B - 1) * x[b]^2 / sqrt(s)   =   2 * (B - 1)^-1 * x[b]^2 * s^(-1/2)

A base is whatever is not itself a product or a power: an element, a function value, a sum. Bases
are compared as trees, so that `a + b` and `b + a` are two; nothing is multiplied out. Exponents
add up, which only ever extends where a product is defined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy
from sympy import Expr, Integer, Mul, Pow, Rational

from symgrad.expressions import mul, power
from symgrad.heads import Bracket

Powers = tuple[tuple[Expr, Rational], ...]

ONE, ZERO = Integer(1), Integer(0)


@dataclass(frozen=True)
class Monomial:
    """number * base1^exponent1 * base2^exponent2 * …, distinct bases in order of appearance."""

    number: Rational = ONE
    powers: Powers = ()

    @classmethod
    def of(cls, *factors: Expr) -> Monomial:
        """The product of expressions, read as a monomial."""
        result = cls()
        for factor in factors:
            result = result * _read(factor)
        return result

    @property
    def key(self) -> frozenset[tuple[Expr, Rational]]:
        """Equal for monomials that differ in their number and in the order of factors only."""
        return frozenset(self.powers)

    def __mul__(self, other: Monomial) -> Monomial:
        number = self.number * other.number
        if number == 0:
            return Monomial(ZERO)
        exponents = dict(self.powers)
        for base, exponent in other.powers:
            exponents[base] = exponents.get(base, ZERO) + exponent
        return _normal(number, exponents)

    def __neg__(self) -> Monomial:
        return Monomial(-self.number, self.powers)

    def __truediv__(self, other: Monomial) -> Monomial:
        return self * other**-1

    def __pow__(self, exponent: int) -> Monomial:
        if self.number == 0 and exponent < 0:
            return Monomial(ONE, ((ZERO, Integer(exponent)),))
        return _normal(self.number**exponent, {base: own * exponent for base, own in self.powers})

    def tree(self) -> Expr:
        """The product as an expression, in the order of the factors."""
        factors = [power(base, exponent) for base, exponent in self.powers]
        return mul(*factors) if factors and self.number == 1 else mul(self.number, *factors)


def collected(terms: Iterable[Monomial]) -> list[Monomial]:
    """The sum of monomials with like terms added, in order of first appearance."""
    result: dict[frozenset[tuple[Expr, Rational]], Monomial] = {}
    for term in terms:
        before = result.get(term.key)
        number = term.number if before is None else before.number + term.number
        result[term.key] = Monomial(number, term.powers if before is None else before.powers)
    return [term for term in result.values() if term.number != 0]


def shared(terms: Iterable[Monomial]) -> Monomial:
    """The greatest monomial that divides every term: x^min of the exponents, where signs agree."""
    first, *rest = terms
    common = dict(first.powers)
    for term in rest:
        own = dict(term.powers)
        common = {
            base: min(exponent, own[base], key=abs)
            for base, exponent in common.items()
            if base in own and (exponent > 0) == (own[base] > 0)
        }
    number = abs(first.number)
    content = number if all(abs(term.number) == number for term in rest) else ONE
    return Monomial(content, tuple(common.items()))


def product_of(powers: Iterable[tuple[Expr, Rational]]) -> Monomial:
    """A product of powers whose bases need not be distinct."""
    result = Monomial()
    for factor in powers:
        result = result * Monomial(ONE, (factor,))
    return result


def _read(expr: Expr) -> Monomial:
    if isinstance(expr, Rational):
        return Monomial(expr)
    if isinstance(expr, Mul):
        return Monomial.of(*expr.args)
    if isinstance(expr, Pow) and expr.exp.is_Rational:
        return _power(expr.base, expr.exp)
    return Monomial(ONE, ((expr, ONE),))


def _power(base: Expr, exponent: Rational) -> Monomial:
    inner = _read(base)
    if exponent.is_Integer:
        return inner ** int(exponent)
    if inner.number == 1 and len(inner.powers) == 1 and abs(inner.powers[0][1]) == 1:
        # Of (x^2)^(1/2) the root stays: it is |x|, not x.
        ((atom, sign),) = inner.powers
        return Monomial(ONE, ((atom, sign * exponent),))
    return Monomial(ONE, ((base, exponent),))


def _normal(number: Rational, exponents: dict[Expr, Rational]) -> Monomial:
    """Drop powers of 0, open bases that are products, [c]^n = [c], [true] = 1."""
    powers = []
    opened = Monomial()
    for base, exponent in exponents.items():
        if exponent == 0:
            continue
        if isinstance(base, (Mul, Pow)) and exponent.is_Integer:
            inner = _read(base)
            if inner.powers != ((base, ONE),):
                opened = opened * inner ** int(exponent)
                continue
        if isinstance(base, Bracket) and exponent > 0:
            if base.condition in (sympy.true, sympy.false):
                number = number * int(bool(base.condition))
                continue
            exponent = ONE
        powers.append((base, exponent))
    result = Monomial(number, tuple(powers) if number != 0 else ())
    return result * opened if opened.powers or opened.number != 1 else result
