"""Lists of values as arrays.

[[0, 6], [a, 3]]      axes (2, 2)      (i, j) -> [i == 1 and j == 2] * 6 + [i == 2 and …] * a …
[3, 1, 4]             axis (3)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Integer

from symgrad.expressions import add, mul
from symgrad.heads import Bracket
from symgrad.program import Axis
from symgrad.reading.arrays.whole import Fitting, Indices, Whole
from symgrad.reading.syntax.trees import Part, is_list, sole_list
from symgrad.sets.literals import conjunction

Entries: TypeAlias = Sequence[Any]
"""Expressions, or lists of them, as deep as the array has axes."""

MAX_ENTRIES = 100
"""Values that are listed in one array."""


def listed(parts: Sequence[Part], read: Callable[[Part], Expr], fit: Fitting, where: Part) -> Whole:
    """The array whose entries are listed, one level of brackets for each axis."""
    entries = _read(parts, read)
    extents = _extents(entries)
    if extents is None:
        raise fit.source.error("rows of different lengths", where, "shape")
    if prod(extents) > MAX_ENTRIES:
        raise fit.source.error(f"more than {MAX_ENTRIES} values in a list", where, "limit")
    places = product(*(range(1, n + 1) for n in extents))
    values = [(place, _at(entries, place)) for place in places]

    def element(indices: Indices) -> Expr:
        fit.spend(where)
        terms = [*_terms(values, indices)]
        return add(*terms) if len(terms) > 1 else terms[0] if terms else Integer(0)

    return Whole(tuple(Axis(Integer(n)) for n in extents), element)


def _read(parts: Sequence[Part], read: Callable[[Part], Expr]) -> Entries:
    return [
        _read(inner, read) if (inner := sole_list(part)) is not None and is_list(inner)
        else read(part)
        for part in parts
    ]  # fmt: skip


def _extents(entries: Any) -> tuple[int, ...] | None:
    """How many entries there are at each level; None where that differs."""
    if not isinstance(entries, list):
        return ()
    inner = {_extents(one) for one in entries}
    rest = inner.pop() if len(inner) == 1 else None
    return None if rest is None else (len(entries), *rest)


def _at(entries: Any, place: Sequence[int]) -> Expr:
    for n in place:
        entries = entries[n - 1]
    found: Expr = entries
    return found


def _terms(values: Sequence[tuple[tuple[int, ...], Expr]], indices: Indices) -> Iterator[Expr]:
    """The entries at a place: each under the condition that it is meant, unless it is 0."""
    for place, value in values:
        tests = [
            sympy.Eq(index, n, evaluate=False)
            for index, n in zip(indices, place, strict=True)
            if index != n
        ]
        if value == 0 or any(test.lhs.is_Integer for test in tests):
            continue
        yield mul(Bracket(conjunction(tests)), value) if tests else value
