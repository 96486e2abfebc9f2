"""Where two sides are defined: what they demand of logarithms, roots and denominators.

    log(x^2) is defined for x != 0, 2 log(x) for x > 0 only: they are different

Demands that always hold (exp(u) > 0) or that the forward pass makes already do not count. What
stands under a condition, `[x > 0] * log(y)`, demands nothing where the condition is false. Each
element is compared on its own: where out[1] is undefined, out[2] need not be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from symgrad.proof.alignment import cut
from symgrad.proof.alike import alike
from symgrad.proof.canonical import named
from symgrad.proof.content import primitive
from symgrad.proof.demanded import Elements, demanded
from symgrad.proof.factors import factored, linear
from symgrad.proof.facts import Facts
from symgrad.proof.integerforms import integer_form
from symgrad.proof.linear import contradictory
from symgrad.proof.masks import masks
from symgrad.proof.merging import merge
from symgrad.proof.rational import Algebra
from symgrad.proof.regions import regions
from symgrad.proof.rewriting import use
from symgrad.proof.scope import DEFINED, NONNEGATIVE, NONZERO, POSITIVE, Demand, on_indices
from symgrad.proof.splitting import cases_of
from symgrad.proof.surroundings import strictest
from symgrad.proof.terms import (
    COMPOUND,
    DEMAND,
    REDUCTION,
    UNIT,
    Atom,
    Key,
    OutOfReach,
    Poly,
    add,
    atom_poly,
    constant,
    scale,
    subtract,
)
from symgrad.proof.theory import Theory, unfold, unfolded
from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    Constraint,
    Variable,
    atleast,
    determined,
    is_index_variable,
    names,
    negations,
    plus,
    put_in,
    variable,
)
from symgrad.sets.affine import constant as whole

MOST_CUTS = 8
"""At so many elements demands are told apart."""

ALWAYS: Poly = constant(UNIT)
"""The guard of what no condition spares."""


Sides: TypeAlias = "tuple[Elements, Elements]"


def defined_alike(known: Theory, pairs: Sequence[Sides]) -> bool:
    """Is each element on one side defined wherever it is on the other (and the forward pass)?

    Both demand the same of the arguments of their logarithms, roots and denominators, apart from
    what the forward pass demands already and what always holds.
    """
    made = {demand for pair in pairs for side in pair for demand in side.of.made}
    gaps: list[Poly] = []
    for look in LOOKS:
        if not made:
            return True
        if look is not _as_it_stands:
            _look_through(known)
        made = _not_given(known, made, look)
        found = [(pair, _gap(known, pair, made, look)) for pair in pairs]
        pairs = [pair for pair, gap in found if gap]
        gaps = [gap for _, gap in found if gap]
    return not any(alike(known, regions(known, _cut(known, gap))) for gap in gaps)


def _look_through(known: Theory) -> None:
    """Note of sums that are nowhere negative what they are with their definitions put in."""
    facts, algebra = known.laws.facts, known.algebra
    for poly, positive in tuple(facts.noted):
        found = facts.unfolded(algebra, poly)
        if found and found != poly:
            facts.note(found, positive)
            facts.note(primitive(facts, algebra, found, True)[2], positive)


Look: TypeAlias = Callable[[Theory, Poly], Poly]


def _as_it_stands(_: Theory, poly: Poly) -> Poly:
    return poly


def _merged(known: Theory, poly: Poly) -> Poly:
    return merge(known, unfolded(known, poly))


LOOKS: tuple[Look, ...] = (_as_it_stands, unfolded, _merged)


def _not_given(known: Theory, made: Set[Demand], look: Look) -> set[Demand]:
    """The demands that do not always hold, and that the forward pass does not make already."""
    if look is not _as_it_stands:
        made = {demand for demand in made if not _always_holds(known, demand)}
    given = _terms(known, known.demands, look)
    if _terms(known, made, look) <= given:
        return set()
    return {demand for demand in made if not _terms(known, (demand,), look) <= given}


def _gap(known: Theory, pair: Sides, made: Set[Demand], look: Look) -> Poly:
    """What one side demands and the other does not, and the other way round."""
    left, right = (_terms(known, demanded(known.algebra, side, made), look) for side in pair)
    return subtract(dict.fromkeys(left, UNIT), dict.fromkeys(right, UNIT))


def _cut(known: Theory, gap: Poly) -> Poly:
    """The same with the elements apart that a demand on either side is about: $ == 1, $ > 1."""
    found = {item for _, constraints, _ in gap for item in constraints if item[0] == EQUAL}
    about = (item for item in found if any(name[0] == "$" for name, _ in item[1][1]))
    for item in islice(sorted(about), MOST_CUTS):
        gap = cut(known, gap, (item,))
    return gap


def _terms(known: Theory, demands: Iterable[Demand], look: Look) -> set[Key]:
    """Demands as terms; those for parts of a range are put together at the last look."""
    plain = (_without_equations(known, part) for demand in demands for part in _apart(demand))
    found = {
        key
        for item in plain
        for key in _keys(known, item, look(known, item.inner.poly()), _guard(known, item, look))
    }
    return set(merge(known, dict.fromkeys(found, UNIT))) if look is _merged else found


def _apart(demand: Demand) -> Iterator[Demand]:
    """A demand where constraints do not all hold, as demands where one of them does not."""
    scope = demand.scope
    for place, guard in enumerate(scope.guards):
        spared = on_indices(subtract(ALWAYS, guard))
        if spared is None:
            continue
        guards = (*scope.guards[:place], *scope.guards[place + 1 :])
        for count, item in enumerate(spared):
            for other in negations(item):
                if other is not None:
                    within = replace(scope, guards=guards).under((), (*spared[:count], other))
                    yield from _apart(replace(demand, scope=within))
        return
    yield demand


def _guard(known: Theory, demand: Demand, look: Look) -> Poly:
    """1 where a demand is made, 0 where a condition spares it."""
    guards = [*demand.scope.guards, *_labels(known, demand)]
    if not guards:
        return ALWAYS
    with known.algebra.inside(demand.scope.constraints):
        return look(known, known.algebra.multiply(*guards))


def _labels(known: Theory, demand: Demand) -> Iterator[Poly]:
    """What says which values the indices have that are looked up and that matter: x[y[b]]."""
    scope, freeze = demand.scope, known.algebra.freeze
    if scope.labels:
        used = set(demand.inner.free).union(*(freeze(guard).free for guard in scope.guards))
        used, _ = _linked(demand, used)
        yield from (label for name, label in scope.labels.items() if name in used)


def _always_holds(known: Theory, demand: Demand) -> bool:
    """Is a demand seen to hold once some definitions are put in?

    sum(j, (x[j] - mu)^2) is positive; with mu put in and multiplied out it does not look it.
    """
    inner = demand.inner.poly()
    for name in (None, *reversed(known.order)):
        before = inner
        inner = inner if name is None else unfold(known, inner, name)
        if (name is None or inner != before) and not any(_keys(known, demand, inner, ALWAYS)):
            return True
    return False


def _keys(known: Theory, demand: Demand, inner: Poly, guard: Poly) -> Iterator[Key]:
    """A demand as demands of single factors, terms over the indices that they speak of."""
    if not guard:
        return
    for place in range(len(known.equations)):
        inner = use(known, inner, place)
    if known.algebra.freeze(inner).named & {REDUCTION}:
        inner = masks(known, inner)
    if not inner:
        raise OutOfReach("an argument that is zero")
    algebra, facts = known.algebra, known.laws.facts
    if _on_integers(known, demand, inner):
        return
    if demand.kind == DEFINED:
        yield _key(known, demand, inner, guard)
        return
    if demand.kind == NONZERO:
        for part in _factors(known, inner):
            if not _nonzero(known, part):
                yield _key(known, demand, part, guard)
        return
    _, _, rest = primitive(facts, algebra, inner, True)
    if not facts.positive(algebra, rest, demand.kind == POSITIVE):
        left = _without_squares(facts, algebra, rest)
        strictly = demand.kind == POSITIVE
        if left and not (
            _nonnegative(known, left, strictly) or _is_spared(known, left, guard, strictly)
        ):
            yield _key(known, demand, left, guard)


def _on_integers(known: Theory, demand: Demand, inner: Poly) -> bool:
    """Is it a demand on indices and extents that holds where it is made: sum(j in 1..N, 1/j)?"""
    form = None if demand.kind == DEFINED else integer_form(inner)
    if form is None:
        return False
    signs = (1, -1) if demand.kind == NONZERO else (1,)
    least = whole(0 if demand.kind == NONNEGATIVE else -1)
    within = (*known.algebra.known, *demand.scope.constraints)
    sides = (atleast(plus(least, form, sign)) for sign in signs)
    return any(item is None or known.sets.implied(item, within) for item in sides)


def _factors(known: Theory, poly: Poly) -> Iterator[Poly]:
    """What must not be zero for a product not to be: its sums, those under powers opened."""
    facts, algebra = known.laws.facts, known.algebra
    _, common, rest = primitive(facts, algebra, poly, False)
    found = None if linear(rest) else factored(algebra, rest)
    for factor, power in [(rest, 1)] if found is None else found[1]:
        if power > 0:
            yield primitive(facts, algebra, factor, False)[2]
    for atom, _ in common:
        if atom[0] == COMPOUND:
            yield from _factors(known, atom[3][0].poly())
        else:
            yield atom_poly(atom)


def _without_squares(facts: Facts, algebra: Algebra, poly: Poly) -> Poly:
    """The sum without factors that are at least zero and vanish on a null set at most."""
    found = factored(algebra, poly)
    if found is None:
        return poly
    number, factors = found
    left = constant(UNIT if number > 0 else -UNIT)
    for factor, power in factors:
        if not facts.nonvanishing(algebra, factor):
            return poly
        if power % 2:
            left = algebra.multiply(left, factor)
    return {} if left == constant(UNIT) else left


def _nonzero(known: Theory, poly: Poly) -> bool:
    """Is a sum zero on a null set at most, in every case of its conditions?"""
    facts, algebra = known.laws.facts, known.algebra
    return facts.nonvanishing(algebra, poly) or all(
        facts.nonvanishing(algebra, leaf) for leaf, _ in cases_of(known, poly)
    )


def _nonnegative(known: Theory, poly: Poly, strictly: bool) -> bool:
    """Is a sum at least zero in every case of its conditions; `strictly`: zero on a null set?"""
    facts, algebra = known.laws.facts, known.algebra
    return all(
        (not strictly or facts.nonvanishing(algebra, leaf))
        and contradictory(facts, algebra, [*held, (scale(leaf, -1), True)])
        for leaf, held in cases_of(known, poly)
    )


def _is_spared(known: Theory, poly: Poly, guard: Poly, strictly: bool) -> bool:
    """Is a demand met wherever its guard is true, as in [x > 0] log(x)?

    [g] u + 1 - [g] is u where g holds, and 1 elsewhere.
    """
    if guard == ALWAYS:
        return False
    elsewhere = subtract(ALWAYS, guard)
    try:
        return _nonnegative(known, add(known.algebra.multiply(guard, poly), elsewhere), strictly)
    except OutOfReach:
        return False


def _key(known: Theory, demand: Demand, inner: Poly, guard: Poly) -> Key:
    """A demand on one sum as a term, over the indices that it speaks of."""
    frozen, spared = known.algebra.freeze(inner), known.algebra.freeze(guard)
    indices, within = _speaking(known, demand, {*frozen.free, *spared.free})
    atom: Atom = (DEMAND, demand.kind, (), (frozen, spared))
    bounds = tuple(name for name in demand.scope.bounds if name in indices)
    return named(known.algebra.renamed, bounds, tuple(strictest(within)), {atom: 1})


def _speaking(
    known: Theory, demand: Demand, spoken: set[Variable]
) -> tuple[set[Variable], set[Constraint]]:
    """The indices that tell demands apart, and where they range: of 1 <= k <= i there is i >= 1."""
    bounds = {*demand.scope.bounds}
    indices, within = _linked(demand, spoken)
    within = {item for item in within if item not in known.algebra.known}
    never_empty = _is_never_empty(known, demand, indices, within)
    if never_empty and indices.isdisjoint(bounds - spoken):
        return indices, within
    reached = _reached(known, demand, spoken)
    if reached is not None:
        return spoken, reached
    return (indices, within) if never_empty else (indices | bounds, {*demand.scope.constraints})


def _linked(demand: Demand, start: Iterable[Variable]) -> tuple[set[Variable], set[Constraint]]:
    """The indices of a demand that have to do with some, or with the element at hand."""
    constraints, bound = demand.scope.constraints, set(demand.scope.bounds)
    indices = {*start, *(name for name in names(form for _, form in constraints) if name[0] == "$")}
    within: set[Constraint] = set()
    while True:
        near = {item for item in constraints if _is_about(item, indices, bound)}
        if near == within:
            return indices, within
        within = near
        indices |= {name for _, form in near for name, _ in form[1] if name in bound}


def _is_about(item: Constraint, indices: set[Variable], bound: set[Variable]) -> bool:
    """Does a constraint limit some indices, or nothing that is bound: N >= 2 limits all?"""
    limited = names([item[1]])
    return not limited.isdisjoint(indices) or limited.isdisjoint(bound)


def _without_equations(known: Theory, demand: Demand) -> Demand:
    """The same demand without the indices that equations say: s[j] where j == i is s[i]."""
    scope, algebra = demand.scope, known.algebra
    fixed = determined(scope.bounds, scope.constraints)
    if not fixed:
        return demand
    moved = (put_in(item, fixed) for item in scope.constraints)
    guards = (*scope.guards, *(label for name, label in scope.labels.items() if name in fixed))
    labels = {name: label for name, label in scope.labels.items() if name not in fixed}
    plain = replace(
        scope,
        bounds=tuple(name for name in scope.bounds if name not in fixed),
        constraints=tuple(item for item in moved if item is not None),
        guards=tuple(algebra.substitute(guard, fixed) for guard in guards),
        labels={name: algebra.substitute(label, fixed) for name, label in labels.items()},
    )
    inner = algebra.freeze(algebra.substitute(demand.inner.poly(), fixed))
    return replace(demand, scope=plain, inner=inner)


def _is_never_empty(
    known: Theory, demand: Demand, indices: set[Variable], within: set[Constraint]
) -> bool:
    """Do the other indices take a value at every extent? sum(k in 4..P, log(a)) may be empty."""
    scope, sets = demand.scope, known.sets
    hidden = tuple(name for name in scope.bounds if name not in indices)
    if not hidden:
        return True
    kept = tuple(name for name in scope.bounds if name in indices)
    extents = {
        name for name in names(form for _, form in scope.constraints) if not is_index_variable(name)
    }
    sizes = {(ATLEAST, plus(variable(name), (-1, ()))) for name in extents}
    all_of = sets.points(kept, {*within, *sizes}, ())
    reached = sets.points(kept, {*scope.constraints, *sizes}, hidden)
    return sets.vanishes([(all_of, 1), (reached, -1)], known.algebra.known)


def _reached(known: Theory, demand: Demand, indices: set[Variable]) -> set[Constraint] | None:
    """Where the other indices take a value, told without them: k in 4..P has one where P >= 4."""
    scope, told = demand.scope, known.algebra.known
    hidden = tuple(name for name in scope.bounds if name not in indices)
    told_of = names(form for _, form in scope.constraints).difference(hidden)
    found = known.sets.united(sorted(told_of), [(scope.constraints, hidden)], told)
    if found is None:
        return None
    return {item for item in found if not known.sets.implied(item, told)}
