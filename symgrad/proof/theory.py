"""What a comparison knows: definitions of arrays, assumptions, and the arithmetic under them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from symgrad.expressions import array_of, elements, is_element, is_index
from symgrad.program import Array, Axis
from symgrad.proof.laws import Laws
from symgrad.proof.rational import Algebra
from symgrad.proof.relations import on_integers
from symgrad.proof.replacing import mapped
from symgrad.proof.scope import Demand, Extra, Scope, note
from symgrad.proof.terms import (
    ACCESS,
    LABEL,
    Atom,
    OutOfReach,
    Poly,
    Sum,
    access,
    atom_poly,
    subtract,
    told,
)
from symgrad.proof.translate import Translation
from symgrad.sets.affine import (
    Affine,
    Constraint,
    Variable,
    atleast,
    constant,
    plus,
    variable,
)
from symgrad.sets.indexsets import IndexSets
from symgrad.sets.literals import conjuncts

EVERY = "$every "
"""The start of the names of indices that an assumption leaves free: it holds at each of them."""

INEQUALITIES = (
    sympy.StrictLessThan,
    sympy.LessThan,
    sympy.StrictGreaterThan,
    sympy.GreaterThan,
    sympy.Ne,
)


@dataclass(frozen=True)
class Definition:
    """array[formals] = poly; for an array that holds an index, [array[formals] == last formal].

    `demands` says where it is defined, in terms of the formals: what the element itself asks for,
    and the elements that it reads, which ask for more.
    """

    formals: tuple[Variable, ...]
    poly: Poly
    demands: tuple[Own | Use, ...] = field(default=(), compare=False)

    @cached_property
    def words(self) -> frozenset[frozenset[str]]:
        """The arrays and functions in each of its terms."""
        return frozenset(
            frozenset(word for atom, _ in factors for word in told(atom))
            for _, _, factors in self.poly
        )

    @cached_property
    def made(self) -> frozenset[Demand]:
        """The demands that go into it, as they were made first."""
        return frozenset().union(
            *({item.made} if isinstance(item, Own) else item.of.made for item in self.demands)
        )


@dataclass(frozen=True)
class Own:
    """What is demanded for an element itself, and the scope where it meets the element."""

    made: Demand
    scope: Scope


@dataclass(frozen=True)
class Use:
    """An element that is read for another one: it is to be defined where the scope holds."""

    of: Definition
    places: tuple[Affine, ...]
    scope: Scope


@dataclass(eq=False)
class Theory:
    """What a comparison knows: the forward pass as definitions, assumptions, arithmetic."""

    algebra: Algebra
    laws: Laws
    sets: IndexSets
    arrays: dict[str, Array]
    definitions: dict[str, Definition] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    equations: list[tuple[Poly, Poly]] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    """What the forward pass demands."""
    tied: set[str] = field(default_factory=set)
    """The arrays that assumed equations tie."""
    straying: set[str] = field(default_factory=set)
    """The arrays of both sides with elements outside of their axes."""

    def formals(self, owner: str, name: str, axes: tuple[Axis, ...]) -> tuple[Variable, ...]:
        """Free indices for the elements of an array, known to lie within its axes.

        The axes of a forward pass have places; those of a side may have none at some extents.
        Of an array that is left somewhere (`straying`) nothing is known: t[0] is an element, too.
        """
        found = tuple(f"${owner}{name}.{place}" for place in range(len(axes)))
        for formal, axis in zip(found, axes if name not in self.straying else (), strict=False):
            within = (*_within(self, formal, axis),)
            if not owner or self._has_a_place(within):
                self.algebra.known.update(within)
        return found

    def _has_a_place(self, ends: tuple[Constraint, ...]) -> bool:
        """Is there a place between the ends of an axis, at all extents?

        If not, that an index is there would say that there is one: 2 <= i <= N that N >= 2.
        """
        total = reduce(plus, (form for _, form in ends), constant(0))
        gap = atleast(total)
        return len(ends) < 2 or gap is None or self.algebra.implied(gap, self.algebra.known)


def instance(theory: Theory, definition: Definition, places: tuple[Affine, ...]) -> Poly:
    """The definition at given indices."""
    new = dict(zip(definition.formals, places, strict=True))
    return theory.algebra.substitute(definition.poly, new) if new else definition.poly


def number(known: Theory, definition: Definition, array: Array) -> Definition:
    """The values of an array that holds an index: sum(h, h * [array[$] == h])."""
    if array.values is None:
        raise OutOfReach("definitions of different ranks")
    algebra, name = known.algebra, known.algebra.fresh()
    *formals, held = definition.formals
    label = algebra.substitute(definition.poly, {held: variable(name)})
    value = algebra.multiply(algebra.form_poly(variable(name)), label)
    within = _within(known, name, array.values)
    return Definition(tuple(formals), algebra.bind(value, (name,), within), definition.demands)


def unfold(known: Theory, poly: Poly, name: str) -> Poly:
    """Put the definition of an array of the forward pass in the place of its elements."""
    definition = known.definitions[name]

    def change(atom: Atom) -> Poly | None:
        if atom[0] not in (ACCESS, LABEL) or atom[1] != name:
            return None
        places = atom[2] if atom[0] == ACCESS else (*atom[2][3:], atom[2][0])
        return instance(known, definition, places)

    return mapped(known.algebra, poly, change, {name})


def unfolded(known: Theory, poly: Poly) -> Poly:
    for name in reversed(known.order):
        poly = unfold(known, poly, name)
    return poly


def assume(theory: Theory, conditions: Collection[Boolean]) -> set[str]:
    """Put assumptions to use; the arrays that equations tie are returned."""
    if not conditions:
        return set()
    tied: set[str] = set()
    templates: dict[Sum, bool] = {}
    algebra = theory.algebra
    bare = {
        name: replace(array, axes=()) for name, array in theory.arrays.items() if not array.values
    }

    def whole(name: str, places: tuple[Affine, ...]) -> Poly:
        return atom_poly(access(name, places))

    translation = Translation(algebra, theory.laws, bare, whole)
    assumed: list[Constraint] = []
    for condition in conditions:
        for part in conjuncts(condition):
            if not isinstance(part, INEQUALITIES):
                tied.update(array_of(read) for read in elements(part))
            if not isinstance(part, Relational):
                continue
            try:
                _assume_one(theory, translation, part, assumed, templates)
            except OutOfReach:
                continue  # an assumption that is not used weakens what can be proved, no more
    theory.sets = IndexSets(assumed)
    algebra.sets = theory.sets
    theory.laws.facts.templates = templates
    for item in assumed:
        algebra.known.add(item)
    return tied


def _assume_one(
    theory: Theory,
    translation: Translation,
    relation: Relational,
    assumed: list[Constraint],
    templates: dict[Sum, bool],
) -> None:
    left, right = relation.args
    kind = type(relation)
    if not any(is_element(read) for read in elements(relation)):
        note(assumed, _on_integers(translation, relation))
        return
    every = {symbol: EVERY + symbol.name for symbol in relation.free_symbols if is_index(symbol)}
    low, high = (translation.value(side, Scope(variables=every)) for side in (left, right))
    if kind in (sympy.StrictLessThan, sympy.LessThan):
        low, high = high, low
    if kind is sympy.Eq:
        theory.equations.append((low, high))
    elif kind is not sympy.Ne:
        strict = kind in (sympy.StrictLessThan, sympy.StrictGreaterThan)
        templates[theory.algebra.freeze(subtract(low, high))] = strict


def _on_integers(translation: Translation, relation: Relational) -> Constraint | None:
    extra = Extra()
    left, right = (translation.form(side, Scope(), extra) for side in relation.args)
    if extra.bounds or isinstance(relation, sympy.Ne):
        raise OutOfReach("an assumption that is not affine")
    return on_integers(type(relation), left, right)


def _within(theory: Theory, formal: Variable, axis: Axis) -> Iterable[Constraint]:
    translation = Translation(theory.algebra, theory.laws, {}, lambda *_: {})
    for bound, sign in ((axis.lower, 1), (axis.upper, -1)):
        extra = Extra()
        try:
            form = translation.form(bound, Scope(), extra)
        except OutOfReach:
            continue
        if extra.bounds:
            continue
        item = atleast(
            plus(variable(formal), form, -1) if sign > 0 else plus(form, variable(formal), -1)
        )
        if item is not None:
            yield item
