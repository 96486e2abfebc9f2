"""Sums, maxima, their places, norms, softmax; products of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

from sympy import Integer

from symgrad.expressions import add, call, divide, mul, negate, power, root
from symgrad.heads import Reduction, SumOver
from symgrad.python.calls import Call, Row, entries_of
from symgrad.python.largest import first_largest, first_places, places_of_largest
from symgrad.python.productaxes import ProductExtent, plain, product, quotient, remainder
from symgrad.python.products import contracted, matrix_product
from symgrad.python.values import (
    Anything,
    Flat,
    Nothing,
    Several,
    Value,
    Words,
    single,
)
from symgrad.python.views import numeric


def reduced(head: type[Reduction]) -> Row:
    def read(it: Call) -> Value:
        value = it.value(0, "a", "input")
        if it.torch and head is not SumOver and len(it.arguments) > 1:
            raise it.error(f"{it.name} with an axis gives two things", hint="write amax(x, dim=1)")
        axes = it.axes(1)
        if len(it.arguments) > 3:
            it.take(2)
        keep = it.keeps(2 if it.torch else 3)
        return it.algebra.reduced(head, value, axes, keep)

    return read


def mean(it: Call) -> Value:
    value, axes = it.value(0, "a", "input"), it.axes(1)
    return it.algebra.mean(value, axes, it.keeps(2 if it.torch else 3))


def variance(it: Call) -> Value:
    """mean((x - mean(x))^2), divided by n - ddof instead of n; torch divides by n - 1."""
    value, axes = it.value(0, "a", "input"), it.axes(1)
    unbiased = it.take(2, "unbiased") if it.torch else None
    keep = it.keeps(3 if it.torch else 5)
    ddof = it.take(4, "ddof", "correction")
    less = int(it.torch) if ddof is None else it.number(ddof, "ddof")
    if unbiased is not None and not isinstance(unbiased, Nothing):
        less = int(it.truth(unbiased, "unbiased"))
    centred = it.algebra.elementwise(
        lambda x, m: power(add(x, negate(m)), Integer(2)),
        numeric(value),
        it.algebra.mean(value, axes, True),
    )
    if not less:
        found = it.algebra.mean(centred, axes, keep)
    else:
        over = range(value.rank) if axes is None else axes
        count = mul(*(plain(value.shape[n]) for n in over)) - less
        total = it.algebra.reduced(SumOver, centred, axes, keep)
        found = it.algebra.elementwise(lambda x: divide(x, count), total)
    return it.algebra.elementwise(root, found) if it.name == "std" else found


def argmax(it: Call) -> Anything:
    value = it.value(0, "a", "input")
    if it.name == "argmin":
        value = it.algebra.elementwise(negate, numeric(value))
    axes = it.axes(1)
    over = tuple(range(value.rank)) if axes is None else axes
    if len(over) > 1 or any(isinstance(value.shape[n], ProductExtent) for n in over):
        return Flat(numeric(value), tuple(it.algebra.axis(n, value.rank) for n in over))
    return first_largest(it.algebra, value, axes[0] if axes else None, it.wanted or it.name)


def unravelled(it: Call) -> Several:
    """The row and column of the first largest number, or of more axes."""
    flat = it.take(0)
    shape = it.shape(1, rest=False)
    if not isinstance(flat, Flat) or not (
        len(shape) == len(flat.axes) == flat.value.rank
        and all(map(it.trace.same, shape, flat.value.shape))
    ):
        raise it.error(
            "unravel_index is read for the argmax of an array and its shape",
            hint="np.unravel_index(np.argmax(x), x.shape)",
        )
    return Several(tuple(first_places(it.algebra, flat.value)))


def divided(it: Call) -> Several:
    """`divmod(k, Q)`"""
    found, width = it.take(0), it.value(1)
    if isinstance(found, Flat):
        return Several(tuple(places_of_largest(it.algebra, found, width)))
    value = it.as_value(found or Nothing())
    if value.rank or width.rank or value.sort != "integer" or width.sort != "integer":
        raise it.error("divmod takes two whole numbers")
    parts = [operate(value.at(()), width.at(())) for operate in (quotient, remainder)]
    if any(part is None for part in parts):
        raise it.error("divmod takes a positive number on its right side")
    return Several(tuple(single(part, "integer") for part in parts if part is not None))


def norm(it: Call) -> Value:
    """`np.linalg.norm(x)`, the root of the sum of squares; of a matrix and 2 it is another one."""
    value, order = numeric(it.value(0)), it.take(1, "ord", "p")
    axes = it.axes(2)
    frobenius = isinstance(order, Words) and order.text == "fro"
    if order is not None and not frobenius and it.number(order, "ord") != 2:
        raise it.error("only the Euclidean norm is read")
    if order is not None and not frobenius and value.rank > 1 and len(axes or (0, 1)) > 1:
        raise it.error("the 2-norm of a matrix is its largest singular value", hint="leave 2 out")
    squares = it.algebra.elementwise(lambda x: power(x, Integer(2)), value)
    return it.algebra.elementwise(root, it.algebra.reduced(SumOver, squares, axes, it.keeps(3)))


def softmax(it: Call) -> Value:
    value, axes = it.value(0, "x", "input"), it.axes(1)
    if axes is None:
        if value.rank != 1:
            raise it.error(f"{it.name} over which axis?", hint=f"write {it.name}(x, axis=1)")
        axes = [0]
    raised = it.algebra.elementwise(lambda x: call("exp", x), numeric(value))
    total = it.algebra.reduced(SumOver, raised, axes, True)
    if it.name == "log_softmax":
        return it.algebra.elementwise(lambda x, s: add(x, negate(call("log", s))), value, total)
    return it.algebra.elementwise(divide, raised, total)


def logsumexp(it: Call) -> Value:
    """`torch.logsumexp(x, dim=1)`"""
    value, axes = numeric(it.value(0, "a", "input")), it.axes(1)
    raised = it.algebra.elementwise(lambda x: call("exp", x), value)
    total = it.algebra.reduced(SumOver, raised, axes, it.keeps(2))
    return it.algebra.elementwise(lambda x: call("log", x), total)


def matmul(it: Call) -> Value:
    return matrix_product(it.algebra, it.value(0), it.value(1, "other"))


def dot(it: Call) -> Value:
    """`np.dot`: a product of numbers, else `@`, as far as both mean the same."""
    left, right = it.value(0), it.value(1)
    if not (left.rank and right.rank):
        return it.algebra.elementwise(mul, numeric(left), numeric(right))
    if max(left.rank, right.rank) > 2:
        raise it.error("dot of more than two axes is not read", hint="write np.einsum")
    return matrix_product(it.algebra, left, right)


def flat_dot(it: Call) -> Value:
    """`np.vdot(a, b)`: the sum of the products of all elements, row by row."""
    sides = (numeric(it.value(0)), numeric(it.value(1)))
    return matrix_product(
        it.algebra, *(it.algebra.reshaped(side, (product(side.shape),)) for side in sides)
    )


def outer(it: Call) -> Value:
    """`np.outer(a, b)`; of arrays with several axes, their elements row by row."""
    left, right = numeric(it.value(0)), numeric(it.value(1))
    if it.torch and (left.rank, right.rank) != (1, 1):
        raise it.error("outer takes two vectors", "shape")
    return _each_by_each(
        *(it.algebra.reshaped(side, (product(side.shape),)) for side in (left, right))
    )


def each_by_each(it: Call) -> Value:
    """`np.multiply.outer(a, b)`: the axes of a, then those of b."""
    return _each_by_each(numeric(it.value(0)), numeric(it.value(1)))


def _each_by_each(left: Value, right: Value) -> Value:
    cut = left.rank
    return Value((*left.shape, *right.shape), lambda at: mul(left.at(at[:cut]), right.at(at[cut:])))


def inner(it: Call) -> Value:
    """`np.inner(a, b)`: summed over the last axis of both."""
    left, right = it.value(0), it.value(1)
    if not (left.rank and right.rank):
        return it.algebra.elementwise(mul, numeric(left), numeric(right))
    return _contracted(it, left, right, [left.rank - 1], [right.rank - 1])


def tensordot(it: Call) -> Value:
    """`np.tensordot(a, b, axes=([1], [0]))`, or the last n axes of a by the first n of b."""
    left, right = it.value(0), it.value(1)
    found = it.take(2, "axes", "dims")
    if isinstance(found, Several):
        if len(found.items) != 2:
            raise it.error("tensordot takes axes of both arrays", hint="axes=([1], [0])")
        pair = [[it.number(one, "an axis") for one in entries_of(item)] for item in found.items]
        over = [
            [it.algebra.axis(number, side.rank) for number in axes if number is not None]
            for axes, side in zip(pair, (left, right), strict=True)
        ]
        return _contracted(it, left, right, *over)
    count = 2 if found is None else it.number(found, "axes")
    if not 0 <= count <= min(left.rank, right.rank):
        raise it.error("the arrays have fewer axes", "shape")
    return _contracted(
        it, left, right, list(range(left.rank - count, left.rank)), list(range(count))
    )


def _contracted(
    it: Call, left: Value, right: Value, over: Sequence[int], with_: Sequence[int]
) -> Value:
    """The product of two arrays summed over pairs of axes, as einsum writes it."""
    if len(over) != len(with_) or len(set(over)) < len(over) or len(set(with_)) < len(with_):
        raise it.error("axes are summed in pairs", "shape")
    if left.rank + right.rank > len(ascii_letters):
        raise it.error("more axes than are read", "limit")
    first = ascii_letters[: left.rank]
    second = list(ascii_letters[left.rank : left.rank + right.rank])
    for a, b in zip(over, with_, strict=True):
        second[b] = first[a]
    kept = [letter for n, letter in enumerate(first) if n not in over]
    kept += [letter for n, letter in enumerate(second) if n not in with_]
    return contracted(it.algebra, f"{first},{''.join(second)}->{''.join(kept)}", [left, right])


def einsum(it: Call) -> Value:
    pattern = it.take(0)
    if not isinstance(pattern, Words):
        raise it.error("einsum starts with its pattern", hint='np.einsum("bj,jk->bk", a, b)')
    return contracted(it.algebra, pattern.text, [it.value(n) for n in range(1, len(it.arguments))])
