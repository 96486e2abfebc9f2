"""One self-contained page: pick a graph, functions and a point, and see what each rule makes of it.

Everything symbolic is done beforehand: values, missing terms, conditions and verdicts are those of
the ladder. The page only evaluates closed forms, in floating point, and marks the edges of a term.
Its state stands behind the `#` of its address, so that a choice can be linked to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

from sympy import Expr

from symgrad.algebra.differentiate import derivative
from symgrad.errors import StudentError
from symgrad.expressions import rename, scalar
from symgrad.pictures.javascript import script
from symgrad.pictures.mathml import math
from symgrad.pictures.svg import COLOURS, drawn
from symgrad.program import Input, Opaque, Program
from symgrad.reading.text import read
from symgrad.secondorder.argument import GRAPH
from symgrad.secondorder.closed import written
from symgrad.secondorder.contributions import Contribution
from symgrad.secondorder.describe import NAMES, cause, condition_texts, why_right
from symgrad.secondorder.ladder import Ladder, Rung, ladder
from symgrad.writing.write import expression_text, parameters

GALLERY = {
    "two paths that meet": GRAPH,
    "a chain": (
        "input x\nfunction f(z)\nfunction g(x)\nfunction h(y)\nloss l\ny = g(x)\nz = h(y)\nl = f(z)"
    ),
    "a path around a node": (
        "input x\nfunction f(x, y)\nfunction g(x)\nloss l\ny = g(x)\nl = f(x, y)"
    ),
    "two paths, met early": (
        "input x\nfunction f(u)\nfunction g(x)\nfunction h(x)\nfunction k(y, z)\nloss l\n"
        "y = g(x)\nz = h(x)\nu = k(y, z)\nl = f(u)"
    ),
}
"""The graphs that every page offers."""

OFFERED = {
    1: ("a^2", "a^3", "2*a + 1", "sin(a)", "exp(a)", "tanh(a)"),
    2: ("a*b", "a + b", "a^2 + a*b + b^2", "a*sin(b)", "a^2 * b", "exp(a) + b^3"),
}
"""What stands for a function of one and of two parameters."""

LETTERS = ("a", "b")


class Script(str):
    """JavaScript, written into the page as it is."""


def page(given: Program | None = None, wrt: str | None = None) -> str:
    """The page, with the graph given first; StudentError where the page cannot compute it."""
    graphs = [] if given is None else [_graph("the graph given", given, wrt)]
    graphs += [_graph(title, read(text), None) for title, text in GALLERY.items()]
    data = f"const GRAPHS = {_js(graphs)};\nconst OFFERED = {_js(_offered())};\n"
    data += f"const COLOURS = {json.dumps(COLOURS)};\n"
    template = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    return template.replace("/* DATA */", data)


def _js(value: Any) -> str:
    """A nested value as JavaScript; no text in it can end the script element."""
    if isinstance(value, Script):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_js(key)}: {_js(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_js, value))}]"
    return json.dumps(value).replace("<", "\\u003c")


def _graph(title: str, forward: Program, wrt: str | None) -> dict[str, Any]:
    found = ladder(forward, wrt)
    functions = list(forward.declared(Opaque))
    inputs = [item.name for item in forward.declared(Input)]
    if any(item.data is not None for item in forward.declared(Input)):
        raise StudentError("the page chooses all inputs itself", kind="limit")
    return {
        "title": title,
        "forward": str(forward),
        "wrt": found.wrt,
        "loss": found.graph.loss,
        "inputs": inputs,
        "functions": [_function(item) for item in functions],
        "nodes": [[name, _value(value)] for name, value in found.graph.values.items()],
        "svg": drawn(found.graph, {}),
        "rules": [_rule(found, rung) for rung in found.rungs],
    }


def _function(item: Opaque) -> dict[str, Any]:
    count = len(item.parameters)
    if count not in OFFERED:
        raise StudentError(
            f"{item.name} has {count} parameters, and the page offers functions of one or two",
            kind="limit",
        )
    new = {scalar(old): scalar(name) for old, name in zip(LETTERS, item.parameters, strict=False)}
    shown = [expression_text(rename(_expression(text), new)) for text in OFFERED[count]]
    return {"name": item.name, "parameters": list(item.parameters), "offered": shown}


def _rule(found: Ladder, rung: Rung) -> dict[str, Any]:
    names = parameters(found.forward)
    errors = rung.errors
    parts: list[tuple[int, Contribution]] = []
    if errors is not None:
        parts = [(1, part) for part in errors.missing] + [(-1, part) for part in errors.added]
    return {
        "name": rung.rule.name,
        "title": rung.rule.title,
        "update": rung.rule.update,
        "status": rung.verdict.status,
        "formula": math(rung.value, names),
        "value": _value(rung.value),
        "cost": f"{rung.operations} operations, {rung.memory} numbers held",
        "holds": condition_texts(found, rung),
        "because": why_right(found, rung),
        "terms": [_term(found, sign, part) for sign, part in parts],
    }


def _term(found: Ladder, sign: int, part: Contribution) -> dict[str, Any]:
    value = written(found.forward, [term if sign > 0 else -term for term in part.terms])
    return {
        "name": NAMES[part.kind],
        "kind": part.kind,
        "formula": math(value, parameters(found.forward)),
        "value": _value(value),
        "cause": cause(part),
        "edges": part.edges,
    }


def _value(expr: Expr) -> Script:
    return Script(f"(v, d) => {script(expr)}")


def _offered() -> dict[str, Any]:
    """For each number of parameters the slopes of every function that is offered, up to order 2."""
    return {
        str(count): [_slopes(text, count) for text in texts] for count, texts in OFFERED.items()
    }


def _slopes(text: str, count: int) -> dict[str, Script]:
    orders = (one for one in product(range(3), repeat=count) if sum(one) <= 2)
    return {",".join(map(str, one)): _value(_derived(_expression(text), one)) for one in orders}


def _derived(expr: Expr, orders: Iterable[int]) -> Expr:
    for letter, order in zip(LETTERS, orders, strict=False):
        for _ in range(order):
            expr = derivative(expr, scalar(letter))
    return expr


def _expression(text: str) -> Expr:
    given = Program(tuple(Input(letter) for letter in LETTERS if letter in text))
    (nest,) = read(f"value_ = {text}", given).nests
    return nest.body[0].value
