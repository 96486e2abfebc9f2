"""What a cheaper program must pass: it costs no more, and every gradient in it is proved.

One gradient at a time: each is proved from the true values of the gradients that it reads, as the
naive statements define them; so a long program is proved in as many short steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from symgrad.derivation.completion import complete
from symgrad.efficient.operations import operations
from symgrad.equivalence import proved as proof_of
from symgrad.expressions import array_of, elements
from symgrad.program import Nest, Program, is_gradient

SMALL, LARGE = 8.0, 1024.0
MOST_CORNERS = 256


def dearer(
    found: Program, naive: Program, extents: Mapping[str, float], nominal: float
) -> Mapping[str, float] | None:
    """Extents for which a program costs more: those given, or where each is small or large."""
    ours, theirs = operations(found), operations(naive)
    names = sorted(s.name for s in ours.operations.free_symbols | theirs.operations.free_symbols)
    points: list[Mapping[str, float]] = [extents]
    if not extents and 2 ** len(names) <= MOST_CORNERS:
        corners = product((SMALL, LARGE), repeat=len(names))
        points += [dict(zip(names, corner, strict=True)) for corner in corners]
    costs = (point for point in points if ours.at(point, nominal) > theirs.at(point, nominal))
    return next(costs, None)


def proved(found: Program, naive: Program) -> bool:
    """Is every gradient that a program writes proved equal to the naive one?"""
    assert naive.given is not None
    written = dict.fromkeys(_target(nest) for nest in found.nests)
    return all(
        _proved(_piece(found, name), (_piece(naive, name), naive), naive.given, name)
        for name in written
        if is_gradient(name)
    )


def _proved(left: Program, rights: Sequence[Program], given: Program, name: str) -> bool:
    """Is one side proved equal to any of several that are equal among themselves?"""
    if any(left.nests == right.nests for right in rights):
        return True
    one = complete(left, given)
    return any(proof_of(one, complete(right, given), (name,)) is not None for right in rights)


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
