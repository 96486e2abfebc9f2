"""Sums without their products over two places, from below.

    sum(i, j, u[i] u[j]) <= N sum(i, u[i]^2)            N sum(i, u[i]^2) - sum(i, u[i])^2 >= 0
    sum(i, u[i] v[i])^2 <= sum(i, u[i]^2) sum(i, v[i]^2)

A product of two factors that change places when two groups of indices do, f g, is at most
(f^2 + g^2) / 2, and over all indices both squares have the same sum. A positive factor may stand
before it. This is the inequality of Cauchy, Bunyakovsky and Schwarz, with whatever weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from typing import TypeAlias

from symgrad.proof.canonical import put_all
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import ACCESS, Atom, Exponent, Key, Poly, free
from symgrad.sets.affine import Affine, Variable, plain, variable

MOST_FACTORS = 4
"""A product of more factors at each place is not looked at."""

Positive: TypeAlias = Callable[[Atom, Exponent], bool]
"""Is a power of an atom at least zero?"""

Factor: TypeAlias = "tuple[Atom, Exponent]"

Swap: TypeAlias = "dict[Variable, Affine]"
"""The indices of one of two places, each with the index of the other that it stands for."""


def lowered(algebra: Algebra, positive: Positive, poly: Poly) -> Iterator[Poly]:
    """Sums that are nowhere larger than this one, where squares stand for a product."""
    for key, coefficient in poly.items():
        if coefficient > 0 or len(key[0]) < 2 or len(key[0]) % 2:
            continue
        opened = algebra.opened(key)
        swap = _swap(algebra, opened)
        if swap is None:
            continue
        rest = {other: value for other, value in poly.items() if other != key}
        for factors in _squared(algebra, positive, opened, swap):
            lower = dict(rest)
            algebra.assemble(lower, opened[0], opened[1], factors, coefficient)
            yield lower


def _swap(algebra: Algebra, key: Key) -> Swap | None:
    """Which indices of a product go where, if it stays the same when they all change places."""
    bounds, constraints, factors = key
    for (one, _), (other, _) in combinations(factors, 2):
        swap = _between(one, other)
        if swap is None:
            continue
        new = swap | {form[1][0][0]: variable(name) for name, form in swap.items()}
        if (
            new.keys() == set(bounds)
            and set(put_all(constraints, new)) == set(constraints)
            and {(algebra.renamed(atom, new), power) for atom, power in factors} == set(factors)
        ):
            return swap
    return None


def _between(one: Atom, other: Atom) -> Swap | None:
    """The indices of an element, and those of another one of the same array for them."""
    if one[0] != ACCESS or one[:2] != other[:2]:
        return None
    swap: Swap = {}
    for left, right in zip(one[2], other[2], strict=True):
        name = plain(left)
        if left == right:
            continue
        if name is None or plain(right) is None or swap.setdefault(name, right) != right:
            return None
    return swap


def _squared(
    algebra: Algebra, positive: Positive, key: Key, swap: Swap
) -> Iterator[Sequence[Factor]]:
    """The product with f^2 in the place of f g, in each way to take f from its factors."""
    before: list[Factor] = []
    pairs: list[tuple[Factor, Factor]] = []
    for atom, power in key[2]:
        found = free(atom).intersection(key[0])
        if positive(atom, power):
            before.append((atom, power))
        elif not found or not isinstance(power, int):
            return
        elif found <= swap.keys():
            pairs.append(((atom, 2 * power), (algebra.renamed(atom, swap), 2 * power)))
        elif not found.isdisjoint(swap):
            return
    if not 0 < len(pairs) <= MOST_FACTORS:
        return
    first, *others = pairs
    for chosen in product(*others):
        yield [*before, first[0], *chosen]
