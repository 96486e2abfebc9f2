"""What the second derivative consists of, path by path, and what a rule makes of it.

Every node v whose value is curved in its sources a and b contributes, for every path p from x to a
and every path q from x to b,

    v.grad * v_ab * (product of the first derivatives along p) * (the same along q)

and the second derivative is the sum of these. A rule is wrong by the contributions that it leaves
out and by what it adds to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, islice, pairwise, product
from typing import Literal

from sympy import Expr, Integer

from symgrad.algebra.monomials import Monomial, collected
from symgrad.derivation.backward import derive
from symgrad.errors import StudentError
from symgrad.forms.expansion import Terms
from symgrad.program import GRADIENT
from symgrad.secondorder.closed import executed, expanded
from symgrad.secondorder.graph import Graph, Node

Path = tuple[str, ...]
Kind = Literal["first-order", "square", "mixed", "seed"]

MOST_PATHS = 400
"""Graphs with more paths from the input than this are not taken apart."""


@dataclass(frozen=True)
class Contribution:
    """A part of the second derivative by x: the node that causes it and the paths to it.

    first-order   v.grad * v_xx                    one edge, x to v
    square        v.grad * v_aa * (da/dx)^2        one path, taken twice
    mixed         2 * v.grad * v_ab * a_x * b_x    two paths that meet at v
    seed          what a rule adds along a path because it starts from l_ll = 1 instead of 0
    """

    kind: Kind
    node: str
    paths: tuple[Path, ...]
    terms: tuple[Monomial, ...]

    @property
    def key(self) -> frozenset[object]:
        return frozenset((term.number, term.key) for term in self.terms)

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Every edge of the paths, up to the node at which they meet."""
        whole = (path if path[-1] == self.node else (*path, self.node) for path in self.paths)
        pairs = (pair for path in whole for pair in pairwise(path))
        return tuple(dict.fromkeys(pairs))


def contributions(graph: Graph) -> list[Contribution]:
    """The true second derivative by the graph's one input, taken apart."""
    paths = _paths(graph)
    gradients = executed(derive(graph.forward))
    found = []
    for node in graph.nodes:
        adjoint = gradients.get(node.name + GRADIENT, [])
        for one, other in combinations_with_replacement(node.sources, 2):
            local = expanded(node.second(one, other))
            for pair, number in _pairs(paths[one], paths[other], one == other):
                factors = [adjoint, local, *(_along(graph, path) for path in pair)]
                terms = tuple(_multiplied(factors, number))
                if terms:
                    kind = _kind(one == other, pair)
                    shown = tuple(dict.fromkeys(pair))
                    found.append(Contribution(kind, node.name, shown, terms))
    return found


def seeded(graph: Graph) -> list[Contribution]:
    """What the naive rule adds: the product of second derivatives along each path to the loss."""
    found = []
    for path in _paths(graph)[graph.loss]:
        terms = tuple(_multiplied([expanded(local) for local in _seconds(graph, path)], 1))
        if terms:
            found.append(Contribution("seed", graph.loss, (path,), terms))
    return found


def _kind(same: bool, pair: Sequence[Path]) -> Kind:
    if not same or pair[0] != pair[1]:
        return "mixed"
    return "first-order" if len(pair[0]) == 1 else "square"


def _paths(graph: Graph) -> dict[str, list[Path]]:
    """Every path from the input to every name."""
    (source,) = graph.inputs
    paths: dict[str, list[Path]] = {source: [(source,)]}
    for node in graph.nodes:
        leading = ((*path, node.name) for one in node.sources for path in paths[one])
        paths[node.name] = list(islice(leading, MOST_PATHS + 1))
        if len(paths[node.name]) > MOST_PATHS:
            raise StudentError(f"more than {MOST_PATHS} paths from {source}", kind="limit")
    return paths


def _pairs(
    ones: list[Path], others: list[Path], same: bool
) -> Iterator[tuple[tuple[Path, Path], int]]:
    """Unordered pairs of paths, with the number of their orders."""
    if not same:
        yield from (((one, other), 2) for one, other in product(ones, others))
        return
    for one, other in combinations_with_replacement(ones, 2):
        yield (one, other), 1 if one == other else 2


def _along(graph: Graph, path: Path) -> Terms:
    return _multiplied([expanded(local) for local in _firsts(graph, path)], 1)


def _firsts(graph: Graph, path: Path) -> Iterator[Expr]:
    return _locals(graph, path, lambda node, source: node.first(source))


def _seconds(graph: Graph, path: Path) -> Iterator[Expr]:
    return _locals(
        graph,
        path,
        lambda node, source: Integer(1) if node.copies else node.second(source, source),
    )


def _locals(graph: Graph, path: Path, local: Callable[[Node, str], Expr]) -> Iterator[Expr]:
    for source, name in pairwise(path):
        node = graph.node(name)
        assert node is not None
        yield local(node, source)


def _multiplied(factors: Iterable[Terms], number: int) -> Terms:
    result = [Monomial(Integer(number))]
    for terms in factors:
        result = collected(left * right for left in result for right in terms)
    return result


# --- what a rule makes of it ----------------------------------------------------------------------


@dataclass(frozen=True)
class Errors:
    """What a rule leaves out of the second derivative and what it adds to it."""

    missing: tuple[Contribution, ...]
    added: tuple[Contribution, ...]


KNOWN: dict[str, frozenset[Kind]] = {
    "naive": frozenset(),
    "diagonal": frozenset({"first-order", "square"}),
    "twice": frozenset({"first-order", "square", "mixed"}),
    "pushing": frozenset({"first-order", "square", "mixed"}),
}
"""The contributions that a rule computes."""


def errors(graph: Graph, rule: str) -> Errors:
    """The named terms between a rule and the truth; what is added and missing alike cancels."""
    missing = [part for part in contributions(graph) if part.kind not in KNOWN[rule]]
    added = seeded(graph) if rule == "naive" else []
    for extra in list(added):
        twin = next((part for part in missing if part.key == extra.key), None)
        if twin is not None:
            missing.remove(twin)
            added.remove(extra)
    return Errors(tuple(missing), tuple(added))
