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

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

from sympy import Expr, Integer

from symgrad.algebra.binding import fresh
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import product
from symgrad.derivation.backward import derive
from symgrad.expressions import array_of, element, elements, is_negative, negate, power, rename
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
    backward = derive(graph.forward, list(graph.inputs))
    sweep.nests += backward.nests
    for one in graph.inputs:
        names = _named_by(one, graph)
        again = derive(derive(graph.forward, [one]), list(graph.inputs))
        sweep.nests += [_single(names(f"{one}.grad.grad2"), "=", ONE)]
        sweep.nests += [_renamed(nest, names) for nest in again.nests]
        for other in graph.inputs[: graph.inputs.index(one) + 1]:
            sweep.set(other, one, element(names(f"{other}.grad2")))
    return sweep.program()


def _named_by(one: str, graph: Graph) -> Callable[[str], str]:
    """y.grad.grad2 as y_x, y.grad2 as y_grad_x."""

    def name(full: str) -> str:
        if full.endswith(".grad.grad2"):
            return fresh(f"{full.removesuffix('.grad.grad2')}_{one}", graph.forward.arrays)
        if full.endswith(".grad2"):
            return fresh(f"{full.removesuffix('.grad2')}_grad_{one}", graph.forward.arrays)
        return full

    return name


def _renamed(nest: Nest, name: Callable[[str], str]) -> Nest:
    def new(expr: Expr) -> Expr:
        return rename(expr, {part: element(name(array_of(part))) for part in elements(expr)})

    body = (Statement(new(one.target), one.op, new(one.value)) for one in nest.body)
    return Nest(nest.loops, tuple(body), new(nest.guard))


def pushing(graph: Graph) -> Program:
    """Edge pushing (Gower and Mello 2012): a second derivative for each pair that interacts."""
    sweep = _Sweep(graph)
    sweep.first()
    for node in reversed(graph.nodes):
        for partner in sweep.partners(node.name):
            _push(sweep, node, partner)
        for one, other in combinations_with_replacement(node.sources, 2):
            sweep.add(one, other, element(node.name + GRADIENT), node.second(one, other))
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
