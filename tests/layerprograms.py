"""Random forward passes in the manner of layers: sums over an axis, quotients, functions."""

from __future__ import annotations

from random import Random

ELEMENTS = ("x[b, j]", "y[b, j]", "a[j]", "c[b]")
FUNCTIONS = ("exp", "tanh", "sigma", "softplus")


def layer(seed: int) -> str:
    """A forward pass over inputs x, y, a, c with an output at its end."""
    random = Random(seed)
    lines = ["input x[B, J]", "input y[B, J]", "input a[J]", "input c[B]"]
    known = list(ELEMENTS)
    last = ""
    for n in range(random.randint(2, 4)):
        last, line = _statement(random, known, f"u{n}")
        lines.append(line)
        known.append(last)
    lines.insert(4, f"output {last.partition('[')[0]}")
    return "\n".join(lines)


def _statement(random: Random, known: list[str], name: str) -> tuple[str, str]:
    value = _value(random, known)
    kind = random.choice(("row", "column", "whole", "whole", "scaled"))
    if kind == "row":
        return f"{name}[b]", f"for b in 1..B, j in 1..J: {name}[b] += {value}"
    if kind == "column":
        return f"{name}[j]", f"for b in 1..B, j in 1..J: {name}[j] += {value}"
    if kind == "scaled":
        value = f"({value}) / (1 + sum(k, exp({random.choice(ELEMENTS[:2]).replace('j', 'k')})))"
    return f"{name}[b, j]", f"for b in 1..B, j in 1..J: {name}[b, j] = {value}"


def _value(random: Random, known: list[str]) -> str:
    one, other, third = random.sample(known, 3)
    if random.random() < 0.7:
        one = known[-1] if known[-1] not in (other, third) else one
    shape = random.choice(
        (
            "{} * {}",
            "({} - {}) * {}",
            "{}^2 * {}",
            "({} - {})^2",
            "{} / (1 + {}^2)",
            "{} * (1 - {})",
            "{f}({} * {})",
            "{f}({}) * {}",
            "{} / (1 + exp({}))",
        )
    )
    return shape.format(one, other, third, f=random.choice(FUNCTIONS))
