"""What all terms of a sum have in common, taken out.

    2 x exp(c) p + 4 x exp(c) g  =  2 * x exp(c) * (p + 2 g)

So that sums which differ by a factor are one atom under a power, in a logarithm or in a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from symgrad.proof.elimination import single
from symgrad.proof.facts import Facts
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import (
    BRACKET,
    LABEL,
    UNIT,
    Atom,
    Exponent,
    Key,
    Number,
    OutOfReach,
    Poly,
    accumulate,
    free,
    scale,
)
from symgrad.sets.affine import Constraint, Variable, variable


def primitive(
    facts: Facts,
    algebra: Algebra,
    poly: Poly,
    positive: bool,
    inside: Collection[Variable] = (),
) -> tuple[Number, tuple[tuple[Atom, Exponent], ...], Poly]:
    """poly = number * common factors * rest; if asked, with the first two positive.

    The rest has the leading coefficient 1 (or -1, where the number must be positive); what depends
    on an index named by `inside` stays in it.
    """
    common = tuple(
        sorted(
            (atom, power)
            for atom, power in _least(poly, inside).items()
            if not positive or facts.power_positive(algebra, atom, power)
        )
    )
    rest: Poly = {}
    if common:
        inverse = tuple((atom, -power) for atom, power in common)
        for (bounds, constraints, factors), coefficient in poly.items():
            algebra.assemble(rest, bounds, constraints, (*factors, *inverse), coefficient)
        if not rest:
            raise OutOfReach("a power of zero")
    else:
        rest = poly
    leading = rest[max(rest)]
    if positive and leading < 0:
        leading = -leading
    return leading, common, scale(rest, 1 / leading)


def _least(poly: Poly, inside: Collection[Variable]) -> dict[Atom, Exponent]:
    """The power of each atom that all terms have, if it is no condition and of no bound index."""
    least: dict[Atom, Exponent] = {}
    times: dict[Atom, int] = {}
    barred: set[Atom] = set()
    for bounds, _, factors in poly:
        hidden = (*bounds, *inside)
        for atom, power in factors:
            least[atom] = min(least.get(atom, power), power)
            times[atom] = times.get(atom, 0) + 1
            if atom[0] in (BRACKET, LABEL) or (hidden and not free(atom).isdisjoint(hidden)):
                barred.add(atom)
    return {
        atom: power
        for atom, power in least.items()
        if (power < 0 or times[atom] == len(poly)) and atom not in barred
    }


def single_atom(poly: Poly) -> tuple[Atom, Exponent] | None:
    """The one power of an atom that a sum consists of, with coefficient 1."""
    if len(poly) != 1:
        return None
    ((bounds, constraints, factors), coefficient) = next(iter(poly.items()))
    if bounds or constraints or len(factors) != 1 or coefficient != 1:
        return None
    return factors[0]


def without(algebra: Algebra, poly: Poly, condition: Atom) -> Poly:
    """The sum with a condition taken out of its terms, its bound indices named anew."""
    out: Poly = {}
    for (bounds, constraints, factors), value in poly.items():
        left = [item for item in factors if item[0] != condition]
        algebra.assemble(out, bounds, constraints, left, value)
    return out


def common_condition(poly: Poly) -> Atom | None:
    """A condition that every term holds, free of the bound indices."""
    first, *others = poly
    for atom, _ in first[2]:
        if atom[0] in (BRACKET, LABEL) and all(
            free(atom).isdisjoint(bounds) and (atom, 1) in factors
            for bounds, _, factors in (first, *others)
        ):
            return atom
    return None


def clamped(
    facts: Facts, algebra: Algebra, poly: Poly, condition: Atom
) -> tuple[Poly, Poly, bool] | None:
    """p, c g and whether c > 0, for p + c g [g > 0], which is max(p, p + c g), or min for c < 0."""
    chosen = {key: value for key, value in poly.items() if (condition, 1) in key[2]}
    if not chosen or any(not free(condition).isdisjoint(bounds) for bounds, _, _ in chosen):
        return None
    rest = {key: value for key, value in poly.items() if key not in chosen}
    added = without(algebra, chosen, condition)
    gap = condition[3][0].poly()
    if not added or len(added) != len(gap):
        return None
    _, _, shape = primitive(facts, algebra, added, True)
    return (rest, added, shape == gap) if shape in (gap, scale(gap, -1)) else None


@dataclass(frozen=True)
class Outside:
    """What leaves a sum and everything around it: an index of one value, and the rest of the sum.

    f(w + sum(k, [k == y] u[k])) = sum(k, [k == y] f(w + u[k])), and so with k = floor(e / 2)
    """

    index: Variable
    within: tuple[Constraint, ...]
    held: Poly
    inner: Poly

    def around(self, algebra: Algebra, apply: Callable[[Poly], Poly]) -> Poly:
        """The sum over the index of what is made of the rest."""
        with algebra.inside(self.within):
            value = apply(self.inner)
        return algebra.bind(algebra.multiply(self.held, value), (self.index,), self.within)


def taken_out(algebra: Algebra, poly: Poly) -> Outside | None:
    """An index of one value that a sum binds, if there is one."""
    for key in poly:
        if not key[0] or single(algebra.implied, key) is None:
            continue
        bounds, constraints, factors = algebra.opened(key)
        found = single(algebra.implied, (bounds, constraints, factors))
        if found is None:
            continue
        name, own, labels = found
        inner: Poly = {}
        for other, value in poly.items():
            if other != key:
                _with_label(algebra, inner, other, value, name, labels)
        rest = tuple(bound for bound in bounds if bound != name)
        limits = tuple(item for item in constraints if item not in own)
        left = tuple(item for item in factors if item[0] not in labels)
        algebra.assemble(inner, rest, limits, left, poly[key])
        held: Poly = {((), (), tuple((label, 1) for label in labels)): UNIT}
        return Outside(name, own, held, inner)
    return None


def _with_label(
    algebra: Algebra,
    out: Poly,
    key: Key,
    value: Number,
    name: Variable,
    labels: tuple[Atom, ...],
) -> None:
    """Add a term, at the index of a label if it binds another one for the same label."""
    opened = algebra.opened(key) if labels and any(a[0] == LABEL for a, _ in key[2]) else key
    other = single(algebra.implied, opened) if opened is not key else None
    same = {other[0]: variable(name)} if other is not None else {}
    if other is None or tuple(algebra.renamed(atom, same) for atom in other[2]) != labels:
        accumulate(out, key, value)
        return
    bounds = tuple(bound for bound in opened[0] if bound != other[0])
    limits = tuple(item for item in opened[1] if item not in other[1])
    left = tuple(item for item in opened[2] if item[0] not in other[2])
    algebra.emit(out, bounds, limits, left, value, same)


def known_here(algebra: Algebra, poly: Poly) -> Poly:
    """The sum without the conditions on outer indices that hold where it stands."""
    if not any(key[1] for key in poly):
        return poly
    result: Poly = {}
    for (bounds, constraints, factors), value in poly.items():
        needed = tuple(
            item
            for item in constraints
            if any(name in bounds for name, _ in item[1][1]) or not algebra.holds(item)
        )
        if len(needed) == len(constraints):
            accumulate(result, (bounds, constraints, factors), value)
        else:
            algebra.assemble(result, bounds, needed, factors, value)
    return result
