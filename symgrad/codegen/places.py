"""Index expressions as code that counts from 0.

    A[i + l - 1] with axes from 1         A[i + l]
    A[2 * i - 1], i along the array       A[0 : 2*P : 2]

An index of the program is called by the same name in the code, less its first value: `i` from 1 on
becomes `i` from 0 on, so `i` of the program is `i + 1` of the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import sympy
from sympy import Expr, Indexed, Symbol

from symgrad.expressions import (
    Element,
    array_of,
    elements,
    index,
    indices_of,
    is_element,
    is_extent,
    is_index,
)
from symgrad.program import Array, Loop
from symgrad.writing.indexspelling import ATOM, POWER, PRODUCT, SUM, IndexSpeller, Written


@dataclass(frozen=True)
class Scope:
    """What stands for each index: a variable of the code, or an axis of the arrays.

    along   the indices that run along axes, in the order of these axes
    counts  the variable that counts each other index from 0, with the first value of the index
    """

    along: tuple[Loop, ...] = ()
    counts: Mapping[Symbol, tuple[str, Expr]] = field(default_factory=dict)

    def axis(self, symbol: Expr) -> Loop | None:
        """The loop of an index that runs along an axis."""
        return next((loop for loop in self.along if loop.index == symbol), None)

    def counting(self, loop: Loop, name: str) -> Scope:
        """With one more variable, which hides what was called so before."""
        kept = tuple(other for other in self.along if other.index != loop.index)
        counted = {**self.counts, loop.index: (name, first(loop))}
        return replace(self, along=kept, counts=counted)

    def spread(self, loops: Iterable[Loop], over: Expr | None = None) -> Scope:
        """With more indices along axes: where an array in it has them, or at the end."""
        new = {loop.index: loop for loop in loops}
        along = [other for other in self.along if other.index not in new]
        counts = {symbol: count for symbol, count in self.counts.items() if symbol not in new}
        rows = [_order(part) for part in (elements(over) if over is not None else ())]
        for symbol, loop in new.items():
            behind = {
                other for row in rows if symbol in row for other in row[row.index(symbol) + 1 :]
            }
            place = next((n for n, other in enumerate(along) if other.index in behind), len(along))
            along.insert(place, loop)
        return Scope(tuple(along), counts)


def _order(element: Element) -> list[Symbol]:
    """The indices of an element from the left."""
    return [s for position in indices_of(element) for s in sorted(position.free_symbols, key=str)]


def first(loop: Loop) -> Expr:
    """What a variable that counts from 0 lacks: 0 where the range starts there, else 1."""
    return sympy.Integer(0) if loop.lower == 0 else sympy.Integer(1)


class Places(IndexSpeller):
    """Writes index expressions, positions and ranges."""

    def __init__(
        self,
        names: Mapping[str, str],
        indices: Mapping[str, str],
        extents: Mapping[str, str],
        arrays: Mapping[str, Array],
        *,
        nested: bool = False,
    ) -> None:
        self.names = names
        self.indices = indices
        self.extents = extents
        self.arrays = arrays
        self.nested = nested
        """Are arrays lists of lists?"""
        self.used: set[str] = set()
        """The extents that the code names."""

    # --- expressions ---

    def counted(self, expr: Expr, scope: Scope) -> Expr:
        """An index expression over the variables of the code."""
        if is_element(expr):
            return self._label(expr, scope)
        if isinstance(expr, Symbol):
            if is_index(expr):
                name, shift = scope.counts[expr]
                return index(name) + shift
            return sympy.Symbol(self.extents[expr.name], integer=True, positive=True)
        if not expr.args:
            return expr
        return expr.func(*(self.counted(part, scope) for part in expr.args))

    def _label(self, expr: Expr, scope: Scope) -> Expr:
        """An element that holds an index; stored, it counts from the start of its range."""
        array = self.arrays[array_of(expr)]
        lower = array.values.lower if array.values else sympy.Integer(0)
        return sympy.Symbol(self.element(expr, scope), integer=True) + lower

    def element(self, expr: Expr, scope: Scope) -> str:
        """One element, all of whose indices are counted."""
        name = self.names[array_of(expr)]
        if not isinstance(expr, Indexed):
            return name
        axes = self.arrays[array_of(expr)].axes
        spots = (
            self.text(self.counted(position, scope) - self.counted(axis.lower, scope))
            for position, axis in zip(expr.indices, axes, strict=True)
        )
        return f"{name}{self.subscript(list(spots))}"

    def subscript(self, spots: list[str]) -> str:
        return "".join(f"[{spot}]" for spot in spots) if self.nested else f"[{', '.join(spots)}]"

    def variable(self, symbol: Symbol) -> str:
        """The variable that counts an index."""
        return self.indices[symbol.name]

    def text(self, expr: Expr) -> str:
        return self.index(sympy.expand(expr))

    def bound(self, expr: Expr, scope: Scope) -> str:
        """An expression of the program's indices as code."""
        return self.text(self.counted(expr, scope))

    def factor(self, expr: Expr, scope: Scope) -> str:
        """The same, in parentheses where it is a sum."""
        return self._index_place(sympy.expand(self.counted(expr, scope)), POWER)

    # --- ranges ---

    def range(self, loop: Loop, scope: Scope) -> str:
        """`range(H - h + 1)`, `range(max(0, p - H), min(p, h))`."""
        start = self.counted(loop.lower, scope) - first(loop)
        stop = self.counted(loop.upper, scope) - first(loop) + 1
        # The shift goes inside, where it meets the other numbers.
        start, stop = inward(start), inward(stop)
        return (
            f"range({self.text(stop)})"
            if start == 0
            else (f"range({self.text(start)}, {self.text(stop)})")
        )

    def slice(
        self, position: Expr, loop: Loop, axis_lower: Expr, extent: Expr, scope: Scope
    ) -> str:
        """The positions c*i + r for all i of a loop: `:`, `1:`, `l:l + P`, `0:2*P:2`."""
        step = position.coeff(loop.index)
        rest = sympy.expand(position - step * loop.index)
        counted = self.counted(rest - axis_lower, scope)
        start = sympy.expand(counted + step * self.counted(loop.lower, scope))
        count = self.counted(loop.upper - loop.lower, scope)
        stop = sympy.expand(start + step * count + 1)
        whole = sympy.expand(stop - self.counted(extent, scope)) == 0
        written = f"{'' if start == 0 else self.text(start)}:{'' if whole else self.text(stop)}"
        return written if step == 1 else f"{written}:{self.text(step)}"

    # --- spelling ---

    def _write(self, expr: Expr) -> Written:
        if isinstance(expr, Symbol):
            if is_extent(expr):
                self.used.add(expr.name)
            return expr.name, ATOM
        return str(expr), ATOM if expr.is_Integer and expr >= 0 else PRODUCT

    def _index(self, expr: Expr) -> Written:
        if isinstance(expr, sympy.floor):
            return self._quotient(expr.args[0]), PRODUCT
        if isinstance(expr, sympy.ceiling):
            return f"-({self._quotient(-expr.args[0])})", PRODUCT
        if isinstance(expr, sympy.Mod):
            left, right = (self._index_place(part, POWER) for part in expr.args)
            return f"{left} % {right}", PRODUCT
        if isinstance(expr, (sympy.Add, sympy.Mul)) and _has_fractions(expr):
            return self._quotient(expr), PRODUCT
        written, binds = super()._index(expr)
        return written, SUM if binds == PRODUCT and written.startswith("-") else binds

    def _quotient(self, expr: Expr) -> str:
        """An exact or rounded quotient: `(H - h + 1) // 2`."""
        numerator, _, denominator = self._fraction(expr).rpartition("/")
        return f"{numerator} // {denominator}" if numerator else denominator


def _has_fractions(expr: Expr) -> bool:
    """Is a sum or product over fractions, apart from what is rounded in it?"""
    return any(part.as_coeff_Mul()[0].q != 1 for part in sympy.Add.make_args(expr))


def inward(expr: Expr) -> Expr:
    """max(1, p - H + 1) - 1 -> max(0, p - H)"""
    shift, rest = expr.as_coeff_Add()
    if isinstance(rest, (sympy.Max, sympy.Min)) and shift:
        return rest.func(*(part + shift for part in rest.args))
    return expr
