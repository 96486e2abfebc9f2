r"""Expressions and conditions as LaTeX that looks like the course notes.

    p.grad[b, j] * exp(s[b, j]) / Z[b]      p.\text{grad}[b, j] \, \frac{\exp(s[b, j])}{Z[b]}

`Formulas` knows the axes of the arrays (a sum over a whole axis needs no bounds), the parameters
of functions, and the names that an exercise wants typeset in its own way. A head of expressions
is a row of `WRITERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

import sympy
from sympy import Add, Expr, Indexed, Mul, Pow, Rational, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad.expressions import (
    array_of,
    denominator,
    indices_of,
    is_negative,
    is_reciprocal,
    negate,
)
from symgrad.heads import (
    FUNCTION_NAMES,
    FUNCTIONS,
    ArgmaxOver,
    Bracket,
    MaxOver,
    MinOver,
    Partial,
    Reduction,
    SumOver,
    Where,
)
from symgrad.program import Axis, Loop, Opaque, Program
from symgrad.shapes import accesses
from symgrad.typesetting.typeset import name_latex
from symgrad.writing.indexspelling import as_people_write, bounds_first_to_last
from symgrad.writing.spelling import Speller

SUM, OPEN, PRODUCT, POWER, ATOM = range(5)
"""How strongly a formula binds; OPEN ends in a big operator, which reaches as far as it can."""

Written: TypeAlias = "tuple[str, int]"

RELATIONS = {
    sympy.Eq: "=",
    sympy.Ne: r"\ne",
    sympy.StrictLessThan: "<",
    sympy.LessThan: r"\le",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: r"\ge",
}

NAMED = {
    "exp": r"\exp",
    "log": r"\log",
    "tanh": r"\tanh",
    "sin": r"\sin",
    "cos": r"\cos",
    "sigma": r"\sigma",
    "relu": r"\operatorname{relu}",
    "softplus": r"\operatorname{softplus}",
    "erf": r"\operatorname{erf}",
}

BIG = {
    SumOver: r"\sum",
    MaxOver: r"\max",
    MinOver: r"\min",
    ArgmaxOver: r"\operatorname*{argmax}",
}


@dataclass(frozen=True)
class Formulas:
    """What LaTeX needs to know besides the expression itself."""

    known: Mapping[str, tuple[Axis, ...]] = field(default_factory=dict)
    axes: Mapping[str, tuple[Axis, ...]] = field(default_factory=dict)
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program, names: Mapping[str, str] | None = None) -> Self:
        """Formulas of a program, all of whose arrays are known."""
        functions = program.declared(Opaque)
        axes = {name: array.axes for name, array in program.arrays.items()}
        parameters = {item.name: item.parameters for item in functions}
        return cls(axes, axes, parameters, names or {})

    def name(self, name: str) -> str:
        return name_latex(name, self.names)

    def expression(self, expr: Any) -> str:
        return self._write(expr)[0]

    def _write(self, expr: Any) -> Written:
        for head, writer in WRITERS:
            if isinstance(expr, head):
                return writer(self, expr)
        raise TypeError(f"no LaTeX for {type(expr).__name__}: {expr!r}")

    def place(self, expr: Any, strength: int) -> str:
        written, binds = self._write(expr)
        return written if binds >= strength else parenthesised(written)

    def _sum(self, expr: Add) -> Written:
        terms = list(expr.args)
        if all(symbol.is_integer for symbol in expr.free_symbols):
            terms = as_people_write(terms)
        return " ".join(self._signed(term, not n) for n, term in enumerate(terms)), SUM

    def _signed(self, term: Expr, first: bool) -> str:
        if is_negative(term):
            return f"- {self.place(negate(term), OPEN)}" if not first else self.expression(term)
        return self.place(term, OPEN) if first else f"+ {self.place(term, OPEN)}"

    def _product(self, expr: Mul) -> Written:
        if is_negative(expr):
            return f"-{self.place(negate(expr), OPEN)}", OPEN
        if all(symbol.is_integer for symbol in expr.free_symbols) and expr.args[0].is_Rational:
            return self._multiple(expr.args[0], expr.args[1:]), PRODUCT
        groups = list(fractions(expr.args))
        parts = []
        for n, (above, below) in enumerate(groups):
            last = n == len(groups) - 1
            if below:
                parts.append(rf"\frac{{{self._factors(above)}}}{{{self._factors(below)}}}")
            else:
                open_end = last and not (n and is_negative(above[0]))
                parts.append(self.place(above[0], OPEN if open_end else PRODUCT))
        binds = OPEN if not groups[-1][1] and self._write(groups[-1][0][0])[1] == OPEN else PRODUCT
        return _juxtaposed(parts), binds

    def _multiple(self, number: Rational, factors: Sequence[Expr]) -> str:
        """A multiple of indices and extents: 2i, p/2."""
        top = "" if number.p == 1 else str(number.p)
        bottom = "" if number.q == 1 else f"/{number.q}"
        return top + "".join(self.place(factor, POWER) for factor in factors) + bottom

    def _factors(self, factors: list[Expr]) -> str:
        if len(factors) <= 1:
            return self.expression(factors[0]) if factors else "1"
        return _juxtaposed([self.place(factor, PRODUCT) for factor in factors])

    def _power(self, expr: Pow) -> Written:
        base, exponent = expr.args
        if exponent.is_Rational and exponent.is_negative:
            return rf"\frac{{1}}{{{self.expression(denominator(expr))}}}", PRODUCT
        if exponent == Rational(1, 2):
            return rf"\sqrt{{{self.expression(base)}}}", ATOM
        slanted = f"{exponent.p}/{exponent.q}" if exponent.is_Rational and exponent.q != 1 else ""
        return f"{self.place(base, ATOM)}^{{{slanted or self.expression(exponent)}}}", POWER

    def _reduction(self, expr: Reduction) -> Written:
        body = self._body(expr)
        if isinstance(expr, SumOver) and expr.condition is sympy.true:
            return f"{self.signs(expr)} {body}", OPEN
        below = ", ".join(self._membership(*limit) for limit in self._limits(expr))
        if expr.condition is not sympy.true:
            below = rf"\substack{{{below} \\ {self.condition(expr.condition)}}}"
        return rf"{BIG[type(expr)]}_{{{below}}} {body}", OPEN

    def _body(self, expr: Reduction) -> str:
        """What is summed, in parentheses where it is not clear how far the sign reaches."""
        both = isinstance(expr, SumOver) and isinstance(expr.body, SumOver)
        several = not isinstance(expr, SumOver) and isinstance(expr.body, Mul)
        written = self.place(expr.body, OPEN)
        return parenthesised(written) if both or several else written

    def signs(self, expr: SumOver) -> str:
        """The signs of a sum, without its body."""
        return " ".join(self._sign(*limit) for limit in self._limits(expr))

    def _limits(self, expr: Reduction) -> list[tuple[str, Expr, Expr, Axis | None]]:
        axes = self.ranges(_own_accesses(expr))
        return [(self.name(i.name), lo, up, axes.get(i)) for i, lo, up in expr.limits]

    def _sign(self, i: str, lower: Expr, upper: Expr, axis: Axis | None) -> str:
        """The sign of a sum, with the range where it is not that of an axis."""
        if axis == Axis(upper, lower):
            return rf"\sum_{{{i}}}"
        return rf"\sum_{{{i}={self.expression(lower)}}}^{{{self.expression(upper)}}}"

    def _membership(self, i: str, lower: Expr, upper: Expr, axis: Axis | None) -> str:
        if axis == Axis(upper, lower):
            return i
        ends = [self.expression(end) for end in dict.fromkeys((lower, upper))]
        between = ", " if upper - lower in (0, 1) else r", \dots, "
        return rf"{i} \in \{{{between.join(ends)}\}}"

    def ranges(
        self, found: Iterable[tuple[Expr, tuple[Loop, ...]]]
    ) -> Mapping[Symbol, Axis | None]:
        """The axis on which each index stands alone, where all such axes agree."""
        return Speller(self.known, self.axes or self.known).standing(found)

    def _element(self, expr: Indexed) -> Written:
        return f"{self.name(array_of(expr))}[{self._comma(indices_of(expr))}]", ATOM

    def _where(self, expr: Where) -> Written:
        condition, then, otherwise = expr.args
        return (
            rf"\begin{{cases}} {self.expression(then)} & \text{{if }} {self.condition(condition)} "
            rf"\\ {self.expression(otherwise)} & \text{{otherwise}} \end{{cases}}"
        ), ATOM

    def _partial(self, expr: Partial) -> Written:
        function = NAMED.get(expr.function) or self.name(expr.function)
        if len(expr.orders) == 1:
            written = function + "'" * expr.orders[0]
        else:
            parameters = self.parameters.get(expr.function, tuple("xyzuvw"))
            letters = (
                self.name(parameter) * order
                for parameter, order in zip(parameters, expr.orders, strict=False)
            )
            written = f"{function}_{{{''.join(letters)}}}"
        return f"{written}{parenthesised(self._comma(expr.arguments))}", ATOM

    def _function(self, expr: Expr) -> Written:
        name = FUNCTION_NAMES[type(expr)]
        if name == "abs":
            return rf"\left|{self.expression(expr.args[0])}\right|", ATOM
        return f"{NAMED[name]}{parenthesised(self._comma(expr.args))}", ATOM

    def _opaque(self, expr: AppliedUndef) -> Written:
        arguments = parenthesised(self._comma(expr.args))
        return f"{self.name(expr.func.__name__)}{arguments}", ATOM

    def _called(self, function: str, expr: Expr) -> Written:
        bounds = all(symbol.is_integer for symbol in expr.free_symbols)
        parts = sorted(expr.args, key=bounds_first_to_last) if bounds else expr.args
        return f"{function}{parenthesised(self._comma(parts))}", ATOM

    def _surrounded(self, left: str, right: str, inner: str) -> Written:
        return rf"\left{left} {inner} \right{right}", ATOM

    def _comma(self, parts: Iterable[Expr]) -> str:
        return ", ".join(map(self.expression, parts))

    # --- conditions -------------------------------------------------------------------------

    def condition(self, condition: Boolean) -> str:
        if isinstance(condition, Relational):
            left, right = map(self.expression, condition.args)
            return f"{left} {RELATIONS[type(condition)]} {right}"
        if isinstance(condition, Not):
            return rf"\neg ({self.condition(condition.args[0])})"
        if isinstance(condition, And):
            return r" \land ".join(self._conjunction(list(condition.args)))
        if isinstance(condition, Or):
            return r" \lor ".join(map(self.condition, condition.args))
        return r"\text{true}" if condition else r"\text{false}"

    def _conjunction(self, parts: list[Boolean]) -> Iterator[str]:
        """The parts of a conjunction; a <= b and b <= c become one chain."""
        while parts:
            part = parts.pop(0)
            other = next((other for other in parts if _upper_of(part, other)), None)
            if other is not None:
                parts.remove(other)
                middle, end = (self.expression(side) for side in (other.lts, other.gts))
                yield rf"{self.expression(part.lts)} \le {middle} \le {end}"
            elif isinstance(part, Or):
                yield f"({self.condition(part)})"
            else:
                yield self.condition(part)


WRITERS: list[tuple[Any, Callable[[Formulas, Any], Written]]] = [
    (Rational, lambda _, expr: number_latex(expr)),
    (Symbol, lambda this, expr: (this.name(expr.name), ATOM)),
    (Indexed, Formulas._element),
    (Add, Formulas._sum),
    (Mul, Formulas._product),
    (Pow, Formulas._power),
    (Reduction, Formulas._reduction),
    (Bracket, lambda this, expr: (rf"\mathbf{{1}}[{this.condition(expr.condition)}]", ATOM)),
    (Where, Formulas._where),
    (Partial, Formulas._partial),
    (
        sympy.floor,
        lambda t, expr: t._surrounded(r"\lfloor", r"\rfloor", t.expression(expr.args[0])),
    ),
    (
        sympy.ceiling,
        lambda t, expr: t._surrounded(r"\lceil", r"\rceil", t.expression(expr.args[0])),
    ),
    (
        sympy.Mod,
        lambda t, expr: (r" \bmod ".join(t.place(part, PRODUCT) for part in expr.args), SUM),
    ),
    (sympy.Max, lambda this, expr: this._called(r"\max", expr)),
    (sympy.Min, lambda this, expr: this._called(r"\min", expr)),
    (sympy.Tuple, lambda this, expr: (f"({this._comma(expr.args)})", ATOM)),
    (tuple(FUNCTIONS.values()), Formulas._function),
    (AppliedUndef, Formulas._opaque),
]


# --- pieces ------------------------------------------------------------------------------------


def _upper_of(low: Boolean, high: Boolean) -> bool:
    """Is this a <= b, and the other b <= c?"""
    weak = (sympy.LessThan, sympy.GreaterThan)
    return isinstance(low, weak) and isinstance(high, weak) and low.gts == high.lts


def fractions(factors: Iterable[Expr]) -> Iterator[tuple[list[Expr], list[Expr]]]:
    """Each factor with the divisors that follow it: a * b / c / d is a, then b over c d."""
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in _with_signs(factors):
        if is_reciprocal(factor):
            below.append(denominator(factor))
            continue
        if above or below:
            yield above, below
        above, below = [factor], []
    yield above, below


def _with_signs(factors: Iterable[Expr]) -> Iterator[Expr]:
    """A factor -1 inside a product belongs to the factor behind it: a (-b)."""
    pending: list[Expr] = []
    for n, factor in enumerate(factors):
        if n and factor == -1:
            pending = [factor]
        else:
            yield negate(factor) if pending else factor
            pending = []
    yield from pending


def _juxtaposed(parts: list[str]) -> str:
    """A product; a dot stands where two numbers would run together."""
    written = parts[0]
    for part in parts[1:]:
        written += (r" \cdot " if part[:1].isdigit() else r" \, ") + part
    return written


def parenthesised(written: str) -> str:
    """Parentheses, as high as a fraction or a big operator needs them."""
    tall = any(mark in written for mark in (r"\frac", r"\sum", r"\substack", r"\begin"))
    return rf"\left({written}\right)" if tall else f"({written})"


def number_latex(expr: Rational) -> Written:
    if expr.q == 1:
        return str(expr.p), ATOM if expr.p >= 0 else OPEN
    sign = "-" if expr.p < 0 else ""
    return rf"{sign}\frac{{{abs(expr.p)}}}{{{expr.q}}}", OPEN if sign else PRODUCT


def _own_accesses(reduction: Reduction) -> Iterable[tuple[Expr, tuple[Loop, ...]]]:
    own = {bound for bound, _, _ in reduction.limits}
    for part in (reduction.condition, reduction.body):
        for element, scope in accesses(part):
            if not any(loop.index in own for loop in scope):
                yield element, scope
