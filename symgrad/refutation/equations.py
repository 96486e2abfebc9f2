"""Assumed equations between inputs: sampled values are changed until they hold exactly.

    assume sum(k, y[b, k]) == 1       every y[b, k] is divided by the sum of its row
    assume m == sum(i, x[i]) / N      one element that occurs linearly is solved for

The residual of an equation is itself a program, so the literal evaluator computes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import fmpq
from sympy import Expr, Symbol

from symgrad.evaluation.evaluate import run
from symgrad.evaluation.stage import Cells, State
from symgrad.expressions import (
    add,
    array_of,
    divide,
    element,
    elements,
    index,
    is_element,
    negate,
    rename,
)
from symgrad.heads import SumOver
from symgrad.program import Array, Input, Loop, Nest, Program, Statement
from symgrad.shapes import accesses, standing

RESIDUAL = "residual*"
"""No text can write a starred name."""


class Equation:
    """An equation between elements of inputs, for every value of its free indices."""

    def __init__(self, condition: Any, arrays: Mapping[str, Array]) -> None:
        self.left, self.right = (spread(side, arrays) for side in condition.args)
        self.loops = free_loops((self.left, self.right), arrays)
        self._inputs = tuple(
            Input(array.name, array.axes, array.values, array.data)
            for array in arrays.values()
            if array.role == "input"
        )
        self._place = element(RESIDUAL, *(loop.index for loop in self.loops))
        self._residual = self._program(
            Statement(self._place, "=", add(self.left, negate(self.right)))
        )
        used = {array_of(read) for side in (self.left, self.right) for read in elements(side)}
        self.solvable = sorted(
            (name for name in used if _is_free(arrays[name])),
            key=lambda name: (arrays[name].rank, name),
        )
        self._scaling = self._scaled()

    def solve(self, values: State, extents: Mapping[str, int]) -> State | None:
        """Values changed so that they satisfy the equation; None where that fails."""
        if self.holds(values, extents):
            return values
        if self._scaling is not None:
            scaled = run(self._scaling, values, extents)
            if self.holds(scaled, extents):
                return {name: scaled[name] for name in values}
        state = dict(values)
        for key, residual in self.residual(state, extents).items():
            if residual != 0 and not self._solve_one(key, residual, state, extents):
                return None
        return state if self.holds(state, extents) else None

    def holds(self, values: State, extents: Mapping[str, int]) -> bool:
        return all(
            isinstance(residual, fmpq) and residual == 0
            for residual in self.residual(values, extents).values()
        )

    def residual(self, values: State, extents: Mapping[str, int]) -> Cells:
        return run(self._residual, values, extents)[RESIDUAL]

    def _solve_one(
        self,
        place: tuple[int, ...],
        residual: fmpq,
        state: dict[str, Cells],
        extents: Mapping[str, int],
    ) -> bool:
        """Newton's step on one element, exact where the equation is linear in it."""
        for name in self.solvable:
            for key in reversed(state[name]):
                value = state[name][key]
                slope = self._with(state, name, key, value + 1, place, extents) - residual
                if slope == 0:
                    continue
                new = value - residual / slope
                if self._with(state, name, key, new, place, extents) == 0:
                    state[name] = {**state[name], key: new}
                    return True
        return False

    def _with(
        self,
        state: State,
        name: str,
        key: tuple[int, ...],
        value: fmpq,
        place: tuple[int, ...],
        extents: Mapping[str, int],
    ) -> Any:
        return self.residual({**state, name: {**state[name], key: value}}, extents)[place]

    def _program(self, statement: Statement, loops: tuple[Loop, ...] = ()) -> Program:
        return Program(self._inputs, (Nest(self.loops + loops, (statement,)),))

    def _scaled(self) -> Program | None:
        """`y[k] *= right / sum(k, y[k])`, where the left side is such a sum."""
        sides = [self.left, self.right]
        for total, right in (sides, reversed(sides)):
            if not isinstance(total, SumOver) or right.is_zero:
                continue
            if is_element(total.body) and array_of(total.body) in self.solvable:
                loops = tuple(Loop(*limit) for limit in total.limits)
                sums = element("total*", *(loop.index for loop in self.loops))
                return Program(
                    self._inputs,
                    (
                        Nest(self.loops, (Statement(sums, "=", total),)),
                        Nest(
                            self.loops + loops, (Statement(total.body, "*=", divide(right, sums)),)
                        ),
                    ),
                )
        return None


def _is_free(array: Array) -> bool:
    return array.role == "input" and array.data is None and array.values is None


def spread(expr: Expr, arrays: Mapping[str, Array]) -> Expr:
    """Put elements for the bare names of arrays: in `x > 0`, x stands for each of its elements."""
    bare = {read for read in elements(expr) if isinstance(read, Symbol)}
    return rename(
        expr,
        {
            symbol: element(symbol.name, *(index(f"element{n}") for n in range(rank)))
            for symbol in bare
            if symbol.name in arrays and (rank := arrays[symbol.name].rank)
        },
    )


def free_loops(parts: tuple[Any, ...], arrays: Mapping[str, Array]) -> tuple[Loop, ...]:
    """A loop for every free index, over the axis on which it stands alone."""
    known = {name: array.axes for name, array in arrays.items()}
    found = [entry for part in parts for entry in accesses(part)]
    axes = standing(found, known)
    bound = {loop.index for _, scope in found for loop in scope}
    return tuple(
        Loop(position, axis.lower, axis.upper)
        for position, admitted in sorted(axes.items(), key=lambda entry: entry[0].name)
        if position not in bound
        for axis in sorted(admitted, key=str)[:1]
    )
