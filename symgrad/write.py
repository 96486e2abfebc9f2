"""Programs and expressions as plain-text notation: the inverse of `read`.

    read(text(program), given) == program

A loop or a bound index is written without its range exactly where the reader would find the same
range on an axis of an array that is known by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import sympy
from sympy import Add, Expr, Indexed, Mul, Pow, Rational, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad.expressions import (
    FUNCTION_NAMES,
    FUNCTIONS,
    Bracket,
    Partial,
    Reduction,
    Where,
    array_of,
    indices_of,
    is_negative,
    is_reciprocal,
    mul,
    negate,
    reciprocal,
)
from symgrad.program import (
    Assume,
    Axis,
    Declaration,
    Input,
    Loop,
    Loss,
    Nest,
    Opaque,
    Output,
    Program,
    Statement,
    is_gradient,
    primal,
)
from symgrad.shapes import accesses, nest_accesses, standing

Known = Mapping[str, tuple[Axis, ...]]

SUM, PRODUCT, POWER, ATOM = range(4)
"""How strongly a text binds; an operand that binds less than its place asks for parentheses."""

RELATIONS = {
    sympy.Eq: "==",
    sympy.Ne: "!=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
}


def text(program: Program) -> str:
    """The whole program, declarations first, one nest a line."""
    return "\n".join([*map(declaration_text, program.declarations), *nest_texts(program)])


def nest_texts(program: Program) -> list[str]:
    """Each nest of a program as one line."""
    known = _declared_axes(program)
    lines = []
    for nest in program.nests:
        lines.append(nest_text(nest, known))
        for statement in nest.body:
            name = array_of(statement.target)
            known.setdefault(name, program.arrays[name].axes)
    return lines


def declaration_text(item: Declaration) -> str:
    if isinstance(item, Input):
        written = f"input {item.name}"
        if item.axes:
            written += f"[{', '.join(map(_axis_text, item.axes))}]"
        if item.values is not None:
            written += f" in {expression_text(item.values.lower)}..{expression_text(item.values.upper)}"
        if item.data is not None:
            written += f" = {_data_text(item.data)}"
        return written
    if isinstance(item, (Output, Loss)):
        return f"{type(item).__name__.lower()} {item.name}"
    if isinstance(item, Opaque):
        return f"function {item.name}({', '.join(item.parameters)})"
    assert isinstance(item, Assume)
    return f"assume {condition_text(item.condition)}"


def nest_text(nest: Nest, known: Known = {}) -> str:
    body = "; ".join(statement_text(statement, known) for statement in nest.body)
    if not nest.loops and nest.guard is sympy.true:
        return body
    axes = standing(_outside_reductions(nest), _with_gradients(known, nest))
    loops = ", ".join(
        _range_text(loop.index, loop.lower, loop.upper, axes.get(loop.index))
        for loop in nest.loops
    )
    guard = "" if nest.guard is sympy.true else f" if {condition_text(nest.guard, known)}"
    return f"for {loops}{guard}: {body}"


def statement_text(statement: Statement, known: Known = {}) -> str:
    target = expression_text(statement.target, known)
    return f"{target} {statement.op} {expression_text(statement.value, known)}"


def expression_text(expr: Expr, known: Known = {}) -> str:
    return _write(expr, known)[0]


def condition_text(condition: Boolean, known: Known = {}) -> str:
    return _condition(condition, known, 0)


# --- expressions -------------------------------------------------------------------------------


def _write(expr: Expr, known: Known) -> tuple[str, int]:
    """The text of an expression and how strongly it binds."""
    for head, writer in WRITERS:
        if isinstance(expr, head):
            return writer(expr, known)
    raise TypeError(f"no notation for {type(expr).__name__}: {expr!r}")


def _place(expr: Expr, strength: int, known: Known) -> str:
    written, binds = _write(expr, known)
    return written if binds >= strength else f"({written})"


def _sum(expr: Add, known: Known) -> tuple[str, int]:
    terms = list(expr.args)
    if all(symbol.is_integer for symbol in expr.free_symbols) and _canonical(expr):
        terms.sort(key=_index_order)
    written = _place(terms[0], PRODUCT, known) if not is_negative(terms[0]) else _write(terms[0], known)[0]
    for term in terms[1:]:
        if is_negative(term):
            written += f" - {_place(negate(term), PRODUCT, known)}"
        else:
            written += f" + {_place(term, PRODUCT, known)}"
    return written, SUM


def _canonical(expr: Add) -> bool:
    """Is this an index expression, whose order SymPy chose (and would choose again)?"""
    return bool(expr == expr.func(*expr.args))


def _index_order(term: Expr) -> tuple[bool, bool, str]:
    """Positive before negative, numbers last: `H - h + 1`, `i + l - 1`."""
    return (term.is_number, is_negative(term), str(term))


def _product(expr: Mul, known: Known) -> tuple[str, int]:
    if is_negative(expr):
        return f"-{_place(negate(expr), PRODUCT, known)}", SUM if False else PRODUCT
    written = ""
    for n, factor in enumerate(expr.args):
        if not n:
            written = _place(factor, PRODUCT if is_reciprocal(factor) else POWER, known)
        elif is_reciprocal(factor):
            written += f" / {_place(reciprocal(factor), POWER, known)}"
        else:
            written += f" * {_place(factor, POWER, known)}"
    return written, PRODUCT


def _power(expr: Pow, known: Known) -> tuple[str, int]:
    base, exponent = expr.args
    if exponent.is_Rational and exponent.is_negative:
        return f"1 / {_place(reciprocal(expr), POWER, known)}", PRODUCT
    if exponent == Rational(1, 2):
        return f"sqrt({expression_text(base, known)})", ATOM
    return f"{_place(base, ATOM, known)}^{_place(exponent, ATOM, known)}", POWER


def _number(expr: Rational, _: Known) -> tuple[str, int]:
    if expr.q != 1:
        return f"{expr.p}/{expr.q}", PRODUCT
    return str(expr.p), ATOM if expr.p >= 0 else PRODUCT


def _reduction(expr: Reduction, known: Known) -> tuple[str, int]:
    axes = standing(_own_accesses(expr), _with_gradients(known, expr))
    limits = ", ".join(
        _range_text(bound, lower, upper, axes.get(bound)) for bound, lower, upper in expr.limits
    )
    if expr.condition is not sympy.true:
        limits += f" if {condition_text(expr.condition, known)}"
    return f"{expr.keyword}({limits}, {expression_text(expr.body, known)})", ATOM


def _element(expr: Indexed, known: Known) -> tuple[str, int]:
    return f"{array_of(expr)}[{_comma(indices_of(expr), known)}]", ATOM


def _partial(expr: Partial, known: Known) -> tuple[str, int]:
    if len(expr.orders) == 1:
        name = expr.function + "'" * expr.orders[0]
    else:
        parameters = PARAMETERS.get(expr.function) or tuple("xyzuvw")
        name = f"{expr.function}_" + "".join(
            parameter * order for parameter, order in zip(parameters, expr.orders, strict=False)
        )
    return f"{name}({_comma(expr.arguments, known)})", ATOM


def _called(name: Callable[[Expr], str]) -> Callable[[Expr, Known], tuple[str, int]]:
    return lambda expr, known: (f"{name(expr)}({_comma(expr.args, known)})", ATOM)


def _floor(expr: Expr, known: Known) -> tuple[str, int]:
    name = "ceil" if isinstance(expr, sympy.ceiling) else "floor"
    return f"{name}({expression_text(expr.args[0], known)})", ATOM


WRITERS: list[tuple[type | tuple[type, ...], Callable[..., tuple[str, int]]]] = [
    (Rational, _number),
    (Symbol, lambda expr, _: (expr.name, ATOM)),
    (Indexed, _element),
    (Add, _sum),
    (Mul, _product),
    (Pow, _power),
    (Reduction, _reduction),
    (Bracket, lambda expr, known: (f"[{condition_text(expr.condition, known)}]", ATOM)),
    (
        Where,
        lambda expr, known: (
            f"where({condition_text(expr.args[0], known)}, {_comma(expr.args[1:], known)})",
            ATOM,
        ),
    ),
    (Partial, _partial),
    ((sympy.floor, sympy.ceiling), _floor),
    (sympy.Mod, _called(lambda _: "mod")),
    (sympy.Max, _called(lambda _: "max")),
    (sympy.Min, _called(lambda _: "min")),
    (sympy.Tuple, lambda expr, known: (f"({_comma(expr.args, known)})", ATOM)),
    (tuple(FUNCTIONS.values()), _called(lambda expr: FUNCTION_NAMES[type(expr)])),  # type: ignore[arg-type]
    (AppliedUndef, _called(lambda expr: expr.func.__name__)),
]

PARAMETERS: dict[str, tuple[str, ...]] = {}


def _comma(parts: Iterable[Expr], known: Known) -> str:
    return ", ".join(expression_text(part, known) for part in parts)


# --- conditions --------------------------------------------------------------------------------


def _condition(condition: Boolean, known: Known, strength: int) -> str:
    if isinstance(condition, Relational):
        left, right = (expression_text(side, known) for side in condition.args)
        return f"{left} {RELATIONS[type(condition)]} {right}"
    if isinstance(condition, Not):
        return f"not ({_condition(condition.args[0], known, 0)})"
    if isinstance(condition, (And, Or)):
        word, own = ("and", 2) if isinstance(condition, And) else ("or", 1)
        written = f" {word} ".join(_condition(part, known, own) for part in condition.args)
        return written if own > strength else f"({written})"
    return "1 == 1" if condition else "1 == 0"


# --- ranges ------------------------------------------------------------------------------------


def _range_text(index: Symbol, lower: Expr, upper: Expr, axes: set[Axis] | None) -> str:
    if axes == {Axis(upper, lower)}:
        return index.name
    return f"{index.name} in {expression_text(lower)}..{expression_text(upper)}"


def _axis_text(axis: Axis) -> str:
    upper = expression_text(axis.upper)
    return upper if axis.lower == 1 else f"{expression_text(axis.lower)}..{upper}"


def _data_text(data: object) -> str:
    if isinstance(data, tuple):
        return f"[{', '.join(map(_data_text, data))}]"
    return _number(data, {})[0]


def _declared_axes(program: Program) -> dict[str, tuple[Axis, ...]]:
    known = {name: array.axes for name, array in program.given.arrays.items()} if program.given else {}
    known.update((item.name, item.axes) for item in program.declared(Input))  # type: ignore[union-attr]
    return known


def _with_gradients(known: Known, part: Nest | Expr) -> Known:
    """The known axes, with those of the gradients that a part names."""
    found = nest_accesses(part) if isinstance(part, Nest) else accesses(part)
    axes = dict(known)
    for element, _ in found:
        name = array_of(element)
        if is_gradient(name) and name not in axes and primal(name) in axes:
            axes[name] = axes[primal(name)]
    return axes


def _outside_reductions(nest: Nest) -> Iterable[tuple[Expr, object]]:
    """The accesses of a nest, without those on indices that a reduction binds again."""
    own = {loop.index for loop in nest.loops}
    for element, scope in nest_accesses(nest):
        if not any(loop.index in own for loop in scope[len(nest.loops) :]):
            yield element, scope


def _own_accesses(reduction: Reduction) -> Iterable[tuple[Expr, object]]:
    own = {bound for bound, _, _ in reduction.limits}
    for part in (reduction.condition, reduction.body):
        for element, scope in accesses(part):
            if not any(loop.index in own for loop in scope):
                yield element, scope


__all__ = ["text", "nest_texts", "declaration_text", "statement_text", "expression_text", "condition_text"]

_ = mul  # re-exported for readers of this module's rules
