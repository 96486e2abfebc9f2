"""The closed form of a backward pass: every input gradient in one statement.

    for b, j: s.grad[b, j] = p[b, j] * (p.grad[b, j] - sum(j2, p.grad[b, j2] * p[b, j2]))

The backward pass is gathered (one value for each element), the gradients of intermediate arrays
are put where they are read, function values are folded into stored arrays, and what cancels
cancels. An array that cannot be gathered keeps its statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy
from sympy import Integer, Symbol
from sympy.logic.boolalg import And, Boolean

from symgrad.algebra.binding import axis_loops, rebind
from symgrad.algebra.monomials import Monomial, collected
from symgrad.algebra.tidy import total
from symgrad.derivation.backward import separated
from symgrad.derivation.seeds import results
from symgrad.expressions import array_of, element, indices_of, is_index, rename
from symgrad.forms.expansion import Definition, Expansion
from symgrad.forms.folding import Folding
from symgrad.forms.gather import gather
from symgrad.forms.naming import Naming
from symgrad.heads import Bracket
from symgrad.program import Axis, Nest, Program, Statement


def close(backward: Program) -> Program:
    """The gradients that `backward` is for, each in one closed statement."""
    folding = Folding.of(separated(backward.given.joined())) if backward.given else Folding(())
    gathered = gather(backward)
    scattered = {
        array_of(statement.target)
        for nest, statement in gathered.statements
        if not _defines(nest, statement)
    }
    labels = {name: array.values for name, array in gathered.arrays.items() if array.values}
    definitions: dict[str, Definition] = {}
    kept = []
    for nest, statement in gathered.statements:
        expansion = Expansion(definitions, folding, folding.kept, labels)
        if array_of(statement.target) in scattered:
            kept.append(_substituted(nest, statement, expansion))
        else:
            _define(definitions, expansion, gathered, nest, statement)
    naming = Naming.of(gathered)
    closed = [
        _statement(gathered, name, definitions[name], naming)
        for name in results(backward)
        if name in definitions
    ]
    return replace(backward, nests=(*map(naming.nest, kept), *closed))


def _defines(nest: Nest, statement: Statement) -> bool:
    """Does the statement give each element of its target one value, for rectangular ranges?"""
    own = indices_of(statement.target)
    bounds = {bound for loop in nest.loops for bound in (loop.lower, loop.upper)}
    return (
        statement.op != "*="
        and len(set(own)) == len(own) == len(nest.loops)
        and set(own) == {loop.index for loop in nest.loops}
        and not any(is_index(symbol) for bound in bounds for symbol in bound.free_symbols)
    )


def _substituted(nest: Nest, statement: Statement, expansion: Expansion) -> Nest:
    value = total(expansion.terms(statement.value))
    guard = expansion.inside(nest.guard)
    return Nest(nest.loops, (replace(statement, value=value),), guard)


def _define(
    definitions: dict[str, Definition],
    expansion: Expansion,
    program: Program,
    nest: Nest,
    statement: Statement,
) -> None:
    """Add what an update contributes to the definition of its target."""
    name, formals = array_of(statement.target), indices_of(statement.target)
    earlier = definitions.get(name, Definition(formals, ()))
    new = dict(zip(formals, earlier.formals, strict=True))
    reserved = {symbol.name for symbol in earlier.formals}
    axes = dict(zip(formals, program.arrays[name].axes, strict=True))
    value, *where = (
        rename(rebind(part, earlier.formals, reserved), new)
        for part in (statement.value, *_where(nest, axes))
    )
    sign = Monomial.of(Integer(-1 if statement.op == "-=" else 1), *where)
    terms = [sign * term for term in expansion.terms(value)]
    before = earlier.terms if statement.op != "=" else ()
    definitions[name] = Definition(earlier.formals, tuple(collected([*before, *terms])))


def _where(nest: Nest, axes: Mapping[Symbol, Axis]) -> list[Bracket]:
    """The conditions under which an element gets the value: the guard, and ranges within axes."""
    conditions: list[Boolean] = [] if nest.guard is sympy.true else [nest.guard]
    for loop in nest.loops:
        axis = axes[loop.index]
        if loop.lower == loop.upper and axis != Axis(loop.upper, loop.lower):
            conditions.append(sympy.Eq(loop.index, loop.lower, evaluate=False))
            continue
        sides = []
        if loop.lower != axis.lower:
            sides.append(sympy.Le(loop.lower, loop.index))
        if loop.upper != axis.upper:
            sides.append(sympy.Le(loop.index, loop.upper))
        if sides:
            conditions.append(And(*sides, evaluate=False))
    return [Bracket(condition) for condition in conditions]


def _statement(program: Program, name: str, definition: Definition, naming: Naming) -> Nest:
    """`for …: name[…] = the definition`, over the axes of the array."""
    loops = axis_loops(program, program.arrays[name])
    indices = [loop.index for loop in loops]
    value = rename(
        rebind(total(definition.terms), indices, naming.taken),
        dict(zip(definition.formals, indices, strict=True)),
    )
    return naming.nest(Nest(loops, (Statement(element(name, *indices), "=", value),)))
