"""Sums of the same atoms over different sets of indices.

    sum(j, k in 1..j, p[k] g[j]) - sum(k, j in k..J, p[k] g[j]) = 0     for the sets are the same

Terms are put in groups of the same atoms; a group whose sets, counted with their coefficients,
cancel at every point is zero.
"""

from __future__ import annotations

from typing import Any

from symgrad.affine import (
    Variable,
    variable,
)
from symgrad.canonical import orders
from symgrad.terms import (
    Key,
    Poly,
    free,
)
from symgrad.theory import Theory


def regions(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Drop the sums of the same atoms whose index sets cancel."""
    groups: dict[tuple[Any, ...], list[tuple[Key, list[Any], Any]]] = {}
    for key, coefficient in poly.items():
        found = _region(known, key)
        if found is not None:
            groups.setdefault(found[0], []).append((key, found[1], coefficient))
    result = dict(poly)
    context = known.algebra.known
    for members in groups.values():
        signed = [
            (region, coefficient / len(images))
            for _, images, coefficient in members
            for region in images
        ]
        if known.sets.vanishes(signed, context):
            for key, _, _ in members:
                del result[key]
    return result


def _region(known: Theory, key: Key) -> tuple[tuple[Any, ...], list[Any]] | None:
    """The atoms of a term, their indices named, and the sets of those names (by symmetry)."""
    bounds, constraints, factors = key
    used = tuple(name for name in bounds if any(name in free(atom) for atom, _ in factors))
    hidden = tuple(name for name in bounds if name not in used)
    if not known.sets.determined(used, constraints, hidden):
        return None
    algebra = known.algebra
    best: tuple[Any, ...] | None = None
    least: list[tuple[Variable, ...]] = []
    for order in orders(algebra.renamed, used, (), dict(factors)) if used else [()]:
        new = {name: variable(f"@r{place}") for place, name in enumerate(order)}
        form = tuple(sorted((algebra.renamed(atom, new), power) for atom, power in factors))
        if best is None or form < best:
            best, least = form, [order]
        elif form == best:
            least.append(order)
    assert best is not None
    images = [known.sets.points(order, constraints, hidden) for order in least]
    return (len(used), best), images
