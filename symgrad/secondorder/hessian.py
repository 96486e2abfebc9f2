"""All second derivatives: the Hessian of several scalars, and its product with a direction.

    H[a, b] = d2 loss / d a d b                 edge pushing, one entry for each pair of scalars
    (H v)[i] = sum(j, d2 loss / d x[i] d x[j] * v[j])         the gradient of sum(j, x.grad[j] v[j])

The product costs a small multiple of the backward pass, whatever the extents (Pearlmutter 1994);
H itself has as many products as x has elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

from sympy import Expr

from symgrad.algebra.binding import fresh
from symgrad.derivation.backward import derive
from symgrad.equivalence import Verdict, equivalent
from symgrad.errors import StudentError
from symgrad.program import Input, Loss, Program
from symgrad.secondorder.closed import closed
from symgrad.secondorder.graph import graph
from symgrad.secondorder.rules import along, pushing, twice


@dataclass(frozen=True)
class Hessian:
    """Every second derivative by a pair of scalar inputs, and the proof that two rules agree."""

    program: Program
    entries: dict[str, Expr]
    verdict: Verdict


def hessian(forward: Program) -> Hessian:
    """The Hessian by all scalar inputs, by edge pushing; it is held against what is derived twice.

    Raises StudentError where the forward pass has axes, no inputs or no loss.
    """
    one = graph(forward)
    pairs = list(combinations_with_replacement(one.inputs, 2))
    program = pushing(one, pairs)
    targets = [one.second(*pair) for pair in pairs]
    verdict = equivalent(program, twice(one), given=forward, targets=targets)
    return Hessian(program, {name: closed(program, name) for name in targets}, verdict)


@dataclass(frozen=True)
class Direction:
    """A product with the Hessian: `program` writes `result` from the input `direction`."""

    program: Program
    direction: str
    result: str


def hessian_product(forward: Program, wrt: str | None = None) -> Direction:
    """The Hessian by one array (the first input) times a direction of its shape.

    v[i] is the direction, x_grad_v[i] = sum(j, H[i, j] * v[j]) the product. Raises StudentError
    where there is no loss or no such input.
    """
    inputs = [item.name for item in forward.declared(Input) if item.data is None]
    if not any(True for _ in forward.declared(Loss)):
        raise StudentError("one loss is needed", kind="name", hint="declare `loss NAME`")
    if not inputs or (wrt is not None and wrt not in inputs):
        problem = f"there is no input {wrt}" if inputs else "there is no input"
        raise StudentError(problem, kind="name", hint=f"inputs: {', '.join(inputs)}")
    source = wrt or inputs[0]
    direction = fresh("v", forward.arrays)
    backward = derive(forward, [source])
    nests = (*backward.nests, *along(forward, source, direction, [source]))
    program = Program((Input(direction, forward.arrays[source].axes),), nests, forward)
    return Direction(program, direction, f"{source}_grad_{direction}")
