"""What is known of sums: their signs, where they can vanish, whether they tell indices apart.

`nonvanishing` proves that a sum is zero at most on a null set of inputs, for every extent: an
analytic function that is not zero at one point is zero almost nowhere, and the points tried set
each input array to 0 or 1 throughout. Answers are one-sided: True is a proof, False says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Self

from symgrad.proof.monotone import increasing_in
from symgrad.proof.nonempty import nonempty
from symgrad.proof.origin import at_one_place, at_origin
from symgrad.proof.rational import Algebra
from symgrad.proof.replacing import mapped
from symgrad.proof.signs import Signs
from symgrad.proof.terms import (
    ACCESS,
    COMPOUND,
    EXP,
    EXTENT,
    FUNCTION,
    ONE,
    PARTIAL,
    REDUCTION,
    UNIT,
    Atom,
    Exponent,
    Key,
    Poly,
    Sum,
    add,
    arrays,
    scale,
    subtract,
)
from symgrad.separation.recurrence import CARRIED
from symgrad.sets.affine import (
    Constraint,
    Variable,
    atleast,
    constant,
    equal,
    plain,
    plus,
    variable,
)

MOST_ELEMENTS = 12
"""So many elements are compared with each other."""


class Facts(Signs):
    """What is declared of a program, and what follows from it.

    `formals(name)` are the indices of what `definition(name)` holds; `determined` tells whether
    places and constraints leave at most one value to hidden indices.
    """

    def __init__(
        self,
        templates: Mapping[Sum, bool],
        generic: Callable[[str], bool],
        definition: Callable[[str], Poly | None],
        formals: Callable[[str], tuple[Variable, ...]],
        determined: Callable[[Sequence[Variable], Iterable[Constraint], Sequence[Variable]], bool],
    ) -> None:
        super().__init__(templates, generic, definition)
        self.formals = formals
        self.determined = determined
        self._nonvanishing: dict[str, bool] = {}
        self._dependences: dict[tuple[str, str], bool] = {}

    def learn(self, other: Self) -> None:
        super().learn(other)
        self._nonvanishing |= other._nonvanishing

    # --- zeros ---

    def nonvanishing(self, algebra: Algebra, poly: Poly) -> bool:
        """Is the sum zero at most on a null set of inputs, for all extents and free indices?"""
        if not poly:
            return False
        if len(poly) == 1:
            (key,) = poly
            if not key[0] and not key[1]:
                return all(self._atom_nonvanishing(algebra, atom) for atom, _ in key[2])
        if self.positive(algebra, poly) or self.positive(algebra, scale(poly, -1)):
            return True
        if at_origin(self.generic, poly):
            return True
        return (
            self._independent(algebra, poly)
            or self._has_its_own(algebra, poly)
            or any(self._single_sign(algebra, poly, key) for key in poly)
            or self._of_maximum(algebra, poly)
            or self._at_one_place(algebra, poly)
        )

    def _has_its_own(self, algebra: Algebra, poly: Poly) -> bool:
        """Is it a polynomial in an input x[i] that nothing else in it depends on, and not zero?

        w x + x v + u, where w + v is zero almost nowhere: whatever the other inputs are, but for a
        null set of them, almost no x makes the sum zero then.
        """
        met = Counter(
            name for _, _, factors in poly for atom, _ in factors for name in arrays(atom)
        )
        inputs = {atom for _, _, factors in poly for atom, _ in factors if self._is_input(atom)}
        return any(
            self._is_free_of(met, held[1])
            and any(
                self._nonzero_at_sight(algebra, part) for part in _powers(poly, held, met[held[1]])
            )
            for held in sorted(inputs)
        )

    def _is_free_of(self, names: Iterable[str], held: str) -> bool:
        """Does no other array depend on an input?"""
        return not any(self._depends(name, held) for name in names if name != held)

    def _nonzero_at_sight(self, algebra: Algebra, poly: Poly) -> bool:
        """Is a sum zero almost nowhere by its only term, or by its sign?"""
        if len(poly) > 1:
            plain = not any(bounds or constraints for bounds, constraints, _ in poly)
            return plain and (
                self.positive(algebra, poly) or self.positive(algebra, scale(poly, -1))
            )
        return all(
            nonempty(algebra, key) and all(self._atom_nonvanishing(algebra, a) for a, _ in key[2])
            for key in poly
        )

    def _is_input(self, atom: Atom) -> bool:
        return atom[0] == ACCESS and self.generic(atom[1])

    def _depends(self, name: str, on: str) -> bool:
        """May an array depend on an input, through definitions?"""
        found = self.definition(name)
        if found is None:
            return CARRIED in name or _origin(name) == _origin(on)
        pair = name, on
        if pair not in self._dependences:
            words = {
                read for _, _, factors in found for atom, _ in factors for read in arrays(atom)
            }
            self._dependences[pair] = any(self._depends(word, on) for word in words)
        return self._dependences[pair]

    def _at_one_place(self, algebra: Algebra, poly: Poly) -> bool:
        """Has a sum of products of inputs a sign where one input is 1 at its first place alone?"""
        products = [self._product(key) for key in poly]
        names = {name for product in products for name in product or ()}
        return None not in products and any(
            (value := at_one_place(algebra, poly, name))
            and any(self.positive(algebra, side) for side in (value, scale(value, -1)))
            for name in sorted(names)
        )

    def _of_maximum(self, algebra: Algebra, poly: Poly) -> bool:
        """max(k, u) + v is zero almost nowhere if u + v is at each k, for it is one of these."""
        for key, coefficient in poly.items():
            bounds, constraints, factors = key
            if bounds or constraints or len(factors) != 1 or factors[0][1] != 1:
                continue
            top = factors[0][0]
            if top[:2] != (REDUCTION, "max"):
                continue
            rest = {other: value for other, value in poly.items() if other != key}
            one = add(rest, scale(self.body_of(algebra, top), coefficient))
            return self.nonvanishing(algebra, one)
        return False

    def distinct(
        self,
        algebra: Algebra,
        poly: Poly,
        indices: Sequence[Variable],
        constraints: Iterable[Constraint],
    ) -> bool:
        """Does the sum take different values at different indices, for almost all inputs?

        It does if one of its terms is a sum of products of inputs, each array once, of which each
        product tells the indices, and no other term has products of the same arrays: then the
        polynomials in the inputs differ. An increasing function of such a sum does, too.
        """
        poly = self.unfolded(algebra, poly)
        inner = increasing_in(poly)
        if inner is not None:
            return self.distinct(algebra, inner, indices, constraints)
        opened = [algebra.opened(key) for key in poly]
        products = [self._product(key) for key in opened]
        if None in products:
            return False
        return any(
            products.count(product) == 1
            and product
            and self._tells(algebra, key, indices, constraints)
            for key, product in zip(opened, products, strict=True)
        )

    def _product(self, key: Key) -> tuple[str, ...] | None:
        """The inputs of which a term has products, with repetitions."""
        found: list[str] = []
        for (tag, name, _, _), power in key[2]:
            if tag == EXTENT:
                continue
            if tag != ACCESS or not isinstance(power, int) or power < 1 or not self.generic(name):
                return None
            found += [name] * power
        return tuple(sorted(found))

    def _tells(
        self,
        algebra: Algebra,
        key: Key,
        indices: Sequence[Variable],
        constraints: Iterable[Constraint],
    ) -> bool:
        """Does each product of a term, each array once, tell the indices?"""
        bounds, own, factors = key
        arrays = [atom[1] for atom, _ in factors if atom[0] == ACCESS]
        if len(set(arrays)) != len(arrays):
            return False
        told: list[Variable] = []
        within = [*constraints, *own]
        for form in sorted({form for atom, _ in factors for form in atom[2]}):
            name = plain(form) or algebra.fresh()
            told.append(name)
            if plain(form) is None:
                same = equal(plus(variable(name), form, -1))
                within += [] if same is None else [same]
        hidden = [name for name in (*indices, *bounds) if name not in told]
        return not hidden or self.determined(told, within, hidden)

    def unfolded(self, algebra: Algebra, poly: Poly) -> Poly:
        """The sum with every computed array put in by its definition."""

        def change(atom: Atom) -> Poly | None:
            found = self.definition(atom[1]) if atom[0] == ACCESS else None
            if found is None:
                return None
            new = dict(zip(self.formals(atom[1]), atom[2], strict=True))
            return self.unfolded(algebra, algebra.substitute(found, new))

        return mapped(algebra, poly, change, (ACCESS,))

    def _atom_nonvanishing(self, algebra: Algebra, atom: Atom) -> bool:
        tag, name, _, sums = atom
        if tag == ACCESS:
            if self.generic(name):
                return True
            if name not in self._nonvanishing:
                self._nonvanishing[name] = False
                self._nonvanishing[name] = self._array_positive(algebra, name, True) or (
                    self._through(name, lambda poly: self.nonvanishing(algebra, poly))
                )
            return self._nonvanishing[name]
        if tag == COMPOUND or (tag == FUNCTION and name == "tanh"):
            return self.nonvanishing(algebra, sums[0].poly())
        if tag == REDUCTION:
            return self.nonvanishing(algebra, self.body_of(algebra, atom))
        if tag == FUNCTION and name == "log":
            return self.nonvanishing(algebra, subtract(sums[0].poly(), {ONE: UNIT}))
        return tag == PARTIAL or self.atom_positive(algebra, atom)

    def _independent(self, algebra: Algebra, poly: Poly) -> bool:
        """Distinct monomials in elements: in all terms, or one that is like no other."""
        for bounds, constraints, factors in poly:
            if bounds or constraints:
                return False
            if any(atom[0] != ACCESS or not self.generic(atom[1]) for atom, _ in factors):
                return False
        places: dict[str, object] = {}
        if all(
            places.setdefault(atom[1], atom[2]) == atom[2]
            for _, _, factors in poly
            for atom, _ in factors
        ):
            return True
        if _different(algebra, {atom for _, _, factors in poly for atom, _ in factors}):
            return True
        return any(
            all(_unlike(algebra, key, other) for other in poly if other != key) for key in poly
        )

    def _single_sign(self, algebra: Algebra, poly: Poly, chosen: Key) -> bool:
        """With the arrays of one term set to 1 and all others to 0, is every term of one sign?"""
        arrays = {atom[1] for atom, _ in chosen[2] if atom[0] == ACCESS}
        if not nonempty(algebra, chosen):
            return False
        sign = poly[chosen] > 0
        for key, coefficient in poly.items():
            survives = True
            for atom, power in key[2]:
                if atom[0] == ACCESS:
                    if not self.generic(atom[1]) or not isinstance(power, int) or power < 1:
                        return False
                    survives = survives and atom[1] in arrays
                elif atom[0] not in (EXP, EXTENT) and atom[:2] != (FUNCTION, "sigma"):
                    return False
            if survives and (coefficient > 0) != sign:
                return False
        return True


def _origin(name: str) -> str:
    """The array that a name of its start, x@0, or of its true value, x.grad*, is about."""
    return name.rstrip("*").removesuffix("@0")


def _powers(poly: Poly, held: Atom, times: int) -> Iterator[Poly]:
    """What stands before each power of an element, if it occurs in these powers alone."""
    parts: dict[Exponent, Poly] = {}
    for (bounds, constraints, factors), coefficient in poly.items():
        power = next((power for atom, power in factors if atom == held), None)
        if power is not None:
            if bounds:
                return
            rest = tuple(item for item in factors if item[0] != held)
            parts.setdefault(power, {})[bounds, constraints, rest] = coefficient
    if sum(map(len, parts.values())) == times:
        yield from parts.values()


def _different(algebra: Algebra, atoms: set[Atom]) -> bool:
    """Are all these elements different ones, and so independent?"""
    if len(atoms) > MOST_ELEMENTS:
        return False
    pairs = (pair for pair in combinations(sorted(atoms), 2) if pair[0][1] == pair[1][1])
    return all(_elsewhere(algebra, one, other) for one, other in pairs)


def _unlike(algebra: Algebra, one: Key, other: Key) -> bool:
    """Can two products of elements never be the same product, wherever their indices are?"""
    atoms: list[dict[str, list[tuple[Atom, Exponent]]]] = [{}, {}]
    for found, key in zip(atoms, (one, other), strict=True):
        for atom, power in key[2]:
            found.setdefault(atom[1], []).append((atom, power))
    left, right = atoms
    for name in left.keys() | right.keys():
        mine, theirs = left.get(name, []), right.get(name, [])
        if sum(power for _, power in mine) != sum(power for _, power in theirs):
            return True
        if len(mine) == len(theirs) == 1 and _elsewhere(algebra, mine[0][0], theirs[0][0]):
            return True
    return False


def _elsewhere(algebra: Algebra, one: Atom, other: Atom) -> bool:
    """Are two elements of an array never the same one?"""
    for left, right in zip(one[2], other[2], strict=True):
        gap = plus(left, right, -1)
        if not gap[1] and gap[0]:
            return True
        for side in (gap, plus(constant(0), gap, -1)):
            apart = atleast(plus(side, constant(-1)))
            if apart is not None and gap[1] and algebra.holds(apart):
                return True
    return False
