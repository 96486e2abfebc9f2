"""Operations of edge pushing beside those of full Hessian propagation, on graphs of growing size.

    python benchmarks/secondorder.py [FILE.svg]

The graphs have opaque functions of two values. Gower and Mello (2012) bound the work of edge
pushing by the number of nodes times d*, the most partners that a node has when it is passed;
propagating the whole Hessian costs each node up to the square of the number of inputs.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import log10
from pathlib import Path

from symgrad import read
from symgrad.expressions import array_of
from symgrad.program import Program
from symgrad.secondorder.cost import operation_count
from symgrad.secondorder.graph import graph
from symgrad.secondorder.hessian import propagated
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


FAMILIES: dict[str, tuple[Callable[[int], str], str]] = {
    "chain": (chain, "#1565c0"),
    "tree": (tree, "#2e7d32"),
    "grid": (grid, "#e65100"),
}
SIZES = (4, 8, 16)


@dataclass(frozen=True)
class Row:
    family: str
    inputs: int
    nodes: int
    partners: int
    pushing: int
    propagated: int


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

WIDTH, HEIGHT, MARGIN = 560, 400, 60


def plot(rows: Sequence[Row]) -> str:
    """Operations by inputs, both on logarithmic scales; dashed is full propagation."""
    counts = [count for row in rows for count in (row.pushing, row.propagated)]
    sizes = [row.inputs for row in rows]

    def place(size: int, count: int) -> tuple[float, float]:
        return (
            MARGIN + (WIDTH - 2 * MARGIN) * _part(size, sizes),
            HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * _part(count, counts),
        )

    body = [_axes(sizes, counts, place)]
    for number, (family, (_, colour)) in enumerate(FAMILIES.items()):
        own = [row for row in rows if row.family == family]
        body.append(_line([place(row.inputs, row.pushing) for row in own], colour, ""))
        dashed = ' stroke-dasharray="6 4"'
        body.append(_line([place(row.inputs, row.propagated) for row in own], colour, dashed))
        body.append(_label(MARGIN + 12, MARGIN + 16 * number, family, colour))
    body.append(_label(MARGIN + 12, MARGIN + 48, "solid: edge pushing, dashed: full propagation"))
    body.append(_label(WIDTH / 2 - 20, HEIGHT - 15, "inputs"))
    body.append(_label(8, MARGIN - 30, "operations"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="12">\n'
        '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _part(value: int, values: Sequence[int]) -> float:
    low, high = log10(min(values)), log10(max(values))
    return (log10(value) - low) / (high - low)


def _axes(
    sizes: Sequence[int], counts: Sequence[int], place: Callable[[int, int], tuple[float, float]]
) -> str:
    ticks = []
    for size in sorted(set(sizes)):
        x, y = place(size, min(counts))
        ticks.append(_label(x - 6, y + 18, str(size)))
    for power in range(1, 10):
        if min(counts) <= 10**power <= max(counts):
            x, y = place(min(sizes), 10**power)
            ticks.append(_label(x - 48, y + 4, f"{10**power:,}"))
            right = WIDTH - MARGIN
            ticks.append(f'<path d="M{x:.0f} {y:.0f}H{right}" stroke="#ddd"/>')
    corner = place(min(sizes), min(counts))
    top = place(min(sizes), max(counts))
    end = place(max(sizes), min(counts))
    frame = f"M{top[0]:.0f} {top[1]:.0f}V{corner[1]:.0f}H{end[0]:.0f}"
    return "\n".join([*ticks, f'<path d="{frame}" fill="none" stroke="#333"/>'])


def _line(points: Sequence[tuple[float, float]], colour: str, style: str) -> str:
    listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{listed}" fill="none" stroke="{colour}" stroke-width="2"{style}/>'


def _label(x: float, y: float, words: str, colour: str = "#333") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{words}</text>'


def main(arguments: Sequence[str]) -> None:
    rows = [measured(family, size) for family in FAMILIES for size in SIZES]
    print("| graph | inputs | nodes | d* | edge pushing | per node and d* | full propagation |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        share = row.pushing / (row.nodes * row.partners)
        print(
            f"| {row.family} | {row.inputs} | {row.nodes} | {row.partners} | {row.pushing:,} "
            f"| {share:.1f} | {row.propagated:,} |"
        )
    for path in arguments:
        Path(path).write_text(plot(rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
