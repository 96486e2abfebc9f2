"""Which elements an update writes: all that another wrote, or all that there are.

    covers      { p : exists I, f(I) = p }  holds  { p : exists J, g(J) = p }

An update whose conditions are about data covers nothing for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy
from sympy import Symbol

from symgrad.expressions import array_of, index, indices_of
from symgrad.program import Array
from symgrad.separation.dependence import Access, Dependences, Update
from symgrad.sets.integers import Projection
from symgrad.sets.literals import within


class Coverage:
    """Questions about the elements that updates write, for all extents."""

    def __init__(self, arrays: Mapping[str, Array], dependences: Dependences) -> None:
        self._arrays = arrays
        self._dependences = dependences

    def covers(self, update: Update, access: Access) -> bool:
        """Does an update write every element of another write?"""
        write = self._dependences.write(update)
        integers = self._dependences.integers
        spots = _spots(write)
        if not all(integers.is_affine(part) for part in _at(write, spots)):
            return False
        return integers.includes(_image(write, spots), _image(access, spots))

    def covers_axes(self, update: Update) -> bool:
        """Does an update write every element that the axes admit?"""
        write = self._dependences.write(update)
        integers = self._dependences.integers
        spots = _spots(write)
        every = self._inside(update.array, spots)
        if not all(integers.is_affine(part) for part in (*every, *_at(write, spots))):
            return False
        return integers.includes(_image(write, spots), (every, ()))

    def keeps_inside(self, writes: Iterable[Access]) -> bool:
        """Do all writes stay in their axes, as those of an auxiliary need not?"""
        integers = self._dependences.integers
        for write in writes:
            spots = _spots(write)
            every = self._inside(array_of(write.element), spots)
            if not all(map(integers.is_affine, every)):
                return False
            if not integers.includes((every, ()), _image(write, spots)):
                return False
        return True

    def _inside(self, array: str, spots: Sequence[Symbol]) -> list[Any]:
        pairs = zip(spots, self._arrays[array].axes, strict=True)
        return [part for spot, axis in pairs for part in within(spot, axis)]


def _spots(access: Access) -> list[Symbol]:
    """Names for the indices of an element, which no program uses."""
    return [index(f"spot {n}") for n in range(len(indices_of(access.element)))]


def _image(access: Access, spots: Sequence[Symbol]) -> Projection:
    return _at(access, spots), [loop.index for loop in access.scope.loops]


def _at(access: Access, spots: Sequence[Symbol]) -> list[Any]:
    places = zip(spots, indices_of(access.element), strict=True)
    return [*access.scope.conditions, *(sympy.Eq(*pair, evaluate=False) for pair in places)]
