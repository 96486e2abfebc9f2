"""The Jacobian of one array with respect to another, from the derived backward pass.

Row i of the Jacobian is the gradient for the seed `y.grad[k] = [k == i]`:

    Jac[i, j] = d y[i] / d x[j] = x.grad[j]   where   y.grad[k] = [k == i]

So every gradient of the backward pass gets the indices of y in front, and the seed becomes the
bracket. A loop over k, or a sum over k, that meets it is left with k = i alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import Expr, Integer, Mul, Symbol

from symgrad.course.known import product
from symgrad.expressions import (
    array_of,
    element,
    index,
    indices_of,
    is_element,
    is_index,
    rebuild,
    rename,
)
from symgrad.heads import Bracket, SumOver
from symgrad.program import GRADIENT, Axis, Loop, Nest, Program, is_gradient, primal
from symgrad.sets.literals import conjunction


def jacobian(backward: Program, of: str, wrt: str, name: str) -> Program:
    """`name[i, j] = d of[i] / d wrt[j]`, by the backward pass of a forward pass with output `of`.

    The gradients in between become auxiliary arrays `of_by_Z[i, …]`.
    """
    assert backward.given is not None
    rows = _rows(backward, backward.given.arrays[of].axes)
    lifted = _Lifting(of, wrt, name, rows)
    nests = (_renamed(lifted.nest(nest), backward.arrays.keys()) for nest in backward.nests)
    return Program((), tuple(nests), backward.given)


def _rows(backward: Program, axes: Iterable[Axis]) -> tuple[Loop, ...]:
    """A loop for each axis, over an index that the backward pass does not use."""
    names = _names(backward)
    return tuple(Loop(index(next(names)), axis.lower, axis.upper) for axis in axes)


def _names(backward: Program) -> Iterator[str]:
    parts = [part for nest in backward.nests for part in _parts(nest)]
    taken = {symbol.name for part in parts for symbol in part.atoms(Symbol)}
    taken |= backward.arrays.keys()
    yield from (letter for letter in "iklmnpqr" if letter not in taken)
    yield from (f"i{n}" for n in range(1, 1000) if f"i{n}" not in taken)


def _renamed(nest: Nest, arrays: Collection[str]) -> Nest:
    """The loops called i, j, k, …, where nothing else has that name."""
    own = {loop.index for loop in nest.loops}
    others = {symbol.name for part in _parts(nest) for symbol in part.atoms(Symbol) - own}
    letters = (letter for letter in "ijklmnpqr" if letter not in others and letter not in arrays)
    new = {loop.index: index(letter) for loop, letter in zip(nest.loops, letters, strict=False)}
    return Nest(
        tuple(
            Loop(new.get(loop.index, loop.index), rename(loop.lower, new), rename(loop.upper, new))
            for loop in nest.loops
        ),
        tuple(one.renamed(new) for one in nest.body),
        rename(nest.guard, new),
    )


def _parts(nest: Nest) -> Iterator[Any]:
    for loop in nest.loops:
        yield from (loop.index, loop.lower, loop.upper)
    yield nest.guard
    for statement in nest.body:
        yield from (statement.target, statement.value)


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
        body = tuple(statement.renamed(new).mapped(self.lift) for statement in nest.body)
        return replace(nest, loops=loops, body=body, guard=rename(nest.guard, new))

    def lift(self, expr: Any) -> Any:
        """The expression for the row: gradients with its indices, the seed as a bracket."""
        if is_element(expr):
            return self._element(expr)
        if isinstance(expr, SumOver):
            return self._sum(expr)
        if isinstance(expr, Mul):
            return product([self.lift(factor) for factor in expr.args])
        return rebuild(expr, self.lift) if getattr(expr, "args", ()) else expr

    def _element(self, expr: Expr) -> Expr:
        name = array_of(expr)
        if name == self.of + GRADIENT:
            return self._seed(indices_of(expr))
        if not is_gradient(name):
            return expr
        rows = (loop.index for loop in self.rows)
        own = self.name if primal(name) == self.wrt else f"{self.of}_by_{primal(name)}"
        return element(own, *rows, *indices_of(expr))

    def _seed(self, position: tuple[Expr, ...]) -> Expr:
        pairs = [
            sympy.Eq(at, row.index, evaluate=False)
            for at, row in zip(position, self.rows, strict=True)
            if at != row.index
        ]
        if not pairs:
            return Integer(1)
        return Bracket(conjunction(pairs))

    def _sum(self, expr: SumOver) -> Expr:
        """`sum(k, [k == i] * a[k])` is `a[i]`."""
        ranges = {bound: (lower, upper) for bound, lower, upper in expr.limits}
        tied = dict(self._ties(expr.body, ranges))
        limits = [limit for limit in expr.limits if limit[0] not in tied]
        body, condition = self.lift(rename(expr.body, tied)), rename(expr.condition, tied)
        if limits:
            return SumOver.over(limits, body, condition)
        return body if condition is sympy.true else product([body, Bracket(condition)])

    def _tied(self, nest: Nest) -> dict[Symbol, Expr]:
        """The loops that only one round counts of."""
        if len(nest.body) != 1:
            return {}
        ranges = {loop.index: (loop.lower, loop.upper) for loop in nest.loops}
        return dict(self._ties(nest.body[0].value, ranges))

    def _ties(
        self, value: Expr, ranges: dict[Symbol, tuple[Expr, Expr]]
    ) -> Iterator[tuple[Symbol, Expr]]:
        """The indices k that must be the row's index, because a factor `y.grad[k]` says so."""
        for factor in value.args if isinstance(value, Mul) else (value,):
            if is_element(factor) and array_of(factor) == self.of + GRADIENT:
                for at, row in zip(indices_of(factor), self.rows, strict=True):
                    if is_index(at) and ranges.get(at) == (row.lower, row.upper):
                        yield at, row.index
                return
