"""Sums of terms in normal form: the arithmetic in which answers are compared.

    3/2 * sum(i, j if 1 <= i <= j <= J, p[i] * g[j]^2 / Z)

A term is a coefficient (a rational number), bound indices, a set of constraints on integers and a
multiset of atoms with exponents. A polynomial maps each term without its coefficient, its *key*,
to the coefficient:

    {(bounds, constraints, ((atom, exponent), ...)): 3/2}

An atom is `(tag, name, index forms, sums)`; the tags are rows of `TAGS`. Extents are atoms too.
A term means the sum, over all integers that its bound indices may take under its constraints, of
the product of its atoms; each choice of the bound indices counts once. `Algebra.close` brings a
term to its one form:

- a bound index that an equation fixes is put in the place of that index (a delta contracts);
- an access `A[i+l-1]` with bound indices becomes `A[a]` with a new bound index and the constraint
  a = i+l-1, so that scatter and gather are the same set;
- a bound index that no atom uses becomes the number of its values, where that is an interval;
- bound indices are named by their place: refined signatures, then the least of the permutations
  that are left.

Inner sums (arguments of functions, denominators) are frozen into a `Sum`; the bound names of a sum
carry its height (`@1.0`), which keeps them apart from those of every sum around it. Work is counted
in steps; beyond the budget, and outside what can be expressed, `OutOfReach` is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from itertools import count, permutations, product
from typing import Any, TypeAlias

from flint import fmpq

from symgrad.affine import (
    ATLEAST,
    EQUAL,
    FALSE,
    Affine,
    Constraint,
    Variable,
    atleast,
    constraint,
    equal,
    is_index_variable,
    names,
    plain,
    plus,
    put,
    slope_of,
    solved,
    variable,
)

Number: TypeAlias = Any
"""A rational number of python-flint, which has no types."""

Exponent: TypeAlias = "int | Fraction"
Atom: TypeAlias = "tuple[str, str, tuple[Affine, ...], tuple[Sum, ...]]"
Factors: TypeAlias = "tuple[tuple[Atom, Exponent], ...]"
Key: TypeAlias = "tuple[tuple[Variable, ...], tuple[Constraint, ...], Factors]"
Poly: TypeAlias = "dict[Key, Number]"
Forms: TypeAlias = Mapping[Variable, Affine]

ACCESS, EXTENT, INDEX, PRIME, LABEL = "access", "extent", "index", "prime", "label"
FUNCTION, PARTIAL, COMPOUND, EXP, BRACKET, REDUCTION, BODY = (
    "function",
    "partial",
    "compound",
    "exp",
    "bracket",
    "reduction",
    "body",
)
TAGS = {
    ACCESS: "x[i, j]: an element of an array",
    EXTENT: "B: the extent as a number",
    INDEX: "i: the index as a number",
    PRIME: "2, under a fractional exponent",
    LABEL: "[i == y[b]], y[b] in 1..K: forms i, 1, K, b; or [(i, j) == argmax]: forms i, j",
    FUNCTION: "log(u): an elementary function",
    PARTIAL: "f_y(u, v): an opaque function or one of its derivatives",
    COMPOUND: "u: a sum as the base of a power that is no positive integer",
    EXP: "exp(t), t a term with coefficient 1",
    BRACKET: "[u > 0] or [u >= 0], by name",
    REDUCTION: "max over the bound indices of its one term",
    BODY: "u: the body of a reduction",
}

ONE: Key = ((), (), ())
UNIT = fmpq(1)
PERMUTATIONS = 120
"""So many namings of tied bound indices are compared; beyond, two forms of one term may differ."""


class OutOfReach(Exception):
    """Not expressible here, or the budget is spent: nothing is proved."""


class Sum:
    """A polynomial that can stand inside an atom: immutable, hashed once."""

    __slots__ = ("_hash", "forms", "free", "height", "terms")

    def __init__(self, poly: Poly) -> None:
        self.terms = tuple(sorted(poly.items()))
        self._hash = hash(self.terms)
        self.free = frozenset(name for key in poly for name in _free_of_key(key))
        self.height = max((_height_of_key(key) for key in poly), default=0)
        self.forms = frozenset(form for key in poly for form in _forms_of_key(key))

    def poly(self) -> Poly:
        return dict(self.terms)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Sum) and self._hash == other._hash and self.terms == other.terms
        )

    def __lt__(self, other: Sum) -> bool:
        return self.terms < other.terms

    def __gt__(self, other: Sum) -> bool:
        return other.terms < self.terms

    def __le__(self, other: Sum) -> bool:
        return self == other or self.terms < other.terms

    def __ge__(self, other: Sum) -> bool:
        return other <= self

    def __repr__(self) -> str:
        return f"Sum({self.terms!r})"


# --- what an atom holds ------------------------------------------------------------------------


def free(atom: Atom) -> frozenset[Variable]:
    """The index variables that are free in an atom."""
    own = frozenset(n for form in atom[2] for n, _ in form[1] if is_index_variable(n))
    return own.union(*(inner.free for inner in atom[3])) if atom[3] else own


def height(atom: Atom) -> int:
    return max((inner.height for inner in atom[3]), default=0)


def forms(atom: Atom) -> Iterator[Affine]:
    """The index forms in an atom that are not a variable alone (nor constant)."""
    for form in atom[2]:
        if plain(form) is None and any(is_index_variable(name) for name, _ in form[1]):
            yield form
    for inner in atom[3]:
        yield from inner.forms


def _free_of_key(key: Key) -> set[Variable]:
    bounds, constraints, factors = key
    found = {n for n in names(form for _, form in constraints) if is_index_variable(n)}
    for atom, _ in factors:
        found |= free(atom)
    return found.difference(bounds)


def _height_of_key(key: Key) -> int:
    inner = max((height(atom) for atom, _ in key[2]), default=0)
    return inner + 1 if key[0] else inner


def _forms_of_key(key: Key) -> Iterator[Affine]:
    for atom, _ in key[2]:
        yield from forms(atom)


def exponent(number: Number) -> Exponent:
    return int(number.p) if number.q == 1 else Fraction(int(number.p), int(number.q))


def number(value: Exponent) -> Number:
    return fmpq(value) if isinstance(value, int) else fmpq(value.numerator, value.denominator)


# --- polynomials -------------------------------------------------------------------------------


def constant(value: Number) -> Poly:
    return {ONE: fmpq(value)} if value else {}


def atom_poly(atom: Atom, power: Exponent = 1) -> Poly:
    return {((), (), ((atom, power),)): UNIT}


def access(name: str, indices: Iterable[Affine] = ()) -> Atom:
    return (ACCESS, name, tuple(indices), ())


def accumulate(poly: Poly, key: Key, coefficient: Number) -> None:
    total = poly.get(key, 0) + coefficient
    if total:
        poly[key] = total
    else:
        poly.pop(key, None)


def add(*polys: Poly) -> Poly:
    result = dict(polys[0])
    for poly in polys[1:]:
        for key, coefficient in poly.items():
            accumulate(result, key, coefficient)
    return result


def scale(poly: Poly, factor: Number) -> Poly:
    factor = fmpq(factor)
    return {key: coefficient * factor for key, coefficient in poly.items()} if factor else {}


def subtract(left: Poly, right: Poly) -> Poly:
    return add(left, scale(right, -1))


Law: TypeAlias = "Callable[[Algebra, Atom, tuple[Poly, ...]], Poly]"


class Algebra:
    """Operations on polynomials under known facts about integers, within a budget of steps.

    `laws[tag](algebra, atom, sums)` makes an atom anew from changed inner sums.
    `implied(condition, constraints)` says whether constraints (and what is known) imply a
    condition; `known` holds constraints on free indices that always hold.
    """

    def __init__(
        self,
        laws: Mapping[str, Law],
        implied: Callable[[Constraint, Iterable[Constraint]], bool],
        budget: int = 60_000,
    ) -> None:
        self.laws = laws
        self.implied = implied
        self.budget = budget
        self.known: set[Constraint] = set()
        self._numbers = count()
        self._puts: dict[tuple[Sum, tuple[tuple[Variable, Affine], ...]], Sum] = {}
        self._sums: dict[Sum, Sum] = {}
        self._depth = 0
        self._context: tuple[Constraint, ...] = ()

    @contextmanager
    def inside(self, constraints: Iterable[Constraint]) -> Iterator[None]:
        """What is made here stands under these constraints, and may rely on them."""
        outer = self._context
        self._context = (*outer, *constraints)
        try:
            yield
        finally:
            self._context = outer

    def holds(self, condition: Constraint) -> bool:
        """Is a condition known here?"""
        return (
            condition in self.known
            or condition in self._context
            or self.implied(condition, (*self.known, *self._context))
        )

    def spend(self, steps: int = 1) -> None:
        self.budget -= steps
        if self.budget < 0:
            raise OutOfReach("the budget of steps is spent")

    def fresh(self) -> Variable:
        return f"@f{next(self._numbers)}"

    def freeze(self, poly: Poly) -> Sum:
        self.spend(len(poly))
        found = Sum(poly)
        return self._sums.setdefault(found, found)

    # --- products ---

    def multiply(self, *polys: Poly) -> Poly:
        result = polys[0]
        for poly in polys[1:]:
            product_: Poly = {}
            for left, scale_left in result.items():
                for right, scale_right in poly.items():
                    self._pair(product_, left, right, scale_left * scale_right)
            result = product_
        return result

    def _pair(self, out: Poly, left: Key, right: Key, coefficient: Number) -> None:
        if left[0] and right[0]:
            right = self.opened(right)
        self.assemble(
            out, left[0] + right[0], left[1] + right[1], left[2] + right[2], coefficient
        )

    def integer_power(self, poly: Poly, times: int) -> Poly:
        if times > 64:
            raise OutOfReach("a power beyond 64")
        result = constant(UNIT)
        for _ in range(times):
            result = self.multiply(result, poly)
        return result

    def bind(self, poly: Poly, indices: Sequence[Variable], within: Iterable[Constraint]) -> Poly:
        """sum(indices if within, poly)."""
        limits = tuple(within)
        result: Poly = {}
        for (bounds, constraints, factors), coefficient in poly.items():
            self.assemble(
                result, (*indices, *bounds), (*limits, *constraints), factors, coefficient
            )
        return result

    def opened(self, key: Key) -> Key:
        """The same term under bound names that occur nowhere else."""
        bounds, constraints, factors = key
        if not bounds:
            return key
        new = {name: variable(self.fresh()) for name in bounds}
        return (
            tuple(form[1][0][0] for form in new.values()),
            tuple((kind, put(form, new)) for kind, form in constraints),
            tuple((self.renamed(atom, new), power) for atom, power in factors),
        )

    # --- substitution ---

    def renamed(self, atom: Atom, new: Forms) -> Atom:
        """The atom with variables renamed apart; no law applies anew."""
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
        done = self._puts.get((inner, relevant))
        if done is None:
            result: Poly = {}
            for (bounds, constraints, factors), coefficient in inner.terms:
                self.close(
                    result,
                    bounds,
                    self._put_constraints(constraints, new),
                    _collected((self.renamed(atom, new), power) for atom, power in factors),
                    coefficient,
                )
            done = self._puts[inner, relevant] = self.freeze(result)
        return done

    def substitute(self, poly: Poly, new: Forms) -> Poly:
        """The polynomial with index forms in the place of free variables, laws applied anew."""
        result: Poly = {}
        for key, coefficient in poly.items():
            bounds, constraints, factors = self.opened(key)
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
        limits = self._put_constraints(constraints, new)
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
        for key, scale_ in self.multiply(*changed).items():
            inner = self.opened(key) if bounds else key
            self.assemble(
                out,
                (*bounds, *inner[0]),
                (*limits, *inner[1]),
                (*kept, *inner[2]),
                coefficient * scale_,
            )

    def moved(self, atom: Atom, new: Forms) -> Poly:
        """An atom after a substitution, as a polynomial."""
        tag, name, indices, sums = atom
        changed = (tag, name, tuple(put(form, new) for form in indices), sums)
        return self.laws[tag](self, changed, tuple(self.substitute(s.poly(), new) for s in sums))

    def raised(self, poly: Poly, power: Exponent) -> Poly:
        return poly if power == 1 else self.laws["power"](self, _exponent_atom(power), (poly,))

    def mapped(self, poly: Poly, change: Callable[[Atom], Poly | None]) -> Poly:
        """The polynomial with atoms replaced throughout, inner sums included.

        `change` gives the polynomial to put in an atom's place, or None to look inside it.
        """
        result: Poly = {}
        for key, coefficient in poly.items():
            bounds, constraints, factors = self.opened(key)
            kept, changed = [], []
            for atom, power in factors:
                with self.inside(constraints):
                    new = self._mapped_atom(atom, change)
                    if new is None:
                        kept.append((atom, power))
                    else:
                        changed.append(self.raised(new, power))
            if not changed:
                accumulate(result, key, coefficient)
                continue
            for inner, scale_ in self.multiply(*changed).items():
                inner = self.opened(inner) if bounds else inner
                self.assemble(
                    result,
                    (*bounds, *inner[0]),
                    (*constraints, *inner[1]),
                    (*kept, *inner[2]),
                    coefficient * scale_,
                )
        return result

    def _mapped_atom(self, atom: Atom, change: Callable[[Atom], Poly | None]) -> Poly | None:
        new = change(atom)
        if new is not None or not atom[3]:
            return new
        polys = tuple(inner.poly() for inner in atom[3])
        mapped = tuple(self.mapped(poly, change) for poly in polys)
        return None if mapped == polys else self.laws[atom[0]](self, atom, mapped)

    def _put_constraints(
        self, constraints: Iterable[Constraint], new: Forms
    ) -> tuple[Constraint, ...]:
        found = (constraint(kind, put(form, new)) for kind, form in constraints)
        return tuple(item for item in found if item is not None)

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
        joined = _collected(factors)
        expansions: list[Poly] = []
        labels: dict[object, Atom] = {}
        for atom, power in list(joined.items()):
            tag = atom[0]
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
                expansions.append(
                    self.integer_power(subtract(constant(UNIT), cosine), power // 2)
                )
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
        for key, scale_ in self.multiply(*expansions).items():
            inner = self.opened(key) if bounds else key
            self.assemble(
                out,
                (*bounds, *inner[0]),
                (*constraints, *inner[1]),
                (*joined.items(), *inner[2]),
                coefficient * scale_,
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
        self.spend()
        if FALSE in constraints:
            return
        if not bounds:
            if constraints:
                needed = self._needed(constraints, ())
                if needed is None:
                    return
                constraints = needed
            accumulate(out, ((), tuple(constraints), tuple(sorted(factors.items()))), coefficient)
            return
        level = max((height(atom) for atom in factors), default=0)
        if any(_level(name) <= level for name in bounds):
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
        used = set().union(*(free(atom) for atom in factors)).intersection(bounds)
        fixed = _fixed(bounds, constraints, used)
        if fixed is not None:
            name, value = fixed
            rest = tuple(bound for bound in bounds if bound != name)
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
                _collected((self._reformed(atom, new), power) for atom, power in factors.items()),
                coefficient,
            )
            return
        label = self._whole_label(bounds, constraints, factors)
        if label is not None:
            atom, name, others = label
            rest = tuple(bound for bound in bounds if bound != name)
            left = {other: power for other, power in factors.items() if other != atom}
            self.close(out, rest, others, left, coefficient)
            return
        for name in bounds:
            if name not in used:
                interval = self._interval(name, constraints)
                if interval is not None:
                    size, others = interval
                    rest = tuple(bound for bound in bounds if bound != name)
                    for term, scale_ in self.form_poly(size).items():
                        pairs = (*factors.items(), *term[2])
                        self.assemble(out, rest, others, pairs, coefficient * scale_)
                    return
        needed = self._needed(constraints, bounds)
        if needed is not None:
            accumulate(out, self.named(bounds, needed, factors), coefficient)

    def _whole_label(
        self,
        bounds: tuple[Variable, ...],
        constraints: tuple[Constraint, ...],
        factors: dict[Atom, Exponent],
    ) -> tuple[Atom, Variable, tuple[Constraint, ...]] | None:
        """sum(k, [k == y]) = 1: a label whose index nothing else uses and which covers its range."""
        for atom in factors:
            if atom[0] != LABEL or atom[3]:
                continue
            value, lower, upper = atom[2][:3]
            name = plain(value)
            if name not in bounds or sum(name in free(other) for other in factors) > 1:
                continue
            own = {item for item in constraints if slope_of(item[1], name)}
            ends = (atleast(plus(value, lower, -1)), atleast(plus(upper, value, -1)))
            within = {item for item in ends if item is not None}
            if all(self.implied(item, within) for item in own):
                return atom, name, tuple(item for item in constraints if item not in own)
        return None

    def form_poly(self, form: Affine) -> Poly:
        """An index form as a number."""
        result = constant(form[0])
        for name, slope in form[1]:
            if is_index_variable(name):
                atoms: list[Atom] = [(INDEX, "", (variable(name),), ())]
            else:  # P*Q is a product of extents
                atoms = [(EXTENT, part, (), ()) for part in name.split("*")]
            factors = _collected((atom, 1) for atom in atoms)
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
                changed = _collected((self._reformed(part, new), power) for part, power in factors)
                self.close(result, bounds, constraints, changed, coefficient)
            inner.append(self.freeze(result))
        return (tag, name, tuple(new.get(form, form) for form in indices), tuple(inner))

    def _interval(
        self, name: Variable, constraints: tuple[Constraint, ...]
    ) -> tuple[Affine, tuple[Constraint, ...]] | None:
        """How many values an index takes, if its constraints are one lower and one upper bound."""
        own = [item for item in constraints if slope_of(item[1], name)]
        if len(own) != 2 or any(kind == EQUAL for kind, _ in own):
            return None
        slopes = sorted(slope_of(form, name) for _, form in own)
        if slopes != [-1, 1]:
            return None
        others = tuple(item for item in constraints if item not in own)
        size = plus(plus(own[0][1], own[1][1]), (1, ()))
        condition = atleast(size)
        if condition is not None and not self.implied(condition, others):
            return None
        return size, others

    def _needed(
        self, constraints: Iterable[Constraint], bounds: Sequence[Variable]
    ) -> tuple[Constraint, ...] | None:
        """The constraints that do not always hold; None where they never do."""
        needed = []
        for item in sorted(set(constraints)):
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

    # --- names of bound indices ---

    def named(
        self,
        bounds: tuple[Variable, ...],
        constraints: tuple[Constraint, ...],
        factors: dict[Atom, Exponent],
    ) -> Key:
        level = 1 + max((height(atom) for atom in factors), default=0)
        if len(bounds) == 1:
            orders: Iterable[tuple[Variable, ...]] = [bounds]
        else:
            orders = self.orders(bounds, constraints, factors)
        best: Key | None = None
        for order in orders:
            new = {name: variable(f"@{level}.{place}") for place, name in enumerate(order)}
            bound = tuple(form[1][0][0] for form in new.values())
            key = (
                bound,
                _echelon(self._put_constraints(constraints, new), bound),
                tuple(sorted((self.renamed(a, new), power) for a, power in factors.items())),
            )
            if best is None or key < best:
                best = key
        assert best is not None
        return best

    def orders(
        self,
        bounds: tuple[Variable, ...],
        constraints: tuple[Constraint, ...],
        factors: dict[Atom, Exponent],
    ) -> Iterable[tuple[Variable, ...]]:
        """The orders of bound indices that agree with their signatures."""
        colours = dict.fromkeys(bounds, 0)
        equations = tuple(item for item in constraints if item[0] == EQUAL)
        if equations:  # then inequalities can be written in several ways
            constraints = equations
        distinct = 1
        while True:
            signatures = {
                name: self._signature(name, colours, constraints, factors) for name in bounds
            }
            ranks = {s: rank for rank, s in enumerate(sorted(set(signatures.values())))}
            colours = {name: ranks[signatures[name]] for name in bounds}
            if len(ranks) == distinct or len(ranks) == len(bounds):
                break
            distinct = len(ranks)
        classes = [
            [name for name in bounds if colours[name] == colour]
            for colour in range(len(set(colours.values())))
        ]
        ways = 1
        for group in classes:
            for n in range(2, len(group) + 1):
                ways *= n
        if ways > PERMUTATIONS:
            return [tuple(name for group in classes for name in group)]
        return [
            tuple(name for group in choice for name in group)
            for choice in product(*(list(permutations(group)) for group in classes))
        ]

    def _signature(
        self,
        name: Variable,
        colours: Mapping[Variable, int],
        constraints: tuple[Constraint, ...],
        factors: dict[Atom, Exponent],
    ) -> tuple[Any, ...]:
        """Where a bound index stands, with every bound index replaced by its colour."""
        mask = {other: variable(f"@?{colour}") for other, colour in colours.items()}
        mask[name] = variable(f"@!{colours[name]}")
        return (
            colours[name],
            tuple(
                sorted(
                    (self.renamed(atom, mask), power)
                    for atom, power in factors.items()
                    if name in free(atom)
                )
            ),
            tuple(
                sorted(
                    self._put_constraints(
                        [item for item in constraints if slope_of(item[1], name)], mask
                    )
                )
            ),
        )


def _collected(factors: Iterable[tuple[Atom, Exponent]]) -> dict[Atom, Exponent]:
    """Equal atoms joined: exponents add, brackets are idempotent."""
    joined: dict[Atom, Exponent] = {}
    for atom, power in factors:
        if atom not in joined:
            joined[atom] = power
        elif atom[0] not in (BRACKET, LABEL):
            total = joined[atom] + power
            if isinstance(total, Fraction) and total.denominator == 1:
                total = int(total)
            if total:
                joined[atom] = total
            else:
                del joined[atom]
    return joined


def _echelon(
    constraints: Iterable[Constraint], bounds: tuple[Variable, ...]
) -> tuple[Constraint, ...]:
    """The constraints with the last bound index of each equation put in all the others."""
    found = set(constraints)
    solved_for: set[Variable] = set()
    while True:
        pivot = next(
            (
                (item, name)
                for item in sorted(found)
                if item[0] == EQUAL
                for name in reversed(bounds)
                if slope_of(item[1], name) in (1, -1) and name not in solved_for
                and not any(slope_of(item[1], other) for other in solved_for)
            ),
            None,
        )
        if pivot is None:
            return tuple(sorted(found))
        item, name = pivot
        solved_for.add(name)
        new = {name: solved(item[1], name)}
        changed = {constraint(kind, put(form, new)) for kind, form in found - {item}}
        found = {item, *(other for other in changed if other is not None)}


@lru_cache(maxsize=4096)
def _level(name: Variable) -> int:
    """The height in a name that `named` gave; fresh names stand above all."""
    level, dot, _ = name[1:].partition(".")
    return int(level) if dot and level.isdigit() else 1 << 30


def _has_other_form(base: Sum) -> bool:
    """Is this base of a root written otherwise under a whole power: a monomial, a leading minus?"""
    (bounds, constraints, _), leading = base.terms[-1]
    return leading < 0 or (len(base.terms) == 1 and not bounds and not constraints)


def _fixed(
    bounds: tuple[Variable, ...], constraints: tuple[Constraint, ...], used: set[Variable]
) -> tuple[Variable, Affine] | None:
    """A bound index that an equation replaces by another form, and that form."""
    for kind, form in sorted(constraints):
        if kind != EQUAL:
            continue
        for name, slope in form[1]:
            if name in bounds and slope in (1, -1):
                value = solved(form, name)
                inner = any(other in bounds for other, _ in value[1])
                if name not in used or not inner or plain(value) is not None:
                    return name, value
    return None


def _exponent_atom(power: Exponent) -> Atom:
    fraction = Fraction(power)
    return ("power", "", ((fraction.numerator, ()), (fraction.denominator, ())), ())
