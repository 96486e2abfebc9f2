"""Values: tree to SymPy, built by the constructors of `expressions` and never evaluated.

    -a * b / 2              negate(mul(a, b, 1/2)): the factors keep their order
    sum_j a[j] * b + c      add(SumOver(a[j] * b), c)

One row of `SHAPES` for each shape of a factor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import sympy
from lark import Token, Tree
from sympy import Expr, Mul

from symgrad.errors import StudentError
from symgrad.expressions import (
    add,
    extent,
    index,
    mul,
    negate,
    partial,
    power,
    reciprocal,
    root,
    scalar,
)
from symgrad.heads import Bracket, Where
from symgrad.reading.factors import Factor, Piece, pieces
from symgrad.reading.grouping import SUM_SIGNS, Grouping
from symgrad.reading.indexing import counted, number, split_letters
from symgrad.reading.scope import Scope
from symgrad.reading.sizes import MAX_BITS, MAX_EXPONENT, is_too_large
from symgrad.reading.summing import Reductions
from symgrad.reading.trees import Node, Part, is_condition
from symgrad.reading.vocabulary import ARRAY_HINT, REDUCTIONS
from symgrad.writing.names import canonical


class Phrases(Reductions):
    """Reads values."""

    def value(self, tree: Part, scope: Scope) -> Expr:
        if isinstance(tree, Tree) and tree.data == "sum":
            return self._sum(tree, scope)
        if isinstance(tree, Tree) and tree.data == "choice":
            then, _, condition, _, otherwise = tree.children
            return Where(
                self.condition(condition, scope),
                self.value(then, scope),
                self.value(otherwise, scope),
            )
        if isinstance(tree, Token):
            raise self.source.error(f"{tree} does not fit here", tree)
        raise self._no_value(tree)

    def _no_value(self, tree: Node) -> StudentError:
        if is_condition(tree):
            return self.source.error(
                "a condition where a number is expected", tree, hint="write it in brackets: [x > 0]"
            )
        if tree.data == "slice":
            return self.source.error("a slice", tree, hint=ARRAY_HINT)
        if tree.data == "limited":
            return self.source.error("this `if` has no `else`", tree, hint="write a if c else b")
        return self.source.error("a range does not fit here", tree)

    def _sum(self, tree: Node, scope: Scope) -> Expr:
        terms = []
        for negative, row in self._rows(tree):
            term = self.product(Grouping(row, self.vocabulary).factors(), scope)
            terms.append(negate(term) if negative else term)
        return terms[0] if len(terms) == 1 else add(*terms)

    def _rows(self, tree: Node) -> list[tuple[bool, list[Piece]]]:
        """The terms of a sum with their signs; in `sum_j -x[j]` the sign belongs to the body."""
        rows: list[tuple[bool, list[Piece]]] = []
        negative = False
        for child in tree.children:
            if isinstance(child, Token):
                negative = child != "+"
                continue
            row = pieces(child)
            if rows and self._awaits_body(rows[-1][1]):
                row[0].negative ^= negative
                rows[-1][1].extend(row)
            else:
                rows.append((negative, row))
        return rows

    def _awaits_body(self, row: list[Piece]) -> bool:
        if not any(str(piece.atom).startswith(SUM_SIGNS) for piece in row):
            return False
        last = Grouping(row, self.vocabulary).factors()[-1]
        while last.inner:
            last = last.inner[-1]
        return last.shape == "sum"

    def product(self, row: Sequence[Factor], scope: Scope) -> Expr:
        """The factors in their order; a sign in front belongs to the whole product."""
        if any(factor.operator == "//" for factor in row):
            return self.index_product(row, scope)
        factors = []
        for n, factor in enumerate(row):
            value = SHAPES[factor.shape](self, factor, scope)
            if factor.exponent is not None and factor.shape != "sum":
                value = self._power(value, factor, scope)
            if n and factor.negative:
                value = negate(value)
            factors.append(reciprocal(value) if factor.operator == "/" else value)
        product = mul(*factors) if len(factors) > 1 else factors[0]
        self._check_bits(product, row[0])
        return negate(product) if row[0].negative else product

    def _check_bits(self, product: Expr, first: Factor) -> None:
        for factor in product.args if isinstance(product, Mul) else (product,):
            if factor.is_Rational and max(abs(factor.p), factor.q).bit_length() > MAX_BITS:
                raise self.source.error("a number of too many digits", first.head, "limit")

    # --- powers ------------------------------------------------------------------------------

    def _power(self, base: Expr, factor: Factor, scope: Scope) -> Expr:
        assert factor.exponent is not None
        exponent = self._exponent(factor.exponent, scope)
        if is_too_large(base, exponent):
            raise self.source.error(
                f"a power beyond what is read (exponents up to {MAX_EXPONENT})",
                factor.exponent,
                "limit",
            )
        return reciprocal(base) if exponent == -1 else power(base, exponent)

    def _exponent(self, tree: Node, scope: Scope) -> Expr:
        *signs, written = tree.children
        assert isinstance(written, Tree)
        atom = written.children[0]
        if isinstance(atom, Tree) and atom.data == "brace" and len(atom.children) == 1:
            value = self.value(atom.children[0], scope)
        else:
            value = self.product(
                Grouping(pieces(Tree("term", [written])), self.vocabulary).factors(), scope
            )
        negative = sum(sign != "+" for sign in signs) % 2
        return negate(value) if negative else value

    # --- factors -----------------------------------------------------------------------------

    def _number(self, factor: Factor, scope: Scope) -> Expr:
        return number(factor.head)

    def _name(self, factor: Factor, scope: Scope) -> Expr:
        token = factor.head
        assert isinstance(token, Token)
        name = canonical(token)
        if name in scope.bound:
            return index(name)
        if factor.array is not None:
            if self.vocabulary.rank(factor.array) and not scope.whole:
                raise self.source.error(
                    f"{token} is a whole array", token, hint=self._with_indices(factor.array)
                )
            return scalar(factor.array)
        if name in self.vocabulary.extents:
            return extent(name)
        if scope.free is not None and name in scope.free:
            return index(name)
        if self.vocabulary.function(token) or name in REDUCTIONS:
            raise self.source.error(
                f"{token} is a function without its argument", token, hint=f"write {token}(…)"
            )
        raise self.vocabulary.unknown(token, scope.bound)

    def _with_indices(self, array: str) -> str:
        letters = ", ".join("ijklmnpq"[: self.vocabulary.rank(array) or 1])
        return f"name its elements, {array}[{letters}]; {ARRAY_HINT}"

    def _element(self, factor: Factor, scope: Scope) -> Expr:
        assert isinstance(factor.head, Token)
        if factor.array is not None:
            return self.access(factor, scope)
        if canonical(factor.head) == "delta":
            return self._kronecker(factor, scope)
        if self.vocabulary.function(factor.head):
            raise self.source.error(
                f"{factor.head} is a function", factor.head, hint=f"write {factor.head}(…)"
            )
        raise self.vocabulary.unknown(factor.head, scope.bound)

    def _kronecker(self, factor: Factor, scope: Scope) -> Expr:
        """`δ[i, j]` is [i == j]."""
        arguments = split_letters(factor.arguments, 2, scope.bound)
        if len(arguments) != 2:
            raise self.source.error("δ takes two indices", factor.head, hint="write [i == j]")
        left, right = (self.index(part, scope) for part in arguments)
        return Bracket(sympy.Eq(left, right, evaluate=False))

    def _group(self, factor: Factor, scope: Scope) -> Expr:
        if len(factor.arguments) != 1:
            message = "a pair where a number is expected" if factor.arguments else "empty brackets"
            raise self.source.error(message, factor.head)
        return self.value(factor.arguments[0], scope)

    def _bracket(self, factor: Factor, scope: Scope) -> Expr:
        return Bracket(self.condition(factor.arguments[0], scope))

    def _root(self, factor: Factor, scope: Scope) -> Expr:
        return root(self.product(factor.inner, scope))

    # --- calls -------------------------------------------------------------------------------

    def _call(self, factor: Factor, scope: Scope) -> Expr:
        function = factor.function
        if function is None:
            if canonical(str(factor.head)) == "where":
                return self._where(factor, scope)
            return self.index_product([_bare(factor)], scope)
        arity = len(function.orders)
        if len(factor.arguments) != arity:
            raise self.source.error(
                f"{factor.head} takes {counted(arity, 'argument', 'arguments')}, "
                f"here it has {len(factor.arguments) or 'none'}",
                factor.head,
            )
        arguments = [self.value(part, scope) for part in factor.arguments]
        if function.function == "sqrt":
            if any(function.orders):
                raise self.source.error(
                    "the derivative of sqrt has no name", factor.head, hint="write 1/(2*sqrt(x))"
                )
            return root(arguments[0])
        return partial(function.function, function.orders, *arguments)

    def _where(self, factor: Factor, scope: Scope) -> Expr:
        if len(factor.arguments) != 3:
            raise self.source.error("where takes a condition and two values", factor.head)
        condition, then, otherwise = factor.arguments
        return Where(
            self.condition(condition, scope), self.value(then, scope), self.value(otherwise, scope)
        )


SHAPES: dict[str, Callable[[Phrases, Factor, Scope], Expr]] = {
    "number": Phrases._number,
    "name": Phrases._name,
    "access": Phrases._element,
    "call": Phrases._call,
    "reduction": Phrases.reduction,
    "group": Phrases._group,
    "condition": Phrases._bracket,
    "sum": Phrases.total,
    "root": Phrases._root,
}
"""How a factor of each shape is read as a value."""


def _bare(factor: Factor) -> Factor:
    """The factor without what `_product` adds to it: sign, operator and exponent."""
    return replace(factor, operator="", negative=False, exponent=None)
