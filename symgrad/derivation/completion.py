"""True values for the gradients that a side reads but does not write.

A `.grad` that a text reads and does not write has its true value: free for an `output`, 1 for the
`loss`, derived for what lies between, 0 for what reaches neither. `complete` appends the derived
statements that such reads need to the forward pass, under names of their own (`Z.grad*`), because
the side may at the same time write some of the same gradients, rightly or wrongly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from symgrad.derivation.backward import derive
from symgrad.derivation.seeds import wanted
from symgrad.expressions import (
    Element,
    array_of,
    element,
    indices_of,
    is_element,
    rebuild,
)
from symgrad.program import Nest, Output, Program, is_gradient, kept, primal

TRUE = "*"
"""Marks the true gradient `Z.grad*`; no text can write it, for names do not hold a star."""


def complete(side: Program, given: Program) -> Program:
    """The side, with every gradient that it reads and does not write defined by its given."""
    if side.given is given and not _missing(side, given):
        return side
    return _complete(side, given)


@kept
def _missing(side: Program, given: Program) -> frozenset[str]:
    """The gradients that a side reads, and neither it nor the given writes."""
    outputs = {item.name for item in given.declared(Output)}
    written = {*side.written, *given.written}
    return frozenset(
        name
        for name in _read(side.nests)
        if is_gradient(name) and name not in written and primal(name) not in outputs
    )


@kept
def _complete(side: Program, given: Program) -> Program:
    missing = _missing(side, given)
    if not missing:
        return replace(side, given=given)
    seeds = frozenset(name for name in side.written if is_gradient(name))
    return replace(
        side,
        nests=renamed(side.nests, {name: name + TRUE for name in missing}),
        given=_completed(given, missing, seeds),
    )


@lru_cache(maxsize=64)
def _completed(given: Program, missing: frozenset[str], written: frozenset[str]) -> Program:
    """The forward pass and the statements of the true gradients that are missing."""
    backward = needed(_backward(given), missing)
    truth = {array_of(statement.target) for nest in backward for statement in nest.body} | missing
    # A seed that the side writes is its own array from then on; the truth still reads the seed.
    truth |= _read(backward) & written
    starred = {name: name + TRUE for name in truth}
    return replace(given, nests=given.nests + renamed(backward, starred))


@lru_cache(maxsize=64)
def _backward(given: Program) -> Program:
    """The gradients of all arrays; of those that no output reaches, zeros."""
    return derive(given, wanted(given, None))


def only(program: Program, names: tuple[str, ...]) -> Program:
    """The program without what none of some arrays depends on."""
    return program if needed(program, names) == program.nests else _only(program, names)


@kept
def _only(program: Program, names: tuple[str, ...]) -> Program:
    return replace(program, nests=needed(program, names))


@kept
def needed(program: Program, names: Collection[str]) -> tuple[Nest, ...]:
    """The nests of a program that some arrays (a hashable collection) depend on, in their order.

    out = p; p = 2      with the second statement p starts at zero here, whatever it was before
    """
    asked = set(names)
    chosen: list[int] = []
    for place, nest in reversed(list(enumerate(program.nests))):
        if not asked.isdisjoint(_written(nest)):
            chosen.append(place)
            asked |= nest.reads
    inputs = {name for name, array in program.arrays.items() if array.role == "input"}
    cleared = asked.difference(inputs, *(_written(program.nests[place]) for place in chosen))
    for place, nest in enumerate(program.nests):
        if not cleared.isdisjoint(_written(nest)):
            chosen.append(place)
            cleared -= _written(nest)
    return tuple(program.nests[place] for place in sorted(chosen))


def _written(nest: Nest) -> set[str]:
    return {array_of(statement.target) for statement in nest.body}


def _read(nests: Iterable[Nest]) -> set[str]:
    """The arrays that nests read, in values, indices, guards and bounds."""
    return set().union(*(nest.reads for nest in nests))


def renamed(nests: Iterable[Nest], names: Mapping[str, str]) -> tuple[Nest, ...]:
    """Nests over arrays of other names."""
    return tuple(
        replace(
            nest,
            body=tuple(one.mapped(lambda part: _rename(part, names)) for one in nest.body),
            guard=_rename(nest.guard, names),
        )
        for nest in nests
    )


def _rename(expr: Element, names: Mapping[str, str]) -> Element:
    """The same expression over arrays of other names."""
    if is_element(expr):
        name = array_of(expr)
        indices = (_rename(position, names) for position in indices_of(expr))
        return element(names.get(name, name), *indices)
    if not expr.args:
        return expr
    return rebuild(expr, lambda part: _rename(part, names))
