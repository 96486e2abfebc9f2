"""One name for each bound index of a term, whatever it was called.

    sum(i, j, p[i] g[j] p[j])  and  sum(k, l, p[l] p[k] g[k])   are   sum(@0, @1, g[@0] p[@0] p[@1])

Each index gets a signature, where it stands in the atoms and constraints, refined until it splits
no further (the colours of Weisfeiler and Leman); among the orders that agree with the signatures
the one is taken that gives the least term.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from symgrad.algebra.choices import orders_of
from symgrad.proof.terms import Atom, Exponent, Forms, Key, free, height
from symgrad.sets.affine import (
    EQUAL,
    Affine,
    Constraint,
    Variable,
    put_in,
    scaled,
    slope_of,
    solved,
    variable,
)

Rename: TypeAlias = Callable[[Atom, Forms], Atom]

PERMUTATIONS = 120
"""So many namings of tied bound indices are compared; beyond, two forms of one term may differ."""


def named(
    rename: Rename,
    bounds: tuple[Variable, ...],
    constraints: tuple[Constraint, ...],
    factors: dict[Atom, Exponent],
) -> Key:
    level = 1 + max((height(atom) for atom in factors), default=0)
    if len(bounds) == 1:
        choices: Iterable[tuple[Variable, ...]] = [bounds]
    else:
        choices = orders(rename, bounds, constraints, factors)
    best: Key | None = None
    bound = tuple(f"@{level}.{place}" for place in range(len(bounds)))
    for order in choices:
        new = {old: variable(name) for old, name in zip(order, bound, strict=True) if old != name}
        key = (
            bound,
            echelon(put_all(constraints, new) if new else constraints, bound),
            tuple(sorted((rename(a, new) if new else a, power) for a, power in factors.items())),
        )
        if best is None or key < best:
            best = key
    assert best is not None
    return best


def orders(
    rename: Rename,
    bounds: tuple[Variable, ...],
    constraints: tuple[Constraint, ...],
    factors: dict[Atom, Exponent],
) -> Iterable[tuple[Variable, ...]]:
    """The orders of bound indices that agree with their signatures."""
    equations = tuple(item for item in constraints if item[0] == EQUAL)
    if equations:  # then inequalities can be written in several ways
        constraints = equations
    colours = _ranked({name: _outline(name, bounds, constraints, factors) for name in bounds})
    distinct = 0
    while distinct < len(set(colours.values())) < len(bounds):
        distinct = len(set(colours.values()))
        colours = _ranked(
            {name: _signature(rename, name, colours, constraints, factors) for name in bounds}
        )
    classes = [
        [name for name in bounds if colours[name] == colour]
        for colour in range(len(set(colours.values())))
    ]
    return orders_of(classes, PERMUTATIONS)


def _ranked(signatures: Mapping[Variable, Any]) -> dict[Variable, int]:
    """A colour for each bound index: the rank of its signature."""
    ranks = {s: rank for rank, s in enumerate(sorted(set(signatures.values())))}
    return {name: ranks[signature] for name, signature in signatures.items()}


def _outline(
    name: Variable,
    bounds: tuple[Variable, ...],
    constraints: tuple[Constraint, ...],
    factors: dict[Atom, Exponent],
) -> tuple[Any, ...]:
    """What tells most bound indices apart without looking into sums: arrays, places, ranges."""

    def slopes(form: Affine) -> tuple[Any, ...]:
        outer = tuple(part for part in form[1] if part[0] not in bounds)
        return form[0], slope_of(form, name), len(form[1]), outer

    def turned(kind: str, form: Affine) -> Affine:
        """An equation as it is with a plus before the index: which sign it has is left to names."""
        return scaled(form, -1) if kind == EQUAL and slope_of(form, name) < 0 else form

    return (
        tuple(
            sorted(
                (
                    *atom[:2],
                    power,
                    tuple(slopes(form) for form in atom[2]),
                    tuple((name in inner.free, len(inner.terms)) for inner in atom[3]),
                )
                for atom, power in factors.items()
                if name in free(atom)
            )
        ),
        tuple(
            sorted(
                (kind, slopes(turned(kind, form)))
                for kind, form in constraints
                if slope_of(form, name)
            )
        ),
    )


def _signature(
    rename: Rename,
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
                (rename(atom, mask), power) for atom, power in factors.items() if name in free(atom)
            )
        ),
        tuple(sorted(put_all([item for item in constraints if slope_of(item[1], name)], mask))),
    )


def put_all(constraints: Iterable[Constraint], new: Forms) -> tuple[Constraint, ...]:
    found = (put_in(item, new) for item in constraints)
    return tuple(item for item in found if item is not None)


def echelon(
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
                if slope_of(item[1], name) in (1, -1)
                and name not in solved_for
                and not any(slope_of(item[1], other) for other in solved_for)
            ),
            None,
        )
        if pivot is None:
            return tuple(sorted(found))
        item, name = pivot
        solved_for.add(name)
        new = {name: solved(item[1], name)}
        found = {item, *put_all(found - {item}, new)}


def pivots(
    constraints: Iterable[Constraint], bounds: tuple[Variable, ...]
) -> dict[Variable, Affine]:
    """What the equations of `echelon` say that bound indices are."""
    found: dict[Variable, Affine] = {}
    for kind, form in constraints:
        if kind == EQUAL:
            units = (name for name in reversed(bounds) if slope_of(form, name) in (1, -1))
            name = next((name for name in units if name not in found), None)
            if name is not None:
                found[name] = solved(form, name)
    return found


@lru_cache(maxsize=4096)
def level(name: Variable) -> int:
    """The height in a name that `named` gave; fresh names stand above all."""
    level, dot, _ = name[1:].partition(".")
    return int(level) if dot and level.isdigit() else 1 << 30
