"""What the elements of an array demand, element by element.

    for i: t[i] = log(x[i])
    out = 0 * t[2]              out demands x[2] > 0

An element demands what its own expression does and what the elements do that it reads, at the
places and under the conditions where it reads them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, replace

from symgrad.proof.rational import Algebra
from symgrad.proof.scope import Demand, Scope
from symgrad.proof.terms import Forms
from symgrad.proof.theory import Definition, Own
from symgrad.sets.affine import (
    FALSE,
    Constraint,
    Variable,
    determined,
    is_index_variable,
    names,
    put,
    put_in,
    variable,
)


@dataclass(frozen=True)
class Elements:
    """The elements of an array at places, under the scope where they are looked at."""

    of: Definition
    places: Forms
    scope: Scope


def demanded(algebra: Algebra, elements: Elements, among: Set[Demand]) -> Iterator[Demand]:
    """What elements demand, as far as it was made as one of some demands."""
    for item in elements.of.demands:
        if among.isdisjoint({item.made} if isinstance(item, Own) else item.of.made):
            continue
        algebra.spend()
        fresh = {name: algebra.fresh() for name in item.scope.bounds}
        new = {**elements.places, **{old: variable(name) for old, name in fresh.items()}}
        scope = _inside(algebra, elements.scope, item.scope, fresh, new)
        if scope is None:
            continue
        if isinstance(item, Own):
            inner = algebra.substitute(item.made.inner.poly(), new)
            yield replace(item.made, scope=scope, inner=algebra.freeze(inner))
        else:
            places = (put(place, new) for place in item.places)
            formals = dict(zip(item.of.formals, places, strict=False))
            yield from demanded(algebra, Elements(item.of, formals, scope), among)


def _inside(
    algebra: Algebra, around: Scope, inner: Scope, fresh: Mapping[Variable, Variable], new: Forms
) -> Scope | None:
    """A scope inside another one, its variables put in; none if nothing can stand there."""
    moved = (put_in(item, new) for item in inner.constraints)
    constraints = (*around.constraints, *(item for item in moved if item is not None))
    guards = tuple(algebra.substitute(guard, new) for guard in inner.guards)
    if not all(guards) or _is_contradictory(constraints):
        return None
    labels = {fresh[name]: algebra.substitute(label, new) for name, label in inner.labels.items()}
    return Scope(
        bounds=(*around.bounds, *fresh.values()),
        constraints=constraints,
        labels={**around.labels, **labels},
        guards=(*around.guards, *guards),
    )


def _is_contradictory(constraints: Collection[Constraint]) -> bool:
    """Do the equations among constraints on indices say what cannot be: i == 1 and i == 2?"""
    indices = [name for name in names(form for _, form in constraints) if is_index_variable(name)]
    fixed = determined(indices, constraints)
    return any(put_in(item, fixed) == FALSE for item in constraints)
