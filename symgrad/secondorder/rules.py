"""Rules for second derivatives on a scalar graph, each as a program over the forward pass.

With y running over the nodes in reverse, x over the sources of y, and y_x = dy/dx:

    naive     l_xx += l_yy * y_xx                               seed l_ll = 1
    diagonal  l_xx += l_yy * y_x^2 + y.grad * y_xx              seed l_ll = 0
    twice     the gradient of the gradient: derive applied to what derive gives
    pushing   l_xp += l_yp * y_x, twice that for p = x          for every p that l_yp is known for
              l_xw += l_yy * y_x * y_w                          for every pair x, w of sources
              l_xw += y.grad * y_xw

Sources: the naive rule is the one of TTIC 31230's problem set 1 (2017); diagonal: Becker and LeCun,
Improving the convergence of back-propagation learning with second order methods (1989); edge
pushing: Gower and Mello, A new framework for the computation of Hessians (2012).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Any

from sympy import Expr, Integer

from symgrad.algebra.binding import fresh
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import product
from symgrad.derivation.backward import derive
from symgrad.expressions import (
    array_of,
    element,
    indices_of,
    is_element,
    is_negative,
    negate,
    partial,
    power,
    rebuild,
)
from symgrad.heads import Partial
from symgrad.program import GRADIENT, Nest, Operator, Program, Statement
from symgrad.secondorder.graph import Graph, Node

ONE, TWO = Integer(1), Integer(2)


@dataclass(frozen=True)
class Rule:
    """A way to compute second derivatives: its program writes `l_xx` for every input x.

    `mixed`: does it write `l_xw` of different inputs too?
    """

    name: str
    title: str
    update: str
    program: Callable[[Graph], Program]
    mixed: bool = False


def naive(graph: Graph) -> Program:
    """Backpropagation with every first derivative replaced by the second one, from the seed 1.

    A copy (`l = u`) is not an operation: both names share one value, hence one gradient.
    """
    sweep = _Sweep(graph)
    sweep.set(graph.loss, graph.loss, ONE)
    for node in reversed(graph.nodes):
        for source in node.sources:
            local = ONE if node.copies else node.second(source, source)
            sweep.add(source, source, sweep.known(node.name, node.name), local)
    return sweep.program()


def diagonal(graph: Graph) -> Program:
    """x'' += y'' * (dy/dx)^2 + y.grad * d2y/dx2, each node by itself (Becker and LeCun 1989)."""
    sweep = _Sweep(graph)
    sweep.first()
    for node in reversed(graph.nodes):
        for source in node.sources:
            square = power(node.first(source), TWO)
            sweep.add(source, source, sweep.known(node.name, node.name), square)
            sweep.add(source, source, element(node.name + GRADIENT), node.second(source, source))
    return sweep.program()


def twice(graph: Graph) -> Program:
    """The gradient of each input's gradient, y_x = dy/dx and y_grad_x = d y.grad / dx on the way.

    Only the inputs' second derivatives are written.
    """
    sweep = _Sweep(graph)
    sweep.first()
    for place, one in enumerate(graph.inputs):
        unit = fresh(f"{one}_{one}", graph.forward.arrays)
        sweep.nests += [_single(unit, "=", ONE), *along(graph.forward, one, one, graph.inputs)]
        for other in graph.inputs[: place + 1]:
            found = fresh(f"{other}_grad_{one}", graph.forward.arrays)
            sweep.set(other, one, element(found))
    return sweep.program()


def along(forward: Program, source: str, name: str, wrt: Sequence[str]) -> list[Nest]:
    """How every gradient changes when a source moves: the gradient of its gradient.

    What a direction of the source does to y is called `y_name`, what it does to the gradient of y
    `y_grad_name`; the direction itself is `source_source` for one of the graph's own scalars, and
    `name` otherwise.
    """
    again = derive(derive(forward, [source]), list(wrt))

    def new(full: str) -> str:
        if full == f"{source}.grad.grad2" and name != source:
            return name
        for ending, between in ((".grad.grad2", "_"), (".grad2", "_grad_")):
            if full.endswith(ending):
                return fresh(f"{full.removesuffix(ending)}{between}{name}", forward.arrays)
        return full

    return [_renamed(nest, new) for nest in again.nests]


def _renamed(nest: Nest, name: Callable[[str], str]) -> Nest:
    def new(expr: Any) -> Any:
        if is_element(expr):
            return element(name(array_of(expr)), *map(new, indices_of(expr)))
        if isinstance(expr, Partial):  # the name of its function is a symbol too
            return partial(expr.function, expr.orders, *map(new, expr.arguments))
        return rebuild(expr, new) if expr.args else expr

    return Nest(nest.loops, tuple(one.mapped(new) for one in nest.body), new(nest.guard))


def pushing(graph: Graph, pairs: Sequence[tuple[str, str]] = ()) -> Program:
    """Edge pushing (Gower and Mello 2012): a second derivative for each pair that interacts.

    Of the pairs that are asked for, those that do not interact are 0.
    """
    sweep = _Sweep(graph)
    sweep.first()
    for node in reversed(graph.nodes):
        for partner in sweep.partners(node.name):
            _push(sweep, node, partner)
        for one, other in combinations_with_replacement(node.sources, 2):
            sweep.add(one, other, element(node.name + GRADIENT), node.second(one, other))
    for one, other in pairs:
        if sweep.known(one, other) == 0:
            sweep.set(one, other, Integer(0))
    return sweep.program()


def _push(sweep: _Sweep, node: Node, partner: str) -> None:
    """What is known of a node and its partner, put on the node's sources."""
    known = sweep.known(node.name, partner)
    if partner == node.name:
        for one, other in combinations_with_replacement(node.sources, 2):
            sweep.add(one, other, known, node.first(one), node.first(other))
        return
    for source in node.sources:
        sweep.add(source, partner, TWO if source == partner else ONE, known, node.first(source))


