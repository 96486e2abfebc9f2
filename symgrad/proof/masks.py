"""Where a maximum is attained.

[u[i] = M] u[i] = [u[i] = M] M                    with M = max(k, u[k])
sum(i, [u[i] = M]) = 1                            if almost surely no two u are the same
[u[i] = M] [u[j] = M] = [u[i] = M] [i = j]        in the same case
[i = argmax(k, max(w[k], 0))] [w[i] > 0] = [w[i] = max(k, w[k])] [w[i] > 0]
[u[i] > max(k if k != i, u[k])] = [u[i] = M]      in the same case
max(a in 0..1, u[a]) = max(u[0], u[1])
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

from symgrad.proof.brackets import attained, bounded, placed
from symgrad.proof.canonical import put_all
from symgrad.proof.content import single_atom, without
from symgrad.proof.holes import is_maximum, parts_of, range_of
from symgrad.proof.nonempty import nonempty
from symgrad.proof.rational import Algebra
from symgrad.proof.replacing import mapped
from symgrad.proof.signs import maximum_of
from symgrad.proof.terms import (
    BODY,
    BRACKET,
    COMPOUND,
    LABEL,
    REDUCTION,
    UNIT,
    Atom,
    Key,
    Poly,
    accumulate,
    add,
    atom_poly,
    free,
    mentions,
    subtract,
)
from symgrad.proof.theory import Theory
from symgrad.sets.affine import (
    ATLEAST,
    Affine,
    Constraint,
    Variable,
    determined,
    equal,
    names,
    plus,
    slope_of,
    variable,
)
from symgrad.sets.affine import constant as whole

MOST_WRITTEN_OUT = 9
"""A maximum over more values than these stays as it is."""


def masks(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Use that a maximum is attained, and attained once; in denominators, too."""
    result: Poly = {}

    def change(atom: Atom) -> Poly | None:
        if atom[0] != COMPOUND or not mentions(atom, (REDUCTION, LABEL)):
            return None
        before = atom[3][0].poly()
        after = masks(known, before)
        return None if after == before else after

    for key, coefficient in mapped(known.algebra, poly, change, (COMPOUND,)).items():
        made = {key: UNIT}
        for rule in (
            _above_the_others,
            _argmax_of_rectified,
            _at_one_place,
            _value_at_maximum,
            _attained_once,
        ):
            made = _each(known, made, rule)
        for term, factor in made.items():
            accumulate(result, term, coefficient * factor)
    return result


def _each(known: Theory, poly: Poly, rule: Callable[[Theory, Key], Poly | None]) -> Poly:
    result: Poly = {}
    for key, coefficient in poly.items():
        opened = known.algebra.opened(key)
        with known.algebra.inside(opened[1]):
            made = rule(known, opened)
        for term, factor in ({key: UNIT} if made is None else made).items():
            accumulate(result, term, coefficient * factor)
    return result


def _above_the_others(known: Theory, key: Key) -> Poly | None:
    """[u[i] > max(k if k != i, u[k])] = [u[i] = max(k, u[k])], where no two u are the same."""
    algebra, laws = known.algebra, known.laws
    bounds, constraints, factors = key
    for atom, _ in factors:
        found = _compared(atom)
        if found is None or (found[0][1] == "max" and bounded(algebra, *found)):
            continue
        top, value = found
        if atom[1] == ">" and not _is_another(known, top, value):
            continue
        whole = laws.united(laws, algebra, atom_poly(top), value)
        every = None if whole is None else single_atom(whole)
        if whole is None or every is None or every[0][:2] != (REDUCTION, "max"):
            continue
        if bounded(algebra, every[0], value):
            out: Poly = {}
            rest = tuple(item for item in factors if item[0] != atom)
            here = attained(laws.facts, algebra, subtract(value, whole))
            algebra.add_product(out, (bounds, constraints, rest), here, UNIT)
            return out
    return None


def _is_another(known: Theory, top: Atom, value: Poly) -> bool:
    """Is a value almost surely none of those of which a maximum is the largest?"""
    algebra = known.algebra
    within, body = range_of(algebra, top[3][0].poly())
    for limits, _ in parts_of(algebra, within) or [((), ())]:
        with algebra.inside(limits):
            if not known.laws.facts.nonvanishing(algebra, subtract(value, body)):
                return False
    return True


