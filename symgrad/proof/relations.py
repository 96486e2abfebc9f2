"""Comparisons: of real numbers as brackets, of whole numbers as constraints.

[u > v]                       where u - v > 0
i / 2 <= p                    i <= 2 p
"""

from __future__ import annotations

from math import lcm

import sympy
from sympy import Expr

from symgrad.proof.brackets import bracket
from symgrad.proof.facts import Facts
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import UNIT, Poly, constant, scale, subtract
from symgrad.sets.affine import Affine, Constraint, atleast, equal, plus
from symgrad.sets.affine import constant as number_form


def opposite(held: Poly) -> Poly:
    """1 where a condition does not hold."""
    return subtract(constant(UNIT), held)


def on_reals(facts: Facts, algebra: Algebra, kind: type, gap: Poly) -> Poly:
    """1 where what one side has more than the other is as the comparison says."""
    if kind is sympy.StrictGreaterThan:
        return bracket(facts, algebra, ">", gap)
    if kind is sympy.GreaterThan:
        return bracket(facts, algebra, ">=", gap)
    if kind is sympy.StrictLessThan:
        return bracket(facts, algebra, ">", scale(gap, -1))
    if kind is sympy.LessThan:
        return bracket(facts, algebra, ">=", scale(gap, -1))
    above, least = (bracket(facts, algebra, rel, gap) for rel in (">", ">="))
    same = subtract(least, above)
    return opposite(same) if kind is sympy.Ne else same


def on_integers(kind: type, left: Affine, right: Affine) -> Constraint | None:
    """What a comparison of index forms asks of the indices; nothing if it always holds."""
    if kind is sympy.Eq:
        return equal(plus(left, right, -1))
    if kind in (sympy.StrictLessThan, sympy.LessThan):
        left, right = right, left
    strict = kind in (sympy.StrictLessThan, sympy.StrictGreaterThan)
    return atleast(plus(plus(left, right, -1), number_form(-1 if strict else 0)))


def whole_sides(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Both sides of a comparison without fractions."""
    below = lcm(*(int(part.q) for side in (left, right) for part in side.atoms(sympy.Rational)))
    if below == 1:
        return left, right
    return sympy.expand(left * below), sympy.expand(right * below)
