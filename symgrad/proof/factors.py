"""Sums as products of irreducible sums.

    a^2 + 2 a b + b^2 = (a + b)^2        exp(2a) - 1 = (exp(a) - 1) (exp(a) + 1)

Every atom that no bound index reaches is a variable (its root, where a fractional power occurs),
and a sum is one variable more; sum(i, j, p[i] g[j]) is the product of two. The factorisation is
python-flint's; that it holds is an identity of polynomials, whatever the variables stand for.
Conditions are not variables, for they are their own squares.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any, TypeAlias

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from symgrad.algebra.choices import groups_of
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import (
    BRACKET,
    LABEL,
    UNIT,
    Atom,
    Exponent,
    Key,
    Number,
    Poly,
    accumulate,
    free,
    reduced,
)
from symgrad.sets.affine import names

MOST_TERMS = 40
"""A longer sum is not factored."""

HIGHEST_DEGREE = 24

Variable: TypeAlias = "tuple[Atom | Key, Exponent]"
"""An atom, or a sum as a whole, and the power of it that is one step of the variable."""


def factored(algebra: Algebra, poly: Poly) -> tuple[Number, list[tuple[Poly, int]]] | None:
    """number * product of sums with exponents (which may be negative); None for more than that."""
    if not 0 < len(poly) <= MOST_TERMS:
        return None
    split = [_split(algebra, key) for key in poly]
    if any(found is None for found in split):
        return None
    terms = [found for found in split if found is not None]
    steps: dict[Atom | Key, int] = {}
    lowest: dict[Atom | Key, Fraction] = {}
    for term in terms:
        for part, power in term.items():
            steps[part] = lcm(steps.get(part, 1), power.denominator)
    parts = sorted(steps, key=repr)
    for part in parts:
        lowest[part] = min(term.get(part, Fraction(0)) for term in terms)
    table = {
        tuple(int((term.get(part, Fraction(0)) - lowest[part]) * steps[part]) for part in parts): c
        for term, c in zip(terms, poly.values(), strict=True)
    }
    if len(table) != len(poly) or any(sum(row) > HIGHEST_DEGREE for row in table):
        return None
    algebra.spend(len(poly) ** 2)
    number, found = (
        _of_flint(table, len(parts)) if len(table) > 1 else (next(iter(table.values())), [])
    )
    result = [(_sum(algebra, dict(inner), parts, steps), times) for inner, times in found]
    if not all(factor for factor, _ in result):
        return None  # powers of sums, multiplied out, cancel: the whole is zero
    for part in parts:
        if lowest[part]:
            step = Fraction(1, lowest[part].denominator)
            one: Poly = {}
            _assemble(algebra, one, [(part, step)], UNIT)
            result.append((one, int(lowest[part] / step)))
    return number, result


def linear(poly: Poly) -> bool:
    """Is every term of degree one at most, in whole powers? Then it has no two factors."""
    return all(not factors or (len(factors) == 1 and factors[0][1] == 1) for _, _, factors in poly)


def _of_flint(
    table: dict[tuple[int, ...], Number], size: int
) -> tuple[Number, list[tuple[list[tuple[tuple[int, ...], Number]], int]]]:
    context = fmpq_mpoly_ctx.get([f"v{n}" for n in range(size)], Ordering.lex)
    number, found = context.from_dict(table).factor()
    return fmpq(number), [
        ([(tuple(map(int, row)), c) for row, c in inner.to_dict().items()], int(times))
        for inner, times in found
    ]


def _split(algebra: Algebra, key: Key) -> dict[Atom | Key, Fraction] | None:
    """The variables of a term and their powers."""
    bounds, constraints, factors = key
    if any(atom[0] in (BRACKET, LABEL) for atom, _ in factors):
        return None
    held = [(atom, power) for atom, power in factors if not free(atom).isdisjoint(bounds)]
    found: dict[Atom | Key, Fraction] = {
        atom: Fraction(power) for atom, power in factors if free(atom).isdisjoint(bounds)
    }
    for part in _sums(algebra, (bounds, constraints, tuple(held))):
        found[part] = found.get(part, Fraction(0)) + 1
    return found


def _sums(algebra: Algebra, key: Key) -> list[Key]:
    """The sums that a term is the product of: one for each group of indices that do not meet."""
    bounds, constraints, factors = key
    if len(bounds) < 2:
        return [key] if bounds or constraints else []
    within = [names([form]).intersection(bounds) for _, form in constraints]
    groups = groups_of([*within, *(free(atom).intersection(bounds) for atom, _ in factors)])
    if len(groups) < 2 or not all(within):
        return [key]
    parts: list[Key] = []
    for group in groups:
        one: Poly = {}
        algebra.assemble(
            one,
            tuple(name for name in bounds if name in group),
            [item for item in constraints if not names([item[1]]).isdisjoint(group)],
            [item for item in factors if not free(item[0]).isdisjoint(group)],
            UNIT,
        )
        if list(one.values()) != [UNIT]:
            return [key]
        parts += one
    return parts


def _sum(
    algebra: Algebra,
    table: dict[tuple[int, ...], Number],
    parts: list[Any],
    steps: dict[Atom | Key, int],
) -> Poly:
    result: Poly = {}
    for row, coefficient in table.items():
        powers = [
            (part, Fraction(times, steps[part]))
            for part, times in zip(parts, row, strict=True)
            if times
        ]
        _assemble(algebra, result, powers, coefficient)
    return result


def _assemble(
    algebra: Algebra, out: Poly, powers: list[tuple[Any, Fraction]], coefficient: Number
) -> None:
    sums = [(part, power) for part, power in powers if _is_key(part)]
    atoms = [(part, reduced(power)) for part, power in powers if not _is_key(part)]
    product: Poly = {}
    algebra.assemble(product, (), (), atoms, coefficient)
    for key, power in sums:
        product = algebra.multiply(product, algebra.integer_power({key: UNIT}, int(power)))
    for key, value in product.items():
        accumulate(out, key, value)


def _is_key(part: Any) -> bool:
    return len(part) == 3
