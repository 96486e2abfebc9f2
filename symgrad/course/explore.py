"""Why naive second-order backpropagation fails, on a scalar graph.

Backpropagation adds `y.grad * dy/dx` to `x.grad` for every use of x. Its naive imitation for
second derivatives adds `y.grad' * d2y/dx2` to `x.grad'`, from the seed 1. For l = f(g(x), h(x)):

    naive   f_yy g'' + f_zz h''
    true    f_yy g'^2 + f_y g'' + f_zz h'^2 + f_z h'' + 2 f_yz g' h'

The true value is the gradient of the gradient: derive, applied to the derived program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from math import prod

import sympy
from flint import fmpq
from sympy import Add, Expr, Integer

from symgrad.algebra.binding import fresh
from symgrad.algebra.monomials import Monomial, collected
from symgrad.algebra.tidy import product
from symgrad.derivation.backward import derive, separated
from symgrad.derivation.differentiate import derivative
from symgrad.errors import StudentError
from symgrad.evaluation.arithmetic import BALLS
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.values import Number
from symgrad.expressions import add, array_of, element, elements, is_element, is_extent
from symgrad.forms.expansion import Definition, Expansion, Terms, summed
from symgrad.forms.naming import Naming
from symgrad.heads import Bracket, Partial
from symgrad.program import Input, Loss, Nest, Opaque, Program, Statement
from symgrad.refutation.domains import STYLES
from symgrad.refutation.instances import Sampler
from symgrad.refutation.smooth import Polynomial

LARGEST_PRODUCT = 1_000
"""Sums that could make more terms than this are not multiplied out."""


@dataclass(frozen=True)
class SecondOrder:
    """d2 loss / d wrt2 in terms of the arrays of the forward pass."""

    forward: Program
    loss: str
    wrt: str
    first: Expr
    naive: Expr
    true: Expr
    missing: Expr
    """true - naive"""


def second_order(forward: Program, wrt: str | None = None) -> SecondOrder:
    """The naive and the true second derivative of the loss by one input (the first one)."""
    loss, source = _question(forward, wrt)
    seed, gradient = f"{source}.grad.grad2", f"{source}.grad"
    backward = derive(forward, [source])
    first = _executed(backward)[gradient]
    again = derive(backward, [source])
    seeds = {seed: Definition((), (Monomial(),))}
    true = _opened(_executed(backward, again, seeds=seeds)[f"{source}.grad2"])
    naive = _opened(_naive(forward, loss).get(source, []))
    missing = _shortest([*true, *(-term for term in naive)])
    written = (_written(forward, terms) for terms in (first, naive, true, missing))
    return SecondOrder(forward, loss, source, *written)


def mixed_derivative(forward: Program, of: str, wrt: str) -> Expr:
    """d (d loss / d of) / d wrt: how the gradient of one array changes with an input.

    The gradient becomes the loss of a graph of its own, whose gradient is asked for.
    """
    gradient = _written(forward, _executed(derive(forward, [of]))[f"{of}.grad"])
    kept = tuple(item for item in forward.declarations if not isinstance(item, Loss))
    rate = Statement(element(f"{of}_rate"), "=", gradient)
    graph = Program((*kept, Loss(f"{of}_rate")), (*forward.nests, Nest((), (rate,))), forward.given)
    return _written(graph, _executed(derive(graph, [wrt]))[f"{wrt}.grad"])


def _question(forward: Program, wrt: str | None) -> tuple[str, str]:
    losses = [item.name for item in forward.declared(Loss)]
    inputs = [item.name for item in forward.declared(Input)]
    ranked = [name for name, array in forward.arrays.items() if array.rank]
    if ranked:
        raise StudentError(
            f"second-order exploration takes scalars only, and {ranked[0]} has axes", kind="shape"
        )
    if len(losses) != 1:
        raise StudentError("one loss is needed", kind="name", hint="declare `loss NAME`")
    if wrt is not None and wrt not in inputs:
        raise StudentError(
            f"there is no input {wrt}", kind="name", hint=f"inputs: {', '.join(inputs)}"
        )
    if not inputs:
        raise StudentError("there is no input", kind="name", hint="declare `input NAME`")
    return losses[0], wrt or inputs[0]


def _naive(forward: Program, loss: str) -> dict[str, Terms]:
    """x.grad' += y.grad' * d2y/dx2 for every update, in reverse, from the seed 1.

    A copy (`l = u`) is not an operation: both names share one value, hence one gradient.
    """
    adjoints: dict[str, Terms] = {loss: [Monomial()]}
    for nest, statement in reversed(list(separated(forward).statements)):
        upstream = adjoints.get(array_of(statement.target), [])
        for name, local in _second_local(statement):
            sign = Monomial(Integer(-1 if statement.op == "-=" else 1))
            factors = Expansion().terms(local)
            flows = [sign * term * factor for term in upstream for factor in factors]
            adjoints[name] = collected([*adjoints.get(name, []), *_looped(nest, flows)])
    return adjoints


def _second_local(statement: Statement) -> Iterable[tuple[str, Expr]]:
    value = statement.value
    if is_element(value):
        yield array_of(value), Integer(1)
        return
    for source in dict.fromkeys(elements(value)):
        yield array_of(source), derivative(derivative(value, source), source)


def _executed(*programs: Program, seeds: Mapping[str, Definition] = {}) -> dict[str, Terms]:
    """Run programs of scalars on expressions: what each array that they write holds at the end."""
    held: dict[str, Definition] = dict(seeds)
    for program in programs:
        for nest, statement in program.statements:
            sign = Monomial(Integer(-1 if statement.op == "-=" else 1))
            terms = [sign * term for term in Expansion(held).terms(statement.value)]
            name = array_of(statement.target)
            earlier = held[name].terms if statement.op != "=" and name in held else ()
            held[name] = Definition((), tuple(collected([*earlier, *_looped(nest, terms)])))
    return {name: list(definition.terms) for name, definition in held.items()}


def _looped(nest: Nest, terms: Iterable[Monomial]) -> Terms:
    """What a scalar gets from all iterations of a nest."""
    guard = Monomial() if nest.guard is sympy.true else Monomial.of(Bracket(nest.guard))
    limits = tuple((loop.index, loop.lower, loop.upper) for loop in nest.loops)
    return [summed(guard * term, limits) if limits else guard * term for term in terms]


def _opened(terms: Terms) -> Terms:
    """2 * (a - b) as 2 * a - 2 * b; sums that have other factors stay as they are."""
    return collected(
        part for term in terms for part in (_distributed(term) if len(term.powers) == 1 else [term])
    )


def _shortest(terms: Terms) -> Terms:
    """Like terms added, after multiplying out where more terms meet by that."""
    kept = collected(terms)
    if prod(len(base.args) for term in kept for base, _ in _sums(term)) > LARGEST_PRODUCT:
        return kept
    opened = collected(part for term in kept for part in _distributed(term))
    return min(kept, opened, key=len)


def _distributed(term: Monomial) -> Terms:
    """a * (b + c) as a * b + a * c."""
    for factor in _sums(term):
        rest = term / Monomial(Integer(1), (factor,))
        parts = (rest * Monomial.of(part) for part in factor[0].args)
        return [opened for part in parts for opened in _distributed(part)]
    return [term]


def _sums(term: Monomial) -> list[tuple[Expr, Expr]]:
    return [(base, power) for base, power in term.powers if isinstance(base, Add) and power == 1]


# --- how the result is written ------------------------------------------------------------------


def _written(program: Program, terms: Terms) -> Expr:
    """The terms as the chain rule is written: f_yy, f_y, f_zz, f_z, the mixed f_yz, minus last."""
    ordered = (Monomial(term.number, tuple(sorted(term.powers, key=_rank))) for term in terms)
    whole = add(*map(product, sorted(ordered, key=_term_rank)))
    return Naming.of(program).expression(whole)


def _term_rank(term: Monomial) -> tuple[object, ...]:
    mixed = any(
        isinstance(base, Partial) and sum(map(bool, base.orders)) > 1 for base, _ in term.powers
    )
    return (bool(term.number < 0), mixed, [_rank(factor) for factor in term.powers])


def _rank(factor: tuple[Expr, Expr]) -> tuple[object, ...]:
    base, exponent = factor
    if not isinstance(base, Partial):
        return (str(base), 0, 0, str(exponent))
    first = next(n for n, order in enumerate(base.orders) if order)
    return (base.function, first, -base.orders[first], str(base))


# --- a point at which the two differ ------------------------------------------------------------


@dataclass(frozen=True)
class Witness:
    """Inputs and instances of the functions for which the naive value is not the true one."""

    inputs: Mapping[str, Number]
    functions: Mapping[str, str]
    naive: Number
    true: Number


def witness(found: SecondOrder) -> Witness | None:
    """A point at which the naive method fails; None where no point tried shows it."""
    program = found.forward
    names = [fresh(name, program.arrays) for name in ("naive", "true")]
    values = zip(names, (found.naive, found.true), strict=True)
    both = Program((), tuple(_assigned(name, value) for name, value in values), program)
    functions = _instances(program)
    sampler = Sampler(program)
    for style in ("integers", *STYLES):
        for point in sampler.points(dict.fromkeys(_extents(program), 2), style):
            state = evaluate(both, point.extents, point.values, functions=functions)
            naive, true = (state[name][()] for name in names)
            differ = BALLS.equal(naive, true) is False
            if differ and sampler.admits(replace(point, functions=functions), state):
                inputs = {name: cells[()] for name, cells in point.values.items()}
                shown = {name: str(function) for name, function in functions.items()}
                return Witness(inputs, shown, naive, true)
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
