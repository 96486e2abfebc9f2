"""The closed form of updates: each element once, as a sum with exact bounds.

A scatter adds to places, a gather collects what arrives at one place:

    for i, l: A[f(i, l)] += v(i, l)      =>      for p: A[p] = Σ_{i, l : f(i, l) = p} v(i, l)

`f = p` is solved for loop indices, the outermost first, where the coefficient is ±1; the ranges of
the solved indices become bounds on those that remain:

    for i in 1..H-h+1, l: I.grad[i+l-1] += K[l] * J.grad[i]
    for p: I.grad[p] = sum(l in max(1, p+h-H)..min(p, h), K[l] * J.grad[p-l+1])

An index that has only one value is substituted (`y.grad[ceil(p/2)]` under a pooling of stride 2);
what is no bound (a parity, `y[b] == p`, a condition on data) becomes the condition of the sum, or a
bracket. All updates of an array become one statement, where the last of them stood. isl simplifies
all bounds under the declared assumptions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from sympy import Expr

from symgrad.algebra.binding import fresh, names
from symgrad.expressions import add, array_of, element, index, indices_of, is_index
from symgrad.forms.contribution import Term, contribution, in_kinds, solved, term
from symgrad.forms.padding import Padding
from symgrad.program import Array, Axis, Loop, Nest, Program, Statement
from symgrad.separation.separate import Inseparable, separate
from symgrad.sets.bounds import nested
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjuncts, ranges, within

TARGET_NAMES = ("p", "q", "r", "s", "t", "u", "v")


Shapes: TypeAlias = Mapping[str, tuple[Axis, ...]]


def gather(program: Program, axes: Shapes = MappingProxyType({})) -> Program:
    """The program with one statement per array; as it is where it is not separable.

    axes: those of auxiliaries whose updates alone do not show them.
    """
    return _closed(program, axes, padding=False)


def pad(program: Program) -> Program:
    """The same with zero-padded and reversed copies in the place of exact bounds."""
    return _closed(program, {}, padding=True)


def _closed(program: Program, axes: Shapes, *, padding: bool) -> Program:
    outcome = separate(program)
    if isinstance(outcome, Inseparable):
        return program
    separated = outcome.program
    integers = Integers.of(separated)
    taken = names(separated)
    copies = Padding(separated.arrays, integers, set(taken)) if padding else None
    nests: list[Nest] = []
    for group in groups(separated.nests):
        array = separated.arrays[group.array]
        array = replace(array, axes=axes.get(array.name, array.axes))
        if group.together and all(_stays_inside(nest, array, integers) for nest in group.nests):
            closed = gathered(group.nests, array, integers, taken, copies)
            nests += [*(copies.flushed() if copies else ()), closed]
        else:
            nests += group.nests
    return replace(separated, nests=tuple(nests))


def _stays_inside(nest: Nest, array: Array, integers: Integers) -> bool:
    """Are all written elements inside the axes? Those of an auxiliary are only read off its use."""
    conditions = [*ranges(nest.loops), *conjuncts(nest.guard)]
    return array.role != "auxiliary" or all(
        position in {loop.index for loop in nest.loops if Axis(loop.upper, loop.lower) == axis}
        or all(integers.implies(conditions, part) for part in within(position, axis))
        for position, axis in zip(indices_of(nest.body[0].target), array.axes, strict=True)
    )


@dataclass(frozen=True)
class Group:
    """The nests that write one array; `together` if one statement can take their place."""

    array: str
    nests: tuple[Nest, ...]
    together: bool


def groups(nests: Sequence[Nest]) -> list[Group]:
    """The nests by the array that they write, at the place of the last of them.

    Nests that stand between them and read the array (other elements of it) keep them apart.
    """
    written = [array_of(nest.body[0].target) for nest in nests]
    result = []
    for n, name in enumerate(written):
        places = [place for place, other in enumerate(written) if other == name]
        between = nests[places[0] : places[-1] + 1]
        if any(name in other.reads for other in between):
            result.append(Group(name, (nests[n],), together=False))
        elif n == places[-1]:
            result.append(Group(name, tuple(nests[place] for place in places), together=True))
    return result


def gathered(
    nests: Sequence[Nest],
    array: Array,
    integers: Integers,
    taken: Collection[str],
    padding: Padding | None = None,
) -> Nest:
    """All updates of an array as one statement."""
    spots = target_indices([indices_of(nest.body[0].target) for nest in nests], taken)
    pairs = zip(spots, array.axes, strict=True)
    axes = [Loop(spot, axis.lower, axis.upper) for spot, axis in pairs if is_index(spot)]
    known = ranges(axes)
    terms = []
    for nest in nests:
        found = contribution(nest, spots, integers, taken)
        if padding:
            found = padding.padded(found, axes)
        terms.append(term(solved(found, known, integers), known, integers))
    loops, terms = _common_range(axes, terms, integers)
    value = add(*(part.expr for part in terms))
    return Nest(tuple(loops), (Statement(element(array.name, *spots), "=", value),))


def target_indices(
    positions: Sequence[tuple[Expr, ...]], taken: Collection[str]
) -> tuple[Expr, ...]:
    """For each axis the index that stands there alone in every update, or the one number that
    all updates write; else p, q, r, …"""
    spots: list[Expr] = []
    for axis in zip(*positions, strict=True):
        usual = axis[0]
        number = usual.is_Integer and len(set(axis)) == 1
        if number or (all(map(is_index, axis)) and usual not in spots):
            spots.append(usual)
            continue
        reserved = {*taken, *(str(spot) for spot in spots)}
        free = (name for name in TARGET_NAMES if name not in reserved)
        spots.append(index(next(free, fresh("p", reserved))))
    return tuple(spots)


def _common_range(
    axes: Sequence[Loop], terms: Sequence[Term], integers: Integers
) -> tuple[list[Loop], list[Term]]:
    """The target's range: narrower than its axes where all terms are confined to one box."""
    outside = terms[0].outside
    alike = all(set(part.outside) == set(outside) for part in terms)
    if not outside or not alike or any(part.equality for part in outside):
        return list(axes), list(terms)
    constraints, _ = in_kinds(ranges(axes), integers)
    every = [*outside, *constraints]
    found = nested([axis.index for axis in axes], every, (), integers)
    if found is None or found[1] or found[2]:
        return list(axes), list(terms)
    loops = [Loop(item.index, item.lower, item.upper) for item in found[0]]
    return loops, [replace(part, outside=()) for part in terms]
