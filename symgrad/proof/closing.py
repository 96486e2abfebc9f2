"""The one form of a term.

    sum(i, j if i == j, p[i] g[j])     sum(j, p[j] g[j])                   equations are put in
    sum(i, p[i + 1])                   sum(i, k if k == i + 1, p[k])       places are plain indices
    sum(i, 3)                          3 N                                 what nothing uses counts

Bound names are given by where they stand, so that terms that are equal but for them are equal.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from flint import fmpq

from symgrad.proof.canonical import level, named, pivots, put_all
from symgrad.proof.elimination import ONCE, fixed, interval, other_floor, power_sum, whole_label
from symgrad.proof.surroundings import Surroundings
from symgrad.proof.terms import (
    EXTENT,
    INDEX,
    Atom,
    Exponent,
    Forms,
    Key,
    Number,
    OutOfReach,
    Poly,
    Sum,
    accumulate,
    collected,
    constant,
    forms,
    free,
    height,
    placed,
)
from symgrad.sets.affine import (
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


class Closing(Surroundings, ABC):
    """Terms under bound names, and how they are closed again."""

    def __init__(self, sets: IndexSets, budget: int, owner: str = "") -> None:
        super().__init__(sets, budget, owner)
        self._puts: dict[tuple[object, ...], Sum] = {}
        self._depth = 0
        self._open = 0

    @abstractmethod
    def emit(
        self,
        out: Poly,
        bounds: Sequence[Variable],
        constraints: Iterable[Constraint],
        factors: Iterable[tuple[Atom, Exponent]],
        coefficient: Number,
        new: Forms,
    ) -> None:
        """Add a term with index forms in the place of variables, laws applied anew."""

    @abstractmethod
    def assemble(
        self,
        out: Poly,
        bounds: Sequence[Variable],
        constraints: Sequence[Constraint],
        factors: Iterable[tuple[Atom, Exponent]],
        coefficient: Number,
    ) -> None:
        """Add a product of atoms to a polynomial: equal atoms join, powers of sums multiply out."""

    @abstractmethod
    def integer_power(self, poly: Poly, times: int) -> Poly:
        """poly ^ times."""

    # --- bound names ---

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

    # --- closing ---

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
                needed = self.needed(constraints, ())
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
            self.emit(out, rest, constraints, factors.items(), coefficient, {name: value})
            return
        floor = other_floor(self.sets.tied, bounds, constraints, factors)
        if floor is not None:
            name, value = floor
            told = not slope_of(value, name)
            rest = tuple(bound for bound in bounds if bound != name or not told)
            self.emit(out, rest, constraints, factors.items(), coefficient, {name: value})
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
        needed = self.needed(constraints, bounds)
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
        needed = self.needed(constraints, bounds)
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
