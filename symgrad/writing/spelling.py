"""Expressions and conditions as plain-text notation.

    add(a, negate(mul(b, c)))                    a - b * c
    SumOver.over([(j, 1, J)], x[j])              sum(j, x[j]), or sum(j in 1..J, x[j])

Every tree is written so that the reader builds the same tree again. Values keep the order of their
operands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import sympy
from sympy import Add, Expr, Indexed, Mul, Pow, Rational, Symbol
from sympy.core.function import AppliedUndef

from symgrad.expressions import (
    array_of,
    denominator,
    indices_of,
    is_negative,
    is_reciprocal,
    negate,
)
from symgrad.heads import FUNCTION_NAMES, Bracket, Limit, Partial, Reduction, Where
from symgrad.program import Axis, is_gradient, primal
from symgrad.shapes import own_accesses
from symgrad.writing.conditionspelling import ConditionSpeller
from symgrad.writing.indexspelling import ATOM, POWER, PRODUCT, SUM, Written

Known = Mapping[str, tuple[Axis, ...]]
Parameters = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Speller(ConditionSpeller):
    """Writes expressions.

    known       axes from which the reader would infer the range of an index
    axes        the axes of all arrays; a range is left out only where all of them agree with it
    parameters  of the declared functions, which name their derivatives
    bound       indices in force, which `max` and `min` do not bind again without a range
    """

    known: Known = field(default_factory=dict)
    axes: Known = field(default_factory=dict)
    parameters: Parameters = field(default_factory=dict)
    bound: frozenset[Symbol] = frozenset()

    # --- values ------------------------------------------------------------------------------

    def value(self, expr: Expr) -> str:
        return self._write(expr)[0]

    def _write(self, expr: Expr) -> Written:
        for head, writer in WRITERS:
            if isinstance(expr, head):
                return writer(self, expr)
        raise TypeError(f"no notation for {type(expr).__name__}: {expr!r}")

    def _place(self, expr: Expr, strength: int) -> str:
        written, binds = self._write(expr)
        return written if binds >= strength else f"({written})"

    def _sum(self, expr: Add) -> Written:
        first, *rest = expr.args
        return "".join([self._place(first, PRODUCT), *map(self._term, rest)]), SUM

    def _term(self, term: Expr) -> str:
        if is_negative(term):
            return f" - {self._place(negate(term), PRODUCT)}"
        return f" + {self._place(term, PRODUCT)}"

    def _product(self, expr: Mul) -> Written:
        if is_negative(expr):
            return f"-{self._place(negate(expr), PRODUCT)}", PRODUCT
        first, *rest = expr.args
        fraction = first.is_Rational or is_reciprocal(first)
        written = self._place(first, PRODUCT if fraction else POWER)
        return "".join([written, *map(self._factor, rest)]), PRODUCT

    def _factor(self, factor: Expr) -> str:
        if is_reciprocal(factor):
            return f" / {self._place(denominator(factor), POWER)}"
        return f" * {self._place(factor, POWER)}"

    def _power(self, expr: Pow) -> Written:
        base, exponent = expr.args
        if exponent.is_Rational and exponent.is_negative:
            return f"1 / {self._place(denominator(expr), POWER)}", PRODUCT
        if exponent == Rational(1, 2):
            return f"sqrt({self.value(base)})", ATOM
        written = self.value(exponent)
        if not (exponent.is_Symbol or (exponent.is_Integer and exponent >= 0)):
            written = f"({written})"
        return f"{self._place(base, ATOM)}^{written}", POWER

    def _number(self, expr: Rational) -> Written:
        if expr.q != 1:
            return f"{expr.p}/{expr.q}", PRODUCT
        return str(expr.p), ATOM if expr.p >= 0 else PRODUCT

    def _symbol(self, expr: Symbol) -> Written:
        return expr.name, ATOM

    def _element(self, expr: Indexed) -> Written:
        return f"{array_of(expr)}[{self._indices(indices_of(expr))}]", ATOM

    def _bracket(self, expr: Bracket) -> Written:
        return f"[{self.condition(expr.condition)}]", ATOM

    def _where(self, expr: Where) -> Written:
        condition, *sides = expr.args
        return f"where({self.condition(condition)}, {self._values(sides)})", ATOM

    def _partial(self, expr: Partial) -> Written:
        if len(expr.orders) == 1:
            name = expr.function + "'" * expr.orders[0]
        else:
            # Without the declaration the parameters are numbered.
            parameters = self.parameters.get(expr.function) or tuple(
                str(n) for n, _ in enumerate(expr.orders, 1)
            )
            by = (letter * order for letter, order in zip(parameters, expr.orders, strict=True))
            name = f"{expr.function}_{''.join(by)}"
        return f"{name}({self._values(expr.arguments)})", ATOM

    def _elementary(self, expr: Expr) -> Written:
        return f"{FUNCTION_NAMES[type(expr)]}({self._values(expr.args)})", ATOM

    def _opaque(self, expr: AppliedUndef) -> Written:
        return f"{expr.func.__name__}({self._values(expr.args)})", ATOM

    def _largest(self, expr: Expr) -> Written:
        name = "max" if isinstance(expr, sympy.Max) else "min"
        return f"{name}({self._values(expr.args)})", ATOM

    def _integer_part(self, expr: Expr) -> Written:
        return self.index(expr), ATOM

    def _tuple(self, expr: sympy.Tuple) -> Written:
        return f"({self._indices(expr.args)})", ATOM

    def _values(self, parts: Iterable[Expr]) -> str:
        return ", ".join(map(self.value, parts))

    # --- ranges ------------------------------------------------------------------------------

    def _reduction(self, expr: Reduction) -> Written:
        standing = self.standing(own_accesses(expr))
        limits = ", ".join(self._limit(limit, standing, expr) for limit in expr.limits)
        inner = replace(self, bound=self.bound | {bound for bound, _, _ in expr.limits})
        if expr.condition is not sympy.true:
            limits += f" if {inner.condition(expr.condition)}"
        return f"{expr.keyword}({limits}, {inner.value(expr.body)})", ATOM

    def _limit(
        self, limit: Limit, standing: Mapping[Symbol, Axis | None], reduction: Reduction
    ) -> str:
        bound = limit[0]
        if bound in self.bound and reduction.keyword in ("max", "min"):
            return self.range(*limit, {})
        return self.range(*limit, standing)

    def range(
        self, bound: Symbol, lower: Expr, upper: Expr, standing: Mapping[Symbol, Axis | None]
    ) -> str:
        """`j` where the reader finds this range by itself, else `j in 1..J`."""
        if standing.get(bound) == Axis(upper, lower):
            return str(bound.name)
        return f"{bound.name} in {self.index(lower)}..{self.index(upper)}"

    def standing(self, found: Iterable[tuple[Expr, object]]) -> dict[Symbol, Axis | None]:
        """The range that the reader gives each index: known on one axis, contradicted by none."""
        on: dict[Symbol, set[Axis | None]] = {}
        sure: set[Symbol] = set()
        for element, _ in found:
            name = array_of(element)
            known, axes = axes_in(self.known, name), axes_in(self.axes, name)
            for n, position in enumerate(indices_of(element)):
                axis = known[n] if known else axes[n] if axes else None
                on.setdefault(position, set()).add(axis)
                if known and axis is not None:
                    sure.add(position)
        return {
            position: next(iter(axes)) if len(axes) == 1 and position in sure else None
            for position, axes in on.items()
        }


WRITERS: list[tuple[type | tuple[type, ...], Callable[..., Written]]] = [
    (Rational, Speller._number),
    (Symbol, Speller._symbol),
    (Indexed, Speller._element),
    (Add, Speller._sum),
    (Mul, Speller._product),
    (Pow, Speller._power),
    (Reduction, Speller._reduction),
    (Bracket, Speller._bracket),
    (Where, Speller._where),
    (Partial, Speller._partial),
    ((sympy.floor, sympy.ceiling, sympy.Mod), Speller._integer_part),
    ((sympy.Max, sympy.Min), Speller._largest),
    (sympy.Tuple, Speller._tuple),
    (tuple(FUNCTION_NAMES), Speller._elementary),
    (AppliedUndef, Speller._opaque),
]
"""How each head is written."""


def axes_in(axes: Known, name: str) -> tuple[Axis, ...] | None:
    """The axes of an array; those of a gradient are its array's."""
    while name not in axes and is_gradient(name):
        name = primal(name)
    return axes.get(name)
