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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, reduce
from typing import Any

import islpy as isl
import sympy
from sympy import Expr, Integer, Symbol
from sympy.logic.boolalg import And, Boolean, Or

from symgrad.expressions import is_element, is_extent
from symgrad.program import Array, Program
from symgrad.sets.literals import positive
from symgrad.sets.patience import Patience
from symgrad.sets.presburger import Formula, Inexpressible, identifier, is_integer

IslSet = Any
"""An `isl.Set` whose dimensions are all parameters; islpy has no complete types."""

Projection = tuple[Sequence[Boolean], Sequence[Symbol]]
"""The integers that satisfy conditions for some choice of hidden ones."""

MOST_OPERATIONS = 300_000
"""isl's own count; a question of a textbook's program takes some hundreds, the most about 0.1 s."""

LONGEST = 3000
"""Characters of a condition as isl reads it: reading counts no operations, and takes long."""

MOST_GIVEN_UP = 10
"""After so many questions without an answer no more are asked."""


class Integers:
    """What is known of the integers of a program: ranges of labels, assumptions on extents."""

    def __init__(
        self, arrays: Mapping[str, Array] | None = None, assumptions: Iterable[Boolean] = ()
    ) -> None:
        self._arrays = arrays or {}
        self._known: dict[Boolean, tuple[IslSet | None, frozenset[Expr]]] = {}
        self._patience = Patience(MOST_OPERATIONS, MOST_GIVEN_UP)
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
        elements = filter(is_element, _leaves(condition))
        if not all(is_integer(part, self._arrays) for part in elements):
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
        return self._patience.ask(lambda: not self.enclosing(conditions).is_empty(), unknown=True)

    def implies(self, conditions: Iterable[Boolean], claim: Boolean) -> bool:
        """Does the claim certainly hold wherever the conditions do?"""
        opposite = self.exactly(positive(sympy.Not(claim, evaluate=False)))
        if opposite is None:
            return False
        return self._patience.ask(
            lambda: self.enclosing(conditions).intersect(opposite).is_empty(), unknown=False
        )

    def includes(self, larger: Projection, smaller: Projection) -> bool:
        """Does one set of visible integers certainly hold another? The larger must be exact."""
        sizes = self._sizes(part for item in larger[0] for part in item.free_symbols)
        return self._patience.ask(
            lambda: bool(self.image(*smaller).intersect(sizes).is_subset(self.image(*larger))),
            unknown=False,
        )

    def _sizes(self, symbols: Iterable[Symbol]) -> IslSet:
        """The extents among symbols are at least 1, whatever else speaks of them."""
        return self.enclosing(
            sympy.Ge(size, 1, evaluate=False) for size in symbols if is_extent(size)
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
        return self._patience.ask(lambda: self._example(conditions, order), unknown=None)

    def _example(
        self, conditions: Iterable[Boolean], order: Sequence[Symbol]
    ) -> dict[Symbol, Integer] | None:
        names = [identifier(symbol) for symbol in order]
        wanted = isl.Set(f"[{', '.join(names)}] -> {{ : }}")
        found = self.enclosing(conditions).intersect(self._sizes(order))
        found = found.align_params(wanted.get_space())
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
            self._known[condition] = None, frozenset()
            with suppress(Inexpressible):
                formula = Formula(condition, self._arrays)
                found = None
                if len(formula.text) <= LONGEST:
                    found = self._patience.ask(
                        lambda: _parse(formula.names, formula.text), unknown=None
                    )
                self._known[condition] = found, frozenset(formula.pieces)
        return self._known[condition]


def _leaves(node: Any) -> Iterator[Any]:
    if is_element(node) or not node.args:
        yield node
    else:
        for part in node.args:
            yield from _leaves(part)


@lru_cache(maxsize=4096)
def _parse(names: str, text: str) -> IslSet:
    return isl.Set(f"[{names}] -> {{ : {text} }}")