def _compared(atom: Atom) -> tuple[Atom, Poly] | None:
    """M and u, where a condition is u - M > 0 or u - M >= 0, over a set with or without holes."""
    if atom[0] != BRACKET:
        return None
    gap = atom[3][0].poly()
    for key, value in gap.items():
        found = single_atom({key: UNIT})
        if value == -1 and found is not None and found[1] == 1 and is_maximum(found[0]):
            return found[0], add(gap, {key: UNIT})
    return None


def _top(atom: Atom) -> tuple[Atom, Poly] | None:
    """M and u, where a condition is u - M >= 0."""
    if atom[:2] != (BRACKET, ">="):
        return None
    gap = atom[3][0].poly()
    for (bounds, constraints, factors), value in gap.items():
        if bounds or constraints or len(factors) != 1 or value != -1:
            continue
        (held, power) = factors[0]
        if power == 1 and held[:2] == (REDUCTION, "max"):
            return held, add(gap, atom_poly(held))
    return None


def _value_at_maximum(known: Theory, key: Key) -> Poly | None:
    """[c u = M] u = [c u = M] M / c, for a c u that is among those of which M is the greatest."""
    bounds, constraints, factors = key
    for atom, _ in factors:
        found = _top(atom)
        if found is None or len(found[1]) != 1 or not bounded(known.algebra, *found):
            continue
        top, value = found
        (((inner, within, element), number),) = value.items()
        power = dict(factors).get(element[0][0]) if len(element) == 1 else None
        if inner or within or not isinstance(power, int) or element[0][1] != 1:
            continue
        others = tuple(item for item in factors if item[0] != element[0][0])
        out: Poly = {}
        changed = (*others, (top, power))
        known.algebra.assemble(out, bounds, constraints, changed, 1 / number**power)
        return out
    return None


def _at_one_place(known: Theory, key: Key) -> Poly | None:
    """[u[i] = M] [u[j] = M] = [u[i] = M] [i = j], if almost surely no two u are the same."""
    algebra, facts = known.algebra, known.laws.facts
    bounds, constraints, factors = key
    tops = [(atom, found) for atom, _ in factors if (found := _top(atom)) is not None]
    for (_, (top, one)), (atom, (other, two)) in combinations(tops, 2):
        if top != other:
            continue
        inner, within, body = maximum_of(algebra, top)
        if not facts.distinct(algebra, body, inner, within):
            continue
        places = [_place(algebra, inner, within, body, value) for value in (one, two)]
        if places[0] is None or places[1] is None:
            continue
        met = (equal(plus(places[0][name], places[1][name], -1)) for name in inner)
        rest = tuple(item for item in factors if item[0] != atom)
        out: Poly = {}
        limits = (*constraints, *(item for item in met if item is not None))
        algebra.assemble(out, bounds, limits, rest, UNIT)
        return out
    return None


def _place(
    algebra: Algebra,
    bounds: tuple[Variable, ...],
    constraints: tuple[Constraint, ...],
    body: Poly,
    value: Poly,
) -> dict[Variable, Affine] | None:
    """Where, among the places of a maximum, a value stands."""
    for new in placed(bounds, body, value):
        if algebra.substitute(body, new) == value and all(
            map(algebra.holds, put_all(constraints, new))
        ):
            return new
    return None


def _attained_once(known: Theory, key: Key) -> Poly | None:
    """sum(i, [u[i] = M]) = 1."""
    algebra, facts = known.algebra, known.laws.facts
    bounds, constraints, factors = key
    for atom, _ in factors:
        found = _top(atom)
        if found is None or not bounded(algebra, *found):
            continue
        others = tuple(item for item in factors if item[0] != atom)
        mine = {
            name
            for name in bounds
            if name in free(atom) and not any(name in free(other) for other, _ in others)
        }
        near = [item for item in constraints if not names([item[1]]).isdisjoint(mine)]
        sub: Poly = {}
        algebra.assemble(sub, tuple(n for n in bounds if n in mine), near, ((atom, 1),), UNIT)
        inner, within, value = maximum_of(algebra, found[0])
        mask = attained(facts, algebra, subtract(value, atom_poly(found[0])))
        if algebra.bind(mask, inner, within) != sub or not facts.distinct(
            algebra, value, inner, within
        ):
            continue
        out: Poly = {}
        rest = tuple(name for name in bounds if name not in mine)
        algebra.assemble(
            out, rest, tuple(item for item in constraints if item not in near), others, UNIT
        )
        return out
    return None


