"""Statements on whole arrays: what is assigned, element by element.

    x.grad += y.grad * [x > 0]        for i: x.grad[i] += y.grad[i] * [x[i] > 0]
    x = x @ W                         for n, d: new1[n, d] = …; for n, d: x[n, d] = new1[n, d]

The right side is evaluated whole before anything is assigned: where it reads other elements of the
array that it goes to, an auxiliary array holds it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lark import Token
from sympy import Expr

from symgrad.expressions import Element, array_of, element, elements
from symgrad.program import Axis, Loop, Operator, Statement
from symgrad.reading.arrays.whole import Value, Whole, axes_of, shape
from symgrad.reading.axes.productaxes import FittingAxis
from symgrad.reading.names.scope import Scope
from symgrad.reading.slips.findings import counted
from symgrad.reading.statements.distributing import Step
from symgrad.reading.syntax.trees import Part
from symgrad.reading.values.accessing import is_whole_axis
from symgrad.reading.values.phrases import Phrases
from symgrad.writing.spelling import Speller

ONE = "write ones(N), or of a number 1"

WORD = "new"
"""Auxiliary arrays that hold a right side are called new1, new2, …"""


def assigned(
    reader: Phrases,
    target: Value,
    operator: Operator,
    members: Sequence[Value],
    where: Part,
    whole: Callable[[], str],
) -> list[Step]:
    """The steps of `target op member = …`, each with its own loops.

    `whole` gives an array that stands on the right side without indices, for the hint.
    """
    if not isinstance(target, Whole):
        for value in members:
            if any(isinstance(axis, FittingAxis) for axis in axes_of(value)):
                raise reader.source.error("how long is this vector of ones?", where, hint=ONE)
            if isinstance(value, Whole):
                name = whole()
                raise reader.source.error(
                    f"{Speller().value(target)} is a number, the value is {shape(value.axes)}",
                    where,
                    "shape",
                    f"{name} is all of the array here: give it indices, or take a sum"
                    if name
                    else "did you forget a sum?",
                )
        return [Step((), (_statement(target, operator, members),))]
    fit = reader.fit
    for value in members:
        fit.check_shape(value, target, where)
    axes = fit.broadcast([target, *members], where)
    places, loops = _everywhere(reader, axes)
    written = target.element(places)
    read = [fit.at(value, target.axes, places) for value in members]
    if not any(_reads_others(one, written) for one in read):
        return [Step(loops, (_statement(written, operator, read),))]
    name = reader.vocabulary.fresh(WORD)
    reader.vocabulary.write(name, target.rank)
    reader.known.own[name] = axes
    keep = reader.whole_array(name, Token("NAME", name))
    held = Step(loops, (_statement(keep.element(places), "=", read),))
    places, loops = _everywhere(reader, axes)
    final = Statement(target.element(places), operator, keep.element(places))
    return [held, Step(loops, (final,))]


def _everywhere(reader: Phrases, axes: Sequence[Axis]) -> tuple[list[Expr], tuple[Loop, ...]]:
    """A place on each axis, and the loops over its indices."""
    running = [reader.fit.running(axis) for axis in axes]
    loops = tuple(
        Loop(symbol, part.lower, part.upper)
        for _, symbols, parts in running
        for symbol, part in zip(symbols, parts, strict=True)
    )
    return [place for place, _, _ in running], loops


def _statement(target: Element, operator: Operator, members: Sequence[Expr]) -> Statement:
    *earlier, value = members
    return Statement(target, operator, value, tuple(earlier))


def new_array(reader: Phrases, name: str, token: Token, value: Value) -> Value:
    """An auxiliary that gets its axes from the first value assigned to it."""
    axes = axes_of(value)
    if any(isinstance(axis, FittingAxis) for axis in axes):
        raise reader.source.error("how long is this vector of ones?", token, hint=ONE)
    if reader.vocabulary.rank(name) not in (0, len(axes)):
        raise reader.source.error(
            f"{token} has {counted(reader.vocabulary.rank(name) or 0, 'axis', 'axes')}, "
            f"the value is {shape(axes)}",
            token,
            "shape",
        )
    reader.vocabulary.open.discard(name)
    reader.vocabulary.written[name] = len(axes)
    if not axes:
        return element(name)
    reader.known.own[name] = axes
    return reader.whole_array(name, token)


def new_part(
    reader: Phrases, name: str, token: Token, parts: Sequence[Part], scope: Scope, value: Value
) -> Value:
    """`t[b, :]` of an auxiliary without axes so far: its slices are as long as the value."""
    places = [None if is_whole_axis(part) else reader.index(part, scope) for part in parts]
    axes = axes_of(value)
    if places.count(None) != len(axes):
        raise reader.source.error(
            f"{token} has {counted(places.count(None), 'slice', 'slices')} here, "
            f"the value is {shape(axes)}",
            token,
            "shape",
        )

    def at(indices: Sequence[Expr]) -> Element:
        left = iter(indices)
        return element(name, *(next(left) if place is None else place for place in places))

    return Whole(axes, at, name)


def _reads_others(value: Any, target: Element) -> bool:
    """Does a value read the array that it goes to, at another element?"""
    name = array_of(target)
    return any(array_of(one) == name and one != target for one in elements(value))
