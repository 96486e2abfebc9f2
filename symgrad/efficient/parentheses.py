"""Sums that are factors multiplied out, and put together again.

C[b] x[b, j]  with  C[$0] = u[$0] + v[$0]        u[b] x[b, j] + v[b] x[b, j]
"""

from __future__ import annotations

from collections.abc import Iterable

from symgrad.efficient.atoms import COMPOUND, Atoms
from symgrad.efficient.terms import ONE, Factors, Poly, accumulate, add, at, placed, scale
from symgrad.proof.terms import Number


def opened(atoms: Atoms, poly: Poly, most: int, rounds: int = 100) -> Poly:
    """Sums that are factors multiplied out, where their powers are whole and positive."""
    for _ in range(rounds):
        barred: set[str] = set()
        present: set[str] = set()
        for _, factors in poly:
            for (name, _), power in factors:
                atom = atoms.known.get(name)
                if atom is not None and atom.head == COMPOUND:
                    good = isinstance(power, int) and power > 0
                    (present if good else barred).add(name)
        chosen = present - barred
        if not chosen:
            return poly
        # The outermost alone: what is inside may cancel with a factor beside it.
        top = max(map(atoms.depth, chosen))
        poly = _open(atoms, poly, {name for name in chosen if atoms.depth(name) == top})
        if len(poly) > most:
            break
    return poly


def _open(atoms: Atoms, poly: Poly, chosen: set[str]) -> Poly:
    out: Poly = {}
    for (bounds, factors), by in poly.items():
        kept = [item for item in factors if item[0][0] not in chosen]
        partial: list[tuple[tuple[str, ...], Factors, Number]] = [(bounds, tuple(kept), by)]
        for (name, indices), power in factors:
            if name in chosen:
                for _ in range(int(power)):
                    partial = _substituted(partial, atoms.known[name].polys[0], indices)
        for item in partial:
            accumulate(out, *item)
    return out


def _substituted(
    parts: list[tuple[tuple[str, ...], Factors, Number]], poly: Poly, indices: tuple[int, ...]
) -> list[tuple[tuple[str, ...], Factors, Number]]:
    """Products times a definition at indices that may be bound in the products."""
    return [
        (bounds + inner, (*factors, *placed(own, indices, len(bounds))), by * times)
        for bounds, factors, by in parts
        for (inner, own), times in poly.items()
    ]


def closed(atoms: Atoms, poly: Poly, more: Iterable[str] = ()) -> Poly:
    """Sums that are known as a factor or base put together: u / C + v / C = 1 where C = u + v.

    Those that the polynomial holds already, and `more` at its formals.
    """
    held = {name: tuple(atoms.known[name].scope) for name in more} | {
        name: indices
        for _, factors in poly
        for (name, indices), _ in factors
        if name in atoms.known and atoms.known[name].head == COMPOUND
    }
    for name, indices in sorted(held.items(), key=lambda item: -atoms.depth(item[0])):
        if all(i < 0 for i in indices):
            poly = _close(atoms, poly, name, indices)
    return poly


def _close(atoms: Atoms, poly: Poly, name: str, indices: tuple[int, ...]) -> Poly:
    parts = list(at(atoms.known[name].polys[0], indices).items())
    if len(parts) < 2 or any(bounds for (bounds, _), _ in parts):
        return poly
    (_, first), by = parts[0]
    for (bounds, factors), coefficient in list(poly.items()):
        rest = [*factors, *((atom, -power) for atom, power in first)]
        whole: Poly = {}
        for (_, own), times in parts:
            accumulate(whole, bounds, (*rest, *own), coefficient * times / by)
        if all(poly.get(key) == value for key, value in whole.items()):
            poly = add(poly, scale(whole, -ONE))
            accumulate(poly, bounds, (*rest, ((name, indices), 1)), coefficient / by)
    return poly