RULES = (
    Rule("naive", "naive", "x'' += y'' * g'', from the seed 1", naive),
    Rule("diagonal", "diagonal (Becker, LeCun 1989)", "x'' += y'' * g'^2 + y.grad * g''", diagonal),
    Rule("twice", "derived twice", "the gradient of x.grad", twice, mixed=True),
    Rule(
        "pushing",
        "edge pushing (Gower, Mello 2012)",
        "l_xw += l_yy * g_x * g_w + y.grad * g_xw for all pairs",
        pushing,
        mixed=True,
    ),
)
"""From the one that is hardly ever right to those that always are."""


@dataclass
class _Sweep:
    """A reverse sweep that adds up second derivatives by pairs of names."""

    graph: Graph
    nests: list[Nest] = field(default_factory=list)
    written: dict[str, tuple[str, str]] = field(default_factory=dict)

    def first(self) -> None:
        """The first derivatives, for rules that need them."""
        self.nests += derive(self.graph.forward, list(self.graph.inputs)).nests

    def known(self, one: str, other: str) -> Expr:
        """What has been added for a pair; 0 where nothing has."""
        name = self.graph.second(one, other)
        return element(name) if name in self.written else Integer(0)

    def partners(self, name: str) -> list[str]:
        """Every name for which a pair with this one is known, itself first."""
        pairs = [pair for pair in self.written.values() if name in pair]
        others = (one if other == name else other for one, other in pairs)
        return sorted(others, key=lambda other: (other != name, self.graph.places[other]))

    def set(self, one: str, other: str, value: Expr) -> None:
        name = self.graph.second(one, other)
        self.written[name] = (one, other)
        self.nests.append(_single(name, "=", value))

    def add(self, one: str, other: str, *factors: Expr) -> None:
        """Add a product, unless it is 0."""
        value = product(Monomial.of(*factors))
        if value != 0:
            name = self.graph.second(one, other)
            self.written[name] = (one, other)
            negative = is_negative(value)
            self.nests.append(
                _single(name, "-=" if negative else "+=", negate(value) if negative else value)
            )

    def program(self) -> Program:
        """The sweep; a second derivative of an input that nothing was added to is 0."""
        for name in self.graph.inputs:
            if self.graph.second(name, name) not in self.written:
                self.set(name, name, Integer(0))
        return Program((), tuple(self.nests), self.graph.forward)


def _single(name: str, op: Operator, value: Expr) -> Nest:
    return Nest((), (Statement(element(name), op, value),))
