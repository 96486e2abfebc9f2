"""Arrays made from nothing or copied: zeros, ones, identities, ranges, lists."""

from __future__ import annotations

from dataclasses import replace

import sympy
from sympy import Expr, Integer

from symgrad.expressions import mul
from symgrad.heads import Bracket
from symgrad.python.calls import Call, Row, rounds
from symgrad.python.elementwise import relation
from symgrad.python.values import (
    Nothing,
    Positions,
    Shape,
    Value,
    view,
)
from symgrad.python.views import aligned, numeric


def constant(shape: Shape, number: Expr) -> Value:
    return Value(shape, lambda at: number)


def filled(number: int) -> Row:
    return lambda it: constant(it.shape(0, rest=it.torch), Integer(number))


def like(number: int) -> Row:
    def read(it: Call) -> Value:
        model = it.value(0, "a", "input")
        integral = model.sort == "integer" or model.integral
        return replace(constant(model.shape, Integer(number)), integral=integral)

    return read


def full(it: Call) -> Value:
    shape = it.shape(0, rest=False)
    filling = it.value(1, "fill_value")
    number, integral = numeric(filling), filling.sort == "integer" and not _is_float(it)
    return Value(shape, lambda at: number.at(aligned(number, at)), integral=integral)


def _is_float(it: Call) -> bool:
    """Is a type of numbers asked for that are not whole?"""
    return "dtype" in it.keywords and not rounds(it.keywords["dtype"])


def full_like(it: Call) -> Value:
    shape, number = it.value(0).shape, numeric(it.value(1, "fill_value"))
    return Value(shape, lambda at: number.at(aligned(number, at)))


def empty(it: Call) -> Value:
    shape = it.value(0).shape if it.name.endswith("like") else it.shape(0, rest=it.torch)
    storage = it.trace.storage(it.wanted, shape, empty=True)
    return view(storage)


def eye(it: Call) -> Value:
    rows = it.extent(it.take(0))
    second = it.take(1, "M")
    columns = rows if second is None else it.extent(second)
    return Value((rows, columns), lambda at: Bracket(relation(sympy.Eq, at[0], at[1], whole=True)))


def diag(it: Call) -> Value:
    """A vector on the diagonal, or the diagonal of a matrix."""
    value = numeric(it.value(0))
    if value.rank == 1:
        return Value(
            value.shape * 2,
            lambda at: mul(Bracket(relation(sympy.Eq, at[0], at[1], whole=True)), value.at(at[:1])),
        )
    if value.rank != 2 or not it.trace.same(*value.shape):
        raise it.error("diag takes a vector or a square matrix", "shape")
    return Value(value.shape[:1], lambda at: value.at((at[0], at[0])))


def embedded(it: Call) -> Value:
    """`torch.diag_embed(x)`: each row on the diagonal of a matrix."""
    value = numeric(it.value(0, "input"))
    if not value.rank:
        raise it.error("diag_embed of a number", "shape")

    def at(positions: Positions) -> Expr:
        row, column = positions[-2:]
        return mul(Bracket(relation(sympy.Eq, row, column, whole=True)), value.at(positions[:-1]))

    return Value((*value.shape, value.shape[-1]), at)


def one_hot(it: Call) -> Value:
    """`F.one_hot(k, K)`: 1 in the place k of K places."""
    place, count = it.value(0, "tensor"), it.take(1, "num_classes")
    if place.sort != "integer" or count is None:
        raise it.error("one_hot takes places and how many there are", hint="F.one_hot(y, K)")

    def at(positions: Positions) -> Expr:
        *left, here = positions
        return Bracket(relation(sympy.Eq, here, place.at(tuple(left)), whole=True))

    return Value((*place.shape, it.extent(count)), at)


def arange(it: Call) -> Value:
    found = [it.extent(it.take(n)) for n in range(len(it.arguments))]
    if not 1 <= len(found) <= 2:
        raise it.error(
            "arange with a step is not read" if found else "arange has too few arguments"
        )
    start, stop = (Integer(0), found[0]) if len(found) == 1 else found
    return Value((sympy.expand(stop - start),), lambda at: start + at[0], "integer")


def array(it: Call) -> Value:
    """A copy; of a list, the array that it spells out."""
    value = it.as_value(it.take(0) or Nothing())
    if _is_float(it):
        value = replace(value, integral=False)
    if it.name in ("asarray", "as_tensor", "ascontiguousarray"):
        return replace(value, listed=False)
    return _copied(value)


def _copied(value: Value) -> Value:
    return replace(value, storage=None, place=None, repeats=False, listed=False, sources=())


def copy(it: Call) -> Value:
    value = it.value(0, "a", "input")
    it.arguments = []
    return _copied(value)


def cast(it: Call) -> Value:
    """`m.astype(float)`: truths may become numbers, numbers are not rounded."""
    return _cast(it, it.value(0), rounds(it.take(1, "dtype", "type")))


def whole(it: Call) -> Value:
    """`int(i)`, `m.long()`"""
    return _cast(it, it.value(0, "x"), True)


def _cast(it: Call, value: Value, rounded: bool) -> Value:
    if rounded and value.sort == "number":
        raise it.error("a number that may not be whole is not rounded")
    it.keywords.pop("dtype", None)
    return replace(_copied(numeric(value) if value.sort == "truth" else value), integral=rounded)


def as_list(it: Call) -> Value:
    return replace(_copied(it.value(0)), listed=True)


def same(it: Call) -> Value:
    value = it.value(0, "a", "input")
    it.arguments = []
    return value
