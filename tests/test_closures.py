"""Compiled closures against a plain walk over the tree, on random programs."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest
import sympy
from randomprograms import program, results, values

from symgrad.expressions import array_of, indices_of, is_element
from symgrad.heads import SumOver
from symgrad.program import Program
from symgrad.shapes import shapes

Scope = dict[Any, int]
Cells = dict[tuple[int, ...], Fraction]
ONE = Fraction(1)


class Walker:
    """A second evaluator, as short as it can be: no slots, no closures, SymPy for the indices."""

    def __init__(self, extents: dict[str, int], state: dict[str, Cells]) -> None:
        self.extents = {sympy.Symbol(n, integer=True, positive=True): v for n, v in extents.items()}
        self.state = state

    def index(self, expr: Any, scope: Scope) -> int:
        return int(expr.xreplace({**self.extents, **scope}))

    def value(self, expr: Any, scope: Scope) -> Fraction:
        if is_element(expr):
            key = tuple(self.index(position, scope) for position in indices_of(expr))
            return self.state[array_of(expr)].get(key, Fraction(0))
        if isinstance(expr, sympy.Symbol):
            return Fraction(self.index(expr, scope))
        if isinstance(expr, sympy.Integer):
            return Fraction(int(expr))
        if isinstance(expr, SumOver):
            ((bound, lower, upper),) = expr.limits
            numbers = range(self.index(lower, scope), self.index(upper, scope) + 1)
            return sum((self.value(expr.body, {**scope, bound: n}) for n in numbers), Fraction(0))
        parts = [self.value(part, scope) for part in expr.args]
        return (
            sum(parts, Fraction(0)) if isinstance(expr, sympy.Add) else Fraction(sympy.prod(parts))
        )

    def run(self, whole: Program) -> None:
        for nest in whole.nests:
            self.loops(nest, list(nest.loops), {})

    def loops(self, nest: Any, loops: list[Any], scope: Scope) -> None:
        if loops:
            first, *rest = loops
            for n in range(self.index(first.lower, scope), self.index(first.upper, scope) + 1):
                self.loops(nest, rest, {**scope, first.index: n})
        elif nest.guard.xreplace(scope) == sympy.true:
            for statement in nest.body:
                self.assign(statement, scope)

    def assign(self, statement: Any, scope: Scope) -> None:
        cells = self.state.setdefault(array_of(statement.target), {})
        key = tuple(self.index(position, scope) for position in indices_of(statement.target))
        before, value = cells.get(key, Fraction(0)), self.value(statement.value, scope)
        cells[key] = {
            "=": value, "+=": before + value, "-=": before - value, "*=": before * value,
        }[statement.op]  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_random_programs_run_as_they_are_written(seed: int) -> None:
    whole = program(Random(seed))
    for sizes in ((2, 3), (4, 2)):
        extents = dict(zip("NM", sizes, strict=True))
        state = {name: dict(cells) for name, cells in values(extents, Random(0)).items()}
        state.update({name: {} for name in shapes(whole) if name not in state})
        Walker(extents, state).run(whole)
        expected = {
            name: {key: value for key, value in cells.items() if value}
            for name, cells in state.items()
        }
        found = {
            name: {key: Fraction(int(v.p), int(v.q)) for key, v in cells.items()}
            for name, cells in results(whole, sizes).items()
        }
        assert found == expected
