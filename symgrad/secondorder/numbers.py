"""Every rule at a point, with functions of one's choice, beside finite differences.

    f = y*z, g = x^2, h = sin(x), x = 2        naive 0, diagonal 2 sin 2, the truth 2 sin 2 + …

What is chosen is read by the reader of the notation and put in the place of `f(…)`; each node
stays the node that it was. The finite difference is taken of the loss alone:

    (l(x + d) - 2 l(x) + l(x - d)) / d^2        d = 10^-15, in ball arithmetic
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flint import fmpq
from sympy import Expr
from sympy.core.function import AppliedUndef

from symgrad.algebra.binding import rebind
from symgrad.errors import StudentError
from symgrad.evaluation.arithmetic import BALLS, precision
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.stage import Cells
from symgrad.evaluation.values import Budget, Indecisive, Nonvalue, Number
from symgrad.expressions import rebuild, rename, scalar
from symgrad.program import Input, Opaque, Program, Statement
from symgrad.reading.text import read
from symgrad.secondorder.graph import Graph
from symgrad.secondorder.rules import RULES

STEP = fmpq(1, 10**15)
BITS = 300

Chosen = Mapping[str, Expr]


@dataclass(frozen=True)
class Row:
    """A rule's value at the point, and how far it is from the truth."""

    rule: str
    value: Number
    error: Number


@dataclass(frozen=True)
class Numbers:
    """All rules at one point; `chosen` and `point` as they were read."""

    forward: Program
    target: str
    chosen: Chosen
    point: Mapping[str, Number]
    rows: tuple[Row, ...]
    difference: Number
    """The finite difference of second order."""


def numbers(one: Graph, let: str, at: str) -> Numbers:
    """Each rule's value where the functions are those of `let` and the inputs those of `at`.

    Raises StudentError for what cannot be read, and for functions and inputs that are not chosen.
    """
    chosen = functions(one.forward, let)
    inner = Graph(instantiated(one.forward, chosen), one.loss, one.inputs)
    target = inner.second(inner.inputs[0], inner.inputs[0])
    with precision(BITS):
        point = inputs(one.forward, at)
        rows, difference = _rows(inner, target, point), _difference(inner, point)
    return Numbers(inner.forward, target, chosen, point, rows, difference)


def _rows(inner: Graph, target: str, point: Mapping[str, Number]) -> tuple[Row, ...]:
    values = {rule.name: _value(rule.program(inner), target, point) for rule in RULES}
    true = values["twice"]
    return tuple(Row(name, value, value - true) for name, value in values.items())


def _difference(inner: Graph, point: Mapping[str, Number]) -> Number:
    (source,) = inner.inputs
    steps = ({**point, source: point[source] + sign * STEP} for sign in (1, 0, -1))
    after, here, before = (_value(inner.forward, inner.loss, moved) for moved in steps)
    return (after - here - (here - before)) * BALLS.number(1 / STEP**2)


def _value(program: Program, target: str, point: Mapping[str, Number]) -> Number:
    cells: dict[str, Cells] = {name: {(): value} for name, value in point.items()}
    try:
        return evaluate(program, {}, cells)[target][()]
    except (Budget, Indecisive):
        raise StudentError("the values at this point are too large", kind="limit") from None


# --- what is chosen -------------------------------------------------------------------------------


def functions(forward: Program, let: str) -> dict[str, Expr]:
    """`f=y*z, g=x^2` as expressions in the parameters of the functions of a forward pass."""
    declared = {item.name: item.parameters for item in forward.declared(Opaque)}
    chosen = {}
    for name, text in _assignments(let, "f=y*z, g=x^2"):
        if name not in declared:
            raise StudentError(
                f"there is no function {name}", kind="name", hint=_are("functions", declared)
            )
        chosen[name] = _expression(name, text, declared[name])
    missing = [name for name in declared if name not in chosen]
    if missing:
        raise StudentError(
            f"{missing[0]} has no value here",
            kind="name",
            hint=f'choose one: --let "{missing[0]}=…"',
        )
    return chosen


def inputs(forward: Program, at: str) -> dict[str, Number]:
    """`x=2, z=1/3` as numbers."""
    declared = [item.name for item in forward.declared(Input)]
    point = {}
    for name, text in _assignments(at, "x=2"):
        if name not in declared:
            raise StudentError(
                f"there is no input {name}", kind="name", hint=_are("inputs", declared)
            )
        value = _value(_reading(name, text, ()), VALUE, {})
        if isinstance(value, Nonvalue):
            raise StudentError(f"{name} = {text.strip()} is no number", kind="syntax")
        point[name] = value
    fixed = {item.name for item in forward.declared(Input) if item.data is not None}
    missing = [name for name in declared if name not in point and name not in fixed]
    if missing:
        raise StudentError(
            f"{missing[0]} has no value here",
            kind="name",
            hint=f'choose one: --at "{missing[0]}=…"',
        )
    return point


def instantiated(forward: Program, chosen: Chosen) -> Program:
    """The forward pass with expressions in the place of its functions."""
    parameters = {item.name: item.parameters for item in forward.declared(Opaque)}

    def put(expr: Any) -> Any:
        if not expr.args:
            return expr
        inner = rebuild(expr, put)
        name = inner.func.__name__ if isinstance(inner, AppliedUndef) else ""
        if name not in chosen:
            return inner
        formals = map(scalar, parameters[name])
        scope = {symbol for part in inner.args for symbol in part.free_symbols}
        body = rebind(chosen[name], scope, {symbol.name for symbol in scope})
        return rename(body, dict(zip(formals, inner.args, strict=True)))

    kept = (
        item
        for item in forward.declarations
        if not (isinstance(item, Opaque) and item.name in chosen)
    )
    nests = (
        replace(nest, body=tuple(replace(one, value=put(one.value)) for one in nest.body))
        for nest in forward.nests
    )
    return replace(forward, declarations=tuple(kept), nests=tuple(nests))


VALUE = "value_"


def _expression(name: str, text: str, parameters: tuple[str, ...]) -> Expr:
    (statement,) = _reading(name, text, parameters).nests[0].body
    return statement.value


def _reading(name: str, text: str, parameters: tuple[str, ...]) -> Program:
    """`value_ = text` over the parameters alone."""
    given = Program(tuple(map(Input, parameters)))
    program = read(f"{VALUE} = {text.strip()}", given)
    if not _is_one_value(program):
        raise StudentError(f"{name}={text.strip()} is not one value", kind="syntax")
    return program


def _is_one_value(program: Program) -> bool:
    if program.declarations or len(program.nests) != 1 or program.nests[0].loops:
        return False
    body: tuple[Statement, ...] = program.nests[0].body
    return len(body) == 1 and not body[0].earlier and body[0].target == scalar(VALUE)


def _assignments(text: str, example: str) -> Iterator[tuple[str, str]]:
    for item in _split(text):
        name, equals, value = item.partition("=")
        if not equals or not value.strip():
            raise StudentError(
                f"{item.strip() or text!r} gives nothing a value",
                kind="syntax",
                hint=f"write {example}",
            )
        yield name.strip(), value


def _split(text: str) -> list[str]:
    """The text at its commas, those in parentheses left alone."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts if text.strip() else []


def _are(kind: str, names: Any) -> str:
    return f"{kind}: {', '.join(names)}" if names else f"there are no {kind} here"
