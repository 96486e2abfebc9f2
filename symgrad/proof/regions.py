"""Sums of the same atoms over different sets of indices.

    sum(j, k in 1..j, p[k] g[j]) - sum(k, j in k..J, p[k] g[j]) = 0     for the sets are the same

Terms are put in groups of the same atoms; a group whose sets, counted with their coefficients,
cancel at every point is zero. Before, sums may be split where two of their atoms meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from symgrad.proof.canonical import orders
from symgrad.proof.terms import (
    ACCESS,
    BRACKET,
    Atom,
    Exponent,
    Factors,
    Key,
    Number,
    Poly,
    Sum,
    accumulate,
    free,
    scale,
)
from symgrad.proof.theory import Theory
from symgrad.sets.affine import (
    ATLEAST,
    Affine,
    Constraint,
    Variable,
    atleast,
    equal,
    is_index_variable,
    plain,
    plus,
    variable,
)

USED = "@r"
"""Marks the indices that terms are compared by."""

SPLITS = 64
"""So many sums are split by one step."""

MANY = 64
"""So many pairs of elements are looked at in one step of work."""


def regions(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Drop the sums of the same atoms whose index sets cancel."""
    rest = without_cancelling(known, poly, ())
    shapes = {(_nameless(key), _together(key)) for key in rest}
    if len(shapes) == len({held for held, _ in shapes}):
        return rest  # nowhere do elements share an index that do not share one elsewhere
    return without_cancelling(known, rest, (), shared=False)


def _nameless(key: Key) -> tuple[Any, ...]:
    """The arrays and functions of a term with their powers, whatever their places."""
    return tuple(sorted((*atom[:2], power) for atom, power in key[2]))


def _together(key: Key) -> tuple[tuple[str, ...], ...]:
    """Which arrays have elements at one place in a term."""
    found: dict[Affine, list[str]] = {}
    for atom, _ in key[2]:
        if atom[0] == ACCESS:
            for form in atom[2]:
                found.setdefault(form, []).append(atom[1])
    return tuple(sorted(tuple(sorted(names)) for names in found.values()))


def without_cancelling(
    known: Theory, poly: Poly, where: Iterable[Constraint], shared: bool = True
) -> Poly:
    """The sum without those sums of the same atoms that cancel where constraints hold."""
    groups: dict[tuple[Any, ...], list[tuple[Key, list[Any], Any]]] = {}
    for key, coefficient in poly.items():
        found = _region(known, key if shared else _unshared(known, key))
        if found is not None:
            groups.setdefault(found[0], []).append((key, found[1], coefficient))
    result = dict(poly)
    within = context(known, poly).union(where)
    for members in groups.values():
        signed = [
            (region, coefficient / len(images))
            for _, images, coefficient in members
            for region in images
        ]
        if known.sets.vanishes(signed, within):
            for key, _, _ in members:
                del result[key]
    return result


