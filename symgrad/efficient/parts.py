"""The parts of a tree that could be arrays of their own, and when two of them are the same.

u (1 - g) r        u (1 - g),   u r,   (1 - g) r,   1 - g,   and the whole
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import TypeAlias

from symgrad.efficient.planning import Planner
from symgrad.efficient.terms import ONE
from symgrad.efficient.trees import Leaf, Node, Product, Total
from symgrad.efficient.units import parts, product_of
from symgrad.proof.terms import Exponent, Number

Key: TypeAlias = "tuple[object, tuple[str, ...]]"


@dataclass(frozen=True)
class Part:
    """Something that occurs in a tree: `number * node`, at these indices."""

    key: Key
    node: Node
    indices: tuple[int, ...]
    number: Number = field(compare=False)
    cost: float = field(compare=False)


def occurring(planner: Planner, node: Node, ranges: tuple[str, ...]) -> Iterator[Part]:
    """Every part of a tree that could be an array, as often as it occurs."""
    for number, found, cost in _candidates(planner, node, ranges):
        key, indices = canonical(found)
        yield Part((key, tuple(ranges[~i] for i in indices)), found, indices, number, cost)
    for part in parts(node):
        yield from occurring(planner, part, ranges)


def _candidates(
    planner: Planner, node: Node, ranges: tuple[str, ...]
) -> Iterator[tuple[Number, Node, float]]:
    def price(found: Node) -> float:
        return planner.cost(found, ranges) - sum(planner.cost(p, ranges) for p in parts(found))

    whole = _core(node)
    if whole is not None:
        yield whole[0], whole[1], planner.cost(whole[1], ranges)
    if isinstance(node, Product):
        for scaled in scaled_factors(node):
            yield ONE, scaled, price(scaled)
        for base, power in node.powers:
            if abs(power) != 1:
                alone = Product(ONE, ((base, max(power, -power)),))
                yield ONE, alone, price(alone)
        for pair in factor_pairs(node):
            if pair != (whole[1] if whole else None):
                yield ONE, pair, price(pair)
    if isinstance(node, Total) and len(node.parts) > 2:
        for two in combinations(node.parts, 2):
            number, pair = normal_total(Total(two))
            yield number, pair, price(pair)


def _core(node: Node) -> tuple[Number, Node] | None:
    """A node without the number in front, if something is left to compute."""
    if isinstance(node, Leaf):
        return None
    if isinstance(node, Product):
        inner = product_of(ONE, node.powers)
        return None if isinstance(inner, Leaf) or not node.powers else (node.number, inner)
    if isinstance(node, Total):
        return normal_total(node)
    return ONE, node


def whole_part(node: Node, ranges: tuple[str, ...]) -> Part | None:
    found = _core(node)
    if found is None:
        return None
    key, indices = canonical(found[1])
    return Part((key, tuple(ranges[~i] for i in indices)), found[1], indices, found[0], 0.0)


def factor_pairs(node: Product) -> Iterator[Node]:
    """Two factors, with the exponents that they have or with ±1; never all divided by."""
    for (left, p), (right, q) in combinations(node.powers, 2):
        seen = set()
        for a, b in ((p, q), (_unit(p), _unit(q))):
            if a < 0 and b < 0:
                a, b = -a, -b
            if (a, b) not in seen:
                seen.add((a, b))
                yield Product(ONE, ((left, a), (right, b)))


def scaled_factors(node: Product) -> Iterator[Node]:
    """The number in front with one factor."""
    if abs(node.number) != 1 and len(node.powers) > 1:
        for base, power in node.powers:
            if power == 1:
                yield Product(max(node.number, -node.number), ((base, 1),))


def _unit(power: Exponent) -> Exponent:
    return power if not isinstance(power, int) else 1 if power > 0 else -1


def normal_total(node: Total) -> tuple[Number, Node]:
    """A sum with the number of its first part (by name) taken out."""
    ordered = sorted(node.parts, key=lambda part: wiped(_core_of(part)))
    first = ordered[0]
    number = first.number if isinstance(first, Product) else ONE
    if number == 1:
        return ONE, Total(tuple(ordered))
    return number, Total(tuple(product_of(1 / number, [(part, 1)]) for part in ordered))


def _core_of(part: Node) -> Node:
    return product_of(ONE, part.powers) if isinstance(part, Product) and part.powers else part


@lru_cache(maxsize=1 << 14)
def wiped(node: Node) -> str:
    """A tree as text without its indices, the same for every order of factors or terms."""
    if isinstance(node, Leaf):
        return f"{node.name}[{len(node.indices)}]"
    if isinstance(node, Product):
        inner = sorted(f"{wiped(part)}^{power}" for part, power in node.powers)
        return f"({node.number}*{'*'.join(inner)})"
    inner = [wiped(part) for part in node.parts]
    if isinstance(node, Total):
        return f"({'+'.join(sorted(inner))})"
    return f"{node.head}({','.join(inner)})"


@lru_cache(maxsize=1 << 14)
def canonical(node: Node) -> tuple[object, tuple[int, ...]]:
    """A tree with its indices numbered as they come, and which they were."""
    order: dict[int, int] = {}

    def walk(part: Node) -> object:
        if isinstance(part, Leaf):
            return part.name, tuple(order.setdefault(i, len(order)) for i in part.indices)
        if isinstance(part, Product):
            powers = sorted(part.powers, key=lambda item: (wiped(item[0]), str(item[1])))
            return "*", str(part.number), tuple((walk(p), str(e)) for p, e in powers)
        if isinstance(part, Total):
            return "+", tuple(walk(p) for p in sorted(part.parts, key=wiped))
        return part.head, tuple(walk(p) for p in part.parts)

    return walk(node), tuple(order)
