"""The derivation of one gradient: who reads the array, the chain rule, the sums collected.

Z.grad[b]
  Z[b] is read by           for b, j: p[b, j] += exp(s[b, j]) / Z[b]
                            d (exp(s[b, j]) / Z[b]) / d Z[b] = -exp(s[b, j]) / Z[b]^2
  by the chain rule         for b, j: Z.grad[b] += p.grad[b, j] * (-exp(s[b, j]) / Z[b]^2)
  simplified                for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2
  collected                 for b: Z.grad[b] = -sum(j, p.grad[b, j] * exp(s[b, j]) / Z[b]^2)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sympy import Eq

from symgrad.algebra.binding import names, rebind
from symgrad.course.known import with_known_values
from symgrad.course.reference import LONGEST, backward, writing
from symgrad.derivation.backward import Adjoint, adjoints
from symgrad.explaining.collecting import Collected, collected
from symgrad.explaining.proving import listed
from symgrad.explaining.steps import Claim, Derivation, Local, Quote, Shown, Step, Words
from symgrad.expressions import Element, array_of, negate, scalar
from symgrad.program import Nest, Program, kept


def derivation(forward: Program, target: str) -> Derivation | None:
    """How the gradient `target` is found from the gradients of what reads its array.

    None for the gradient of what nothing reads: it is given, or 0.
    """
    own = [one for one in _adjoints(forward) if _target(one) == target and one.origin is not None]
    if not own:
        return None
    before = tuple(
        nest
        for nest in writing(backward(forward), [target]).nests
        if array_of(nest.body[0].target) != target
    )
    return Derivation(_element(own), tuple(_steps(forward, target, own, before)))


@kept
def _adjoints(forward: Program) -> tuple[Adjoint, ...]:
    return tuple(adjoints(forward))


def _target(one: Adjoint) -> str:
    return array_of(one.nest.body[0].target)


def _element(own: Sequence[Adjoint]) -> Element:
    return own[0].nest.body[0].target


def _steps(
    forward: Program, target: str, own: Sequence[Adjoint], before: tuple[Nest, ...]
) -> Iterator[Step]:
    start = tuple(
        one.nest for one in _adjoints(forward) if _target(one) == target and one.origin is None
    )  # of a total: the gradient that it starts from

    def claim(nests: Iterable[Nest]) -> Claim:
        program = Program((), (*before, *nests), forward)
        return Claim(program, (target,), len(before))

    flows = claim([*start, *(one.flow for one in own if one.flow is not None)])
    plain = claim([*start, *(one.nest for one in own)])
    known = _with_known_values(plain)
    yield Step(_readers(own), tuple(_locals(forward, own)))
    yield Step(_chain_rule(own), (flows,))
    if known.nests != flows.nests:
        yield Step(("Simplified:",), (known,))
    found = collected(plain.program, target)
    if found is not None:
        yield from _collecting(found, plain)


def _with_known_values(claim: Claim) -> Claim:
    """The claim with what is known put in: the gradient of the loss is 1."""
    program = with_known_values(claim.program)
    return replace(claim, program=program, known=len(program.nests) - len(claim.nests))


def _readers(own: Sequence[Adjoint]) -> Words:
    places = {one.read for one in own if one.read is not None}
    read = own[0].read
    assert read is not None
    name = read if len(places) == 1 else scalar(array_of(read))
    count = len({one.origin for one in own})
    many = f"is read by {_number(count)} updates, which have these derivatives:"
    return (name, "is read by one update, with this derivative:" if count == 1 else many)


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _locals(forward: Program, own: Sequence[Adjoint]) -> Iterator[Shown]:
    """Each update that reads the array, and its derivative with respect to what it reads."""
    quoted: Nest | None = None
    for one in own:
        assert one.origin and one.read is not None and one.local is not None and one.flow
        if one.origin != quoted:
            quoted = one.origin
            yield Quote(Program((), (quoted,), forward))
        statement = one.origin.body[0]
        scope = [loop.index for loop in one.flow.loops]
        value = rebind(statement.value, scope, names(forward))
        signed = negate(value) if statement.op == "-=" else value
        yield Local(Program((), (one.flow,), forward), signed, one.read, one.local)


def _chain_rule(own: Sequence[Adjoint]) -> Words:
    """Which gradient flows back, and times what."""
    if len(own) == 1:
        assert own[0].flow is not None
        value = own[0].flow.body[0].value
        if own[0].local == 1:
            return ("By the chain rule", value, "flows back as it is:")
        return ("By the chain rule", value.args[0], "flows back, times this derivative:")
    return ("By the chain rule each adds the gradient of what it updates, times its derivative:",)


def _collecting(found: Collected, plain: Claim) -> Iterator[Step]:
    """The sum over all loops, under equations where the place is computed; then solved."""

    def alone(nest: Nest) -> Claim:
        nests = (*plain.program.nests[: plain.known], nest)
        return _with_known_values(replace(plain, program=replace(plain.program, nests=nests)))

    closed = alone(found.nest)
    if len(str(Program((), (found.nest,), plain.program.given))) > LONGEST:
        return
    place = found.nest.body[0].target
    if found.constrained is None:
        yield Step(("Collected at", place, ":"), (closed,), dispensable=True)
        return
    agreeing = ("Collected at", place, ", where the places agree:")
    yield Step(agreeing, (alone(found.constrained),), dispensable=True)
    yield Step(_solving(found), (closed,), dispensable=True)


def _solving(found: Collected) -> Words:
    """Which index is solved for, and what becomes of its range."""
    if not found.solutions:
        return ("Without the equations:",)
    equations = listed(Eq(*pair, evaluate=False) for pair in found.solutions)
    return ("Solved for", *equations, "; the ranges of these indices bound the others:")
