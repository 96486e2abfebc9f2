"""Where two sides are defined: what they demand of logarithms, roots and denominators.

    log(x^2) is defined for x != 0, 2 log(x) for x > 0 only: they are different

Demands that always hold (exp(u) > 0) or that the forward pass makes already do not count.
"""

from __future__ import annotations

from collections.abc import Iterator

from symgrad.proof.canonical import named
from symgrad.proof.content import primitive
from symgrad.proof.scope import NONZERO, POSITIVE, Demand
from symgrad.proof.terms import (
    Atom,
    Key,
    OutOfReach,
    Poly,
    atom_poly,
)
from symgrad.proof.theory import Theory, unfolded
from symgrad.sets.affine import Constraint

DEMAND = "demand"
LEFT, RIGHT = "left ", "right "


def defined_alike(known: Theory) -> bool:
    """Is each side defined wherever the other one is (and the forward pass)?

    Both sides demand the same of the arguments of their logarithms, roots and denominators, apart
    from what the forward pass demands already and what always holds.
    """
    for deep in (False, True):
        given, left, right = (
            {key for item in known.demands.get(owner, ()) for key in _keys(known, item, deep)}
            for owner in ("", LEFT, RIGHT)
        )
        if left - given == right - given:
            return True
    return False


def _keys(known: Theory, demand: Demand, deep: bool) -> Iterator[Key]:
    """A demand as demands of single factors, terms over the indices that they speak of."""
    inner = demand.inner.poly()
    if deep:
        inner = unfolded(known, inner)
    if not inner:
        raise OutOfReach("an argument that is zero")
    algebra, facts = known.algebra, known.laws.facts
    _, common, rest = primitive(facts, algebra, inner, demand.kind != NONZERO)
    parts = [rest]
    if demand.kind == NONZERO:
        parts += [atom_poly(atom) for atom, _ in common]
    for part in parts:
        if demand.kind == NONZERO:
            met = facts.nonvanishing(algebra, part)
        else:
            met = facts.positive(algebra, part, demand.kind == POSITIVE)
        if not met:
            yield _key(known, demand, part)


def _key(known: Theory, demand: Demand, inner: Poly) -> Key:
    frozen = known.algebra.freeze(inner)
    indices = set(frozen.free)
    within: set[Constraint] = set()
    while True:
        near = {
            item
            for item in demand.scope.constraints
            if any(name in indices for name, _ in item[1][1])
        }
        if near == within:
            break
        within = near
        bound = set(demand.scope.bounds)
        indices |= {name for _, form in near for name, _ in form[1] if name in bound}
    atom: Atom = (DEMAND, demand.kind, (), (frozen,))
    bounds = tuple(name for name in demand.scope.bounds if name in indices)
    return named(known.algebra.renamed, bounds, tuple(within), {atom: 1})
