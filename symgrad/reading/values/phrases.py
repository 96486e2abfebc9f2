"""Values: tree to SymPy, built by the constructors of `expressions` and never evaluated.

    -a * b / 2              negate(mul(a, b, 1/2)): the factors keep their order
    sum_j a[j] * b + c      add(SumOver(a[j] * b), c)

What is done to a number is done to every element of a whole array.
"""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token, Tree
from sympy import Expr, Mul

from symgrad.algebra.sizes import MAX_BITS, MAX_EXPONENT, is_too_large
from symgrad.errors import StudentError
from symgrad.expressions import (
    add,
    mul,
    negate,
    power,
    reciprocal,
)
from symgrad.reading.arrays.operations import convolved, transposed
from symgrad.reading.arrays.products import beside, contracted
from symgrad.reading.arrays.whole import Value, Whole
from symgrad.reading.names.factors import Factor, Piece, pieces
from symgrad.reading.names.grouping import SUM_SIGNS, Grouping
from symgrad.reading.names.scope import Scope
from symgrad.reading.syntax.trees import Node, Part, is_condition, tokens
from symgrad.reading.values.operands import SHAPES, Operands


class Phrases(Operands):
    """Reads sums, products and powers."""

    def value(self, tree: Part, scope: Scope) -> Value:
        if isinstance(tree, Tree) and tree.data == "sum":
            return self._sum(tree, scope)
        if isinstance(tree, Tree) and tree.data == "choice":
            then, _, condition, _, otherwise = tree.children
            return self.choice(condition, then, otherwise, scope)
        if isinstance(tree, Token):
            raise self.source.error(f"{tree} does not fit here", tree)
        raise self._no_value(tree)

    def _no_value(self, tree: Node) -> StudentError:
        if is_condition(tree):
            return self.source.error(
                "a condition where a number is expected", tree, hint="write it in brackets: [x > 0]"
            )
        if tree.data == "slice":
            return self.source.error("a slice does not fit here", tree)
        if tree.data == "limited":
            return self.source.error("this `if` has no `else`", tree, hint="write a if c else b")
        return self.source.error("a range does not fit here", tree)

    def _sum(self, tree: Node, scope: Scope) -> Value:
        terms = []
        for negative, row in self._rows(tree):
            term = self.product(Grouping(row, self.vocabulary).factors(), scope)
            terms.append(self.fit.lift(negate, [term], tree) if negative else term)
        return terms[0] if len(terms) == 1 else self.fit.lift(add, terms, tree)

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

    def product(self, row: Sequence[Factor], scope: Scope) -> Value:
        """The factors in their order; a sign in front belongs to the whole product."""
        if any(factor.operator == "//" for factor in row):
            return self.index_product(row, scope)
        operands: list[Value] = []
        signs: list[str] = []
        for n, factor in enumerate(row):
            value = self._operand(factor, scope, negative=bool(n) and factor.negative)
            if operands and self._adjoin(operands, signs, factor, value):
                continue
            operands.append(value)
            signs.append(factor.operator)
        found = self._multiplied(row, operands, signs)
        return self.fit.lift(negate, [found], row[0].head) if row[0].negative else found

    def _operand(self, factor: Factor, scope: Scope, negative: bool) -> Value:
        value = SHAPES[factor.shape](self, factor, scope)
        if factor.exponent is not None and factor.shape != "sum":
            value = self._power(value, factor, scope)
        return self.fit.lift(negate, [value], factor.head) if negative else value

    def _adjoin(
        self, operands: list[Value], signs: list[str], factor: Factor, value: Value
    ) -> bool:
        """Multiply matrices that stand beside each other, which binds before everything else."""
        if not isinstance(value, Whole):
            return False
        if factor.operator == "·" and any(isinstance(one, Whole) for one in operands):
            raise self.source.error(
                "· between whole arrays",
                factor.head,
                hint="write dot(x, y) or x @ y, or x * y element by element",
            )
        n = len(operands) - 1
        while n > 0 and not isinstance(operands[n], Whole) and not signs[n]:
            n -= 1
        if factor.operator or not isinstance(operands[n], Whole) or signs[n] == "/":
            return False
        operands[n] = beside(self.fit, operands[n], value, factor.head)
        return True

    def _multiplied(
        self, row: Sequence[Factor], operands: Sequence[Value], signs: Sequence[str]
    ) -> Value:
        """A row of products, quotients and `@`, from the left."""

        factors: list[Value] = []
        for sign, value in zip(signs, operands, strict=True):
            if sign == "@":
                factors = [self._at(self._joined(factors, row[0]), value, row[0].head)]
            elif sign == "*" and self.vocabulary.star.product != "elementwise":
                factors = self._starred(factors, value, row[0])
            elif sign == "/":
                factors.append(self.fit.lift(reciprocal, [value], row[0].head))
            else:
                factors.append(value)
        return self._joined(factors, row[0])

    def _starred(self, factors: Sequence[Value], value: Value, first: Factor) -> list[Value]:
        """The factors with one more, where `*` is a product of matrices or a convolution."""
        left = self._joined(factors, first)
        if not (isinstance(left, Whole) and isinstance(value, Whole)):
            return [*factors, value]
        if self.vocabulary.star.product == "convolution" and left.rank == value.rank > 1:
            self.vocabulary.called.add("conv")
            return [convolved(self.fit, left, value, first.head)]
        matrix = self.vocabulary.star.product == "matrix" and (left.rank > 1 or value.rank > 1)
        inner = value.axes[-2] if value.rank > 1 else value.axes[0]
        if matrix and self.fit.equal(left.axes[-1], inner):
            return [contracted(self.fit, left, value, first.head)]
        return [*factors, value]

    def _joined(self, factors: Sequence[Value], first: Factor) -> Value:
        """The product of numbers, or element by element."""

        def product(*factors: Expr) -> Expr:
            made = mul(*factors) if len(factors) > 1 else factors[0]
            self._check_bits(made, first)
            return made

        if len(factors) == 1 and isinstance(factors[0], Whole):
            return factors[0]
        return self.fit.lift(product, factors, first.head)

    def _at(self, left: Value, right: Value, where: Part) -> Value:
        if not (isinstance(left, Whole) and isinstance(right, Whole)):
            raise self.source.error("@ multiplies whole arrays", where, "shape", "numbers take *")
        if right.turned and left.rank == 1 and not left.turned:
            raise self.source.error(
                "@ of a vector and a transposed vector",
                where,
                "shape",
                "write outer(x, y) for the matrix, dot(x, y) for the number",
            )
        return contracted(self.fit, left, right, where)

    def _check_bits(self, product: Expr, first: Factor) -> None:
        for factor in product.args if isinstance(product, Mul) else (product,):
            if factor.is_Rational and max(abs(factor.p), factor.q).bit_length() > MAX_BITS:
                raise self.source.error("a number of too many digits", first.head, "limit")

    # --- powers ------------------------------------------------------------------------------

    def _power(self, base: Value, factor: Factor, scope: Scope) -> Value:
        assert factor.exponent is not None
        if isinstance(base, Whole) and self._is_transposition(factor.exponent):
            return transposed(base)
        if isinstance(base, Whole) and list(tokens(factor.exponent)) == ["T"]:
            raise self.source.error(
                "T is a name here, and ^T may mean a transposition",
                factor.exponent,
                "name",
                "write .T for the transposed array",
            )
        exponent = self._exponent(factor.exponent, scope)

        def raised(base: Expr, exponent: Expr) -> Expr:
            if is_too_large(base, exponent):
                raise self.source.error(
                    f"a power beyond what is read (exponents up to {MAX_EXPONENT})",
                    factor.exponent,
                    "limit",
                )
            return reciprocal(base) if exponent == -1 else power(base, exponent)

        return self.fit.lift(raised, [base, exponent], factor.exponent)

    def _is_transposition(self, exponent: Node) -> bool:
        """Is this the T of `W^T`?"""
        written = [token for token in tokens(exponent) if token.type == "NAME"]
        vocabulary = self.vocabulary
        return (
            written == ["T"]
            and len(list(tokens(exponent))) == 1
            and vocabulary.array("T") is None
            and not {"T"} & (vocabulary.extents | vocabulary.functions.keys())
        )

    def _exponent(self, tree: Node, scope: Scope) -> Value:
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
        return self.fit.lift(negate, [value], tree) if negative else value
