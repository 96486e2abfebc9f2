"""Reductions: sums, maxima and argmaxima over indices, in all their spellings.

    sum(i, j in 1..J if c, e)     sum_{j=1}^{J} e     max(k, e)     argmax(a, b, e)

A limit is an index with or without its range; an index without one gets placeholders, which
ranges.py fills.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

from lark import Token, Tree
from sympy import Expr
from sympy.logic.boolalg import Boolean

from symgrad.expressions import call, index
from symgrad.heads import ArgmaxOver, Limit, MaxOver, MinOver, Reduction, SumOver
from symgrad.reading.arrays.whole import Value, Whole
from symgrad.reading.names.factors import Factor
from symgrad.reading.names.grouping import LIMITS_HINT
from symgrad.reading.names.scope import Scope
from symgrad.reading.syntax.parse import MAX_LOOPS
from symgrad.reading.syntax.trees import (
    Node,
    Part,
    as_node,
    entries,
    is_comparison,
    is_condition,
    optional,
    sole_name,
)
from symgrad.reading.values.conditions import Conditions
from symgrad.writing.names import canonical

HEADS: dict[str, type[Reduction]] = {
    "sum": SumOver,
    "max": MaxOver,
    "min": MinOver,
    "argmax": ArgmaxOver,
}

LIMIT_HINT = "as in sum(j, x[j]) or sum(j in 1..J, x[j])"

CONDITION_HINT = "a condition stands behind the index, as in sum(j if j != i, x[j])"


class Reductions(Conditions):
    """Reads reductions; their bodies are read by `value` and `product`, which a subclass gives."""

    @abstractmethod
    def product(self, row: Sequence[Factor], scope: Scope) -> Value:
        """The factors behind a sum without parentheses."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.tuples: list[Token] = []
        """Where an argmax runs over several indices; its value may only be compared."""

    @abstractmethod
    def array_reduction(self, factor: Factor, scope: Scope) -> Value | None:
        """`sum(x, axis=1)`; None where the arguments name an index."""

    def reduction(self, factor: Factor, scope: Scope) -> Value:
        """`sum(i, j in 1..J if c, e)`; `max(a, b)` where the first argument is no new index."""
        keyword = canonical(str(factor.head))
        arguments = factor.arguments
        whole = self.array_reduction(factor, scope) if arguments else None
        if whole is not None:
            return whole
        if keyword in ("max", "min") and arguments and not self.is_limit(arguments[0], scope):
            values = [self.value(part, scope) for part in arguments]
            return self.fit.lift(lambda *parts: call(keyword, *parts), values, factor.head)
        if len(arguments) < 2:
            raise self.source.error(
                f"{keyword} needs an index and what it runs over",
                factor.head,
                hint=f"write {keyword}(j, x[j])",
            )
        if keyword == "argmax" and len(arguments) > 2:
            assert isinstance(factor.head, Token)
            self.tuples.append(factor.head)
        return self._over(HEADS[keyword], arguments[:-1], arguments[-1], scope)

    def is_limit(self, part: Part, scope: Scope) -> bool:
        """A range, or a bare name that is neither declared, written nor bound."""
        if isinstance(part, Tree) and part.data in ("bound", "limited"):
            return True
        token = sole_name(part)
        if token is None or canonical(token) in scope.names():
            return False
        vocabulary = self.vocabulary
        return (
            vocabulary.array(token) is None
            and canonical(token) not in vocabulary.extents
            and vocabulary.function(token) is None
        )

    def _over(
        self, head: type[Reduction], parts: Sequence[Part], body: Part, scope: Scope
    ) -> Value:
        limits: list[Limit] = []
        conditions: list[Boolean] = []
        if len(parts) > MAX_LOOPS:
            raise self.source.error("too many indices", parts[0], "limit")
        for part in parts:
            token, written, condition = self._limit(part)
            name = self.new_index(token)
            if any(limit[0].name == name for limit in limits):
                raise self.source.error(f"{token} is bound twice", token, "name")
            limits.append((index(name), *self.range_of(token, written, scope)))
            scope = scope.inside(name)
            if condition is not None:
                if part is not parts[-1]:
                    raise self.source.error("the condition stands behind the last index", part)
                conditions.append(self.condition(condition, scope))
        value = self.value(body, scope)
        return self._combined(lambda one: head.over(limits, one, *conditions), limits, value, body)

    def _combined(
        self, make: Callable[[Expr], Expr], limits: Sequence[Limit], body: Value, where: Part
    ) -> Value:
        """A reduction of a number, or of every element of an array."""
        if not isinstance(body, Whole):
            return make(body)
        names = {bound for bound, _, _ in limits}

        def element(indices: Sequence[Expr]) -> Expr:
            if any(place.free_symbols & names for place in indices):
                raise self.source.error(
                    "an index that is bound inside and outside", where, "name", "use another letter"
                )
            return make(body.element(indices))

        return Whole(body.axes, element)

    def _limit(self, part: Part) -> tuple[Token, Node | None, Node | None]:
        """An index, its range and its condition, as far as written: `j in 1..J if c`."""
        written = condition = None
        bound: Part | None = part
        if isinstance(part, Tree) and part.data == "bound":
            bound, written, *conditions = part.children
            condition = conditions[-1] if conditions else None
        elif isinstance(part, Tree) and part.data == "limited":
            bound, _, condition = part.children
        name = sole_name(bound) if bound is not None else None
        if name is None:
            hint = CONDITION_HINT if is_condition(part) else LIMIT_HINT
            raise self.source.error("an index is expected here", part, hint=hint)
        return name, optional(written), optional(condition)

    def total(self, factor: Factor, scope: Scope) -> Value:
        """`sum_{j=1}^{J} e`: limits below and above, the rest of the term as body."""
        if not factor.inner:
            raise self.source.error(f"{factor.head} has nothing to its right", factor.head)
        limits: list[Limit] = []
        for part in factor.arguments:
            token, bounds, scope = self._total_limit(factor, part, scope)
            limits.append((index(canonical(token)), *bounds))
        value = self.product(factor.inner, scope)
        return self._combined(
            lambda one: SumOver.over(limits, one), limits, value, factor.inner[0].head
        )

    def _total_limit(
        self, factor: Factor, part: Part, scope: Scope
    ) -> tuple[Token, tuple[Expr, Expr], Scope]:
        if is_comparison(part) and factor.upper is not None and len(entries(part)) == 3:
            below, sign, first = entries(part)
            token = sole_name(below)
            if token is None or sign != "==":
                raise self.source.error("write sum_{j=1}^{J}", part)
            bounds = self.index(first, scope), self._upper(factor.upper, scope)
            return token, bounds, scope.inside(self.new_index(token))
        token, written, condition = (
            self._limit(part) if isinstance(part, Tree) else (part, None, None)
        )
        if condition is not None or factor.upper is not None:
            raise self.source.error("these limits are not read", factor.head, hint=LIMITS_HINT)
        bounds = self.range_of(token, written, scope)
        return token, bounds, scope.inside(self.new_index(token))

    def _upper(self, exponent: Node, scope: Scope) -> Expr:
        """The number above a sum sign, which the grammar takes for an exponent."""
        atom = as_node(exponent.children[-1]).children[0]
        if isinstance(atom, Tree) and atom.data == "brace" and len(atom.children) == 1:
            return self.index(atom.children[0], scope)
        return self.index(Tree("sum", [Tree("term", [*exponent.children])]), scope)
