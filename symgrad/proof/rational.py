"""Arithmetic on polynomials in normal form: products, substitution, and the one form of a term.

    3 x[i] * sum(j, p[j])          = sum(j, 3 p[j] x[i])                  bound names kept apart
    (sum(j, p[j]))^2               = sum(j, k, p[j] p[k])
    sum(i, j if i == j, p[i] g[j]) = sum(j, p[j] g[j])                    see `close`

Every operation returns terms in their one form. Work is counted in steps: beyond the budget, and
outside what can be expressed, `OutOfReach` is raised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import TypeAlias

from flint import fmpq

from symgrad.proof.canonical import level, named, pivots, put_all
from symgrad.proof.elimination import (
    ONCE,
    fixed,
    interval,
    other_floor,
    power_sum,
    whole_label,
)
from symgrad.proof.surroundings import Surroundings
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
    accumulate,
    atom_poly,
    collected,
    constant,
    forms,
    free,
    height,
    placed,
    scale,
    subtract,
)
from symgrad.sets.affine import (
    ATLEAST,
    FALSE,
    Affine,
    Constraint,
    Variable,
    equal,
    is_index_variable,
    plus,
    put,
    slope_of,
    variable,
)
from symgrad.sets.indexsets import IndexSets

MOST_SUMMED = 12
"""The highest power of an index that is summed over a range."""

MOST_MULTIPLIED = 64
"""The highest power of a sum that is multiplied out."""

PLAIN = frozenset({ACCESS, INDEX, EXTENT, EXP, PARTIAL, REDUCTION, BODY})
"""Atoms whose powers are powers of the same atom, whatever the exponent."""

Law: TypeAlias = "Callable[[Algebra, Atom, tuple[Poly, ...]], Poly]"


class Algebra(Surroundings):
    """Operations on polynomials under known facts about integers, within a budget of steps.

    `laws[tag](algebra, atom, sums)` makes an atom anew from changed inner sums.
    """

    def __init__(
        self,
        laws: Mapping[str, Law],
        sets: IndexSets,
        budget: int = 60_000,
    ) -> None:
        super().__init__(sets, budget)
        self.laws = laws
        self._puts: dict[tuple[object, ...], Sum] = {}
        self._depth = 0
        self._open = 0

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

    def opened(self, key: Key) -> Key:
        """The same term under bound names that occur nowhere else."""
        return self._under(key, [self.fresh() for _ in key[0]]) if key[0] else key

    @contextmanager
    def opening(self, key: Key) -> Iterator[Key]:
        """The same term under bound names that nothing else has while it is worked on.

        Whatever leaves the block must be closed again. The next term opened at this depth gets the
        same names, so that what was made of its parts before is found again.
        """
        if not key[0]:
            yield key
            return
        self._open += 1
        try:
            yield self._under(key, [f"@o{self._open}.{n}" for n in range(len(key[0]))])
        finally:
            self._open -= 1

    def _under(self, key: Key, names: Sequence[Variable]) -> Key:
        bounds, constraints, factors = key
        new = {old: variable(name) for old, name in zip(bounds, names, strict=True)}
        return (
            tuple(names),
            put_all(constraints, new),
            tuple((self.renamed(atom, new), power) for atom, power in factors),
        )

    # --- substitution ---

    def renamed(self, atom: Atom, new: Forms) -> Atom:
        """The atom with variables renamed apart; no law applies anew."""
        self.spend()
        tag, name, indices, sums = atom
        return (
            tag,
            name,
            tuple(put(form, new) for form in indices),
            tuple(self._renamed_sum(inner, new) for inner in sums),
        )

    def _renamed_sum(self, inner: Sum, new: Forms) -> Sum:
        relevant = tuple(sorted((n, form) for n, form in new.items() if n in inner.free))
        if not relevant:
            return inner
        place = inner, relevant, self.context
        done = self._puts.get(place)
        if done is None:
            result: Poly = {}
            for (bounds, constraints, factors), coefficient in inner.terms:
                self.close(
                    result,
                    bounds,
                    put_all(constraints, new),
                    collected((self.renamed(atom, new), power) for atom, power in factors),
                    coefficient,
                )
            done = self._puts[place] = self.freeze(result)
        return done

    def substitute(self, poly: Poly, new: Forms) -> Poly:
        """The polynomial with index forms in the place of free variables, laws applied anew."""
        result: Poly = {}
        for key, coefficient in poly.items():
            with self.opening(key) as (bounds, constraints, factors):
                self._emit(result, bounds, constraints, factors, coefficient, new)
        return result

    def _emit(
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

    def close(
        self,
        out: Poly,
        bounds: Sequence[Variable],
        constraints: Sequence[Constraint],
        factors: dict[Atom, Exponent],
        coefficient: Number,
    ) -> None:
        """Add one term, in its one form, to a polynomial."""
        self.spend(1 + len(factors) // 2 + len(bounds) * len(constraints) // 4)
        if FALSE in constraints:
            return
        if not bounds:
            if constraints:
                needed = self._needed(constraints, ())
                if needed is None:
                    return
                constraints = needed
            items = factors.items()
            ordered = tuple(sorted(items) if len(factors) > 1 else items)
            accumulate(out, ((), tuple(constraints), ordered), coefficient)
            return
        top = max((height(atom) for atom in factors), default=0)
        if any(level(name) <= top for name in bounds):
            # A term that was joined with a higher one: its bound names may occur in there.
            bounds, constraints, renamed = self.opened(
                (tuple(bounds), tuple(constraints), tuple(factors.items()))
            )
            factors = dict(renamed)
        self._depth += 1
        if self._depth > 200:
            raise OutOfReach("nested too deeply")
        try:
            self._close_bound(out, tuple(bounds), tuple(set(constraints)), factors, coefficient)
        finally:
            self._depth -= 1

    def _close_bound(
        self,
        out: Poly,
        bounds: tuple[Variable, ...],
        constraints: tuple[Constraint, ...],
        factors: dict[Atom, Exponent],
        coefficient: Number,
    ) -> None:
        uses = Counter(name for atom in factors for name in free(atom))
        found = fixed(bounds, constraints, {name for atom in factors for name in placed(atom)})
        if found is not None:
            name, value = found
            rest = tuple(bound for bound in bounds if bound != name)
            self._emit(out, rest, constraints, factors.items(), coefficient, {name: value})
            return
        floor = other_floor(self.sets.tied, bounds, constraints, factors)
        if floor is not None:
            name, value = floor
            told = not slope_of(value, name)
            rest = tuple(bound for bound in bounds if bound != name or not told)
            self._emit(out, rest, constraints, factors.items(), coefficient, {name: value})
            return
        shifted = {
            form
            for atom in factors
            for form in forms(atom)
            if any(name in bounds for name, _ in form[1])
        }
        if shifted:
            new = {form: variable(self.fresh()) for form in sorted(shifted)}
            added = tuple(equal(plus(name, form, -1)) for form, name in new.items())
            self.close(
                out,
                (*bounds, *(name[1][0][0] for name in new.values())),
                (*constraints, *(item for item in added if item is not None)),
                collected((self._reformed(atom, new), power) for atom, power in factors.items()),
                coefficient,
            )
            return
        label = whole_label(self.implied, bounds, constraints, factors)
        if label is not None:
            atom, name, others = label
            rest = tuple(bound for bound in bounds if bound != name)
            left = {other: power for other, power in factors.items() if other != atom}
            self.close(out, rest, others, left, coefficient)
            return
        for name in bounds:
            if uses[name] <= 1 and self._counted(
                out, name, bounds, constraints, factors, coefficient
            ):
                return
        needed = self._needed(constraints, bounds)
        if needed is None:
            return
        key = named(self.renamed, bounds, needed, factors)
        equations = pivots(key[1], key[0])
        if equations:
            self._told(out, key, equations, coefficient)
        else:
            accumulate(out, key, coefficient)

    def _told(self, out: Poly, key: Key, told: dict[Variable, Affine], coefficient: Number) -> None:
        """Add a term in which equations say what bound indices are, also in the sums inside.

        sum(j, k if k == $i + j, u[k] exp(sum(l < k - j, v[l]))): there k - j is $i.
        """
        bounds, constraints, factors = key
        # Put in, they may say what is known: $i >= 1 for j >= 1 and j == $i.
        needed = self._needed(constraints, bounds)
        if needed is None:
            return
        moved = tuple((self._told_inside(atom, told), power) for atom, power in factors)
        if moved == factors:
            accumulate(out, (bounds, needed, factors), coefficient)
        elif len({atom for atom, _ in moved}) == len(factors):
            accumulate(out, (bounds, needed, tuple(sorted(moved))), coefficient)
        else:
            self.assemble(out, bounds, needed, moved, coefficient)

    def _told_inside(self, atom: Atom, told: dict[Variable, Affine]) -> Atom:
        """An atom whose sums are limited by told indices; those in places stay as they are."""
        tag, name, places, sums = atom
        if all(inner.free.isdisjoint(told) for inner in sums):
            return atom
        limits = told.keys() - placed(atom)
        new = {index: told[index] for index in limits}
        return tag, name, places, tuple(self._renamed_sum(inner, new) for inner in sums)

    def _counted(
        self,
        out: Poly,
        name: Variable,
        bounds: tuple[Variable, ...],
        constraints: tuple[Constraint, ...],
        factors: dict[Atom, Exponent],
        coefficient: Number,
    ) -> bool:
        """Sum a power of an index that no other atom uses, if its range is an interval."""
        own: Atom = (INDEX, "", (variable(name),), ())
        power = factors.get(own, 0)
        if not isinstance(power, int) or not 0 <= power <= MOST_SUMMED:
            return False
        if any(name in free(atom) for atom in factors if atom != own):
            return False
        counted = interval(self.implied, name, constraints)
        if counted is None:
            return False
        lower, upper, others = counted
        if power and (lower, upper) == (ONCE, ONCE):
            return False
        left = [item for item in factors.items() if item[0] != own]
        rest = tuple(bound for bound in bounds if bound != name)
        below = plus(lower, ONCE, -1)
        for degree, value in enumerate(power_sum(power)):
            for end, sign in ((upper, 1), (below, -1)):
                number = fmpq(value.numerator, value.denominator) * sign
                raised = self.integer_power(self.form_poly(end), degree) if value else {}
                for term, scale_ in raised.items():
                    pairs = (*left, *term[2])
                    self.assemble(out, rest, others, pairs, coefficient * number * scale_)
        return True

    def form_poly(self, form: Affine) -> Poly:
        """An index form as a number."""
        result = constant(form[0])
        for name, slope in form[1]:
            if is_index_variable(name):
                atoms: list[Atom] = [(INDEX, "", (variable(name),), ())]
            else:  # P*Q is a product of extents
                atoms = [(EXTENT, part, (), ()) for part in name.split("*")]
            factors = collected((atom, 1) for atom in atoms)
            accumulate(result, ((), (), tuple(sorted(factors.items()))), fmpq(slope))
        return result

    def _reformed(self, atom: Atom, new: Mapping[Affine, Affine]) -> Atom:
        """The atom with index forms replaced whole."""
        tag, name, indices, sums = atom
        inner = []
        for found in sums:
            if found.forms.isdisjoint(new):
                inner.append(found)
                continue
            result: Poly = {}
            for (bounds, constraints, factors), coefficient in found.terms:
                changed = collected((self._reformed(part, new), power) for part, power in factors)
                self.close(result, bounds, constraints, changed, coefficient)
            inner.append(self.freeze(result))
        return (tag, name, tuple(new.get(form, form) for form in indices), tuple(inner))

    def _needed(
        self, constraints: Iterable[Constraint], bounds: Sequence[Variable]
    ) -> tuple[Constraint, ...] | None:
        """The constraints that do not always hold; None where they never do."""
        needed = []
        for item in sorted(strictest(constraints)):
            if item in self.known:
                continue
            if not any(name in bounds for name, _ in item[1][1]):
                free_ = [name for name, _ in item[1][1] if is_index_variable(name)]
                if all(name[0] == "$" for name in free_):
                    if item[0] == ATLEAST and self.implied(item, self.known):
                        continue
                    if item[0] == ATLEAST:
                        never = self.implied((ATLEAST, plus((-1, ()), item[1], -1)), self.known)
                    else:
                        never = self.implied(
                            (ATLEAST, plus((-1, ()), item[1], -1)), self.known
                        ) or self.implied((ATLEAST, plus((-1, ()), item[1])), self.known)
                    if never:
                        return None
            needed.append(item)
        return tuple(needed)


def strictest(constraints: Iterable[Constraint]) -> set[Constraint]:
    """Of j >= 0 and j >= 1 the second."""
    least: dict[Affine, int] = {}
    found = set(constraints)
    for kind, (number, parts) in found:
        if kind == ATLEAST:
            least[0, parts] = min(number, least.get((0, parts), number))
    return {
        (kind, (number, parts))
        for kind, (number, parts) in found
        if kind != ATLEAST or number == least[0, parts]
    }


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
