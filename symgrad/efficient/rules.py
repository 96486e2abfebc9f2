"""Forward definitions read backwards: what is stored in the place of what would be recomputed.

    p[b, j] = E[b, j] / Z[b]                 E[b, j] = p[b, j] Z[b]                  one product
    x'[b, j] = x[b, j] / r[j] - mu[j] / r[j] x[b, j] = x'[b, j] r[j] + mu[j]         affine
    Z[b] = sum(j, E[b, j]) = sum(j, p[b, j]) Z[b]      so  sum(j, p[b, j]) = 1       sums

Every definition gives at most one rule, for the dearest array in it: function values, then sums,
then arrays that are stored. One may divide by what the forward pass divides by. The sums that the
definitions imply come from putting the rules into the definitions themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

from symgrad.efficient.atoms import COMPOUND, FOREIGN, STEP, Atom, Atoms, Scope
from symgrad.efficient.terms import (
    ONE,
    UNIT,
    Access,
    Factors,
    Key,
    Poly,
    access,
    accumulate,
    add,
    at,
    monomial,
    multiply,
    placed,
    scale,
    whole,
)
from symgrad.proof.terms import Exponent, Number

MOST_TERMS = 120
MOST_ROUNDS = 30
MOST_BOUND = 2
"""Sums over more indices are not matched."""

Definitions: TypeAlias = Mapping[str, Poly]


@dataclass(frozen=True)
class SumRule:
    """`sum(bounds, factors) = right`, for all values of the formals."""

    bounds: tuple[str, ...]
    factors: Factors
    formals: tuple[int, ...]
    right: Poly = field(hash=False)
    names: tuple[tuple[str, Exponent], ...] = ()


@dataclass
class Rules:
    """`left[$0, …] = right` by the name of the left side, and what sums are known."""

    atoms: Atoms
    arrays: dict[str, Poly] = field(default_factory=dict)
    powers: dict[str, tuple[Exponent, Poly]] = field(default_factory=dict)
    """`left^e = right`, where no root may be drawn."""
    sums: list[SumRule] = field(default_factory=list)
    folds: list[tuple[str, Factors, Number]] = field(default_factory=list)
    """`array[$0, …] = number * factors`, read from the right to the left."""
    expand: bool = False
    kept: set[str] = field(default_factory=set)
    """Function values and sums that right sides speak of; they stay as they are."""
    _rebuilt: dict[str, Poly | None] = field(default_factory=dict, init=False)

    def __call__(self, poly: Poly, scope: Scope) -> Poly:
        """The polynomial with every rule applied until none applies."""
        for _ in range(MOST_ROUNDS):
            before = poly
            poly = self._elements(self._contracted(poly), scope)
            if self.expand:
                poly = self.atoms.opened(poly, MOST_TERMS)
            poly = self._sums(poly)
            if poly == before or len(poly) > MOST_TERMS:
                return poly
        return poly

    # --- elements ---

    def _elements(self, poly: Poly, scope: Scope) -> Poly:
        out: Poly = {}
        changed = False
        for (bounds, factors), by in poly.items():
            kept: list[tuple[Access, Exponent]] = []
            parts: list[tuple[tuple[str, ...], Factors, Number]] = [(bounds, (), by)]
            for (name, indices), power in factors:
                right = self._right(name, power)
                if right is None:
                    kept.append(((name, indices), power))
                    continue
                changed = True
                parts = [
                    (around + inner, (*done, *placed(own, indices, len(around))), number * times)
                    for around, done, number in parts
                    for (inner, own), times in right.items()
                ]
            for around, done, number in parts:
                accumulate(out, around, (*kept, *done), number)
        return out if changed else poly

    def _right(self, name: str, power: Exponent) -> Poly | None:
        """What takes the place of name^power, if anything does."""
        found = self._value(name)
        if found is None:
            raised = self.powers.get(name)
            if raised is None:
                return None
            times = whole(Fraction(power) / Fraction(raised[0]))
            if not isinstance(times, int) or not 0 < times <= 4:
                return None
            return multiply(*([raised[1]] * times))
        if power == 1:
            return found
        if len(found) == 1 and not next(iter(found))[0]:
            ((_, factors), by) = next(iter(found.items()))
            if isinstance(power, int) or (
                by > 0 and all(self.atoms.is_positive(n) for (n, _), _ in factors)
            ):
                return self.atoms.power(found, power, {})
            return None
        if isinstance(power, int) and 0 < power <= 4:
            return multiply(*([found] * power))
        if isinstance(power, int) and name in self.atoms.known:
            atom = self.atoms.known[name]
            return self.atoms.power(found, power, atom.scope)
        return None

    def _value(self, name: str) -> Poly | None:
        if name in self.arrays:
            return self.arrays[name]
        if name not in self.atoms.known or name in self.kept:
            return None
        if name not in self._rebuilt:
            self._rebuilt[name] = None
            self._rebuilt[name] = self._inside(self.atoms.known[name])
        return self._rebuilt[name]

    def _inside(self, atom: Atom) -> Poly | None:
        """A function value anew, where a rule changes its arguments."""
        if atom.head == FOREIGN:
            return None
        polys = tuple(self._elements(poly, atom.scope) for poly in atom.polys)
        if polys == atom.polys:
            return None
        return self.atoms.factor(self.atoms.made(atom, polys, atom.scope), atom.scope)

    # --- deltas ---

    def _contracted(self, poly: Poly) -> Poly:
        """sum(j, [i == j] u[j]) = u[i]."""
        out: Poly = {}
        for key, by in poly.items():
            bounds, factors = key
            while (found := self._delta(bounds, factors)) is not None:
                bounds, factors = found
            accumulate(out, bounds, factors, by)
        return out

    def _delta(
        self, bounds: tuple[str, ...], factors: Factors
    ) -> tuple[tuple[str, ...], Factors] | None:
        """A term with an index that a delta fixes put in its place."""
        for item in factors:
            (name, places), _ = item
            if name not in self.atoms.deltas or max(places) < 0:
                continue
            gone = max(places)
            kept = min(places)
            new = {gone: kept} | {i: i - 1 for i in range(gone + 1, len(bounds))}
            rest = tuple(
                ((n, tuple(new.get(i, i) for i in at_)), power)
                for (n, at_), power in factors
                if (n, at_) != (name, places)
            )
            return bounds[:gone] + bounds[gone + 1 :], rest
        return None

    # --- products ---

    def folded(self, poly: Poly) -> Poly:
        """Products of several factors put back as the array that stores them."""
        out: Poly = {}
        for (bounds, factors), by in poly.items():
            for name, pattern, number in self.folds:
                found = _holds(pattern, factors)
                if found is not None:
                    actual = tuple(found[~n] for n in range(len(self.atoms.ranges(name))))
                    inverse = [((n, tuple(found[i] for i in p)), -e) for (n, p), e in pattern]
                    factors = (*factors, *inverse, ((name, actual), 1))
                    factors = next(iter(monomial(factors)))[1]
                    by = by / number
            accumulate(out, bounds, factors, by)
        return out

    # --- sums ---

    def _sums(self, poly: Poly) -> Poly:
        if not self.sums or not any(bounds for bounds, _ in poly):
            return poly
        out: Poly = {}
        changed = False
        for key, by in poly.items():
            found = self._sum(key) if key[0] else None
            if found is None:
                accumulate(out, key[0], key[1], by)
                continue
            changed = True
            for bounds, factors, times in found:
                accumulate(out, bounds, factors, by * times)
        return out if changed else poly

    def _sum(self, key: Key) -> list[tuple[tuple[str, ...], Factors, Number]] | None:
        """A term with a known sum put in its place."""
        bounds, factors = key
        for size in range(1, min(len(bounds), MOST_BOUND) + 1):
            for chosen in combinations(range(len(bounds)), size):
                touching = [f for f in factors if any(i in chosen for i in f[0][1])]
                names = tuple(sorted((atom[0], power) for atom, power in touching))
                for rule in self.sums:
                    if rule.names != names:
                        continue
                    found = _matched(rule, touching, chosen, bounds)
                    if found is not None:
                        return self._replaced(key, rule, touching, chosen, found)
        return None

    def _replaced(
        self,
        key: Key,
        rule: SumRule,
        touching: list[tuple[Access, Exponent]],
        chosen: tuple[int, ...],
        found: Mapping[int, int],
    ) -> list[tuple[tuple[str, ...], Factors, Number]]:
        bounds, factors = key
        left = [i for i in range(len(bounds)) if i not in chosen]
        new = {old: n for n, old in enumerate(left)}
        rest = [f for f in factors if f not in touching]
        actual = [found.get(~n, 0) for n in range(1 + max((~i for i in rule.formals), default=-1))]

        def moved(items: Iterable[tuple[Access, Exponent]]) -> Factors:
            return tuple(
                ((name, tuple(new.get(i, i) if 0 <= i < len(bounds) else i for i in at_)), power)
                for (name, at_), power in items
            )

        result = []
        for (inner, own), times in rule.right.items():
            # Bound indices of the right side are counted beyond those of the term, then closed up.
            far = placed(own, actual, len(bounds))
            closed = tuple(
                (
                    (
                        name,
                        tuple(i - len(chosen) if i >= len(bounds) else new.get(i, i) for i in p),
                    ),
                    power,
                )
                for (name, p), power in far
            )
            result.append((tuple(bounds[i] for i in left) + inner, (*moved(rest), *closed), times))
        return result


def _holds(pattern: Factors, factors: Factors) -> dict[int, int] | None:
    """The indices for which a product contains a pattern, if there are any."""

    if not {atom[0] for atom, _ in pattern} <= {atom[0] for atom, _ in factors}:
        return None

    def search(n: int, known: dict[int, int]) -> dict[int, int] | None:
        if n == len(pattern):
            return known
        (name, places), power = pattern[n]
        for (own, actual), other in factors:
            if own == name and (power <= other if power > 0 else other <= power):
                extended = dict(known)
                if all(
                    extended.setdefault(place, i) == i
                    for place, i in zip(places, actual, strict=True)
                ):
                    found = search(n + 1, extended)
                    if found is not None:
                        return found
        return None

    return search(0, {})


def _matched(
    rule: SumRule,
    factors: list[tuple[Access, Exponent]],
    chosen: tuple[int, ...],
    bounds: tuple[str, ...],
) -> dict[int, int] | None:
    """The indices for which a pattern is these factors, if there are any."""

    def search(n: int, left: list[tuple[Access, Exponent]], known: dict[int, int]) -> object:
        if n == len(rule.factors):
            return known
        (name, places), power = rule.factors[n]
        for item in left:
            (own, actual), own_power = item
            if own != name or own_power != power:
                continue
            extended = dict(known)
            if all(
                extended.setdefault(place, i) == i and (place < 0 or i in chosen)
                for place, i in zip(places, actual, strict=True)
            ):
                found = search(n + 1, [other for other in left if other is not item], extended)
                if found is not None:
                    return found
        return None

    found = search(0, factors, {})
    if not isinstance(found, dict):
        return None
    ours = [found[n] for n in range(len(rule.bounds))]
    if sorted(ours) != sorted(chosen) or any(found[i] in chosen for i in rule.formals):
        return None
    same = all(bounds[found[n]] == range_ for n, range_ in enumerate(rule.bounds))
    return found if same else None


# --- rules from definitions ----------------------------------------------------------------------


def inverted(atoms: Atoms, definitions: Definitions, *, affine: bool = False) -> Rules:
    """The rules that the definitions give, each put into the definitions after it."""
    rules = Rules(atoms, expand=affine)
    needs = dependences(atoms, definitions)
    for name, poly in definitions.items():
        scope = {~n: range_ for n, range_ in enumerate(atoms.ranges(name))}
        own = rules(poly, scope)
        found = next(_product_rules(atoms, name, own), None)
        if found is None and affine:
            found = next(_affine_rules(atoms, name, atoms.opened(own, MOST_TERMS), needs), None)
        if found is not None:
            _learn(rules, *found)
    return rules


def folds(atoms: Atoms, definitions: Definitions) -> list[tuple[str, Factors, Number]]:
    """The definitions that are one product of at least two factors with all the indices."""
    found = []
    for name, poly in definitions.items():
        rank = len(atoms.ranges(name))
        for (bounds, factors), by in poly.items():
            used = {i for (_, places), _ in factors for i in places}
            if len(poly) == 1 and not bounds and len(factors) > 1 and len(used) == rank:
                found.append((name, factors, by))
    return found


def _learn(rules: Rules, left: str, right: Poly) -> None:
    if left in rules.arrays or left in rules.kept:
        return
    rules.arrays[left] = right
    rules.kept |= _parts(rules.atoms, right)
    rules._rebuilt.clear()
    atom = rules.atoms.known.get(left)
    if atom is not None and atom.head == COMPOUND:
        _learn_inside(rules, atom, right)
    if atom is not None and atom.head == "relu":
        _learn_step(rules, atom, right)
    if atom is not None and atom.head == "softplus":
        _learn_slope(rules, atom, right)
    if atom is not None and atom.head == "sigma":
        _learn_logarithm(rules, atom, right)


def _parts(atoms: Atoms, poly: Poly) -> set[str]:
    """The arrays that are not stored in a polynomial, and in their arguments."""
    found: set[str] = set()
    left = [name for _, factors in poly for (name, _), _ in factors]
    while left:
        name = left.pop()
        if name in atoms.known and name not in found:
            found.add(name)
            left += [n for own in atoms.known[name].polys for _, fs in own for (n, _), _ in fs]
    return found


def _learn_inside(rules: Rules, atom: Atom, right: Poly) -> None:
    """1 + 1/E = 1/y  gives  1/E = 1/y - 1, for a function value E of the same indices."""
    for (bounds, factors), by in atom.polys[0].items():
        if bounds or len(factors) != 1:
            continue
        (name, places), power = factors[0]
        inner = rules.atoms.known.get(name)
        if inner is None or inner.head == COMPOUND or set(places) != set(atom.scope):
            continue
        rest = {key: c for key, c in atom.polys[0].items() if key != (bounds, factors)}
        if any(part == name for _, fs in rest for (part, _), _ in fs):
            continue
        value = scale(add(right, scale(rest, -ONE)), 1 / by)
        back = [0] * len(places)
        for n, place in enumerate(places):
            back[~place] = ~n
        rules.powers.setdefault(name, (power, at(value, back)))


def _learn_step(rules: Rules, atom: Atom, right: Poly) -> None:
    """y = relu(u) gives [u > 0] = [y > 0]."""
    key = (STEP, atom.arguments)
    for other in list(rules.atoms.known.values()):
        if (other.head, other.arguments) == key and len(right) == 1:
            rules.arrays[other.name] = monomial([(rules.atoms.atom(STEP, (right,), atom.scope), 1)])


def _learn_slope(rules: Rules, atom: Atom, right: Poly) -> None:
    """y = softplus(u), u not stored, gives sigma(u) = 1 - exp(-y)."""
    if len(atom.polys[0]) == 1 and not any(
        name in rules.atoms.known for _, fs in atom.polys[0] for (name, _), _ in fs
    ):
        return
    for other in list(rules.atoms.known.values()):
        if (other.head, other.arguments) == ("sigma", atom.arguments):
            falling = rules.atoms.exp(scale(right, -ONE), atom.scope)
            rules.arrays[other.name] = add({UNIT: ONE}, scale(falling, -ONE))


def _learn_logarithm(rules: Rules, atom: Atom, right: Poly) -> None:
    """y = sigma(u) gives log(1 - y) = log(y) - u, if 1 - y has a logarithm at all."""
    rest = rules.atoms.factor(add({UNIT: ONE}, scale(right, -ONE)), atom.scope)
    for other in list(rules.atoms.known.values()):
        if other.head == "log" and other.ranges == atom.ranges:
            inner = rules.atoms.factor(other.polys[0], other.scope)
            if inner == rest:
                value = rules.atoms.log(right, atom.scope)
                rules.arrays[other.name] = add(value, scale(atom.polys[0], -ONE))


def _product_rules(atoms: Atoms, name: str, poly: Poly) -> Iterator[tuple[str, Poly]]:
    """name = c a^e m gives a = (name / (c m))^(1/e), the dearest a first."""
    if len(poly) != 1:
        return
    ((bounds, factors), by) = next(iter(poly.items()))
    ranges = atoms.ranges(name)
    formals = tuple(~n for n in range(len(ranges)))
    if bounds:
        return
    for (left, places), power in sorted(
        factors, key=lambda f: _price(atoms, f[0][0]), reverse=True
    ):
        rest = [item for item in factors if item[0] != (left, places)]
        if sorted(places) != sorted(formals) or not all(atoms.is_nonzero(n) for (n, _), _ in rest):
            continue
        if not _may_stand(atoms, left, rest, len(ranges)):
            continue
        times = whole(1 / Fraction(power))
        if not isinstance(times, int) and not atoms.is_positive(left):
            continue
        if isinstance(power, Fraction):
            atoms.positive.add(name)
        own = monomial([((name, formals), 1), *((a, -p) for a, p in rest)], 1 / by)
        if times != 1:
            if not isinstance(times, int) and by != 1:
                continue
            own = atoms.power(own, times, dict(zip(formals, ranges, strict=True)))
        if len(own) != 1:
            continue
        yield left, at(own, _back(places))
        return


def _may_stand(atoms: Atoms, left: str, rest: list[tuple[Access, Exponent]], rank: int) -> bool:
    """No full-rank factor under a division unless it is an exp; a stored left side with less."""
    whole_ = [(n, power) for (n, places), power in rest if len(places) == rank and rank]
    if left not in atoms.known:
        return not whole_
    return all(power < 0 or _is_exp(atoms, n) for n, power in whole_)


def _is_exp(atoms: Atoms, name: str) -> bool:
    return name in atoms.known and atoms.known[name].head == "exp"


def _affine_rules(
    atoms: Atoms, name: str, poly: Poly, needs: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, Poly]]:
    """name = k a + rest gives a = (name - rest) / k, where k or rest is a statistic of a."""
    ranges = atoms.ranges(name)
    formals = tuple(~n for n in range(len(ranges)))
    for (bounds, factors), by in poly.items():
        whole_ = [item for item in factors if len(item[0][1]) == len(ranges)]
        if bounds or len(whole_) != 1 or whole_[0][1] != 1:
            continue
        (left, places), _ = whole_[0]
        slope = [item for item in factors if item is not whole_[0]]
        rest = {key: c for key, c in poly.items() if key != (bounds, factors)}
        lower = [*slope, *(item for _, fs in rest for item in fs)]
        if (
            sorted(places) != sorted(formals)
            or not all(atoms.is_nonzero(n) for (n, _), _ in slope)
            or any(len(item[0][1]) == len(ranges) for item in lower)
            or any(inner for inner, _ in rest)
            or not any(left in needs.get(n, frozenset()) for (n, _), _ in lower)
        ):
            continue
        value = add(access(name, formals), scale(rest, -ONE))
        inverse = monomial([(a, -p) for a, p in slope], 1 / by)
        yield left, at(multiply(value, inverse), _back(places))
        return


def _back(places: tuple[int, ...]) -> list[int]:
    """For a[$1, $0] the places of $0 and $1 in it."""
    back = [0] * len(places)
    for n, place in enumerate(places):
        back[~place] = ~n
    return back


def _price(atoms: Atoms, name: str) -> tuple[int, int]:
    atom = atoms.known.get(name)
    kind = 0 if atom is None else 1 if atom.head == COMPOUND else 2
    return kind, len(atoms.ranges(name))


def dependences(atoms: Atoms, definitions: Definitions) -> dict[str, frozenset[str]]:
    """For every array all that it is computed from."""
    known: dict[str, frozenset[str]] = {}

    def of(name: str) -> frozenset[str]:
        if name not in known:
            known[name] = frozenset()
            polys: Iterable[Poly] = ()
            direct: set[str] = set()
            if name in atoms.known:
                polys = atoms.known[name].polys
                direct |= atoms.known[name].reads
            elif name in definitions:
                polys = (definitions[name],)
            direct |= {n for poly in polys for _, fs in poly for (n, _), _ in fs}
            known[name] = frozenset(direct).union(*(of(n) for n in direct))
        return known[name]

    for name in [*definitions, *atoms.known]:
        of(name)
    return known


# --- sums that the definitions imply -------------------------------------------------------------


def sum_rules(
    atoms: Atoms, definitions: Definitions, sets: Iterable[Rules], zeros: Iterable[Poly] = ()
) -> list[SumRule]:
    """Each definition with a sum, minus its left side, solved for its dearest sum."""
    found: dict[object, SumRule] = {}
    inner = {
        name: atom.polys[0] for name, atom in list(atoms.known.items()) if atom.head == COMPOUND
    }
    gaps = [
        (add(poly, scale(access(name, [~n for n in range(len(atoms.ranges(name)))]), -ONE)), name)
        for name, poly in (*definitions.items(), *inner.items())
        if any(bounds for bounds, _ in poly)
    ]
    scopes = {name: dict(enumerate(atoms.ranges(name))) for _, name in gaps}
    for rules in (None, *sets):
        for gap, name in gaps:
            scope = {~n: range_ for n, range_ in scopes[name].items()}
            poly = gap if rules is None else rules(gap, scope)
            _solve(atoms, poly, found)
    for poly in zeros:
        _solve(atoms, poly, found)
    return list(found.values())


def _solve(atoms: Atoms, gap: Poly, found: dict[object, SumRule]) -> None:
    """gap = 0 solved for the dearest sum in it, if it may be divided by what stands before it."""
    sums = [key for key in gap if key[0] and len(key[0]) <= MOST_BOUND]
    for key in sorted(sums, key=lambda key: (len(_places(key)), len(key[1])), reverse=True):
        bounds, factors = key
        touching = tuple(f for f in factors if any(i >= 0 for i in f[0][1]))
        outside = [f for f in factors if f not in touching]
        formals = {i for f in touching for i in f[0][1] if i < 0}
        rest = {other: by for other, by in gap.items() if other != key}
        used = {i for _, fs in rest for (_, at_), _ in fs for i in at_ if i < 0}
        used |= {i for (_, at_), _ in outside for i in at_ if i < 0}
        if not used <= formals or not all(atoms.is_nonzero(n) for (n, _), _ in outside):
            continue
        inverse = monomial([(a, -p) for a, p in outside], -1 / gap[key])
        right = multiply(rest, inverse) if rest else {}
        names = tuple(sorted((atom[0], power) for atom, power in touching))
        rule = SumRule(bounds, touching, tuple(sorted(formals)), right, names)
        found.setdefault((bounds, touching), rule)
        return


def _places(key: Key) -> set[int]:
    return {i for (_, places), _ in key[1] for i in places}
