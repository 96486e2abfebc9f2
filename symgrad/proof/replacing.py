"""Atoms replaced throughout a polynomial, inner sums included.

tanh(a) -> 2 sigma(2 a) - 1  in  log(1 + tanh(a)):        log(2 sigma(2 a))
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from symgrad.proof.rational import Algebra
from symgrad.proof.terms import Atom, Poly, accumulate, mentions
from symgrad.sets.affine import Constraint

Change: TypeAlias = "Callable[[Atom], Poly | None]"


def mapped(algebra: Algebra, poly: Poly, change: Change, about: Collection[str]) -> Poly:
    """The polynomial with atoms replaced throughout; the laws apply anew.

    `change` gives the polynomial to put in an atom's place, or None to look inside it. It is about
    atoms of these tags or names: terms that hold none of them stay as they are.
    """
    return _Replacing(algebra, change, about).poly(poly)


@dataclass(frozen=True)
class _Replacing:
    """What is put in the place of atoms, and what was put before."""

    algebra: Algebra
    change: Change
    about: Collection[str]
    known: dict[tuple[Atom, tuple[Constraint, ...]], Poly | None] = field(default_factory=dict)

    def poly(self, poly: Poly) -> Poly:
        algebra = self.algebra
        result: Poly = {}
        for key, coefficient in poly.items():
            if not any(mentions(atom, self.about) for atom, _ in key[2]):
                accumulate(result, key, coefficient)
                continue
            with algebra.opening(key) as (bounds, constraints, factors):
                kept, changed = [], []
                with algebra.inside(constraints):
                    for atom, power in factors:
                        new = self._replaced(atom)
                        if new is None:
                            kept.append((atom, power))
                        else:
                            changed.append(algebra.raised(new, power))
                if changed:
                    term = bounds, constraints, tuple(kept)
                    algebra.add_product(result, term, algebra.multiply(*changed), coefficient)
                else:
                    accumulate(result, key, coefficient)
        return result

    def _replaced(self, atom: Atom) -> Poly | None:
        """The polynomial in an atom's place, if it changes; equal atoms change alike."""
        if not mentions(atom, self.about):
            return None
        place = atom, self.algebra.context
        if place not in self.known:
            self.known[place] = self._replaced_anew(atom)
        return self.known[place]

    def _replaced_anew(self, atom: Atom) -> Poly | None:
        new = self.change(atom)
        if new is not None or not atom[3]:
            return new
        polys = tuple(inner.poly() for inner in atom[3])
        changed = tuple(map(self.poly, polys))
        return None if changed == polys else self.algebra.laws[atom[0]](self.algebra, atom, changed)
