"""Random scalar graphs, as a text of the notation and as one SymPy expression of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import sympy

from symgrad import read
from symgrad.program import Program

UNARY: dict[str, Callable[[Any], Any]] = {
    "sin({})": sympy.sin,
    "exp({} / 4)": lambda a: sympy.exp(a / 4),
    "{}^2": lambda a: a**2,
    "tanh({})": sympy.tanh,
    "3 * {} - 1": lambda a: 3 * a - 1,
    "1 / (2 + {}^2)": lambda a: 1 / (2 + a**2),
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "{} * {}": lambda a, b: a * b,
    "{} + {}": lambda a, b: a + b,
    "{} * sin({})": lambda a, b: a * sympy.sin(b),
    "{}^2 - {}": lambda a, b: a**2 - b,
}


@dataclass(frozen=True)
class RandomGraph:
    """A forward pass and the value of its loss."""

    forward: Program
    inputs: tuple[str, ...]
    loss: sympy.Expr


def random_graph(random: Random, nodes: int, inputs: Sequence[str] = ("x",)) -> RandomGraph:
    """Each node reads one or two earlier ones; the loss adds what nothing else reads."""
    values: dict[str, sympy.Expr] = {name: sympy.Symbol(name) for name in inputs}
    lines, unread = [f"input {name}" for name in inputs] + ["loss l"], dict.fromkeys(inputs)
    for number in range(1, nodes + 1):
        form, head, count = _operation(random)
        read_now = [random.choice(list(unread) if unread else list(values)) for _ in range(1)]
        read_now += [random.choice(list(values)) for _ in range(count - 1)]
        name = f"v{number}"
        lines.append(f"{name} = {form.format(*read_now)}")
        values[name] = head(*(values[one] for one in read_now))
        for one in read_now:
            unread.pop(one, None)
        unread[name] = None
    lines.append(f"l = {' + '.join(unread)}")
    return RandomGraph(
        read("\n".join(lines)), tuple(inputs), sympy.Add(*(values[one] for one in unread))
    )


def _operation(random: Random) -> tuple[str, Callable[..., Any], int]:
    if random.random() < 0.5:
        form = random.choice(list(UNARY))
        return form, UNARY[form], 1
    form = random.choice(list(BINARY))
    return form, BINARY[form], 2
