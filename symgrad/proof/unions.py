"""The larger of maxima over parts of a range, as one maximum.

    max(u[1], max(k in 2..N, u[k])) = max(k in 1..N, u[k])                               N >= 2
    max(max(k in 1..P, u[2 k]), max(k in 1..P, u[2 k - 1])) = max(k in 1..2P, u[k])
    max(exp(u[1]), exp(max(k in 2..N, u[k]))) = exp(max(k in 1..N, u[k]))

A value counts as a maximum over one place. No part may be empty, for then it has no value.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from symgrad.proof.brackets import placed
from symgrad.proof.content import clamped, primitive, single_atom
from symgrad.proof.holes import WHOLE, Range, has_places, is_maximum, over, parts_of, range_of
from symgrad.proof.laws import Laws
from symgrad.proof.monotone import increasing_in
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import (
    BRACKET,
    EXP,
    REDUCTION,
    UNIT,
    Atom,
    Poly,
    add,
    mentions,
    scale,
    subtract,
)
from symgrad.sets.affine import Variable, equal, plus, variable

MOST_PARTS = 6
"""The largest of more values is not looked at."""


def united(laws: Laws, algebra: Algebra, left: Poly, right: Poly) -> Poly | None:
    """The larger of two sums, if some of what they are the largest of makes one maximum."""
    if not any(mentions(a, (REDUCTION,)) for p in (left, right) for _, _, f in p for a, _ in f):
        return None
    values = [*_largest_of(laws, algebra, left, 0), *_largest_of(laws, algebra, right, 0)]
    count = len(values)
    if count > MOST_PARTS:
        return None
    while (found := _pair(laws, algebra, values)) is not None:
        values = found
    if len(values) == count:
        return None
    result, *others = values
    for other in others:
        result = laws.function(algebra, "max", result, other)
    return result


def _largest_of(laws: Laws, algebra: Algebra, poly: Poly, depth: int) -> Iterator[Poly]:
    """u and v, where a sum is max(u, v), which stands as u + (v - u) [v - u > 0]."""
    conditions = {atom for _, _, factors in poly for atom, _ in factors if atom[0] == BRACKET}
    for condition in sorted(conditions) if depth < MOST_PARTS else ():
        found = clamped(laws.facts, algebra, poly, condition)
        if found is not None and found[2]:
            for side in (found[0], add(found[0], found[1])):
                yield from _largest_of(laws, algebra, side, depth + 1)
            return
    yield poly


def _pair(laws: Laws, algebra: Algebra, values: list[Poly]) -> list[Poly] | None:
    """The values with two of them made one."""
    for one, other in combinations(range(len(values)), 2):
        joined = _joined(laws, algebra, values[one], values[other])
        if joined is not None:
            rest = [value for place, value in enumerate(values) if place not in (one, other)]
            return [joined, *rest]
    return None


def _joined(laws: Laws, algebra: Algebra, left: Poly, right: Poly) -> Poly | None:
    """max(c M + w, c v + w) = c max(M, v) + w, where M is a maximum; the same in f, increasing."""
    gap = subtract(left, right)
    if not gap:
        return left
    inside = _within_function(laws, algebra, left, right)
    if inside is not None:
        return inside
    leading, common, rest = primitive(laws.facts, algebra, gap, True)
    for key, sign in rest.items():
        top = single_atom({key: UNIT})
        if top is None or top[1] != 1 or not is_maximum(top[0]) or abs(sign) != 1:
            continue
        value = subtract({key: UNIT}, scale(rest, sign))
        union = _union(laws, algebra, top[0], value)
        if union is not None:
            factor: Poly = {}
            algebra.assemble(factor, (), (), common, leading)
            more = algebra.multiply(factor, subtract(union, value))
            return add(right if sign > 0 else left, more)
    return None


def _within_function(laws: Laws, algebra: Algebra, left: Poly, right: Poly) -> Poly | None:
    """max(f(u), f(v)) = f(max(u, v)), and max(-f(u), -f(v)) = -f(-max(-u, -v))."""
    argument, other = increasing_in(left), increasing_in(right)
    if argument is None or other is None:
        return None
    ((_, _, factors), number), ((_, _, others), same) = (*left.items(), *right.items())
    heads = {atom[:2] for atom, _ in (*factors, *others)}
    if number != same or len(heads) != 1:
        return None
    turn = 1 if number > 0 else -1
    joined = _joined(laws, algebra, scale(argument, turn), scale(other, turn))
    if joined is None:
        return None
    (head,), inner = heads, scale(joined, turn)
    value = laws.exp(algebra, inner) if head[0] == EXP else laws.function(algebra, head[1], inner)
    return scale(value, number)


def _union(laws: Laws, algebra: Algebra, top: Atom, value: Poly) -> Poly | None:
    """max(M, v), if v is the body of M at some place, or the maximum of it at some places."""
    within, body = range_of(algebra, top[3][0].poly())
    other, element = _range(algebra, value)
    if not (has_places(algebra, within) and has_places(algebra, other)):
        return None
    used = tuple(name for name in within[0] if name in algebra.freeze(body).free)
    for new in placed(used, body, element):
        if algebra.substitute(body, new) == element:
            met = (equal(plus(variable(name), form, -1)) for name, form in new.items())
            here = tuple(item for item in met if item is not None)
            either = _either(algebra, used, within, (other[0], (*other[1], *here), other[2]))
            if either is not None:
                return laws.reduction(algebra, "max", over(algebra, either, used, body))
    return None


def _range(algebra: Algebra, value: Poly) -> tuple[Range, Poly]:
    """Where a maximum ranges and its body, or one place and a value that is none."""
    single = single_atom(value)
    if single is not None and single[1] == 1 and is_maximum(single[0]):
        return range_of(algebra, single[0][3][0].poly())
    return ((), (), WHOLE), value


def _either(algebra: Algebra, used: tuple[Variable, ...], one: Range, other: Range) -> Range | None:
    """Where indices are in one range or in the other, which speaks of them by its constraints."""
    mine, theirs = parts_of(algebra, one), parts_of(algebra, other)
    if mine is None or theirs is None:
        return None
    hidden = tuple(name for name in one[0] if name not in used)
    parts = [*((items, hidden) for items, _ in mine), *((items, other[0]) for items, _ in theirs)]
    limits = algebra.sets.united(used, parts, algebra.surroundings())
    if limits is not None:
        return used, tuple(limits), WHOLE
    if hidden or one[2] == other[2] == WHOLE:
        return None  # two values are what other rules know maxima by
    left, right = algebra.bind(one[2], (), one[1]), algebra.bind(other[2], other[0], other[1])
    return used, (), subtract(add(left, right), algebra.multiply(left, right))
