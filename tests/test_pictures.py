"""Pictures of graphs, formulas for the web, and the page on which one tries the rules."""

from __future__ import annotations

import re
import shutil
from itertools import combinations
from xml.etree import ElementTree

import pytest

from symgrad import StudentError, read
from symgrad.pictures.javascript import script
from symgrad.pictures.layout import layout
from symgrad.pictures.mathml import math
from symgrad.pictures.page import GALLERY, page
from symgrad.pictures.svg import COLOURS, RADIUS, dot, drawn, guilty, svg
from symgrad.secondorder.graph import graph
from symgrad.secondorder.ladder import ladder
from symgrad.writing.write import parameters

GRAPHS = {
    **GALLERY,
    "a loop": "input x\nloss l\nfor k in 1..3: y += x^k\nl = y^2 * x",
    "a name that is no word": "input x\nloss l\nx' = sin(x)\nl = x' * x",
    "several inputs": "input a\ninput b\nloss l\ny = a * b\nz = y + a\nw = sin(z)\nl = w * y",
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", GRAPHS)
def test_nodes_stand_apart_and_edges_lead_to_the_right(name: str) -> None:
    one = graph(read(GRAPHS[name]))
    places = layout(one).places
    assert places.keys() == one.places.keys()
    for (x1, y1), (x2, y2) in combinations(places.values(), 2):
        assert abs(x1 - x2) + abs(y1 - y2) > 2 * RADIUS
    for node in one.nodes:
        assert all(places[source][0] < places[node.name][0] for source in node.sources)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_picture_has_every_edge_and_marks_the_guilty_ones(name: str) -> None:
    found = ladder(read(GRAPHS[name]))
    errors = found.rung("diagonal").errors
    assert errors is not None
    marks = guilty(errors)
    root = ElementTree.fromstring(drawn(found.graph, marks))
    paths = [path for path in root.iter(f"{SVG}path") if path.get("data-from")]
    edges = {(path.get("data-from"), path.get("data-to")): path.get("stroke") for path in paths}
    assert set(edges) == {(one, node.name) for node in found.graph.nodes for one in node.sources}
    marked = {edge for edge, colour in edges.items() if colour in COLOURS.values()}
    assert marked == set(marks)
    assert bool(marked) != found.rung("diagonal").right


def test_the_paths_that_meet_are_marked() -> None:
    found = ladder(read(GALLERY["two paths that meet"]))
    errors = found.rung("diagonal").errors
    assert errors is not None
    assert set(guilty(errors)) == {("x", "y"), ("y", "u"), ("x", "z"), ("z", "u")}
    assert f'"x" -> "y" [color="{COLOURS["mixed"]}"]' in dot(found.graph, guilty(errors))


def test_without_graphviz_the_layered_drawing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    one = graph(read(GALLERY["a chain"]))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert svg(one, {}) == drawn(one, {})


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_graphviz_draws_the_graph() -> None:
    root = ElementTree.fromstring(svg(graph(read(GALLERY["a chain"])), {}))
    assert [text.text for text in root.iter(f"{SVG}text")] == ["x", "y", "z", "l"]


FORMULAS = {
    "f_yz(y, z)": "<msub><mi>f</mi><mrow><mi>y</mi><mi>z</mi></mrow></msub>",
    "g''(x)": '<mi>g</mi><mo lspace="0" rspace="0">″</mo>',
    "-x / 2": "<mfrac>",
    "sqrt(x)": "<msqrt><mi>x</mi></msqrt>",
    "(x + y)^2": "<msup>",
    "sum(k in 1..3, x^k)": "<mtext>sum(k in 1..3, x^k)</mtext>",
    "[x > 0] * x": "<mtext>[x &gt; 0]</mtext>",
}
NOTES = read(GALLERY["two paths that meet"])


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_well_formed(text: str) -> None:
    (nest,) = read(f"t = {text}", NOTES).nests
    written = math(nest.body[0].value, parameters(NOTES))
    ElementTree.fromstring(written)
    assert FORMULAS[text] in written


def test_what_the_page_cannot_compute_is_refused() -> None:
    (nest,) = read("t = erf(x)", NOTES).nests
    with pytest.raises(StudentError, match="no such formula"):
        script(nest.body[0].value)
    with pytest.raises(StudentError, match="f has 3 parameters"):
        page(read("input x\nfunction f(a, b, c)\nloss l\nl = f(x, x, x)"))


def test_the_page_needs_no_network() -> None:
    written = page()
    assert not re.search(r"(src|href)=|url\((?!#)|@import|fetch\(|XMLHttp", written)
    assert set(re.findall(r"https?://[^\"\\ ]*", written)) == {"http://www.w3.org/2000/svg"}
    assert written.count("<script") == written.count("</script") == 1
