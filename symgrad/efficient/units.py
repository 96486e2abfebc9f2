"""What is filled, each as one tree: gradients, scatters, reductions and shared parts.

s.grad[$0, $1] = p[$0, $1] (p.grad[$0, $1] - %7[$0])        %7[$0] = sum over $1 of p g
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from symgrad.efficient.atoms import COMPOUND, FOREIGN
from symgrad.efficient.flatten import Scatter, Sought
from symgrad.efficient.planning import Planner
from symgrad.efficient.search import Solution
from symgrad.efficient.terms import ONE
from symgrad.efficient.trees import Call, Leaf, Node, Product, Total, is_sum
from symgrad.proof.terms import Exponent, Number

Kind = Literal["array", "scatter", "sum", "shared"]


@dataclass(frozen=True)
class Unit:
    """`name[$0, …] = node`, where the ranges beyond the formals are summed over."""

    kind: Kind
    name: str
    ranges: tuple[str, ...]
    formals: int
    node: Node
    scatter: Scatter | None = field(default=None, compare=False)


def units(planner: Planner, sought: Mapping[str, Sought], solution: Solution) -> list[Unit]:
    """The trees of a solution, with everything that is not stored opened."""
    found: list[Unit] = []
    for choice in solution.choices:
        item = sought[choice.name]
        rank = len(item.ranges)
        if choice.plan is not None:
            node = opened(planner, choice.plan.node)
            found.append(Unit("array", choice.name, item.ranges, rank, node))
        for plan, scatter in zip(choice.scatters, item.scatters, strict=True):
            node = opened(planner, plan.node)
            size = len(scatter.ranges)
            found.append(Unit("scatter", choice.name, scatter.ranges, size, node, scatter))
    reductions: dict[str, Unit] = {}
    left = [name for unit in found for name in sums(planner, unit.node)]
    while left:
        name = left.pop(0)
        if name not in reductions:
            body, ranges, formals = planner.summed(name)
            unit = Unit("sum", name, ranges, formals, opened(planner, body))
            reductions[name] = unit
            left += sums(planner, unit.node)
    return [*reductions.values(), *found]


def sums(planner: Planner, node: Node) -> Iterator[str]:
    """The reductions that a tree reads, repeated where they are."""
    for leaf in leaves(node):
        atom = planner.atoms.known.get(leaf.name)
        if atom is not None and is_sum(atom.head):
            yield leaf.name


def leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    for part in parts(node):
        yield from leaves(part)


def parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Leaf):
        return ()
    return tuple(part for part, _ in node.powers) if isinstance(node, Product) else node.parts


def opened(planner: Planner, node: Node, places: Mapping[int, int] | None = None) -> Node:
    """The tree with function values and sums in the places of their arrays."""
    if isinstance(node, Leaf):
        indices = tuple(places[i] for i in node.indices) if places else node.indices
        atom = planner.atoms.known.get(node.name)
        if atom is None or is_sum(atom.head) or atom.head == FOREIGN:
            return Leaf(node.name, indices)
        inner = {~n: i for n, i in enumerate(indices)}
        below = tuple(
            opened(planner, planner.plan(poly, atom.ranges).node, inner) for poly in atom.polys
        )
        return below[0] if atom.head == COMPOUND else Call(atom.head, below)
    if isinstance(node, Product):
        powers = [(opened(planner, part, places), power) for part, power in node.powers]
        return absorbed(product_of(node.number, powers))
    if isinstance(node, Total):
        return total_of(opened(planner, part, places) for part in node.parts)
    return Call(node.head, tuple(opened(planner, part, places) for part in node.parts))


def product_of(number: Number, powers: Iterable[tuple[Node, Exponent]]) -> Node:
    """A product of powers: products among them opened, equal bases joined."""
    joined: dict[Node, Exponent] = {}
    for part, power in powers:
        if isinstance(part, Product) and isinstance(power, int):
            number = number * part.number**power
            inner = tuple((base, own * power) for base, own in part.powers)
        else:
            inner = ((part, power),)
        for base, own in inner:
            joined[base] = joined.get(base, 0) + own
    left = tuple((base, power) for base, power in joined.items() if power)
    if number == 1 and len(left) == 1 and left[0][1] == 1:
        return left[0][0]
    return Product(ONE * number, left)


def absorbed(node: Node) -> Node:
    """2 (1 + 3 x) y as (2 + 6 x) y: a number goes where numbers are anyway."""
    if not isinstance(node, Product) or abs(node.number) == 1:
        return node
    for base, power in node.powers:
        if power == 1 and isinstance(base, Total) and all(map(_numbered, base.parts)):
            inside = Total(tuple(product_of(node.number, [(p, 1)]) for p in base.parts))
            rest = [item for item in node.powers if item[0] != base]
            return product_of(ONE, [*rest, (inside, 1)])
    return node


def _numbered(part: Node) -> bool:
    """Is this a number, or a product with one in front?"""
    return isinstance(part, Product) and (not part.powers or abs(part.number) != 1)


def total_of(found: Iterable[Node]) -> Node:
    """A sum: sums among its parts opened, like terms added."""
    flat = [
        inner for part in found for inner in (part.parts if isinstance(part, Total) else (part,))
    ]
    numbers: dict[Node, Number] = {}
    for part in flat:
        by, core = apart(part)
        numbers[core] = numbers.get(core, 0) + by
    left = [_times(by, core) for core, by in numbers.items() if by]
    if len(left) == 1:
        return left[0]
    return Total(tuple(left)) if left else Product(ONE * 0, ())


def apart(part: Node) -> tuple[Number, Node]:
    """A term as a number and the rest; a number alone stands before the empty product."""
    if not isinstance(part, Product):
        return ONE, part
    return part.number, Product(ONE, ()) if not part.powers else product_of(ONE, part.powers)


def _times(by: Number, core: Node) -> Node:
    return core if by == 1 else product_of(by, [(core, 1)])
