"""Whether a count of conditions is zero.

    [sum(k, [u[k] > u[i]]) > 0] = [max(k, u[k]) > u[i]]                     one holds at the largest
    [sum(k, [u[k] >= u[i]]) - 1 > 0] = [sum(k, [u[k] > u[i]]) > 0]          that of i apart
    [1 - sum(k, [u[k] > u[i]]) > 0] = 1 - [sum(k, [u[k] > u[i]]) > 0]       a whole number

The range must not be empty: over nothing the count is 0, and there is no largest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from symgrad.proof.canonical import put_all
from symgrad.proof.facts import Facts
from symgrad.proof.nonempty import nonempty
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import (
    ACCESS,
    BODY,
    BRACKET,
    REDUCTION,
    UNIT,
    Atom,
    Factors,
    Key,
    Poly,
    accumulate,
    add,
    atom_poly,
    constant,
    free,
    scale,
    subtract,
)
from symgrad.sets.affine import Affine, Constraint, Variable, equal, plain, plus, variable

Compare: TypeAlias = "Callable[[str, Poly], Poly]"
"""[u > 0] or [u >= 0]."""


def counted(
    facts: Facts, algebra: Algebra, relation: str, poly: Poly, compare: Compare
) -> Poly | None:
    """[poly > 0] or [poly >= 0] for a count of conditions, if it asks whether one of them holds."""
    if not any(_is_count(key) for key in poly):
        return None
    for sign in (1, -1):
        counts, rest = _split(facts, algebra, scale(poly, sign))
        if not rest and (relation == ">=") == (sign > 0):
            return constant(UNIT) if sign > 0 else {}
        whole = rest == constant(-UNIT) and all(value.q == 1 for value in counts.values())
        if rest and not (whole and (relation == ">=") == (sign > 0)):
            continue
        some = _some(facts, algebra, counts, compare)
        if some is not None:
            return some if sign > 0 else subtract(constant(UNIT), some)
    return None


def _is_count(key: Key) -> bool:
    bounds, _, factors = key
    return len(bounds) == 1 and len(factors) == 1 and factors[0][0][0] == BRACKET


def _split(facts: Facts, algebra: Algebra, poly: Poly) -> tuple[Poly, Poly]:
    """Counts with positive numbers before them, and the rest.

    -sum(k, [u > 0]) = sum(k, [-u >= 0]) - sum(k, 1)
    """
    counts: Poly = {}
    rest: Poly = {}
    for key, value in poly.items():
        bounds, constraints, factors = key
        if not _is_count(key):
            accumulate(rest, key, value)
            continue
        if value < 0:
            flipped = (_opposite(algebra, factors[0][0]), 1)
            every = algebra.bind(constant(UNIT), bounds, constraints)
            rest = add(rest, scale(every, value))
            key, value = (bounds, constraints, (flipped,)), -value
        strict = _without_equality(facts, algebra, key)
        if strict is not None:
            rest = add(rest, constant(value))
        accumulate(counts, strict or key, value)
    return counts, rest


def _opposite(algebra: Algebra, atom: Atom) -> Atom:
    """[-u >= 0] for [u > 0], and the other way round."""
    relation = ">" if atom[1] == ">=" else ">="
    return (BRACKET, relation, (), (algebra.freeze(scale(atom[3][0].poly(), -1)),))


def _without_equality(facts: Facts, algebra: Algebra, key: Key) -> Key | None:
    """sum(k, [u > 0]) for sum(k, [u >= 0]), where u is almost surely 0 at one k alone."""
    bounds, constraints, (((_, relation, _, (held,)), _),) = key
    if relation != ">=":
        return None
    inside = {term: value for term, value in held.terms if _depends(term, bounds[0])}
    if not inside or not facts.distinct(algebra, inside, bounds, constraints):
        return None
    for place in _zeros(algebra, key):
        if all(map(algebra.holds, put_all(constraints, {bounds[0]: place}))):
            return bounds, constraints, (((BRACKET, ">", (), (held,)), 1),)
    return None


def _depends(key: Key, name: Variable) -> bool:
    return any(name in free(atom) for atom, _ in key[2])


def _zeros(algebra: Algebra, key: Key) -> Iterator[Affine]:
    """Values of the index at which what is compared with 0 is 0 at sight."""
    (name,), _, (((_, _, _, (held,)), _),) = key
    accesses = [
        atom for (_, _, factors), _ in held.terms for atom, _ in factors if atom[0] == ACCESS
    ]
    spots = {(a[1], at) for a in accesses for at, form in enumerate(a[2]) if plain(form) == name}
    forms = {form for a in accesses for at, form in enumerate(a[2]) if (a[1], at) in spots}
    for form in sorted(forms - {variable(name)}):
        if not algebra.substitute(held.poly(), {name: form}):
            yield form


def _some(facts: Facts, algebra: Algebra, counts: Poly, compare: Compare) -> Poly | None:
    """[one of the conditions holds]."""
    groups: dict[Factors, list[Key]] = {}
    for key in counts:
        groups.setdefault(key[2], []).append(key)
    none = constant(UNIT)
    for keys in groups.values():
        ranges = keys
        if len(keys) > 1 or not _has_places(algebra, keys[0]):
            joined = _joined(algebra, keys)
            ranges = keys if joined is None else [joined]
        if not all(_has_places(algebra, key) for key in ranges):
            return None
        for key in ranges:
            holds = compare(key[2][0][0][1], _largest(algebra, key))
            none = algebra.multiply(none, subtract(constant(UNIT), holds))
    return subtract(constant(UNIT), none)


def _has_places(algebra: Algebra, key: Key) -> bool:
    return nonempty(algebra, (*key[:2], ()), algebra.holds)


def _joined(algebra: Algebra, keys: Sequence[Key]) -> Key | None:
    """The same condition over one range; where it is that 0 is positive, it may be counted, too."""
    bounds, _, factors = keys[0]
    parts: list[tuple[tuple[Constraint, ...], tuple[Variable, ...]]] = []
    parts += [(key[1], ()) for key in keys]
    if factors[0][0][1] == ">":
        for place in _zeros(algebra, keys[0]):
            here = equal(plus(variable(bounds[0]), place, -1))
            parts += [] if here is None else [((here,), ())]
    limits = algebra.sets.united(bounds, parts, algebra.surroundings())
    return None if limits is None else (bounds, tuple(limits), factors)


def _largest(algebra: Algebra, key: Key) -> Poly:
    """max(k, u)."""
    bounds, constraints, (((_, _, _, (held,)), _),) = algebra.opened(key)
    body = atom_poly((BODY, "", (), (held,)))
    top: Atom = (REDUCTION, "max", (), ())
    return algebra.laws[REDUCTION](algebra, top, (algebra.bind(body, bounds, constraints),))
