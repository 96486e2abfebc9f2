"""Functions of numbers, comparisons and conditions, element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr, Integer

from symgrad.algebra.sizes import is_too_large
from symgrad.expressions import add, call, negate, power, reciprocal
from symgrad.heads import Bracket, Where
from symgrad.python.algebra import Algebra
from symgrad.python.calls import Call, Row
from symgrad.python.productaxes import ProductPlace, plain
from symgrad.python.trace import Trace
from symgrad.python.values import (
    Nothing,
    Value,
)
from symgrad.python.views import numeric
from symgrad.sets.literals import conjunction


def function(name: str) -> Row:
    def read(it: Call) -> Value:
        return it.algebra.elementwise(lambda x: call(name, x), numeric(it.value(0, "input")))

    return read


def each(operate: Callable[..., Expr], count: int = 1) -> Row:
    """An operation on numbers, element by element."""

    def read(it: Call) -> Value:
        values = [numeric(it.value(n)) for n in range(count)]
        return it.algebra.elementwise(operate, *values)

    return read


def powered(algebra: Algebra, base: Value, exponent: Value) -> Value:
    """`x ** n`, as far as no number grows too long."""

    def operate(x: Expr, n: Expr) -> Expr:
        if is_too_large(x, n):
            raise algebra.trace.error("a power beyond what is read", "limit")
        return reciprocal(x) if n == -1 else power(x, n)

    return algebra.elementwise(operate, numeric(base), numeric(exponent))


def raised(it: Call) -> Value:
    return powered(it.algebra, it.value(0), it.value(1, "exponent"))


def sign(it: Call) -> Value:
    zero = Integer(0)
    return it.algebra.elementwise(
        lambda x: add(
            Bracket(sympy.Gt(x, zero, evaluate=False)),
            negate(Bracket(sympy.Lt(x, zero, evaluate=False))),
        ),
        numeric(it.value(0)),
    )


def heaviside(it: Call) -> Value:
    """0, the second argument, or 1: for negative numbers, 0 and positive ones."""

    def operate(x: Expr, middle: Expr) -> Expr:
        positive, negative = (head(x, 0, evaluate=False) for head in (sympy.Gt, sympy.Lt))
        return Where(positive, Integer(1), Where(negative, Integer(0), middle))

    return it.algebra.elementwise(operate, numeric(it.value(0)), numeric(it.value(1)))


def compared(head: type[sympy.Rel]) -> Row:
    def read(it: Call) -> Value:
        return related(it.algebra, head, it.value(0), it.value(1))

    return read


def related(algebra: Algebra, head: type[sympy.Rel], left: Value, right: Value) -> Value:
    """`left < right`; whole numbers are compared as such, truths as numbers."""
    whole = left.sort == right.sort == "integer"
    if not whole:
        left, right = numeric(left), numeric(right)
    return algebra.elementwise(lambda a, b: relation(head, a, b, whole), left, right, sort="truth")


def relation(head: type[sympy.Rel], left: Expr, right: Expr, whole: bool = False) -> Any:
    """A comparison as it is written; of two literal numbers, its truth.

    Of whole numbers, i - 1 == j - 1 is i == j; places on product axes are equal part by part.
    """
    places = isinstance(left, ProductPlace) and isinstance(right, ProductPlace)
    if places and head is sympy.Eq and left.extents == right.extents:
        pairs = zip(left.places, right.places, strict=True)
        return conjunction(relation(head, *pair, whole=True) for pair in pairs)
    left, right = plain(left), plain(right)
    if left.is_Rational and right.is_Rational:
        return head(left, right)
    if whole:
        shift = _constant(left)
        if right.is_Integer or shift == _constant(right):
            left, right = left - shift, right - shift
    return head(left, right, evaluate=False)


def _constant(place: Expr) -> Expr:
    """The number in an index expression: the -1 of i - 1."""
    return place.as_coeff_Add()[0] if place.is_Add else Integer(0)


def joined(head: type[Any]) -> Callable[..., Any]:
    """`and`, `or` of conditions as they are written."""
    if head is sympy.And:
        return lambda *conditions: conjunction(conditions)

    def join(*conditions: Any) -> Any:
        parts = [part for part in conditions if part is not sympy.false]
        if any(part is sympy.true for part in parts) or len(parts) < 2:
            return parts[0] if len(parts) == 1 else (sympy.true if parts else sympy.false)
        return sympy.Or(*parts, evaluate=False)

    return join


def opposite(condition: Any) -> Any:
    if condition in (sympy.true, sympy.false):
        return sympy.Not(condition)
    if isinstance(condition, sympy.Or):
        return conjunction(map(opposite, condition.args))
    if isinstance(condition, sympy.Rel):
        return OPPOSITES[type(condition)](*condition.args, evaluate=False)
    return sympy.Not(condition, evaluate=False)


OPPOSITES: dict[type[Any], type[sympy.Rel]] = {
    sympy.Eq: sympy.Ne,
    sympy.Ne: sympy.Eq,
    sympy.Lt: sympy.Ge,
    sympy.Le: sympy.Gt,
    sympy.Gt: sympy.Le,
    sympy.Ge: sympy.Lt,
}


def truth(trace: Trace, value: Value) -> Value:
    """A condition; a number counts as one where it is not zero."""
    if value.sort == "truth":
        return value
    return Value(
        value.shape,
        lambda at: relation(sympy.Ne, value.at(at), Integer(0)),
        "truth",
        mask=value.mask,
    )


def connected(head: type[Any]) -> Row:
    def read(it: Call) -> Value:
        sides = [truth(it.trace, it.value(n)) for n in range(2)]
        return it.algebra.elementwise(joined(head), *sides, sort="truth")

    return read


def negated(it: Call) -> Value:
    return it.algebra.elementwise(opposite, truth(it.trace, it.value(0)), sort="truth")


def where(it: Call) -> Value:
    condition = truth(it.trace, it.value(0, "condition"))
    if len(it.arguments) < 3:
        raise it.error("where with a condition alone is not read", hint="np.where(x > 0, a, b)")
    return chosen(it.algebra, condition, it.value(1), it.value(2))


def filled_in(it: Call) -> Value:
    """`x.masked_fill(m, 0)`: the number where the condition holds, else x."""
    value, mask = it.value(0, "input"), truth(it.trace, it.value(1, "mask"))
    it.algebra.fits(mask, value.shape, "the array")
    return chosen(it.algebra, mask, it.value(2, "value"), value)


def chosen(algebra: Algebra, condition: Value, then: Value, otherwise: Value) -> Value:
    """`where(c, a, b)`"""

    def operate(c: Any, a: Expr, b: Expr) -> Expr:
        if c in (sympy.true, sympy.false):
            return a if c == sympy.true else b
        return Where(c, a, b)

    return algebra.elementwise(operate, condition, numeric(then), numeric(otherwise))


def clip(it: Call) -> Value:
    value = numeric(it.value(0))
    low, high = it.take(1, "a_min", "min"), it.take(2, "a_max", "max")
    for bound, name in ((low, "max"), (high, "min")):
        if bound is not None and not isinstance(bound, Nothing):
            value = it.algebra.elementwise(
                lambda b, x, name=name: call(name, b, x), numeric(it.as_value(bound)), value
            )
    return value
