"""The Hessian carried with every node, from the inputs on: the other way to all of it.

    y_i = sum(s, dy/ds * s_i)
    y_ij = sum(s, dy/ds * s_ij) + sum(s, t, d2y/ds dt * s_i * t_j)

Every node holds a number for each pair of inputs, where edge pushing holds one for each pair of
names that interact.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, product

from sympy import Expr, Integer

from symgrad.algebra.binding import fresh
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import product as tidy_product
from symgrad.expressions import element
from symgrad.program import Nest, Program, Statement
from symgrad.secondorder.graph import Graph, Node, graph


def propagated(forward: Program) -> Program:
    """The Hessian by all scalar inputs; what is zero by the shape of the graph is left out.

    Raises StudentError where the forward pass has axes, no inputs or no loss.
    """
    return _Propagation(graph(forward)).program()


class _Propagation:
    """The names that hold derivatives of each node, and the statements that compute them."""

    def __init__(self, one: Graph) -> None:
        self._graph = one
        self._nests: list[Nest] = []
        self._written: set[str] = set()

    def program(self) -> Program:
        for name in self._graph.inputs:
            self._add(self._name(name, name), Integer(1))
        for node in self._graph.nodes:
            self._first(node)
            self._second(node)
        for pair in combinations_with_replacement(self._graph.inputs, 2):
            self._result(pair)
        return Program((), tuple(self._nests), self._graph.forward)

    def _first(self, node: Node) -> None:
        for source in node.sources:
            local = node.first(source)
            for by in self._graph.inputs:
                self._add(self._name(node.name, by), local, self._held(source, by))

    def _second(self, node: Node) -> None:
        firsts = {source: node.first(source) for source in node.sources}
        seconds = {pair: node.second(*pair) for pair in product(node.sources, repeat=2)}
        for pair in combinations_with_replacement(self._graph.inputs, 2):
            target = self._name(node.name, *pair)
            for source, local in firsts.items():
                self._add(target, local, self._held(source, *pair))
            for (one, other), local in seconds.items():
                slopes = self._held(one, pair[0]), self._held(other, pair[1])
                self._add(target, local, *slopes)

    def _result(self, pair: tuple[str, str]) -> None:
        value = self._held(self._graph.loss, *pair)
        target = element(self._graph.second(*pair))
        self._nests.append(Nest((), (Statement(target, "=", value),)))

    def _name(self, of: str, *by: str) -> str:
        return fresh(f"d{of}_{'_'.join(by)}", self._graph.forward.arrays)

    def _held(self, of: str, *by: str) -> Expr:
        name = self._name(of, *by)
        return element(name) if name in self._written else Integer(0)

    def _add(self, name: str, *factors: Expr) -> None:
        if all(factor != 0 for factor in factors):
            self._written.add(name)
            value = tidy_product(Monomial.of(*factors))
            self._nests.append(Nest((), (Statement(element(name), "+=", value),)))
