"""The expressions of a program: SymPy trees that stay as they were written.

SymPy evaluates on construction (`exp(log(x))` becomes `x`, `x/x` becomes 1, `0*w[i]` becomes 0),
and each of these loses something a program says: where it is defined, or which range an index
takes. So every expression of a `Program` is built by the functions below, which never evaluate;
only index expressions (affine integer arithmetic, as in `i + l - 1`) are kept in SymPy's canonical
form. What SymPy has no head for is in `heads`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Indexed, IndexedBase, Integer, Mul, Pow, Rational, Symbol, Tuple
from sympy.core.function import AppliedUndef, UndefinedFunction

from symgrad.heads import FUNCTIONS, Bracket, Partial, Reduction, Where

Element: TypeAlias = Indexed | Symbol
"""One element of an array: `Z[b]`, or the symbol itself where the array has no axes."""


# --- symbols -----------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def extent(name: str) -> Symbol:
    """The number of elements of an axis, at least 1."""
    return Symbol(name, integer=True, positive=True)


@lru_cache(maxsize=4096)
def index(name: str) -> Symbol:
    """A loop index or a bound index of a reduction."""
    return Symbol(name, integer=True)


@lru_cache(maxsize=4096)
def scalar(name: str) -> Symbol:
    """An array without axes; in an assumption, every element of the array of that name."""
    return Symbol(name, real=True)


@lru_cache(maxsize=4096)
def _base(name: str) -> IndexedBase:
    return IndexedBase(scalar(name))


@lru_cache(maxsize=4096)
def element(name: str, *indices: Expr) -> Element:
    """`name[indices]`, or the scalar `name` where there are no indices."""
    return Indexed(_base(name), *indices) if indices else scalar(name)


def is_extent(expr: object) -> bool:
    return isinstance(expr, Symbol) and bool(expr.is_integer and expr.is_positive)


def is_index(expr: object) -> bool:
    return isinstance(expr, Symbol) and bool(expr.is_integer and not expr.is_positive)


def is_element(expr: object) -> bool:
    return isinstance(expr, Indexed) or (isinstance(expr, Symbol) and not expr.is_integer)


def array_of(target: Element) -> str:
    """The name of the array that an element belongs to."""
    return str(target.base.label.name if isinstance(target, Indexed) else target.name)


def indices_of(target: Element) -> tuple[Expr, ...]:
    return target.indices if isinstance(target, Indexed) else ()


# --- construction, without evaluation ----------------------------------------------------------


def add(*terms: Expr) -> Expr:
    """t1 + t2 + …, in the given order; nested sums are opened."""
    flat = tuple(_flatten(sympy.Add, terms))
    if len(flat) == 1:
        return flat[0]
    return sympy.Add(*flat, evaluate=False) if flat else Integer(0)


def mul(*factors: Expr) -> Expr:
    """f1 * f2 * …, in the given order; only neighbouring numbers are multiplied.

    A leading 1 before a quotient is dropped, so that `1 / Z * x` has two factors.
    """
    flat: list[Expr] = []
    for factor in _flatten(Mul, factors):
        if flat and factor.is_Rational and flat[-1].is_Rational:
            flat[-1] = flat[-1] * factor
        else:
            flat.append(factor)
    if len(flat) > 1 and flat[0] is sympy.S.One and is_reciprocal(flat[1]):
        del flat[0]
    if len(flat) == 1:
        return flat[0]
    return Mul(*flat, evaluate=False) if flat else Integer(1)


def negate(expr: Expr) -> Expr:
    if expr.is_Rational:
        return -expr
    if isinstance(expr, Mul) and expr.args[0].is_Rational:
        number, rest = -expr.args[0], expr.args[1:]
        return mul(*rest) if number is sympy.S.One else mul(number, *rest)
    return mul(Integer(-1), expr)


def reciprocal(expr: Expr) -> Expr:
    """1 / expr; a positive exponent changes its sign, while 1/(1/x) stays: it has no value at 0."""
    if expr.is_Rational and expr != 0:
        return 1 / expr
    if isinstance(expr, Pow) and expr.exp.is_Rational and not expr.exp.is_negative:
        return Pow(expr.base, -expr.exp, evaluate=False)
    return Pow(expr, Integer(-1), evaluate=False)


def denominator(factor: Expr) -> Expr:
    """What is printed behind the `/` of a factor that `is_reciprocal`."""
    if not isinstance(factor, Pow):
        return 1 / factor
    return power(factor.base, -factor.exp)


def divide(numerator: Expr, denominator: Expr) -> Expr:
    return mul(numerator, reciprocal(denominator))


def power(base: Expr, exponent: Expr) -> Expr:
    return base if exponent == 1 else Pow(base, exponent, evaluate=False)


def root(expr: Expr) -> Expr:
    return Pow(expr, Rational(1, 2), evaluate=False)


def call(name: str, *arguments: Expr) -> Expr:
    """An elementary function by its printed name, or `max`/`min` of several values."""
    if name in ("max", "min"):
        head = sympy.Max if name == "max" else sympy.Min
        return head(*arguments, evaluate=False)
    return FUNCTIONS[name](*arguments, evaluate=False)


@lru_cache(maxsize=1024)
def opaque(name: str) -> UndefinedFunction:
    """A function of which nothing is known but that it is smooth."""
    return sympy.Function(name, real=True)


def partial(function: str, orders: Iterable[int], *arguments: Expr) -> Expr:
    """The derivative of a function at a point; of order 0 it is the function's value."""
    orders = tuple(orders)
    if not any(orders):
        if function in FUNCTIONS:
            return call(function, *arguments)
        return opaque(function)(*arguments)
    return Partial(Symbol(function), Tuple(*orders), *arguments)


