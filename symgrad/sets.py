"""Integer sets: the conditions of a program, decided by isl.

Loops, guards, ranges and accesses speak about integers, and almost always affinely. Such a set is

    { (H, h, i, l) : H, h >= 1, H >= h, 1 <= i <= H-h+1, 1 <= l <= h, i + l > H }

and isl decides exactly, for all extents at once, whether it is empty. Every symbol is a *parameter*
of an isl set that has no other dimensions: isl aligns parameters by name, so a conjunction is an
intersection of one small set per literal, and a literal is parsed once (25 µs) and then cached.

Two kinds of integers are not affine and stand as parameters of their own, one for each distinct
piece: a product of extents (`P*Q`, known to be at least each factor) and an element that holds an
index (`istar`, `y[b]`, known to lie in the range of its values). Forgetting how pieces depend on
their parts only makes a set larger. What speaks about data (`x[i] > 0`) has no set at all:
`exactly` says so by None, `enclosing` drops it, which makes the set larger too. So

    possible(conditions) is False   proves that no admissible integers satisfy them,
    implies(conditions, claim)      proves the claim,

and neither answer proves anything the other way round when something was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any, TypeVar

import islpy as isl
import sympy
from sympy import Expr, Integer, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad.expressions import array_of, is_element, is_extent, is_index
from symgrad.program import Array, Axis, Program

IslSet = Any
"""An `isl.Set` whose dimensions are all parameters; islpy has no complete types."""

RELATIONS: dict[type, str] = {
    sympy.Eq: "=",
    sympy.Ne: "!=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
}

OPPOSITES: dict[type, type] = {
    sympy.Eq: sympy.Ne,
    sympy.Ne: sympy.Eq,
    sympy.StrictLessThan: sympy.GreaterThan,
    sympy.LessThan: sympy.StrictGreaterThan,
    sympy.StrictGreaterThan: sympy.LessThan,
    sympy.GreaterThan: sympy.StrictLessThan,
}


Projection = tuple[Sequence[Boolean], Sequence[Symbol]]
"""The integers that satisfy conditions for some choice of hidden ones."""

MOST_OPERATIONS = 300_000
"""isl's own count; a question of a textbook's program takes some hundreds, the most about 0.1 s."""

MOST_GIVEN_UP = 10
"""After so many questions without an answer no more are asked."""

Answer = TypeVar("Answer")


class Inexpressible(Exception):
    """An expression or condition that is not about integers, or not affine in them."""


class Integers:
    """What is known of the integers of a program: ranges of labels, assumptions on extents."""

    def __init__(
        self, arrays: Mapping[str, Array] | None = None, assumptions: Iterable[Boolean] = ()
    ) -> None:
        self._arrays = arrays or {}
        self._known: dict[Boolean, tuple[IslSet | None, frozenset[Expr]]] = {}
        self._given_up = 0
        self.assumptions = tuple(filter(self.expresses, assumptions))
        self.context = self.enclosing(self.assumptions, isl.Set("{ : }"))

    @classmethod
    def of(cls, program: Program) -> Integers:
        return cls(program.arrays, program.assumptions)

    # --- conditions to sets ---

    def exactly(self, condition: Boolean) -> IslSet | None:
        """The admissible integers that satisfy a condition; None if that is not a set."""
        return self._read(condition)[0]

    def pieces(self, condition: Boolean) -> frozenset[Expr]:
        """The extents, indices, products of extents and labels that a set is about."""
        return self._read(condition)[1]

    def expresses(self, condition: Boolean) -> bool:
        return self.exactly(condition) is not None

    def is_linear(self, condition: Boolean) -> bool:
        """Is nothing forgotten, except what the condition says about data?"""
        if any(is_element(part) and not self._is_integer(part) for part in _leaves(condition)):
            return True
        return self.expresses(condition) and all(
            isinstance(piece, Symbol) or is_element(piece) for piece in self.pieces(condition)
        )

    def enclosing(self, conditions: Iterable[Boolean], start: IslSet | None = None) -> IslSet:
        """A set that holds every admissible choice of integers that satisfies all conditions."""
        result = self.context if start is None else start
        for condition in conditions:
            result = result.intersect(self._larger(positive(condition)))
        return result

    def is_affine(self, condition: Boolean) -> bool:
        """Is the set exact, and about extents and indices alone?"""
        return self.expresses(condition) and all(
            isinstance(piece, Symbol) and piece.is_integer for piece in self.pieces(condition)
        )

    def possible(self, conditions: Iterable[Boolean]) -> bool:
        """May some admissible integers satisfy the conditions?"""
        return self._decide(lambda: not self.enclosing(conditions).is_empty(), unknown=True)

    def implies(self, conditions: Iterable[Boolean], claim: Boolean) -> bool:
        """Does the claim certainly hold wherever the conditions do?"""
        opposite = self.exactly(positive(sympy.Not(claim, evaluate=False)))
        if opposite is None:
            return False
        return self._decide(
            lambda: self.enclosing(conditions).intersect(opposite).is_empty(), unknown=False
        )

    def _decide(self, question: Callable[[], Answer], unknown: Answer) -> Answer:
        """The answer to a question, or that it is unknown after so much work.

        Conjunctions of many disjunctions grow exponentially; a text must not.
        """
        if self._given_up >= MOST_GIVEN_UP:
            return unknown
        context = isl.DEFAULT_CONTEXT
        before = context.get_max_operations()
        context.reset_operations()
        context.set_max_operations(MOST_OPERATIONS)
        try:
            return question()
        except isl.Error:
            self._given_up += 1
            return unknown
        finally:
            context.reset_operations()
            context.set_max_operations(before)

    def includes(self, larger: Projection, smaller: Projection) -> bool:
        """Does one set of visible integers certainly hold another? The larger must be exact."""
        return self._decide(
            lambda: bool(self.image(*smaller).is_subset(self.image(*larger))), unknown=False
        )

    def image(self, conditions: Iterable[Boolean], hidden: Iterable[Symbol]) -> IslSet:
        """The choices of the other integers for which some choice of the hidden ones fits.

            { p : exists i, l: conditions }
        """
        result = self.enclosing(conditions)
        for symbol in hidden:
            position = result.find_dim_by_name(isl.dim_type.param, identifier(symbol))
            if position >= 0:
                result = result.project_out(isl.dim_type.param, position, 1)
        return result

    def example(
        self, conditions: Iterable[Boolean], order: Sequence[Symbol]
    ) -> dict[Symbol, Integer] | None:
        """The lexicographically smallest admissible integers that satisfy the conditions."""
        return self._decide(lambda: self._example(conditions, order), unknown=None)

    def _example(
        self, conditions: Iterable[Boolean], order: Sequence[Symbol]
    ) -> dict[Symbol, Integer] | None:
        names = [identifier(symbol) for symbol in order]
        wanted = isl.Set(f"[{', '.join(names)}] -> {{ : }}")
        found = self.enclosing(conditions).align_params(wanted.get_space())
        while found.dim(isl.dim_type.param) > len(names):
            found = found.project_out(isl.dim_type.param, len(names), 1)
        found = isl.Set.from_params(found).move_dims(
            isl.dim_type.set, 0, isl.dim_type.param, 0, len(names)
        )
        if found.is_empty():
            return None
        point = found.lexmin().sample_point()
        return {
            symbol: Integer(point.get_coordinate_val(isl.dim_type.set, n).to_python())
            for n, symbol in enumerate(order)
        }

    def _larger(self, condition: Boolean) -> IslSet:
        """The set of a condition without `not`, enlarged where a part of it is about data."""
        exact = self.exactly(condition)
        if exact is not None:
            return exact
        if isinstance(condition, (And, Or)):
            parts = (self._larger(part) for part in condition.args)
            join = isl.Set.intersect if isinstance(condition, And) else isl.Set.union
            return reduce(join, parts)
        return isl.Set("{ : }")

    def _read(self, condition: Boolean) -> tuple[IslSet | None, frozenset[Expr]]:
        if condition not in self._known:
            pieces: dict[Expr, str] = {}
            try:
                text = f"({self._condition(condition, pieces)})"
                facts = [fact for piece in list(pieces) for fact in self._facts(piece, pieces)]
                names = ", ".join(sorted(pieces.values()))
                found = _parse(names, " and ".join([text, *facts]))
            except Inexpressible:
                found = None
            self._known[condition] = found, frozenset(pieces)
        return self._known[condition]

    # --- texts ---

    def _condition(self, condition: Boolean, pieces: dict[Expr, str]) -> str:
        if condition == sympy.true:
            return "true"
        if condition == sympy.false:
            return "false"
        if isinstance(condition, Relational):
            left, right = condition.args
            if isinstance(left, sympy.Tuple) and isinstance(right, sympy.Tuple):
                return self._condition(componentwise(condition), pieces)
            sides = (self._affine(side, pieces) for side in (left, right))
            return f" {RELATIONS[type(condition)]} ".join(sides)
        if isinstance(condition, Not):
            return f"not ({self._condition(condition.args[0], pieces)})"
        if isinstance(condition, (And, Or)):
            word = " and " if isinstance(condition, And) else " or "
            return word.join(f"({self._condition(part, pieces)})" for part in condition.args)
        raise Inexpressible(condition)

    def _affine(self, expr: Expr, pieces: dict[Expr, str]) -> str:
        if isinstance(expr, Integer):
            return str(expr)
        if self._is_integer(expr):
            return pieces.setdefault(expr, identifier(expr))
        if isinstance(expr, sympy.Add):
            return f"({' + '.join(self._affine(part, pieces) for part in expr.args)})"
        if isinstance(expr, sympy.Mul):
            number, rest = expr.as_coeff_Mul()
            if isinstance(number, Integer) and number != 1:
                return f"({number}*{self._affine(rest, pieces)})"
        if isinstance(expr, (sympy.Mul, sympy.Pow)):
            return self._product(expr, pieces)
        if isinstance(expr, (sympy.floor, sympy.ceiling)):
            numerator, denominator = expr.args[0].as_numer_denom()
            if isinstance(denominator, Integer):
                name = "floor" if isinstance(expr, sympy.floor) else "ceil"
                return f"{name}({self._affine(numerator, pieces)}/{denominator})"
        if isinstance(expr, sympy.Mod) and isinstance(expr.args[1], Integer):
            return f"({self._affine(expr.args[0], pieces)} mod {expr.args[1]})"
        if isinstance(expr, (sympy.Max, sympy.Min)):
            name = "max" if isinstance(expr, sympy.Max) else "min"
            parts = [self._affine(part, pieces) for part in expr.args]
            return reduce(lambda left, right: f"{name}({left}, {right})", parts)
        raise Inexpressible(expr)

    def _product(self, expr: Expr, pieces: dict[Expr, str]) -> str:
        expanded = sympy.expand(expr)
        if expanded != expr:
            return self._affine(expanded, pieces)
        factors = expr.as_powers_dict()
        if all(is_extent(base) and _is_count(count) for base, count in factors.items()):
            return pieces.setdefault(expr, identifier(expr))
        raise Inexpressible(expr)

    def _is_integer(self, expr: Expr) -> bool:
        if is_element(expr):
            array = self._arrays.get(array_of(expr))
            return array is not None and array.values is not None
        return isinstance(expr, Symbol)

    def _facts(self, piece: Expr, pieces: dict[Expr, str]) -> Iterable[str]:
        """What always holds of a piece: extents are positive, labels lie in their range."""
        name = pieces[piece]
        if is_extent(piece):
            yield f"{name} >= 1"
        elif is_element(piece):
            values = self._arrays[array_of(piece)].values
            assert values is not None
            try:
                yield f"{self._affine(values.lower, pieces)} <= {name}"
                yield f"{name} <= {self._affine(values.upper, pieces)}"
            except Inexpressible:
                return
        elif not isinstance(piece, Symbol):
            factors = [base for base, count in piece.as_powers_dict().items() for _ in range(count)]
            for factor in factors:
                yield f"{name} >= {pieces.setdefault(factor, identifier(factor))} >= 1"
            if len(factors) == 2:  # (P-1)*(Q-1) >= 0
                yield f"{name} >= {' + '.join(pieces[factor] for factor in factors)} - 1"


def _is_count(number: Expr) -> bool:
    return isinstance(number, Integer) and number > 0


def _leaves(node: Any) -> Iterator[Any]:
    if is_element(node) or not node.args:
        yield node
    else:
        for part in node.args:
            yield from _leaves(part)


def within(expr: Expr, axis: Axis) -> tuple[Boolean, ...]:
    """lower <= expr, expr <= upper; one by one for max and min, which keeps isl's sets convex."""
    lower = axis.lower.args if isinstance(axis.lower, sympy.Max) else (axis.lower,)
    upper = axis.upper.args if isinstance(axis.upper, sympy.Min) else (axis.upper,)
    return (
        *(sympy.Le(bound, expr, evaluate=False) for bound in lower),
        *(sympy.Le(expr, bound, evaluate=False) for bound in upper),
    )


