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
from sympy.logic.boolalg import Boolean

from symgrad import expressions
from symgrad.course.transcribe import affine, array_name, condition, tree
from symgrad.errors import AuthorError
from symgrad.expressions import array_of, elements, extent, index, scalar
from symgrad.heads import ArgmaxOver, MaxOver, Reduction
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
            *_each("assume", assume, lambda assumed: Assume(condition(assumed))),
            *_each("outputs", outputs, lambda array: Output(array_name(array))),
            *([] if loss is None else [Loss(array_name(loss))]),
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
        return Input(array_name(item.array), values=Axis(affine(sympy.sympify(item.upper))))
    if isinstance(item, Indexed):
        return Input(array_name(item), tuple(_axis(position) for position in item.indices))
    return Input(array_name(item))


def _axis(position: Expr) -> Axis:
    """An extent, or a pair (lower, upper)."""
    if isinstance(position, Tuple):
        return Axis(affine(position[1]), affine(position[0]))
    return Axis(affine(position))


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
    loops = tuple(Loop(tree(i), affine(i.lower), affine(i.upper)) for i in indices)
    target = tree(update.target)
    if not expressions.is_element(target):
        raise AuthorError(f"{update.target} cannot be assigned to")
    statement = Statement(target, update.op, tree(update.value))
    return Nest(loops, (statement,), condition(update.where))


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


def _check_names(program: Program) -> None:
    """Every array that is read is an input or computed; outputs and the loss exist."""
    known = {item.name for item in program.declared(Input)}
    known |= {*program.written}
    if program.given is not None:
        known |= program.given.arrays.keys()
    for n, nest in enumerate(program.nests):
        for statement in nest.body:
            for read in elements(statement.value):
                if array_of(read).removesuffix(".grad") not in known:
                    raise AuthorError(
                        f"{array_of(read)} is neither an input nor computed", key=f"updates[{n}]"
                    )
    for item in program.all_declarations:
        if isinstance(item, (Output, Loss)) and item.name not in known:
            raise AuthorError(
                f"{item.name} is neither an input nor computed",
                key=f"{type(item).__name__.lower()}s",
            )


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
