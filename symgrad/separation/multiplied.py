"""Products that a loop makes round by round, as factors of one statement.

    for i in 1..N: p *= a                p *= a^N
    for i in 1..N: p *= exp(x[i])        p *= exp(sum(i in 1..N, x[i]))
    for i in 1..3: p *= x[i]             p *= x[1]*x[2]*x[3]
    for i in 1..N: p *= 2*x[i]           p *= 2^N; for i in 1..N: p *= x[i]

The order of factors does not matter where nothing reads the product on its way. A loop that may
have no round is asked for one, so that nothing is demanded that was not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy
from sympy import Expr, Integer, Mul, Tuple

from symgrad.algebra.binding import bound_in
from symgrad.algebra.interleaving import acting
from symgrad.expressions import (
    array_of,
    call,
    indices_of,
    mul,
    power,
    rename,
)
from symgrad.heads import FUNCTION_NAMES, Bracket, SumOver
from symgrad.program import Loop, Nest, Program, Statement, kept
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, ranges

MOST_WRITTEN_OUT = 16
"""So many factors are written one beside the other."""


@kept
def multiplied(program: Program) -> Program:
    """The program with the products of its loops taken together as far as they can be."""
    if not any(nest.loops and _multiplies(item) for nest, item in program.statements):
        return program
    products = Products(Integers.of(program))
    nests = tuple(part for nest in program.nests for part in products.apart(nest))
    return program if nests == program.nests else program.over_the_same_arrays(nests)


def _multiplies(item: Statement) -> bool:
    return item.op == "*=" or (item.op == "=" and isinstance(item.value, Mul))


class Products:
    """Takes the statements that multiply out of nests, and loops out of those."""

    def __init__(self, integers: Integers) -> None:
        self.integers = integers

    def apart(self, nest: Nest) -> Iterator[Nest]:
        """The nest without its products, and these."""
        found: dict[int, list[Nest]] = {}
        for n in range(len(nest.body)):
            factors = _factors(nest, n) if nest.loops else None
            parts = [] if factors is None else list(self.factors(factors))
            if parts and parts != [factors]:
                found[n] = parts
        body = tuple(item for n, item in enumerate(nest.body) if n not in found)
        if body:
            yield replace(nest, body=body)
        for parts in found.values():
            yield from parts

    def factors(self, nest: Nest) -> Iterator[Nest]:
        """Nests that multiply by the same factors, with fewer loops."""
        for loop in _repeating(nest):
            parts = [*_split(nest, loop)]
            rests = [self._without(part, loop) for part in parts]
            if any(rest is not None for rest in rests):
                for part, rest in zip(parts, rests, strict=True):
                    yield from (part,) if rest is None else self.factors(rest)
                return
        yield nest

    def _without(self, nest: Nest, loop: Loop) -> Nest | None:
        """The nest with the factors of all rounds of a loop in one."""
        (statement,) = nest.body
        value = _over(loop, statement.value)
        if value is None:
            return None
        loops = tuple(other for other in nest.loops if other != loop)
        some = sympy.Le(loop.lower, loop.upper, evaluate=False)
        runs = self.integers.implies(ranges(loops), some)
        guard = nest.guard if runs else conjunction([some, nest.guard])
        return Nest(loops, (replace(statement, value=value),), guard)


def _factors(nest: Nest, n: int) -> Nest | None:
    """The nest of one statement, if it multiplies what nothing else there knows of."""
    when, statement = acting(nest.body[n])
    value = _factor(statement)
    if value is None:
        return None
    array = array_of(statement.target)
    own = Nest(
        nest.loops, (replace(statement, op="*=", value=value),), conjunction([nest.guard, when])
    )
    others = [item for m, item in enumerate(nest.body) if m != n]
    rest = Nest(nest.loops, tuple(others), nest.guard)
    written = {array_of(item.target) for item in others}
    alone = array not in own.reads | rest.reads | written and written.isdisjoint(own.reads)
    return own if alone else None


def _factor(statement: Statement) -> Expr | None:
    """v where a statement is p *= v or p = p * v."""
    if statement.op == "*=":
        return statement.value
    value = statement.value
    if statement.op != "=" or not isinstance(value, Mul) or value.args.count(statement.target) != 1:
        return None
    rest = [part for part in value.args if part != statement.target]
    return None if any(isinstance(part, Bracket) for part in rest) else mul(*rest)


def _repeating(nest: Nest) -> Iterator[Loop]:
    """The loops whose rounds multiply the same elements, and decide about no other loop."""
    (statement,) = nest.body
    fixed = {part for place in indices_of(statement.target) for part in place.free_symbols}
    fixed |= nest.guard.free_symbols
    for loop in nest.loops:
        ends = (end for other in nest.loops for end in (other.lower, other.upper))
        about = {part for end in ends for part in end.free_symbols}
        if loop.index not in fixed | about | bound_in(statement.value):
            yield loop


def _split(nest: Nest, loop: Loop) -> Iterator[Nest]:
    """The nest for each factor that a loop treats in another way."""
    (statement,) = nest.body
    parts = list(Mul.make_args(statement.value))
    if any(isinstance(part, Bracket) for part in parts):
        yield nest
        return
    alike = [part for part in parts if _over(loop, part) is None]
    others = [part for part in parts if part not in alike]
    for factors in ([mul(*alike)] if alike else []) + others:
        yield replace(nest, body=(replace(statement, value=factors),))


def _over(loop: Loop, value: Expr) -> Expr | None:
    """The product of a value over all rounds of a loop, as one expression."""
    count = loop.upper - loop.lower + 1
    if loop.index not in value.free_symbols:
        return power(value, count)
    if FUNCTION_NAMES.get(type(value)) == "exp":
        limit = Tuple(loop.index, loop.lower, loop.upper)
        return call("exp", SumOver(value.args[0], sympy.true, limit))
    if not count.is_Integer or not 0 < count <= MOST_WRITTEN_OUT:
        return None
    places = (loop.lower + Integer(n) for n in range(int(count)))
    return mul(*(rename(value, {loop.index: place}) for place in places))
