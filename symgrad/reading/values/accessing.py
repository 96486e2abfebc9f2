"""Accesses to arrays: single elements, whole axes, parts of them.

A[i, j]      A[i, :]      x[2..N]      x[:, None]      A_{ij}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy
from lark import Token, Tree
from sympy import Expr, Integer

from symgrad.expressions import Element, element
from symgrad.program import Axis
from symgrad.reading.arrays.operations import Pick, picked
from symgrad.reading.arrays.whole import Value, Whole
from symgrad.reading.axes.productaxes import ProductAxis
from symgrad.reading.names.factors import Factor
from symgrad.reading.names.scope import Scope
from symgrad.reading.slips.findings import WrongRank
from symgrad.reading.syntax.trees import Node, Part, sole_name, tokens
from symgrad.reading.values.indexing import Indices


class Accesses(Indices):
    """Reads what stands in brackets behind an array."""

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


def is_new_axis(part: Part) -> bool:
    """Is this `None`, or `np.newaxis`?"""
    return "".join(tokens(part)) in ("None", "np.newaxis", "numpy.newaxis")


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
