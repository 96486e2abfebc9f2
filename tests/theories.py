"""Expressions over a forward pass, as the prover reads them."""

from __future__ import annotations

from sympy import Expr

from symgrad import read
from symgrad.proof.beginning import theory_of
from symgrad.proof.scope import Scope
from symgrad.proof.terms import Poly, access, atom_poly
from symgrad.proof.theory import Theory
from symgrad.proof.translate import Translation


def expression(forward: str, text: str) -> tuple[Theory, Translation, Expr]:
    """What the forward pass is known as, and an expression that is to be translated under it."""
    given = read(forward)
    known = theory_of([given])
    side = read(f"out = {text}", given=given)
    reading = Translation(
        known.algebra, known.laws, side.arrays, lambda name, at: atom_poly(access(name, at))
    )
    return known, reading, side.nests[0].body[0].value


def polynomial(forward: str, text: str) -> tuple[Theory, Poly]:
    """The same, translated."""
    known, reading, value = expression(forward, text)
    return known, reading.value(value, Scope())
