"""All second derivatives: the Hessian of several scalars, and its product with a direction.

    H[a, b] = d2 loss / d a d b                 edge pushing, one entry for each pair of scalars
    (H v)[i] = sum(j, d2 loss / d x[i] d x[j] * v[j])         the gradient of sum(j, x.grad[j] v[j])

Where every sum is a statement of its own, the product costs a small multiple of the backward pass
(Pearlmutter 1994); H itself has as many entries as there are pairs of elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product

from sympy import Expr, Integer

from symgrad.algebra.binding import axis_loops, fresh
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import product as tidy_product
from symgrad.derivation.backward import derive
from symgrad.equivalence import Verdict, equivalent
from symgrad.errors import StudentError
from symgrad.expressions import element
from symgrad.program import Input, Loss, Nest, Program, Statement
from symgrad.secondorder.closed import closed
from symgrad.secondorder.graph import Graph, Node, graph
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


def propagated(forward: Program) -> Program:
    """The Hessian by carrying a gradient and a Hessian with every node, inputs first.

    y_i = sum(s, dy/ds * s_i);   y_ij = sum(s, dy/ds * s_ij) + sum(s, t, d2y/ds dt * s_i * t_j)

    What is zero by the shape of the graph is left out. Raises StudentError as `hessian` does.
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