def diagonals(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Split a sum where two atoms become one: u[i] u[k] over i < k, over i > k, and u[i]^2."""
    todo = list(poly.items())
    done: Poly = {}
    splits = 0
    while todo:
        key, coefficient = todo.pop()
        pair = _meeting(known, key) if splits < SPLITS else None
        if pair is None:
            for term, value in _oriented(known, key, coefficient).items():
                accumulate(done, term, value)
            continue
        splits += 1
        for limit in (
            equal(plus(variable(pair[0]), variable(pair[1]), -1)),
            atleast(plus(plus(variable(pair[0]), variable(pair[1]), -1), (-1, ()))),
            atleast(plus(plus(variable(pair[1]), variable(pair[0]), -1), (-1, ()))),
        ):
            assert limit is not None
            todo += known.algebra.bind({key: coefficient}, (), (limit,)).items()
    return done


def _oriented(known: Theory, key: Key, coefficient: Number) -> Poly:
    """[u[i] > u[k]] over i < k as 1 - [u[k] > u[i]]: of each pair, the later one is asked about."""
    if not any(atom[:2] == (BRACKET, ">") for atom, _ in key[2]):
        return {key: coefficient}
    bounds, constraints, factors = known.algebra.opened(key)
    for atom, _ in factors:
        if atom[:2] != (BRACKET, ">"):
            continue
        gap = atom[3][0].poly()
        pair = _turning(known, gap, bounds)
        if pair is None or _apart(*pair) not in constraints:
            continue
        with known.algebra.inside(constraints):
            if not known.laws.facts.nonvanishing(known.algebra, gap):
                continue
        rest = tuple(item for item in factors if item[0] != atom)
        other: Atom = (BRACKET, ">", (), (known.algebra.freeze(scale(gap, -1)),))
        result: Poly = {}
        known.algebra.assemble(result, bounds, constraints, rest, coefficient)
        known.algebra.assemble(result, bounds, constraints, (*rest, (other, 1)), -coefficient)
        return result
    return {key: coefficient}


def _apart(first: Variable, last: Variable) -> Constraint | None:
    """first < last."""
    return atleast(plus(plus(variable(last), variable(first), -1), (-1, ())))


def _turning(
    known: Theory, gap: Poly, bounds: tuple[Variable, ...]
) -> tuple[Variable, Variable] | None:
    """Two indices that turn u[i] - u[k] into its opposite when they change places, i first."""
    algebra = known.algebra
    used = sorted(algebra.freeze(gap).free.intersection(bounds))
    if len(used) != 2:
        return None
    one, other = (algebra.substitute(gap, at_places(order)) for order in (used, used[::-1]))
    if other != scale(one, -1):
        return None
    first, last = used if Sum(other) < Sum(one) else used[::-1]
    return first, last


def _meeting(known: Theory, key: Key) -> tuple[Variable, Variable] | None:
    """Two indices of a term that may be equal, and then make two of its atoms one."""
    bounds, constraints, factors = key
    found = dict.fromkeys(_elements(factors, set()))
    known.algebra.spend(len(found) ** 2 // MANY)
    for one, other in combinations(found, 2):
        if one[1] != other[1]:
            continue
        places = [(plain(a), plain(b)) for a, b in zip(one[2], other[2], strict=True) if a != b]
        if len(places) != 1 or None in places[0]:
            continue
        ((first, second),) = places
        assert first is not None and second is not None
        if first not in bounds and second not in bounds:
            continue
        same = equal(plus(variable(first), variable(second), -1))
        if same is not None and known.sets.possible((*constraints, *known.algebra.known, same)):
            return first, second
    return None


def _elements(factors: Factors, known: set[Sum]) -> Iterator[Atom]:
    """The elements that are multiplied, and those in functions, denominators and conditions.

    Each sum is looked into once; `known` are those that have been.
    """
    yield from (atom for atom, _ in factors if atom[0] == ACCESS)
    for atom, _ in factors:
        for held in atom[3]:
            if held not in known:
                known.add(held)
                for (bounds, _, inner), _ in held.terms:
                    yield from _elements(inner, known) if not bounds else ()


def context(known: Theory, poly: Poly) -> set[Constraint]:
    """What is known of free indices and extents."""
    found = {
        name
        for _, constraints, factors in poly
        for form in (*(f for _, f in constraints), *(f for atom, _ in factors for f in atom[2]))
        for name, _ in form[1]
        if not is_index_variable(name)
    }
    positive = {(ATLEAST, plus(variable(name), (-1, ()))) for name in found}
    return positive | known.algebra.known


def lifted(known: Theory, key: Key) -> Key:
    """The term with a bound index for every place: x[N] is sum(a if a == N, x[a])."""
    bounds, constraints, factors = key
    places = {
        form
        for atom, _ in factors
        if atom[0] == ACCESS
        for form in atom[2]
        if plain(form) not in bounds
    }
    new = {form: variable(known.algebra.fresh()) for form in sorted(places)}
    if not new:
        return key
    same = [equal(plus(name, form, -1)) for form, name in new.items()]
    lifted = [
        ((tag, name, tuple(new.get(form, form) for form in forms), sums), power)
        if tag == ACCESS
        else ((tag, name, forms, sums), power)
        for (tag, name, forms, sums), power in factors
    ]
    return (
        (*bounds, *(form[1][0][0] for form in new.values())),
        (*constraints, *(item for item in same if item is not None)),
        tuple(lifted),
    )


def _unshared(known: Theory, key: Key) -> Key:
    """The term with an index for each place: x[i] y[i] is sum(k if k == i, x[i] y[k])."""
    bounds, constraints, factors = lifted(known, key)
    seen: set[Variable] = set()
    more: list[Variable] = []
    same: list[Constraint] = []
    changed: list[tuple[Atom, Exponent]] = []
    for (tag, name, forms, sums), power in factors:
        places = []
        for form in forms:
            place = plain(form) if tag == ACCESS else None
            if place in seen:
                more.append(known.algebra.fresh())
                tie = equal(plus(variable(more[-1]), form, -1))
                same += [] if tie is None else [tie]
                form = variable(more[-1])
            elif place is not None:
                seen.add(place)
            places.append(form)
        changed.append(((tag, name, tuple(places), sums), power))
    return (*bounds, *more), (*constraints, *same), tuple(changed)


def _region(known: Theory, key: Key) -> tuple[tuple[Any, ...], list[Any]] | None:
    """The atoms of a term, their indices named, and the sets of those names (by symmetry)."""
    bounds, constraints, factors = lifted(known, key)
    used = tuple(name for name in bounds if any(name in free(atom) for atom, _ in factors))
    hidden = tuple(name for name in bounds if name not in used)
    if not known.sets.determined(used, constraints, hidden):
        return None
    form, least = orders_of(known, used, factors)
    images = [known.sets.points(order, constraints, hidden) for order in least]
    return (len(used), form), images


def orders_of(
    known: Theory, used: tuple[Variable, ...], factors: Factors
) -> tuple[Factors, list[tuple[Variable, ...]]]:
    """The atoms with their indices named by places, and the orders that give these names."""
    algebra = known.algebra
    best: Factors | None = None
    least: list[tuple[Variable, ...]] = []
    for order in orders(algebra.renamed, used, (), dict(factors)) if used else [()]:
        new = at_places(order)
        form = tuple(sorted((algebra.renamed(atom, new), power) for atom, power in factors))
        if best is None or form < best:
            best, least = form, [order]
        elif form == best:
            least.append(order)
    assert best is not None
    return best, least


def at_places(order: Iterable[Variable]) -> dict[Variable, Affine]:
    """The names of indices by their places."""
    return {name: variable(f"{USED}{place}") for place, name in enumerate(order)}
