"""Programs that are definitions as they stand: seen at a look, without asking about any element.

    for b, j: Z[b] += exp(s[b, j])
    for b, j: p[b, j] = exp(s[b, j]) / Z[b]

Every array is written by one statement, alone in its nest, and read by later nests only; where `=`
writes, every loop's index is a place of the target, so that each element is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symgrad.expressions import array_of, indices_of
from symgrad.program import Array, Nest, Program


def plain(program: Program, *, versions: bool) -> tuple[Nest, ...] | None:
    """The nests as definitions, if they are; with `versions`, `A = v` is `A += v` from zero."""
    arrays = program.arrays
    read: set[str] = set()
    written: set[str] = set()
    for nest in program.nests:
        if len(nest.body) != 1 or not _defines(nest, arrays):
            return None
        array = array_of(nest.body[0].target)
        read |= nest.reads
        if array in read or array in written:
            return None
        written.add(array)
    return tuple(_adding(nest, arrays) for nest in program.nests) if versions else program.nests


def _defines(nest: Nest, arrays: Mapping[str, Array]) -> bool:
    """Does no element get a second value, nor one that was given?"""
    (statement,) = nest.body
    if arrays[array_of(statement.target)].role == "input" or statement.op == "*=":
        return False
    return statement.op != "=" or nest.indices <= set(indices_of(statement.target))


def _adding(nest: Nest, arrays: Mapping[str, Array]) -> Nest:
    (statement,) = nest.body
    if statement.op != "=" or arrays[array_of(statement.target)].values is not None:
        return nest
    return replace(nest, body=(replace(statement, op="+="),))
