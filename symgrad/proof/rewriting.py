"""Rewriting by an equation: its leading term, wherever a term holds it, becomes the rest of it.

    p[j] S^-1  with  S = sum(k, p[k])      sum(j, p[j] S^-1) = S S^-1 = 1
    sum(k, y[k]) = 1                       sum(j, k, x[j] y[k]) = sum(j, x[j])
    sum(k, y[b, k]) = 1 for every b        sum(j, k, x[j] y[j, k]) = sum(j, x[j])

And the other way to lose a denominator: 0 = t if 0 = t * S^n, for an S that is not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import islice, permutations, product
from typing import Any, TypeAlias

from symgrad.proof.canonical import put_all
from symgrad.proof.rational import Algebra
from symgrad.proof.replacing import mapped
from symgrad.proof.terms import (
    COMPOUND,
    UNIT,
    Atom,
    Exponent,
    Key,
    OutOfReach,
    Poly,
    Sum,
    accumulate,
    add,
    atom_poly,
    free,
    scale,
    subtract,
)
from symgrad.proof.theory import EVERY, Theory
from symgrad.sets.affine import (
    Affine,
    Variable,
    plain,
    variable,
)

PLACES = 8
"""An equation about every element is tried at so many places of a term."""

ROUNDS = 400
"""So many terms one step may rewrite."""


Pattern: TypeAlias = "tuple[Key, Poly, Atom | None]"
"""A leading term, what it equals, and the base of the power under which it does."""


def denominators(key: Key) -> Iterable[Pattern]:
    """S^-n: lead(S) = S - (the rest of S), where S cancels one power of itself."""
    for atom, power in key[2]:
        if atom[0] == COMPOUND and power < 0:
            yield *_patterned(atom), atom


def rewritten(known: Theory, poly: Poly, patterns: Callable[[Key], Iterable[Pattern]]) -> Poly:
    todo = dict(poly)
    done: Poly = {}
    rounds = 0
    while todo:
        key, coefficient = todo.popitem()
        changed = _matched(known, key, patterns)
        rounds += changed is not None
        if changed is None or rounds > ROUNDS:
            accumulate(done, key, coefficient)
            continue
        for other, factor in changed.items():
            accumulate(todo, other, coefficient * factor)
    return done


def _matched(known: Theory, key: Key, patterns: Callable[[Key], Iterable[Pattern]]) -> Poly | None:
    """The term with one leading term of a pattern replaced, if it holds one."""
    algebra = known.algebra
    given = list(patterns(key))
    if not given:
        return None
    bounds, constraints, factors = opened_key = algebra.opened(key)
    placed = (found for one in given for found in _placed(algebra, opened_key, one))
    for lead, value, base in placed:
        if base is not None:
            # The base is renamed with the term that holds it: find it there again.
            place = [atom for atom, _ in key[2]].index(base)
            opened = factors[place][0]
            lead, value = _patterned(opened)
        inner = algebra.opened(lead)
        for names in permutations(bounds, len(inner[0])):
            new = {bound: variable(name) for bound, name in zip(inner[0], names, strict=True)}
            rest = _without(algebra, (bounds, constraints, factors), inner, new)
            if rest is not None:
                out: Poly = {}
                for (more, within, atoms), factor in value.items():
                    extra = algebra.opened((more, within, atoms))
                    algebra.assemble(
                        out,
                        (*rest[0], *extra[0]),
                        (*rest[1], *extra[1]),
                        (*rest[2], *extra[2]),
                        factor,
                    )
                return out
    return None


def _placed(algebra: Algebra, key: Key, pattern: Pattern) -> Iterator[Pattern]:
    """A pattern about every element of an array, at the places where a term has such elements."""
    lead, value, base = pattern
    free_ = sorted({name for atom, _ in lead[2] for name in free(atom) if name.startswith(EVERY)})
    if not free_:
        yield pattern
        return
    for chosen in islice(product(*(sorted(_places(key, lead, name)) for name in free_)), PLACES):
        new = dict(zip(free_, chosen, strict=True))
        ((moved, factor),) = algebra.substitute({lead: UNIT}, new).items()
        if factor == 1:
            yield moved, algebra.substitute(value, new), base


def _places(key: Key, lead: Key, name: Variable) -> set[Affine]:
    """Where a term has elements of the array that a pattern reads at a free place."""
    return {
        atom[2][at]
        for pattern, _ in lead[2]
        for at, form in enumerate(pattern[2])
        if plain(form) == name
        for atom, _ in key[2]
        if atom[:2] == pattern[:2]
    }


def _patterned(atom: Atom) -> tuple[Key, Poly]:
    """The leading term of a base, and what it equals by it."""
    poly = atom[3][0].poly()
    lead = max(poly)
    rest = {other: -value / poly[lead] for other, value in poly.items() if other != lead}
    return lead, add(rest, scale(atom_poly(atom), 1 / poly[lead]))


def _without(algebra: Algebra, term: Key, lead: Key, new: Mapping[Variable, Any]) -> Key | None:
    """The term divided by the leading term at the given indices, if it holds it."""
    bounds, constraints, factors = term
    left = dict(factors)
    for atom, power in lead[2]:
        moved = algebra.renamed(atom, new) if new else atom
        has = left.get(moved)
        if has is None or (has > 0) != (power > 0) or abs(Fraction(has)) < abs(Fraction(power)):
            return None
        left[moved] = has - power
        if not left[moved]:
            del left[moved]
    taken = {form[1][0][0] for form in new.values()}
    within = {*put_all(lead[1], new)}
    if not within.issubset(constraints):
        return None
    others = tuple(item for item in constraints if item not in within)
    if any(not free(atom).isdisjoint(taken) for atom in left) or any(
        name in taken for _, form in others for name, _ in form[1]
    ):
        return None
    return tuple(name for name in bounds if name not in taken), others, tuple(left.items())


# --- the rules ---------------------------------------------------------------------------------


def clear(known: Theory, poly: Poly, base: Sum) -> Poly:
    """Multiply by the least power of a sum that leaves it in no denominator."""
    atom: Atom = (COMPOUND, "", (), (base,))
    least: Exponent = 0
    for bounds, _, factors in poly:
        power = dict(factors).get(atom, 0)
        if power and not free(atom).isdisjoint(bounds):
            raise OutOfReach("a denominator that depends on a bound index")
        least = min(least, power)
    result: Poly = {}
    for (bounds, constraints, factors), coefficient in poly.items():
        raised = (*factors, (atom, -least)) if least else factors
        known.algebra.assemble(result, bounds, constraints, raised, coefficient)
    return result


def cancel(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Rewrite every product of a sum's leading term with a negative power of the sum."""
    return rewritten(known, poly, denominators)


def use(known: Theory, poly: Poly, place: int) -> Poly:
    """Rewrite the leading term of an assumed equation by the rest of it."""
    left, right = known.equations[place]
    zero = subtract(left, right)
    lead = max((key for key in zero if key != ((), (), ())), default=None)
    if lead is None:
        return poly
    rest = {key: -value / zero[lead] for key, value in zero.items() if key != lead}
    algebra, about = known.algebra, {atom[1] for atom, _ in lead[2]}

    def change(part: Poly) -> Poly:
        return rewritten(
            known, mapped(algebra, part, inside, about), lambda _: [(lead, rest, None)]
        )

    def inside(atom: Atom) -> Poly | None:
        before = tuple(inner.poly() for inner in atom[3])
        after = tuple(map(change, before))
        return None if after == before else algebra.laws[atom[0]](algebra, atom, after)

    return change(poly)
