"""A point at which a rule's value is not the true one, with functions that are easy to follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count

from flint import fmpq
from sympy import Expr

from symgrad.algebra.binding import fresh
from symgrad.evaluation.arithmetic import BALLS
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.values import Number
from symgrad.expressions import element, is_extent
from symgrad.program import Nest, Opaque, Program, Statement
from symgrad.refutation.domains import STYLES
from symgrad.refutation.instances import Sampler
from symgrad.refutation.smooth import Polynomial


@dataclass(frozen=True)
class Witness:
    """Inputs and instances of the functions for which a value is not the true one."""

    inputs: Mapping[str, Number]
    functions: Mapping[str, str]
    value: Number
    true: Number


def witness(program: Program, value: Expr, true: Expr) -> Witness | None:
    """A point at which two values over a forward pass differ; None where none tried shows it."""
    names = [fresh(name, program.arrays) for name in ("value", "true")]
    sides = zip(names, (value, true), strict=True)
    both = Program((), tuple(_assigned(name, side) for name, side in sides), program)
    functions = _instances(program)
    sampler = Sampler(program)
    for style in ("integers", *STYLES):
        for point in sampler.points(dict.fromkeys(_extents(program), 2), style):
            state = evaluate(both, point.extents, point.values, functions=functions)
            found = [state[name][()] for name in names]
            differ = BALLS.equal(*found) is False
            if differ and sampler.admits(replace(point, functions=functions), state):
                inputs = {name: cells[()] for name, cells in point.values.items()}
                shown = {name: str(function) for name, function in functions.items()}
                return Witness(inputs, shown, *found)
    return None


def _assigned(name: str, value: Expr) -> Nest:
    return Nest((), (Statement(element(name), "=", value),))


def _instances(program: Program) -> dict[str, Polynomial]:
    """x^2, x^3, … in turn for functions of one parameter, y^2 + y*z + z^2 and so on for several."""
    opaque = [item for item in program.declared(Opaque) if isinstance(item, Opaque)]
    powers = count(2)
    return {
        item.name: _polynomial(item.parameters, next(powers) if len(item.parameters) == 1 else 2)
        for item in opaque
    }


def _polynomial(parameters: tuple[str, ...], degree: int) -> Polynomial:
    places = range(len(parameters))
    terms = (
        tuple(int(n == first) * (degree - 1) + int(n == second) for n in places)
        for first in places
        for second in places[first:]
    )
    return Polynomial(parameters, {exponents: fmpq(1) for exponents in terms})


def _extents(program: Program) -> set[str]:
    bounds = {
        bound
        for nest in program.nests
        for part in (*nest.loops, *nest.body)
        for bound in vars(part).values()
        if isinstance(bound, Expr)
    }
    return {symbol.name for bound in bounds for symbol in bound.free_symbols if is_extent(symbol)}
