"""Signs between numbers, arrays and conditions: `+ - * / ** @ // %`, comparisons, `and`, choices.

Nothing is evaluated but whole numbers that count: indices, extents, axes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr, Integer

from symgrad.algebra.sizes import is_too_large_index
from symgrad.expressions import add, divide, is_extent, mul, negate
from symgrad.python.elementwise import chosen, joined, opposite, powered, related, truth
from symgrad.python.largest import is_largest, places_of_largest
from symgrad.python.productaxes import (
    ProductExtent,
    ProductPlace,
    plain,
    product,
    quotient,
    remainder,
)
from symgrad.python.products import matrix_product
from symgrad.python.reader import Reader
from symgrad.python.values import Anything, Flat, Infinity, Nothing, Value, single
from symgrad.python.views import numeric

COMPARISONS: dict[type[ast.cmpop], type[sympy.Rel]] = {
    ast.Eq: sympy.Eq,
    ast.NotEq: sympy.Ne,
    ast.Lt: sympy.Lt,
    ast.LtE: sympy.Le,
    ast.Gt: sympy.Gt,
    ast.GtE: sympy.Ge,
}


class Arithmetic(Reader):
    """Reads operators."""

    def _binary(self, node: ast.BinOp) -> Value:
        found, right = self.read(node.left), self.value(node.right)
        part = {ast.FloorDiv: 0, ast.Mod: 1}.get(type(node.op))
        if isinstance(found, Flat) and part is not None:
            return places_of_largest(self.algebra, found, right)[part]
        return self.operated(type(node.op), self.as_number(found, node.left), right, node)

    def operated(
        self, operator: type[ast.operator], left: Value, right: Value, node: ast.AST
    ) -> Value:
        """`left op right`; whole numbers stay whole where the operation allows."""
        with self._at(node):
            if left.listed or right.listed:
                repeated = self._of_list(operator, left, right)
                if repeated is not None:
                    return repeated
            if left.sort == right.sort == "integer" and operator in WHOLE:
                whole = WHOLE[operator]
                found = self.algebra.elementwise(
                    lambda a, b: self._whole(whole, a, b), left, right, sort="integer"
                )
                return found
            if operator is ast.MatMult:
                return matrix_product(self.algebra, left, right)
            if operator is ast.Pow:
                return powered(self.algebra, left, right)
            if left.sort == right.sort == "truth" and operator in CONNECTIVES:
                join = joined(CONNECTIVES[operator])
                return self.algebra.elementwise(join, left, right, sort="truth")
            if left.sort == right.sort == "truth" and operator is ast.Mult:
                join = joined(sympy.And)
                return self.algebra.elementwise(join, left, right, sort="truth")
            if left.sort == right.sort == "truth" and operator in (ast.Add, ast.Sub):
                raise self.trace.error(
                    "a sum of conditions is no number in NumPy", hint="write 1.0 * (x > 0)"
                )
            if operator in NUMBERS:
                return self.algebra.elementwise(NUMBERS[operator], numeric(left), numeric(right))
            message, hint = SIGNS.get(operator, ("this sign is not read", ""))
            raise self.trace.error(message, hint=hint)

    def _of_list(self, operator: type[ast.operator], left: Value, right: Value) -> Value | None:
        """Two lists are joined, and `[0] * n` repeats; beside an array a list is one."""
        if left.listed and right.listed:
            raise self.trace.error("two lists are not calculated with", hint="write np.array(…)")
        listed, other = (left, right) if left.listed else (right, left)
        if operator is not ast.Mult or other.rank or other.sort != "integer":
            return None
        if listed.shape[0] != 1:
            raise self.trace.error("a list times a number repeats it", hint="write np.array(…)")
        return replace(
            listed,
            shape=(other.at(()), *listed.shape[1:]),
            at=lambda at: listed.at((Integer(0), *at[1:])),
            storage=None,
            place=None,
        )

    def _whole(self, operate: Callable[[Expr, Expr], Expr | None], a: Expr, b: Expr) -> Expr:
        found = operate(a, b)
        if isinstance(found, (ProductExtent, ProductPlace)):
            return found
        if found is None:
            raise self.trace.error("// and % take a positive number on their right side")
        if is_too_large_index(found):
            raise self.trace.error("an index beyond what is read", "limit")
        return found

    def _unary(self, node: ast.UnaryOp) -> Value | Infinity:
        found = self.read(node.operand)
        if isinstance(found, Infinity) and isinstance(node.op, ast.USub):
            return Infinity(not found.negative)
        value = self.as_number(found, node.operand)
        if isinstance(node.op, ast.UAdd):
            return value
        if isinstance(node.op, ast.USub):
            if value.sort == "integer":
                return self.algebra.elementwise(lambda x: -plain(x), value, sort="integer")
            return self.algebra.elementwise(negate, numeric(value))
        if isinstance(node.op, ast.Not) and value.rank:
            raise self.trace.error("`not` of a whole array", hint="write ~(x > 0)")
        if isinstance(node.op, ast.Invert) and value.sort != "truth":
            raise self.trace.error("~ is read for conditions only")
        return self.algebra.elementwise(opposite, truth(self.trace, value), sort="truth")

    def _compared(self, node: ast.Compare) -> Value:
        sides = [node.left, *node.comparators]
        if any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            return self._identity(node)
        found = [self.read(side) for side in sides]
        if len(sides) == 2 and any(isinstance(side, Flat) for side in found):
            return self._at_largest(node, found)
        values = [self.as_number(*pair) for pair in zip(found, sides, strict=True)]
        links = []
        for sign, (left, right) in zip(node.ops, pairwise(values), strict=True):
            head = COMPARISONS.get(type(sign))
            if head is None:
                raise self.trace.error("`in` is not read", hint="write 0 <= i and i < N")
            links.append(related(self.algebra, head, left, right))
        if len(links) > 1 and any(link.rank for link in links):
            raise self.trace.error(
                "a chain of comparisons of arrays", hint="write (a < x) & (x < b)"
            )
        return self.algebra.elementwise(joined(sympy.And), *links, sort="truth")

    def _at_largest(self, node: ast.Compare, sides: Sequence[Anything]) -> Value:
        """`k == x.argmax()`, of an array with several axes."""
        flat, other = sides if isinstance(sides[0], Flat) else sides[::-1]
        if not isinstance(flat, Flat) or not isinstance(other, Value) or other.sort != "integer":
            raise self.trace.error("the place of the largest is compared with a whole number")
        found = is_largest(self.algebra, flat.value, flat.axes, other)
        if isinstance(node.ops[0], ast.Eq):
            return found
        if not isinstance(node.ops[0], ast.NotEq):
            raise self.trace.error("the place of the largest is compared by == and != only")
        return self.algebra.elementwise(opposite, found, sort="truth")

    def _identity(self, node: ast.Compare) -> Value:
        """`x is None`"""
        sides = [self.read(side) for side in (node.left, *node.comparators)]
        if len(sides) != 2 or not isinstance(sides[1], Nothing):
            raise self.trace.error("`is` is not read", hint="compare with ==")
        same = isinstance(sides[0], Nothing) == isinstance(node.ops[0], ast.Is)
        return single(sympy.true if same else sympy.false, "truth")

    def _connected(self, node: ast.BoolOp) -> Value:
        values = [truth(self.trace, self.value(side)) for side in node.values]
        if any(value.rank for value in values):
            raise self.trace.error("`and` and `or` of arrays", hint="write (x > 0) & (y > 0)")
        head = sympy.And if isinstance(node.op, ast.And) else sympy.Or
        return self.algebra.elementwise(joined(head), *values, sort="truth")

    def _choice(self, node: ast.IfExp) -> Anything:
        condition = truth(self.trace, self.value(node.test))
        if condition.rank:
            raise self.trace.error("a choice by a whole array", hint="write np.where(c, a, b)")
        known = condition.at(())
        if known in (sympy.true, sympy.false):
            return self.read(node.body if known == sympy.true else node.orelse)
        with self.trace.guarded(known):
            then = self.value(node.body)
        with self.trace.guarded(opposite(known)):
            otherwise = self.value(node.orelse)
        return chosen(self.algebra, condition, then, otherwise)


def _times(a: Expr, b: Expr) -> Expr:
    """`P * Q` of extents may be the extent of an axis made of both."""
    symbols = a.free_symbols, b.free_symbols
    if all(symbols) and all(map(is_extent, set().union(*symbols))):
        return product((a, b))
    return sympy.expand(plain(a) * plain(b))


WHOLE: dict[type[ast.operator], Callable[[Expr, Expr], Expr | None]] = {
    ast.Add: lambda a, b: a + b if 0 in (a, b) else plain(a) + plain(b),
    ast.Sub: lambda a, b: a if b == 0 else plain(a) - plain(b),
    ast.Mult: _times,
    ast.FloorDiv: quotient,
    ast.Mod: remainder,
}
"""Operations under which whole numbers stay whole."""


NUMBERS: dict[type[ast.operator], Callable[[Expr, Expr], Expr]] = {
    ast.Add: add,
    ast.Sub: lambda a, b: add(a, negate(b)),
    ast.Mult: mul,
    ast.Div: divide,
}


CONNECTIVES: dict[type[ast.operator], type[Any]] = {ast.BitAnd: sympy.And, ast.BitOr: sympy.Or}


SIGNS: dict[type[ast.operator], tuple[str, str]] = {
    ast.BitXor: ("^ is not a power in Python", "write x**2"),
    ast.BitAnd: ("& joins conditions only", "write (x > 0) & (y > 0)"),
    ast.BitOr: ("| joins conditions only", "write (x > 0) | (y > 0)"),
    ast.FloorDiv: ("// of numbers that are not whole is not read", "indices may be divided so"),
    ast.Mod: ("% of numbers that are not whole is not read", "indices may be divided so"),
}
