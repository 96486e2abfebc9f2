"""How an exercise is written: a forward pass in plain SymPy, taken into a Program.

    B, J = extents("B J")
    b, j = idx("b", B), idx("j", J)
    s, Z, p = arrays("s Z p")
    with as_written():
        softmax = forward(
            inputs=[s[B, J]],
            updates=[add(Z[b], exp(s[b, j])), add(p[b, j], exp(s[b, j]) / Z[b])],
            outputs=[p],
        )

An index carries its range, as SymPy's `Idx` does, so the loops of an update are the indices that
occur in it and are not summed over. Inside `as_written()` SymPy evaluates nothing, and the
program prints the way it was typed; without it the program means the same, in SymPy's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Idx, Indexed, IndexedBase, Rational, Symbol, Tuple
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad import expressions
from symgrad.errors import AuthorError
from symgrad.expressions import (
    FUNCTION_NAMES,
    ArgmaxOver,
    Bracket,
    MaxOver,
    Reduction,
    SumOver,
    Where,
    array_of,
    call,
    element,
    elements,
    extent,
    index,
    opaque,
    scalar,
)
from symgrad.program import (
    Assume,
    Axis,
    Data,
    Input,
    Loop,
    Loss,
    Nest,
    Opaque,
    Operator,
    Output,
    Program,
    Statement,
)

Numbers: TypeAlias = "int | float | Rational | Sequence[Numbers]"


# --- names -------------------------------------------------------------------------------------


def extents(names: str) -> tuple[Symbol, ...]:
    """Extents of axes: `B, J = extents("B J")`."""
    return tuple(extent(name) for name in names.split())


def arrays(names: str) -> tuple[IndexedBase, ...]:
    """Arrays with axes: `s, Z = arrays("s Z")`."""
    return tuple(IndexedBase(scalar(name)) for name in names.split())


def scalars(names: str) -> tuple[Symbol, ...]:
    """Arrays without axes: `x, L = scalars("x L")`."""
    return tuple(scalar(name) for name in names.split())


def idx(name: str, upper: Expr | int, lower: Expr | int = 1) -> Idx:
    """An index with its range lower..upper."""
    return Idx(index(name), (lower, upper))


def as_written() -> Any:
    """A block in which SymPy keeps every expression as it is typed."""
    return sympy.evaluate(False)


# --- updates -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Update:
    """One update with its loops: None stands for the free indices, in order of appearance."""

    target: Expr
    op: Operator
    value: Expr
    loops: tuple[Idx, ...] | None
    where: Boolean


def _update(op: Operator) -> Callable[..., Update]:
    def update(
        target: Expr,
        value: Expr | int,
        loops: Sequence[Idx] | None = None,
        where: Boolean = sympy.true,
    ) -> Update:
        return Update(
            target, op, sympy.sympify(value), None if loops is None else tuple(loops), where
        )

    return update


add = _update("+=")
subtract = _update("-=")
let = _update("=")


def maximum(body: Expr, *indices: Idx) -> MaxOver:
    """The largest value of the body over the ranges of the indices."""
    return MaxOver.over([(i.label, i.lower, i.upper) for i in indices], body)


def argmax(body: Expr, i: Idx) -> ArgmaxOver:
    """The first index at which the body is largest."""
    return ArgmaxOver.over([(i.label, i.lower, i.upper)], body)


# --- inputs ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fixed:
    """An input whose values are given."""

    array: Expr
    data: Numbers


@dataclass(frozen=True)
class Label:
    """An input that is an index: 1..upper."""

    array: Symbol
    upper: Expr


def fixed(array: Expr, data: Numbers) -> Fixed:
    """`input x[4] = [1, 3, 3, 0]`."""
    return Fixed(array, data)


def label(array: Symbol, upper: Expr) -> Label:
    """`input y in 1..K`."""
    return Label(array, upper)


# --- the program -------------------------------------------------------------------------------


def forward(
    *,
    inputs: Sequence[Expr | Fixed | Label],
    updates: Sequence[Update] = (),
    outputs: Sequence[Expr] = (),
    loss: Expr | None = None,
    functions: Sequence[Expr] = (),
    assume: Sequence[Boolean] = (),
    given: Program | None = None,
) -> Program:
    """The Program of a forward pass; whatever is wrong with it is an AuthorError.

    inputs: `s[B, J]` by its extents, a scalar, `fixed(…)` or `label(…)`; outputs: arrays whose
    gradient is free; functions: opaque ones with the names of their parameters, `f(y, z)`.
    """
    with sympy.evaluate(True):
        declarations = (
            *_each("inputs", inputs, _input),
            *_each("functions", functions, _function),
            *_each("assume", assume, lambda condition: Assume(_condition(condition))),
            *_each("outputs", outputs, lambda array: Output(_name(array))),
            *([] if loss is None else [Loss(_name(loss))]),
        )
        program = Program(declarations, tuple(_each("updates", updates, _nest)), given)
        _check_names(program)
        return program


def _each(key: str, items: Sequence[Any], build: Callable[[Any], Any]) -> Iterator[Any]:
    for n, item in enumerate(items):
        try:
            yield build(item)
        except AuthorError as error:
            raise AuthorError(error.message, key=f"{key}[{n}]") from None


def _input(item: Expr | Fixed | Label) -> Input:
    if isinstance(item, Fixed):
        bare = _input(item.array)
        return Input(bare.name, bare.axes, data=_data(item.data, bare.axes))
    if isinstance(item, Label):
        return Input(_name(item.array), values=Axis(_affine(sympy.sympify(item.upper))))
    if isinstance(item, Indexed):
        return Input(_name(item), tuple(_axis(position) for position in item.indices))
    return Input(_name(item))


def _axis(position: Expr) -> Axis:
    """An extent, or a pair (lower, upper)."""
    if isinstance(position, Tuple):
        return Axis(_affine(position[1]), _affine(position[0]))
    return Axis(_affine(position))


def _data(numbers: Numbers, axes: tuple[Axis, ...]) -> Data:
    if not axes:
        if isinstance(numbers, (list, tuple)):
            raise AuthorError("the data have more axes than the array")
        return Rational(str(numbers))
    if not isinstance(numbers, (list, tuple)):
        raise AuthorError("the data have fewer axes than the array")
    size = axes[0].extent
    if size.is_number and size != len(numbers):
        raise AuthorError(f"{len(numbers)} values for an axis of {size}")
    return tuple(_data(part, axes[1:]) for part in numbers)


def _function(example: Expr) -> Opaque:
    if not isinstance(example, AppliedUndef):
        raise AuthorError(f"{example} is not a function of named parameters, as f(y, z)")
    return Opaque(example.func.__name__, tuple(str(parameter) for parameter in example.args))


def _nest(update: Update) -> Nest:
    indices = list(dict.fromkeys(_free((update.target, update.value, update.where))))
    if update.loops is not None:
        missing = [i.name for i in indices if i not in update.loops]
        if missing:
            raise AuthorError(f"no loop over {', '.join(missing)}")
        indices = list(update.loops)
    loops = tuple(Loop(_tree(i), _affine(i.lower), _affine(i.upper)) for i in indices)
    target = _tree(update.target)
    if not expressions.is_element(target):
        raise AuthorError(f"{update.target} cannot be assigned to")
    statement = Statement(target, update.op, _tree(update.value))
    return Nest(loops, (statement,), _condition(update.where))


def _free(part: Any) -> Iterator[Idx]:
    """The indices of an expression in order of appearance, without those summed over."""
    if isinstance(part, Idx):
        yield part
    elif isinstance(part, sympy.Sum):
        bound = {limit[0] for limit in part.limits}
        yield from (i for i in _free((part.function, *part.limits)) if i not in bound)
    elif isinstance(part, Reduction):
        names = {limit[0] for limit in part.limits}
        yield from (i for i in _free(part.args) if i.label not in names)
    else:
        for piece in part if isinstance(part, tuple) else part.args:
            yield from _free(piece)


def _name(array: Any) -> str:
    if isinstance(array, Indexed):
        array = array.base
    if isinstance(array, IndexedBase):
        return str(array.label.name)
    if isinstance(array, Symbol):
        return str(array.name)
    raise AuthorError(f"{array} is not an array")


def _check_names(program: Program) -> None:
    """Every array that is read is an input or computed; outputs and the loss exist."""
    known = {item.name for item in program.declared(Input)}  # type: ignore[union-attr]
    known |= {array_of(statement.target) for _, statement in program.statements}
    if program.given is not None:
        known |= program.given.arrays.keys()
    for n, nest in enumerate(program.nests):
        for statement in nest.body:
            for read in elements(statement.value):
                if array_of(read).removesuffix(".grad") not in known:
                    raise AuthorError(
                        f"{array_of(read)} is neither an input nor computed", key=f"updates[{n}]"
                    )
    for kind in (Output, Loss):
        for item in program.declared(kind):
            if item.name not in known:  # type: ignore[union-attr]
                raise AuthorError(
                    f"{item.name} is neither an input nor computed",  # type: ignore[union-attr]
                    key=f"{kind.__name__.lower()}s",
                )


# --- from SymPy's trees to as-written ones -------------------------------------------------------


def _tree(expr: Any) -> Any:
    """The expression rebuilt by symgrad's constructors, in the order of its arguments."""
    for head, build in TREES:
        if isinstance(expr, head):
            return build(expr)
    raise AuthorError(f"{type(expr).__name__} has no place in a program: {expr}")


