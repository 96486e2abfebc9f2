"""Index expressions: tree to canonical affine SymPy.

    (q-j)//2 + 1     floor(q/2 - j/2) + 1, evaluated

Indices are ordinary integer arithmetic, so they are kept in SymPy's canonical form; values are not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import sympy
from lark import Token, Tree
from sympy import Expr, Integer, Rational, Symbol

from symgrad.algebra.sizes import MAX_INDEX, is_too_large_index
from symgrad.expressions import Element, extent, index, scalar
from symgrad.heads import ArgmaxOver
from symgrad.program import Statement
from symgrad.reading.arrays.whole import Fitting, Value, Whole
from symgrad.reading.axes.known import KnownAxes
from symgrad.reading.names.factors import Factor, pieces
from symgrad.reading.names.grouping import Grouping
from symgrad.reading.names.scope import Pending, Scope
from symgrad.reading.names.unknown import unknown
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.slips.findings import Unbound
from symgrad.reading.syntax.trees import Node, Part, alone, sole_name, tokens
from symgrad.writing.names import canonical


@dataclass
class Indices(ABC):
    """Reads index expressions and ranges of one text."""

    vocabulary: Vocabulary
    pending: list[Pending] = field(default_factory=list)
    accessed: list[tuple[Element, Token]] = field(default_factory=list)
    chosen: list[Statement] | None = None

    def __post_init__(self) -> None:
        self.source = self.vocabulary.source
        self.known = KnownAxes(self.source, self.vocabulary.given, self.pending)
        self.fit = Fitting(self.source, self.known.declare(()))

    def range_of(self, token: Token, written: Node | None, scope: Scope) -> tuple[Expr, Expr]:
        """The first and last value of an index: as written, or placeholders to be inferred."""
        if written is not None:
            lower, _, upper = written.children
            return self.index(lower, scope), self.index(upper, scope)
        n = len(self.pending)
        lower, upper = (Symbol(f"{end} of range {n}", integer=True) for end in ("lower", "upper"))
        self.pending.append(Pending(index(canonical(token)), token, lower, upper))
        return lower, upper

    def new_index(self, token: Token) -> str:
        """The name of an index that a loop or a reduction introduces."""
        name = self.vocabulary.check_new(token)
        if self.vocabulary.array(token) is not None:
            what = "an array"
        elif name in self.vocabulary.extents:
            what = "an extent"
        elif name in self.vocabulary.functions:
            what = "a function"
        else:
            return name
        raise self.source.error(
            f"{token} is {what} and cannot be an index", token, "name", "use another letter"
        )

    # --- index expressions -------------------------------------------------------------------

    def index(self, tree: Part, scope: Scope, rational: bool = False) -> Expr:
        """An integer expression; inside floor and ceil it may be a rational one."""
        name = sole_name(tree)
        if name is not None:
            return self._index_name(name, scope)
        group = alone(tree)
        if group is not None and len(group.children) == 1 and group.children[0] is not None:
            return self.index(group.children[0], scope, rational)
        if isinstance(tree, Token) or tree.data != "sum":
            raise self._no_index_expression(tree)
        terms, sign = [], 1
        for child in tree.children:
            if isinstance(child, Token):
                sign = 1 if child == "+" else -1
            else:
                row = Grouping(pieces(child), self.vocabulary).factors()
                terms.append(sign * self.index_product(row, scope))
        total = sympy.Add(*terms)
        if len(terms) > 1 and is_too_large_index(total):
            raise self.source.error("an index beyond what is read", tree, "limit")
        if not rational and _has_fraction(total):
            raise self.source.error(
                "an index must be a whole number", tree, hint="write i//2, floor(i/2) or ceil(i/2)"
            )
        return total

    def index_product(self, row: Sequence[Factor], scope: Scope) -> Expr:
        product: Expr = Integer(1)
        for factor in row:
            value = self._index_factor(factor, scope)
            if factor.negative:
                value = -value
            if factor.operator in ("/", "//") and not (value.is_Integer and value != 0):
                raise self.source.error("an index is divided by a whole number only", factor.head)
            if factor.operator == "//":
                product = sympy.floor(product / value)
            else:
                product = product / value if factor.operator == "/" else product * value
            if is_too_large_index(product):
                raise self.source.error(
                    f"an index beyond what is read (numbers up to {MAX_INDEX})",
                    factor.head,
                    "limit",
                )
        return product

    def _index_factor(self, factor: Factor, scope: Scope) -> Expr:
        read = INDEX_FACTORS.get(factor.shape)
        if read is None:
            raise self._no_index_expression(factor.head)
        value = read(self, factor, scope)
        return value if factor.exponent is None else value ** self._index_power(factor)

    def _index_power(self, factor: Factor) -> Expr:
        """The small whole number of `N^2`."""
        power = next(tokens(factor.exponent))
        if len(list(tokens(factor.exponent))) > 1 or power not in WHOLE_POWERS:
            raise self._no_index_expression(factor.head)
        return Integer(int(power))

    def _index_number(self, factor: Factor, scope: Scope) -> Expr:
        value = number(factor.head)
        if not value.is_Integer:
            raise self.source.error("an index must be a whole number", factor.head)
        return value

    def _index_of_name(self, factor: Factor, scope: Scope) -> Expr:
        assert isinstance(factor.head, Token)
        return self._index_name(factor.head, scope)

    def _index_name(self, token: Token, scope: Scope) -> Expr:
        name = canonical(token)
        if name in scope.bound:
            return index(name)
        array = self.vocabulary.array(token)
        if array is not None:
            if self.vocabulary.may_hold_index(array) and not self.vocabulary.rank(array):
                return scalar(array)
            if scope.free is None or self.vocabulary.rank(array):
                raise self.source.error(
                    f"{token} is an array, not an index", token, "name", "use another letter"
                )
            raise self.source.error(
                f"{token} holds a number, not an index",
                token,
                "name",
                "indices, //, floor, ceil and mod take whole numbers",
            )
        if name in self.vocabulary.extents:
            return extent(name)
        if self.vocabulary.function(token) is not None or name == "None":
            raise self._no_index_expression(token)
        if scope.free is not None:
            scope.free.setdefault(name, token)
            return index(name)
        extents = ", ".join(sorted(self.vocabulary.extents))
        raise self.source.wrong(Unbound(str(token), extents), token)

    def _index_element(self, factor: Factor, scope: Scope) -> Expr:
        assert isinstance(factor.head, Token)
        if factor.array is None:
            raise unknown(self.vocabulary, factor.head, scope.bound)
        if not self.vocabulary.may_hold_index(factor.array):
            raise self.source.error(
                f"{factor.head} holds numbers, not indices", factor.head, "name"
            )
        found = self.access(factor, scope)
        if isinstance(found, Whole):
            raise self._no_index_expression(factor.head)
        return found

    def _index_end(self, factor: Factor, scope: Scope) -> Expr:
        if scope.end is None:
            raise self._no_index_expression(factor.head)
        return scope.end

    def _index_call(self, factor: Factor, scope: Scope) -> Expr:
        name = canonical(str(factor.head))
        arguments = factor.arguments
        if name in ("floor", "ceil") and len(arguments) == 1:
            head = sympy.floor if name == "floor" else sympy.ceiling
            return head(self.index(arguments[0], scope, rational=True))
        if name == "mod" and len(arguments) == 2:
            value, modulus = (self.index(part, scope) for part in arguments)
            if not (modulus.is_Integer and modulus > 0):
                raise self.source.error("the modulus must be a positive number", arguments[1])
            return sympy.Mod(value, modulus)
        if name in ("floor", "ceil", "mod"):
            count = 2 if name == "mod" else 1
            raise self.source.error(f"{name} takes {count} argument{'s'[: count - 1]}", factor.head)
        if name in ("max", "min") and arguments:
            head = sympy.Max if name == "max" else sympy.Min
            return head(*(self.index(part, scope) for part in arguments))
        if name == "argmax":
            return self._chosen_index(factor, scope)
        raise self._no_index_expression(factor.head)

    def _chosen_index(self, factor: Factor, scope: Scope) -> Expr:
        """`x[argmax(k, e)]` is x[argmax1], behind the statement argmax1 = argmax(k, e)."""
        chosen = self.reduction(factor, scope)
        inner = {symbol.name for symbol in chosen.free_symbols} & scope.inner
        several = not isinstance(chosen, ArgmaxOver) or len(chosen.limits) > 1
        if several or inner or self.chosen is None:
            raise self.source.error(
                "this argmax needs a line of its own",
                factor.head,
                hint="name it, as in k = argmax(j, x[j]), then write x[k]",
            )
        name = self.vocabulary.fresh("argmax")
        self.vocabulary.write(name, 0)
        self.vocabulary.labels.add(name)
        self.chosen.append(Statement(scalar(name), "=", chosen))
        return scalar(name)

    @abstractmethod
    def reduction(self, factor: Factor, scope: Scope) -> Expr:
        """A sum, a maximum or an argmax; a subclass reads it."""

    @contextmanager
    def choosing(self) -> Iterator[list[Statement]]:
        """Collects the indices that the statement read meanwhile chooses by an argmax."""
        self.chosen = []
        yield self.chosen
        self.chosen = None

    def _index_group(self, factor: Factor, scope: Scope) -> Expr:
        if len(factor.arguments) != 1:
            raise self._no_index_expression(factor.head)
        return self.index(factor.arguments[0], scope, rational=True)

    @abstractmethod
    def access(self, factor: Factor, scope: Scope) -> Value:
        """An element of a known array, or an array of them; a subclass reads it."""

    def _no_index_expression(self, tree: Part) -> Exception:
        if isinstance(tree, Tree) and tree.data == "slice":
            return self.source.error("a slice does not fit here", tree)
        if isinstance(tree, Tree) and tree.data == "range":
            return self.source.error("a range does not fit here", tree)
        return self.source.error(
            "this is not an index expression",
            tree,
            hint="indices are sums of letters, extents and whole numbers, as in i+l-1",
        )


WHOLE_POWERS = {"1", "2", "3", "4"}

INDEX_FACTORS: dict[str, Callable[[Indices, Factor, Scope], Expr]] = {
    "number": Indices._index_number,
    "name": Indices._index_of_name,
    "access": Indices._index_element,
    "call": Indices._index_call,
    "reduction": Indices._index_call,
    "group": Indices._index_group,
    "end": Indices._index_end,
}
"""How a factor of each shape is read inside an index."""


def number(token: Part) -> Rational:
    """A numeral as an exact rational: `0.5` is 1/2."""
    return Rational(str(token))


def _has_fraction(expr: Expr) -> bool:
    """Is there a fraction outside floor, ceil and mod?"""
    if expr.is_Rational:
        return not expr.is_Integer
    if isinstance(expr, (sympy.Add, sympy.Mul, sympy.Max, sympy.Min)):
        return any(map(_has_fraction, expr.args))
    return False
