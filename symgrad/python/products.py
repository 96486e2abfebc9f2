"""Products of whole arrays.

matrix_product   (a @ b)[i, k] = sum(j, a[i, j] * b[j, k])
contracted       einsum("bj,jk->bk", a, b)[b, k] = sum(j, a[b, j] * b[j, k])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_letters

from sympy import Expr

from symgrad.expressions import mul
from symgrad.heads import SumOver
from symgrad.python.algebra import Algebra
from symgrad.python.values import Positions, Value
from symgrad.python.views import aligned, numeric


def matrix_product(algebra: Algebra, left: Value, right: Value) -> Value:
    """`a @ b` as NumPy has it: over the last axis of a and the last but one of b."""
    algebra.unmasked(left, right)
    left, right = numeric(left), numeric(right)
    if not (left.rank and right.rank):
        raise algebra.trace.error("@ needs two arrays; numbers are multiplied with *", "shape")
    inner = right.rank - (1 if right.rank == 1 else 2)
    extent = left.shape[-1]
    if not algebra.trace.same(extent, right.shape[inner]):
        shown = algebra.trace.shown
        raise algebra.trace.error(
            f"the product of {shown(left.shape)} and {shown(right.shape)} does not exist",
            "shape",
            f"{shown((extent,))} against {shown((right.shape[inner],))}",
        )
    batch = algebra.broadcast(left.shape[:-2], right.shape[:-2])
    rows = left.shape[-2:-1] if left.rank > 1 else ()
    columns = right.shape[-1:] if right.rank > 1 else ()

    def at(positions: Positions) -> Expr:
        algebra.trace.spend()
        outer, inside = positions[: len(batch)], positions[len(batch) :]
        row, column = inside[: len(rows)], inside[len(rows) :]

        def product(middle: Expr) -> Expr:
            a = (*_part(outer, left), *row, middle)
            b = (*_part(outer, right), middle, *column)
            return mul(left.at(aligned(left, a)), right.at(aligned(right, b)))

        return _summed(algebra, extent, product)

    return Value((*batch, *rows, *columns), at)


def _summed(algebra: Algebra, extent: Expr, body: Callable[[Expr], Expr]) -> Expr:
    place, loops = algebra.trace.place_over(extent)
    limits = [(loop.index, loop.lower, loop.upper) for loop in loops]
    return SumOver.over(limits, body(place)) if limits else body(place)


def contracted(algebra: Algebra, pattern: str, values: Sequence[Value]) -> Value:
    """`einsum("bj,jk->bk", a, b)`"""
    pattern = _with_letters(pattern.replace(" ", ""), [value.rank for value in values])
    names, arrow, result = pattern.partition("->")
    parts = names.split(",")
    values = [numeric(value) for value in values]
    extents = _extents(algebra, parts, values)
    if not arrow:
        letters = sorted(set(names) - {","})
        result = "".join(letter for letter in letters if names.count(letter) == 1)
    if len(set(result)) < len(result) or not set(result) <= extents.keys():
        raise algebra.trace.error(f"the result {result} does not fit the pattern")

    def at(positions: Positions) -> Expr:
        algebra.trace.spend()
        where: dict[str, Expr] = dict(zip(result, positions, strict=True))
        limits = []
        for letter, extent in extents.items():
            if letter not in where:
                where[letter], loops = algebra.trace.place_over(extent)
                limits += [(loop.index, loop.lower, loop.upper) for loop in loops]
        factors = [
            value.at(tuple(where[letter] for letter in part))
            for part, value in zip(parts, values, strict=True)
        ]
        body = mul(*factors)
        return SumOver.over(limits, body) if limits else body

    return Value(tuple(extents[letter] for letter in result), at)


def _extents(algebra: Algebra, parts: Sequence[str], values: Sequence[Value]) -> dict[str, Expr]:
    """The extent of every letter of a pattern."""
    if len(parts) != len(values) or not all(part.isalpha() or not part for part in parts):
        raise algebra.trace.error("this pattern does not fit its arrays", hint='as in "bj,jk->bk"')
    found: dict[str, Expr] = {}
    for part, value in zip(parts, values, strict=True):
        if len(part) != value.rank:
            raise algebra.trace.error(
                f"{part} names {len(part)} axes of {algebra.trace.shown(value.shape)}", "shape"
            )
        for letter, extent in zip(part, value.shape, strict=True):
            known = found.setdefault(letter, extent)
            if not algebra.trace.same(known, extent):
                shown = f"{algebra.trace.shown((known,))} and {algebra.trace.shown((extent,))}"
                raise algebra.trace.error(f"{letter} has two extents, {shown}", "shape")
    return found


def _with_letters(pattern: str, ranks: Sequence[int]) -> str:
    """The pattern with letters for `...`, aligned from the right: `...j,j->...` is `aj,j->a`.

    Without `->` the axes of `...` come first, then those that stand once.
    """
    names, arrow, result = pattern.partition("->")
    parts = names.split(",")
    if "..." not in names or len(parts) != len(ranks):
        return pattern
    counts = [
        rank - len(part.replace("...", "", 1)) if "..." in part else 0
        for part, rank in zip(parts, ranks, strict=True)
    ]
    free = [letter for letter in ascii_letters if letter not in pattern]
    letters = "".join(free[: max(0, *counts)])
    if not arrow:
        once = (letter for letter in sorted(set(names)) if letter.isalpha())
        result = "..." + "".join(letter for letter in once if names.count(letter) == 1)
    parts = [
        part.replace("...", letters[len(letters) - count :], 1) if count >= 0 else part
        for part, count in zip(parts, counts, strict=True)
    ]
    return f"{','.join(parts)}->{result.replace('...', letters, 1)}"


def _part(outer: Positions, value: Value) -> Positions:
    """The leading positions of a batch that a value has."""
    own = max(value.rank - 2, 0)
    return outer[len(outer) - own :] if own else ()
