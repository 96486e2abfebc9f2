"""Indices of a weighted set that take several values: summed, so that each integer left has one.

    sum(k if 1 <= k, 3 k <= N, 1)  =  q        with 3 q <= N <= 3 q + 2, where q >= 1
    sum(k if i <= 2 k <= N, k)     =  S(q) - S(p - 1)     q = floor(N/2), p = ceil(i/2), if q >= p

with S(n) = 1 + ... + n, and so on for higher powers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any, TypeAlias

from flint import fmpq

from symgrad.proof.canonical import put_all
from symgrad.proof.elimination import power_sum
from symgrad.sets.affine import (
    EQUAL,
    Affine,
    Constraint,
    Variable,
    atleast,
    constant,
    plus,
    scaled,
    slope_of,
    solved,
    variable,
)
from symgrad.sets.indexsets import IndexSets
from symgrad.sets.weights import Part, Weight

MOST_SUMMED = 6
"""The highest power of an index that is summed."""

MOST_ENDS = 4
"""So many pairs of ends are told apart."""


def counted(sets: IndexSets, part: Part, used: Sequence[Variable]) -> list[Part] | None:
    """Parts of the same weights, in which every hidden index has one value; None if unknown how."""
    part = _without_equations(part)
    if sets.determined(used, part.constraints, part.hidden):
        return [part]
    for name in part.hidden:
        others = tuple(other for other in part.hidden if other != name)
        if sets.determined((*used, *others), part.constraints, (name,)):
            continue
        pieces = _summed_over(part, name, others)
        if pieces:
            found = [counted(sets, piece, used) for piece in pieces]
            if all(item is not None for item in found):
                return [one for items in found for one in items or ()]
    return None


def _without_equations(part: Part) -> Part:
    """The part without hidden indices that an equation gives in terms of the others."""
    for item in part.constraints:
        kind, form = item
        for name, slope in form[1]:
            if kind == EQUAL and name in part.hidden and slope in (1, -1):
                value = solved(form, name)
                others = tuple(other for other in part.constraints if other != item)
                hidden = tuple(other for other in part.hidden if other != name)
                weight = _raised(part.weight, name, partial(_power, value))
                return _without_equations(Part(put_all(others, {name: value}), hidden, weight))
    return part


def _summed_over(part: Part, name: Variable, others: tuple[Variable, ...]) -> list[Part]:
    """The part summed over an index, for each pair of ends that may be the nearest."""
    own = [item for item in dict.fromkeys(part.constraints) if slope_of(item[1], name)]
    rest = tuple(item for item in part.constraints if item not in own)
    powers = [monomial.count(name) for monomial in part.weight]
    if any(kind == EQUAL for kind, _ in own) or max(powers) > MOST_SUMMED:
        return []
    ends = [_end(form, name, f".{place}") for place, (_, form) in enumerate(own)]
    low = [end for end, (_, form) in zip(ends, own, strict=True) if slope_of(form, name) > 0]
    high = [end for end, (_, form) in zip(ends, own, strict=True) if slope_of(form, name) < 0]
    if len(low) * len(high) > MOST_ENDS:
        return []
    spots = [value for _, _, value in ends if value is not None]
    within = [item for _, items, _ in ends for item in items]
    found = []
    for (first, least), (last, most) in product(enumerate(low), enumerate(high)):
        some = atleast(plus(most[0], least[0], -1))
        nearest = (*_nearest(low, first, -1), *_nearest(high, last, 1))
        limits = (*rest, *within, *nearest, *(() if some is None else (some,)))
        weight = _raised(part.weight, name, partial(_range, least[0], most[0]))
        found.append(Part(limits, (*others, *spots), weight))
    return found


End: TypeAlias = "tuple[Affine, tuple[Constraint, ...], Variable | None]"
"""The end of a range, what tells its value, and its own name if it has one."""


def _end(form: Affine, name: Variable, mark: str) -> End:
    """The least or greatest value of an index by form >= 0."""
    slope = slope_of(form, name)
    rest = plus(form, variable(name), -slope)
    if abs(slope) == 1:
        return scaled(rest, -slope), (), None
    spot = f"{name}{mark}"
    inside = plus(rest, variable(spot), slope)
    outside = plus(constant(abs(slope) - 1), inside, -1)
    found = (atleast(inside), atleast(outside))
    return variable(spot), tuple(item for item in found if item is not None), spot


def _nearest(ends: Sequence[End], chosen: int, sign: int) -> list[Constraint]:
    """The end at a place is the nearest one: nearer than those before it, as near as the others."""
    found = []
    for place, other in enumerate(ends):
        if place != chosen:
            gap = scaled(plus(other[0], ends[chosen][0], -1), sign)
            item = atleast(plus(gap, constant(-1 if place < chosen else 0)))
            found += [] if item is None else [item]
    return found


def _raised(weight: Weight, name: Variable, value: Callable[[int], Weight]) -> Weight:
    """The weight with other weights in the place of the powers of a variable."""
    result: dict[tuple[Variable, ...], Any] = {}
    for monomial, coefficient in weight.items():
        rest = tuple(other for other in monomial if other != name)
        for term, times in value(monomial.count(name)).items():
            found = tuple(sorted((*rest, *term)))
            result[found] = result.get(found, 0) + coefficient * times
    return result


def _range(low: Affine, high: Affine, power: int) -> Weight:
    """sum(k in low..high, k^power)."""
    result: dict[tuple[Variable, ...], Any] = {}
    below = plus(low, constant(-1))
    for degree, value in enumerate(power_sum(power)):
        for end, sign in ((high, 1), (below, -1)):
            for term, times in _power(end, degree).items() if value else ():
                share = fmpq(value.numerator, value.denominator) * times * sign
                result[term] = result.get(term, 0) + share
    return result


def _power(form: Affine, degree: int) -> Weight:
    """A power of an index form, as a weight."""
    result: dict[tuple[Variable, ...], int] = {(): 1}
    single: dict[tuple[Variable, ...], int] = {(): form[0]}
    single.update({(name,): slope for name, slope in form[1]})
    for _ in range(degree):
        raised: dict[tuple[Variable, ...], int] = {}
        for one, factor in result.items():
            for other, times in single.items():
                term = tuple(sorted((*one, *other)))
                raised[term] = raised.get(term, 0) + factor * times
        result = raised
    return result
