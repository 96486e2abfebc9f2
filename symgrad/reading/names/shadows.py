"""Indices that are bound again where a range still speaks of the outer one.

    for t: h[t] = sum(t in 1..t, x[t])       for t: h[t] = sum(t2 in 1..t, x[t2])

A range is looked at outside of what it binds. Where its words mean another index than they do
inside, the inner index gets a name of its own; `p[j] / sum(j, p[j])` stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import sympy
from sympy import Indexed, Symbol

from symgrad.algebra.binding import fresh, rebound
from symgrad.expressions import index, is_index
from symgrad.heads import Reduction
from symgrad.program import Nest, Program


def without_shadows(program: Program, open_: Collection[Symbol] = ()) -> Program:
    """The program with its own name for every index that a range could mistake for another.

    `open_` are the ends of ranges that are still to be found: such indices keep their names.
    """
    nests = program.nests
    if not any(_shadowed(nest) for nest in nests):
        return program
    taken = {name for nest in nests for part in _parts(nest) for name in _names(part)}
    taken |= program.given.arrays.keys() if program.given else set()
    return replace(program, nests=tuple(_told_apart(nest, taken, open_) for nest in nests))


def _told_apart(nest: Nest, taken: set[str], open_: Collection[Symbol]) -> Nest:
    shadowed = _shadowed(nest)
    if not shadowed:
        return nest

    def choose(reduction: Reduction, bound: Symbol, around: frozenset[Symbol]) -> Symbol:
        ends = {end for limit in reduction.limits for end in limit[1:]}
        if bound not in around or bound not in shadowed or not ends.isdisjoint(open_):
            return bound
        name = fresh(bound.name, taken)
        taken.add(name)
        return index(name)

    scope = frozenset(loop.index for loop in nest.loops)

    def changed(part: Any) -> Any:
        return rebound(part, scope, choose)

    body = tuple(item.mapped(changed) for item in nest.body)
    return Nest(nest.loops, body, changed(nest.guard))


def _shadowed(nest: Nest) -> set[Symbol]:
    """The indices that some range of the nest speaks of and some reduction binds."""
    limits = [
        limit for part in _parts(nest) for one in part.atoms(Reduction) for limit in one.limits
    ]
    bound = {limit[0] for limit in limits}
    ends = [end for limit in limits for end in limit[1:]]
    ends += [end for loop in nest.loops for end in (loop.lower, loop.upper)]
    return {symbol for end in ends for symbol in end.free_symbols if is_index(symbol)} & bound


def _parts(nest: Nest) -> Iterator[Any]:
    yield nest.guard
    yield from (loop.index for loop in nest.loops)
    yield from (part for item in nest.body for part in (item.target, *item.members))


def _names(part: Any) -> Iterator[str]:
    for found in sympy.preorder_traversal(part):
        if isinstance(found, Symbol):
            yield found.name
        elif isinstance(found, Indexed):
            yield str(found.base.label)
