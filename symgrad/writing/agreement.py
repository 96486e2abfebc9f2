"""Do all the axes on which an index stands alone have one range?

Equal means equal for all extents that the forward pass admits: its equations count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import sympy
from sympy import Expr, Symbol

from symgrad.expressions import Element, array_of, indices_of, is_index
from symgrad.program import Assume, Axis, Loop, Program
from symgrad.shapes import Scope, nest_accesses
from symgrad.writing.spelling import Speller

Place = tuple[str, int]
"""An array and the number of one of its axes, from 0."""


class Same:
    """Equality of ranges under the equations that the forward pass assumes."""

    def __init__(self, program: Program) -> None:
        self.solved: dict[Symbol, Expr] = {}
        for item in program.declared(Assume):
            condition = item.condition
            parts = condition.args if isinstance(condition, sympy.And) else (condition,)
            for part in parts:
                if isinstance(part, sympy.Eq) and all(
                    symbol.is_integer and symbol.is_positive for symbol in part.free_symbols
                ):
                    self._solve(part.lhs - part.rhs)

    def _solve(self, zero: Expr) -> None:
        """Note one extent of an equation by the others; with any slope, for it is only compared."""
        zero = sympy.expand(zero.xreplace(self.solved))
        for symbol in sorted(zero.free_symbols, key=str):
            slope = zero.coeff(symbol)
            if slope.is_Rational and slope != 0 and not (zero - slope * symbol).has(symbol):
                value = sympy.expand(symbol - zero / slope)
                self.solved = {
                    name: sympy.expand(other.xreplace({symbol: value}))
                    for name, other in self.solved.items()
                }
                self.solved[symbol] = value
                return

    def __call__(self, left: Axis, right: Axis) -> bool:
        return left == right or all(
            sympy.expand((a - b).xreplace(self.solved)) == 0
            for a, b in ((left.lower, right.lower), (left.upper, right.upper))
        )


def disagreement(
    chosen: Axis,
    places: Sequence[Place],
    program: Program,
    declared: Collection[str],
    same: Same,
) -> str | None:
    """What to say where an index with the chosen range stands on an axis of another."""
    places = sorted(places, key=lambda place: place[0] not in declared)
    axes = [program.arrays[name].axes[n] for name, n in places]
    clashes = [n for n, axis in enumerate(axes) if not same(axis, chosen)]
    if not clashes:
        return None
    reason = next(
        (name for (name, _), axis in zip(places, axes, strict=True) if axis == chosen), ""
    )
    other, n = places[clashes[0]]
    elsewhere = [axis for axis in _ranges_on(program, other, n) if not same(axis, chosen)]
    axis = elsewhere[0] if elsewhere else axes[clashes[0]]
    return (
        f"runs over {shown(chosen)}{f' as an index of {reason}' if reason else ''}, "
        f"but over {shown(axis)} as an index of {other}"
    )


def ranges_alone(uses: Iterable[tuple[Element, Scope]], n: int) -> list[Axis]:
    """The ranges of the loops that stand alone on the n-th axis, those of triangles left out."""
    return [
        Axis(loop.upper, loop.lower)
        for element, scope in uses
        for loop in scope
        if loop.index == indices_of(element)[n] and not _depends(loop)
    ]


def shown(axis: Axis) -> str:
    spell = Speller().index
    return f"{spell(axis.lower)}..{spell(axis.upper)}"


def _ranges_on(program: Program, array: str, n: int) -> list[Axis]:
    uses = (use for nest in program.nests for use in nest_accesses(nest))
    return ranges_alone((use for use in uses if array_of(use[0]) == array), n)


def _depends(loop: Loop) -> bool:
    """Do the bounds of a loop depend on another index?"""
    bounds = loop.lower.free_symbols | loop.upper.free_symbols
    return any(map(is_index, bounds))
