"""A forward pass of scalars as a graph: one value for each name, and what it reads.

    for k in 1..3: y += x^k                   y = sum(k in 1..3, x^k)
    l = y^2                                   l = y^2

Every rule for second derivatives asks a node for its local derivatives, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import sympy
from sympy import Expr

from symgrad.algebra.binding import fresh
from symgrad.algebra.differentiate import derivative
from symgrad.derivation.backward import separated
from symgrad.errors import StudentError
from symgrad.expressions import add, array_of, element, elements, is_element, mul, negate
from symgrad.heads import Bracket, SumOver
from symgrad.program import Input, Loss, Nest, Program, Statement


@dataclass(frozen=True)
class Node:
    """`name = value`, complete; `sources` are the names on which the value depends."""

    name: str
    value: Expr
    sources: tuple[str, ...]

    @property
    def copies(self) -> bool:
        """Does the node give another name to a value (`l = u`) instead of computing one?"""
        return is_element(self.value)

    def first(self, source: str) -> Expr:
        """d node / d source, its other sources held fixed."""
        return _slope(self.value, source)

    def second(self, one: str, other: str) -> Expr:
        """d2 node / d one d other"""
        return _slope(self.first(one), other)


@lru_cache(maxsize=4096)
def _slope(value: Expr, source: str) -> Expr:
    return derivative(value, element(source))


@dataclass(frozen=True)
class Graph:
    """The part of a forward pass between some inputs and the loss."""

    forward: Program
    loss: str
    inputs: tuple[str, ...]

    @cached_property
    def values(self) -> dict[str, Expr]:
        """Every array that the forward pass computes, in order."""
        return _values(self.forward)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """What depends on the inputs and reaches the loss, in the order of the forward pass."""
        active = set(self.inputs)
        found = []
        for name, value in self.values.items():
            read = dict.fromkeys(map(array_of, elements(value)))
            sources = tuple(source for source in read if source in active)
            if sources:
                active.add(name)
                found.append(Node(name, value, sources))
        return tuple(_reaching(found, self.loss))

    def node(self, name: str) -> Node | None:
        """The node of that name; None for an input."""
        return next((node for node in self.nodes if node.name == name), None)

    @cached_property
    def places(self) -> dict[str, int]:
        """Inputs first, then the nodes in order."""
        names = (*self.inputs, *(node.name for node in self.nodes))
        return {name: place for place, name in enumerate(names)}

    def second(self, one: str, other: str) -> str:
        """The name for d2 loss / d one d other: `l_yz`, the same for both orders."""
        ordered = sorted((one, other), key=lambda name: self.places[name])
        between = "" if max(map(len, ordered)) == 1 else "_"
        return fresh(f"{self.loss}_{between.join(ordered)}", self.forward.arrays)


def graph(forward: Program, wrt: Sequence[str] | None = None) -> Graph:
    """The graph of a forward pass by some of its inputs (default: by all).

    Raises StudentError for a pass that has axes, no loss or several, or no such input, and where
    the loss does not depend on the inputs.
    """
    ranked = [name for name, array in forward.arrays.items() if array.rank]
    if ranked:
        raise StudentError(
            f"second-order exploration takes scalars only, and {ranked[0]} has axes", kind="shape"
        )
    losses = [item.name for item in forward.declared(Loss)]
    if len(losses) != 1:
        raise StudentError("one loss is needed", kind="name", hint="declare `loss NAME`")
    found = Graph(forward, losses[0], _inputs(forward, wrt))
    if not found.nodes:
        raise StudentError(
            f"{found.loss} is not computed from {' or '.join(found.inputs)}",
            kind="name",
            hint="its second derivatives are all 0",
        )
    return found


def _inputs(forward: Program, wrt: Sequence[str] | None) -> tuple[str, ...]:
    inputs = [item.name for item in forward.declared(Input)]
    if not inputs:
        raise StudentError("there is no input", kind="name", hint="declare `input NAME`")
    for name in wrt or ():
        if name not in inputs:
            raise StudentError(
                f"there is no input {name}", kind="name", hint=f"inputs: {', '.join(inputs)}"
            )
    return tuple(wrt or inputs)


def _values(forward: Program) -> dict[str, Expr]:
    """Every array as the sum of its updates."""
    updates: dict[str, list[Expr]] = {}
    for nest, statement in separated(forward).statements:
        updates.setdefault(array_of(statement.target), []).append(_update(nest, statement))
    return {name: add(*values) for name, values in updates.items()}


def _update(nest: Nest, statement: Statement) -> Expr:
    value = negate(statement.value) if statement.op == "-=" else statement.value
    if nest.loops:
        limits = ((loop.index, loop.lower, loop.upper) for loop in nest.loops)
        return SumOver.over(limits, value, nest.guard)
    return value if nest.guard is sympy.true else mul(Bracket(nest.guard), value)


def _reaching(nodes: Iterable[Node], loss: str) -> Iterable[Node]:
    needed, kept = {loss}, []
    for node in reversed(list(nodes)):
        if node.name in needed:
            needed.update(node.sources)
            kept.append(node)
    return reversed(kept)
