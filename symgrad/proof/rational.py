"""Arithmetic on polynomials in normal form: products, powers, substitution.

    3 x[i] * sum(j, p[j])          = sum(j, 3 p[j] x[i])                  bound names kept apart
    (sum(j, p[j]))^2               = sum(j, k, p[j] p[k])
    sum(i, j if i == j, p[i] g[j]) = sum(j, p[j] g[j])                    see `closing`

Every operation returns terms in their one form. Work is counted in steps: beyond the budget, and
outside what can be expressed, `OutOfReach` is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from flint import fmpq

from symgrad.proof.canonical import put_all
from symgrad.proof.closing import Closing
from symgrad.proof.terms import (
    ACCESS,
    BODY,
    BRACKET,
    COMPOUND,
    EXP,
    EXTENT,
    FUNCTION,
    INDEX,
    LABEL,
    ONE,
    PARTIAL,
    PRIME,
    REDUCTION,
    UNIT,
    Atom,
    Exponent,
    Forms,
    Key,
    Number,
    OutOfReach,
    Poly,
    Sum,
    atom_poly,
    collected,
    constant,
    free,
    scale,
    subtract,
)
from symgrad.sets.affine import Constraint, Variable, equal, plus, put
from symgrad.sets.indexsets import IndexSets

MOST_MULTIPLIED = 64
"""The highest power of a sum that is multiplied out."""

PLAIN = frozenset({ACCESS, INDEX, EXTENT, EXP, PARTIAL, REDUCTION, BODY})
"""Atoms whose powers are powers of the same atom, whatever the exponent."""

Law: TypeAlias = "Callable[[Algebra, Atom, tuple[Poly, ...]], Poly]"


class Algebra(Closing):
    """Operations on polynomials under known facts about integers, within a budget of steps.

    `laws[tag](algebra, atom, sums)` makes an atom anew from changed inner sums.
    """

    def __init__(
        self,
        laws: Mapping[str, Law],
        sets: IndexSets,
        budget: int = 60_000,
        owner: str = "",
    ) -> None:
        super().__init__(sets, budget, owner)
        self.laws = laws

    # --- products ---

    def multiply(self, *polys: Poly) -> Poly:
        result = polys[0]
        for poly in polys[1:]:
            result = self._product(result, poly)
        return result

    def _product(self, one: Poly, other: Poly) -> Poly:
        for number, poly in ((one, other), (other, one)):
            if len(number) == 1 and ONE in number:
                self.spend(len(poly))
                return scale(poly, number[ONE])
        result: Poly = {}
        for term, coefficient in one.items():
            self.add_product(result, term, other, coefficient)
        return result

    def integer_power(self, poly: Poly, times: int) -> Poly:
        if len(poly) == 1:
            ((bounds, constraints, factors), coefficient) = next(iter(poly.items()))
            if not bounds and times:
                done: Poly = {}
                raised = [(atom, power * times) for atom, power in factors if not _is_flag(atom)]
                flags = [(atom, power) for atom, power in factors if _is_flag(atom)]
                self.assemble(done, (), constraints, (*raised, *flags), coefficient**times)
                return done
        if times > MOST_MULTIPLIED:
            raise OutOfReach("too high a power of a sum")
        result = constant(UNIT)
        for _ in range(times):
            result = self.multiply(result, poly)
        return result

    def bind(self, poly: Poly, indices: Sequence[Variable], within: Iterable[Constraint]) -> Poly:
        """sum(indices if within, poly)."""
        limits = tuple(within)
        if not indices and not limits:
            return poly
        result: Poly = {}
        for (bounds, constraints, factors), coefficient in poly.items():
            self.assemble(
                result, (*indices, *bounds), (*limits, *constraints), factors, coefficient
            )
        return result

    # --- substitution ---

    def substitute(self, poly: Poly, new: Forms) -> Poly:
        """The polynomial with index forms in the place of free variables, laws applied anew."""
        result: Poly = {}
        for key, coefficient in poly.items():
            with self.opening(key) as (bounds, constraints, factors):
                self.emit(result, bounds, constraints, factors, coefficient, new)
        return result

    def emit(
        self,
        out: Poly,
        bounds: Sequence[Variable],
        constraints: Iterable[Constraint],
        factors: Iterable[tuple[Atom, Exponent]],
        coefficient: Number,
        new: Forms,
    ) -> None:
        kept: list[tuple[Atom, Exponent]] = []
        changed: list[Poly] = []
        limits = put_all(constraints, new)
        for atom, power in factors:
            if free(atom).isdisjoint(new):
                kept.append((atom, power))
            elif atom[0] == ACCESS:
                kept.append((self.renamed(atom, new), power))
            else:
                with self.inside(limits):
                    changed.append(self.raised(self.moved(atom, new), power))
        if not changed:
            self.assemble(out, bounds, limits, kept, coefficient)
            return
        term = tuple(bounds), limits, tuple(kept)
        self.add_product(out, term, self.multiply(*changed), coefficient)

    def add_product(self, out: Poly, term: Key, poly: Poly, coefficient: Number) -> None:
        """Add the product of a term and a polynomial, the bound names of which may be the same."""
        bounds, constraints, factors = term
        for key, scale_ in poly.items():
            total = coefficient * scale_
            if not bounds:
                self.assemble(out, key[0], (*constraints, *key[1]), (*factors, *key[2]), total)
                continue
            with self.opening(key) as inner:
                self.assemble(
                    out,
                    (*bounds, *inner[0]),
                    (*constraints, *inner[1]),
                    (*factors, *inner[2]),
                    total,
                )

    def moved(self, atom: Atom, new: Forms) -> Poly:
        """An atom after a substitution, as a polynomial."""
        self.spend(3)
        tag, name, indices, sums = atom
        changed = (tag, name, tuple(put(form, new) for form in indices), sums)
        return self.laws[tag](self, changed, tuple(self.substitute(s.poly(), new) for s in sums))

    def raised(self, poly: Poly, power: Exponent) -> Poly:
        return poly if power == 1 else self.laws["power"](self, _exponent_atom(power), (poly,))

    # --- terms ---

    def assemble(
        self,
        out: Poly,
        bounds: Sequence[Variable],
        constraints: Sequence[Constraint],
        factors: Iterable[tuple[Atom, Exponent]],
        coefficient: Number,
    ) -> None:
        """Add a product of atoms to a polynomial: equal atoms join, powers of sums multiply out."""
        joined = collected(factors)
        expansions: list[Poly] = []
        labels: dict[object, Atom] = {}
        for atom, power in list(joined.items()):
            tag = atom[0]
            if tag in PLAIN:
                continue
            if tag == COMPOUND and power >= 1:
                whole = int(power // 1)
                expansions.append(self.integer_power(atom[3][0].poly(), whole))
                joined[atom] = power - whole
                if not joined[atom]:
                    del joined[atom]
            elif tag == COMPOUND and isinstance(power, int) and _has_other_form(atom[3][0]):
                expansions.append(self.raised(atom[3][0].poly(), power))
                del joined[atom]
            elif tag == PRIME and not 0 <= power < 1:
                whole = power // 1
                coefficient *= fmpq(atom[2][0][0]) ** int(whole)
                joined[atom] = power - whole
                if not joined[atom]:
                    del joined[atom]
            elif tag == FUNCTION and atom[1] == "sin" and isinstance(power, int) and power >= 2:
                cosine = atom_poly((FUNCTION, "cos", (), atom[3]), 2)
                expansions.append(self.integer_power(subtract(constant(UNIT), cosine), power // 2))
                joined[atom] = power % 2
                if not power % 2:
                    del joined[atom]
            elif tag == LABEL and not atom[3]:
                twin = labels.setdefault((atom[1], atom[2][1:]), atom)
                if twin != atom:
                    del joined[atom]
                    same = equal(plus(twin[2][0], atom[2][0], -1))
                    constraints = constraints if same is None else (*constraints, same)
            elif tag == BRACKET and atom[1] == ">":
                joined.pop((BRACKET, ">=", (), atom[3]), None)
        if not expansions:
            self.close(out, bounds, constraints, joined, coefficient)
            return
        rest = tuple(joined.items())
        self.add_product(
            out, (tuple(bounds), tuple(constraints), rest), self.multiply(*expansions), coefficient
        )


def _is_flag(atom: Atom) -> bool:
    """Is this atom 0 or 1, and so its own power?"""
    return atom[0] in (BRACKET, LABEL)


def _has_other_form(base: Sum) -> bool:
    """Is this base of a root written otherwise under a whole power: a monomial, a leading minus?"""
    (bounds, constraints, factors), leading = base.terms[-1]
    if leading < 0:
        return True
    single = len(base.terms) == 1 and not bounds and not constraints
    return single and not any(_is_flag(atom) for atom, _ in factors)


def _exponent_atom(power: Exponent) -> Atom:
    fraction = Fraction(power)
    return ("power", "", ((fraction.numerator, ()), (fraction.denominator, ())), ())
