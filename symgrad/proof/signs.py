"""What is known of the sign of a sum.

    exp(u) > 0        sigma(u) > 0        Z[b] > 0 if its definition is        sum of positives > 0

All answers are one-sided: True is a proof, False says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import permutations
from typing import Self

from symgrad.proof.constants import sign
from symgrad.proof.integerforms import integer_form
from symgrad.proof.meansquares import lowered
from symgrad.proof.nonempty import nonempty
from symgrad.proof.rational import Algebra
from symgrad.proof.squares import sum_of_squares
from symgrad.proof.terms import (
    ACCESS,
    BRACKET,
    COMPOUND,
    EXP,
    EXTENT,
    FUNCTION,
    INDEX,
    LABEL,
    ONE,
    PRIME,
    REDUCTION,
    UNIT,
    Atom,
    Exponent,
    Key,
    Number,
    OutOfReach,
    Poly,
    Sum,
    arrays,
    scale,
    subtract,
)
from symgrad.sets.affine import Constraint, Variable, atleast, constant, plus, variable

MOST_NAMES = 3
"""Sums with more free indices are not compared under other names."""

DEPTH = 12
"""So many definitions are looked through to find a sign."""


class Signs:
    """What is declared: sums that are positive, arrays whose elements are free real numbers.

    `templates` are sums over accesses without indices, with whether they are strictly positive;
    they hold for every element. `definition(name)` is what a computed array holds, if known.
    """

    def __init__(
        self,
        templates: Mapping[Sum, bool],
        generic: Callable[[str], bool],
        definition: Callable[[str], Poly | None],
    ) -> None:
        self.templates = templates
        self.generic = generic
        self.definition = definition
        self.noted: list[tuple[Poly, bool]] = []
        self._positive: dict[tuple[str, bool], bool] = {}
        self._bodies: dict[Atom, Poly] = {}
        self._depth = 0
        self._comparing = False

    def learn(self, other: Self) -> None:
        """Know what is known of another one's sums."""
        self.templates = other.templates
        self.noted += other.noted
        self._positive |= other._positive

    def positive(self, algebra: Algebra, poly: Poly, strict: bool = True) -> bool:
        """Is the sum positive (or, not strictly, at least zero) wherever it is defined?"""
        if not poly:
            return not strict
        if self._takes_both_signs(poly):
            return False
        if all(
            self._term_positive(algebra, key, coefficient, False)
            for key, coefficient in poly.items()
        ) and (
            not strict
            or any(
                self._term_positive(algebra, key, coefficient, True) and nonempty(algebra, key)
                for key, coefficient in poly.items()
            )
        ):
            return True
        return (
            self._declared(poly, strict)
            or _complement_of_sigma(poly)
            or _integer_positive(algebra, poly, strict)
            or sign(poly) > 0
            or self._squares(algebra, poly, strict)
            or self._is_noted(algebra, poly, strict)
            or self._by_mean_squares(algebra, poly, strict)
        )

    def _is_noted(self, algebra: Algebra, poly: Poly, strict: bool) -> bool:
        """Is it noted, under whatever names? Putting in names asks for signs, but not for these."""
        if self._comparing:
            return False
        self._comparing = True
        try:
            return any(
                (positive or not strict) and _renamed_alike(algebra, poly, noted)
                for noted, positive in self.noted
            )
        finally:
            self._comparing = False

    def _by_mean_squares(self, algebra: Algebra, poly: Poly, strict: bool) -> bool:
        """Is a sum positive that is at most this one, by the inequality of Cauchy and Schwarz?"""

        def positive(atom: Atom, power: Exponent) -> bool:
            return self.power_positive(algebra, atom, power, False)

        return any(self.positive(algebra, low, strict) for low in lowered(algebra, positive, poly))

    def note(self, poly: Poly, positive: bool) -> None:
        """Keep in mind that a sum, whatever its elements are, is nowhere negative (or positive).

        Neither a positive number before it matters nor the names of its free indices.
        """
        if poly and (poly, positive) not in self.noted:
            self.noted.append((poly, positive))

    def body_of(self, algebra: Algebra, top: Atom) -> Poly:
        """What a maximum, over a set with or without holes, is the largest of, at some indices."""
        if top not in self._bodies:
            first = max(top[3][0].terms, key=lambda term: len(term[0][0]))[0]
            self._bodies[top] = algebra.opened(first)[2][0][0][3][0].poly()
        return self._bodies[top]

    def _takes_both_signs(self, poly: Poly) -> bool:
        """Has a term a free input to an odd power, which stands nowhere else and has no sign?

        Nothing needs to be looked for then: as the input grows to either side, so does the sum.
        """
        odd = {
            factors[0][0][1]
            for bounds, constraints, factors in poly
            if len(factors) == 1 and not bounds and not constraints
            if factors[0][0][0] == ACCESS and factors[0][1] > 0 and factors[0][1] % 2 == 1
        }
        free = [name for name in odd if self._is_free(name)]
        if not free:
            return False
        met = [name for key in poly for atom, _ in key[2] for name in arrays(atom)]
        return any(met.count(name) == 1 for name in free)

    def _is_free(self, name: str) -> bool:
        """Is this an input of which no sign is declared?"""
        return self.generic(name) and not any(name in known.arrays for known in self.templates)

    def _squares(self, algebra: Algebra, poly: Poly, strict: bool) -> bool:
        """Are the terms together squares, beside one that is positive if that is asked?"""
        if not strict:
            return sum_of_squares(lambda *power: self.power_positive(algebra, *power), poly)
        return any(
            self._squares(algebra, {other: poly[other] for other in poly if other != key}, False)
            for key, coefficient in poly.items()
            if self._term_positive(algebra, key, coefficient, True) and nonempty(algebra, key)
        )

    def _term_positive(self, algebra: Algebra, key: Key, coefficient: Number, strict: bool) -> bool:
        """Is a term positive, by its number and the sign of each of its factors?"""
        plus = coefficient > 0
        for atom, power in key[2]:
            if self.power_positive(algebra, atom, power, strict):
                continue
            if not isinstance(power, int) or not self._negative(algebra, atom):
                return False
            plus = plus == (power % 2 == 0)
        return bool(plus)

    def _negative(self, algebra: Algebra, atom: Atom) -> bool:
        """Is a sum, or the largest of several, negative?"""
        if atom[0] == REDUCTION:
            return self.positive(algebra, scale(self.body_of(algebra, atom), -1))
        return atom[0] == COMPOUND and self.positive(algebra, scale(atom[3][0].poly(), -1))

    def power_positive(
        self, algebra: Algebra, atom: Atom, power: Exponent, strict: bool = True
    ) -> bool:
        if isinstance(power, int) and power % 2 == 0 and not strict:
            return True
        if isinstance(power, Fraction) and not strict:
            return True  # a root is at least zero wherever it is defined
        return self.atom_positive(algebra, atom, strict)

    def atom_positive(self, algebra: Algebra, atom: Atom, strict: bool = True) -> bool:
        tag, name, _, sums = atom
        if tag in (EXP, EXTENT, PRIME):
            return True
        if tag in (BRACKET, LABEL):
            return not strict
        if tag == COMPOUND:
            return self.positive(algebra, sums[0].poly(), strict)
        if tag == FUNCTION:
            if name == "log":
                rest = subtract(sums[0].poly(), {ONE: UNIT})
                return self.positive(algebra, rest, strict)
            return name == "sigma"
        if tag == ACCESS:
            return self._array_positive(algebra, name, strict)
        if tag == REDUCTION:
            return self.positive(algebra, self.body_of(algebra, atom), strict)
        return False

    def _array_positive(self, algebra: Algebra, name: str, strict: bool) -> bool:
        key = (name, strict)
        if key not in self._positive:
            self._positive[key] = False
            self._positive[key] = self._declared_array(name, strict) or self._through(
                name, lambda poly: self.positive(algebra, poly, strict)
            )
        return self._positive[key]

    def _declared_array(self, name: str, strict: bool) -> bool:
        own: Key = ((), (), (((ACCESS, name, (), ()), 1),))
        return any(
            (given or not strict)
            and len(template.terms) == 1
            and template.terms[0][0] == own
            and template.terms[0][1] > 0
            for template, given in self.templates.items()
        )

    def _declared(self, poly: Poly, strict: bool) -> bool:
        """Does a declared sum, or one less than this by a constant, say so?"""
        if not self.templates:
            return False
        places: dict[str, object] = {}
        bare: Poly = {}
        for (bounds, constraints, factors), coefficient in poly.items():
            if bounds or constraints:
                return False
            changed = []
            for (tag, name, indices, sums), power in factors:
                if tag != ACCESS or places.setdefault(name, indices) != indices:
                    return False
                changed.append(((tag, name, (), sums), power))
            bare[(), (), tuple(sorted(changed))] = coefficient
        for template, given in self.templates.items():
            rest = subtract(bare, template.poly())
            if not rest and (given or not strict):
                return True
            if len(rest) == 1 and rest.get(ONE, -1) > 0:
                return True
        return False

    def _through(self, name: str, question: Callable[[Poly], bool]) -> bool:
        poly = self.definition(name)
        if poly is None or self._depth > DEPTH:
            return False
        self._depth += 1
        try:
            return question(poly)
        finally:
            self._depth -= 1


