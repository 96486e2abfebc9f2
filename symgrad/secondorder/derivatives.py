"""The naive and the true second derivative of a loss, and mixed derivatives, as closed forms.

For l = f(g(x), h(x)):

    naive   f_yy g'' + f_zz h''
    true    f_yy g'^2 + f_y g'' + f_zz h'^2 + f_z h'' + 2 f_yz g' h'

The true value is the gradient of the gradient: derive, applied to the derived program.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr

from symgrad.derivation.backward import derive
from symgrad.expressions import element
from symgrad.program import Loss, Nest, Program, Statement
from symgrad.secondorder.closed import closed, shortest, terms, written
from symgrad.secondorder.graph import graph
from symgrad.secondorder.rules import naive, twice


@dataclass(frozen=True)
class SecondOrder:
    """d2 loss / d wrt2 in terms of the arrays of the forward pass."""

    forward: Program
    loss: str
    wrt: str
    first: Expr
    naive: Expr
    true: Expr
    missing: Expr
    """true - naive"""


def second_order(forward: Program, wrt: str | None = None) -> SecondOrder:
    """The naive and the true second derivative of the loss by one input (the first one)."""
    whole = graph(forward, [wrt] if wrt else None)
    source = whole.inputs[0]
    one = graph(forward, [source])
    target = one.second(source, source)
    rules = [terms(rule(one), target) for rule in (twice, naive)]
    missing = shortest([*rules[0], *(-term for term in rules[1])])
    first = closed(derive(forward, [source]), f"{source}.grad")
    true, wrong, rest = (written(forward, value) for value in (*rules, missing))
    return SecondOrder(forward, whole.loss, source, first, wrong, true, rest)


def mixed_derivative(forward: Program, of: str, wrt: str) -> Expr:
    """d (d loss / d of) / d wrt: how the gradient of one array changes with an input.

    The gradient becomes the loss of a graph of its own, whose gradient is asked for.
    """
    gradient = closed(derive(forward, [of]), f"{of}.grad")
    kept = tuple(item for item in forward.declarations if not isinstance(item, Loss))
    rate = Statement(element(f"{of}_rate"), "=", gradient)
    one = Program((*kept, Loss(f"{of}_rate")), (*forward.nests, Nest((), (rate,))), forward.given)
    return closed(derive(one, [wrt]), f"{wrt}.grad")