def _product(expr: Expr) -> Expr:
    """A product; SymPy puts a 1 before the body of a sum, which nobody wrote."""
    return expressions.mul(*(_tree(factor) for factor in expr.args if factor is not sympy.S.One))


def _power(expr: Expr) -> Expr:
    base, exponent = expr.args
    exponent = _affine(exponent) if not exponent.atoms(Indexed) else _tree(exponent)
    if exponent.is_Rational and exponent.is_negative:
        return expressions.reciprocal(expressions.power(_tree(base), -exponent))
    return expressions.power(_tree(base), exponent)


def _piecewise(expr: Any) -> Expr:
    (value, condition), *rest = expr.args
    if condition is sympy.true:
        return _tree(value)
    if not rest:
        raise AuthorError("a Piecewise needs a last case for everything else")
    return Where(_condition(condition), _tree(value), _piecewise(sympy.Tuple(*rest)))


def _sum(expr: Any) -> Expr:
    return SumOver.over([_limit(limit) for limit in expr.limits], _tree(expr.function))


def _limit(limit: Any) -> tuple[Symbol, Expr, Expr]:
    if len(limit) != 3:
        raise AuthorError(f"a sum over {limit[0]} needs its range")
    bound, lower, upper = limit
    return index(str(bound.name)), _affine(lower), _affine(upper)


