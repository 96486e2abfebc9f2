"""What several trees hold, computed once: common subexpressions, up to a number in front.

    u = h (1 - g) r,   v = q (1 - g)        becomes        c = 1 - g,   u = h c r,   v = q c

Parts are two factors of a product or two terms of a sum (as multisets), whole products and sums,
powers and function values. The part that saves most goes first, while the whole gets cheaper. Where
a part is what a gradient holds anyway, that gradient is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from symgrad.efficient.parts import (
    Key,
    Part,
    canonical,
    factor_pairs,
    normal_total,
    occurring,
    scaled_factors,
    whole_part,
)
from symgrad.efficient.planning import Planner
from symgrad.efficient.search import MOVED
from symgrad.efficient.terms import ONE
from symgrad.efficient.trees import Call, Leaf, Node, Product, Total
from symgrad.efficient.units import Unit, leaves, product_of, total_of
from symgrad.proof.terms import Number

MOST_TRIED = 12
MOST_ROUNDS = 40


def shared(planner: Planner, units: Sequence[Unit]) -> list[Unit]:
    """The units with what they share in units of its own."""
    current = _named_by_gradients(units)
    for n in range(MOST_ROUNDS):
        better = _round(planner, current, f"&{n}")
        if better is None:
            break
        current = better
    return _used_once_put_back(current)


def _round(planner: Planner, units: list[Unit], name: str) -> list[Unit] | None:
    found: dict[Key, list[Part]] = {}
    for unit in units:
        for part in occurring(planner, unit.node, unit.ranges):
            found.setdefault(part.key, []).append(part)
    ranked = sorted(
        (own for own in found.values() if len(own) > 1),
        key=lambda own: -(len(own) - 1) * own[0].cost,
    )
    before = _cost(planner, units)
    for own in ranked[:MOST_TRIED]:
        after = _with(planner, units, own[0], name)
        if _cost(planner, after) < before - 1e-6:
            return after
    return None


def _cost(planner: Planner, units: Sequence[Unit]) -> float:
    total = 0.0
    for unit in units:
        total += planner.cost(unit.node, unit.ranges)
        if unit.kind in ("sum", "shared"):
            total += MOVED * planner.size(frozenset(~n for n in range(unit.formals)), unit.ranges)
        if unit.kind in ("sum", "scatter"):
            total += planner.size(frozenset(~n for n in range(len(unit.ranges))), unit.ranges)
    return total


def _with(planner: Planner, units: list[Unit], part: Part, name: str) -> list[Unit]:
    """The units with a part replaced by an array: a gradient that holds it, or one of its own."""
    ranges = part.key[1]
    for n, unit in enumerate(units):
        if unit.kind == "array" and _alone(units, unit) and len(ranges) == unit.formals:
            whole = whole_part(unit.node, unit.ranges)
            if whole is not None and whole.key == part.key and abs(whole.number) == 1:
                taken = _Taken(part.key, unit.name, whole.indices, whole.number)
                return [
                    replace(other, node=taken(other.node, other.ranges)) if m != n else other
                    for m, other in enumerate(units)
                ]
    taken = _Taken(part.key, name, None, ONE)
    changed = [replace(unit, node=taken(unit.node, unit.ranges)) for unit in units]
    places = {old: ~n for n, old in enumerate(part.indices)}
    return [Unit("shared", name, ranges, len(ranges), moved(part.node, places)), *changed]


def _alone(units: Sequence[Unit], unit: Unit) -> bool:
    return sum(other.name == unit.name for other in units) == 1


def _named_by_gradients(units: Sequence[Unit]) -> list[Unit]:
    """A reduction that is a gradient is known by the gradient's name."""
    result = list(units)
    for unit in units:
        node = unit.node
        if unit.kind != "array" or not isinstance(node, Leaf) or not _alone(units, unit):
            continue
        of = next(
            (other for other in result if other.kind == "sum" and other.name == node.name), None
        )
        if of is None or len(set(node.indices)) != unit.formals:
            continue
        places = {~n: i for n, i in enumerate(node.indices)}
        back = {i: ~n for n, i in enumerate(node.indices)}
        ranges = (*(unit.ranges[~places[~n]] for n in range(of.formals)), *of.ranges[of.formals :])
        assert ranges == of.ranges
        order = {**places, **{~n: ~n for n in range(of.formals, len(of.ranges))}}
        filled = Unit(
            "array",
            unit.name,
            (*unit.ranges, *of.ranges[of.formals :]),
            unit.formals,
            moved(of.node, order),
        )
        result = [
            replace(other, node=_renamed(other.node, of.name, unit.name, back))
            for other in result
            if other.name not in (of.name, unit.name)
        ]
        result.append(filled)
    return result


def _renamed(node: Node, old: str, new: str, back: dict[int, int]) -> Node:
    """old[i, j] as new[j, i]: `back` has the place in the new array's indices by formal."""

    def change(leaf: Leaf) -> Leaf:
        if leaf.name != old:
            return leaf
        actual = [leaf.indices[~back[~n]] for n in range(len(leaf.indices))]
        return Leaf(new, tuple(actual))

    return mapped(node, change)


