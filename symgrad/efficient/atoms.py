"""Arrays that are not stored: function values, and sums as factors or bases.

    exp(s[b, j])              an array E[$0, $1], and exp(u + v) = exp(u) exp(v)
    (x[b, j] - mu[j])^2       an array C[$0, $1] to the power 2
    [j == argmax(k, s[b, k])] an array that is read and never looked into

Equal ones have one name, whatever their indices were called. A sum is known up to the factor that
its terms share, so that 1 - g and g - 1 are one array, except under a root: sqrt(a^2) is not a.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import sympy
from flint import fmpq
from sympy import Expr

from symgrad.efficient.terms import (
    FLAG,
    ONE,
    Access,
    Factors,
    Key,
    Poly,
    accumulate,
    add,
    at,
    constant,
    free,
    frozen,
    monomial,
    multiply,
    names,
    orders,
    placed,
    scale,
    whole,
)
from symgrad.expressions import is_index
from symgrad.heads import Bracket
from symgrad.program import Axis
from symgrad.proof.terms import Exponent, Number

Scope: TypeAlias = Mapping[int, str]
"""The range of every free index."""

COMPOUND, FOREIGN, STEP = "compound", "foreign", "step"
POSITIVE = frozenset({"exp", "sigma", "softplus"})
"""Functions without a value that is not positive."""


@dataclass(frozen=True)
class Atom:
    """`name[$0, …] = head(arguments)`, or a tree that holds the symbols of `formals`."""

    name: str
    head: str
    ranges: tuple[str, ...]
    arguments: tuple[tuple[tuple[Key, Number], ...], ...] = ()
    tree: Expr | None = None
    reads: frozenset[str] = frozenset()
    """The arrays in the tree."""

    @cached_property
    def polys(self) -> tuple[Poly, ...]:
        return tuple(dict(part) for part in self.arguments)

    @cached_property
    def scope(self) -> Scope:
        return {~n: range_ for n, range_ in enumerate(self.ranges)}


@dataclass
class Atoms:
    """All that a program's expressions are made of, and what is known of it."""

    stored: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The ranges of the axes of every array of the program."""
    axes: dict[str, Axis] = field(default_factory=dict)
    """The axis of every range."""
    known: dict[str, Atom] = field(default_factory=dict)
    deltas: set[str] = field(default_factory=set)
    """The arrays [$0 == $1] over one range."""
    nonzero: set[str] = field(default_factory=set)
    positive: set[str] = field(default_factory=set)
    kinked: set[str] = field(default_factory=set)
    """Arrays whose definition branches on a value."""
    _depths: dict[str, int] = field(default_factory=dict)
    _equal: dict[object, tuple[str, tuple[int, ...]]] = field(default_factory=dict)

    # --- making ---

    def atom(self, head: str, polys: Iterable[Poly], scope: Scope) -> Access:
        """The access to head(polys), an array over the free indices of its arguments."""
        parts = tuple(map(frozen, polys))
        key = (head, parts, tuple(scope[i] for i in _free_of(parts)))
        if key in self._equal:
            return self._equal[key]
        indices = _free_of(parts)
        best: Any = None
        for order in _orders_of(parts, indices, scope):
            places = {old: ~n for n, old in enumerate(order)}
            moved = tuple(frozen(_renamed(dict(part), places)) for part in parts)
            if best is None or moved < best[0]:
                best = (moved, order)
        moved, order = best
        ranges = tuple(scope[i] for i in order)
        new = (FLAG if head == STEP else "%") + str(len(self.known))
        name, _ = self._equal.setdefault((head, moved, ranges, ""), (new, ()))
        if name not in self.known:
            self.known[name] = Atom(name, head, ranges, moved)
        self._equal[key] = (name, order)
        return name, order

    def foreign(self, tree: Expr, ranges: tuple[str, ...], reads: Iterable[str]) -> str:
        """The array of a tree that is not looked into; its formals stand as symbols in it."""
        new = (FLAG if isinstance(tree, Bracket) else "%") + str(len(self.known))
        found, _ = self._equal.setdefault((FOREIGN, tree, ranges), (new, ()))
        if found not in self.known:
            self.known[found] = Atom(found, FOREIGN, ranges, tree=tree, reads=frozenset(reads))
            if _is_delta(tree) and len(set(ranges)) == 1 and len(ranges) == 2:
                self.deltas.add(found)
        return found

    def ranges(self, name: str) -> tuple[str, ...]:
        if name[0] == "#":
            return ()
        return self.known[name].ranges if name in self.known else self.stored[name]

    # --- facts ---

    def is_positive(self, name: str) -> bool:
        if name[0] == "#" or name in self.positive:
            return True
        atom = self.known.get(name)
        if atom is None:
            return False
        return atom.head in POSITIVE or (atom.head == COMPOUND and self.all_positive(atom.polys[0]))

    def all_positive(self, poly: Poly) -> bool:
        return bool(poly) and all(
            coefficient > 0 and all(self.is_positive(name) for (name, _), _ in factors)
            for (_, factors), coefficient in poly.items()
        )

    def is_nonzero(self, name: str) -> bool:
        return name in self.nonzero or self.is_positive(name)

    def is_smooth(self, name: str) -> bool:
        """Is an array nowhere made by a branch, so that it is 0 almost nowhere but for a reason?"""
        atom = self.known.get(name)
        if atom is None:
            return name not in self.kinked
        smooth = atom.head not in (FOREIGN, STEP, "relu", "abs")
        return smooth and all(map(self.is_smooth, names(*atom.polys)))

    def step(self, poly: Poly, scope: Scope) -> Poly:
        """[poly > 0], known up to a positive number; [-u > 0] = 1 - [u > 0] where u is smooth."""
        poly = scale(poly, 1 / abs(poly[min(poly)])) if poly else poly
        below = scale(poly, -ONE)
        known = (STEP, (frozen(below),), tuple(scope[i] for i in free(poly))) in self._equal
        falling = len(poly) == 1 and poly[min(poly)] < 0
        if (known or falling) and all(map(self.is_smooth, names(poly))):
            opposite = monomial([(self.atom(STEP, (below,), scope), 1)])
            return add(constant(ONE), scale(opposite, -ONE))
        return monomial([(self.atom(STEP, (poly,), scope), 1)])

    # --- laws ---

    def power(self, poly: Poly, exponent: Exponent, scope: Scope) -> Poly:
        """poly^exponent: a product is raised factor by factor, a sum stays together."""
        if exponent == 1:
            return poly
        if len(poly) == 1:
            ((bounds, factors), by) = next(iter(poly.items()))
            if not bounds and self._splits(factors, by, exponent):
                raised = ((atom, whole(power * Fraction(exponent))) for atom, power in factors)
                if isinstance(exponent, int):
                    return monomial(raised, by**exponent)
                return multiply(monomial(raised), self._root(by, exponent))
        if isinstance(exponent, int):
            if not poly and exponent > 0:
                return {}
            return self.power(self.factor(poly, scope, always=True), exponent, scope)
        base = self.atom(COMPOUND, (poly,), scope)
        self.positive.add(base[0])
        return monomial([(base, exponent)])

    def _splits(self, factors: Factors, by: Number, exponent: Exponent) -> bool:
        if isinstance(exponent, int):
            return True
        if len(factors) == 1 and factors[0][1] == 1 and by == 1:
            return True
        return by > 0 and all(self.is_positive(name) for (name, _), _ in factors)

    def _root(self, by: Number, exponent: Exponent) -> Poly:
        """2^(1/2), a number with an array of its own."""
        if by == 1:
            return constant(ONE)
        base = self.atom(COMPOUND, (constant(by),), {})
        self.positive.add(base[0])
        return monomial([(base, exponent)])

    def factor(self, poly: Poly, scope: Scope, always: bool = False) -> Poly:
        """A sum as one factor: number * what its terms share * the array of the rest.

        A sum over an index alone stays one, unless it is to be raised to a power.
        """
        if len(poly) < 2 and not (always and any(bounds for bounds, _ in poly)):
            return poly
        by, shared, rest = content(poly)
        if len(rest) == 1 and not next(iter(rest))[0]:
            return poly
        return monomial([*shared, (self.atom(COMPOUND, (rest,), scope), 1)], by)

    def exp(self, poly: Poly, scope: Scope) -> Poly:
        """exp(c u + d v) = exp(u)^c exp(v)^d, and exp(log u) = u."""
        result = constant(ONE)
        for key, by in poly.items():
            inner = self._logarithm_of(key)
            power = whole(Fraction(int(by.p), int(by.q)))
            if inner is not None:
                (base, indices) = inner
                raised = self.power(at(base, indices), power, scope)
                result = multiply(result, raised)
            else:
                result = multiply(
                    result, monomial([(self.atom("exp", ({key: ONE},), scope), power)])
                )
        return result

    def _logarithm_of(self, key: Key) -> tuple[Poly, tuple[int, ...]] | None:
        bounds, factors = key
        if bounds or len(factors) != 1 or factors[0][1] != 1:
            return None
        (name, indices), _ = factors[0]
        atom = self.known.get(name)
        return (atom.polys[0], indices) if atom and atom.head == "log" else None

    def log(self, poly: Poly, scope: Scope) -> Poly:
        """log(u^m exp(v) / w) = m log u + v - log w where all are positive."""
        if len(poly) == 1:
            ((bounds, factors), by) = next(iter(poly.items()))
            rest = [(atom, power) for atom, power in factors if not self._is_exp(atom[0])]
            alone = len(rest) == 1 and rest[0][1] == 1
            if (
                not bounds
                and by > 0
                and (alone or all(self.is_positive(name) for (name, _), _ in rest))
            ):
                parts = [self._log_of_factor(atom, power, scope) for atom, power in factors]
                if by != 1:
                    parts.append(monomial([(self.atom("log", (constant(by),), {}), 1)]))
                return add({}, *parts)
        return monomial([(self.atom("log", (poly,), scope), 1)])

    def _is_exp(self, name: str) -> bool:
        return name in self.known and self.known[name].head == "exp"

    def _log_of_factor(self, atom: Access, power: Exponent, scope: Scope) -> Poly:
        name, indices = atom
        times = fmpq(Fraction(power).numerator, Fraction(power).denominator)
        if self._is_exp(name):
            return scale(at(self.known[name].polys[0], indices), times)
        self.positive.add(name)
        base = monomial([(atom, 1)])
        if name in self.known and self.known[name].head == COMPOUND:
            base = at(self.known[name].polys[0], indices)
        return scale(monomial([(self.atom("log", (base,), scope), 1)]), times)

    def function(self, head: str, polys: tuple[Poly, ...], scope: Scope) -> Poly:
        """An elementary function by its name, or any other, which stays as it is."""
        if head == "exp":
            return self.exp(polys[0], scope)
        if head == "log":
            return self.log(polys[0], scope)
        return monomial([(self.atom(head, polys, scope), 1)])

    def made(self, atom: Atom, polys: tuple[Poly, ...], scope: Scope) -> Poly:
        """The atom anew, from other arguments."""
        if atom.head == COMPOUND:
            return polys[0]
        return self.function(atom.head, polys, scope)

    def opened(self, poly: Poly, most: int, rounds: int = 100) -> Poly:
        """Sums that are factors multiplied out, where their powers are whole and positive."""
        for _ in range(rounds):
            barred: set[str] = set()
            present: set[str] = set()
            for _, factors in poly:
                for (name, _), power in factors:
                    atom = self.known.get(name)
                    if atom is not None and atom.head == COMPOUND:
                        good = isinstance(power, int) and power > 0
                        (present if good else barred).add(name)
            chosen = present - barred
            if not chosen:
                return poly
            # The outermost alone: what is inside may cancel with a factor beside it.
            top = max(map(self.depth, chosen))
            poly = self._open(poly, {name for name in chosen if self.depth(name) == top})
            if len(poly) > most:
                break
        return poly

    def depth(self, name: str) -> int:
        """How deep arrays that are not stored stand in each other."""
        if name not in self._depths:
            atom = self.known.get(name)
            inner = names(*atom.polys) if atom else ()
            self._depths[name] = 1 + max(map(self.depth, inner), default=0)
        return self._depths[name]

    def closed(self, poly: Poly, more: Iterable[str] = ()) -> Poly:
        """Sums that are known as a factor or base put together: u / C + v / C = 1 where C = u + v.

        Those that the polynomial holds already, and `more` at its formals.
        """
        held = {name: tuple(self.known[name].scope) for name in more} | {
            name: indices
            for _, factors in poly
            for (name, indices), _ in factors
            if name in self.known and self.known[name].head == COMPOUND
        }
        for name, indices in sorted(held.items(), key=lambda item: -self.depth(item[0])):
            if all(i < 0 for i in indices):
                poly = self._close(poly, name, indices)
        return poly

    def _close(self, poly: Poly, name: str, indices: tuple[int, ...]) -> Poly:
        parts = list(at(self.known[name].polys[0], indices).items())
        if len(parts) < 2 or any(bounds for (bounds, _), _ in parts):
            return poly
        (_, first), by = parts[0]
        for (bounds, factors), coefficient in list(poly.items()):
            rest = [*factors, *((atom, -power) for atom, power in first)]
            whole_: Poly = {}
            for (_, own), times in parts:
                accumulate(whole_, bounds, (*rest, *own), coefficient * times / by)
            if all(poly.get(key) == value for key, value in whole_.items()):
                poly = add(poly, scale(whole_, -ONE))
                accumulate(poly, bounds, (*rest, ((name, indices), 1)), coefficient / by)
        return poly

    def _open(self, poly: Poly, chosen: set[str]) -> Poly:
        out: Poly = {}
        for (bounds, factors), by in poly.items():
            kept = [item for item in factors if item[0][0] not in chosen]
            partial: list[tuple[tuple[str, ...], Factors, Number]] = [(bounds, tuple(kept), by)]
            for (name, indices), power in factors:
                if name in chosen:
                    for _ in range(int(power)):
                        partial = substituted(partial, self.known[name].polys[0], indices)
            for item in partial:
                accumulate(out, *item)
        return out


def _is_delta(tree: Expr) -> bool:
    return (
        isinstance(tree, Bracket)
        and isinstance(tree.condition, sympy.Equality)
        and all(map(is_index, tree.condition.args))
    )


def substituted(
    parts: list[tuple[tuple[str, ...], Factors, Number]], poly: Poly, indices: tuple[int, ...]
) -> list[tuple[tuple[str, ...], Factors, Number]]:
    """Products times a definition at indices that may be bound in the products."""
    return [
        (bounds + inner, (*factors, *placed(own, indices, len(bounds))), by * times)
        for bounds, factors, by in parts
        for (inner, own), times in poly.items()
    ]


def content(poly: Poly) -> tuple[Number, Factors, Poly]:
    """poly = number * factors * rest, where the terms of the rest share nothing."""
    shared: dict[Access, Exponent] = {}
    for n, (_, factors) in enumerate(poly):
        own = {atom: power for atom, power in factors if all(i < 0 for i in atom[1])}
        if n == 0:
            shared = own
            continue
        shared = {
            atom: _nearer(power, own[atom])
            for atom, power in shared.items()
            if atom in own and (own[atom] > 0) == (power > 0)
        }
    by = poly[min(poly)]
    rest: Poly = {}
    for (bounds, factors), coefficient in poly.items():
        # Shared factors hold no bound index, so the others keep their order.
        rest[bounds, _without(factors, shared) if shared else factors] = coefficient / by
    leading = rest[min(rest)]
    if leading != 1:
        rest, by = scale(rest, 1 / leading), by * leading
    return by, tuple(sorted(shared.items())), rest


def _without(factors: Factors, shared: Mapping[Access, Exponent]) -> Factors:
    """A product without some powers of its factors."""
    left = ((atom, whole(power - shared.get(atom, 0))) for atom, power in factors)
    return tuple([item for item in left if item[1]])


def _nearer(left: Exponent, right: Exponent) -> Exponent:
    """The exponent that is nearer to 0."""
    return left if abs(float(left)) <= abs(float(right)) else right


def _free_of(parts: tuple[tuple[tuple[Key, Number], ...], ...]) -> list[int]:
    return sorted({i for part in parts for i in free(dict(part))}, reverse=True)


def _orders_of(
    parts: tuple[tuple[tuple[Key, Number], ...], ...], indices: list[int], scope: Scope
) -> Iterable[tuple[int, ...]]:
    """The orders of the free indices that agree with where they stand in the arguments."""
    if len(indices) < 2:
        return [tuple(indices)]
    marked = tuple(
        ((f"{n}|{by}|{bounds}|{name}", places), power)
        for n, part in enumerate(parts)
        for (bounds, factors), by in part
        for (name, places), power in factors
    )
    return orders(indices, marked, lambda i: scope[i])


def _renamed(poly: Poly, new: Mapping[int, int]) -> Poly:
    out: Poly = {}
    for (bounds, factors), by in poly.items():
        moved = (
            ((name, tuple(new.get(i, i) for i in places)), power)
            for (name, places), power in factors
        )
        accumulate(out, bounds, moved, by)
    return out