def _reduction(expr: Reduction) -> Expr:
    limits = [_limit(limit) for limit in expr.limits]
    return type(expr).over(limits, _tree(expr.body), _condition(expr.condition))


def _symbol(symbol: Symbol) -> Symbol:
    """Extents and indices are integers; any other symbol is a scalar."""
    return symbol if symbol.is_integer else scalar(symbol.name)


def _called(expr: Expr) -> Expr:
    return call(FUNCTION_NAMES[type(expr)], *map(_tree, expr.args))


TREES: list[tuple[type | tuple[type, ...], Callable[[Any], Any]]] = [
    (Idx, lambda expr: expr.label),
    (sympy.Float, lambda expr: Rational(str(expr))),
    (Rational, lambda expr: expr),
    (Symbol, _symbol),
    (IndexedBase, lambda expr: scalar(expr.label.name)),
    (Indexed, lambda expr: element(_name(expr), *map(_affine, expr.indices))),
    (sympy.Add, lambda expr: expressions.add(*map(_tree, expr.args))),
    (sympy.Mul, _product),
    (sympy.Pow, _power),
    (sympy.Sum, _sum),
    (Reduction, _reduction),
    (Bracket, lambda expr: Bracket(_condition(expr.condition))),
    (sympy.Piecewise, _piecewise),
    (sympy.Max, lambda expr: call("max", *map(_tree, expr.args))),
    (sympy.Min, lambda expr: call("min", *map(_tree, expr.args))),
    (tuple(FUNCTION_NAMES), _called),
    (AppliedUndef, lambda expr: opaque(expr.func.__name__)(*map(_tree, expr.args))),
]
"""What each SymPy head becomes."""


def _affine(expr: Any) -> Any:
    """An index expression: evaluated, its indices bare."""
    expr = sympy.sympify(expr)
    if isinstance(expr, Idx):
        return expr.label
    if isinstance(expr, Symbol):
        return _symbol(expr)
    return expr.func(*map(_affine, expr.args)) if expr.args else expr


def _condition(condition: Any) -> Boolean:
    if condition in (sympy.true, True):
        return sympy.true
    if isinstance(condition, Relational):
        left, right = (_side(side) for side in condition.args)
        return condition.func(left, right, evaluate=False)
    if isinstance(condition, (And, Or, Not)):
        return condition.func(*map(_condition, condition.args), evaluate=False)
    raise AuthorError(f"{condition} is not a condition")


def _side(expr: Any) -> Expr:
    """A side of a comparison; evaluated where it consists of indices and extents only."""
    if expr.atoms(Indexed, IndexedBase, sympy.Function) or expr.has(sympy.Sum, Reduction):
        return _tree(expr)
    if all(symbol.is_integer for symbol in expr.free_symbols):
        return _affine(expr)
    return _tree(expr)


__all__ = [
    "add",
    "argmax",
    "arrays",
    "as_written",
    "extents",
    "fixed",
    "forward",
    "idx",
    "label",
    "let",
    "maximum",
    "scalars",
    "subtract",
]
