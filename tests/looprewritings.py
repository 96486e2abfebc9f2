"""Other loops that leave the same: rounds apart, turned, shifted, summed, through a helper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import sympy
from sumrewritings import both, is_axis, parity
from sympy import Expr, Integer

from symgrad.expressions import array_of, element, elements, indices_of, is_index
from symgrad.heads import Reduction, SumOver
from symgrad.program import Loop, Nest, Program, Statement

Loops = tuple[Loop, ...]


def last_round_apart(program: Program) -> Program:
    """The last round of an outermost loop over an axis, after the others."""
    return _nests(program, _last_round)


def first_round_apart(program: Program) -> Program:
    """The first round of an outermost loop over an axis, before the others."""
    return _nests(program, _first_round)


def every_other_round(program: Program) -> Program:
    """The even rounds of the innermost loop before the odd ones, where no order matters."""

    def change(nest: Nest) -> Iterator[Nest]:
        if not nest.loops or not _is_unordered(nest):
            yield nest
            return
        for rest in (0, 1):
            rounds = parity(nest.loops[-1].index, rest)
            yield replace(nest, guard=both(nest.guard, rounds))

    return _nests(program, change)


def backwards(program: Program) -> Program:
    """The innermost loop from its end, where no order matters."""
    return _innermost(
        program, lambda nest, loop: [_moved(nest, loop, loop.lower + loop.upper - loop.index)]
    )


def from_zero(program: Program) -> Program:
    """for i in 0..N-1, with i+1 for i, the innermost loop.

    Where t[i - 1] becomes t[i], an axis could be read off it: then nothing changes.
    """

    def change(nest: Nest, loop: Loop) -> list[Nest]:
        earlier = Loop(loop.index, loop.lower - 1, loop.upper - 1)
        return [_moved(nest, earlier, loop.index + 1)]

    new = _innermost(program, change)
    return new if new.arrays == program.arrays else program


def halves(program: Program) -> Program:
    """for i in 1..floor(N/2)  and  for i in floor(N/2)+1..N, the innermost loop."""

    def change(nest: Nest, loop: Loop) -> list[Nest]:
        if not is_axis(loop.lower, loop.upper):
            return [nest]
        middle = sympy.floor(loop.upper / 2)
        return [
            replace(nest, loops=(*nest.loops[:-1], Loop(loop.index, *ends)))
            for ends in ((loop.lower, middle), (middle + 1, loop.upper))
        ]

    return _innermost(program, change)


def sides_of_the_diagonal(program: Program) -> Program:
    """Below, on and above the diagonal of the two innermost loops."""

    def change(nest: Nest, loop: Loop) -> list[Nest]:
        if len(nest.loops) < 2:
            return [nest]
        other = nest.loops[-2].index
        return [
            replace(nest, guard=both(nest.guard, relation(loop.index, other, evaluate=False)))
            for relation in (sympy.Lt, sympy.Eq, sympy.Gt)
        ]

    return _innermost(program, change)


def _innermost(program: Program, change: Callable[[Nest, Loop], list[Nest]]) -> Program:
    """A change of the innermost loop of every nest, where no order matters."""

    def new(nest: Nest) -> Iterator[Nest]:
        if nest.loops and (_is_unordered(nest) or _is_once(nest)):
            yield from change(nest, nest.loops[-1])
        else:
            yield nest

    return _nests(program, new)


def _moved(nest: Nest, loop: Loop, place: Expr) -> Nest:
    """The nest with another innermost loop over the same index, and a form of it at its places."""
    inner = replace(nest, loops=()).renamed({loop.index: place})
    return Nest((*nest.loops[:-1], loop), inner.body, inner.guard)


def loops_turned(program: Program) -> Program:
    """The loops in the other order, where no order matters."""

    def change(nest: Nest) -> Iterator[Nest]:
        indices = {loop.index for loop in nest.loops}
        free = not any(
            indices & (loop.lower.free_symbols | loop.upper.free_symbols) for loop in nest.loops
        )
        turned = tuple(reversed(nest.loops)) if free and _is_unordered(nest) else nest.loops
        yield replace(nest, loops=turned)

    return _nests(program, change)


def summed(program: Program) -> Program:
    """for b, j: Z[b] += e   is   for b: Z[b] += sum(j, e)."""

    def change(nest: Nest) -> Iterator[Nest]:
        yield _summed(nest) if _is_sum(nest) else nest

    return _nests(program, change)


def unsummed(program: Program) -> Program:
    """for b: Z[b] += sum(j, e)   is   for b, j: Z[b] += e; `=` is 0 first."""

    def change(nest: Nest) -> Iterator[Nest]:
        total = nest.body[0].value
        names = {loop.index for loop in nest.loops}
        if not isinstance(total, SumOver) or names & {limit[0] for limit in total.limits}:
            yield nest
            return
        op = nest.body[0].op
        if op == "=" and _is_once(nest):
            yield replace(nest, body=(replace(nest.body[0], value=Integer(0), earlier=()),))
            op = "+="
        if len(nest.body) > 1 or op not in ("+=", "-=") or not _is_unordered(nest):
            yield nest
            return
        loops = (*nest.loops, *(Loop(*limit) for limit in total.limits))
        guard = total.condition if nest.guard == sympy.true else nest.guard
        if total.condition != sympy.true and guard is nest.guard:
            guard = both(nest.guard, total.condition)
        statement = Statement(nest.body[0].target, op, total.body)
        yield Nest(loops, (statement,), guard)

    return _nests(program, change)


def with_helper(program: Program) -> Program:
    """for b, j: x[b, j] += e   is   for b, j: h[b, j] = e   and   for b, j: x[b, j] += h[b, j]."""
    return _through(program, "helper", 1, lambda loops: loops)


def with_transposed_helper(program: Program) -> Program:
    """for b, j: x[b, j] += e   is   for j, b: h[j, b] = e   and   for b, j: x[b, j] += h[j, b]."""
    return _through(program, "turned", 2, lambda loops: loops[::-1])


def _through(program: Program, prefix: str, least: int, order: Callable[[Loops], Loops]) -> Program:
    """Values of nests of so many loops at least through an array with its axes in an order."""
    names = _unused(program, prefix)

    def change(nest: Nest) -> Iterator[Nest]:
        (statement, *more) = nest.body
        plain = all(is_axis(loop.lower, loop.upper) for loop in nest.loops)
        other = more or not plain or len(nest.loops) < least
        if other or _reads_itself(nest) or not _is_value(statement):
            yield nest
            return
        loops = order(nest.loops)
        helper = element(next(names), *(loop.index for loop in loops))
        yield replace(nest, loops=loops, body=(Statement(helper, "=", statement.value),))
        yield replace(nest, body=(replace(statement, value=helper),))

    return _nests(program, change)


def _unused(program: Program, prefix: str) -> Iterator[str]:
    """prefix0, prefix1, ...: those names that no array of the program has."""
    return (name for n in count() if (name := f"{prefix}{n}") not in program.arrays)


def _nests(program: Program, change: Callable[[Nest], Iterator[Nest]]) -> Program:
    return replace(program, nests=tuple(new for nest in program.nests for new in change(nest)))


def _last_round(nest: Nest) -> Iterator[Nest]:
    if not nest.loops or not is_axis(nest.loops[0].lower, nest.loops[0].upper):
        yield nest
        return
    loop, *rest = nest.loops
    yield replace(nest, loops=(replace(loop, upper=loop.upper - 1), *rest))
    yield _round(nest, loop.upper)


def _first_round(nest: Nest) -> Iterator[Nest]:
    if not nest.loops or not is_axis(nest.loops[0].lower, nest.loops[0].upper):
        yield nest
        return
    loop, *rest = nest.loops
    yield _round(nest, loop.lower)
    yield replace(nest, loops=(replace(loop, lower=loop.lower + 1), *rest))


def _round(nest: Nest, place: Expr) -> Nest:
    """One round of the outermost loop."""
    loop, *rest = nest.loops
    return replace(nest, loops=tuple(rest)).renamed({loop.index: place})


def _is_unordered(nest: Nest) -> bool:
    """Sums of what the nest does not write: every order of its rounds leaves the same."""
    return not _reads_itself(nest) and all(one.op in ("+=", "-=") for one in nest.body)


def _reads_itself(nest: Nest) -> bool:
    written = {array_of(one.target) for one in nest.body}
    parts = [nest.guard, *(one.value for one in nest.body)]
    parts += [place for one in nest.body for place in indices_of(one.target)]
    return bool(written & {array_of(read) for part in parts for read in elements(part)})


def _is_once(nest: Nest) -> bool:
    """One statement, each element of whose target is written in one round."""
    plain = {place for place in indices_of(nest.body[0].target) if is_index(place)}
    return (
        len(nest.body) == 1
        and plain == {loop.index for loop in nest.loops}
        and not _reads_itself(nest)
    )


def _is_sum(nest: Nest) -> bool:
    return len(nest.body) == 1 and _is_unordered(nest)


def _summed(nest: Nest) -> Nest:
    (statement,) = nest.body
    used = {symbol for place in indices_of(statement.target) for symbol in place.free_symbols}
    kept = [loop for loop in nest.loops if loop.index in used]
    inner = [loop for loop in nest.loops if loop.index not in used]
    gone = {loop.index for loop in inner}
    if not inner or any(gone & (k.lower.free_symbols | k.upper.free_symbols) for k in kept):
        return nest
    limits = [(loop.index, loop.lower, loop.upper) for loop in inner]
    value = SumOver.over(limits, statement.value, nest.guard)
    return Nest(tuple(kept), (replace(statement, value=value, earlier=()),))


def _is_value(statement: Statement) -> bool:
    """Not an index, which an array may hold, nor a chain."""
    return (
        not statement.earlier
        and not isinstance(statement.value, Reduction)
        and bool(statement.value.args)
    )
