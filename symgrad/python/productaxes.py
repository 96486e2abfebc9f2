"""Axes made of several, as `reshape` makes them: row by row, the last the fastest.

    x.reshape(-1)[k] = x[i, j]        k = i*Q + j is known as the pair (i, j)

The extent P*Q of such an axis is a `ProductExtent` of its parts, a place on it a `ProductPlace`.
Both are numbers, i*Q + j among other index expressions, and both are taken apart where an axis is:
nothing is divided by a symbolic extent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Integer, Tuple

from symgrad.expressions import rebuild

Implied: TypeAlias = Callable[[Any], bool]
"""Does a condition on indices hold, for all extents?"""


class ProductExtent(Expr):
    """P*Q, as the extent of an axis made of two."""

    is_integer = True
    is_positive = True
    is_commutative = True

    def __new__(cls, *parts: Expr, evaluate: bool = False) -> ProductExtent:
        return Expr.__new__(cls, *parts)


class ProductPlace(Expr):
    """The place i*Q + j, counted from 0, of two axes P and Q: `ProductPlace((i, j), (P, Q))`."""

    is_integer = True
    is_commutative = True

    def __new__(cls, places: Tuple, extents: Tuple, evaluate: bool = False) -> ProductPlace:
        return Expr.__new__(cls, places, extents)

    @property
    def places(self) -> tuple[Expr, ...]:
        return tuple(self.args[0].args)

    @property
    def extents(self) -> tuple[Expr, ...]:
        return tuple(self.args[1].args)


def parts_of(extent: Expr) -> tuple[Expr, ...]:
    """The extents that one is made of."""
    return tuple(extent.args) if isinstance(extent, ProductExtent) else (extent,)


def product(extents: Iterable[Expr]) -> Expr:
    """The extent of the axis that several make; of numbers alone, a number."""
    parts = [part for extent in extents for part in parts_of(extent) if part != 1]
    if all(part.is_Integer for part in parts):
        return Integer(sympy.prod(parts))
    return parts[0] if len(parts) == 1 else ProductExtent(*parts)


def joined(places: Sequence[Expr], extents: Sequence[Expr]) -> Expr:
    """The place on the product of several axes; those of extent 1 do not matter."""
    pairs = list(_wide(places, extents))
    if not pairs:
        return Integer(0)
    if len(pairs) == 1:
        return pairs[0][0]
    found = ProductPlace(*(Tuple(*side) for side in zip(*pairs, strict=True)))
    return plain(found) if all(place.is_Integer for place, _ in pairs) else found


def _wide(places: Sequence[Expr], extents: Sequence[Expr]) -> Iterator[tuple[Expr, Expr]]:
    for place, extent in zip(places, extents, strict=True):
        if isinstance(place, ProductPlace) and isinstance(extent, ProductExtent):
            yield from zip(place.places, place.extents, strict=True)
        elif extent != 1:
            yield place, extent


def reversed_place(place: Expr, extent: Expr) -> Expr:
    """The place counted from the end; on a product axis, on each of its parts."""
    if not isinstance(place, ProductPlace):
        return plain(extent) - 1 - place
    pairs = zip(place.places, place.extents, strict=True)
    return joined([each - 1 - part for part, each in pairs], place.extents)


def plain(expr: Any) -> Any:
    """The same with products of extents as products, and places on them as i*Q + j."""
    if isinstance(expr, ProductExtent):
        return sympy.expand(sympy.Mul(*expr.args))
    if isinstance(expr, ProductPlace):
        total: Expr = Integer(0)
        for place, extent in zip(expr.places, expr.extents, strict=True):
            total = total * extent + plain(place)
        return sympy.expand(total)
    if not getattr(expr, "args", ()) or not expr.has(ProductExtent, ProductPlace):
        return expr
    return rebuild(expr, plain)


def split(place: Expr, extents: Sequence[Expr], implied: Implied) -> tuple[Expr, ...] | None:
    """A place on a product of axes as a place on each; None where that takes a division.

    i*Q + j on P x Q is (i, j) if 0 <= j < Q;  k on P x 2 is (k // 2, k % 2)
    """
    if len(extents) == 1:
        return (place,)
    wide = [extent for extent in extents if extent != 1]
    if len(wide) < len(extents):
        found = split(place, wide, implied) if wide else ()
        if found is None:
            return None
        left = iter(found)
        return tuple(Integer(0) if extent == 1 else next(left) for extent in extents)
    if isinstance(place, ProductPlace):
        found = _regrouped(place, extents, implied)
        if found is not None:
            return found
        place = plain(place)
    if place == 0:
        return (Integer(0),) * len(extents)
    if place == plain(ProductExtent(*extents)) - 1:
        return tuple(extent - 1 for extent in extents)
    *before, last = extents
    whole, rest = _divided(place, last, implied) or (None, None)
    if whole is None or rest is None:
        return None
    first = split(whole, before, implied)
    return None if first is None else (*first, rest)


def _regrouped(
    place: ProductPlace, extents: Sequence[Expr], implied: Implied
) -> tuple[Expr, ...] | None:
    """The place (a, b, c) on A x 2 x C as (2*a + b, c) on 2*A x C, and the other way round."""
    groups = grouped(place.extents, extents, _equal)
    if groups is None or any(old > 1 and new > 1 for old, new in groups):
        return None
    found: list[Expr] = []
    i = j = 0
    for old, new in groups:
        whole = joined(place.places[i : i + old], place.extents[i : i + old])
        parts = split(whole, extents[j : j + new], implied)
        if parts is None:
            return None
        found += parts
        i, j = i + old, j + new
    return tuple(found)


def _equal(one: Expr, other: Expr) -> bool:
    return bool(sympy.expand(plain(one) - plain(other)) == 0)


def _divided(place: Expr, extent: Expr, implied: Implied) -> tuple[Expr, Expr] | None:
    """k as (i, j), k = i*Q + j and 0 <= j < Q."""
    for whole in _quotients(plain(place), extent):
        rest = sympy.expand(plain(place) - whole * extent)
        within = sympy.Ge(rest, 0, evaluate=False), sympy.Lt(rest, extent, evaluate=False)
        if whole.is_integer and all(map(implied, within)):
            return sympy.expand(whole), rest
    return _rounded(place, extent)


def _quotients(place: Expr, extent: Expr) -> Iterator[Expr]:
    """What k / Q may be, rounded down, as far as it is seen from what is a multiple of Q."""
    if extent.is_Integer:
        terms = sympy.Add.make_args(place)
        multiples = [term for term in terms if (term.as_coeff_Mul()[0] / extent).is_Integer]
        whole = sympy.Add(*(term / extent for term in multiples if not term.is_Integer))
        shift = sympy.floor(place.as_coeff_Add()[0] / extent)
        yield from (whole + shift, whole + shift + 1)
        return
    with suppress(sympy.PolynomialError):
        yield sympy.div(place, extent, *sorted(extent.free_symbols, key=str))[0]
    yield Integer(0)


def _rounded(place: Expr, extent: Expr) -> tuple[Expr, Expr] | None:
    """(k // n, k % n), where n is a number."""
    return (sympy.floor(place / extent), sympy.Mod(place, extent)) if extent.is_Integer else None


def quotient(place: Expr, divisor: Expr) -> Expr | None:
    """`k // Q`: of a place on P x Q its first part, else by a number."""
    found = _cut(place, divisor)
    if found:
        return joined(*found[0])
    return sympy.floor(plain(place) / divisor) if divisor.is_Integer and divisor > 0 else None


def remainder(place: Expr, divisor: Expr) -> Expr | None:
    """`k % Q`: of a place on P x Q its last part, else by a number."""
    found = _cut(place, divisor)
    if found:
        return joined(*found[1])
    return sympy.Mod(plain(place), divisor) if divisor.is_Integer and divisor > 0 else None


_Parts: TypeAlias = tuple[tuple[Expr, ...], tuple[Expr, ...]]


def _cut(place: Expr, divisor: Expr) -> tuple[_Parts, _Parts] | None:
    """The places and extents before and after the point from which on the extents make Q."""
    if not isinstance(place, ProductPlace):
        return None
    places, extents = place.places, place.extents
    for n in range(1, len(extents)):
        if _equal(product(extents[n:]), divisor):
            return (places[:n], extents[:n]), (places[n:], extents[n:])
    return None


Group: TypeAlias = tuple[int, int]
"""How many axes in a row become how many others."""


def grouped(
    old: Sequence[Expr], new: Sequence[Expr], same: Callable[[Expr, Expr], bool]
) -> list[Group] | None:
    """The fewest axes in a row that have as many elements as some in a row of the new shape.

    (P, 2, Q, 2) -> (2*P, 2*Q) is (2, 1), (2, 1)
    """
    found: list[Group] = []
    i = j = 0
    while i < len(old) and j < len(new):
        group = next(
            (
                (m, total - m)
                for total in range(2, len(old) - i + len(new) - j + 1)
                for m in range(1, total)
                if i + m <= len(old) and j + total - m <= len(new)
                if same(product(old[i : i + m]), product(new[j : j + total - m]))
            ),
            None,
        )
        if group is None:
            return None
        found.append(group)
        i, j = i + group[0], j + group[1]
    return found if (i, j) == (len(old), len(new)) else None
