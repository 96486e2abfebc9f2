"""The same comparison under other names, or with an axis more: both sides and the forward pass.

renamed        every array, index and extent has another name
batched        every array has an axis more: for q, b, j: Z[q, b] += exp(s[q, b, j])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sympy import Integer, Symbol
from sympy.core.function import AppliedUndef

from symgrad.expressions import (
    array_of,
    element,
    extent,
    index,
    indices_of,
    is_affine_head,
    is_element,
    is_extent,
    is_index,
    opaque,
    partial,
    rebuild,
    scalar,
)
from symgrad.heads import Partial
from symgrad.program import (
    Assume,
    Axis,
    Declaration,
    Input,
    Loop,
    Loss,
    Nest,
    Opaque,
    Program,
    Statement,
)


@dataclass(frozen=True)
class Case:
    """Two sides over a forward pass, and the arrays that are compared."""

    left: Program
    right: Program
    given: Program
    targets: tuple[str, ...]


def renamed(case: Case) -> Case:
    """Every array, function, index and extent under another name, in the reversed order."""
    programs = (case.given, case.left, case.right)
    arrays = sorted({name.partition(".")[0] for program in programs for name in program.arrays})
    names = {name: f"v{n}" for n, name in enumerate(reversed(arrays))}

    def named(name: str) -> str:
        base, dot, rest = name.partition(".")
        return names[base] + dot + rest

    def change(expr: Any) -> Any:
        if is_extent(expr):
            return extent(f"E{expr.name}")
        if is_index(expr):
            return index(f"n{expr.name}")
        if is_affine_head(expr):
            return expr.xreplace({symbol: change(symbol) for symbol in expr.free_symbols})
        if is_element(expr):
            return element(named(array_of(expr)), *map(change, indices_of(expr)))
        if isinstance(expr, Partial):
            name = expr.function
            return partial(functions.get(name, name), expr.orders, *map(change, expr.arguments))
        if isinstance(expr, AppliedUndef):
            return opaque(functions[expr.func.__name__])(*map(change, expr.args))
        return rebuild(expr, change) if expr.args else expr

    functions = {item.name: f"q{item.name}" for item in case.given.declared(Opaque)}
    given = replace(
        _program(case.given, change, None),
        declarations=tuple(
            _renamed(item, named, functions, change) for item in case.given.declarations
        ),
    )
    left, right = (_program(side, change, given) for side in (case.left, case.right))
    return Case(left, right, given, tuple(map(named, case.targets)))


def _renamed(
    item: Declaration,
    named: Callable[[str], str],
    functions: Mapping[str, str],
    change: Callable[[Any], Any],
) -> Declaration:
    if isinstance(item, Assume):
        return Assume(change(item.condition))
    if isinstance(item, Opaque):
        return replace(item, name=functions[item.name])
    if isinstance(item, Input):
        axes = tuple(_axis(axis, change) for axis in item.axes)
        values = item.values and _axis(item.values, change)
        return replace(item, name=named(item.name), axes=axes, values=values)
    return replace(item, name=named(item.name))


def _axis(axis: Axis, change: Callable[[Any], Any]) -> Axis:
    return Axis(change(axis.upper), change(axis.lower))


def batched(case: Case) -> Case:
    """Every array with one more axis, every nest in one more loop; a loss is the sum of all.

    Fixed data stay as they are; where their gradient is asked for, so does the case.
    """
    q, batch = Loop(index("qq"), Integer(1), extent("Q9")), Axis(extent("Q9"))
    plain = {item.name for item in case.given.declared(Input) if item.data is not None}
    if any(f"{name}.grad" in side.arrays for name in plain for side in (case.left, case.right)):
        return case

    def change(expr: Any) -> Any:
        if is_extent(expr) or is_index(expr) or is_affine_head(expr):
            return expr
        if is_element(expr):
            first = () if array_of(expr) in plain else (q.index,)
            return element(array_of(expr), *first, *map(change, indices_of(expr)))
        if isinstance(expr, Partial):
            return partial(expr.function, expr.orders, *map(change, expr.arguments))
        return rebuild(expr, change) if expr.args else expr

    def whole(program: Program, given: Program | None) -> Program:
        wider = _program(program, change, given)
        nests = tuple(replace(nest, loops=(q, *nest.loops)) for nest in wider.nests)
        return replace(wider, nests=nests)

    def assumed(expr: Any) -> Any:
        """In `a > 0` the bare name stands for all elements already."""
        return expr if isinstance(expr, Symbol) and is_element(expr) else change_within(expr)

    def change_within(expr: Any) -> Any:
        if is_element(expr) or not expr.args:
            return change(expr)
        return rebuild(expr, assumed)

    declarations: list[Declaration] = []
    total = whole(case.given, None)
    for item in case.given.declarations:
        if isinstance(item, Input) and item.data is None:
            declarations.append(replace(item, axes=(batch, *item.axes)))
        elif isinstance(item, Assume):
            declarations.append(Assume(assumed(item.condition)))
        elif isinstance(item, Loss):
            declarations.append(Loss("sumtotal"))
            added = Statement(scalar("sumtotal"), "+=", element(item.name, q.index))
            total = replace(total, nests=(*total.nests, Nest((q,), (added,))))
        else:
            declarations.append(item)
    given = replace(total, declarations=tuple(declarations))
    return Case(whole(case.left, given), whole(case.right, given), given, case.targets)


WHOLE: dict[str, Callable[[Case], Case]] = {"renamed": renamed, "batched": batched}


def _program(program: Program, change: Callable[[Any], Any], given: Program | None) -> Program:
    """The program with every expression of its nests changed."""
    return replace(program, nests=tuple(_nest(nest, change) for nest in program.nests), given=given)


def _nest(nest: Nest, change: Callable[[Any], Any]) -> Nest:
    return Nest(
        tuple(Loop(*map(change, (loop.index, loop.lower, loop.upper))) for loop in nest.loops),
        tuple(one.mapped(change) for one in nest.body),
        change(nest.guard),
    )
