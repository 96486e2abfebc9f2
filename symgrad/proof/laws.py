"""The laws of functions: what the value of each atom is, as a polynomial in normal form.

    exp(a + b) = exp(a) exp(b)          sigma(-u) = 1 - sigma(u)         relu(u) = u [u > 0]
    log(a b) = log a + log b  (a > 0)   sigma'(u) = sigma(u) - sigma(u)^2
    (c m u)^e = c^e m^e u^e             [-u > 0] = 1 - [u >= 0]          |u| = u (2 [u > 0] - 1)

Each law holds for all real arguments for which both sides are defined, or asks for the sign that it
needs. Outside those, an atom stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import TypeAlias

from symgrad.proof.brackets import bracket
from symgrad.proof.content import known_here, primitive, single_atom, taken_out
from symgrad.proof.factors import linear
from symgrad.proof.facts import Facts
from symgrad.proof.primes import number_log, number_power
from symgrad.proof.rational import Algebra, Law
from symgrad.proof.roots import parted
from symgrad.proof.terms import (
    ACCESS,
    BODY,
    BRACKET,
    COMPOUND,
    DEMAND,
    EXP,
    FUNCTION,
    INDEX,
    LABEL,
    PARTIAL,
    REDUCTION,
    UNIT,
    Atom,
    Exponent,
    Key,
    Number,
    OutOfReach,
    Poly,
    add,
    atom_poly,
    constant,
    exponent,
    number,
    reduced,
    scale,
    subtract,
)

MOST_SIGNED = 8
"""A longer sum is not looked at for whether its square has no conditions."""

Function: TypeAlias = "Callable[[Laws, Algebra, Poly], Poly]"
Prime: TypeAlias = "Callable[[Laws, Algebra, Poly, int], Poly]"
Reducer: TypeAlias = "Callable[[Laws, Algebra, Poly], Poly]"
United: TypeAlias = "Callable[[Laws, Algebra, Poly, Poly], Poly | None]"
"""The larger of two sums as one maximum, if it is one."""


class Laws:
    """The laws under declared facts, as the table that `Algebra` asks."""

    def __init__(
        self,
        facts: Facts,
        functions: Mapping[str, Function],
        primes: Mapping[str, Prime],
        reducers: Mapping[str, Reducer] | None = None,
        united: United = lambda *_: None,
    ) -> None:
        self.facts = facts
        self.functions = functions
        self.primes = primes
        self.reducers = reducers or {}
        self.united = united

    def table(self) -> Mapping[str, Law]:
        return {
            "power": lambda algebra, atom, sums: self.power(
                algebra, sums[0], _fraction(atom[2][0][0], atom[2][1][0])
            ),
            ACCESS: lambda _, atom, __: atom_poly(atom),
            INDEX: lambda algebra, atom, _: algebra.form_poly(atom[2][0]),
            LABEL: lambda algebra, atom, sums: atom_poly(_refrozen(algebra, atom, sums)),
            COMPOUND: lambda _, __, sums: sums[0],
            EXP: lambda algebra, _, sums: self.exp(algebra, sums[0]),
            FUNCTION: lambda algebra, atom, sums: self.function(algebra, atom[1], *sums),
            PARTIAL: lambda algebra, atom, sums: self._apart(
                algebra, sums, lambda inner: atom_poly(_refrozen(algebra, atom, inner))
            ),
            BRACKET: lambda algebra, atom, sums: bracket(self.facts, algebra, atom[1], sums[0]),
            REDUCTION: lambda algebra, atom, sums: self.reduction(algebra, atom[1], sums[0]),
            BODY: lambda algebra, atom, sums: atom_poly(_refrozen(algebra, atom, sums)),
            DEMAND: lambda algebra, atom, sums: atom_poly(_refrozen(algebra, atom, sums)),
        }

    # --- powers ---

    def power(self, algebra: Algebra, poly: Poly, power: Exponent) -> Poly:
        """poly ^ power."""
        if isinstance(power, int) and power >= 0:
            return algebra.integer_power(poly, power)
        poly = known_here(algebra, poly)
        if not poly:
            if power > 0:
                return {}
            raise OutOfReach("a power of zero")
        out = taken_out(algebra, poly)
        if out is not None:
            return out.around(algebra, lambda inner: self.power(algebra, inner, power))
        if len(poly) == 1:
            (key,) = poly
            if not key[0] and not key[1]:
                done = self._monomial_power(algebra, key, poly[key], power)
                if done is not None:
                    return done
        roots = isinstance(power, Fraction)
        if isinstance(power, int) and power % 2:
            square = _square_of_signed(algebra, poly)
            if square is not None:
                below = self.power(algebra, square, (power - 1) // 2)
                return algebra.multiply(poly, below)
        coefficient, common, rest = primitive(self.facts, algebra, poly, roots)
        plain = len(rest) == 1 and (not roots or linear(rest))
        if not common and coefficient == 1 and plain and rest == poly:
            return _of_sum(algebra, rest, power)
        outside = self.power(algebra, {((), (), common): coefficient}, power)
        if rest == constant(UNIT):
            return outside
        found = parted(self.facts, algebra, rest, self._size(algebra)) if roots else None
        if found is not None:
            value, parts, left = found
            powers = [self._factor_power(algebra, part, times * power) for part, times in parts]
            raised = number_power(algebra, value, power)
            remaining = self.power(algebra, left, power)
            return algebra.multiply(outside, raised, remaining, *powers)
        return algebra.multiply(outside, _of_sum(algebra, rest, power))

    def _size(self, algebra: Algebra) -> Callable[[Poly], Poly]:
        return lambda poly: self.function(algebra, "abs", poly)

    def _factor_power(self, algebra: Algebra, factor: Poly, power: Exponent) -> Poly:
        """A power of a factor of which no other factor can be taken out."""
        power = reduced(power)
        if isinstance(power, int):
            return self.power(algebra, factor, power)
        leading = abs(factor[max(factor)])
        base = _of_sum(algebra, scale(factor, 1 / leading), power)
        return algebra.multiply(number_power(algebra, leading, power), base)

    def _monomial_power(
        self, algebra: Algebra, key: Key, coefficient: Number, power: Exponent
    ) -> Poly | None:
        """(c a^m b^n)^e, where no root of a number of unknown sign is split; ([c] u)^e = [c] u^e
        for e > 0."""
        factors = key[2]
        conditions = tuple(item for item in factors if item[0][0] in (BRACKET, LABEL))
        if conditions:
            if power < 0:
                return None
            rest = tuple(item for item in factors if item not in conditions)
            held: Poly = {}
            algebra.assemble(held, (), (), conditions, UNIT)
            return algebra.multiply(held, self.power(algebra, {((), (), rest): coefficient}, power))
        if isinstance(power, int):
            raised = tuple((atom, exp * power) for atom, exp in factors)
            out: Poly = {}
            algebra.assemble(out, (), (), raised, coefficient**power)
            return out
        unknown = [
            (atom, exp)
            for atom, exp in factors
            if not isinstance(exp, Fraction) and not self.facts.atom_positive(algebra, atom, False)
        ]
        if coefficient < 0 or sum(exp % 2 for _, exp in unknown) > 1:
            return None
        parts = [number_power(algebra, coefficient, power)]
        for atom, exp in factors:
            total = reduced(exp * power)
            if (atom, exp) in unknown and exp % 2 == 0:
                size = self.function(algebra, "abs", atom_poly(atom))
                parts.append(self.power(algebra, size, total))
            else:
                one: Poly = {}
                algebra.assemble(one, (), (), ((atom, total),), UNIT)
                parts.append(one)
        return algebra.multiply(*parts)

    # --- functions ---

    def function(self, algebra: Algebra, name: str, *arguments: Poly) -> Poly:
        return self._apart(algebra, arguments, lambda inner: self._function(algebra, name, inner))

    def _apart(
        self,
        algebra: Algebra,
        arguments: tuple[Poly, ...],
        apply: Callable[[tuple[Poly, ...]], Poly],
    ) -> Poly:
        """A function of sums, with indices of one value outside."""
        if not any(key[0] or key[1] for argument in arguments for key in argument):
            return apply(arguments)
        arguments = tuple(known_here(algebra, argument) for argument in arguments)
        found = ((place, taken_out(algebra, each)) for place, each in enumerate(arguments))
        place, out = next((item for item in found if item[1] is not None), (0, None))
        if out is None:
            return apply(arguments)
        before, after = arguments[:place], arguments[place + 1 :]
        return out.around(
            algebra, lambda inner: self._apart(algebra, (*before, inner, *after), apply)
        )

    def _function(self, algebra: Algebra, name: str, arguments: tuple[Poly, ...]) -> Poly:
        if name in ("max", "min"):
            return reduce(lambda a, b: self._larger(algebra, name, a, b), arguments)
        if name in self.functions:
            return self.functions[name](self, algebra, arguments[0])
        return self.opaque(algebra, name, arguments)

    def opaque(self, algebra: Algebra, name: str, arguments: tuple[Poly, ...]) -> Poly:
        return atom_poly((FUNCTION, name, (), tuple(algebra.freeze(poly) for poly in arguments)))

    def _larger(self, algebra: Algebra, name: str, left: Poly, right: Poly) -> Poly:
        """max(a, b) = b + (a - b) [a - b > 0], min(a, b) = a - (a - b) [a - b > 0].

        The sides are taken so that a - b leads with a plus: at a = b the bracket does not matter.
        """
        turn = 1 if name == "max" else -1
        whole = self.united(self, algebra, scale(left, turn), scale(right, turn))
        if whole is not None:
            return scale(whole, turn)
        gap = subtract(left, right)
        if gap and gap[max(gap)] < 0:
            left, right, gap = right, left, scale(gap, -1)
        excess = algebra.multiply(gap, bracket(self.facts, algebra, ">", gap))
        return add(right, excess) if name == "max" else subtract(left, excess)

    def exp(self, algebra: Algebra, poly: Poly) -> Poly:
        poly = known_here(algebra, poly)
        out = taken_out(algebra, poly)
        if out is not None:
            return out.around(algebra, lambda inner: self.exp(algebra, inner))
        parts = [constant(UNIT)]
        for key, coefficient in poly.items():
            argument = _logarithm(key)
            if argument is not None:
                parts.append(self.power(algebra, argument, exponent(coefficient)))
            else:
                atom: Atom = (EXP, "", (), (algebra.freeze({key: UNIT}),))
                parts.append(atom_poly(atom, exponent(coefficient)))
        return algebra.multiply(*parts)

    def log(self, algebra: Algebra, poly: Poly) -> Poly:
        """The logarithms of positive factors, and of at most one factor of unknown sign."""
        if not poly:
            raise OutOfReach("the logarithm of zero")
        coefficient, common, rest = primitive(self.facts, algebra, poly, True)
        parts: list[Poly] = [number_log(algebra, coefficient)]
        for atom, power in common:
            log = atom[3][0].poly() if atom[0] == EXP else self._plain_log(algebra, atom)
            parts.append(scale(log, number(power)))
        single = single_atom(rest)
        if single is not None and isinstance(single[1], int) and single[1] % 2:
            parts.append(scale(self._plain_log(algebra, single[0]), single[1]))
        elif rest != constant(UNIT):
            parts.append(self._log_of_product(algebra, rest))
        return add({}, *parts)

    def _log_of_product(self, algebra: Algebra, poly: Poly) -> Poly:
        """log(u^2 v) = 2 log |u| + log(v)."""
        single = single_atom(poly)
        if single is not None and isinstance(single[1], int):
            size = self.function(algebra, "abs", atom_poly(single[0]))
            return scale(self.opaque(algebra, "log", (size,)), single[1])
        found = parted(self.facts, algebra, poly, self._size(algebra))
        if found is None:
            return self.opaque(algebra, "log", (poly,))
        value, parts, left = found
        logs = [scale(self.opaque(algebra, "log", (part,)), times) for part, times in parts]
        remaining = {} if left == constant(UNIT) else self.log(algebra, left)
        return add(number_log(algebra, value), remaining, *logs)

    def _plain_log(self, algebra: Algebra, atom: Atom) -> Poly:
        inner = atom[3][0].poly() if atom[0] == COMPOUND else atom_poly(atom)
        return self.opaque(algebra, "log", (inner,))

    def odd(self, algebra: Algebra, name: str, poly: Poly) -> Poly:
        """f(-u) = -f(u)."""
        if not poly:
            return {}
        sign = -1 if poly[max(poly)] < 0 else 1
        return scale(self.opaque(algebra, name, (scale(poly, sign),)), sign)

    # --- reductions ---

    def reduction(self, algebra: Algebra, name: str, poly: Poly) -> Poly:
        """A maximum over the bound indices of the terms that hold its body."""
        if not poly:
            raise OutOfReach("a maximum over nothing")
        if name in self.reducers:
            return self.reducers[name](self, algebra, poly)
        return self.attained(algebra, name, poly)

    def attained(self, algebra: Algebra, name: str, poly: Poly) -> Poly:
        """A reduction as an atom over its terms, or its body if it is over one place."""
        ((bounds, constraints, factors), _), *others = poly.items()
        if not bounds and not constraints and not others:
            return factors[0][0][3][0].poly()
        return atom_poly((REDUCTION, name, (), (algebra.freeze(poly),)))

    def partial(
        self, algebra: Algebra, name: str, orders: tuple[int, ...], arguments: tuple[Poly, ...]
    ) -> Poly:
        """A derivative of a function at a point."""
        return self._apart(
            algebra, arguments, lambda inner: self._partial(algebra, name, orders, inner)
        )

    def _partial(
        self, algebra: Algebra, name: str, orders: tuple[int, ...], arguments: tuple[Poly, ...]
    ) -> Poly:
        if name in self.primes and len(orders) == 1:
            return self.primes[name](self, algebra, arguments[0], orders[0])
        written = f"{name}:{','.join(map(str, orders))}"
        return atom_poly((PARTIAL, written, (), tuple(algebra.freeze(poly) for poly in arguments)))


def _of_sum(algebra: Algebra, poly: Poly, power: Exponent) -> Poly:
    """A power of a sum that stays one, apart from its whole part: u^(3/2) = u u^(1/2)."""
    whole = int(power // 1) if isinstance(power, Fraction) and power > 1 else 0
    root = atom_poly((COMPOUND, "", (), (algebra.freeze(poly),)), power - whole)
    return algebra.multiply(algebra.integer_power(poly, whole), root) if whole else root


def _square_of_signed(algebra: Algebra, poly: Poly) -> Poly | None:
    """w^2, where a sum is |w| or another w whose sign depends on conditions."""
    if len(poly) > MOST_SIGNED or not any(atom[0] == BRACKET for _, _, f in poly for atom, _ in f):
        return None
    if any(bounds or constraints for bounds, constraints, _ in poly):
        return None
    square = algebra.multiply(poly, poly)
    flags = any(atom[0] in (BRACKET, LABEL) for _, _, factors in square for atom, _ in factors)
    return None if flags else square


def _fraction(numerator: int, denominator: int) -> Exponent:
    return numerator if denominator == 1 else Fraction(numerator, denominator)


def _refrozen(algebra: Algebra, atom: Atom, sums: tuple[Poly, ...]) -> Atom:
    tag, name, indices, _ = atom
    return (tag, name, indices, tuple(algebra.freeze(poly) for poly in sums))


def _logarithm(key: Key) -> Poly | None:
    """u, where a term is log(u)."""
    atom = single_atom({key: UNIT})
    if atom is not None and atom[1] == 1 and atom[0][:2] == (FUNCTION, "log"):
        return atom[0][3][0].poly()
    return None
