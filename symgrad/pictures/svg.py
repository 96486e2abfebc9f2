"""A graph as SVG, with the edges and paths marked that a term comes from.

Graphviz draws it where it is installed; otherwise, and in the page, a layered drawing of our own.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from html import escape
from math import hypot

from symgrad.pictures.layout import MARGIN, layout
from symgrad.secondorder.contributions import Errors
from symgrad.secondorder.graph import Graph

RADIUS = 20

Edge = tuple[str, str]

COLOURS = {
    "first-order": "#c2185b",
    "square": "#e65100",
    "mixed": "#1565c0",
    "seed": "#6a1b9a",
}
"""The colour of an edge, by the kind of the first term that it causes."""

PLAIN = "#9e9e9e"


def guilty(errors: Errors) -> dict[Edge, str]:
    """Every edge that causes a term, with the kind of the first such term."""
    marks: dict[Edge, str] = {}
    for part in (*errors.missing, *errors.added):
        for edge in part.edges:
            marks.setdefault(edge, part.kind)
    return marks


def svg(graph: Graph, marks: Mapping[Edge, str]) -> str:
    """The picture as one SVG document, drawn by graphviz where it is installed."""
    program = shutil.which("dot")
    if program is None:
        return drawn(graph, marks)
    run = subprocess.run(
        [program, "-Tsvg"],
        input=dot(graph, marks),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return run.stdout


def dot(graph: Graph, marks: Mapping[Edge, str]) -> str:
    """The graph in graphviz's language."""
    lines = ["digraph {", "rankdir=LR; node [shape=circle]; edge [penwidth=1.5];"]
    lines += [f"{_quoted(name)};" for name in graph.places]
    for source, target in _edges(graph):
        colour = _colour(marks, (source, target))
        lines.append(f'{_quoted(source)} -> {_quoted(target)} [color="{colour}"];')
    return "\n".join([*lines, "}"]) + "\n"


def drawn(graph: Graph, marks: Mapping[Edge, str]) -> str:
    """The layered drawing; each edge carries its ends, so that a page can mark it."""
    plan = layout(graph)
    height = plan.height + MARGIN / 2
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {-MARGIN / 2:g} {plan.width:g} '
        f'{height:g}" width="{plan.width:g}" height="{height:g}" role="img" '
        f'aria-label="{escape(", ".join(f"{one} → {other}" for one, other in _edges(graph)))}">'
    )
    body = [_arrow(edge, _colour(marks, edge), plan.places) for edge in _edges(graph)]
    body += [_circle(name, plan.places[name]) for name in graph.places]
    return "\n".join([head, ARROWHEAD, *body, "</svg>"]) + "\n"


ARROWHEAD = (
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="13" '
    'markerHeight="13" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
    '<path d="M0 0L10 5L0 10z" fill="context-stroke"/></marker></defs>'
)


def _edges(graph: Graph) -> Iterator[Edge]:
    for node in graph.nodes:
        for source in node.sources:
            yield source, node.name


def _colour(marks: Mapping[Edge, str], edge: Edge) -> str:
    return COLOURS.get(marks.get(edge, ""), PLAIN)


def _circle(name: str, place: tuple[float, float]) -> str:
    x, y = place
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS}" fill="white" stroke="#333"/>'
        f'<text x="{x:g}" y="{y + 5:g}" text-anchor="middle" font-family="serif" '
        f'font-style="italic" font-size="16">{escape(name)}</text>'
    )


def _arrow(edge: Edge, colour: str, places: Mapping[str, tuple[float, float]]) -> str:
    """A line from rim to rim; it bows where it would run through another node."""
    (x1, y1), (x2, y2) = places[edge[0]], places[edge[1]]
    bow = -0.45 * (x2 - x1) if _blocked(edge, places) else 0.0
    middle = ((x1 + x2) / 2, (y1 + y2) / 2 + bow)
    start, end = _towards((x1, y1), middle), _towards((x2, y2), middle)
    ends = f'data-from="{escape(edge[0])}" data-to="{escape(edge[1])}"'
    return (
        f'<path {ends} d="M{start[0]:.1f} {start[1]:.1f}Q{middle[0]:.1f} {middle[1]:.1f} '
        f'{end[0]:.1f} {end[1]:.1f}" fill="none" stroke="{colour}" stroke-width="2" '
        'marker-end="url(#tip)"/>'
    )


def _blocked(edge: Edge, places: Mapping[str, tuple[float, float]]) -> bool:
    (x1, y1), (x2, y2) = places[edge[0]], places[edge[1]]
    for name, (x, y) in places.items():
        if name not in edge and x1 < x < x2:
            across = y1 + (y2 - y1) * (x - x1) / (x2 - x1)
            if abs(across - y) < RADIUS + 4:
                return True
    return False


def _towards(place: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    dx, dy = other[0] - place[0], other[1] - place[1]
    scale = (RADIUS + 2) / hypot(dx, dy)
    return place[0] + dx * scale, place[1] + dy * scale


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
