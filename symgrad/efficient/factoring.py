"""Shared factors before parentheses: the cheapest of the ways to write a sum of products.

a b[j] + a c[j] d + a c[j]        a (b[j] + c[j] (d + 1))
[u > 0] v - [u > 0] w + w         v where u > 0, else w
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from symgrad.efficient.atoms import STEP, Atoms
from symgrad.efficient.content import content
from symgrad.efficient.terms import ONE, Access, Factors, Poly, accumulate
from symgrad.efficient.trees import WHERE, Call, Leaf, Node, Product, Total, term
from symgrad.proof.terms import Number

MOST_TRIED, MOST_SPLIT = 3, 8
"""So many factors are tried before a parenthesis, the most frequent first; one in a longer sum."""


@dataclass
class Factoring:
    """Trees for sums whose factors are arrays; `cost` says which is the cheapest."""

    atoms: Atoms
    cost: Callable[[Node, tuple[str, ...]], float]
    _nodes: dict[object, Node] = field(default_factory=dict)

    def node(self, poly: Poly, ranges: tuple[str, ...]) -> Node:
        """The cheapest of: common factors first, the plain sum, a Q + R for a frequent a."""
        key = (frozenset(poly.items()), ranges)
        if key in self._nodes:
            return self._nodes[key]
        options = list(self._options(poly, ranges))
        best = min(options, key=lambda node: self.cost(node, ranges))
        self._nodes[key] = best
        return best

    def _options(self, poly: Poly, ranges: tuple[str, ...]) -> Iterable[Node]:
        terms = [term(factors, by) for (_, factors), by in sorted(poly.items())]
        if len(terms) < 2:
            yield terms[0] if terms else Product(ONE * 0, ())
            return
        by, shared, rest = content(poly)
        if shared or abs(by) != 1:
            inner = self.node(rest, ranges)
            yield _times(by, shared, inner)
        yield Total(tuple(terms))
        yield from self._cases(poly, ranges)
        if shared or len(terms) < 3:
            return
        for atom, up in _frequent(poly):
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
                sides = (self.node(side, ranges) for side in (then, otherwise))
                yield Call(WHERE, (Leaf(*flag), *sides))

    def _split(self, poly: Poly, ranges: tuple[str, ...], atom: Access, up: bool) -> Node:
        """a Q + R, where every term of a Q has this factor, above or below the line."""
        inside: Poly = {}
        outside: Poly = {}
        for (bounds, factors), by in poly.items():
            holds = any(other == atom and (power > 0) == up for other, power in factors)
            (inside if holds else outside)[bounds, factors] = by
        parts = [self.node(part, ranges) for part in (inside, outside)]
        flat = [p for part in parts for p in (part.parts if isinstance(part, Total) else (part,))]
        return Total(tuple(flat))


def _frequent(poly: Poly) -> Iterator[tuple[Access, bool]]:
    """Factors of several terms but not of all, and whether they stand above the line."""
    count: Counter[tuple[Access, bool]] = Counter()
    for _, factors in poly:
        count.update((atom, power > 0) for atom, power in factors)
    found = sorted(count.most_common(), key=lambda item: (-item[1], item[0]))
    for item, times in found[: max(1, min(MOST_TRIED, MOST_SPLIT - len(poly)))]:
        if 1 < times < len(poly):
            yield item


def _times(by: Number, shared: Factors, inner: Node) -> Node:
    powers = [(Leaf(*atom), power) for atom, power in shared]
    if isinstance(inner, Product):
        return Product(by * inner.number, (*powers, *inner.powers))
    return Product(by, (*powers, (inner, 1)))