def componentwise(equation: Relational) -> Boolean:
    """`(a, b) == (c, d)` as `a == c and b == d`; `!=` as its negation."""
    pairs = zip(*equation.args, strict=True)
    same = sympy.And(*(sympy.Eq(*pair, evaluate=False) for pair in pairs), evaluate=False)
    return same if isinstance(equation, sympy.Eq) else sympy.Not(same, evaluate=False)


def _of_tuples(condition: Relational) -> bool:
    """Two tuples that are compared; `(a, b) == argmax(…)` is a condition on values."""
    return all(isinstance(side, sympy.Tuple) for side in condition.args)


def conjuncts(condition: Boolean) -> tuple[Boolean, ...]:
    """c1 and c2 and … as (c1, c2, …); nothing for true."""
    condition = positive(condition)
    if condition == sympy.true:
        return ()
    if isinstance(condition, And):
        return tuple(part for arg in condition.args for part in conjuncts(arg))
    return (condition,)


@lru_cache(maxsize=4096)
def positive(condition: Boolean, negated: bool = False) -> Boolean:
    """The same condition with every `not` carried into its relations."""
    if isinstance(condition, Not):
        return positive(condition.args[0], not negated)
    if isinstance(condition, (And, Or)):
        head = And if isinstance(condition, And) != negated else Or
        return head(*(positive(part, negated) for part in condition.args), evaluate=False)
    if isinstance(condition, Relational) and _of_tuples(condition):
        return positive(componentwise(condition), negated)
    if not negated:
        return condition
    if isinstance(condition, Relational):
        return OPPOSITES[type(condition)](*condition.args, evaluate=False)
    if condition in (sympy.true, sympy.false):
        return sympy.false if condition == sympy.true else sympy.true
    return Not(condition, evaluate=False)


@lru_cache(maxsize=4096)
def identifier(piece: Expr) -> str:
    """A name that isl reads, different for different pieces."""
    kind = "n" if is_extent(piece) else "i" if is_index(piece) else "v"
    return kind + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", str(piece))


@lru_cache(maxsize=16384)
def _parse(names: str, text: str) -> IslSet:
    return isl.Set(f"[{names}] -> {{ : {text} }}")
