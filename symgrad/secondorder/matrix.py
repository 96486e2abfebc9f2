"""The whole Hessian by an array, as a program: its product with every unit direction at once.

    x_grad_v[i] = sum(j, d2 loss / d x[i] d x[j] * v[j])        the product with a direction
    x_grad_x[i, c]                                              the same for v[j] = [j == c]

What depends on the direction gets the axes of the direction besides its own. Two things are proved
of the matrix: times any direction it is the product, and it is symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Eq

from symgrad.algebra.binding import axis_loops, fresh, names
from symgrad.equivalence import Verdict, equivalent
from symgrad.expressions import (
    Element,
    array_of,
    element,
    index,
    indices_of,
    is_element,
    mul,
    rebuild,
)
from symgrad.forms.gather import gather
from symgrad.heads import Bracket, SumOver
from symgrad.program import Axis, Input, Loop, Nest, Program, Statement
from symgrad.secondorder.hessian import Direction


@dataclass(frozen=True)
class Matrix:
    """`program` writes `result`, the rows first; and what was proved of it."""

    program: Program
    result: str
    is_product: Verdict
    is_symmetric: Verdict


def matrix(found: Direction) -> Matrix:
    """The Hessian whose product with a direction is given."""
    columns = _Columns(found)
    nests = tuple(map(columns.nest, found.program.nests))
    program = gather(Program((), nests, found.program.given), columns.axes())
    return Matrix(
        program,
        columns.names[found.result],
        columns.times_direction(program),
        columns.transposed(program),
    )


def _moving(found: Direction) -> list[str]:
    """The arrays that depend on the direction, in the order in which they are written."""
    moving = {found.direction: None}
    for nest in found.program.nests:
        if not nest.reads.isdisjoint(moving):
            moving.update((array_of(one.target), None) for one in nest.body)
    return [name for name in moving if name != found.direction]


class _Columns:
    """Writes a column for each unit direction in the place of one direction."""

    def __init__(self, found: Direction) -> None:
        self._found = found
        self._taken = names(found.program)
        self._rows = axis_loops(found.program, found.program.arrays[found.direction])
        self._columns = tuple(replace(loop, index=index(self._new("c"))) for loop in self._rows)
        self.names = {name: self._column_name(name) for name in _moving(found)}
        """What depends on the direction, with the name of its columns."""

    def _column_name(self, name: str) -> str:
        bare = name.removesuffix(f"_{self._found.direction}")
        return self._new(f"{bare}_{self._found.source}")

    def _new(self, name: str) -> str:
        new = fresh(name, self._taken)
        self._taken |= {new}
        return new

    def axes(self) -> dict[str, tuple[Axis, ...]]:
        """The axes of every array of columns: its own, then those of the direction."""
        arrays = self._found.program.arrays
        own = arrays[self._found.direction].axes
        return {new: (*arrays[name].axes, *own) for name, new in self.names.items()}

    def nest(self, nest: Nest) -> Nest:
        """The nest for every column, if it is about what depends on the direction."""
        written = (array_of(one.target) for one in nest.body)
        if not any(name in self.names for name in written):
            return nest
        body = tuple(one.mapped(self._put) for one in nest.body)
        return Nest((*self._columns, *nest.loops), body, nest.guard)

    def _put(self, expr: Any) -> Any:
        if not is_element(expr):
            return rebuild(expr, self._put) if expr.args else expr
        name, places = array_of(expr), indices_of(expr)
        columns = [loop.index for loop in self._columns]
        if name == self._found.direction:
            pairs = zip(places, columns, strict=True)
            return mul(*(Bracket(Eq(*pair, evaluate=False)) for pair in pairs))
        return element(self.names[name], *places, *columns) if name in self.names else expr

    # --- what is proved ---------------------------------------------------------------------

    def times_direction(self, program: Program) -> Verdict:
        """x_grad_v[i] = sum(c, x_grad_x[i, c] * v[c])"""
        forward, direction = self._found.program.given, self._found.direction
        assert forward is not None
        axes = self._found.program.arrays[direction].axes
        given = replace(forward, declarations=(*forward.declarations, Input(direction, axes)))
        limits = [(loop.index, loop.lower, loop.upper) for loop in self._columns]
        columns = [loop.index for loop in self._columns]
        entry = mul(self._entry(self._rows, self._columns), element(direction, *columns))
        target = element(self._found.result, *(loop.index for loop in self._rows))
        rows = Nest(self._rows, (Statement(target, "=", SumOver.over(limits, entry)),))
        left = Program((), (*program.nests, rows), given)
        right = gather(
            replace(self._found.program, declarations=(), given=given), {self._found.result: axes}
        )
        return equivalent(left, right, given=given, targets=[self._found.result])

    def transposed(self, program: Program) -> Verdict:
        """x_grad_x[i, c] = x_grad_x[c, i]"""
        side = self._new("side")
        loops = (*self._rows, *self._columns)
        target = element(side, *(loop.index for loop in loops))
        orders = (self._rows, self._columns), (self._columns, self._rows)
        left, right = (
            replace(
                program,
                nests=(*program.nests, Nest(loops, (Statement(target, "=", self._entry(*order)),))),
            )
            for order in orders
        )
        return equivalent(left, right, given=program.given, targets=[side])

    def _entry(self, rows: Sequence[Loop], columns: Sequence[Loop]) -> Element:
        name = self.names[self._found.result]
        return element(name, *(loop.index for loop in (*rows, *columns)))
