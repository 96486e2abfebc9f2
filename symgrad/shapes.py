"""The axes of every array: declared for inputs, copied for gradients, read off their use otherwise.

An axis on which an index stands alone (`e[b]`) takes that index's range; where no index ever
stands alone the axis is the hull of all the values that the index expressions take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import sympy
from sympy import Expr, Indexed, Symbol

from symgrad.expressions import Element, array_of, indices_of, is_element, is_index
from symgrad.heads import ArgmaxOver, Partial, Reduction
from symgrad.program import Array, Axis, Input, Loop, Nest, Program, Role, is_gradient, primal

Scope = tuple[Loop, ...]
"""The indices bound at a place, from the outermost."""


def shapes(program: Program) -> Mapping[str, Array]:
    known: dict[str, Array] = dict(program.given.arrays) if program.given else {}
    for item in program.declarations:
        if isinstance(item, Input):
            known[item.name] = Array(item.name, item.axes, "input", item.values, item.data)
    uses = _uses(program.nests)
    role: Role = "auxiliary" if program.given else "computed"
    for name, occurrences in uses.items():
        if name in known:
            continue
        if is_gradient(name) and primal(name) in uses.keys() | known.keys():
            continue
        axes = _axes(occurrences, known)
        known[name] = Array(name, axes, "gradient" if is_gradient(name) else role)
    for name in sorted(uses, key=lambda name: name.count(".grad")):
        if name not in known:
            known[name] = Array(name, known[primal(name)].axes, "gradient")
    for name, values in _index_valued(program.nests, known).items():
        known[name] = replace(known[name], values=values)
    for name, occurrences in uses.items():
        if any(map(_is_at_element, known[name].axes)):
            known[name] = replace(known[name], axes=_axes(occurrences, known))
    return known


def _axes(occurrences: list[tuple[Element, Scope]], known: Mapping[str, Array]) -> tuple[Axis, ...]:
    return tuple(
        _axis([(indices_of(element)[n], scope) for element, scope in occurrences], known)
        for n in range(len(indices_of(occurrences[0][0])))
    )


def _is_at_element(axis: Axis) -> bool:
    """Is an end of an axis an element, of which it is known by now that it holds an index?"""
    return any(is_element(part) for end in (axis.lower, axis.upper) for part in end.free_symbols)


def accesses(expr: object, scope: Scope = ()) -> Iterator[tuple[Element, Scope]]:
    """Every element that an expression reads, with the indices bound there."""
    if is_element(expr):
        yield expr, scope
    if isinstance(expr, Reduction):
        inner = scope
        for bound, lower, upper in expr.limits:
            yield from accesses(lower, inner)
            yield from accesses(upper, inner)
            inner = (*(loop for loop in inner if loop.index != bound), Loop(bound, lower, upper))
        yield from accesses(expr.condition, inner)
        yield from accesses(expr.body, inner)
        return
    parts: Iterable[object]
    if isinstance(expr, Indexed):
        parts = expr.indices
    elif isinstance(expr, Partial):
        parts = expr.arguments
    else:
        parts = getattr(expr, "args", ())
    for part in parts:
        yield from accesses(part, scope)


def nest_accesses(nest: Nest) -> Iterator[tuple[Element, Scope]]:
    """Every element that a nest writes or reads, with the indices bound there."""
    for n, loop in enumerate(nest.loops):
        yield from accesses(loop.lower, nest.loops[:n])
        yield from accesses(loop.upper, nest.loops[:n])
    yield from accesses(nest.guard, nest.loops)
    for statement in nest.body:
        yield from accesses(statement.target, nest.loops)
        for member in statement.members:
            yield from accesses(member, nest.loops)


def own_accesses(part: Nest | Reduction) -> Iterator[tuple[Element, Scope]]:
    """The accesses in the scope of a nest's loops or of a reduction's indices.

    Without those below a reduction that binds one of these indices again: there it is another one.
    """
    found: Iterable[tuple[Element, Scope]]
    if isinstance(part, Nest):
        own, outer = {loop.index for loop in part.loops}, len(part.loops)
        found = nest_accesses(part)
    else:
        own, outer = {bound for bound, _, _ in part.limits}, 0
        found = (access for inside in (part.condition, part.body) for access in accesses(inside))
    for element, scope in found:
        if not any(loop.index in own for loop in scope[outer:]):
            yield element, scope


def standing(
    found: Iterable[tuple[Element, Scope]], known: Mapping[str, tuple[Axis, ...]]
) -> dict[Symbol, set[Axis]]:
    """The axes of known arrays on which each index stands alone.

    Indices that an inner scope binds again are that scope's own: the caller passes the accesses of
    one scope.
    """
    result: dict[Symbol, set[Axis]] = {}
    for element, _ in found:
        axes = known.get(array_of(element))
        if axes is None or len(axes) != len(indices_of(element)):
            continue
        for position, axis in zip(indices_of(element), axes, strict=True):
            if is_index(position):
                result.setdefault(position, set()).add(axis)
    return result


def span(expr: Expr, scope: Scope, arrays: Mapping[str, Array] | None = None) -> Axis:
    """The least and greatest value of an index expression over the loops of its scope.

    Affine expressions exactly on rectangular loops, otherwise an enclosing range.
    """
    return Axis(_extreme(expr, scope, arrays or {}, 1), _extreme(expr, scope, arrays or {}, -1))


def _uses(nests: Iterable[Nest]) -> dict[str, list[tuple[Element, Scope]]]:
    uses: dict[str, list[tuple[Element, Scope]]] = {}
    for nest in nests:
        for element, scope in nest_accesses(nest):
            uses.setdefault(array_of(element), []).append((element, scope))
    return uses


def _axis(positions: list[tuple[Expr, Scope]], known: Mapping[str, Array]) -> Axis:
    alone = {
        Axis(loop.upper, loop.lower)
        for position, scope in positions
        for loop in scope
        if loop.index == position and not _bound_in(loop, scope)
    }
    if alone:
        # A fixed place beside the index: out[1] = … and `for i in 2..N: out[i] = …`.
        hulls = alone | {
            Axis(position, position)
            for position, _ in positions
            if not any(map(is_index, position.free_symbols)) and not is_element(position)
        }
    else:
        hulls = {span(position, scope, known) for position, scope in positions}
    if len(hulls) == 1:
        return hulls.pop()
    return Axis(
        sympy.Max(*(hull.upper for hull in hulls)), sympy.Min(*(hull.lower for hull in hulls))
    )


def _bound_in(loop: Loop, scope: Scope) -> bool:
    """Do the bounds of a loop depend on another index?"""
    return any(
        is_index(symbol) for bound in (loop.lower, loop.upper) for symbol in bound.free_symbols
    )


def _extreme(expr: Expr, scope: Scope, arrays: Mapping[str, Array], side: int) -> Expr:
    if isinstance(expr, Indexed) or (is_element(expr) and isinstance(expr, Symbol)):
        array = arrays.get(array_of(expr))
        if array is None or array.values is None:
            return expr
        return array.values.upper if side > 0 else array.values.lower
    if is_index(expr):
        for loop in reversed(scope):
            if loop.index == expr:
                return _extreme(loop.upper if side > 0 else loop.lower, scope, arrays, side)
        return expr
    if isinstance(expr, sympy.Add):
        if any(part.has(sympy.floor, sympy.ceiling, sympy.Mod) for part in expr.args):
            return sympy.Add(*(_extreme(part, scope, arrays, side) for part in expr.args))
        # Together, so that an index that occurs in several bounds cancels: i in p..p+h-1.
        for loop in reversed(scope):
            slope = expr.coeff(loop.index)
            if slope != 0 and slope.is_number:
                bound = loop.upper if (slope > 0) == (side > 0) else loop.lower
                if isinstance(bound, (sympy.Max, sympy.Min)):
                    bound = _extreme(bound, scope, arrays, side if slope > 0 else -side)
                expr = sympy.expand(expr.xreplace({loop.index: bound}))
        return expr
    if isinstance(expr, sympy.Mul):
        number, rest = expr.as_coeff_Mul()
        if number.is_negative:
            return number * _extreme(rest, scope, arrays, -side)
        return number * rest if rest.is_Mul else number * _extreme(rest, scope, arrays, side)
    if isinstance(expr, (sympy.Max, sympy.Min, sympy.floor, sympy.ceiling)):
        return expr.func(*(_extreme(part, scope, arrays, side) for part in expr.args))
    if isinstance(expr, sympy.Mod):
        return expr.args[1] - 1 if side > 0 else sympy.Integer(0)
    return expr


def _index_valued(nests: Iterable[Nest], known: Mapping[str, Array]) -> dict[str, Axis]:
    """Arrays that hold an index: every value that they get is an argmax over one index."""
    found: dict[str, set[Axis]] = {}
    plain: set[str] = set()
    for nest in nests:
        for statement in nest.body:
            name = array_of(statement.target)
            value = statement.value
            if isinstance(value, ArgmaxOver) and len(value.limits) == 1 and statement.op == "=":
                bound, lower, upper = value.limits[0]
                scope = (*nest.loops, Loop(bound, lower, upper))
                found.setdefault(name, set()).add(span(bound, scope))
            elif is_element(value) and known[array_of(value)].values and statement.op == "=":
                values = known[array_of(value)].values
                found.setdefault(name, set()).update({values} if values else ())
            else:
                plain.add(name)
    return {
        name: values.pop()
        for name, values in found.items()
        if name not in plain and len(values) == 1 and known[name].role != "input"
    }
