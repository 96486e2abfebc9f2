"""The cheapest trees that are found for sums of products, and what they cost.

Each operation costs the product of the extents of its own indices: 1/B a[j] is cheap where it is a
factor of x[b, j]. Each sum over indices becomes an array of its own (a *reduction*), counted
once however often it is read; one over several indices is summed over one after the other, where
that is cheaper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symgrad.efficient.atoms import COMPOUND, FOREIGN, Atoms
from symgrad.efficient.factoring import Factoring
from symgrad.efficient.joining import Joining
from symgrad.efficient.reductions import Body, Reductions
from symgrad.efficient.terms import Poly, accumulate
from symgrad.efficient.together import together
from symgrad.efficient.trees import (
    OTHER,
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
    _costs: dict[tuple[int, tuple[str, ...]], tuple[Node, float]] = field(default_factory=dict)
    """By identity, which is quicker than by value; the nodes are kept, so that it stays theirs."""
    _leaves: dict[str, Plan] = field(default_factory=dict)
    _full: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    _functions: dict[str, Plan] = field(default_factory=dict)
    _summed: dict[str, tuple[Node, tuple[str, ...], int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._joining = Joining(self.sizes)
        self._reductions = Reductions(self.atoms)
        self._factoring = Factoring(self.atoms, self.cost)

    # --- polynomials ---

    def plan(self, poly: Poly, ranges: tuple[str, ...]) -> Plan:
        """The tree of a definition over formals with these ranges."""
        key = (frozenset(poly.items()), ranges)
        if key not in self._plans:
            self._plans[key] = self._separate(poly, ranges)
        return self._plans[key]

    def merged(self, poly: Poly, ranges: tuple[str, ...]) -> tuple[Plan, ...]:
        """The trees with several sums brought under one."""
        key = (frozenset(poly.items()), ranges)
        if key not in self._together:
            plans = []
            for way in together(self.atoms, poly, ranges):
                if way.name not in self._summed:
                    node = self.plan(way.body, way.ranges).node
                    self._summed[way.name] = (node, way.ranges, way.formals)
                plans.append(self._separate(way.poly, ranges))
            self._together[key] = tuple(plans)
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
        flat: Poly = {}
        for term, by in poly.items():
            accumulate(flat, (), self._reductions.apart(term, ranges), by)
        node = self._factoring.node(flat, ranges)
        return Plan(node, self.cost(node, ranges), self.reads(node))

    # --- costs ---

    def size(self, ids: Ids, ranges: tuple[str, ...]) -> float:
        """The product of the extents of some indices."""
        return self._joining.size(ids, ranges)

    def cost(self, node: Node, ranges: tuple[str, ...]) -> float:
        """The operations of a tree without those of its reductions."""
        if isinstance(node, Leaf):
            return self._leaf(node.name).cost
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
        return total + self._joining.cost(sets, ranges)

    def is_free(self, node: Node) -> bool:
        """Is this factor a condition on indices alone, which is a matter of loops?"""
        if not isinstance(node, Leaf):
            return False
        atom = self.atoms.known.get(node.name)
        return atom is not None and atom.head == FOREIGN and atom.name[0] == "[" and not atom.reads

    def _leaf(self, name: str) -> Plan:
        """What it costs to compute an array that is not stored, each element once."""
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
        return Plan(
            Leaf(name, ()),
            own * self._whole(atom.ranges) + sum(plan.cost for plan in plans),
            frozenset().union(*(plan.reductions for plan in plans)),
        )

    def _whole(self, ranges: tuple[str, ...]) -> float:
        """How many elements there are over all of these ranges."""
        return self.size(frozenset(~n for n in range(len(ranges))), ranges)

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
            node, ranges = self._best_body(name)
            self._summed[name] = node, ranges, len(self.atoms.known[name].ranges)
        return self._summed[name]

    def _best_body(self, name: str) -> Body:
        bodies = self._reductions.bodies(name)
        best = next(bodies)
        for other in bodies:
            if self._total(other) < self._total(best):
                best = other
        return best

    def _total(self, body: Body) -> float:
        return self._own(body) + sum(self._of_reduction(r)[0] for r in self.reads(body[0]))

    def _own(self, body: Body) -> float:
        """What a body and its sum cost without the reductions that it reads."""
        return self.cost(*body) + self._whole(body[1])

    def inner(self, name: str) -> frozenset[str]:
        """The reductions that a reduction reads."""
        return self._of_reduction(name)[1]

    def own_cost(self, name: str) -> float:
        """A reduction or a function value without those that it reads."""
        return self._kept(name).cost if self.is_function(name) else self._own(self.summed(name)[:2])

    def _of_reduction(self, name: str) -> tuple[float, frozenset[str]]:
        """What a reduction costs with all that it reads, and what that is."""
        if name not in self._full:
            if self.is_function(name):
                plan = self._kept(name)
                total = plan.cost + sum(self._of_reduction(r)[0] for r in plan.reductions)
                self._full[name] = total, plan.reductions
            else:
                body = self.summed(name)[:2]
                self._full[name] = self._total(body), self.reads(body[0])
        return self._full[name]

    def _kept(self, name: str) -> Plan:
        if name not in self._functions:
            self._functions[name] = self._value(name)
        return self._functions[name]
