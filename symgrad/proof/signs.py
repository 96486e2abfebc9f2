"""What is known of the sign of a sum, and where a sum can vanish.

    exp(u) > 0        sigma(u) > 0        Z[b] > 0 if its definition is        sum of positives > 0

All answers are one-sided: True is a proof, False says nothing. `nonvanishing` proves that a sum is
zero at most on a null set of inputs, for every extent: an analytic function that is not zero at one
point is zero almost nowhere, and the points tried set each input array to 0 or 1 throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, permutations
from math import lcm

from symgrad.proof.canonical import put_all
from symgrad.proof.constants import sign
from symgrad.proof.monotone import increasing_in
from symgrad.proof.origin import at_origin
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
    PARTIAL,
    PRIME,
    REDUCTION,
    Atom,
    Exponent,
    Factors,
    Key,
    Number,
    Poly,
    Sum,
    add,
    arrays,
    scale,
    subtract,
)
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Affine,
    Constraint,
    Variable,
    atleast,
    constant,
    equal,
    plain,
    plus,
    scaled,
    slope_of,
    solved,
    variable,
)

MOST_ELEMENTS = 12
"""So many elements are compared with each other."""

MOST_NAMES = 3
"""Sums with more free indices are not compared under other names."""

DEPTH = 12
"""So many definitions are looked through to find a sign."""


class Facts:
    """What is declared: sums that are positive, arrays whose elements are free real numbers.

    `templates` are sums over accesses without indices, with whether they are strictly positive;
    they hold for every element. `definition(name)` is what a computed array holds, if known.
    """

    def __init__(
        self,
        templates: Mapping[Sum, bool],
        generic: Callable[[str], bool],
        definition: Callable[[str], Poly | None],
        formals: Callable[[str], tuple[Variable, ...]],
        determined: Callable[[Sequence[Variable], Iterable[Constraint], Sequence[Variable]], bool],
    ) -> None:
        self.templates = templates
        self.generic = generic
        self.definition = definition
        self.formals = formals
        self.determined = determined
        self._noted: list[tuple[Poly, bool]] = []
        self._positive: dict[tuple[str, bool], bool] = {}
        self._nonvanishing: dict[str, bool] = {}
        self._depth = 0

    # --- signs ---

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
            or any(
                (positive or not strict) and _renamed_alike(algebra, poly, noted)
                for noted, positive in self._noted
            )
        )

    def note(self, poly: Poly, positive: bool) -> None:
        """Keep in mind that a sum, whatever its elements are, is nowhere negative (or positive).

        Neither a positive number before it matters nor the names of its free indices.
        """
        if poly:
            self._noted.append((poly, positive))

    def _takes_both_signs(self, poly: Poly) -> bool:
        """Has a term a free input to an odd power, which stands nowhere else and has no sign?

        Nothing needs to be looked for then: as the input grows to either side, so does the sum.
        """
        for bounds, constraints, factors in poly:
            if len(factors) == 1 and not bounds and not constraints:
                ((tag, name, _, _), power), *_ = factors
                if tag == ACCESS and power > 0 and power % 2 == 1 and self._is_unbounded(name):
                    places = (atom for _, _, others in poly for atom, _ in others)
                    if sum(name in arrays(atom) for atom in places) == 1:
                        return True
        return False

    def _is_unbounded(self, name: str) -> bool:
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
        if atom[:2] == (REDUCTION, "max"):
            return self.positive(algebra, scale(_body(algebra, atom), -1))
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
                rest = subtract(sums[0].poly(), {ONE: 1})
                return self.positive(algebra, rest, strict)
            return name == "sigma"
        if tag == ACCESS:
            return self._array_positive(algebra, name, strict)
        if tag == REDUCTION:
            return self.positive(algebra, _body(algebra, atom), strict)
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
            or any(self._single_sign(algebra, poly, key) for key in poly)
            or self._of_maximum(algebra, poly)
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
            one = add(rest, scale(_body(algebra, top), coefficient))
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
        if len(set(arrays)) != len(arrays) or any(
            power != 1 for atom, power in factors if atom[0] == ACCESS
        ):
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

        return algebra.mapped(poly, change, (ACCESS,))

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
            return self.nonvanishing(algebra, _body(algebra, atom))
        if tag == FUNCTION and name == "log":
            return self.nonvanishing(algebra, subtract(sums[0].poly(), {ONE: 1}))
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


def _body(algebra: Algebra, top: Atom) -> Poly:
    """What a maximum is the largest of, at indices of its own."""
    _, _, ((body, _),) = algebra.opened(top[3][0].terms[0][0])
    poly: Poly = body[3][0].poly()
    return poly


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


def nonempty(algebra: Algebra, key: Key, holds: Callable[[Constraint], bool] | None = None) -> bool:
    """Do the bound indices of a term take a value, whatever the extents and free indices?

    `holds` says what else is known of these.
    """
    bounds, left = _without_equations(key)
    for name in bounds:
        own = [item for item in left if slope_of(item[1], name)]
        left = [item for item in left if item not in own]
        if any(
            kind != ATLEAST or any(other in bounds and other != name for other, _ in form[1])
            for kind, form in own
        ):
            return False
        lower = [form for _, form in own if slope_of(form, name) > 0]
        upper = [form for _, form in own if slope_of(form, name) < 0]
        if not any(all(abs(slope_of(f, name)) == 1 for f in ends) for ends in (lower, upper)):
            return False  # 2 <= 2 k <= 3 has a value, 3 <= 2 k <= 3 has none
        for low in lower:
            for high in upper:
                gap = atleast(plus(scaled(low, -slope_of(high, name)), high, slope_of(low, name)))
                known = gap is None or algebra.implied(gap, ())
                if not known and not (gap and holds and holds(gap)):
                    return False
    return not left


def _without_equations(key: Key) -> tuple[tuple[Variable, ...], list[Constraint]]:
    """The bound indices that no equation gives by the others, and what is asked of them."""
    bounds, left = key[0], list(key[1])
    while True:
        found = next(
            (
                (item, name)
                for item in left
                for name, slope in item[1][1]
                if item[0] == EQUAL and name in bounds and slope in (1, -1)
            ),
            None,
        )
        if found is None:
            return bounds, left
        item, name = found
        left.remove(item)
        left = list(put_all(left, {name: solved(item[1], name)}))
        bounds = tuple(other for other in bounds if other != name)


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


def integer_form(poly: Poly) -> Affine | None:
    """A positive multiple of a sum of indices and products of extents, as an index form."""
    below = 1
    for bounds, constraints, factors in poly:
        if bounds or constraints or any(atom[0] not in (EXTENT, INDEX) for atom, _ in factors):
            return None
        below = lcm(below, int(poly[bounds, constraints, factors].q))
    form = constant(0)
    for (_, _, factors), coefficient in poly.items():
        part = _integer_part(factors)
        if part is None:
            return None
        form = plus(form, part, int(coefficient * below))
    return form


def _integer_part(factors: Factors) -> Affine | None:
    """An index, a product of extents, or 1, as an index form."""
    if len(factors) == 1 and factors[0][0][0] == INDEX and factors[0][1] == 1:
        return factors[0][0][2][0]
    names: list[Variable] = []
    for atom, power in factors:
        if atom[0] != EXTENT or not isinstance(power, int) or power < 1:
            return None
        names += [atom[1]] * power
    return variable("*".join(sorted(names))) if names else constant(1)
