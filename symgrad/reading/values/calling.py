"""Calls of functions of whole arrays, and what follows a value: attributes and indices.

    np.sum(x, axis=0)      x.T      x.sum(axis=0)      x.tanh()      (W @ x)[i]

As a method a function has what stands before it as its first argument.
"""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from symgrad.expressions import partial, root
from symgrad.reading.arrays.operations import picked
from symgrad.reading.arrays.whole import Value, Whole
from symgrad.reading.names.factors import Factor
from symgrad.reading.names.scope import Scope
from symgrad.reading.syntax.trees import Part
from symgrad.reading.values.arguments import Arguments, Call, whole_number
from symgrad.reading.values.functions import ARRAY_FUNCTIONS, BARE
from symgrad.writing.names import canonical

ATTRIBUTE_LEVELS = 5
"""An attribute or an index behind an attribute counts as so many levels of nesting."""


class Calling(Arguments):
    """Reads calls of array functions and what follows a value: attributes and indices."""

    def array_call(self, factor: Factor, scope: Scope) -> Value:
        """`softmax(x)`, `np.sum(x, axis=0)`."""
        assert isinstance(factor.head, Token)
        return self._called(self.call_of(factor.head, factor.arguments, scope))

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
        return self._called(self.call_of(name, factor.arguments, scope, (base,)))

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
        call = self.call_of(factor.head, factor.arguments, scope)
        if call.keywords or call.count == 1:
            return self._called(call)
        first, last = factor.arguments[0], factor.arguments[-1]
        axis = factor.head == "sum" and call.count == 2 and whole_number(last) is not None
        return self._called(call) if axis and not self.is_limit(first, scope) else None

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
