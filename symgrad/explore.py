"""Why naive second-order backpropagation fails, on a scalar graph.

Backpropagation adds `y.grad * dy/dx` to `x.grad` for every use of x. Its naive imitation for
second derivatives adds `y.grad' * d2y/dx2` to `x.grad'`, from the seed 1. For l = f(g(x), h(x)):

    naive   f_yy g'' + f_zz h''
    true    f_yy g'^2 + f_y g'' + f_zz h'^2 + f_z h'' + 2 f_yz g' h'

The true value is the gradient of the gradient: derive, applied to the derived program.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Expr, Integer

from symgrad.derivation import derive
from symgrad.differentiate import derivative
from symgrad.errors import StudentError
from symgrad.expansion import Definition, Expansion, Terms
from symgrad.expressions import add, array_of, element, elements, is_element
from symgrad.monomials import Monomial, collected
from symgrad.program import Input, Loss, Nest, Program, Statement
from symgrad.tidy import product


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
    loss, source = _question(forward, wrt)
    seed, gradient = f"{source}.grad.grad2", f"{source}.grad"
    backward = derive(forward, [source])
    first = _executed(backward, Expansion())[gradient]
    again = derive(backward, [source])
    seeded = Expansion({seed: Definition((), (Monomial(),))})
    true = _executed(again, seeded, backward)[f"{source}.grad2"]
    naive = _naive(forward, loss).get(source, [])
    missing = collected([*true, *(-term for term in naive)])
    return SecondOrder(forward, loss, source, *map(_written, (first, naive, true, missing)))


def mixed_derivative(forward: Program, of: str, wrt: str) -> Expr:
    """d (d loss / d of) / d wrt: how the gradient of one array changes with an input.

    The gradient becomes the loss of a graph of its own, whose gradient is asked for.
    """
    gradient = _written(_executed(derive(forward, [of]), Expansion())[f"{of}.grad"])
    kept = tuple(item for item in forward.declarations if not isinstance(item, Loss))
    rate = Statement(element(f"{of}_rate"), "=", gradient)
    graph = Program((*kept, Loss(f"{of}_rate")), (*forward.nests, Nest((), (rate,))), forward.given)
    return _written(_executed(derive(graph, [wrt]), Expansion())[f"{wrt}.grad"])


def _question(forward: Program, wrt: str | None) -> tuple[str, str]:
    losses = [item.name for item in forward.declared(Loss)]  # type: ignore[union-attr]
    inputs = [item.name for item in forward.declared(Input)]  # type: ignore[union-attr]
    ranked = [name for name, array in forward.arrays.items() if array.rank]
    if ranked:
        raise StudentError(
            f"second-order exploration takes scalars only, and {ranked[0]} has axes", kind="shape"
        )
    if len(losses) != 1:
        raise StudentError("one loss is needed", kind="name", hint="declare `loss NAME`")
    if wrt is not None and wrt not in inputs:
        raise StudentError(
            f"there is no input {wrt}", kind="name", hint=f"inputs: {', '.join(inputs)}"
        )
    if not inputs:
        raise StudentError("there is no input", kind="name", hint="declare `input NAME`")
    return losses[0], wrt or inputs[0]


def _naive(forward: Program, loss: str) -> dict[str, Terms]:
    """x.grad' += y.grad' * d2y/dx2 for every update, in reverse, from the seed 1.

    A copy (`l = u`) is not an operation: both names share one value, hence one gradient.
    """
    adjoints: dict[str, Terms] = {loss: [Monomial()]}
    for _, statement in reversed(list(forward.statements)):
        upstream = adjoints.get(array_of(statement.target), [])
        for name, local in _second_local(statement):
            sign = Integer(-1 if statement.op == "-=" else 1)
            flows = (
                Monomial.of(sign) * term * factor
                for term in upstream
                for factor in Expansion().terms(local)
            )
            adjoints[name] = collected([*adjoints.get(name, []), *flows])
    return adjoints


def _second_local(statement: Statement) -> Iterable[tuple[str, Expr]]:
    value = statement.value
    if is_element(value):
        yield array_of(value), Integer(1)
        return
    for source in dict.fromkeys(elements(value)):
        yield array_of(source), derivative(derivative(value, source), source)


def _executed(program: Program, expansion: Expansion, *before: Program) -> dict[str, Terms]:
    """Run programs of scalars on expressions: what each array holds at the end."""
    held: dict[str, Definition] = dict(expansion.definitions)
    for part in (*before, program):
        for _, statement in part.statements:
            terms = Expansion(held).terms(statement.value)
            if statement.op == "-=":
                terms = [-term for term in terms]
            name = array_of(statement.target)
            earlier = held[name].terms if statement.op != "=" and name in held else ()
            held[name] = Definition((), tuple(collected([*earlier, *terms])))
    return {name: list(definition.terms) for name, definition in held.items()}


def _written(terms: Terms) -> Expr:
    """The terms in the order of their names, so that f_yy stands before g'."""
    ordered = (Monomial(term.number, tuple(sorted(term.powers, key=str))) for term in terms)
    return add(*map(product, sorted(ordered, key=lambda term: str(term.powers))))
