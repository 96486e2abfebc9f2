"""What stands on a side of an equation about a forward pass: how it is written, and what it is.

    d2l/dx2 = d/dx (dl/dy * g'(x))          Second("x"), Change(Product(First("y"), Value("g'(x)")))

A value is read as the notation has it; everything else is derived, never typed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from sympy import Expr

from symgrad.derivation.backward import derive
from symgrad.expressions import add, array_of, element, elements, mul, negate
from symgrad.program import GRADIENT, Input, Loss, Nest, Program, Statement
from symgrad.reading.text import read
from symgrad.secondorder.closed import closed
from symgrad.secondorder.graph import graph
from symgrad.secondorder.rules import naive, twice


@dataclass(frozen=True)
class Value:
    """An expression of the notation."""

    text: str


@dataclass(frozen=True)
class Naive:
    """`y.grad'`: what the naive rule computes for a name."""

    name: str


@dataclass(frozen=True)
class Start:
    """`z.grad', y.grad'`: what is left of these when all that the naive rule adds is taken off."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Passed:
    """What the naive rule adds to a name because of one node that reads it."""

    node: str
    name: str


@dataclass(frozen=True)
class First:
    """`dl/dy`: how the loss changes with a name, taken as an input of what follows it."""

    name: str


@dataclass(frozen=True)
class Second:
    """`d2l/dy2`: the second derivative of the loss by a name, taken as an input likewise."""

    name: str


@dataclass(frozen=True)
class Change:
    """`d/dx (…)`: the gradient of the graph whose loss this is."""

    of: Side
    by: str = "x"


@dataclass(frozen=True)
class Sum:
    parts: tuple[Side, ...]


@dataclass(frozen=True)
class Product:
    factors: tuple[Side, ...]


Side: TypeAlias = Value | Naive | Start | Passed | First | Second | Change | Sum | Product


Relation: TypeAlias = Literal["=", "+=", "≠"]
"""What stands between two sides; `+=` is an update."""


def plus(*parts: Side) -> Sum:
    return Sum(parts)


def times(*factors: Side) -> Product:
    return Product(factors)


def written(side: Side) -> str:
    """A side as text; `l` is the loss."""
    match side:
        case Value(text):
            return text
        case Naive(name) | Passed(_, name):
            return f"{name}.grad'"
        case Start(names):
            return ", ".join(f"{name}.grad'" for name in names)
        case First(name):
            return f"dl/d{name}"
        case Second(name):
            return f"d2l/d{name}2"
        case Change(of, by):
            return f"d/d{by} ({written(of)})"
        case Sum(parts):
            return " + ".join(map(written, parts))
        case Product(factors):
            return " * ".join(map(written, factors))


def expression(side: Side, forward: Program) -> Expr:
    """What a side is, over the arrays of the forward pass."""
    match side:
        case Value(text):
            return value(text, forward)
        case Naive(name):
            return closed(naive(graph(forward)), _second(forward, name))
        case Start(names):
            return add(*(_rest(forward, name) for name in names))
        case Passed(node, name):
            return _passed(forward, node, name)
        case First(name):
            return closed(derive(_from(forward, name), [name]), name + GRADIENT)
        case Second(name):
            one = graph(_from(forward, name), [name])
            return closed(twice(one), one.second(name, name))
        case Change(of, by):
            return _change(forward, expression(of, forward), by)
        case Sum(parts):
            return add(*(expression(part, forward) for part in parts))
        case Product(factors):
            return mul(*(expression(factor, forward) for factor in factors))


SIDE = "side"
"""The name to which a side is assigned where it has to be part of a program."""


def assigned(side: Expr) -> Nest:
    return Nest((), (Statement(element(SIDE), "=", side),))


def value(text: str, forward: Program) -> Expr:
    (nest,) = read(f"{SIDE} = {text}", forward).nests
    return nest.body[0].value


def _second(forward: Program, name: str) -> str:
    return graph(forward).second(name, name)


def _passed(forward: Program, node: str, name: str) -> Expr:
    """The naive rule's sweep, with what comes from the node kept apart."""
    target, source = _second(forward, name), _second(forward, node)

    def apart(nest: Nest) -> Nest:
        (one,) = nest.body
        reads = source in map(array_of, elements(one.value))
        if array_of(one.target) != target or not reads:
            return nest
        return replace(nest, body=(replace(one, target=element(SIDE)),))

    nests = tuple(map(apart, naive(graph(forward)).nests))
    return closed(Program((), nests, forward), SIDE)


def _rest(forward: Program, name: str) -> Expr:
    readers = [node.name for node in graph(forward).nodes if name in node.sources]
    added = (negate(_passed(forward, reader, name)) for reader in readers)
    return add(expression(Naive(name), forward), *added)


def _change(forward: Program, expr: Expr, by: str) -> Expr:
    kept = tuple(item for item in forward.declarations if not isinstance(item, Loss))
    inner = Program((*kept, Loss(SIDE)), (*forward.nests, assigned(expr)))
    return closed(derive(inner, [by]), by + GRADIENT)


def _from(forward: Program, name: str) -> Program:
    """The forward pass with a name as an input, in the place of what computes it."""
    if any(item.name == name for item in forward.declared(Input)):
        return forward
    nests = (nest for nest in forward.nests if array_of(nest.body[0].target) != name)
    declarations = (*forward.declarations, Input(name))
    return replace(forward, declarations=declarations, nests=tuple(nests))
