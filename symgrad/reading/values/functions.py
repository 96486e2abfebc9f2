"""Functions of whole arrays, by name: tree to `Whole`.

    x.sum(axis=1), sum(x, axis=1), np.sum(x, axis=1)      softmax(z)      einsum("bj,bj->b", p, q)

One row of `ARRAY_FUNCTIONS` a name. As a method a function has what stands before it as its first
argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree
from sympy import Expr, Integer

from symgrad.expressions import call, partial, power, root
from symgrad.heads import ArgmaxOver, MaxOver, MinOver, Reduction, SumOver
from symgrad.program import Axis
from symgrad.reading.arrays.operations import (
    convolved,
    diagonal,
    filled,
    flipped,
    identity,
    mean,
    norm,
    padded,
    picked,
    reduced,
    softmax,
    transposed,
    unvectorised,
    vectorised,
)
from symgrad.reading.arrays.products import contracted, einsum, outer
from symgrad.reading.arrays.whole import Value, Whole, axes_of, rank
from symgrad.reading.axes.productaxes import FITTING
from symgrad.reading.names.factors import Factor
from symgrad.reading.names.scope import Scope
from symgrad.reading.syntax.trees import Part, entries, keyword_argument, tokens
from symgrad.reading.values.summing import Reductions
from symgrad.writing.names import canonical

SPELLED = {"dim": "axis", "keepdim": "keepdims"}
"""What torch calls its keywords."""


ATTRIBUTE_LEVELS = 5
"""An attribute or an index behind an attribute counts as so many levels of nesting."""


@dataclass(frozen=True)
class Call:
    """A function with what it is given; as a method with the value before it."""

    name: Token
    arguments: Sequence[Part]
    keywords: dict[str, Part]
    scope: Scope
    before: tuple[Value, ...] = ()

    @property
    def count(self) -> int:
        return len(self.before) + len(self.arguments)


class ArrayFunctions(Reductions):
    """Reads calls of array functions and what follows a value: attributes and indices."""

    def array_call(self, factor: Factor, scope: Scope) -> Value:
        """`softmax(x)`, `np.sum(x, axis=0)`."""
        assert isinstance(factor.head, Token)
        return self._called(self._call_of(factor.head, factor.arguments, scope))

    def attribute(self, factor: Factor, scope: Scope) -> Value:
        """`x.T`, `x.sum(axis=0)`, `x.tanh()`."""
        assert isinstance(factor.head, Token)
        base = self._base(factor, scope)
        name = Token.new_borrow_pos("NAME", factor.head[1:], factor.head)
        if name in BARE and not factor.called:
            return BARE[str(name)](self, base, factor.head)
        function = self.vocabulary.function(name)
        if factor.called and function is not None and not factor.arguments:
            return self.elementwise(function.function, function.orders, [base], name)
        if not factor.called or name not in ARRAY_FUNCTIONS:
            raise self.source.error(
                f"{factor.head} is not read", factor.head, hint="as in x.T or x.sum(axis=0)"
            )
        return self._called(self._call_of(name, factor.arguments, scope, (base,)))

    def item(self, factor: Factor, scope: Scope) -> Value:
        """`(W @ x)[i]`: elements of a value."""
        base = self._base(factor, scope)
        if not isinstance(base, Whole):
            raise self.source.error("only an array takes indices", factor.head)
        return picked(base, self.picks(factor.arguments, base.axes, factor.head, scope))

    def _base(self, factor: Factor, scope: Scope) -> Value:
        """The value before an attribute or an index."""
        with self.fit.deeper(factor.head, ATTRIBUTE_LEVELS):
            return self.product(factor.inner, scope)

    def elementwise(
        self, function: str, orders: Sequence[int], values: Sequence[Value], where: Part
    ) -> Value:
        """An elementary or declared function of every element."""
        if function == "sqrt":
            if any(orders):
                raise self.source.error(
                    "the derivative of sqrt has no name", where, hint="write 1/(2*sqrt(x))"
                )
            return self.fit.lift(root, values, where)
        return self.fit.lift(lambda *parts: partial(function, orders, *parts), values, where)

    def array_reduction(self, factor: Factor, scope: Scope) -> Value | None:
        """`sum(x)`, `sum(x, axis=1)`: over axes; None where an index is named."""
        assert isinstance(factor.head, Token)
        call = self._call_of(factor.head, factor.arguments, scope)
        if call.keywords or call.count == 1:
            return self._called(call)
        first, last = factor.arguments[0], factor.arguments[-1]
        axis = factor.head == "sum" and call.count == 2 and _whole_number(last) is not None
        return self._called(call) if axis and not self.is_limit(first, scope) else None

    # --- arguments ---------------------------------------------------------------------------

    def _call_of(
        self, name: Token, parts: Sequence[Part], scope: Scope, before: tuple[Value, ...] = ()
    ) -> Call:
        keywords: dict[str, Part] = {}
        arguments = []
        for part in parts:
            keyword = keyword_argument(part)
            if keyword is None:
                arguments.append(part)
            else:
                keywords[SPELLED.get(str(keyword[0]), str(keyword[0]))] = keyword[1]
        return Call(name, arguments, keywords, scope, before)

    def _called(self, call: Call) -> Value:
        least, most, function = ARRAY_FUNCTIONS[canonical(call.name)]
        if not least <= call.count <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise self.source.error(
                f"{call.name} takes {wanted} argument{'s'[: most - 1]}, here it has {call.count}",
                call.name,
            )
        self.vocabulary.called.add(canonical(call.name))
        return function(self, call)

    def operand(self, call: Call, n: int) -> Value:
        """The n-th argument as a value."""
        if n < len(call.before):
            return call.before[n]
        return self.value(call.arguments[n - len(call.before)], call.scope)

    def operands(self, call: Call) -> list[Value]:
        return [self.operand(call, n) for n in range(call.count)]

    def whole(self, call: Call, n: int, most: int = 8) -> Whole:
        """The n-th argument, which must be an array of at most so many axes."""
        value = self.operand(call, n)
        if isinstance(value, Whole) and value.rank <= most:
            return value
        wanted = "a vector" if most == 1 else f"an array with at most {most} axes"
        raise self.source.error(
            f"{call.name} takes {wanted if rank(value) else 'an array'}, "
            f"here it has {f'one with {rank(value)} axes' if rank(value) else 'a number'}",
            call.name,
            "shape",
        )

    def over(self, call: Call, value: Whole, position: int = 1) -> list[int]:
        """The axes that `axis=` names, all where it names none."""
        part = call.keywords.get("axis")
        if part is None and call.count > position:
            part = call.arguments[position - len(call.before)]
        if part is None or str(next(tokens(part))) == "None":
            return list(range(value.rank))
        numbers = [_whole_number(one) for one in _listed(part)]
        found = [n + value.rank if n < 0 else n for n in numbers if n is not None]
        if len(found) < len(numbers) or not all(0 <= n < value.rank for n in found):
            raise self.source.error(
                f"an array with {value.rank} axes has no such axis",
                part,
                "shape",
                f"axes are counted from 0 to {value.rank - 1}",
            )
        if len(set(found)) < len(found):
            raise self.source.error("an axis is named twice", part)
        return found

    def keeps(self, call: Call) -> bool:
        """Is `keepdims=True` said?"""
        part = call.keywords.get("keepdims")
        if part is None:
            return False
        word = str(next(tokens(part)))
        if word not in ("True", "False"):
            raise self.source.error("keepdims is True or False", part)
        return word == "True"

    def extents(self, call: Call) -> list[Axis]:
        """The axes of `ones(N, C)` or `ones((N, C))`."""
        parts = [one for part in call.arguments for one in _listed(part)]
        return [Axis(self.index(part, call.scope)) for part in parts]


def _listed(part: Part) -> list[Part]:
    """The entries of `(a, b)`, or the part itself."""
    group = part
    while isinstance(group, Tree) and group.data != "group" and len(group.children) == 1:
        group = group.children[0]
    if isinstance(group, Tree) and group.data == "group":
        return entries(group)
    return [part]


def _whole_number(part: Part) -> int | None:
    """The number that an argument like `-1` is."""
    *signs, last = map(str, tokens(part))
    if not last.isdigit() or any(sign not in "+-−" for sign in signs) or len(last) > 2:
        return None
    return int(last) * (-1 if len([sign for sign in signs if sign != "+"]) % 2 else 1)


# --- rows --------------------------------------------------------------------------------------


def _reduction(head: type[Reduction]) -> Callable[[ArrayFunctions, Call], Value]:
    def read(self: ArrayFunctions, call: Call) -> Value:
        value = self.whole(call, 0)
        over = self.over(call, value)
        if head is ArgmaxOver and len(over) != 1:
            raise self.source.error(
                "argmax over several axes", call.name, "shape", "name one, as in axis=1"
            )
        return reduced(self.fit, head, value, over, self.keeps(call))

    return read


def _mean(self: ArrayFunctions, call: Call) -> Value:
    value = self.whole(call, 0)
    return mean(self.fit, value, self.over(call, value), self.keeps(call))


def _softmax(self: ArrayFunctions, call: Call) -> Value:
    value = self.whole(call, 0)
    named = "axis" in call.keywords or call.count > 1
    over = self.over(call, value) if named else [value.rank - 1]
    if len(over) != 1:
        raise self.source.error("softmax is taken along one axis", call.name, "shape")
    return softmax(self.fit, value, over[0])


def _transposed(self: ArrayFunctions, base: Value, where: Part) -> Value:
    if not isinstance(base, Whole):
        raise self.source.error("only an array is transposed", where, "shape")
    return transposed(base)


def _transpose(self: ArrayFunctions, call: Call) -> Value:
    return _transposed(self, self.operand(call, 0), call.name)


def _dot(self: ArrayFunctions, call: Call) -> Value:
    left, right = self.whole(call, 0, most=2), self.whole(call, 1, most=2)
    return contracted(self.fit, left, right, call.name)


def _matmul(self: ArrayFunctions, call: Call) -> Value:
    return contracted(self.fit, self.whole(call, 0), self.whole(call, 1), call.name)


def _outer(self: ArrayFunctions, call: Call) -> Value:
    return outer(self.whole(call, 0, most=1), self.whole(call, 1, most=1))


def _einsum(self: ArrayFunctions, call: Call) -> Value:
    (pattern, *more) = tokens(call.arguments[0])
    if pattern.type != "STRING" or more:
        raise self.source.error(
            "the pattern of einsum comes first", call.name, hint='as in einsum("bj,bj->b", a, b)'
        )
    values = [self.operand(call, n) for n in range(1, call.count)]
    return einsum(self.fit, str(pattern)[1:-1], values, pattern)


def _eye(self: ArrayFunctions, call: Call) -> Value:
    return identity(self.extents(call)[0])


def _filled(value: int) -> Callable[[ArrayFunctions, Call], Value]:
    return lambda self, call: filled(self.extents(call), Integer(value))


def _ones(self: ArrayFunctions, call: Call) -> Value:
    """`ones(N, C)`; `ones()` is a vector as long as fits."""
    return filled(self.extents(call) or [FITTING], Integer(1))


def _filled_like(value: int) -> Callable[[ArrayFunctions, Call], Value]:
    return lambda self, call: filled(axes_of(self.operand(call, 0)), Integer(value))


def _conv(self: ArrayFunctions, call: Call) -> Value:
    return convolved(self.fit, self.whole(call, 0), self.whole(call, 1), call.name)


def _pad(self: ArrayFunctions, call: Call) -> Value:
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
        listed = _listed(parts[0])
        parts = listed if len(listed) == value.rank else parts * value.rank
    if len(parts) != value.rank:
        raise self.source.error(
            f"pad needs a margin for each of {value.rank} axes, here it has {len(parts)}",
            call.name,
            "shape",
        )
    return padded(value, [_margin(self, part, call.scope) for part in parts])


def _margin(self: ArrayFunctions, part: Part, scope: Scope) -> tuple[Expr, Expr]:
    sides = [self.index(one, scope) for one in _listed(part)]
    return sides[0], sides[-1]


def _flip(self: ArrayFunctions, call: Call) -> Value:
    value = self.whole(call, 0)
    return flipped(value, self.over(call, value))


def _vec(self: ArrayFunctions, call: Call) -> Value:
    return vectorised(self.fit, self.whole(call, 0), call.name)


def _unvec(self: ArrayFunctions, call: Call) -> Value:
    return unvectorised(self.fit, self.whole(call, 0), self.whole(call, 1), call.name)


def _diag(self: ArrayFunctions, call: Call) -> Value:
    return diagonal(self.whole(call, 0, most=1))


def _norm(self: ArrayFunctions, call: Call) -> Value:
    return norm(self.fit, self.whole(call, 0))


def _extreme(name: str) -> Callable[[ArrayFunctions, Call], Value]:
    def read(self: ArrayFunctions, given: Call) -> Value:
        return self.fit.lift(lambda *parts: call(name, *parts), self.operands(given), given.name)

    return read


def _square(self: ArrayFunctions, call: Call) -> Value:
    return self.fit.lift(lambda x: power(x, Integer(2)), self.operands(call), call.name)


def _copy(self: ArrayFunctions, call: Call) -> Value:
    return self.operand(call, 0)


ARRAY_FUNCTIONS: dict[str, tuple[int, int, Callable[[ArrayFunctions, Call], Any]]] = {
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

BARE: dict[str, Callable[[ArrayFunctions, Value, Part], Value]] = {"T": _transposed}
"""Attributes without parentheses."""
