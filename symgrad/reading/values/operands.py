"""Single factors of a product: names, elements, brackets, calls, choices.

    exp(s[b, j])      [x > 0]      δ[i, j]      a if c else b      [[a, 0], [0, b]]

One row of `SHAPES` for each shape of a factor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy
from lark import Token
from sympy import Expr

from symgrad.expressions import extent, index, scalar
from symgrad.heads import Bracket, Where
from symgrad.reading.arrays.literals import listed
from symgrad.reading.arrays.whole import Value, Whole
from symgrad.reading.names.factors import Factor
from symgrad.reading.names.scope import Scope
from symgrad.reading.names.unknown import unknown
from symgrad.reading.names.words import REDUCTIONS
from symgrad.reading.slips.findings import NoArgument, counted
from symgrad.reading.syntax.trees import Part, is_condition
from symgrad.reading.values.accessing import split_letters
from symgrad.reading.values.functions import ARRAY_FUNCTIONS
from symgrad.reading.values.indexing import number
from symgrad.reading.values.localderivatives import LocalDerivatives
from symgrad.writing.names import canonical


class Operands(LocalDerivatives):
    """Reads the factors of products."""

    def number(self, tree: Part, scope: Scope) -> Expr:
        """A value that is no array."""
        found = self.value(tree, scope)
        if isinstance(found, Whole):
            raise self.source.error("a whole array where a number is expected", tree, "shape")
        return found

    def _number(self, factor: Factor, scope: Scope) -> Expr:
        return number(factor.head)

    def _name(self, factor: Factor, scope: Scope) -> Value:
        token = factor.head
        assert isinstance(token, Token)
        name = canonical(token)
        if name in scope.bound:
            return index(name)
        if factor.array is not None:
            self.vocabulary.open.discard(factor.array)
            if self.vocabulary.rank(factor.array) and not scope.whole:
                return self.whole_array(factor.array, token)
            return scalar(factor.array)
        if name in self.vocabulary.extents:
            return extent(name)
        if scope.free is not None and name in scope.free:
            return index(name)
        called = self.where_called(token)
        if called is not None:
            return called
        if self.vocabulary.function(token) or name in REDUCTIONS:
            raise self.source.wrong(NoArgument(str(token)), token)
        raise unknown(self.vocabulary, token, scope.bound)

    def _element(self, factor: Factor, scope: Scope) -> Value:
        assert isinstance(factor.head, Token)
        if factor.array is not None:
            return self.access(factor, scope)
        if canonical(factor.head) == "delta":
            return self._kronecker(factor, scope)
        if self.vocabulary.function(factor.head):
            raise self.source.wrong(NoArgument(str(factor.head), indexed=True), factor.head)
        raise unknown(self.vocabulary, factor.head, scope.bound)

    def _kronecker(self, factor: Factor, scope: Scope) -> Expr:
        """`δ[i, j]` is [i == j]."""
        arguments = split_letters(factor.arguments, 2, scope.bound)
        if len(arguments) != 2:
            raise self.source.error("δ takes two indices", factor.head, hint="write [i == j]")
        left, right = (self.index(part, scope) for part in arguments)
        return Bracket(sympy.Eq(left, right, evaluate=False))

    def _group(self, factor: Factor, scope: Scope) -> Value:
        if len(factor.arguments) != 1:
            message = "a pair where a number is expected" if factor.arguments else "empty brackets"
            raise self.source.error(message, factor.head)
        inside = factor.arguments[0]
        if is_condition(inside):
            found = self.truth(inside, scope)
            if isinstance(found, Whole):  # `(x > 0)`, as NumPy has it
                return self.fit.lift(Bracket, [found], inside)
        return self.value(inside, scope)

    def _bracket(self, factor: Factor, scope: Scope) -> Value:
        return self.fit.lift(Bracket, [self.truth(factor.arguments[0], scope)], factor.head)

    def _list(self, factor: Factor, scope: Scope) -> Value:
        """`[[a, b], [c, d]]`: an array of fixed size."""
        return listed(
            factor.arguments, lambda part: self.number(part, scope), self.fit, factor.head
        )

    def _root(self, factor: Factor, scope: Scope) -> Value:
        return self.elementwise("sqrt", (0,), [self.product(factor.inner, scope)], factor.head)

    def _last(self, factor: Factor, scope: Scope) -> Value:
        raise self.source.error("the last place of nothing", factor.head)

    # --- calls -------------------------------------------------------------------------------

    def _call(self, factor: Factor, scope: Scope) -> Value:
        function = factor.function
        if function is None:
            return self._named_call(factor, scope)
        arity = len(function.orders)
        if len(factor.arguments) != arity:
            raise self.source.error(
                f"{factor.head} takes {counted(arity, 'argument', 'arguments')}, "
                f"here it has {len(factor.arguments) or 'none'}",
                factor.head,
            )
        values = [self.value(part, scope) for part in factor.arguments]
        return self.elementwise(function.function, function.orders, values, factor.head)

    def _named_call(self, factor: Factor, scope: Scope) -> Value:
        name = canonical(str(factor.head))
        if name in ARRAY_FUNCTIONS:
            return self.array_call(factor, scope)
        if name != "where":
            return self.index_product([_bare(factor)], scope)
        if len(factor.arguments) != 3:
            raise self.source.error("where takes a condition and two values", factor.head)
        condition, then, otherwise = factor.arguments
        return self.choice(condition, then, otherwise, scope)

    def choice(self, condition: Part, then: Part, otherwise: Part, scope: Scope) -> Value:
        """`where(c, a, b)`, `a if c else b`."""
        parts = [
            self.truth(condition, scope),
            self.value(then, scope),
            self.value(otherwise, scope),
        ]
        return self.fit.lift(Where, parts, condition)


SHAPES: dict[str, Callable[[Operands, Factor, Scope], Value]] = {
    "number": Operands._number,
    "name": Operands._name,
    "access": Operands._element,
    "call": Operands._call,
    "reduction": Operands.reduction,
    "group": Operands._group,
    "derivative": Operands.derivative,
    "condition": Operands._bracket,
    "list": Operands._list,
    "sum": Operands.total,
    "root": Operands._root,
    "attribute": Operands.attribute,
    "item": Operands.item,
    "end": Operands._last,
}
"""How a factor of each shape is read as a value."""


def _bare(factor: Factor) -> Factor:
    """The factor without what a product adds to it: sign, operator and exponent."""
    return replace(factor, operator="", negative=False, exponent=None)
