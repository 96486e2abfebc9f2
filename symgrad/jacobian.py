"""The Jacobian of one array with respect to another, from the derived backward pass.

Row i of the Jacobian is the gradient for the seed `y.grad[k] = [k == i]`:

    Jac[i, j] = d y[i] / d x[j] = x.grad[j]   where   y.grad[k] = [k == i]

So every gradient of the backward pass gets the indices of y in front, and the seed becomes the
bracket; a loop over k that meets it runs for k = i alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import Expr, Symbol

from symgrad.expressions import (
    Bracket,
    array_of,
    element,
    index,
    indices_of,
    is_element,
    is_index,
    rebuild,
    rename,
)
from symgrad.program import GRADIENT, Axis, Loop, Nest, Program, Statement, is_gradient, primal


def jacobian(backward: Program, of: str, wrt: str, name: str) -> Program:
    """`name[i, j] = d of[i] / d wrt[j]`, by the backward pass of a forward pass with output `of`.

    The gradients in between become auxiliary arrays `of_by_Z[i, …]`.
    """
    assert backward.given is not None
    rows = _rows(backward, backward.given.arrays[of].axes)
    lifted = _Lifting(of, wrt, name, rows)
    return Program((), tuple(lifted.nest(nest) for nest in backward.nests), backward.given)


def _rows(backward: Program, axes: Iterable[Axis]) -> tuple[Loop, ...]:
    """A loop for each axis, over an index that the backward pass does not use."""
    taken = {loop.index.name for nest in backward.nests for loop in nest.loops}
    taken |= backward.arrays.keys() | {
        symbol.name
        for _, statement in backward.statements
        for symbol in statement.value.free_symbols
    }
    letters = (letter for letter in ("i", "k", "l", "m", "n", "p", "q", "r") if letter not in taken)
    fresh = (f"i{n}" for n in range(1, 100) if f"i{n}" not in taken)
    return tuple(
        Loop(index(next(letters, None) or next(fresh)), axis.lower, axis.upper) for axis in axes
    )


@dataclass(frozen=True)
class _Lifting:
    of: str
    wrt: str
    name: str
    rows: tuple[Loop, ...]

    def nest(self, nest: Nest) -> Nest:
        """The nest for every row; loops that the seed ties to the row are dropped."""
        tied = self._tied(nest)
        new: dict[Symbol, Expr] = dict(tied)
        loops = (*self.rows, *(loop for loop in nest.loops if loop.index not in tied))
        body = tuple(
            Statement(
                self.lift(rename(statement.target, new)),
                statement.op,
                self.lift(rename(statement.value, new)),
            )
            for statement in nest.body
        )
        return replace(nest, loops=loops, body=body, guard=rename(nest.guard, new))

    def lift(self, expr: Any) -> Any:
        """The expression for the row: gradients with its indices, the seed as a bracket."""
        if is_element(expr) and array_of(expr) == self.of + GRADIENT:
            return self._seed(indices_of(expr))
        if is_element(expr) and is_gradient(array_of(expr)):
            rows = (loop.index for loop in self.rows)
            return element(self._array(array_of(expr)), *rows, *indices_of(expr))
        return rebuild(expr, self.lift) if getattr(expr, "args", ()) else expr

    def _array(self, gradient: str) -> str:
        source = primal(gradient)
        return self.name if source == self.wrt else f"{self.of}_by_{source}"

    def _seed(self, position: tuple[Expr, ...]) -> Expr:
        pairs = [
            sympy.Eq(at, row.index, evaluate=False)
            for at, row in zip(position, self.rows, strict=True)
            if at != row.index
        ]
        if not pairs:
            return sympy.Integer(1)
        return Bracket(pairs[0] if len(pairs) == 1 else sympy.And(*pairs, evaluate=False))

    def _tied(self, nest: Nest) -> dict[Symbol, Expr]:
        """The loop indices k that must be the row's index, because a factor `y.grad[k]` says so."""
        if len(nest.body) != 1:
            return {}
        ranges = {loop.index: (loop.lower, loop.upper) for loop in nest.loops}
        value = nest.body[0].value
        for factor in value.args if isinstance(value, sympy.Mul) else (value,):
            if is_element(factor) and array_of(factor) == self.of + GRADIENT:
                return {
                    at: row.index
                    for at, row in zip(indices_of(factor), self.rows, strict=True)
                    if is_index(at) and ranges.get(at) == (row.lower, row.upper)
                }
        return {}
