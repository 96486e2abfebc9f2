"""Maxima over indices, with everything taken out that leaves the order as it is.

    max(k, c u + a) = c max(k, u) + a     c > 0, neither depends on k
    max(k, f(u)) = f(max(k, u))           f increasing; f(-max(k, -u)) for f decreasing
    max(k, max(u, v)) = max(max(k, u), max(k, v))
    max(k, max(l, u)) = max(k, l, u)      max(k, l, u[k] + v[l]) = max(k, u[k]) + max(l, v[l])

They hold over every range: over an empty one neither side has a value.
"""

from __future__ import annotations

from fractions import Fraction

from symgrad.algebra.choices import groups_of
from symgrad.proof.content import primitive
from symgrad.proof.holes import WHOLE, WITH_HOLES, Range, has_places, over, range_of
from symgrad.proof.laws import Laws, Reducer
from symgrad.proof.monotone import INCREASING
from symgrad.proof.rational import Algebra
from symgrad.proof.signs import maximum_of
from symgrad.proof.terms import (
    BRACKET,
    COMPOUND,
    EXP,
    FUNCTION,
    REDUCTION,
    Exponent,
    OutOfReach,
    Poly,
    accumulate,
    add,
    atom_poly,
    exponents_added,
    free,
    free_of_key,
    scale,
    subtract,
)
from symgrad.sets.affine import names


def maximum(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    """max over the bound indices of the terms that hold its body."""
    within, body = range_of(algebra, poly)
    return _over(laws, algebra, within, body)


def _over(laws: Laws, algebra: Algebra, within: Range, body: Poly) -> Poly:
    algebra.spend()
    bounds = within[0]
    outside: Poly = {}
    inside: Poly = {}
    for term, coefficient in body.items():
        accumulate(outside if free_of_key(term).isdisjoint(bounds) else inside, term, coefficient)
    if not inside:
        if not has_places(algebra, within):
            raise OutOfReach("a maximum over an index that its body does not use")
        return outside
    leading, common, rest = primitive(laws.facts, algebra, inside, True, bounds)
    top = _reduced(laws, algebra, within, rest)
    factor: Poly = {}
    algebra.assemble(factor, (), (), common, leading)
    return add(algebra.multiply(factor, top), outside)


def _reduced(laws: Laws, algebra: Algebra, within: Range, body: Poly) -> Poly:
    """The maximum of a body without a factor or a term that could be taken out."""
    for rule in (_increasing, _larger, _nested, _apart):
        found = rule(laws, algebra, within, body)
        if found is not None:
            return found
    bounds, constraints, _ = within
    used = [name for name in bounds if name in algebra.freeze(body).free]
    hidden = [name for name in bounds if name not in used]
    if not algebra.sets.determined(used, constraints, hidden):
        raise OutOfReach("a maximum over an index that its body does not use")
    terms = over(algebra, within, used, body)
    return laws.attained(algebra, "max" if len(terms) == 1 else WITH_HOLES, terms)


def _increasing(laws: Laws, algebra: Algebra, within: Range, body: Poly) -> Poly | None:
    """max(f(u)) = f(max(u)), and max(-f(u)) = -f(-max(-u)); the other way round for 1/u."""
    if len(body) != 1:
        return None
    ((bounds, constraints, factors), coefficient) = next(iter(body.items()))
    if bounds or constraints or not factors:
        return None
    sign = 1 if coefficient > 0 else -1
    if all(atom[0] == EXP for atom, _ in factors):
        inner = _over(laws, algebra, within, scale(exponents_added(factors), sign))
        return scale(laws.exp(algebra, scale(inner, sign)), sign)
    if len(factors) != 1:
        return None
    atom, power = factors[0]
    if power == 1 and atom[0] == FUNCTION and atom[1] in INCREASING:
        inner = _over(laws, algebra, within, scale(atom[3][0].poly(), sign))
        return scale(laws.function(algebra, atom[1], scale(inner, sign)), sign)
    base = atom[3][0].poly() if atom[0] == COMPOUND else atom_poly(atom)
    if power == 1 or not _keeps_order(laws, algebra, base, power):
        return None
    turn = sign if power > 0 else -sign
    inner = _over(laws, algebra, within, scale(base, turn))
    return scale(laws.power(algebra, scale(inner, turn), power), sign)


def _keeps_order(laws: Laws, algebra: Algebra, base: Poly, power: Exponent) -> bool:
    """Is u^e monotone where u ranges: an odd power, a root, or any power of what is positive?"""
    if isinstance(power, int) and power > 0 and power % 2:
        return True
    if isinstance(power, Fraction) and power > 0:
        return True
    return laws.facts.positive(algebra, base)


def _larger(laws: Laws, algebra: Algebra, within: Range, body: Poly) -> Poly | None:
    """max(w + c u [u > 0]) = max(max(w + c u), max(w)), for c > 0."""
    bounds = within[0]
    for atom in sorted({a for _, _, factors in body for a, _ in factors if a[0] == BRACKET}):
        if free(atom).isdisjoint(bounds):
            continue
        chosen: Poly = {}
        rest: Poly = {}
        for (inner, constraints, factors), coefficient in body.items():
            held = tuple(item for item in factors if item[0] != atom)
            poly = chosen if len(held) < len(factors) else rest
            accumulate(poly, (inner, constraints, held), coefficient)
        gap = atom[3][0].poly()
        ratio = chosen.get(max(gap), 0) / gap[max(gap)]
        if ratio > 0 and not subtract(chosen, scale(gap, ratio)):
            both = (_over(laws, algebra, within, part) for part in (add(rest, chosen), rest))
            return laws.function(algebra, "max", *both)
    return None


def _nested(laws: Laws, algebra: Algebra, within: Range, body: Poly) -> Poly | None:
    """max(k, max(l, u)) = max(k, l, u)."""
    if len(body) != 1:
        return None
    ((own, constraints, factors), coefficient) = next(iter(body.items()))
    if own or constraints or coefficient != 1 or len(factors) != 1:
        return None
    atom, power = factors[0]
    if power != 1 or atom[:2] != (REDUCTION, "max"):
        return None
    bounds, limits, inner = maximum_of(algebra, atom)
    both = ((*within[0], *bounds), (*within[1], *limits), within[2])
    return _over(laws, algebra, both, inner)


def _apart(laws: Laws, algebra: Algebra, within: Range, body: Poly) -> Poly | None:
    """max(k, l, u[k] + v[l]) = max(k, u[k]) + max(l, v[l])."""
    bounds, constraints, held = within
    if held != WHOLE:
        return None
    links = [free_of_key(term).intersection(bounds) for term in body]
    links += [names([form]).intersection(bounds) for _, form in constraints]
    groups = groups_of(links)
    if len(groups) < 2:
        return None
    parts = []
    for group in groups:
        mine = {term: c for term, c in body.items() if not free_of_key(term).isdisjoint(group)}
        limits = tuple(item for item in constraints if not names([item[1]]).isdisjoint(group))
        if not mine:
            return None
        chosen = tuple(name for name in bounds if name in group)
        parts.append(_over(laws, algebra, (chosen, limits, WHOLE), mine))
    return add({}, *parts) if all(names([f]) & set(bounds) for _, f in constraints) else None


REDUCERS: dict[str, Reducer] = {"max": maximum, WITH_HOLES: maximum}
"""How each reduction over indices is brought to its one form."""
