"""What arrives at one element: the updates of a loop collected in a sum, their index solved for.

for i, j, l, m: I.grad[i+l-1, j+m-1] += J.grad[i, j] * K[l, m]

I.grad[p, q] = sum(i, j, l, m if i+l-1 == p and j+m-1 == q, J.grad[i, j] * K[l, m])
i = p - l + 1, j = q - m + 1
I.grad[p, q] = sum(l in max(1, p+h-H)..min(p, h), m in …, J.grad[p-l+1, q-m+1] * K[l, m])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Symbol

from symgrad.algebra.binding import names
from symgrad.expressions import add, array_of, element, indices_of, is_index, negate
from symgrad.forms.contribution import contribution, solved
from symgrad.forms.gather import gather, target_indices
from symgrad.heads import SumOver
from symgrad.program import Array, Axis, Loop, Nest, Program, Statement
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, ranges


@dataclass(frozen=True)
class Collected:
    """The sum over all loops under the equations of the indices, the solutions, the exact sum."""

    constrained: Nest | None
    solutions: tuple[tuple[Symbol, Expr], ...]
    nest: Nest


def collected(program: Program, target: str) -> Collected | None:
    """The updates of a target as one sum; None where that says nothing new."""
    own = [nest for nest in program.nests if array_of(nest.body[0].target) == target]
    found = [
        nest for nest in gather(program).nests if array_of(nest.body[0].target) == target
    ]  # one, where all can be collected
    if len(found) != 1 or (len(own) == 1 and not _changes(own[0])):
        return None
    if found[0].body[0].value.has(sympy.ceiling, sympy.floor, sympy.Mod):
        return None  # windows that do not overlap: the loops say it better
    array = program.arrays[target]
    spots = target_indices([indices_of(nest.body[0].target) for nest in own], names(program))
    plain = all(_plain(nest) for nest in own)
    constrained = None if plain else _constrained(own, spots, array)
    return Collected(constrained, () if plain else _solutions(program, own, spots), found[0])


def _changes(nest: Nest) -> bool:
    """Is more than one visit paid to an element, or is its place computed?"""
    return not _plain(nest) or {loop.index for loop in nest.loops} != set(
        indices_of(nest.body[0].target)
    )


def _plain(nest: Nest) -> bool:
    """Is each place of the target a loop's index of its own, or a number?"""
    places = [place for place in indices_of(nest.body[0].target) if not place.is_Integer]
    return all(map(is_index, places)) and len(set(places)) == len(places)


def _constrained(own: Sequence[Nest], spots: Sequence[Expr], array: Array) -> Nest | None:
    """One sum over every loop, with an equation for each place; None where names would clash."""
    pairs = zip(spots, array.axes, strict=True)
    loops = tuple(Loop(spot, axis.lower, axis.upper) for spot, axis in pairs if is_index(spot))
    terms = [_term(nest, spots, array) for nest in own]
    if any(term is None for term in terms):
        return None
    target = element(array.name, *spots)
    return Nest(loops, (Statement(target, "=", add(*(term for term in terms if term))),))


def _term(nest: Nest, spots: Sequence[Expr], array: Array) -> Expr | None:
    """sum(loops if f == p and guard, value): loops over a place itself need no sum."""
    statement = nest.body[0]
    ties = list(zip(indices_of(statement.target), spots, array.axes, strict=True))
    same = {
        loop.index
        for loop in nest.loops
        for place, spot, axis in ties
        if place == spot == loop.index and Axis(loop.upper, loop.lower) == axis
    }
    summed = [loop for loop in nest.loops if loop.index not in same]
    if {loop.index for loop in summed} & set(spots):
        return None
    conditions = [sympy.Eq(place, spot, evaluate=False) for place, spot, _ in ties if place != spot]
    condition = conjunction([*conditions, nest.guard])
    if not summed or condition is sympy.true:
        return None
    limits = [(loop.index, loop.lower, loop.upper) for loop in summed]
    value = SumOver.over(limits, statement.value, condition)
    return negate(value) if statement.op == "-=" else value


def _solutions(
    program: Program, own: Sequence[Nest], spots: Sequence[Expr]
) -> tuple[tuple[Symbol, Expr], ...]:
    """The indices that the places of the target determine."""
    return tuple(dict.fromkeys(_solved(program, own, spots)))


def _solved(
    program: Program, own: Sequence[Nest], spots: Sequence[Expr]
) -> Iterator[tuple[Symbol, Expr]]:
    integers = Integers.of(program)
    array = program.arrays[array_of(own[0].body[0].target)]
    pairs = zip(spots, array.axes, strict=True)
    known = ranges([Loop(spot, axis.lower, axis.upper) for spot, axis in pairs if is_index(spot)])
    for nest in own:
        found = contribution(nest, spots, integers, names(program))
        yield from solved(found, known, integers).solutions
