"""Every rule on one graph: its value, whether that is right, what is missing, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sympy import Expr

from symgrad.derivation.backward import derive
from symgrad.equivalence import Verdict, equivalent
from symgrad.errors import StudentError
from symgrad.program import Input, Program
from symgrad.secondorder.closed import closed, shortest, terms, written
from symgrad.secondorder.contributions import Errors, errors
from symgrad.secondorder.cost import memory, operation_count
from symgrad.secondorder.graph import Graph, graph
from symgrad.secondorder.hessian import Hessian, hessian
from symgrad.secondorder.rules import RULES, Rule, pushing, twice
from symgrad.secondorder.witness import Witness, witness

JUDGES = {"twice": pushing}
"""What a rule is held against where it is not what is derived twice."""


@dataclass(frozen=True)
class Rung:
    """One rule on one graph; `errors` is None where the graph has too many paths to list."""

    rule: Rule
    program: Program
    value: Expr
    missing: Expr
    verdict: Verdict
    errors: Errors | None
    operations: int
    memory: int

    @property
    def right(self) -> bool:
        return self.verdict.status == "equal"


@dataclass(frozen=True)
class Ladder:
    """Every rule for d2 loss / d wrt2, and a point at which the naive one is wrong."""

    graph: Graph
    target: str
    first: Expr
    true: Expr
    rungs: tuple[Rung, ...]

    @property
    def forward(self) -> Program:
        return self.graph.forward

    @property
    def wrt(self) -> str:
        return self.graph.inputs[0]

    @property
    def inputs(self) -> list[str]:
        """Every input of the forward pass."""
        return [item.name for item in self.forward.declared(Input)]

    @cached_property
    def hessian(self) -> Hessian:
        """The second derivatives by every pair of inputs."""
        return hessian(self.forward)

    def rung(self, rule: str) -> Rung:
        return next(rung for rung in self.rungs if rung.rule.name == rule)

    def witness(self, rung: Rung) -> Witness | None:
        return None if rung.right else witness(self.forward, rung.value, self.true)


def ladder(forward: Program, wrt: str | None = None) -> Ladder:
    """Every rule on a forward pass of scalars, by one input (the first one)."""
    source = graph(forward, [wrt] if wrt else None).inputs[0]
    one = graph(forward, [source])
    target = one.second(source, source)
    first = closed(derive(forward, [source]), f"{source}.grad")
    true = closed(twice(one), target)
    rungs = tuple(_rung(rule, one, target) for rule in RULES)
    return Ladder(one, target, first, true, rungs)


def _rung(rule: Rule, one: Graph, target: str) -> Rung:
    program = rule.program(one)
    value = terms(program, target)
    judge = JUDGES.get(rule.name, twice)(one)
    missing = shortest([*terms(twice(one), target), *(-term for term in value)])
    return Rung(
        rule,
        program,
        written(one.forward, value),
        written(one.forward, missing),
        equivalent(program, judge, given=one.forward, targets=[target]),
        _errors(one, rule),
        operation_count(program),
        memory(program),
    )


def _errors(one: Graph, rule: Rule) -> Errors | None:
    try:
        return errors(one, rule.name)
    except StudentError:
        return None
