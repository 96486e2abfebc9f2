"""The mistakes we know: an answer that equals the reference with one of them made is told so.

    MISTAKES: name, what to tell the student, how the reference looks with the mistake made

Each row turns the reference answer into wrong ones; whether an answer is one of them is decided
like everything else, by `equivalent`. A new mistake is a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sympy import Integer, Rational

from symgrad.equivalence import equivalent
from symgrad.expressions import array_of, mul, negate
from symgrad.program import Nest, Operator, Program, Statement, is_gradient
from symgrad.shapes import nest_accesses

Makers = Callable[[Program, str], Iterator[Program]]

MOST_TRIED = 24
"""Wrong versions of one reference that an answer is compared with."""


@dataclass(frozen=True)
class Mistake:
    name: str
    message: str
    made: Makers


def recognise(answer: Program, truth: Program, target: str) -> str | None:
    """What to tell about a wrong target, if it is wrong in a way that we know."""
    tried = 0
    for mistake in MISTAKES:
        for wrong in mistake.made(truth, target):
            tried += 1
            if tried > MOST_TRIED:
                return None
            if _same(answer, wrong, target):
                return mistake.message.format(target)
    return _consequence(answer, truth, target)


def _same(answer: Program, other: Program, target: str) -> bool:
    return equivalent(answer, other, given=answer.given, targets=[target]).status == "equal"


def _consequence(answer: Program, truth: Program, target: str) -> str | None:
    """Is the target right but for other gradients, wrong or not yet complete when it reads them?"""
    nests = tuple(nest for nest in answer.nests if _gradients(nest) <= {target})
    used = {array_of(item) for nest in nests for item, _ in nest_accesses(nest)}
    written = {name for nest in answer.nests for name in _gradients(nest)}
    others = sorted((written - {target}) & used)
    if not others or not nests or not _same(replace(answer, nests=nests), truth, target):
        return None
    return f"{target} would be right if {' and '.join(others)} had the right values by then."


def _gradients(nest: Nest) -> set[str]:
    """The gradients that a nest writes."""
    return {name for name in map(_written, nest.body) if is_gradient(name)}


def _written(statement: Statement) -> str:
    return array_of(statement.target)


# --- how the reference looks with a mistake made --------------------------------------------------


def _all(change: Callable[[Statement], Statement]) -> Makers:
    """Every update of the target changed."""

    def made(truth: Program, target: str) -> Iterator[Program]:
        yield replace(truth, nests=tuple(_changed(nest, target, change) for nest in truth.nests))

    return made


def _one(change: Callable[[Statement], Statement] | None) -> Makers:
    """One of several updates of the target changed, or left out."""

    def made(truth: Program, target: str) -> Iterator[Program]:
        places = [
            n
            for n, nest in enumerate(truth.nests)
            if any(_written(statement) == target for statement in nest.body)
        ]
        for place in places if len(places) > 1 else ():
            before, nest, after = truth.nests[:place], truth.nests[place], truth.nests[place + 1 :]
            new = () if change is None else (_changed(nest, target, change),)
            yield replace(truth, nests=(*before, *new, *after))

    return made


def _changed(nest: Nest, target: str, change: Callable[[Statement], Statement]) -> Nest:
    return replace(
        nest,
        body=tuple(
            change(statement) if _written(statement) == target else statement
            for statement in nest.body
        ),
    )


_OPPOSITE: dict[Operator, Operator] = {"+=": "-=", "-=": "+="}


def _negated(statement: Statement) -> Statement:
    if statement.op in _OPPOSITE:
        return replace(statement, op=_OPPOSITE[statement.op])
    return replace(statement, value=negate(statement.value))


def _overwriting(statement: Statement) -> Statement:
    value = negate(statement.value) if statement.op == "-=" else statement.value
    return replace(statement, op="=", value=value)


def _scaled(factor: Rational) -> Callable[[Statement], Statement]:
    return lambda statement: replace(statement, value=mul(factor, statement.value))


MISTAKES = (
    Mistake(
        "sign",
        "The sign is wrong: {0} is the negative of what it should be.",
        _all(_negated),
    ),
    Mistake(
        "overwritten",
        "{0} is overwritten in each round of the loop, so only the last one counts; += adds up.",
        _all(_overwriting),
    ),
    Mistake(
        "twice",
        "A factor is wrong: {0} is twice what it should be.",
        _all(_scaled(Integer(2))),
    ),
    Mistake(
        "half",
        "A factor is wrong: {0} is half of what it should be.",
        _all(_scaled(Rational(1, 2))),
    ),
    Mistake(
        "missing way",
        "One of the ways in which {0} gets contributions is missing; the rest is right.",
        _one(None),
    ),
    Mistake(
        "sign of one way",
        "One of the contributions to {0} has the wrong sign; the rest is right.",
        _one(_negated),
    ),
)
