"""Random scalar graphs, as a text of the notation and as one function of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import sympy

from symgrad import read
from symgrad.program import Program

UNARY: dict[str, Callable[[Any, Any], Any]] = {
    "sin({})": lambda m, a: m.sin(a),
    "exp({} / 4)": lambda m, a: m.exp(a / 4),
    "{}^2": lambda m, a: a**2,
    "tanh({})": lambda m, a: m.tanh(a),
    "3 * {} - 1": lambda m, a: 3 * a - 1,
    "1 / (2 + {}^2)": lambda m, a: 1 / (2 + a**2),
}
BINARY: dict[str, Callable[[Any, Any, Any], Any]] = {
    "{} * {}": lambda m, a, b: a * b,
    "{} + {}": lambda m, a, b: a + b,
    "{} * sin({})": lambda m, a, b: a * m.sin(b),
    "{}^2 - {}": lambda m, a, b: a**2 - b,
}
"""Operations of the notation, computed by SymPy or torch as `m`."""


@dataclass(frozen=True)
class RandomGraph:
    """A forward pass and its loss as a function of the inputs, computed by a library."""

    forward: Program
    inputs: tuple[str, ...]
    steps: tuple[tuple[str, Callable[..., Any], tuple[str, ...]], ...]
    unread: tuple[str, ...]

    def loss(self, library: Any, values: Sequence[Any]) -> Any:
        held = dict(zip(self.inputs, values, strict=True))
        for name, head, sources in self.steps:
            held[name] = head(library, *(held[source] for source in sources))
        return sum(held[name] for name in self.unread)

    @property
    def expression(self) -> sympy.Expr:
        return self.loss(sympy, [sympy.Symbol(name, real=True) for name in self.inputs])


def random_graph(random: Random, nodes: int, inputs: Sequence[str] = ("x",)) -> RandomGraph:
    """Each node reads one or two earlier ones; the loss adds what nothing else reads."""
    lines, unread = [f"input {name}" for name in inputs] + ["loss l"], dict.fromkeys(inputs)
    known, steps = list(inputs), []
    for number in range(1, nodes + 1):
        form, head, count = _operation(random)
        sources = [random.choice(list(unread)), *random.choices(known, k=count - 1)]
        name = f"v{number}"
        lines.append(f"{name} = {form.format(*sources)}")
        steps.append((name, head, tuple(sources)))
        for source in sources:
            unread.pop(source, None)
        unread[name] = None
        known.append(name)
    lines.append(f"l = {' + '.join(unread)}")
    return RandomGraph(read("\n".join(lines)), tuple(inputs), tuple(steps), tuple(unread))


def _operation(random: Random) -> tuple[str, Callable[..., Any], int]:
    if random.random() < 0.5:
        form = random.choice(list(UNARY))
        return form, UNARY[form], 1
    form = random.choice(list(BINARY))
    return form, BINARY[form], 2
