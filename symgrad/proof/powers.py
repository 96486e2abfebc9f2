"""Powers: with numbers as exponents, with whole numbers that extents tell, and with any others.

u^(-1/2)       asks u to be positive
a^n            |a|^n, with the sign of a where n is odd: a^N a is a^(N+1) for every a but 0
u^v            exp(v log u), for u that is known to be positive
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction

import sympy
from sympy import Expr, Mul, Pow

from symgrad.heads import FUNCTION_NAMES, Bracket
from symgrad.proof.brackets import bracket
from symgrad.proof.conditions import Conditions
from symgrad.proof.content import primitive
from symgrad.proof.evident import evident
from symgrad.proof.scope import NONNEGATIVE, NONZERO, Scope
from symgrad.proof.terms import UNIT, Exponent, OutOfReach, Poly, constant, scale, subtract


class Powers(Conditions, ABC):
    """Reads powers."""

    @abstractmethod
    def integer(self, expr: Expr, scope: Scope) -> Poly:
        """The number that an index expression is."""

    @abstractmethod
    def demand(self, kind: str, inner: Poly, scope: Scope) -> None:
        """Note what is asked of a value, unless it is so anyway."""

    def power(self, expr: Expr, scope: Scope) -> Poly:
        base, exponent = expr.args
        inner = self.value(base, scope)
        if inner == constant(-UNIT) and self.integral(exponent, scope):
            odd = self.integer(sympy.Mod(exponent, 2, evaluate=False), scope)
            return subtract(constant(UNIT), scale(odd, 2))  # (-1)^n = 1 - 2 mod(n, 2)
        if self._is_whole(base, exponent, scope):
            return self._whole_power(base, exponent, scope)
        if not exponent.is_Rational:
            return self._general_power(inner, self.value(exponent, scope))
        power: Exponent = (
            int(exponent) if exponent.is_Integer else Fraction(int(exponent.p), int(exponent.q))
        )
        if power < 0:
            self.demand(NONZERO, inner, scope)
        if isinstance(power, Fraction):
            self._note_squares(base, inner, scope)
            self.demand(NONNEGATIVE, inner, scope)
        return self.laws.power(self.algebra, inner, power)

    def _note_squares(self, expr: Expr, value: Poly, scope: Scope) -> None:
        """Note of an expression under a root that it is nowhere negative as it is written."""
        facts = self.laws.facts
        if facts.positive(self.algebra, value, strict=False):
            return
        asked = len(self.demands), len(self.reads)
        found = evident(self, expr, scope)
        del self.demands[asked[0] :], self.reads[asked[1] :]
        if found is not None:
            _, _, rest = primitive(facts, self.algebra, found[0], True)
            facts.note(found[0], found[1])
            facts.note(rest, found[1])

    def _general_power(self, base: Poly, exponent: Poly) -> Poly:
        """a^b = exp(b log a), for positive a."""
        if not self.laws.facts.positive(self.algebra, base):
            raise OutOfReach("a power with a base of unknown sign")
        log = self.laws.log(self.algebra, base)
        return self.laws.exp(self.algebra, self.algebra.multiply(exponent, log))

    def _is_whole(self, base: Expr, exponent: Expr, scope: Scope) -> bool:
        """Is it the power to a whole number that extents tell, or a power of such a one?"""
        if exponent.is_Rational:
            inner = base.exp if isinstance(base, Pow) else exponent
            return (
                bool(exponent.is_Integer) and not inner.is_Rational and self.integral(inner, scope)
            )
        return self.integral(exponent, scope)

    def _whole_power(self, base: Expr, exponent: Expr, scope: Scope) -> Poly:
        """(a b)^n = a^n b^n, (a^m)^n = a^(m n), a^n = |a|^n (a/|a|)^n, for whole m and n, no 0."""
        if isinstance(base, Mul) and not any(isinstance(part, Bracket) for part in base.args):
            parts = (self._whole_power(part, exponent, scope) for part in base.args)
            return self.algebra.multiply(constant(UNIT), *parts)
        if isinstance(base, Pow) and self.integral(base.exp, scope):
            return self._whole_power(base.base, sympy.expand(base.exp * exponent), scope)
        size = FUNCTION_NAMES.get(type(base)) == "abs"
        inner, raised = (
            self.value(base.args[0] if size else base, scope),
            self.value(exponent, scope),
        )
        if self.laws.facts.positive(self.algebra, inner):
            return self._general_power(inner, raised)
        if not self.laws.facts.nonvanishing(self.algebra, inner):
            raise OutOfReach("a power with a base of unknown sign")
        log = self.laws.log(self.algebra, self.laws.function(self.algebra, "abs", inner))
        power = self.laws.exp(self.algebra, self.algebra.multiply(raised, log))
        if size:
            return power
        return self.algebra.multiply(power, self._sign_to(inner, exponent, scope))

    def _sign_to(self, base: Poly, exponent: Expr, scope: Scope) -> Poly:
        """(a/|a|)^n, for a that is not zero.

        (a/|a|)^(n + 3 m + 2 l) = (1 - 2 [n odd] [a < 0]) (1 - 2 [m odd] [a < 0])
        """
        negative = bracket(self.laws.facts, self.algebra, ">", scale(base, -1))
        signs = []
        for part, count in sympy.expand(exponent).as_coefficients_dict().items():
            if count % 2:
                odd = sympy.Eq(sympy.Mod(part, 2, evaluate=False), 1, evaluate=False)
                held = constant(UNIT) if part == 1 else self.condition(odd, scope)
                turned = scale(self.algebra.multiply(held, negative), 2)
                signs.append(subtract(constant(UNIT), turned))
        return self.algebra.multiply(constant(UNIT), *signs)
