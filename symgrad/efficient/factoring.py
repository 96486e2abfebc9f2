"""The cheapest way found to write a sum of products: shared factors before parentheses.

    a b[j] + a c[j] d + a c[j]        a (b[j] + c[j] (d + 1))

Each operation costs the product of the extents of its own indices, so that 1/B a[j] is cheap where
it is a factor of x[b, j]: products and sums of several are taken in the order that keeps the
indices few. Each sum over indices becomes an array of its own (a *reduction*), counted once
however often it is read; one over several indices is summed over one after the other, where that
is cheaper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, permutations, product
from math import prod

from symgrad.efficient.atoms import COMPOUND, FOREIGN, STEP, Atoms, content
from symgrad.efficient.terms import (
    ONE,
    Access,
    Factors,
    Key,
    Poly,
    accumulate,
    bind,
    placed,
)
from symgrad.efficient.trees import (
    EXP,
    OTHER,
    SUM,
    WHERE,
    Call,
    Ids,
    Leaf,
    Node,
    Product,
    Total,
    is_sum,
    power_price,
    price_of,
)
from symgrad.proof.terms import Exponent, Number

MOST_TOGETHER = 4
"""More sums are not brought under one."""

MOST_MERGED = 4
"""So many ways are tried to bring several sums under one."""

MOST_TRIED, MOST_SPLIT = 3, 8
"""So many factors are tried before a parenthesis, the most frequent first; one in a longer sum."""


@dataclass(frozen=True)
class Plan:
    """A tree, what it costs without its reductions, and which reductions it reads."""

    node: Node
    cost: float
    reductions: frozenset[str]


@dataclass
class Planner:
    """Trees for polynomials over given ranges; `sizes` are the extents to rank by."""

    atoms: Atoms
    sizes: Mapping[str, float]
    _plans: dict[object, Plan] = field(default_factory=dict)
    _together: dict[object, tuple[Plan, ...]] = field(default_factory=dict)
    _nodes: dict[object, Node] = field(default_factory=dict)
    _costs: dict[tuple[int, tuple[str, ...]], tuple[Node, float]] = field(default_factory=dict)
    """By identity, which is quicker than by value; the nodes are kept, so that it stays theirs."""
    _apart: dict[tuple[Key, tuple[str, ...]], Factors] = field(default_factory=dict)
    _products: dict[tuple[Ids, tuple[str, ...]], float] = field(default_factory=dict)
    _leaves: dict[str, Plan] = field(default_factory=dict)
    _full: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    _functions: dict[str, Plan] = field(default_factory=dict)
    _summed: dict[str, tuple[Node, tuple[str, ...], int]] = field(default_factory=dict)

    # --- polynomials ---

    def plan(self, poly: Poly, ranges: tuple[str, ...]) -> Plan:
        """The tree of a definition over formals with these ranges."""
        key = (frozenset(poly.items()), ranges)
        if key not in self._plans:
            self._plans[key] = self._separate(poly, ranges)
        return self._plans[key]

    def merged(self, poly: Poly, ranges: tuple[str, ...]) -> tuple[Plan, ...]:
        """The trees with several sums brought under one; see `_merged`."""
        key = (frozenset(poly.items()), ranges)
        if key not in self._together:
            found = (self._separate(way, ranges) for way in self._merged(poly, ranges))
            self._together[key] = tuple(found)
        return self._together[key]

    def standing(self, plan: Plan) -> float:
        """What a tree costs with all reductions that it needs."""
        names: set[str] = set()
        left = list(plan.reductions)
        while left:
            name = left.pop()
            if name not in names:
                names.add(name)
                left.extend(self.inner(name))
        return plan.cost + sum(map(self.own_cost, names))

    def _separate(self, poly: Poly, ranges: tuple[str, ...]) -> Plan:
        """The tree where each sum over indices is a reduction of its own."""
        scope = {~i: range_ for i, range_ in enumerate(ranges)}
        flat: Poly = {}
        for term, by in poly.items():
            accumulate(flat, (), self._reduced(term, ranges, scope), by)
        node = self._factored(flat, ranges)
        return Plan(node, self.cost(node, ranges), self.reads(node))

    def _merged(self, poly: Poly, ranges: tuple[str, ...]) -> Iterator[Poly]:
        """sum(j, u) + sum(j, v) as sum(j, u + v): one reduction of all terms that have the range.

        A term with more indices keeps the others in reductions below.
        """
        bounded = [key for key in poly if key[0]]
        if not 2 <= len(bounded) <= MOST_TOGETHER:
            return
        pivot = min(bounded, key=lambda key: (len(key[0]), key))[0]
        ways = [(key, found) for key in bounded if (found := _placings(key[0], pivot))]
        if len(ways) < 2:
            return
        choices = islice(product(*(found for _, found in ways)), MOST_MERGED)
        for n, choice in enumerate(choices):
            inner: Poly = {}
            rest = dict(poly)
            for (key, _), placed_ in zip(ways, choice, strict=True):
                bounds, factors = _released(key, placed_, len(ranges))
                accumulate(inner, bounds, factors, rest.pop(key))
            if len(inner) > 1:
                yield self._with_sum(rest, inner, ranges, pivot, f"{SUM}{n}")

    def _with_sum(
        self,
        rest: Poly,
        inner: Poly,
        ranges: tuple[str, ...],
        pivot: tuple[str, ...],
        head: str,
    ) -> Poly:
        """rest + outer * sum(pivot, body), the body's tree known under the reduction's name.

        The same sum in another arrangement has another head, and so another name.
        """
        scope = {~i: range_ for i, range_ in enumerate(ranges)}
        first = len(ranges)
        by, shared, body = content(inner)
        outer = [(atom, power) for atom, power in shared if all(~i < first for i in atom[1])]
        held = [item for item in shared if item not in outer]
        whole: Poly = {}
        for (bounds, factors), coefficient in body.items():
            accumulate(whole, bounds, (*factors, *held), coefficient)
        names = {~(first + n): range_ for n, range_ in enumerate(pivot)}
        name, indices = self.atoms.atom(head, (bind(whole, names),), scope)
        if name not in self._summed:
            order = {old: ~n for n, old in enumerate((*indices, *names))}
            moved: Poly = {}
            for (bounds, factors), coefficient in whole.items():
                accumulate(moved, bounds, _replaced(factors, order), coefficient)
            all_ = (*self.atoms.known[name].ranges, *pivot)
            plan = self.plan(moved, all_)
            self._summed[name] = (plan.node, all_, len(indices))
        result = dict(rest)
        accumulate(result, (), [*outer, ((name, indices), 1)], by)
        return result

    def _reduced(self, key: Key, ranges: tuple[str, ...], scope: Mapping[int, str]) -> Factors:
        """A term with each group of indices that belong together in an array of its own."""
        known = self._apart.get((key, ranges))
        if known is None:
            known = self._apart[key, ranges] = tuple(self._grouped(key, scope))
        return known

    def _grouped(self, key: Key, scope: Mapping[int, str]) -> list[tuple[Access, Exponent]]:
        bounds, factors = key
        result = [item for item in factors if all(i < 0 for i in item[0][1])]
        left = [item for item in factors if item not in result]
        while left:
            inside = {i for i in left[0][0][1] if i >= 0}
            while True:
                group = [item for item in left if inside.intersection(item[0][1])]
                grown = {i for (_, places), _ in group for i in places if i >= 0}
                if grown == inside:
                    break
                inside = grown
            left = [item for item in left if item not in group]
            result.append((self.reduction(bounds, tuple(group), scope), 1))
        return _with_one_exp(self.atoms, result, scope)

    def reduction(
        self, bounds: tuple[str, ...], group: Factors, scope: Mapping[int, str]
    ) -> Access:
        inside = sorted({i for (_, places), _ in group for i in places if i >= 0})
        new = {old: n for n, old in enumerate(inside)}
        poly: Poly = {}
        moved = (
            ((name, tuple(new.get(i, i) for i in places)), power) for (name, places), power in group
        )
        accumulate(poly, tuple(bounds[i] for i in inside), moved, ONE)
        return self.atoms.atom(SUM, (poly,), scope)

    def _factored(self, poly: Poly, ranges: tuple[str, ...]) -> Node:
        """The cheapest of: common factors first, the plain sum, a Q + R for a frequent a."""
        key = (frozenset(poly.items()), ranges)
        if key in self._nodes:
            return self._nodes[key]
        options = list(self._options(poly, ranges))
        best = min(options, key=lambda node: self.cost(node, ranges))
        self._nodes[key] = best
        return best

    def _options(self, poly: Poly, ranges: tuple[str, ...]) -> Iterable[Node]:
        terms = [_term(factors, by) for (_, factors), by in sorted(poly.items())]
        if len(terms) < 2:
            yield terms[0] if terms else Product(ONE * 0, ())
            return
        by, shared, rest = content(poly)
        if shared or abs(by) != 1:
            inner = self._factored(rest, ranges)
            yield _times(by, shared, inner)
        yield Total(tuple(terms))
        yield from self._cases(poly, ranges)
        if shared or len(terms) < 3:
            return
        count: Counter[tuple[Access, bool]] = Counter()
        for _, factors in poly:
            count.update((atom, power > 0) for atom, power in factors)
        for (atom, up), times in sorted(count.most_common(), key=lambda item: (-item[1], item[0]))[
            : max(1, min(MOST_TRIED, MOST_SPLIT - len(poly)))
        ]:
            if 1 < times < len(poly):
                yield self._split(poly, ranges, atom, up)

    def _cases(self, poly: Poly, ranges: tuple[str, ...]) -> Iterator[Node]:
        """c u + (1 - c) v as `u if c else v`, for each condition c on values."""
        flags = {
            atom
            for _, factors in poly
            for atom, _ in factors
            if atom[0] in self.atoms.known and self.atoms.known[atom[0]].head == STEP
        }
        for flag in sorted(flags):
            then: Poly = {}
            otherwise: Poly = {}
            for (bounds, factors), by in poly.items():
                rest = [item for item in factors if item[0] != flag]
                accumulate(then, bounds, rest, by)
                if len(rest) == len(factors):
                    accumulate(otherwise, bounds, rest, by)
            if otherwise:
                sides = (self._factored(side, ranges) for side in (then, otherwise))
                yield Call(WHERE, (Leaf(*flag), *sides))

    def _split(self, poly: Poly, ranges: tuple[str, ...], atom: Access, up: bool) -> Node:
        inside: Poly = {}
        outside: Poly = {}
        for (bounds, factors), by in poly.items():
            holds = any(other == atom and (power > 0) == up for other, power in factors)
            (inside if holds else outside)[bounds, factors] = by
        parts = [self._factored(part, ranges) for part in (inside, outside)]
        flat = [p for part in parts for p in (part.parts if isinstance(part, Total) else (part,))]
        return Total(tuple(flat))

    # --- costs ---

    def size(self, ids: Ids, ranges: tuple[str, ...]) -> float:
        """The product of the extents of some indices."""
        key = (ids, ranges)
        found = self._products.get(key)
        if found is None:
            found = self._products[key] = prod([self.sizes[ranges[~i]] for i in ids], start=1.0)
        return found

    def cost(self, node: Node, ranges: tuple[str, ...]) -> float:
        """The operations of a tree without those of its reductions."""
        if isinstance(node, Leaf):
            return self.leaf(node.name)
        known = self._costs.get((id(node), ranges))
        if known is None:
            known = self._costs[id(node), ranges] = (node, self._cost(node, ranges))
        return known[1]

    def _cost(self, node: Product | Total | Call, ranges: tuple[str, ...]) -> float:
        total = 0.0
        if isinstance(node, Product):
            sets = []
            below = True
            for part, power in node.powers:
                total += self.cost(part, ranges)
                if power not in (1, -1):
                    total += power_price(power) * self.size(part.ids, ranges)
                if not self.is_free(part):
                    sets.append(part.ids)
                below = below and power < 0
            if below or node.number not in (1, -1):
                sets.append(frozenset())
        else:
            for part in node.parts:
                total += self.cost(part, ranges)
            if isinstance(node, Call):
                return total + price_of(node.head) * self.size(node.ids, ranges)
            sets = [part.ids for part in node.parts]
        return total + self.combined(sets, ranges)

    def is_free(self, node: Node) -> bool:
        """Is this factor a condition on indices alone, which is a matter of loops?"""
        if not isinstance(node, Leaf):
            return False
        atom = self.atoms.known.get(node.name)
        return atom is not None and atom.head == FOREIGN and atom.name[0] == "[" and not atom.reads

    def combined(self, sets: Sequence[Ids], ranges: tuple[str, ...]) -> float:
        """The cost of joining operands, two at a time, the smallest result first."""
        if len(sets) < 2:
            return 0.0
        left = list(set(sets))
        total = 0.0
        if len(left) < len(sets):
            total += sum(self.size(own, ranges) for own in sets)
            total -= sum(self.size(own, ranges) for own in left)
        return total + (self._joined(left, ranges) if len(left) > 1 else 0.0)

    def _joined(self, left: list[Ids], ranges: tuple[str, ...]) -> float:
        """The cost of joining operands with different indices."""
        total = 0.0
        while len(left) > 1:
            _, _, one, other = min(
                (self.size(a | b, ranges), len(a | b), n, m)
                for n, a in enumerate(left)
                for m, b in enumerate(left[:n])
            )
            joined = left[one] | left[other]
            total += self.size(joined, ranges)
            left = [own for n, own in enumerate(left) if n not in (one, other)]
            if joined in left:
                total += self.size(joined, ranges)
            else:
                left.append(joined)
        return total

    def leaf(self, name: str) -> float:
        """What it costs to compute an array that is not stored, each element once."""
        return self._leaf(name).cost

    def _leaf(self, name: str) -> Plan:
        found = self._leaves.get(name)
        if found is None:
            atom = self.atoms.known.get(name)
            if atom is None:
                found = Plan(Leaf(name, ()), 0, frozenset())
            elif is_sum(atom.head) or self.is_function(name):
                found = Plan(Leaf(name, ()), 0, frozenset({name}))
            else:
                found = self._value(name)
            self._leaves[name] = found
        return found

    def is_function(self, name: str) -> bool:
        """Is this a function value that is dear enough to be computed once and kept?"""
        atom = self.atoms.known[name]
        if is_sum(atom.head) or atom.head in (COMPOUND, FOREIGN):
            return False
        return price_of(atom.head) >= OTHER

    def _value(self, name: str) -> Plan:
        """What it costs to compute a function value or a sum in parentheses for every element."""
        atom = self.atoms.known[name]
        plans = [self.plan(poly, atom.ranges) for poly in atom.polys]
        own = price_of(atom.head) if atom.head != FOREIGN else float(bool(atom.reads))
        if atom.head == FOREIGN and atom.name[0] != "[":
            own = 0.0
        whole = frozenset(~n for n in range(len(atom.ranges)))
        return Plan(
            Leaf(name, ()),
            own * self.size(whole, atom.ranges) + sum(plan.cost for plan in plans),
            frozenset().union(*(plan.reductions for plan in plans)),
        )

    def reads(self, node: Node) -> frozenset[str]:
        """The reductions that a tree reads."""
        found: set[str] = set()
        left = [node]
        while left:
            part = left.pop()
            if isinstance(part, Leaf):
                found |= self._leaf(part.name).reductions
            elif isinstance(part, Product):
                left += [inner for inner, _ in part.powers]
            else:
                left += part.parts
        return frozenset(found)

    # --- reductions ---

    def summed(self, name: str) -> tuple[Node, tuple[str, ...], int]:
        """The body of a reduction over formals and bound indices, and how many are formals.

        Bound indices are further formals; where it is cheaper, an inner reduction is one factor.
        """
        if name not in self._summed:
            self._summed[name] = self._best_sum(name)
        return self._summed[name]

    def _best_sum(self, name: str) -> tuple[Node, tuple[str, ...], int]:
        atom = self.atoms.known[name]
        ((bounds, factors),) = atom.polys[0]
        best = self._body(factors, atom.ranges, bounds)
        if len(bounds) > 1:
            for first in range(len(bounds)):
                other = self._first(factors, atom.ranges, bounds, first)
                if other is not None and self._total(other) < self._total(best):
                    best = other
        return best[0], best[1], len(atom.ranges)

    def _total(self, body: tuple[Node, tuple[str, ...]]) -> float:
        node, ranges = body
        own = self.cost(node, ranges) + self.size(frozenset(~n for n in range(len(ranges))), ranges)
        return own + sum(self.reduction_cost(r) for r in self.reads(node))

    def reduction_cost(self, name: str) -> float:
        return self._of_reduction(name)[0]

    def inner(self, name: str) -> frozenset[str]:
        """The reductions that a reduction reads."""
        return self._of_reduction(name)[1]

    def own_cost(self, name: str) -> float:
        """A reduction or a function value without those that it reads."""
        if self.is_function(name):
            return self._kept(name).cost
        node, ranges, _ = self.summed(name)
        return self.cost(node, ranges) + self.size(
            frozenset(~n for n in range(len(ranges))), ranges
        )

    def _of_reduction(self, name: str) -> tuple[float, frozenset[str]]:
        if name not in self._full:
            if self.is_function(name):
                plan = self._kept(name)
                total = plan.cost + sum(map(self.reduction_cost, plan.reductions))
                self._full[name] = total, plan.reductions
            else:
                node, ranges, _ = self.summed(name)
                self._full[name] = (self._total((node, ranges)), self.reads(node))
        return self._full[name]

    def _kept(self, name: str) -> Plan:
        if name not in self._functions:
            self._functions[name] = self._value(name)
        return self._functions[name]

    def _body(
        self, factors: Factors, formals: tuple[str, ...], bounds: tuple[str, ...]
    ) -> tuple[Node, tuple[str, ...]]:
        n = len(formals)
        ranges = formals + bounds
        moved = [
            ((name, tuple(~(n + i) if i >= 0 else i for i in places)), power)
            for (name, places), power in factors
        ]
        scope = {~k: range_ for k, range_ in enumerate(ranges)}
        node = _term(tuple(_with_one_exp(self.atoms, moved, scope)), ONE)
        return node, ranges

    def _first(
        self, factors: Factors, formals: tuple[str, ...], bounds: tuple[str, ...], first: int
    ) -> tuple[Node, tuple[str, ...]] | None:
        """sum(i, u v) as sum(rest, v sum(i, u)): what depends on i summed before the others."""
        inner = [item for item in factors if first in item[0][1]]
        outer = [item for item in factors if first not in item[0][1]]
        if not outer:
            return None
        n = len(formals)
        ranges = formals + tuple(b for i, b in enumerate(bounds) if i != first)
        place = {i: ~(n + k) for k, i in enumerate(i for i in range(len(bounds)) if i != first)}

        def moved(items: Iterable[tuple[Access, Exponent]]) -> Factors:
            return tuple(
                ((name, tuple(0 if i == first else place.get(i, i) for i in at_)), power)
                for (name, at_), power in items
            )

        scope = {~k: range_ for k, range_ in enumerate(ranges)}
        own = self.reduction((bounds[first],), moved(inner), scope)
        if len(ranges) > n and not _connected(moved(outer), own, n, len(ranges)):
            return None
        rest = _with_one_exp(self.atoms, [*moved(outer), (own, 1)], scope)
        return _term(tuple(rest), ONE), ranges


def _placings(bounds: tuple[str, ...], pivot: tuple[str, ...]) -> list[tuple[int, ...]]:
    """The ways to pick indices with the pivot's ranges, in its order."""
    return [
        chosen
        for chosen in permutations(range(len(bounds)), len(pivot))
        if tuple(bounds[i] for i in chosen) == pivot
    ]


