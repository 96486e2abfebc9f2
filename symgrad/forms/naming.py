"""What bound indices are called: as the program calls an index of the same range.

sum(#1 in 1..J, p.grad[b, #1] * p[b, #1])   in the loops b, j is   sum(j2, p.grad[b, j2] * p[b, j2])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sympy import Symbol

from symgrad.algebra.binding import fresh, rebound
from symgrad.expressions import index, is_extent
from symgrad.forms.expansion import MARK
from symgrad.heads import Reduction
from symgrad.program import Axis, Nest, Opaque, Program
from symgrad.shapes import accesses, standing


@dataclass(frozen=True)
class Naming:
    """What bound indices are called: as the program calls an index of the same range."""

    program: Program
    usual: Mapping[tuple[object, object], tuple[str, ...]]
    taken: frozenset[str]

    @classmethod
    def of(cls, program: Program) -> Naming:
        usual: dict[tuple[object, object], dict[str, None]] = {}
        whole = program.joined()
        for nest, statement in whole.statements:
            for loop in nest.loops:
                usual.setdefault((loop.lower, loop.upper), {})[loop.index.name] = None
            for reduction in statement.value.atoms(Reduction):
                for bound, lower, upper in reduction.limits:
                    usual.setdefault((lower, upper), {})[bound.name] = None
        functions = {item.name for item in whole.declared(Opaque)}
        extents = {
            symbol.name
            for nest in whole.nests
            for loop in nest.loops
            for symbol in loop.upper.free_symbols | loop.lower.free_symbols
            if is_extent(symbol)
        }
        known = {range_: tuple(found) for range_, found in usual.items()}
        return cls(program, known, frozenset({*program.arrays, *functions, *extents}))

    def nest(self, nest: Nest) -> Nest:
        """Every bound index of a nest renamed."""
        scope = frozenset(loop.index for loop in nest.loops)
        body = tuple(replace(one, value=self.expression(one.value, scope)) for one in nest.body)
        return replace(nest, body=body, guard=self.expression(nest.guard, scope))

    def expression(self, expr: Any, scope: frozenset[Symbol] = frozenset()) -> Any:
        return rebound(expr, scope, self._choose)

    def _choose(self, reduction: Reduction, bound: Symbol, around: frozenset[Symbol]) -> Symbol:
        taken = {*self.taken, *(symbol.name for symbol in around)}
        if not bound.name.startswith(MARK):
            return index(fresh(bound.name, taken)) if bound in around else bound
        ranges = [(lower, upper) for own, lower, upper in reduction.limits if own == bound]
        alone = standing(accesses(reduction.body), self._axes)
        ranges += [(axis.lower, axis.upper) for axis in alone.get(bound, ())]
        usual = next((self.usual[one] for one in ranges if one in self.usual), ("k",))
        unused = [name for name in usual if name not in taken]
        return index(unused[0] if unused else _second(usual, taken))

    @property
    def _axes(self) -> Mapping[str, tuple[Axis, ...]]:
        return {name: array.axes for name, array in self.program.arrays.items()}


def _second(usual: tuple[str, ...], taken: set[str]) -> str:
    """j2 where j is taken; of several usual names the one that needs the least number."""
    return min((fresh(name, taken) for name in usual), key=_number)


def _number(name: str) -> int:
    return int(name[len(name.rstrip("0123456789")) :] or 1)
