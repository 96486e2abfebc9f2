"""The smallest graph on which a rule fails, found by trying all graphs in order of their size.

A graph of n nodes gives each node one or two of the names before it; what nothing reads is the
loss. The nodes are opaque functions, which stand for any, or elementary operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

from symgrad.equivalence import equivalent
from symgrad.program import Program
from symgrad.reading.text import read
from symgrad.secondorder.graph import graph
from symgrad.secondorder.rules import RULES, Rule, pushing, twice

Operations = Literal["opaque", "elementary"]

MOST_NODES = 4

NAMES = ("y", "z", "u", "v")
FUNCTIONS = ("g", "h", "k")

ELEMENTARY = {1: ("{}^2", "sin({})"), 2: ("{} + {}", "{} * {}")}
"""Operations of one and of two arguments."""

Shape = tuple[tuple[str, ...], ...]
"""What each node reads."""


@dataclass(frozen=True)
class Search:
    """What trying all graphs up to a size found for a rule."""

    rule: Rule
    operations: Operations
    nodes: int
    tried: int
    undecided: int
    smallest: Program | None
    """None where the rule is proved right on every graph tried, but for the undecided."""


def smallest(rule: Rule, nodes: int, operations: Operations = "opaque") -> Search:
    """The first graph, in order of size, on which a rule is refuted."""
    tried = undecided = 0
    for forward in graphs(nodes, operations):
        tried += 1
        status = _status(rule, forward)
        undecided += status == "undecided"
        if status == "different":
            return Search(rule, operations, nodes, tried, undecided, forward)
    return Search(rule, operations, nodes, tried, undecided, None)


def searches(nodes: int) -> Iterator[Search]:
    """Every rule, on graphs of opaque functions; those that fail on elementary operations too."""
    for rule in RULES:
        found = smallest(rule, nodes)
        yield found
        if found.smallest is not None:
            yield smallest(rule, nodes, "elementary")


def _status(rule: Rule, forward: Program) -> str:
    one = graph(forward)
    judge = pushing if rule.program is twice else twice
    return equivalent(rule.program(one), judge(one), given=forward, targets=["l_xx"]).status


def graphs(nodes: int, operations: Operations) -> Iterator[Program]:
    """All graphs of up to so many nodes, small ones first, fewer edges first."""
    for count in range(1, nodes + 1):
        for shape in sorted(shapes(count), key=lambda shape: sum(map(len, shape))):
            yield from map(read, _texts(shape, operations))


def shapes(count: int) -> Iterator[Shape]:
    """What each of so many nodes may read, such that all but the last are read."""
    names = ("x", *NAMES[: count - 1])
    options = [
        [pair for size in (1, 2) for pair in combinations(names[: place + 1], size)]
        for place in range(count)
    ]
    for shape in product(*options):
        if {name for read_here in shape for name in read_here} == set(names):
            yield shape


def _texts(shape: Shape, operations: Operations) -> Iterator[str]:
    targets = (*NAMES[: len(shape) - 1], "l")
    if operations == "opaque":
        functions = (*FUNCTIONS[: len(shape) - 1], "f")
        calls = [f"{name}({', '.join(args)})" for name, args in zip(functions, shape, strict=True)]
        yield _text(targets, calls, [f"function {call}" for call in calls])
        return
    for forms in product(*(ELEMENTARY[len(args)] for args in shape)):
        values = [form.format(*args) for form, args in zip(forms, shape, strict=True)]
        yield _text(targets, values)


def _text(targets: Sequence[str], values: Sequence[str], functions: Sequence[str] = ()) -> str:
    lines = [f"{name} = {value}" for name, value in zip(targets, values, strict=True)]
    return "\n".join(["input x", *functions, "loss l", *lines])
