"""Index expressions and accesses: tree to canonical affine SymPy.

    I[i+l-1, (q-j)//2 + 1]     i + l - 1 and floor(q/2 - j/2) + 1, evaluated

Indices are ordinary integer arithmetic, so they are kept in SymPy's canonical form; values are not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import sympy
from lark import Token, Tree
from sympy import Expr, Integer, Rational, Symbol

from symgrad.algebra.sizes import MAX_INDEX, is_too_large_index
from symgrad.expressions import Element, element, extent, index, scalar
from symgrad.heads import ArgmaxOver
from symgrad.program import Axis, Statement
from symgrad.reading.arrays.operations import Pick, picked
from symgrad.reading.arrays.whole import Fitting, Value, Whole
from symgrad.reading.axes.known import KnownAxes
from symgrad.reading.axes.productaxes import ProductAxis
from symgrad.reading.names.factors import Factor, pieces
from symgrad.reading.names.grouping import Grouping
from symgrad.reading.names.scope import Pending, Scope
from symgrad.reading.names.unknown import unknown
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.slips.findings import Unbound, WrongRank
from symgrad.reading.syntax.trees import Node, Part, alone, sole_name, tokens
from symgrad.writing.names import canonical


@dataclass
class Indices(ABC):
    """Reads index expressions, ranges and accesses of one text."""

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

    # --- accesses ----------------------------------------------------------------------------

    def access(self, factor: Factor, scope: Scope) -> Value:
        """`A[i, j]` of a known array, with as many indices as it has axes; `A[i, :]` is whole."""
        assert isinstance(factor.head, Token) and factor.array is not None
        rank = self.vocabulary.rank(factor.array)
        arguments = split_letters(factor.arguments, rank, scope.bound)
        if factor.shape == "access" and not arguments:
            raise self.source.error(
                f"empty brackets behind {factor.head}", factor.head, hint="a scalar has no brackets"
            )
        if any(map(is_pick, arguments)):
            base = self.whole_array(factor.array, factor.head)
            return picked(base, self.picks(arguments, base.axes, factor.head, scope))
        if rank is not None and len(arguments) != rank:
            name = factor.array if factor.head[0] == "∂" else str(factor.head)
            raise self.source.wrong(WrongRank(name, rank, len(arguments)), factor.head)
        if any(isinstance(axis, ProductAxis) for axis in self.known.own.get(factor.array, ())):
            raise self.source.error(
                f"{factor.head} is a vec, which has no single indices", factor.head, "shape"
            )
        ends = self._ends(factor.array, factor.head, arguments)
        places = (
            self.index(part, replace(scope, end=end))
            for part, end in zip(arguments, ends, strict=True)
        )
        found = element(factor.array, *places)
        self.accessed.append((found, factor.head))
        return found

    def _ends(self, name: str, token: Token, arguments: Sequence[Part]) -> list[Expr | None]:
        """The last place of each axis, where an index asks for it."""
        if not any(one.type == "END" for part in arguments for one in tokens(part)):
            return [None] * len(arguments)
        return [axis.upper for axis in self.known.of(name, token)]

    # --- whole arrays ------------------------------------------------------------------------

    def whole_array(self, name: str, token: Token) -> Whole:
        """An array by its name, with its axes."""

        def of(places: Sequence[Expr]) -> Element:
            self.fit.spend(token)
            own = self.known.own.get(name, ())
            if any(isinstance(axis, ProductAxis) for axis in own):  # kept as the array it was
                places = [
                    part
                    for place, axis in zip(places, own, strict=True)
                    for part in self.fit.split(place, axis, token)
                ]
            found = element(name, *places)
            self.accessed.append((found, token))
            return found

        return Whole(self.known.of(name, token), of, name)

    def picks(
        self, parts: Sequence[Part], axes: Sequence[Axis], where: Part, scope: Scope
    ) -> list[Pick]:
        """What stands in the brackets behind an array: indices, whole axes, parts, new axes."""
        taken = sum(not is_new_axis(part) for part in parts)
        if taken < len(parts) and taken < len(axes):
            whole: Node = Tree("slice", [])
            parts, taken = [*parts, *[whole] * (len(axes) - taken)], len(axes)
        if taken != len(axes):
            name = str(where) if isinstance(where, Token) else "the array"
            raise self.source.wrong(WrongRank(name, len(axes), taken), where)
        left = iter(axes)
        return [
            None if is_new_axis(part) else self._pick(part, next(left), scope) for part in parts
        ]

    def _pick(self, part: Part, axis: Axis, scope: Scope) -> Pick:
        inside = replace(scope, end=axis.upper)
        if isinstance(part, Tree) and part.data == "slice":
            if not is_whole_axis(part):
                raise self.source.error(
                    "a slice with bounds", part, hint="write x[2..N]; both ends are included"
                )
            return axis
        if not isinstance(part, Tree) or part.data != "range":
            return self.index(part, inside)
        lower, _, upper, *step = part.children
        first = axis.lower if lower is None else self.index(lower, inside)
        last = axis.upper if upper is None else self.index(upper, inside)
        stride = self.index(step[0], inside) if step and step[0] is not None else Integer(1)
        extent = sympy.floor((last - first) / stride) + 1
        if extent.is_Integer and extent < 1:
            raise self.source.error("a range without elements", part, "shape")
        return Axis(extent), lambda place: first + (place - 1) * stride


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


def is_new_axis(part: Part) -> bool:
    return sole_name(part) == "None"


def is_whole_axis(part: Part) -> bool:
    """Is this `:`?"""
    return isinstance(part, Tree) and part.data == "slice" and not any(part.children[::2])


def is_pick(part: Part) -> bool:
    """Does this make an axis, standing as an index?"""
    return is_new_axis(part) or (isinstance(part, Tree) and part.data in ("slice", "range"))


def split_letters(arguments: Sequence[Part], rank: int | None, bound: frozenset[str]) -> list[Part]:
    """`A_{ij}` of an array with two axes is `A_{i,j}`."""
    name = sole_name(arguments[0]) if len(arguments) == 1 else None
    if name is None or rank != len(name) or rank < 2 or not name.isalpha() or name in bound:
        return list(arguments)
    start = name.column or 1
    return [
        Token("NAME", letter, line=name.line, column=start + n) for n, letter in enumerate(name)
    ]


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