def mapped(node: Node, change: Callable[[Leaf], Leaf]) -> Node:
    """The tree with every array's element changed."""
    if isinstance(node, Leaf):
        return change(node)
    if isinstance(node, Product):
        return Product(node.number, tuple((mapped(p, change), e) for p, e in node.powers))
    if isinstance(node, Total):
        return Total(tuple(mapped(p, change) for p in node.parts))
    return Call(node.head, tuple(mapped(p, change) for p in node.parts))


def moved(node: Node, places: dict[int, int]) -> Node:
    return mapped(node, lambda leaf: Leaf(leaf.name, tuple(places[i] for i in leaf.indices)))


def _used_once_put_back(units: list[Unit]) -> list[Unit]:
    """A shared part that only another one reads is no array."""
    while True:
        count = Counter(leaf.name for unit in units for leaf in leaves(unit.node))
        once = next((u for u in units if u.kind == "shared" and count[u.name] == 1), None)
        if once is None:
            return units
        units = [
            replace(unit, node=_put_back(unit.node, once)) for unit in units if unit is not once
        ]


def _put_back(node: Node, unit: Unit) -> Node:
    if isinstance(node, Leaf):
        if node.name != unit.name:
            return node
        return moved(unit.node, {~n: i for n, i in enumerate(node.indices)})
    if isinstance(node, Product):
        return product_of(node.number, ((_put_back(p, unit), e) for p, e in node.powers))
    if isinstance(node, Total):
        return total_of(_put_back(p, unit) for p in node.parts)
    return Call(node.head, tuple(_put_back(p, unit) for p in node.parts))


@dataclass
class _Taken:
    """Trees with a part replaced by an array that holds `number` times the part.

    `own` are the indices of the part in the array's own tree, None where they are its formals.
    """

    key: Key
    name: str
    own: tuple[int, ...] | None
    number: Number

    def __call__(self, node: Node, ranges: tuple[str, ...]) -> Node:
        whole = whole_part(node, ranges)
        if whole is not None and whole.key == self.key:
            return product_of(whole.number / self.number, [(self.leaf(whole.indices), 1)])
        if isinstance(node, Product):
            node = self._factors(node, ranges)
        elif isinstance(node, Total):
            node = self._terms(node, ranges)
        if isinstance(node, Leaf):
            return node
        if isinstance(node, Product):
            return product_of(node.number, ((self(p, ranges), e) for p, e in node.powers))
        if isinstance(node, Total):
            return total_of(self(p, ranges) for p in node.parts)
        return Call(node.head, tuple(self(p, ranges) for p in node.parts))

    def leaf(self, indices: tuple[int, ...]) -> Leaf:
        if self.own is None:
            return Leaf(self.name, indices)
        back = dict(zip(self.own, indices, strict=True))
        return Leaf(self.name, tuple(back[~n] for n in range(len(indices))))

    def _factors(self, node: Product, ranges: tuple[str, ...]) -> Node:
        for base, power in node.powers:
            if abs(power) != 1:
                alone = Product(ONE, ((base, max(power, -power)),))
                key, indices = canonical(alone)
                if (key, tuple(ranges[~i] for i in indices)) == self.key:
                    sign = 1 if power > 0 else -1
                    rest = [item for item in node.powers if item[0] != base]
                    return product_of(
                        node.number / self.number**sign, [*rest, (self.leaf(indices), sign)]
                    )
        for scaled in scaled_factors(node):
            key, indices = canonical(scaled)
            if (key, tuple(ranges[~i] for i in indices)) == self.key:
                assert isinstance(scaled, Product)
                ((base, _),) = scaled.powers
                rest = [item for item in node.powers if item[0] != base]
                by = node.number / scaled.number / self.number
                return product_of(by, [*rest, (self.leaf(indices), 1)])
        for pair in factor_pairs(node):
            key, indices = canonical(pair)
            if (key, tuple(ranges[~i] for i in indices)) != self.key:
                continue
            assert isinstance(pair, Product)
            (left, a), _ = pair.powers
            sign = 1 if (dict(node.powers)[left] > 0) == (a > 0) else -1
            inverse = [(base, -power * sign) for base, power in pair.powers]
            powers = [*node.powers, *inverse, (self.leaf(indices), sign)]
            return product_of(node.number / self.number**sign, powers)
        return node

    def _terms(self, node: Total, ranges: tuple[str, ...]) -> Node:
        for two in combinations(node.parts, 2):
            number, pair = normal_total(Total(two))
            key, indices = canonical(pair)
            if (key, tuple(ranges[~i] for i in indices)) == self.key:
                rest = list(node.parts)
                for part in two:
                    rest.remove(part)
                taken = product_of(number / self.number, [(self.leaf(indices), 1)])
                return total_of([*rest, taken])
        return node
