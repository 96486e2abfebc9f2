"""Values as code: of one element, or of whole arrays at once.

    sum(j, p[b, j] * p.grad[b, j])      np.einsum("bj,bj->b", p, p_grad)
    (x[b, j] - mu[j]) / sqrt(s[j])      (x - mu) / np.sqrt(s)
    y[i] * [x[i] > 0]                   y * (x > 0)

A `Code` carries the indices that run along the axes of its value, in the order in which the
statement has them; where values with different axes meet, `None` makes the missing ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

import sympy
from sympy import Add, Expr, Indexed, Mul, Pow, Rational, Symbol
from sympy.core.function import AppliedUndef

from symgrad.codegen.code import ATOM, COMPARED, EITHER, POWER, PRODUCT, SUM, Code
from symgrad.codegen.dialects import Dialect
from symgrad.codegen.places import Places, Scope
from symgrad.codegen.reductions import Reductions
from symgrad.errors import StudentError
from symgrad.expressions import (
    array_of,
    denominator,
    elements,
    indices_of,
    is_element,
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
    SumOver,
    Where,
)

SLOPES: dict[str, str] = {
    "tanh": "1 - {call}**2",
    "sigma": "{call} * (1 - {call})",
    "relu": "({0} > 0)",
    "erf": "2 * {bell} / 3.141592653589793**0.5",
}
"""First derivatives that programs leave as primes."""


class Values(Reductions):
    """Writes values and conditions in one dialect."""

    def __init__(self, dialect: Dialect, places: Places, looped: frozenset[Symbol]) -> None:
        self.dialect = dialect
        self.places = places
        self.looped = looped

    def value(self, expr: Expr, scope: Scope) -> Code:
        if expr.is_Rational:
            return self._number(expr)
        for head, writer in WRITERS:
            if isinstance(expr, head):
                return writer(self, expr, scope)
        raise StudentError(f"there is no code for {type(expr).__name__}", kind="limit")

    # --- numbers, indices, elements ----------------------------------------------------------

    def _number(self, expr: Rational) -> Code:
        if expr.q == 1:
            return Code(str(expr.p), ATOM if expr >= 0 else PRODUCT)
        decimal = Rational(repr(float(expr)))
        if decimal == expr and len(repr(float(expr))) < 8:
            return Code(repr(float(expr)), ATOM if expr >= 0 else PRODUCT)
        return Code(f"{expr.p} / {expr.q}", PRODUCT)

    def _symbol(self, expr: Symbol, scope: Scope) -> Code:
        if is_element(expr):
            return self._element(expr, scope)
        loop = scope.axis(expr)
        if loop is None:
            text = self.places.bound(expr, scope)
            return Code(text, SUM if " " in text else ATOM)
        bounds = (loop.lower, loop.upper + 1)
        ends = ", ".join(self.places.bound(bound, scope) for bound in bounds)
        return Code(self.operation("numbers", ends), ATOM, (expr,))

    def _element(self, expr: Expr, scope: Scope) -> Code:
        return self.ordered(self.native(expr, scope), scope)

    def native(self, expr: Expr, scope: Scope) -> Code:
        """A value; an element with its axes in the order in which the array has them."""
        if not is_element(expr):
            return self.value(expr, scope)
        array = self.places.arrays[array_of(expr)]
        shift = array.values.lower if array.values is not None else sympy.Integer(0)
        moving = any(scope.axis(symbol) for one in indices_of(expr) for symbol in one.free_symbols)
        if shift != 0 and not moving:
            text = self.places.text(self.places.counted(expr, scope))
            return Code(text, SUM)
        name = self.places.names[array_of(expr)]
        spots, found = [], []
        for position, axis in zip(indices_of(expr), array.axes, strict=True):
            along = [loop for loop in scope.along if loop.index in position.free_symbols]
            if along:
                found.append(along[0].index)
                spots.append(self.places.slice(position, along[0], axis.lower, axis.extent, scope))
            else:
                counted = self.places.counted(position - axis.lower, scope)
                spots.append(self.places.text(counted))
        while spots and spots[-1] == ":":
            spots.pop()
        text = f"{name}{self.places.subscript(spots)}" if spots else name
        if shift != 0:  # stored, an index counts from the start of its range
            return Code(f"{text} + {self.places.bound(shift, scope)}", SUM, tuple(found))
        return Code(text, ATOM, tuple(found))

    def ordered(self, code: Code, scope: Scope) -> Code:
        """The axes in the order of the statement."""
        wanted = tuple(loop.index for loop in scope.along if loop.index in code.axes)
        if wanted == code.axes:
            return code
        if len(wanted) == 2:
            return replace(code, text=f"{code.text}.T", axes=wanted)
        order = ", ".join(str(code.axes.index(symbol)) for symbol in wanted)
        text = f"{code.text}.{self.dialect.permute}({order})"
        return replace(code, text=text, axes=wanted)

    # --- arithmetic --------------------------------------------------------------------------

    def _sum(self, expr: Add, scope: Scope) -> Code:
        signs = [is_negative(term) for term in expr.args]
        return self.summed(
            signs,
            [
                self.value(negate(term) if minus else term, scope)
                for minus, term in zip(signs, expr.args, strict=True)
            ],
            scope,
        )

    def summed(self, signs: Sequence[bool], codes: Sequence[Code], scope: Scope) -> Code:
        axes = self.union(codes, scope)
        pairs = sorted(zip(signs, codes, strict=True), key=lambda pair: pair[0])
        text = ""
        for minus, code in pairs:
            term = code.aligned(axes).place(PRODUCT if minus or not text else SUM)
            if text:
                text += f" {'-' if minus else '+'} {term}"
            else:
                text = f"-{term}" if minus else term
        return Code(text, SUM, axes)

    def _product(self, expr: Mul, scope: Scope) -> Code:
        if is_negative(expr):
            inner = self.value(negate(expr), scope)
            return Code(f"-{inner.place(POWER)}", PRODUCT, inner.axes)
        conditions = [part for part in expr.args if isinstance(part, Bracket)]
        rest = [part for part in expr.args if not isinstance(part, Bracket)]
        return self.guarded(self._factors(rest, scope), conditions, scope)

    def _factors(self, factors: Sequence[Expr], scope: Scope) -> Code:
        above = [self.value(part, scope) for part in factors if not is_reciprocal(part)]
        below = [self.value(denominator(part), scope) for part in factors if is_reciprocal(part)]
        return self.multiplied(above, below, scope)

    def multiplied(self, above: Sequence[Code], below: Sequence[Code], scope: Scope) -> Code:
        """a * b / (c * d); what has fewer axes is multiplied first: (2 * v / J)[:, None] * x."""
        axes = self.union((*above, *below), scope)
        full = [code for code in above if code.axes == axes]
        small = [code for code in above if code.axes != axes]
        under = [code for code in below if code.axes != axes]
        if axes and full and small and len(small) + len(under) > 1:
            first = self.multiplied(small, under, scope)
            rest = [code for code in below if code.axes == axes]
            return self.multiplied([first, *full], rest, scope)
        top = self.chain(above, axes) if above else Code("1")
        if not below:
            return replace(top, axes=axes)
        bottom = self.chain(below, axes)
        return Code(f"{top.place(PRODUCT)} / {bottom.place(POWER)}", PRODUCT, axes)

    def chain(self, factors: Sequence[Code], axes: tuple[Symbol, ...]) -> Code:
        if len(factors) == 1:
            return factors[0].aligned(axes)
        texts = (factor.aligned(axes).place(POWER) for factor in factors)
        return Code(" * ".join(texts), PRODUCT, axes)

    def guarded(self, value: Code, conditions: Sequence[Bracket], scope: Scope) -> Code:
        """The value where the conditions hold, else 0."""
        fixed: list[Code] = []
        found = [(bracket, self.condition(bracket.condition, scope)) for bracket in conditions]
        # What is along axes comes first: beside it, a condition about data is a factor.
        for bracket, condition in sorted(found, key=lambda pair: not pair[1].axes):
            about_data = any(map(is_element, elements(bracket.condition)))
            if not condition.axes and not (value.axes and about_data):
                fixed.append(condition)
                continue
            axes = self.union((value, condition), scope)
            mask = condition.aligned(axes)
            if value.text == "1":
                value = Code(self.operation("indicator", mask.place(ATOM)), PRODUCT, axes)
            elif any(sign in value.text for sign in ("/", "log(", "sqrt(", "**")):
                inner = f"{mask.text}, {value.aligned(axes).text}, 0.0"
                value = Code(self.operation("where", inner), ATOM, axes)
            else:
                text = f"{value.aligned(axes).place(PRODUCT)} * {mask.place(POWER)}"
                value = Code(text, PRODUCT, axes)
        if fixed:
            test = " and ".join(code.place(COMPARED) for code in fixed)
            one = "1.0" if value.text == "1" else value.text
            zero = self.dialect.operations.get("zero", "0.0")
            value = Code(f"{one} if {test} else {zero}", EITHER, value.axes)
        return value

    def _power(self, expr: Pow, scope: Scope) -> Code:
        base, exponent = expr.args
        if exponent.is_Rational and exponent < 0:
            return self.multiplied([], [self.value(denominator(expr), scope)], scope)
        inner = self.value(base, scope)
        if exponent == Rational(1, 2) and (inner.axes or self.dialect.name != "torch"):
            return self._call("sqrt", [inner])
        if exponent.is_Rational:
            written = str(exponent) if exponent.q == 1 else repr(float(exponent))
            if exponent.q not in (1, 2, 4, 8):
                written = f"({exponent})"
            return Code(f"{inner.place(ATOM)}**{written}", POWER, inner.axes)
        power = self.value(exponent, scope)
        axes = self.union((inner, power), scope)
        text = f"{inner.aligned(axes).place(ATOM)}**{power.aligned(axes).place(ATOM)}"
        return Code(text, POWER, axes)

    # --- functions ---------------------------------------------------------------------------

    def _call(self, name: str, arguments: Sequence[Code]) -> Code:
        """An elementary function of one value."""
        (argument,) = arguments
        template = self.dialect.functions[name]
        if argument.is_number and "fixed" in self.dialect.operations:
            argument = Code(self.operation("fixed", argument.text))
        return Code(template.format(argument.text), ATOM, argument.axes)

    def _elementary(self, expr: Expr, scope: Scope) -> Code:
        return self._call(FUNCTION_NAMES[type(expr)], [self.value(expr.args[0], scope)])

    def _partial(self, expr: Partial, scope: Scope) -> Code:
        arguments = [self.value(part, scope) for part in expr.arguments]
        if expr.function not in FUNCTIONS:
            return self._opaque_call(derivative_name(expr), arguments, scope)
        slope = SLOPES.get(expr.function) if expr.orders == (1,) else None
        if slope is None:
            raise StudentError(
                f"there is no code for the derivative of order {expr.orders[0]} of {expr.function}",
                kind="limit",
            )
        (argument,) = arguments
        call = self._call(expr.function, [argument]).text
        binds = ATOM if expr.function == "relu" else SUM if "-" in slope[:3] else PRODUCT
        bell = self.dialect.functions["exp"].format(f"-{argument.place(ATOM)}**2")
        text = slope.format(argument.place(SUM), call=call, bell=bell)
        return Code(text, binds, argument.axes)

    def _opaque(self, expr: AppliedUndef, scope: Scope) -> Code:
        arguments = [self.value(part, scope) for part in expr.args]
        return self._opaque_call(expr.func.__name__, arguments, scope)

    def _opaque_call(self, name: str, arguments: Sequence[Code], scope: Scope) -> Code:
        axes = self.union(arguments, scope)
        inner = ", ".join(code.aligned(axes).text for code in arguments)
        return Code(f"{self.places.names[name]}({inner})", ATOM, axes)

    def _largest(self, expr: Expr, scope: Scope) -> Code:
        codes = [self.value(part, scope) for part in expr.args]
        name = "max" if isinstance(expr, sympy.Max) else "min"
        if not self.dialect.arrays:
            return Code(f"{name}({', '.join(code.text for code in codes)})")
        return reduce(lambda left, right: self._pair(name, left, right, scope), codes)

    def _pair(self, name: str, left: Code, right: Code, scope: Scope) -> Code:
        axes = self.union((left, right), scope)
        template = self.dialect.operations.get(f"{name} with number")
        for one, other in ((left, right), (right, left)):
            if template and one.is_number:
                return Code(template.format(other.place(ATOM), one.text), ATOM, axes)
        inner = f"{left.aligned(axes).text}, {right.aligned(axes).text}"
        return Code(self.operation(name, inner), ATOM, axes)

    def _where(self, expr: Where, scope: Scope) -> Code:
        condition = self.condition(expr.args[0], scope)
        sides = [self.value(part, scope) for part in expr.args[1:]]
        mixed = len({side.axes for side in sides}) > 1
        if not condition.axes and not mixed:
            then, otherwise = (side.place(COMPARED) for side in sides)
            axes = self.union(sides, scope)
            return Code(f"{then} if {condition.text} else {otherwise}", EITHER, axes)
        axes = self.union((condition, *sides), scope)
        inner = ", ".join(code.aligned(axes).text for code in (condition, *sides))
        return Code(self.operation("where", inner), ATOM, axes)

    def _bracket(self, expr: Bracket, scope: Scope) -> Code:
        return self.guarded(Code("1"), [expr], scope)


def derivative_name(expr: Partial) -> str:
    """What the derivative of an unknown function is called: `f_yz`, here with numbers: `f 1 1`."""
    return " ".join([expr.function, *map(str, expr.orders)])


Writer = Callable[[Values, Expr, Scope], Code]

WRITERS: tuple[tuple[type | tuple[type, ...], Writer], ...] = (
    (Symbol, Values._symbol),
    (Indexed, Values._element),
    (Add, Values._sum),
    (Mul, Values._product),
    (Pow, Values._power),
    (Bracket, Values._bracket),
    (Where, Values._where),
    (SumOver, Values._total),
    ((MaxOver, MinOver), Values._extreme),
    (ArgmaxOver, Values._argmax),
    (Partial, Values._partial),
    (AppliedUndef, Values._opaque),
    ((sympy.Max, sympy.Min), Values._largest),
    (tuple(FUNCTION_NAMES), Values._elementary),
    (
        (sympy.floor, sympy.ceiling, sympy.Mod),
        lambda values, expr, scope: Code(values.places.bound(expr, scope), SUM),
    ),
)
"""How each head is written."""
