"""Copies of a program that mean the same, and copies with one mistake in them.

Each function yields programs; none of them looks at what the program computes, so whether a
mistake changes the meaning is for an oracle (the literal evaluator) to say.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

from sympy import Add, Expr, Integer, Mul, Symbol

from symgrad.expressions import (
    add,
    array_of,
    element,
    index,
    indices_of,
    is_element,
    is_index,
    mul,
    negate,
    rebuild,
)
from symgrad.heads import SumOver
from symgrad.program import Loop, Nest, Program, Statement, is_gradient, primal
from symgrad.shapes import accesses, nest_accesses


def renamed(program: Program, keep: Collection[str] = (), prefix: str = "t") -> Program:
    """Every loop index, bound index and auxiliary under another name; `keep` are asked for."""
    names = {
        name: f"{prefix}_{name}"
        for name, array in program.arrays.items()
        if array.role == "auxiliary" and name not in keep
    }
    own = {symbol for nest in program.nests for symbol in _indices_of_nest(nest)}
    symbols = {
        symbol: index(f"{prefix}{symbol.name}{n}") for n, symbol in enumerate(sorted(own, key=str))
    }

    def change(expr: Any) -> Any:
        if expr in symbols:
            return symbols[expr]
        if is_element(expr):
            name = array_of(expr)
            return element(names.get(name, name), *map(change, indices_of(expr)))
        return rebuild(expr, change) if expr.args else expr

    return replace(
        program,
        nests=tuple(
            Nest(
                tuple(
                    Loop(change(loop.index), change(loop.lower), change(loop.upper))
                    for loop in nest.loops
                ),
                tuple(Statement(change(s.target), s.op, change(s.value)) for s in nest.body),
                change(nest.guard),
            )
            for nest in program.nests
        ),
    )


def sign_changed(program: Program) -> Iterator[Program]:
    """One update subtracted instead of added, or one term of a value with the other sign."""
    for place, statement in _statements(program):
        yield _with(program, place, replace(statement, value=negate(statement.value)))
        if isinstance(statement.value, Add):
            for n, term in enumerate(statement.value.args):
                terms = list(statement.value.args)
                terms[n] = negate(term)
                yield _with(program, place, replace(statement, value=add(*terms)))


def index_changed(program: Program) -> Iterator[Program]:
    """One index of one access replaced by another index of the same nest, or two swapped."""
    for place, statement in _statements(program):
        loops = program.nests[place[0]].loops
        for access, scope in accesses(statement.value, loops):
            for n, position in enumerate(indices_of(access)):
                for other in sorted({loop.index for loop in scope}, key=str):
                    if is_index(position) and other != position:
                        changed = list(indices_of(access))
                        changed[n] = other
                        value = _replace_first(
                            statement.value, access, element(array_of(access), *changed)
                        )
                        yield _with(program, place, replace(statement, value=value))
            for n, position in enumerate(indices_of(access)[1:]):
                swapped = list(indices_of(access))
                swapped[n : n + 2] = position, swapped[n]
                if swapped != list(indices_of(access)):
                    turned = element(array_of(access), *swapped)
                    value = _replace_first(statement.value, access, turned)
                    yield _with(program, place, replace(statement, value=value))


def term_dropped(program: Program) -> Iterator[Program]:
    """One term of a value, or one statement, left out.

    A gradient that is read and not written would be known: without its only statement nothing is
    wrong.
    """
    for place, statement in _statements(program):
        if isinstance(statement.value, Add):
            for rest in _without_each(add, statement.value.args):
                yield _with(program, place, replace(statement, value=rest))
    if len(program.nests) > 1:
        for n in range(len(program.nests)):
            rest = replace(program, nests=program.nests[:n] + program.nests[n + 1 :])
            unwritten = {*program.written} - {*rest.written}
            if not any(unwritten & other.reads for other in rest.nests):
                yield rest


def factor_changed(program: Program) -> Iterator[Program]:
    """One factor dropped, or one value doubled."""
    for place, statement in _statements(program):
        if isinstance(statement.value, Mul):
            for rest in _without_each(mul, statement.value.args):
                yield _with(program, place, replace(statement, value=rest))
        doubled = mul(Integer(2), statement.value)
        yield _with(program, place, replace(statement, value=doubled))


def _without_each(build: Callable[..., Expr], parts: tuple[Expr, ...]) -> Iterator[Expr]:
    for n in range(len(parts)):
        yield build(*parts[:n], *parts[n + 1 :])


MISTAKES = {
    "sign": sign_changed,
    "index": index_changed,
    "term": term_dropped,
    "factor": factor_changed,
}


def bound_changed(program: Program) -> Iterator[Program]:
    """One loop, or one sum, that stops or starts one too early or too late."""
    for n, nest in enumerate(program.nests):
        for k, loop in enumerate(nest.loops):
            for lower, upper in _one_off(loop.lower, loop.upper):
                loops = (*nest.loops[:k], Loop(loop.index, lower, upper), *nest.loops[k + 1 :])
                yield _with_nest(program, n, replace(nest, loops=loops))
    for place, statement in _statements(program):
        for total in sorted(statement.value.atoms(SumOver), key=str):
            (index, *ends), *rest = total.limits
            for lower, upper in _one_off(*ends):
                wrong = SumOver.over([(index, lower, upper), *rest], total.body, total.condition)
                value = _replace_first(statement.value, total, wrong)
                yield _with(program, place, replace(statement, value=value))


def _one_off(lower: Expr, upper: Expr) -> Iterator[tuple[Expr, Expr]]:
    yield from ((lower, upper - 1), (lower + 1, upper), (lower, upper + 1), (lower - 1, upper))


def operator_changed(program: Program) -> Iterator[Program]:
    """One `=` for `+=`, or the other way round."""
    for place, statement in _statements(program):
        yield _with(program, place, replace(statement, op="=" if statement.op != "=" else "+="))


def order_changed(program: Program) -> Iterator[Program]:
    """Two nests, or two statements of a body, that follow each other, swapped."""
    for n in range(len(program.nests) - 1):
        first, second = program.nests[n : n + 2]
        yield replace(program, nests=(*program.nests[:n], second, first, *program.nests[n + 2 :]))
    for n, nest in enumerate(program.nests):
        for k in range(len(nest.body) - 1):
            body = (*nest.body[:k], nest.body[k + 1], nest.body[k], *nest.body[k + 2 :])
            yield _with_nest(program, n, replace(nest, body=body))


def value_for_gradient(program: Program) -> Iterator[Program]:
    """One read gradient replaced by the array that it belongs to."""
    known = program.given.arrays if program.given else {}
    for place, statement in _statements(program):
        for access, _ in accesses(statement.value):
            name = primal(array_of(access))
            if is_gradient(array_of(access)) and name in known:
                other = element(name, *indices_of(access))
                value = _replace_first(statement.value, access, other)
                yield _with(program, place, replace(statement, value=value))


SLIPS = {
    **MISTAKES,
    "bound": bound_changed,
    "operator": operator_changed,
    "order": order_changed,
    "value for gradient": value_for_gradient,
}
"""All of them; many of these change nothing, so an oracle must say which do."""


def _indices_of_nest(nest: Nest) -> set[Symbol]:
    bound = {loop.index for loop in nest.loops}
    return bound | {loop.index for _, scope in nest_accesses(nest) for loop in scope}


def _statements(program: Program) -> Iterator[tuple[tuple[int, int], Statement]]:
    for n, nest in enumerate(program.nests):
        for k, statement in enumerate(nest.body):
            yield (n, k), statement


def _with(program: Program, place: tuple[int, int], statement: Statement) -> Program:
    n, k = place
    nest = program.nests[n]
    body = (*nest.body[:k], statement, *nest.body[k + 1 :])
    return replace(
        program, nests=(*program.nests[:n], replace(nest, body=body), *program.nests[n + 1 :])
    )


def _with_nest(program: Program, n: int, nest: Nest) -> Program:
    return replace(program, nests=(*program.nests[:n], nest, *program.nests[n + 1 :]))


def _replace_first(expr: Any, old: Any, new: Any) -> Any:
    done = itertools.count()

    def change(part: Any) -> Any:
        if part == old:
            return new if next(done) == 0 else part
        return rebuild(part, change) if part.args and not is_element(part) else part

    return change(expr)
