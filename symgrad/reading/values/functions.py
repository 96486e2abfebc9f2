"""Functions of whole arrays, by name: a call to a `Whole`.

    softmax(z)      einsum("bj,bj->b", p, q)      pad(x, 1, 1)

One row of `ARRAY_FUNCTIONS` a name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr, Integer

from symgrad.expressions import call, power
from symgrad.heads import ArgmaxOver, MaxOver, MinOver, Reduction, SumOver
from symgrad.reading.arrays.operations import (
    convolved,
    diagonal,
    filled,
    flipped,
    identity,
    mean,
    norm,
    padded,
    reduced,
    softmax,
    transposed,
    unvectorised,
    vectorised,
)
from symgrad.reading.arrays.products import contracted, einsum, outer
from symgrad.reading.arrays.whole import Value, Whole, axes_of
from symgrad.reading.axes.productaxes import FITTING
from symgrad.reading.names.scope import Scope
from symgrad.reading.syntax.trees import Part, tokens
from symgrad.reading.values.arguments import Arguments, Call, entries_of


def _reduction(head: type[Reduction]) -> Callable[[Arguments, Call], Value]:
    def read(self: Arguments, call: Call) -> Value:
        value = self.whole(call, 0)
        over = self.over(call, value)
        if head is ArgmaxOver and len(over) != 1:
            raise self.source.error(
                "argmax over several axes", call.name, "shape", "name one, as in axis=1"
            )
        return reduced(self.fit, head, value, over, self.keeps(call))

    return read


def _mean(self: Arguments, call: Call) -> Value:
    value = self.whole(call, 0)
    return mean(self.fit, value, self.over(call, value), self.keeps(call))


def _softmax(self: Arguments, call: Call) -> Value:
    value = self.whole(call, 0)
    named = "axis" in call.keywords or call.count > 1
    over = self.over(call, value) if named else [value.rank - 1]
    if len(over) != 1:
        raise self.source.error("softmax is taken along one axis", call.name, "shape")
    return softmax(self.fit, value, over[0])


def _transposed(self: Arguments, base: Value, where: Part) -> Value:
    if not isinstance(base, Whole):
        raise self.source.error("only an array is transposed", where, "shape")
    return transposed(base)


def _transpose(self: Arguments, call: Call) -> Value:
    return _transposed(self, self.operand(call, 0), call.name)


def _dot(self: Arguments, call: Call) -> Value:
    left, right = self.whole(call, 0, most=2), self.whole(call, 1, most=2)
    return contracted(self.fit, left, right, call.name)


def _matmul(self: Arguments, call: Call) -> Value:
    return contracted(self.fit, self.whole(call, 0), self.whole(call, 1), call.name)


def _outer(self: Arguments, call: Call) -> Value:
    return outer(self.whole(call, 0, most=1), self.whole(call, 1, most=1))


def _einsum(self: Arguments, call: Call) -> Value:
    (pattern, *more) = tokens(call.arguments[0])
    if pattern.type != "STRING" or more:
        raise self.source.error(
            "the pattern of einsum comes first", call.name, hint='as in einsum("bj,bj->b", a, b)'
        )
    values = [self.operand(call, n) for n in range(1, call.count)]
    return einsum(self.fit, str(pattern)[1:-1], values, pattern)


def _eye(self: Arguments, call: Call) -> Value:
    return identity(self.extents(call)[0])


def _filled(value: int) -> Callable[[Arguments, Call], Value]:
    return lambda self, call: filled(self.extents(call), Integer(value))


def _ones(self: Arguments, call: Call) -> Value:
    """`ones(N, C)`; `ones()` is a vector as long as fits."""
    return filled(self.extents(call) or [FITTING], Integer(1))


def _filled_like(value: int) -> Callable[[Arguments, Call], Value]:
    return lambda self, call: filled(axes_of(self.operand(call, 0)), Integer(value))


def _conv(self: Arguments, call: Call) -> Value:
    return convolved(self.fit, self.whole(call, 0), self.whole(call, 1), call.name)


def _pad(self: Arguments, call: Call) -> Value:
    """`pad(x, r, c)`: a margin for each axis, or one for all; a pair is before and behind."""
    value = self.whole(call, 0)
    parts = list(call.arguments[1 - len(call.before) :])
    kernel = self.vocabulary.star.kernel
    if not parts and kernel:
        margins = [axis.extent - 1 for axis in self.whole_array(kernel, call.name).axes]
        return padded(value, [(margin, margin) for margin in margins])
    if not parts:
        raise self.source.error("by how much?", call.name, hint="write pad(x, r, c)")
    if len(parts) == 1:
        listed = entries_of(parts[0])
        parts = listed if len(listed) == value.rank else parts * value.rank
    if len(parts) != value.rank:
        raise self.source.error(
            f"pad needs a margin for each of {value.rank} axes, here it has {len(parts)}",
            call.name,
            "shape",
        )
    return padded(value, [_margin(self, part, call.scope) for part in parts])


def _margin(self: Arguments, part: Part, scope: Scope) -> tuple[Expr, Expr]:
    sides = [self.index(one, scope) for one in entries_of(part)]
    return sides[0], sides[-1]


def _flip(self: Arguments, call: Call) -> Value:
    value = self.whole(call, 0)
    return flipped(value, self.over(call, value))


def _vec(self: Arguments, call: Call) -> Value:
    return vectorised(self.fit, self.whole(call, 0), call.name)


def _unvec(self: Arguments, call: Call) -> Value:
    return unvectorised(self.fit, self.whole(call, 0), self.whole(call, 1), call.name)


def _diag(self: Arguments, call: Call) -> Value:
    return diagonal(self.whole(call, 0, most=1))


def _norm(self: Arguments, call: Call) -> Value:
    return norm(self.fit, self.whole(call, 0))


def _extreme(name: str) -> Callable[[Arguments, Call], Value]:
    def read(self: Arguments, given: Call) -> Value:
        return self.fit.lift(lambda *parts: call(name, *parts), self.operands(given), given.name)

    return read


def _square(self: Arguments, call: Call) -> Value:
    return self.fit.lift(lambda x: power(x, Integer(2)), self.operands(call), call.name)


def _copy(self: Arguments, call: Call) -> Value:
    return self.operand(call, 0)


ARRAY_FUNCTIONS: dict[str, tuple[int, int, Callable[[Arguments, Call], Any]]] = {
    "sum": (1, 2, _reduction(SumOver)),
    "max": (1, 2, _reduction(MaxOver)),
    "min": (1, 2, _reduction(MinOver)),
    "amax": (1, 2, _reduction(MaxOver)),
    "amin": (1, 2, _reduction(MinOver)),
    "argmax": (1, 2, _reduction(ArgmaxOver)),
    "mean": (1, 2, _mean),
    "softmax": (1, 2, _softmax),
    "transpose": (1, 1, _transpose),
    "t": (1, 1, _transpose),
    "dot": (2, 2, _dot),
    "matmul": (2, 2, _matmul),
    "outer": (2, 2, _outer),
    "einsum": (2, 8, _einsum),
    "diag": (1, 1, _diag),
    "eye": (1, 1, _eye),
    "identity": (1, 1, _eye),
    "ones": (0, 8, _ones),
    "zeros": (1, 8, _filled(0)),
    "ones_like": (1, 1, _filled_like(1)),
    "zeros_like": (1, 1, _filled_like(0)),
    "norm2": (1, 1, _norm),
    "conv": (2, 2, _conv),
    "pad": (1, 8, _pad),
    "flip": (1, 2, _flip),
    "vec": (1, 1, _vec),
    "ravel": (1, 1, _vec),
    "flatten": (1, 1, _vec),
    "unvec": (2, 2, _unvec),
    "maximum": (2, 2, _extreme("max")),
    "minimum": (2, 2, _extreme("min")),
    "square": (1, 1, _square),
    "copy": (1, 1, _copy),
    "astype": (1, 2, _copy),
    "float": (1, 1, _copy),
    "clone": (1, 1, _copy),
}
"""Each function with the fewest and the most arguments that it takes."""

BARE: dict[str, Callable[[Arguments, Value, Part], Value]] = {"T": _transposed}
"""Attributes without parentheses."""