def _released(key: Key, chosen: tuple[int, ...], first: int) -> tuple[tuple[str, ...], Factors]:
    """A term with some of its bound indices as further formals, counted from `first`."""
    bounds, factors = key
    left = [i for i in range(len(bounds)) if i not in chosen]
    new = {i: ~(first + n) for n, i in enumerate(chosen)} | {i: n for n, i in enumerate(left)}
    return tuple(bounds[i] for i in left), _replaced(factors, new)


def _replaced(factors: Factors, new: Mapping[int, int]) -> Factors:
    return tuple(
        ((name, tuple(new.get(i, i) for i in places)), power) for (name, places), power in factors
    )


def _connected(outer: Factors, own: Access, formals: int, total: int) -> bool:
    """Does every index that is still to be summed occur?"""
    used = {i for (_, places), _ in outer for i in places} | set(own[1])
    return all(~n in used for n in range(formals, total))


def _with_one_exp(
    atoms: Atoms, factors: Iterable[tuple[Access, Exponent]], scope: Mapping[int, str]
) -> list[tuple[Access, Exponent]]:
    """exp(u)^c exp(v)^d as one exponential of c u + d v."""
    kept: list[tuple[Access, Exponent]] = []
    exponent: Poly = {}
    count = 0
    for atom, power in factors:
        known = atoms.known.get(atom[0])
        if known is None or known.head != "exp":
            kept.append((atom, power))
            continue
        count += 1
        single = (atom, power)
        fraction = Fraction(power)
        for (bounds, own), by in known.polys[0].items():
            times = by * fraction.numerator / fraction.denominator
            accumulate(exponent, bounds, placed(own, atom[1], 0), times)
    if count == 0:
        return kept
    if count == 1 and single[1] == 1:
        return [*kept, single]
    return [*kept, (atoms.atom(EXP, (exponent,), scope), 1)] if exponent else kept


def _term(factors: Factors, by: Number) -> Node:
    if by == 1 and len(factors) == 1 and factors[0][1] == 1:
        return Leaf(*factors[0][0])
    return Product(by, tuple((Leaf(*atom), power) for atom, power in factors))


def _times(by: Number, shared: Factors, inner: Node) -> Node:
    powers = [(Leaf(*atom), power) for atom, power in shared]
    if isinstance(inner, Product):
        return Product(by * inner.number, (*powers, *inner.powers))
    return Product(by, (*powers, (inner, 1)))