def _argmax_of_rectified(known: Theory, key: Key) -> Poly | None:
    """Where a rectified value is positive, its argmax is that of the value itself."""
    algebra, facts = known.algebra, known.laws.facts
    bounds, constraints, factors = key
    for atom, _ in factors:
        if atom[:2] != (LABEL, "argmax") or len(atom[3][0].terms) != 1:
            continue
        inner, within, held = algebra.opened(atom[3][0].terms[0][0])
        body = held[0][0]
        if len(held) != 1 or body[0] != BODY:
            continue
        value = _rectified(known.algebra, body[3][0].poly())
        if value is None or not facts.distinct(algebra, value, inner, within):
            continue
        places = {form[1][0][0]: place for form, place in zip(body[2], atom[2], strict=True)}
        places |= determined(inner, put_all(within, places))
        here = _positive_there(known, key, algebra.substitute(value, places))
        if here is None:
            continue
        frozen: Atom = (BODY, "", (), (algebra.freeze(value),))
        top = known.laws.reduction(algebra, "max", algebra.bind(atom_poly(frozen), inner, within))
        mask = attained(facts, algebra, subtract(here, top))
        rest: Poly = {}
        algebra.assemble(rest, (), (), tuple(item for item in factors if item[0] != atom), UNIT)
        return algebra.bind(algebra.multiply(rest, mask), bounds, constraints)
    return None


def _positive_there(known: Theory, key: Key, value: Poly) -> Poly | None:
    """The value as a condition of the term says that it is positive; its equations count."""
    bounds, constraints, factors = key
    fixed = determined(bounds, constraints)
    moved = known.algebra.substitute(value, fixed)
    for atom, _ in factors:
        if atom[:2] == (BRACKET, ">"):
            held = atom[3][0].poly()
            if known.algebra.substitute(held, fixed) == moved:
                return held
    return None


def _rectified(algebra: Algebra, poly: Poly) -> Poly | None:
    """w, where a sum is w [w > 0]."""
    flags = {atom for _, _, factors in poly for atom, _ in factors if atom[0] == BRACKET}
    if len(flags) != 1:
        return None
    (flag,) = flags
    inner = without(algebra, poly, flag)
    return inner if flag[1] == ">" and inner == flag[3][0].poly() else None


def written_out(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Write maxima over a few values as maxima of two."""
    algebra, laws = known.algebra, known.laws

    def change(atom: Atom) -> Poly | None:
        if atom[:2] != (REDUCTION, "max"):
            return None
        bounds, constraints, factors = algebra.opened(atom[3][0].terms[0][0])
        choices = _choices(bounds, constraints)
        if choices is None:
            return None
        values = []
        for chosen in choices:
            fixed = [equal(plus(variable(name), form, -1)) for name, form in chosen.items()]
            term = algebra.bind(
                {((), (), factors): UNIT},
                bounds,
                (*constraints, *(item for item in fixed if item is not None)),
            )
            if len(term) != 1 or not nonempty(algebra, next(iter(term))):
                return None
            value = laws.reduction(algebra, "max", term)
            values.append(mapped(algebra, value, change, ("max",)))
        return laws.function(algebra, "max", *values)

    return mapped(algebra, poly, change, ("max",))


def _choices(
    bounds: tuple[Variable, ...], constraints: tuple[Constraint, ...]
) -> list[dict[Variable, Affine]] | None:
    """Every value of the bound indices whose ends differ by a number: k in i..i+2."""
    result: list[dict[Variable, Affine]] = [{}]
    for name in bounds:
        own = [form for kind, form in constraints if kind == ATLEAST and slope_of(form, name)]
        low = [plus(variable(name), f, -1) for f in own if slope_of(f, name) == 1]
        high = [plus(f, variable(name)) for f in own if slope_of(f, name) == -1]
        ends = [
            (one, plus(other, one, -1)[0])
            for one in low
            for other in high
            if not plus(other, one, -1)[1] and names([one]).isdisjoint(bounds)
        ]
        if not ends:
            continue
        start, width = min(ends, key=lambda end: (end[1], end[0]))
        values = [plus(start, whole(n)) for n in range(width + 1)]
        if not width >= 0 or len(result) * len(values) > MOST_WRITTEN_OUT:
            return None
        result = [{**chosen, name: value} for chosen in result for value in values]
    return result if result != [{}] else None


WHERE_ATTAINED = (
    _above_the_others,
    _argmax_of_rectified,
    _at_one_place,
    _value_at_maximum,
    _attained_once,
)
"""What is used of each term, in this order."""
