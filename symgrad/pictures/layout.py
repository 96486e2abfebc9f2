"""Places for the nodes of a graph, in columns by the longest path from an input.

column(v) = 1 + max of the columns of its sources;   row by the mean row of the sources
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symgrad.secondorder.graph import Graph

COLUMN, ROW, MARGIN = 130, 90, 50


@dataclass(frozen=True)
class Layout:
    """The centre of every node, and the size of the whole picture."""

    places: Mapping[str, tuple[float, float]]
    width: float
    height: float


def layout(graph: Graph) -> Layout:
    columns = _columns(graph)
    rows: dict[str, float] = {}
    for number in range(max(columns.values()) + 1):
        names = [name for name, column in columns.items() if column == number]
        names.sort(key=lambda name: (_mean(graph, name, rows), graph.places[name]))
        for row, name in enumerate(names):
            rows[name] = row - (len(names) - 1) / 2
    top = min(rows.values())
    places = {
        name: (MARGIN + COLUMN * columns[name], MARGIN + ROW * (rows[name] - top)) for name in rows
    }
    width = max(x for x, _ in places.values()) + MARGIN
    return Layout(places, width, max(y for _, y in places.values()) + MARGIN)


def _columns(graph: Graph) -> dict[str, int]:
    columns = dict.fromkeys(graph.inputs, 0)
    for node in graph.nodes:
        columns[node.name] = 1 + max(columns[source] for source in node.sources)
    return columns


def _mean(graph: Graph, name: str, rows: Mapping[str, float]) -> float:
    node = graph.node(name)
    known = [rows[source] for source in node.sources] if node else []
    return sum(known) / len(known) if known else 0.0
