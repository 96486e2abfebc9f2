"""What a cheaper program must pass: it costs no more, and every gradient in it is proved.

One gradient at a time: each is proved from the true values of the gradients that it reads, as the
naive statements define them; so a long program is proved in as many short steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

from symgrad.derivation.completion import complete
from symgrad.efficient.operations import operations
from symgrad.equivalence import equivalent
from symgrad.equivalence import proved as proof_of
from symgrad.expressions import array_of, elements
from symgrad.program import Nest, Program, is_gradient

SMALL, LARGE = 8.0, 1024.0
MOST_CORNERS = 256


def no_dearer(found: Program, naive: Program, extents: Mapping[str, float], nominal: float) -> bool:
    """Does a program cost no more where extents are small, large, or as they are said to be?"""
    ours, theirs = operations(found), operations(naive)
    names = sorted(s.name for s in ours.operations.free_symbols | theirs.operations.free_symbols)
    points: list[Mapping[str, float]] = [extents]
    if not extents and 2 ** len(names) <= MOST_CORNERS:
        corners = product((SMALL, LARGE), repeat=len(names))
        points += [dict(zip(names, corner, strict=True)) for corner in corners]
    return all(ours.at(point, nominal) <= theirs.at(point, nominal) for point in points)


def proved(found: Program, naive: Program) -> bool:
    """Is every gradient that a program writes proved equal to the naive one?"""
    assert naive.given is not None
    written = dict.fromkeys(_target(nest) for nest in found.nests)
    return all(
        _proved(_piece(found, name), _piece(naive, name), naive.given, name)
        for name in written
        if is_gradient(name)
    )


def _proved(left: Program, right: Program, given: Program, name: str) -> bool:
    if left.nests == right.nests:
        return True
    sides = (complete(left, given), complete(right, given))
    if proof_of(*sides, (name,)) is not None:
        return True
    return equivalent(left, right, given, (name,)).status == "equal"


def _piece(program: Program, name: str) -> Program:
    """The nests that fill an array, with the auxiliaries (but no gradients) that they read."""
    needed = {name}
    kept: list[Nest] = []
    for nest in reversed(program.nests):
        if _target(nest) in needed:
            kept.append(nest)
            needed |= {read for read in _read(nest) if not is_gradient(read)}
    return replace(program, nests=tuple(reversed(kept)))


def _target(nest: Nest) -> str:
    return array_of(nest.body[0].target)


def _read(nest: Nest) -> set[str]:
    return {array_of(part) for body in nest.body for part in elements(body.value)}
