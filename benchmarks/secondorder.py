"""Operations of edge pushing beside those of full Hessian propagation, on graphs of growing size.

    python benchmarks/secondorder.py [FILE.svg]

The graphs have opaque functions of two values. Gower and Mello (2012) bound the work of edge
pushing by the number of nodes times d*, the most partners that a node has when it is passed;
propagating the whole Hessian costs each node up to the square of the number of inputs.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import log10
from pathlib import Path

from symgrad import read
from symgrad.expressions import array_of
from symgrad.program import Program
from symgrad.secondorder.cost import operation_count
from symgrad.secondorder.graph import graph
from symgrad.secondorder.propagation import propagated
from symgrad.secondorder.rules import pushing


def text(inputs: Iterable[str], lines: Iterable[str], loss: str) -> str:
    declared = [f"input {name}" for name in inputs]
    return "\n".join([*declared, "function f(a, b)", f"loss {loss}", *lines])


def chain(size: int) -> str:
    """v_k = f(v_(k-1), x_k)"""
    names = ["x1", *(f"v{n}" for n in range(2, size + 1))]
    lines = [f"v{n} = f({names[n - 2]}, x{n})" for n in range(2, size + 1)]
    return text((f"x{n}" for n in range(1, size + 1)), lines, names[-1])


def tree(size: int) -> str:
    """Neighbours are joined until one is left."""
    row = inputs = [f"x{n}" for n in range(1, size + 1)]
    lines: list[str] = []
    while len(row) > 1:
        joined = [f"v{len(lines) + n + 1}" for n in range(len(row) // 2)]
        lines += [f"{name} = f({row[2 * n]}, {row[2 * n + 1]})" for n, name in enumerate(joined)]
        row = joined
    return text(inputs, lines, row[0])


def grid(size: int) -> str:
    """v_ij = f(v_(i-1)j, v_i(j-1)), the inputs along two sides: as many as `size`."""
    half = size // 2
    names = {(0, n): f"x{n}" for n in range(1, half + 1)}
    names |= {(n, 0): f"w{n}" for n in range(1, half + 1)}
    inputs = list(names.values())
    lines = []
    for i in range(1, half + 1):
        for j in range(1, half + 1):
            names[i, j] = f"v{i}_{j}"
            lines.append(f"v{i}_{j} = f({names[i - 1, j]}, {names[i, j - 1]})")
    return text(inputs, lines, names[half, half])


FAMILIES: dict[str, tuple[Callable[[int], str], str, Sequence[int]]] = {
    "chain": (chain, "#1565c0", (4, 8, 16, 32)),
    "tree": (tree, "#2e7d32", (4, 8, 16, 32)),
    "grid": (grid, "#e65100", (4, 8, 16, 24)),
}
"""The text of each size, the colour in the plot, the numbers of inputs."""


@dataclass(frozen=True)
class Row:
    family: str
    inputs: int
    nodes: int
    partners: int
    pushing: int
    propagated: int

    @property
    def share(self) -> float:
        """Operations of edge pushing per node and partner."""
        return self.pushing / (self.nodes * self.partners)


def measured(family: str, size: int) -> Row:
    forward = read(FAMILIES[family][0](size))
    one = graph(forward)
    program = pushing(one)
    return Row(
        family,
        len(one.inputs),
        len(one.nodes),
        most_partners(forward, program),
        operation_count(program),
        operation_count(propagated(forward)),
    )


def most_partners(forward: Program, program: Program) -> int:
    """d*: the most names that share a second derivative with a node when it is passed."""
    one = graph(forward)
    written = {array_of(statement.target) for _, statement in program.statements}
    pairs = combinations_with_replacement(one.places, 2)
    later = [other for first, other in pairs if one.second(first, other) in written]
    return max(Counter(later).values())


# --- the plot ----------------------------------------------------------------------------------

WIDTH, HEIGHT, MARGIN, SPACE = 380, 300, 78, 46
"""Of a panel, and what is left free around it."""

INK, GRID_LINE = "#333", "#ddd"


@dataclass(frozen=True)
class Scale:
    """Numbers on a line from `start` to `end`, by their logarithm or as they are."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = True

    def __call__(self, value: float) -> float:
        turn = log10 if self.logarithmic else float
        low, high = turn(self.low), turn(self.high)
        return self.start + (self.end - self.start) * (turn(value) - low) / (high - low)


