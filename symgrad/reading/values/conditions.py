"""Conditions: tree to relations that stay as they are written.

0 <= p-i <= h-1 and q != j     And(0 <= p - i, p - i <= h - 1, Ne(q, j))
(i, j) == argmax(a, b, e)      Eq(Tuple(i, j), ArgmaxOver(…))
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import sympy
from lark import Token, Tree
from sympy import Expr
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from symgrad.errors import StudentError
from symgrad.heads import ArgmaxOver
from symgrad.reading.arrays.whole import Value, Whole
from symgrad.reading.names.scope import Scope, is_integral
from symgrad.reading.syntax.trees import Part, alone, is_condition
from symgrad.reading.values.accessing import Accesses

RELATIONS: dict[str, type[Relational]] = {
    "==": sympy.Eq,
    "!=": sympy.Ne,
    "≠": sympy.Ne,
    "<": sympy.StrictLessThan,
    "<=": sympy.LessThan,
    "≤": sympy.LessThan,
    ">": sympy.StrictGreaterThan,
    ">=": sympy.GreaterThan,
    "≥": sympy.GreaterThan,
}

CONNECTIVES = {"conjunction": sympy.And, "disjunction": sympy.Or}


class Conditions(Accesses):
    """Reads conditions; what they compare is read by `value`, which a subclass gives."""

    @abstractmethod
    def value(self, tree: Part, scope: Scope) -> Value:
        """A value of the kind that conditions compare."""

    def condition(self, tree: Part, scope: Scope) -> Boolean:
        """A condition on numbers."""
        found = self.truth(tree, scope)
        if isinstance(found, Whole):
            raise self.source.error(
                "a condition on a whole array", tree, "shape", "name its elements, as in x[i] > 0"
            )
        return found

    def truth(self, tree: Part, scope: Scope) -> Value:
        """A condition; on whole arrays element by element."""
        group = alone(tree)
        if group is not None and is_condition(group.children[0]):
            return self.truth(group.children[0], scope)
        if isinstance(tree, Token) or not is_condition(tree):
            raise self.source.error(
                "a condition is expected here", tree, hint="as in x > 0 or i == j"
            )
        parts = [part for part in tree.children if isinstance(part, Tree)]
        if tree.data == "comparison":
            return self._chain(tree, scope)
        if tree.data == "negation":
            return self.fit.lift(_unevaluated(sympy.Not), [self.truth(parts[0], scope)], tree)
        connect = _unevaluated(CONNECTIVES[tree.data])
        return self.fit.lift(connect, [self.truth(part, scope) for part in parts], tree)

    def _chain(self, tree: Tree[Token], scope: Scope) -> Value:
        """`a <= b < c` is a <= b and b < c."""
        sides = [self._side(side, scope) for side in tree.children[::2]]
        signs = [str(sign) for sign in tree.children[1::2]]
        links = [
            self.fit.lift(partial(self._relation, tree, sign), [left, right], tree)
            for sign, (left, right) in zip(signs, pairwise(sides), strict=True)
        ]
        if len(links) == 1:
            return links[0]
        return self.fit.lift(_unevaluated(sympy.And), links, tree)

    def _side(self, tree: Part, scope: Scope) -> Value:
        group = alone(tree)
        if group is not None and len(group.children) > 1:
            return sympy.Tuple(*(self.index(part, scope) for part in group.children if part))
        if is_integral(tree, scope, self.vocabulary):
            return self.index(tree, scope)
        return self.value(tree, scope)

    def _relation(self, tree: Tree[Token], sign: str, left: Expr, right: Expr) -> Boolean:
        left, right = _settled(left), _settled(right)
        widths = {_width(left), _width(right)}
        if len(widths) > 1 or (widths != {1} and sign not in ("==", "!=", "≠")):
            raise self._no_pair(tree)
        if left.is_Integer and right.is_Integer:
            return RELATIONS[sign](left, right)
        return RELATIONS[sign](left, right, evaluate=False)

    def _no_pair(self, tree: Tree[Token]) -> StudentError:
        return self.source.error(
            "the two sides have different numbers of indices",
            tree,
            "shape",
            "over several indices, compare as in (i, j) == argmax(a, b, e)",
        )


def _unevaluated(head: Callable[..., Boolean]) -> Callable[..., Boolean]:
    return lambda *parts: head(*parts, evaluate=False)


def _settled(side: Expr) -> Expr:
    """A side of whole numbers, extents and indices alone in canonical form, as indices have it.

    Elements of `ones(N)` make such sides.
    """
    if not isinstance(side, (sympy.Add, sympy.Mul)) or not _is_integral(side):
        return side
    return side.func(*map(_settled, side.args))


def _is_integral(expr: Expr) -> bool:
    if isinstance(expr, (sympy.Add, sympy.Mul)):
        return all(map(_is_integral, expr.args))
    return bool(expr.is_Integer or (expr.is_Symbol and expr.is_integer))


def _width(side: Expr) -> int:
    """How many indices a side of a comparison is."""
    if isinstance(side, sympy.Tuple):
        return len(side)
    return len(side.limits) if isinstance(side, ArgmaxOver) else 1
