"""Which indices of a statement run along axes of arrays, and which need a loop of their own.

    J[i, j] += I[i + l - 1, j + m - 1] * K[l, m]      for l: for m: J += I[l:l+P, m:m+Q] * K[l, m]

An index may run along an axis if every element that it selects is a slice:

    a position c*i + r holds one such index, with a constant c >= 1, and lies within its axis;
    no element holds the index twice;
    its range depends on extents alone, and no condition compares it but for equality.

Where two indices meet in one position, the one with the longer range stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sympy
from sympy import Expr, Indexed, Symbol
from sympy.core.relational import Relational

from symgrad.expressions import array_of, indices_of, is_element, is_extent, is_index
from symgrad.heads import Bracket, Reduction, Where
from symgrad.program import Array, Axis, Loop, Nest, Statement
from symgrad.sets.integers import Integers
from symgrad.shapes import Scope, nest_accesses


def looped(nest: Nest, arrays: Mapping[str, Array], integers: Integers) -> frozenset[Symbol]:
    """The indices of a nest with one statement that need a loop of their own."""
    (statement,) = nest.body
    loops = [*nest.loops, *bound_loops(statement.value), *bound_loops(nest.guard)]
    own = set(_of_ranges(loops, integers))
    own |= set(_of_conditions(nest.guard)) | set(_of_conditions(statement.value))
    own |= _of_update(nest, statement)
    while True:
        more = set(_of_accesses(nest, arrays, integers, own)) - own
        if not more:
            return frozenset(own)
        own |= more


def bound_loops(expr: object) -> Iterator[Loop]:
    """The ranges of all reductions."""
    if isinstance(expr, Reduction):
        yield from (Loop(*limit) for limit in expr.limits)
    for part in getattr(expr, "args", ()):
        yield from bound_loops(part)


def _of_ranges(loops: Iterable[Loop], integers: Integers) -> Iterator[Symbol]:
    """Indices with a range that depends on others, or that may be too short for a slice."""
    for loop in loops:
        free = {*loop.lower.free_symbols, *loop.upper.free_symbols}
        plain = all(map(is_extent, free)) and not loop.upper.has(sympy.Max, sympy.Min, Indexed)
        if not plain or not integers.implies((), loop.lower <= loop.upper + 1):
            yield loop.index
        yield from filter(is_index, free)


def _of_conditions(expr: object) -> Iterator[Symbol]:
    """Indices that an order, or an equality of more than single indices, compares."""
    if isinstance(expr, Relational):
        equal = isinstance(expr, (sympy.Eq, sympy.Ne))
        for side in expr.args:
            if not equal or isinstance(side, (sympy.Add, sympy.Mul)):
                yield from filter(
                    is_index, getattr(side, "free_symbols", ()) if _whole(side) else ()
                )
    if isinstance(expr, Reduction) and expr.condition is not sympy.true:
        asked = expr.condition.free_symbols
        yield from filter(is_index, asked)
        bound = [symbol for symbol, *_ in expr.limits]
        # What is left out is left out by the loop of an index.
        yield from bound if asked.isdisjoint(bound) else ()
    for part in getattr(expr, "args", ()):
        yield from _of_conditions(part)


def _whole(side: Expr) -> bool:
    """Is this an index expression?"""
    return all(symbol.is_integer for symbol in side.free_symbols) and not side.has(Bracket, Where)


def _of_update(nest: Nest, statement: Statement) -> set[Symbol]:
    """What the order of a loop decides: overwriting, and reading what is being written."""
    indices = {loop.index for loop in nest.loops}
    target = statement.target
    again = any(
        array_of(part) == array_of(target) and part != target for part, _ in nest_accesses(nest)
    )
    if again:
        return indices
    kept = {position for position in indices_of(target) if isinstance(position, Symbol)}
    guarded = nest.guard is not sympy.true and statement.op in ("=", "*=")
    if guarded:
        return indices
    return set() if statement.op in ("+=", "-=") else indices - kept


def _of_accesses(
    nest: Nest, arrays: Mapping[str, Array], integers: Integers, own: set[Symbol]
) -> Iterator[Symbol]:
    for part, scope in nest_accesses(nest):
        seen: set[Symbol] = set()
        for position, axis in zip(indices_of(part), arrays[array_of(part)].axes, strict=True):
            along = {symbol for symbol in _indices(position) if symbol not in own}
            if len(along) > 1:
                ranges = {loop.index: loop for loop in scope}
                keep = max(sorted(along, key=str), key=lambda symbol: _length(ranges[symbol]))
                yield from along - {keep}
                continue
            for symbol in along:
                loop = next(loop for loop in reversed(scope) if loop.index == symbol)
                inside = position == symbol and (loop.lower, loop.upper) == (axis.lower, axis.upper)
                if symbol in seen or not (inside or _slices(position, loop, integers, axis, scope)):
                    yield symbol
                seen.add(symbol)


def _indices(position: Expr) -> Iterator[Symbol]:
    return filter(is_index, position.free_symbols)


def _length(loop: Loop) -> tuple[int, str]:
    """How long a range is likely to be: `H - h + 1` before `h`, a symbol before a number."""
    count = loop.upper - loop.lower
    return len(count.free_symbols), str(loop.index)


def _slices(position: Expr, loop: Loop, integers: Integers, axis: Axis, scope: Scope) -> bool:
    """Is a position c*i + r, within the axis for every i of the loop?"""
    if any(map(is_element, position.atoms(Symbol, Indexed))) or position.has(
        sympy.floor, sympy.Mod
    ):
        return False
    step = position.coeff(loop.index)
    if not (step.is_Integer and step > 0) or (position - step * loop.index).has(loop.index):
        return False
    known = [
        condition
        for other in scope
        for condition in (other.index >= other.lower, other.index <= other.upper)
    ]
    return integers.implies(known, position >= axis.lower) and integers.implies(
        known, position <= axis.upper
    )
