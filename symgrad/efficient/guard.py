"""What a cheaper program must pass: it costs no more, and every gradient in it is proved.

One gradient at a time: each is proved from the true values of the gradients that it reads, as the
naive statements define them; so a long program is proved in as many short steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TypeAlias

from symgrad.algebra.binding import fresh, names
from symgrad.derivation.completion import complete, renamed
from symgrad.efficient.nearby import nearby, read, target
from symgrad.efficient.operations import operations
from symgrad.equivalence import proved as proof_of
from symgrad.program import Input, Nest, Program, is_gradient, primal

Sides: TypeAlias = tuple[Program, Program, Program]
"""Two sides and what is given."""

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
    written = [name for name in dict.fromkeys(map(target, found.nests)) if is_gradient(name)]
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
    return any(
        proof_of(replace(one, given=before), replace(other, given=before), (name,)) is not None
        for one, other, before in _ways(left, rights, given)
    )


def _ways(left: Program, rights: Sequence[Program], given: Program) -> Iterator[Sides]:
    """What to compare, the shortest proofs first: from what is near, then from all that is given.

    Each is made when those before it have given no proof.
    """
    sides = [_freed(left, rights[0], given), _known(left, rights[0], given)]
    for one, other, wider in sides:
        yield from ((one, other, before) for before in nearby(wider, one, other))
    yield from sides
    yield from (_known(left, right, given) for right in rights[1:])


def _known(left: Program, right: Program, given: Program) -> Sides:
    """Two sides and the forward pass with the gradients that they read and do not write."""
    both = complete(replace(left, nests=(*left.nests, *right.nests)), given)
    assert both.given is not None
    n = len(left.nests)
    return (replace(left, nests=both.nests[:n]), replace(right, nests=both.nests[n:]), both.given)


def _freed(left: Program, right: Program, given: Program) -> Sides:
    """Two sides with inputs for the gradients that they read and do not write, which it declares.

    What is equal for any values of them is equal for the true ones, and nothing need be unfolded.
    """
    written = {target(nest) for nest in (*left.nests, *right.nests)}
    used = {name for nest in (*left.nests, *right.nests) for name in read(nest)}
    taken = set(names(given))
    new = {}
    for name in sorted(used - written):
        if is_gradient(name):
            new[name] = fresh(f"{primal(name)}_seed", taken)
            taken.add(new[name])
    inputs = (Input(new[name], given.arrays[primal(name)].axes) for name in new)
    wider = given.with_declarations(*inputs)
    one, other = (replace(side, nests=renamed(side.nests, new)) for side in (left, right))
    return one, other, wider


def _piece(program: Program, name: str, known: Collection[str]) -> Program:
    """The nests that fill an array, with all that they read but for known gradients."""
    needed = {name}
    kept: list[Nest] = []
    for nest in reversed(program.nests):
        if target(nest) in needed:
            kept.append(nest)
            needed |= read(nest) - set(known)
    return replace(program, nests=tuple(reversed(kept)))
