"""What a cheaper program must pass: it costs no more, and every gradient in it is proved.

One gradient at a time: each is proved from the true values of the gradients that it reads, as the
naive statements define them; so a long program is proved in as many short steps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import product

from symgrad.algebra.binding import fresh, names
from symgrad.derivation.completion import complete, renamed
from symgrad.efficient.operations import operations
from symgrad.equivalence import proved as proof_of
from symgrad.expressions import array_of, elements
from symgrad.program import Input, Nest, Program, is_gradient, primal

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
    written = [name for name in dict.fromkeys(map(_target, found.nests)) if is_gradient(name)]
    return all(
        _proved(
            _piece(found, name, written), (_piece(naive, name, written), naive), naive.given, name
        )
        for name in written
    )


def _proved(left: Program, rights: Sequence[Program], given: Program, name: str) -> bool:
    """Is one side proved equal to any of several that are equal among themselves?"""
    if any(left.nests == right.nests for right in rights):
        return True
    if proof_of(*_freed(left, rights[0], given), (name,)) is not None:
        return True
    one = complete(left, given)
    return any(proof_of(one, complete(right, given), (name,)) is not None for right in rights)


def _freed(left: Program, right: Program, given: Program) -> tuple[Program, Program]:
    """Two sides with inputs in the place of the gradients that they read and do not write.

    What is equal for any values of them is equal for the true ones, and nothing need be unfolded.
    """
    written = {_target(nest) for nest in (*left.nests, *right.nests)}
    read = {name for nest in (*left.nests, *right.nests) for name in _read(nest)}
    taken = set(names(given))
    new = {}
    for name in sorted(read - written):
        if is_gradient(name):
            new[name] = fresh(f"{primal(name)}_seed", taken)
            taken.add(new[name])
    inputs = (Input(new[name], given.arrays[primal(name)].axes) for name in new)
    wider = given.with_declarations(*inputs)
    one, other = (
        replace(side, given=wider, nests=renamed(side.nests, new)) for side in (left, right)
    )
    return one, other


def _piece(program: Program, name: str, known: Collection[str]) -> Program:
    """The nests that fill an array, with all that they read but for known gradients."""
    needed = {name}
    kept: list[Nest] = []
    for nest in reversed(program.nests):
        if _target(nest) in needed:
            kept.append(nest)
            needed |= _read(nest) - set(known)
    return replace(program, nests=tuple(reversed(kept)))


def _target(nest: Nest) -> str:
    return array_of(nest.body[0].target)


def _read(nest: Nest) -> set[str]:
    return {array_of(part) for body in nest.body for part in elements(body.value)}