def maximum_of(
    algebra: Algebra, top: Atom
) -> tuple[tuple[Variable, ...], tuple[Constraint, ...], Poly]:
    """Indices of its own, where they range, and what a maximum is the largest of there."""
    if len(top[3][0].terms) > 1:
        raise OutOfReach("a maximum over a set with holes")
    bounds, constraints, ((body, _),) = algebra.opened(top[3][0].terms[0][0])
    return bounds, constraints, body[3][0].poly()


def _renamed_alike(algebra: Algebra, poly: Poly, other: Poly) -> bool:
    """Is a sum a positive multiple of another one under other names of free indices?"""
    if len(poly) != len(other):
        return False
    mine, theirs = algebra.freeze(poly), algebra.freeze(other)
    if len(mine.free) != len(theirs.free) or mine.arrays != theirs.arrays:
        return False
    if len(mine.free) > MOST_NAMES:
        return False
    for order in permutations(sorted(mine.free)):
        new = dict(zip(sorted(theirs.free), map(variable, order), strict=True))
        moved = algebra.substitute(other, new) if new else other
        ratio = moved.get(max(poly), 0) / poly[max(poly)]
        if ratio > 0 and not subtract(moved, scale(poly, ratio)):
            return True
    return False


def _complement_of_sigma(poly: Poly) -> bool:
    """1 - sigma(u) > 0."""
    if len(poly) != 2 or poly.get(ONE) != 1:
        return False
    (key,) = (key for key in poly if key != ONE)
    factors = key[2]
    return (
        poly[key] == -1
        and not key[0]
        and not key[1]
        and len(factors) == 1
        and factors[0][0][:2] == (FUNCTION, "sigma")
        and factors[0][1] == 1
    )


def _integer_positive(algebra: Algebra, poly: Poly, strict: bool) -> bool:
    """B - 1 > 0: an affine form of extents, by what is assumed of them."""
    if any(atom[0] == INDEX for _, _, factors in poly for atom, _ in factors):
        return False
    form = integer_form(poly)
    if form is None:
        return False
    condition = atleast(plus(form, constant(-1 if strict else 0)))
    return condition is None or algebra.implied(condition, ())
