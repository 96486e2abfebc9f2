"""Sums whose atoms are weighted by integers: extents, indices, floors, remainders, maxima of them.

    floor(N / 2) + ceil(N / 2) - N = 0            max(N, M) + min(N, M) - N - M = 0
    sum(i, (1 - 2 mod(i, 2)) u[i]) - sum(i if mod(i, 2) == 0, u[i]) + sum(i if mod(i, 2) == 1, u[i])

Terms that agree in all other atoms are one sum over the indices of those; its weight at a point is

    sum(terms, c [the point is in the term's set] P(point, integer parts there))

where every integer part has one value: floor(N / 2) is the q with 2 q <= N <= 2 q + 1. An index
with several values is summed first: 2 k <= N counts floor(N / 2) values of k >= 1. A group whose
weight is zero at every point is dropped (`sets.weights`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symgrad.proof.canonical import put_all
from symgrad.proof.counting import counted
from symgrad.proof.regions import context, lifted, orders_of
from symgrad.proof.terms import EXTENT, INDEX, Atom, Exponent, Key, Number, Poly, collected, free
from symgrad.proof.theory import Theory
from symgrad.sets.affine import Affine, Constraint, Variable, variable
from symgrad.sets.weights import Part, cancel


def integers(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Drop the sums of the same atoms whose integer weights cancel."""
    return without_weightless(known, poly, ())


def without_weightless(known: Theory, poly: Poly, where: Iterable[Constraint]) -> Poly:
    """The sum without those sums of the same atoms whose weights cancel where constraints hold."""
    groups: dict[tuple[Any, ...], list[tuple[Key, list[Part]]]] = {}
    below = _below(poly)
    for number, (key, coefficient) in enumerate(poly.items()):
        found = _weighted(known, _cleared(key, below), coefficient, number)
        if found is not None:
            groups.setdefault(found[0], []).append((key, found[1]))
    result = dict(poly)
    about = context(known, poly).union(where)
    for (size, *_), members in groups.items():
        parts = [part for _, images in members for part in images]
        if not any(monomial for part in parts for monomial in part.weight):
            continue
        if cancel(known.sets, _names(size), parts, about):
            for key, _ in members:
                del result[key]
    return result


def _below(poly: Poly) -> dict[Atom, int]:
    """The highest power of each extent below a line."""
    found: dict[Atom, int] = {}
    for _, _, factors in poly:
        for atom, power in factors:
            if atom[0] == EXTENT and isinstance(power, int) and power < 0:
                found[atom] = max(found.get(atom, 0), -power)
    return found


def _cleared(key: Key, below: dict[Atom, int]) -> Key:
    """The term times powers of extents, which are not zero."""
    if not below:
        return key
    bounds, constraints, factors = key
    raised = collected((*factors, *below.items()))
    return bounds, constraints, tuple(sorted(raised.items()))


def _weighted(
    known: Theory, key: Key, coefficient: Number, number: int
) -> tuple[tuple[Any, ...], list[Part]] | None:
    """The atoms of a term but for its integers, and its weight over their places, by symmetry."""
    bounds, constraints, factors = key
    integer = tuple(item for item in factors if _is_weight(*item))
    others = tuple(item for item in factors if item not in integer)
    bounds, constraints, others = lifted(known, (bounds, constraints, others))
    used = tuple(name for name in bounds if any(name in free(atom) for atom, _ in others))
    hidden = tuple(name for name in bounds if name not in used)
    form, least = orders_of(known, used, others)
    monomial = tuple(name for atom, power in integer for name in (_name(atom),) * int(power))
    whole = Part(constraints, hidden, {monomial: coefficient / len(least)})
    parts = counted(known.sets, whole, used)
    if parts is None:
        return None
    images = []
    for order in least:
        new = dict(zip(order, map(variable, _names(len(order))), strict=True))
        for place, part in enumerate(parts):
            kept = {n: variable(f"@h{number}.{place}.{k}") for k, n in enumerate(part.hidden)}
            images.append(_moved(part, new | kept))
    return (len(used), form), images


def _moved(part: Part, new: dict[Variable, Affine]) -> Part:
    weight = {
        tuple(sorted(_renamed(name, new) for name in monomial)): coefficient
        for monomial, coefficient in part.weight.items()
    }
    return Part(
        put_all(part.constraints, new), tuple(_renamed(name, new) for name in part.hidden), weight
    )


def _is_weight(atom: Atom, power: Exponent) -> bool:
    """Is this a whole power of an index or an extent?"""
    return atom[0] in (INDEX, EXTENT) and isinstance(power, int) and power > 0


def _name(atom: Atom) -> Variable:
    return atom[1] if atom[0] == EXTENT else atom[2][0][1][0][0]


def _renamed(name: Variable, new: dict[Variable, Affine]) -> Variable:
    return new[name][1][0][0] if name in new else name


def _names(size: int) -> tuple[Variable, ...]:
    return tuple(f"@r{place}" for place in range(size))
