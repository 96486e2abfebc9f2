"""Names for the indices that whole arrays are read with.

    s.grad += p.grad * p       for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j]

An axis is counted by the letter that the forward pass or the text itself counts it by, else by the
small letter of its extent, else by the next of some letters; never by a name that means something
where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from sympy import Expr, Symbol, Tuple

from symgrad.expressions import array_of, index, indices_of, is_affine_head, rebuild
from symgrad.heads import Reduction
from symgrad.program import Axis, Loop, Nest, Opaque, Program
from symgrad.shapes import nest_accesses

OUTER = "ijklmnpqrtuv"
INNER = "klmnpqijrtuv"
"""Letters for the indices of loops and of reductions."""

Names = Mapping[Symbol, Symbol]


def with_names(program: Program, axis_of: Mapping[Symbol, Axis]) -> Program:
    """The program with a name for each index in `axis_of`."""
    if not axis_of:
        return program
    naming = Naming(axis_of, _habits(program, axis_of), _meaningful(program))
    nests = tuple(naming.nest(nest) for nest in program.nests)
    return Program(program.declarations, nests, program.given)


@dataclass(frozen=True)
class Naming:
    """How fresh indices are called: what each runs over, habits by axis, names that are taken."""

    axis_of: Mapping[Symbol, Axis]
    habits: Mapping[Axis, list[str]]
    meaningful: frozenset[str]

    def nest(self, nest: Nest) -> Nest:
        parts = (
            nest.guard,
            *(loop.index for loop in nest.loops),
            *(part for line in nest.body for part in (line.target, *line.members)),
        )
        symbols = {symbol for part in parts for symbol in _symbols(part)}
        if not any(symbol in self.axis_of for symbol in symbols):
            return nest
        written = {str(symbol.name) for symbol in symbols if symbol not in self.axis_of}
        taken = self.meaningful | written
        names: dict[Symbol, Symbol] = {}
        loops = []
        for loop in nest.loops:
            if loop.index in self.axis_of:
                names[loop.index] = self._name(loop.index, OUTER, taken)
                taken |= {str(names[loop.index].name)}
            loops.append(Loop(names.get(loop.index, loop.index), loop.lower, loop.upper))
        body = tuple(
            line.mapped(lambda part: self._named(part, names, taken)) for line in nest.body
        )
        return Nest(tuple(loops), body, self._named(nest.guard, names, taken))

    def _named(self, expr: Any, names: Names, taken: frozenset[str]) -> Any:
        if isinstance(expr, Symbol):
            return names.get(expr, expr)
        if not expr.args:
            return expr
        if is_affine_head(expr):
            return expr.xreplace(dict(names))
        if not isinstance(expr, Reduction):
            return rebuild(expr, lambda part: self._named(part, names, taken))
        names, limits = dict(names), []
        for bound, lower, upper in expr.limits:
            bounds = (self._named(part, names, taken) for part in (lower, upper))
            if bound in self.axis_of:
                names[bound] = self._name(bound, INNER, taken)
                taken |= {str(names[bound].name)}
            limits.append(Tuple(names.get(bound, bound), *bounds))
        return expr.func(
            self._named(expr.body, names, taken), self._named(expr.condition, names, taken), *limits
        )

    def _name(self, symbol: Symbol, letters: str, taken: frozenset[str]) -> Symbol:
        choices = self._choices(self.axis_of[symbol], letters)
        return index(next(name for name in choices if name not in taken))

    def _choices(self, axis: Axis, letters: str) -> Iterator[str]:
        yield from self.habits.get(axis, ())
        letter = str(axis.upper)
        if len(letter) == 1 and letter.isupper():
            yield letter.lower()
        yield from letters
        yield from (f"i{n}" for n in count(1))


def _habits(program: Program, axis_of: Mapping[Symbol, Axis]) -> dict[Axis, list[str]]:
    """The letters by which each axis is counted, the first first."""
    whole = program.joined()
    found: dict[Axis, list[str]] = {}
    for element, scope in chain.from_iterable(map(nest_accesses, whole.nests)):
        loops = {loop.index for loop in scope if loop.index not in axis_of}
        axes = program.arrays[array_of(element)].axes
        for place, axis in zip(indices_of(element), axes, strict=False):
            if place in loops and place.name not in found.setdefault(axis, []):
                found[axis].append(str(place.name))
    return found


def _meaningful(program: Program) -> frozenset[str]:
    """Names of arrays, extents and functions."""
    names = {*program.arrays, *(item.name for item in program.declared(Opaque))}
    for array in program.arrays.values():
        for axis in array.axes:
            names.update(str(one.name) for one in (axis.lower + axis.upper).free_symbols)
    return frozenset(names)


def _symbols(expr: Expr) -> Iterator[Symbol]:
    if isinstance(expr, Symbol):
        yield expr
    for part in expr.args:
        yield from _symbols(part)