@dataclass(frozen=True)
class Panel:
    """Axes with a title, drawn from `left` on."""

    title: str
    left: float
    x: Scale
    y: Scale
    ticks: Sequence[float]

    def axes(self) -> Iterator[str]:
        yield _label(self.left, SPACE - 22, self.title, weight="bold")
        for tick in self.ticks:
            height = self.y(tick)
            yield f'<path d="M{self.left} {height:.0f}h{WIDTH}" stroke="{GRID_LINE}"/>'
            yield _label(self.left - 8, height + 4, f"{tick:,.0f}", anchor="end")
        bottom = SPACE + HEIGHT
        for size in (4, 8, 16, 32):
            yield _label(self.x(size), bottom + 18, str(size), anchor="middle")
        yield _label(self.left + WIDTH / 2, bottom + 38, "inputs", anchor="middle")
        frame = f"M{self.left} {SPACE}v{HEIGHT}h{WIDTH}"
        yield f'<path d="{frame}" fill="none" stroke="{INK}"/>'

    def line(self, points: Sequence[tuple[float, float]], colour: str, dashed: bool) -> str:
        placed = [(self.x(size), self.y(value)) for size, value in points]
        listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        style = ' stroke-dasharray="6 4"' if dashed else ""
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in placed)
        return (
            f'<g fill="{colour}"><polyline points="{listed}" fill="none" stroke="{colour}" '
            f'stroke-width="2"{style}/>{dots}</g>'
        )


def plot(rows: Sequence[Row]) -> str:
    """Operations by inputs, both on logarithmic scales; and edge pushing per node and partner."""
    second = 2 * MARGIN + WIDTH
    counts = Panel(
        "operations",
        MARGIN,
        Scale(4, 32, MARGIN, MARGIN + WIDTH),
        Scale(100, 1_000_000, SPACE + HEIGHT, SPACE),
        [10.0**power for power in range(2, 7)],
    )
    shares = Panel(
        "edge pushing: operations per node and d*",
        second,
        Scale(4, 32, second, second + WIDTH),
        Scale(0, 30, SPACE + HEIGHT, SPACE, logarithmic=False),
        range(0, 31, 10),
    )
    body = [*counts.axes(), *shares.axes()]
    for number, (family, (_, colour, _)) in enumerate(FAMILIES.items()):
        own = [row for row in rows if row.family == family]
        body.append(counts.line([(row.inputs, row.pushing) for row in own], colour, False))
        body.append(counts.line([(row.inputs, row.propagated) for row in own], colour, True))
        body.append(shares.line([(row.inputs, row.share) for row in own], colour, False))
        body.append(_label(MARGIN + 14, SPACE + 18 + 17 * number, family, colour))
    for number, words in enumerate(("solid: edge pushing", "dashed: full propagation")):
        body.append(_label(MARGIN + 70, SPACE + 18 + 17 * number, words))
    width, height = second + WIDTH + 24, HEIGHT + 2 * SPACE + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">\n'
        '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _label(
    x: float, y: float, words: str, colour: str = INK, anchor: str = "start", weight: str = "normal"
) -> str:
    style = f'fill="{colour}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{words}</text>'


def main(arguments: Sequence[str]) -> None:
    rows = [measured(family, size) for family, (_, _, sizes) in FAMILIES.items() for size in sizes]
    print("| graph | inputs | nodes | d* | edge pushing | per node and d* | full propagation |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.family} | {row.inputs} | {row.nodes} | {row.partners} | {row.pushing:,} "
            f"| {row.share:.1f} | {row.propagated:,} |"
        )
    for path in arguments:
        Path(path).write_text(plot(rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
