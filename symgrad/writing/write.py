"""Programs as plain-text notation: the inverse of `read`.

    read(text(program), given) == program

A loop or a bound index is written without its range exactly where the reader finds the same range
by itself: on an axis that is declared, or that an earlier nest has fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from symgrad.expressions import Element, array_of
from symgrad.program import (
    Assume,
    Axis,
    Data,
    Declaration,
    Input,
    Loss,
    Nest,
    Opaque,
    Output,
    Program,
    Statement,
    is_gradient,
)
from symgrad.shapes import Scope, nest_accesses, own_accesses
from symgrad.writing.agreement import ranges_alone
from symgrad.writing.spelling import Known, Parameters, Speller, axes_in

UNKNOWN = Axis(sympy.nan, sympy.nan)
"""An axis from which no range is inferred; it equals no range that a loop can have."""


def text(program: Program) -> str:
    """The whole program, declarations first, one nest a line."""
    speller = Speller(_declared_axes(program), parameters=parameters(program))
    declarations = [_declaration(item, speller) for item in program.declarations]
    return "\n".join([*declarations, *nest_texts(program)])


def nest_texts(program: Program) -> list[str]:
    """Each nest of a program as one line."""
    return [_nest(nest, speller) for nest, speller in spellers(program)]


def spellers(program: Program) -> Iterator[tuple[Nest, Speller]]:
    """Each nest with what its reader knows of the axes there: what loops before it ran over."""
    axes = {name: array.axes for name, array in program.arrays.items()}
    fixed = _fixed_axes(program)
    declared = _declared_axes(program)
    names = parameters(program)
    seen: dict[str, list[tuple[Element, Scope]]] = {}
    for nest in program.nests:
        found = {
            name: tuple(
                axis if ranges_alone(uses, n) else UNKNOWN for n, axis in enumerate(fixed[name])
            )
            for name, uses in seen.items()
        }
        yield nest, Speller({**declared, **found}, axes, names)
        for element, scope in nest_accesses(nest):
            name = array_of(element)
            if axes_in(declared, name) is None and name in fixed:
                seen.setdefault(name, []).append((element, scope))


def parameters(program: Program) -> Parameters:
    """The parameters of every declared function, which name its derivatives."""
    return {item.name: item.parameters for item in program.declared(Opaque)}


def declaration_text(item: Declaration) -> str:
    return _declaration(item, Speller())


def nest_text(nest: Nest, known: Known | None = None, names: Parameters | None = None) -> str:
    return _nest(nest, Speller(known or {}, parameters=names or {}))


def statement_text(
    statement: Statement, known: Known | None = None, names: Parameters | None = None
) -> str:
    return _statement(statement, Speller(known or {}, parameters=names or {}))


def expression_text(expr: Expr, known: Known | None = None, names: Parameters | None = None) -> str:
    """An expression; `names` are the parameters of declared functions, for `f_y(y, z)`."""
    return Speller(known or {}, parameters=names or {}).value(expr)


def condition_text(
    condition: Boolean, known: Known | None = None, names: Parameters | None = None
) -> str:
    return Speller(known or {}, parameters=names or {}).condition(condition)


# --- statements --------------------------------------------------------------------------------


def _nest(nest: Nest, speller: Speller) -> str:
    inner = replace(speller, bound=frozenset(loop.index for loop in nest.loops))
    body = "; ".join(_statement(statement, inner) for statement in nest.body)
    head = _head(nest, speller)
    return f"{head}: {body}" if head else body


def _head(nest: Nest, speller: Speller) -> str:
    """`for b, j in 2..J if c`, as much of it as there is."""
    standing = speller.standing(own_accesses(nest))
    loops = ", ".join(
        speller.range(loop.index, loop.lower, loop.upper, standing) for loop in nest.loops
    )
    guard = "" if nest.guard is sympy.true else f"if {speller.condition(nest.guard)}"
    return " ".join(part for part in ("for" if loops else "", loops, guard) if part)


def _statement(statement: Statement, speller: Speller) -> str:
    members = " = ".join(map(speller.value, statement.members))
    return f"{speller.value(statement.target)} {statement.op} {members}"


# --- declarations ------------------------------------------------------------------------------


def _declaration(item: Declaration, speller: Speller) -> str:
    if isinstance(item, Input):
        return _input(item, speller)
    if isinstance(item, Assume):
        return f"assume {speller.condition(item.condition)}"
    if isinstance(item, Opaque):
        return f"function {item.name}({', '.join(item.parameters)})"
    keyword = {Output: "output", Loss: "loss"}[type(item)]
    return f"{keyword} {item.name}"


def _input(item: Input, speller: Speller) -> str:
    written = f"input {item.name}"
    if item.axes:
        written += f"[{', '.join(_axis(axis, speller) for axis in item.axes)}]"
    if item.values is not None:
        values = item.values
        written += f" in {speller.index(values.lower)}..{speller.index(values.upper)}"
    if item.data is not None:
        written += f" = {_data(item.data, speller)}"
    return written


def _axis(axis: Axis, speller: Speller) -> str:
    upper = speller.index(axis.upper)
    return upper if axis.lower == 1 else f"{speller.index(axis.lower)}..{upper}"


def _data(data: Data, speller: Speller) -> str:
    if isinstance(data, tuple):
        return f"[{', '.join(_data(part, speller) for part in data)}]"
    return speller.value(data)


# --- axes --------------------------------------------------------------------------------------


def _declared_axes(program: Program) -> dict[str, tuple[Axis, ...]]:
    """What the reader knows before it has seen a nest."""
    given = program.given.arrays if program.given else {}
    known = {name: array.axes for name, array in given.items()}
    known.update((item.name, item.axes) for item in program.declarations if isinstance(item, Input))
    return known


def _fixed_axes(program: Program) -> Known:
    """The axes of computed arrays that every use tells alike.

    Where loops over different ranges stand on one axis, the reader could not tell which is meant.
    """
    uses: dict[str, list[tuple[Element, Scope]]] = {}
    for nest in program.nests:
        for element, scope in nest_accesses(nest):
            uses.setdefault(array_of(element), []).append((element, scope))
    return {
        name: tuple(
            axis if {*ranges_alone(found, n)} == {axis} else UNKNOWN
            for n, axis in enumerate(program.arrays[name].axes)
        )
        for name, found in uses.items()
        if not is_gradient(name)
    }


__all__ = [
    "condition_text",
    "declaration_text",
    "expression_text",
    "nest_text",
    "nest_texts",
    "parameters",
    "statement_text",
    "text",
]
