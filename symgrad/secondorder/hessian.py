"""All second derivatives: the Hessian of several scalars, and its product with a direction.

    H[a, b] = d2 loss / d a d b                 edge pushing, one entry for each pair of scalars
    (H v)[i] = sum(j, d2 loss / d x[i] d x[j] * v[j])         the gradient of sum(j, x.grad[j] v[j])

Where every sum is a statement of its own, the product costs a small multiple of the backward pass
(Pearlmutter 1994); H itself has as many entries as there are pairs of elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

from sympy import Expr, Integer

from symgrad.algebra.binding import axis_loops, fresh
from symgrad.derivation.backward import derive
from symgrad.equivalence import Verdict, equivalent
from symgrad.errors import StudentError
from symgrad.expressions import element
from symgrad.program import Input, Loss, Nest, Program, Statement
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
    """A product with the Hessian by `source`: `program` writes `result` from `direction`."""

    program: Program
    source: str
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
    program = replace(program, nests=(*_zeros(program, direction), *nests))
    return Direction(program, source, direction, f"{source}_grad_{direction}")


def _zeros(program: Program, direction: str) -> Iterator[Nest]:
    """Zeros for arrays that the updates do not show in full: `x_grad_v[i + 1]` starts at 2."""
    assert program.given is not None
    for array in program.given.arrays.values():
        for name in (f"{array.name}_{direction}", f"{array.name}_grad_{direction}"):
            written = program.arrays.get(name)
            if written is not None and written.axes != array.axes:
                loops = axis_loops(program.given, array)
                zero = Statement(element(name, *(loop.index for loop in loops)), "=", Integer(0))
                yield Nest(loops, (zero,))
