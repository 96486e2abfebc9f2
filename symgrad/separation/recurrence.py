"""Loops that carry a value from one iteration to the next, the same on both sides.

    h = 0                               s = 0
    for t: h = tanh(w*h + x[t])         for k: s = tanh(x[k] + s*w)
    out = v*h                           out = s*v

Such a loop is no definition, and has no closed form in general. But two loops that are one text,
apart from the names of what they write and of their indices and from the order of terms and
factors, leave the same values if they start from the same ones. Where that is so, what they leave
is one unknown array on both sides, `h~1`, of which nothing is assumed: not that it is almost never
zero, either.

    for all values of h~1:   h = h~1; out = v*h      s = h~1; out = s*v
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, TypeAlias

import sympy
from sympy import Expr
from sympy.logic.boolalg import And, Or

from symgrad.algebra.binding import names
from symgrad.expressions import array_of, element, indices_of, is_element, negate
from symgrad.heads import Reduction
from symgrad.program import Input, Nest, Program, Statement
from symgrad.separation.overwrite import Inseparable, over, spots_of
from symgrad.separation.separate import separate
from symgrad.sets.straying import written_outside

CARRIED = "~"
"""Marks what a loop leaves; no text can write it, for names do not hold a tilde."""

MOST_LOOPS = 4
"""So many loops are replaced, one after the other."""

MOST_LEAVES = 30
"""A longer expression is not multiplied out."""

COMMUTATIVE = (sympy.Add, sympy.Mul, sympy.Max, sympy.Min, And, Or)

Form: TypeAlias = "tuple[Any, ...]"
"""A text with names by their order; terms, factors and conditions sorted."""


@dataclass(frozen=True)
class Recurrence:
    """What the same loops leave on both sides, `h~1` for each array, and their text on the left.

    unknown    each array with the name of what it holds in the end
    nests      what gives the arrays their first values, and the loop
    """

    unknown: tuple[tuple[str, str], ...]
    nests: tuple[Nest, ...]


def without_recurrences(
    left: Program, right: Program
) -> tuple[Program, Program, tuple[Recurrence, ...]]:
    """Both sides with what the same loops leave in the place of these loops."""
    loops: list[Recurrence] = []
    for number in range(1, MOST_LOOPS + 1):
        places = _carrying(left), _carrying(right)
        if None in places or left.given is None or right.given is None:
            break
        found = _replaced(left, right, places, number)
        if found is None:
            break
        left, right, loop = found
        loops.append(loop)
    return left, right, tuple(loops)


def _carrying(program: Program) -> int | None:
    """The first nest that cannot be read as definitions."""
    found = separate(program, versions=True)
    if not isinstance(found, Inseparable):
        return None
    ends = accumulate(len(nest.body) for nest in program.nests)
    return next((place for place, end in enumerate(ends) if found.statement <= end), None)


def _replaced(
    left: Program, right: Program, places: Sequence[Any], number: int
) -> tuple[Program, Program, Recurrence] | None:
    """Both programs with one unknown in the place of what the loops at these places leave."""
    stories = [_story(side, place) for side, place in zip((left, right), places, strict=True)]
    if stories[0] is None or stories[1] is None or stories[0][1] != stories[1][1]:
        return None
    carried = [
        _targets(side.nests[place]) for side, place in zip((left, right), places, strict=True)
    ]
    pairs = list(zip(*carried, strict=True))
    if any(left.arrays[one].axes != right.arrays[other].axes for one, other in pairs):
        return None
    outside = written_outside(left) | written_outside(right)
    if not outside.isdisjoint(name for pair in pairs for name in pair):
        return None  # what is left there, no copy over the axes holds
    unknown = [f"{name}{CARRIED}{number}" for name in carried[0]]
    inputs = [
        Input(new, left.arrays[name].axes) for new, name in zip(unknown, carried[0], strict=True)
    ]
    sides = []
    for side, place, own, story in zip((left, right), places, carried, stories, strict=True):
        assert side.given is not None and story is not None
        nests = _with_unknown(side, place, dict(zip(own, unknown, strict=True)), story[0])
        if nests is None:
            return None
        given = side.given.with_declarations(*inputs)
        sides.append(replace(side, nests=nests, given=given))
    chosen = [left.nests[n] for n in stories[0][0]]
    told = tuple(nest for nest in chosen if not _written(nest).isdisjoint(carried[0]))
    loop = Recurrence(tuple(zip(carried[0], unknown, strict=True)), told)
    return sides[0], sides[1], loop


def _story(program: Program, place: int) -> tuple[list[int], Form] | None:
    """The nests on which what a loop leaves depends, itself the last one, and their text."""
    needed = _touched(program.nests[place])
    chosen = [place]
    for before in range(place - 1, -1, -1):
        nest = program.nests[before]
        if not needed.isdisjoint(_written(nest)):
            chosen.insert(0, before)
            needed |= _touched(nest)
    written = [name for n in chosen for name in _targets(program.nests[n])]
    if any(program.arrays[name].values is not None for name in written):
        return None
    if any(_starts_anew(program, name) for name in needed.difference(written)):
        return None
    known: dict[Any, Any] = {name: n for n, name in enumerate(dict.fromkeys(written))}
    text = tuple(_nest_form(program.nests[n], known) for n in chosen)
    return chosen, (*text, tuple(_start(program, name) for name in known))


def _starts_anew(program: Program, name: str) -> bool:
    """Does an array start at zero here, for the program writes it later on?"""
    return name in program.written and program.arrays[name].role != "input"


def _start(program: Program, name: str) -> Form:
    """What tells where an array starts: an input at its own value, all others at zero."""
    array = program.arrays[name]
    axes = tuple((str(axis.lower), str(axis.upper)) for axis in array.axes)
    return axes, name if array.role == "input" else None


def _with_unknown(
    program: Program, place: int, unknown: Mapping[str, str], story: list[int]
) -> tuple[Nest, ...] | None:
    """The nests with `h = h~1` for the loop, and without what gave h its value before."""
    result: list[Nest] = []
    for n, nest in enumerate(program.nests):
        own = _written(nest)
        if n == place:
            result += _copies(program, unknown)
        elif n < place and n in story and own <= unknown.keys():
            continue
        elif n < place and not _touched(nest).isdisjoint(unknown):
            return None  # what the array held before is read, too
        else:
            result.append(nest)
    return tuple(result)


def _copies(program: Program, unknown: Mapping[str, str]) -> Iterator[Nest]:
    taken = names(program)
    for name, new in unknown.items():
        axes = program.arrays[name].axes
        spots = spots_of(axes, taken)
        copy = Statement(element(name, *spots), "=", element(new, *spots))
        yield Nest(over(axes, spots), (copy,))


def _targets(nest: Nest) -> list[str]:
    """The arrays that a nest writes, in the order of its statements."""
    return list(dict.fromkeys(array_of(item.target) for item in nest.body))


def _written(nest: Nest) -> set[str]:
    return set(_targets(nest))


def _touched(nest: Nest) -> set[str]:
    """The arrays that a nest reads or writes."""
    return _written(nest) | nest.reads


# --- texts but for names ------------------------------------------------------------------------


def _nest_form(nest: Nest, known: Mapping[Any, Any]) -> Form:
    """A nest with the arrays that are written, and its indices, numbered."""
    inner = dict(known)
    loops = []
    for loop in nest.loops:
        ends = _form(loop.lower, inner), _form(loop.upper, inner)
        inner[loop.index] = _unused(inner)
        loops.append((inner[loop.index], *ends))
    body = tuple(
        (_form(item.target, inner), _form(_multiplied_out(_assigned(item)), inner))
        for item in nest.body
    )
    return tuple(loops), _form(nest.guard, inner), body


def _assigned(item: Statement) -> Expr:
    """What `=` would assign: A + v for A += v."""
    if item.op == "*=":
        return sympy.Mul(item.target, item.value, evaluate=False)
    if item.op in ("+=", "-="):
        value = item.value if item.op == "+=" else negate(item.value)
        return sympy.Add(item.target, value, evaluate=False)
    return item.value


def _multiplied_out(value: Expr) -> Expr:
    """A small polynomial multiplied out, which holds for all numbers; anything else as it is."""
    stack, leaves = [value], 0
    while stack:
        part = stack.pop()
        leaves += 1
        if leaves > MOST_LEAVES:
            return value
        if isinstance(part, (sympy.Add, sympy.Mul)):
            stack += part.args
        elif isinstance(part, sympy.Pow) and part.exp.is_Integer and 0 < part.exp <= 3:
            stack.append(part.base)
        elif not (is_element(part) or part.is_Rational or part.is_Symbol):
            return value
    return sympy.expand(value)


def _form(expr: Any, known: Mapping[Any, Any]) -> Form:
    """An expression with numbers for names that are known, sums and products in one order."""
    if expr in known:
        return ("index", known[expr])
    if is_element(expr):
        name = array_of(expr)
        places = (_form(place, known) for place in indices_of(expr))
        return ("element", known.get(name, name), *places)
    if isinstance(expr, Reduction):
        inner = dict(known)
        limits = []
        for bound, lower, upper in expr.limits:
            ends = _form(lower, inner), _form(upper, inner)
            inner[bound] = _unused(inner)
            limits.append((inner[bound], *ends))
        return (expr.keyword, tuple(limits), _form(expr.condition, inner), _form(expr.body, inner))
    if not expr.args:
        return ("leaf", type(expr).__name__, str(expr))
    head = type(expr)
    parts = list(_parts(expr, head) if head in COMMUTATIVE else expr.args)
    forms = [_form(part, known) for part in parts]
    return (str(expr.func), *(sorted(forms, key=repr) if head in COMMUTATIVE else forms))


def _unused(known: Mapping[Any, Any]) -> int:
    """A number of its own, for an index whose name may stand for another one outside, too."""
    return max(known.values(), default=-1) + 1


def _parts(expr: Any, head: type) -> Iterator[Any]:
    """The terms of a sum of sums, the factors of a product of products."""
    for part in expr.args:
        if type(part) is head:
            yield from _parts(part, head)
        else:
            yield part
