"""The mistakes we know: an answer that equals the reference with one of them made is told so.

    MISTAKES: name, what to tell the student, how the reference looks with the mistake made

Each row turns the reference answer into wrong ones; an answer is one of them if that is proved. A
new mistake is a row. Some mistakes are undone instead: the answer with every assignment as an
addition, with each statement in a loop of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from flint import arb, fmpq
from sympy import Add, Expr, Integer, Rational, Symbol

from symgrad.derivation.completion import complete
from symgrad.equivalence import proved_beside
from symgrad.expressions import add, array_of, is_extent, mul, negate
from symgrad.program import Input, Nest, Operator, Program, Statement, is_gradient
from symgrad.refutation.comparison import Difference
from symgrad.refutation.refute import AT_SIGHT, Refuted, Search
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
    overwritten = _overwritten(answer, truth, target)
    if overwritten is not None:
        return overwritten
    tried = 0
    for mistake in MISTAKES:
        for wrong in mistake.made(truth, target):
            tried += 1
            if tried > MOST_TRIED:
                return None
            if _same(answer, wrong, target):
                return mistake.message.format(target)
    return (
        _multiple(answer, truth, target)
        or _interleaved(answer, truth, target)
        or _consequence(answer, truth, target)
    )


def _same(answer: Program, other: Program, target: str) -> bool:
    """Are they equal? Most are not, which a few points tell before a proof is sought.

    What cannot be proved is no explanation, so no witness is sought then.
    """
    search = _search(answer, other, target)
    if isinstance(search.glance(0, AT_SIGHT), Refuted) or search.sample()[1]:
        return False
    return proved_beside(search) is not None


def _search(answer: Program, other: Program, target: str) -> Search:
    given = answer.given
    sides = (answer, other) if given is None else (complete(answer, given), complete(other, given))
    return Search(*sides, (target,))


def _overwritten(answer: Program, truth: Program, target: str) -> str | None:
    """Is the target right where every assignment to it adds?"""
    adding = tuple(_changed(nest, target, _adding) for nest in answer.nests)
    if adding == answer.nests or not _same(replace(answer, nests=adding), truth, target):
        return None
    if any(_leaves_last(nest, target) for nest in answer.nests):
        return (
            f"{target} is overwritten in each round of the loop, so only the last one counts; += "
            "adds up."
        )
    return f"{target} is assigned to more than once, which overwrites what it held; += adds up."


def _leaves_last(nest: Nest, target: str) -> bool:
    """Does a loop run over more than the element that it assigns to?"""
    return any(
        one.op == "=" and not {loop.index for loop in nest.loops} <= one.target.free_symbols
        for one in nest.body
        if _written(one) == target
    )


def _multiple(answer: Program, truth: Program, target: str) -> str | None:
    """Is the target an extent times what it should be, or an extent too small?"""
    extents, differences = _search(answer, truth, target).sample()
    for size in sorted(_sizes(truth), key=str):
        for factor, said in ((1 / size, f"1/{size} of"), (size, f"{size} times")):
            here = factor.subs(size, extents.get(size.name, 1))
            if size.name in extents and not _fits(here, differences):
                continue
            (wrong,) = _all(_scaled(factor))(truth, target)
            if _same(answer, wrong, target):
                return f"A factor is wrong: {target} is {said} what it should be."
    return None


def _fits(factor: Expr, differences: Sequence[Difference]) -> bool:
    """Is the left side a number times the right one, wherever they differ?"""
    times = fmpq(int(factor.p), int(factor.q))
    return all(
        found.kind == "value" and arb(found.left).overlaps(arb(found.right) * times)
        for found in differences
    )


def _sizes(program: Program) -> set[Symbol]:
    """The extents of the inputs."""
    axes = [axis for item in program.declared(Input) for axis in item.axes]
    return {symbol for axis in axes for symbol in axis.upper.free_symbols if is_extent(symbol)}


def _interleaved(answer: Program, truth: Program, target: str) -> str | None:
    """Is the target right where each statement of a body has a loop of its own?"""
    nests = tuple(replace(nest, body=(one,)) for nest in answer.nests for one in nest.body)
    if nests == answer.nests or not _same(replace(answer, nests=nests), truth, target):
        return None
    return (
        f"{target} would be right if each statement of the loop's body had a loop of its own; in "
        "one loop a sum is read before it is complete."
    )


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


def _term(factor: Rational) -> Makers:
    """One of the terms that an update adds, scaled."""

    def made(truth: Program, target: str) -> Iterator[Program]:
        terms = (
            len(one.value.args)
            for _, one in truth.statements
            if _written(one) == target and isinstance(one.value, Add)
        )
        for place in range(max(terms, default=0)):
            changed = partial(_scaled_term, place=place, factor=factor)
            yield from _all(changed)(truth, target)

    return made


def _scaled_term(statement: Statement, place: int, factor: Rational) -> Statement:
    value = statement.value
    if not isinstance(value, Add) or place >= len(value.args):
        return statement
    parts = [mul(factor, part) if n == place else part for n, part in enumerate(value.args)]
    return replace(statement, value=add(*parts))


_OPPOSITE: dict[Operator, Operator] = {"+=": "-=", "-=": "+="}


def _negated(statement: Statement) -> Statement:
    if statement.op in _OPPOSITE:
        return replace(statement, op=_OPPOSITE[statement.op])
    return replace(statement, value=negate(statement.value))


def _adding(statement: Statement) -> Statement:
    return replace(statement, op="+=") if statement.op == "=" else statement


def _scaled(factor: Expr) -> Callable[[Statement], Statement]:
    return lambda statement: replace(statement, value=mul(factor, statement.value))


MISTAKES = (
    Mistake(
        "sign",
        "The sign is wrong: {0} is the negative of what it should be.",
        _all(_negated),
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
    Mistake(
        "sign of a term",
        "One of the terms of {0} has the wrong sign; the rest is right.",
        _term(Integer(-1)),
    ),
    Mistake(
        "term twice",
        "One of the terms of {0} is twice what it should be; the rest is right.",
        _term(Integer(2)),
    ),
    Mistake(
        "term half",
        "One of the terms of {0} is half of what it should be; the rest is right.",
        _term(Rational(1, 2)),
    ),
    Mistake(
        "missing term",
        "One of the terms of {0} is missing; the rest is right.",
        _term(Integer(0)),
    ),
)
