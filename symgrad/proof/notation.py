"""Normal forms as expressions of a program: the way back.

    {(@1.0 | 1 <= @1.0 <= J | s[$0, @1.0] under exp): 1}    is    sum(j in 1..J, exp(s[b, j]))

What a term leaves unnamed gets the names that people gave: a bound index that of the axis on which
it stands. A bound index that an equation fixes is written as what it equals (`I[i + l - 1]`),
conditions that follow from others are left out, and factors that no bound index touches stand
before the sum. Read again, an expression has the normal form that it was written from; nothing that
is proved depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain
from typing import TypeAlias

import sympy
from sympy import Expr, Integer, Rational, Tuple
from sympy.logic.boolalg import Boolean

from symgrad import expressions
from symgrad.expressions import add, call, element, extent, index, mul, partial, reciprocal
from symgrad.heads import ArgmaxOver, Bracket, Limit, MaxOver, Reduction, SumOver
from symgrad.proof.holes import everywhere, leading
from symgrad.proof.limits import Implied, Ranges, described, eliminated, reduced
from symgrad.proof.terms import (
    ACCESS,
    BRACKET,
    COMPOUND,
    EXP,
    EXTENT,
    FUNCTION,
    INDEX,
    LABEL,
    PARTIAL,
    PRIME,
    REDUCTION,
    Atom,
    Exponent,
    Key,
    Number,
    Poly,
    Terms,
    forms,
    free,
)
from symgrad.separation.recurrence import CARRIED
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Affine,
    Constraint,
    Variable,
    is_index_variable,
    plain,
)
from symgrad.sets.literals import conjunction

Conventions: TypeAlias = Mapping[tuple[str, int], Sequence[str]]

LETTERS = "ijklmnpqrtuvw"
ORDER = (EXTENT, PRIME, INDEX, BRACKET, LABEL, ACCESS)
"""The factors that stand first in a product, in this order; others come behind."""


@dataclass(frozen=True)
class Notation:
    """The names in force where a normal form is written.

    places       what each free or bound variable is called, or equals
    conventions  the names that the programs give to the indices of an axis
    taken        names that no bound index may have
    implied      does a condition follow from others?
    around       what holds of the indices of the sums around
    """

    places: Mapping[Variable, Expr] = field(default_factory=dict)
    conventions: Conventions = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    implied: Implied = lambda condition, others: condition in set(others)
    around: tuple[Constraint, ...] = ()

    # --- names ---

    def named(self, variables: Iterable[Variable], atoms: Sequence[Atom]) -> Notation:
        """The notation with names for more free variables, after the axes on which they stand."""
        found = self
        for name in variables:
            found = replace(found, places={**found.places, name: index(found._name(name, atoms))})
        return found

    def at(self, forms: Mapping[Variable, Affine]) -> Notation:
        """The notation in which more free variables are what index forms say."""
        return replace(
            self,
            places={**self.places, **{name: self.index(form) for name, form in forms.items()}},
        )

    def held(self, name: str, value: Affine, places: Iterable[Affine]) -> Expr:
        """[name[places] == value], for an array that holds an index."""
        read = element(shown(name), *map(self.index, places))
        return Bracket(sympy.Eq(read, self.index(value), evaluate=False))

    # --- sums ---

    def expression(self, poly: Poly) -> Expr:
        """The whole sum, what is added before what is subtracted."""
        terms = sorted(poly.items(), key=lambda item: item[1] < 0)
        return add(*(self.term(key, coefficient) for key, coefficient in terms))

    def term(self, key: Key, coefficient: Number) -> Expr:
        bounds, constraints, factors = key
        if not bounds:
            held = [self._bracket(constraints)] if constraints else []
            return self._product(coefficient, factors, held)
        outside: list[tuple[Atom, Exponent]] = []
        inside: list[tuple[Atom, Exponent]] = []
        for atom, power in factors:
            # What stands off its axis for some value of a bound index stays under its condition.
            moves = free(atom).isdisjoint(bounds) and not any(forms(atom))
            (outside if moves else inside).append((atom, power))
        inner, found = self.bound(bounds, constraints, [atom for atom, _ in factors])
        conditions = inner.conditions(found.conditions)
        if not found.limits:
            held = [] if conditions is sympy.true else [Bracket(conditions)]
            return inner._product(coefficient, factors, held)
        body = inner._product(1, inside, [])
        total = SumOver.over(inner.limits(found), body, conditions)
        return self._product(coefficient, outside, [], [total])

    def _product(
        self,
        coefficient: Number,
        factors: Iterable[tuple[Atom, Exponent]],
        before: Iterable[Expr],
        behind: Iterable[Expr] = (),
    ) -> Expr:
        """coefficient * before * numerators * behind / denominators; exponentials are joined."""
        exponent: list[Expr] = []
        above: list[Expr] = []
        below: list[Expr] = []
        for atom, power in sorted(factors, key=_standing):
            if atom[0] == EXP:
                ((key, _),) = atom[3][0].terms
                exponent.append(self.term(key, _rational(power)))
            elif power < 0:
                below.append(reciprocal(_raised(self.atom(atom), -power)))
            else:
                above.append(_raised(self.atom(atom), power))
        if exponent:
            above.append(call("exp", add(*exponent)))
        number = _rational(coefficient)
        rest = [*before, *above, *behind, *below]
        return mul(*rest) if number == 1 and rest else mul(number, *rest)

    # --- indices ---

    def index(self, form: Affine) -> Expr:
        """An index form, at the names in force."""
        number, parts = form
        return sympy.Add(Integer(number), *(slope * self._place(name) for name, slope in parts))

    def _place(self, name: Variable) -> Expr:
        if is_index_variable(name):
            return self.places[name]
        return sympy.Mul(*map(extent, name.split("*")))  # P*Q is a product of extents

    def bound(
        self,
        bounds: Sequence[Variable],
        constraints: Iterable[Constraint],
        atoms: Sequence[Atom],
        *,
        as_they_stand: bool = False,
    ) -> tuple[Notation, Ranges]:
        """The names inside a sum, and the ranges of its indices with the conditions that remain."""
        fixed: dict[Variable, Affine] = {}
        every = items = tuple(constraints)
        if not as_they_stand:
            fixed, items = eliminated(bounds, items)
        left = [name for name in bounds if name not in fixed]
        found = described(left, items, self.implied, as_they_stand)
        inner = self.named([name for name, _, _ in found.limits], atoms)
        inner = replace(inner, around=(*self.around, *every))
        return inner.at(fixed), found

    def limits(self, found: Ranges) -> list[Limit]:
        return [
            (self.places[name], self._end(lower, sympy.ceiling), self._end(upper, sympy.floor))
            for name, lower, upper in found.limits
        ]

    def _end(self, end: tuple[Affine, int], rounded: type[Expr]) -> Expr:
        form, divisor = end
        whole = self.index(form)
        return whole if divisor == 1 else rounded(whole / divisor)

    def _name(self, name: Variable, atoms: Iterable[Atom]) -> str:
        """A name for a bound index: of the axis on which it stands, or the next letter."""
        places = self.places.values()
        used = self.taken | {str(symbol) for place in places for symbol in place.free_symbols}
        wanted = [
            convention
            for array, position in _standings(name, atoms)
            for convention in self.conventions.get((array, position), ())
        ]
        # Beside j stands k: the letters that follow the first choice come next.
        later = [letter for letter in LETTERS if wanted and letter > wanted[0]]
        numbered = (f"{letter}{n}" for n in range(1, 1000) for letter in LETTERS)
        choices = chain(wanted, later, LETTERS, numbered)
        return next(choice for choice in choices if choice not in used)

    # --- conditions ---

    def conditions(self, constraints: Iterable[Constraint]) -> Boolean:
        return conjunction(map(self._condition, constraints))

    def _bracket(self, constraints: Iterable[Constraint]) -> Expr:
        return Bracket(self.conditions(reduced(self.implied, tuple(constraints))))

    def _condition(self, item: Constraint) -> Boolean:
        """form >= 0 and form == 0 with what is subtracted on the other side."""
        kind, (number, parts) = item
        low = tuple((name, -slope) for name, slope in parts if slope < 0)
        high = tuple((name, slope) for name, slope in parts if slope > 0)
        if kind == ATLEAST and number == -1 and low:
            return sympy.StrictLessThan(self.index((0, low)), self.index((0, high)), evaluate=False)
        less, more = self.index((max(-number, 0), low)), self.index((max(number, 0), high))
        if kind == EQUAL:
            return sympy.Eq(more, less, evaluate=False)
        return sympy.LessThan(less, more, evaluate=False)

    # --- atoms ---

    def atom(self, atom: Atom) -> Expr:
        """An atom by the row of its tag."""
        return WRITERS[atom[0]](self, atom)

    def _access(self, atom: Atom) -> Expr:
        return element(shown(atom[1]), *map(self.index, atom[2]))

    def _partial(self, atom: Atom) -> Expr:
        function, _, orders = atom[1].partition(":")
        return partial(function, map(int, orders.split(",")), *self._arguments(atom))

    def _arguments(self, atom: Atom) -> list[Expr]:
        return [self.expression(inner.poly()) for inner in atom[3]]

    def _relation(self, atom: Atom) -> Expr:
        """[u - v > 0] as [u > v]."""
        poly = atom[3][0].poly()
        left = self.expression({key: value for key, value in poly.items() if value > 0})
        right = self.expression({key: -value for key, value in poly.items() if value < 0})
        head = sympy.StrictGreaterThan if atom[1] == ">" else sympy.GreaterThan
        return Bracket(head(left, right, evaluate=False))

    def _label(self, atom: Atom) -> Expr:
        if atom[3]:
            argmax = self._reduction(ArgmaxOver, atom)
            places = tuple(map(self.index, atom[2]))
            place = places[0] if len(places) == 1 else Tuple(*places)
            return Bracket(sympy.Eq(place, argmax, evaluate=False))
        value, _, _, *at = atom[2]
        return self.held(atom[1], value, at)

    def _maximum(self, atom: Atom) -> Expr:
        return self._reduction(MaxOver, atom)

    def _reduction(self, head: type[Reduction], atom: Atom) -> Expr:
        terms = atom[3][0].terms
        bounds, constraints, ((body, _),) = leading(atom[3][0].poly())
        if len(terms) > 1:
            constraints = everywhere(self._implied_here, atom[3][0].poly())
        order = [name for form in body[2] if (name := plain(form)) is not None] or bounds
        # The place of the largest is told by these alone; the others follow from them.
        fixed, items = eliminated([name for name in bounds if name not in order], constraints)
        named, found = self.bound(order, items, [body], as_they_stand=True)
        inner = named.at(fixed)
        value = inner.expression(body[3][0].poly())
        held = [inner.conditions(found.conditions)]
        if len(terms) > 1:
            held.append(inner._within_parts(body[2], constraints, terms))
        return head.over(inner.limits(found), value, conjunction(held))

    def _implied_here(self, condition: Constraint, others: Iterable[Constraint]) -> bool:
        return self.implied(condition, (*others, *self.around))

    def _within_parts(
        self, places: Sequence[Affine], known: Collection[Constraint], terms: Terms
    ) -> Boolean:
        """Where an index set with holes has its points: in the first part, and not in the others.

        In general it is where the parts count 1.
        """
        parts = [(self._within(places, known, key), value) for key, value in terms]
        plus = [held for held, value in parts if value > 0]
        minus = [held for held, value in parts if value < 0]
        if len(plus) == 1 and len(parts) == 2:
            return conjunction([*plus, opposite(minus[0])])
        if not minus:
            return sympy.Or(*plus, evaluate=False)
        count = add(*(_times(value, Bracket(held)) for held, value in parts))
        return sympy.Eq(count, Integer(1), evaluate=False)

    def _within(self, places: Sequence[Affine], known: Collection[Constraint], key: Key) -> Boolean:
        """The conditions of a part of an index set, by the names of the first."""
        bounds, constraints, ((body, _),) = key
        names: dict[Variable, Expr] = {}
        told: list[tuple[Expr, Affine]] = []
        for form, place in zip(body[2], map(self.index, places), strict=True):
            name = plain(form)
            if name in bounds and name not in names:
                names[name] = place
            else:
                told.append((place, form))
        inner = replace(self, places={**self.places, **names})
        met = [sympy.Eq(place, inner.index(form), evaluate=False) for place, form in told]
        left = (
            item
            for item in constraints
            if item not in known and not (self.around and self._implied_here(item, ()))
        )
        return conjunction([*met, inner.conditions(left)])


WRITERS: dict[str, Callable[[Notation, Atom], Expr]] = {
    ACCESS: Notation._access,
    EXTENT: lambda _, atom: extent(atom[1]),
    INDEX: lambda notation, atom: notation.index(atom[2][0]),
    PRIME: lambda _, atom: Integer(atom[2][0][0]),
    LABEL: Notation._label,
    FUNCTION: lambda notation, atom: call(atom[1], *notation._arguments(atom)),
    PARTIAL: Notation._partial,
    COMPOUND: lambda notation, atom: notation.expression(atom[3][0].poly()),
    BRACKET: Notation._relation,
    REDUCTION: Notation._maximum,
}
"""How each kind of atom is written. `EXP` joins others of its product, `BODY` has a reduction."""


def shown(name: str) -> str:
    """The name of an array as people know it, without the marks of the prover."""
    whole, _, number = name.rstrip("*").replace("@0", ".start").partition(CARRIED)
    return f"{whole}.end{number if int(number) > 1 else ''}" if number else whole


def opposite(condition: Boolean) -> Boolean:
    """Where a condition does not hold: i != j for i == j."""
    if isinstance(condition, sympy.Eq):
        return sympy.Ne(*condition.args, evaluate=False)
    return sympy.Not(condition, evaluate=False)


def _times(number: Number, value: Expr) -> Expr:
    return value if number == 1 else mul(_rational(number), value)


def _raised(base: Expr, power: Exponent) -> Expr:
    return expressions.power(base, _rational(power))


def _rational(number: Number) -> Rational:
    if isinstance(number, (int, Fraction)):
        return Rational(number.numerator, number.denominator)
    return Rational(int(number.p), int(number.q))


def _standing(factor: tuple[Atom, Exponent]) -> int:
    tag = factor[0][0]
    return ORDER.index(tag) if tag in ORDER else len(ORDER)


def _standings(name: Variable, atoms: Iterable[Atom]) -> Iterator[tuple[str, int]]:
    """The axes on which an index stands alone."""
    for atom in atoms:
        if atom[0] == ACCESS:
            for position, form in enumerate(atom[2]):
                if plain(form) == name:
                    yield shown(atom[1]), position
        for inner in atom[3]:
            if name in inner.free:
                yield from _standings(name, (part for key, _ in inner.terms for part, _ in key[2]))