def is_reciprocal(factor: Expr) -> bool:
    """Is this factor printed behind a `/`?"""
    if isinstance(factor, Pow):
        return bool(factor.exp.is_Rational and factor.exp.is_negative)
    return isinstance(factor, Rational) and factor.p == 1 and factor.q != 1


def is_negative(term: Expr) -> bool:
    """Is this term printed with a leading minus?"""
    number = term.args[0] if isinstance(term, Mul) else term
    return bool(number.is_Rational and number.is_negative)


def _flatten(head: type[Expr], parts: Iterable[Expr]) -> Iterator[Expr]:
    for part in parts:
        if isinstance(part, head):
            yield from part.args
        else:
            yield part


# --- walking -----------------------------------------------------------------------------------


def elements(expr: Any) -> Iterator[Element]:
    """Every element that the tree reads, from the left, repeated where it is repeated."""
    return iter(_elements(expr))


@lru_cache(maxsize=4096)
def _elements(expr: Any) -> tuple[Element, ...]:
    return tuple(_walked(expr))


def _walked(expr: Any) -> Iterator[Element]:
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Indexed):
            yield node
            stack.extend(reversed(node.indices))
        elif isinstance(node, Symbol):
            if not node.is_integer:
                yield node
        elif isinstance(node, Partial):
            stack.extend(reversed(node.arguments))
        elif not isinstance(node, AppliedUndef) or node.args:
            stack.extend(reversed(node.args))


def rebuild(node: Any, change: Callable[[Any], Any]) -> Any:
    """The same head over changed arguments, without evaluation (index expressions do evaluate).

    `change` is applied to each argument, indices included.
    """
    args = tuple(change(arg) for arg in node.args)
    if args == node.args:
        return node
    if isinstance(node, sympy.Add):
        return add(*args)
    if isinstance(node, Mul):
        return mul(*args)
    if isinstance(node, Indexed):
        return element(array_of(node), *args[1:])
    if isinstance(
        node, (Bracket, Where, Reduction, Partial, Tuple, AppliedUndef, sympy.floor, sympy.ceiling)
    ):
        return node.func(*args)
    return node.func(*args, evaluate=False)


def rename(expr: Any, new: dict[Symbol, Expr]) -> Any:
    """Put expressions in the place of free indices (or scalars), without evaluation.

    Bound indices hide a replacement of the same name. A bound index that would capture a free
    index of a replacement must have been renamed by the caller.
    """
    if not new:
        return expr
    if isinstance(expr, Symbol):
        return new.get(expr, expr)
    if not expr.args:
        return expr
    if not (expr.free_symbols & new.keys()):  # an Indexed calls itself an Atom
        return expr
    if is_affine_head(expr):
        return expr.xreplace(new)
    if isinstance(expr, Reduction):
        visible = dict(new)
        limits = []
        for bound, lower, upper in expr.limits:
            limits.append(Tuple(bound, rename(lower, visible), rename(upper, visible)))
            visible.pop(bound, None)
        return expr.func(rename(expr.body, visible), rename(expr.condition, visible), *limits)
    return rebuild(expr, lambda arg: rename(arg, new))


def is_affine_head(expr: Any) -> bool:
    """Is this a sum, multiple or integer part of indices and extents only, kept canonical?

    A quotient or a function of them is none: `(i - 2) / (i - 2)` has no value at 2.
    """
    return isinstance(expr, _CANONICAL) and all(map(_is_integral, expr.args))


_CANONICAL = (sympy.Add, Mul, sympy.floor, sympy.ceiling, sympy.Mod)


def _is_integral(part: Any) -> bool:
    """Is it made of whole symbols and numbers by heads that have a value everywhere?"""
    if isinstance(part, Symbol):
        return bool(part.is_integer)
    if isinstance(part, sympy.Pow):
        return bool(part.exp.is_Integer and part.exp > 0) and _is_integral(part.base)
    if isinstance(part, (*_CANONICAL, sympy.Max, sympy.Min)):
        return all(map(_is_integral, part.args))
    return bool(part.is_Rational)
