"""One text for all parts of an exercise: each part gets what gives the arrays that it asks for.

    dYp = Yp - Y                     part 1
    dZ3 = dYp @ W2.T                 part 3, with the true Yp.grad, which part 1 is about

That is possible where the parts are about one forward pass and no two ask for the same array. A
line that cannot be read counts against the parts alone that nothing else answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from symgrad.course.exercise import Exercise, Part
from symgrad.errors import StudentError
from symgrad.expressions import array_of, elements
from symgrad.grading.answers import Answer
from symgrad.grading.lines import left_side
from symgrad.program import Nest, Program, Statement, is_gradient, primal

_COMMAND = re.compile(r"\\[A-Za-z]+")

MAX_PROBLEMS = 12
"""Lines of one text that are left out, one after the other."""


def sharing(exercise: Exercise) -> tuple[Part, ...]:
    """The parts that one text can answer together, those that ask for numbers aside; or none."""
    found = tuple(part for part in exercise.parts if part.digits is None)
    targets = [target for part in found for target in part.targets]
    alone = len({*targets}) < len(targets) or any(
        part.forward != found[0].forward for part in found
    )
    return () if alone or len(found) < 2 else found


def together(parts: Sequence[Part]) -> Part:
    """The parts as one, which asks for all arrays."""
    targets = tuple(target for part in parts for target in part.targets)
    return Part("", "", parts[0].forward, targets)


def readable(
    answer: Answer, read: Callable[[Answer], Program]
) -> tuple[Program | None, list[StudentError]]:
    """What can be read of a text, and what was said of the lines that cannot; None where that is
    not a matter of lines."""
    problems: list[StudentError] = []
    lines = answer.text.split("\n")
    while len(problems) < MAX_PROBLEMS:
        try:
            return read(replace(answer, text="\n".join(lines))), problems
        except StudentError as error:
            problems.append(error)
            if answer.python or error.line is None or not lines[error.line - 1].strip():
                break
            lines[error.line - 1] = ""
    return None, problems


def problem_of(
    part: Part, problems: Sequence[StudentError], parts: Sequence[Part]
) -> StudentError | None:
    """The problem of a line that assigns what a part asks for, or else what no part does."""
    own = [error for error in problems if _assigns(error, part)]
    free = [error for error in problems if not any(_assigns(error, other) for other in parts)]
    return next(iter([*own, *free]), None)


def _assigns(error: StudentError, part: Part) -> bool:
    """Is what a part asks for named on the left of the line, `\\delta Z_3` as Z3?"""
    left = _COMMAND.sub(" ", left_side(error.source) or error.source)
    bare = "".join(character for character in left if character.isalnum() or character == " ")
    return any(primal(target) in bare for target in part.targets)


def share(program: Program, part: Part, parts: Sequence[Part]) -> Program:
    """The statements that give what a part asks for; other parts' gradients have their values."""
    others = {
        target
        for other in parts
        for target in other.targets
        if target not in part.targets and is_gradient(target)
    }
    wanted: set[str] = set()
    more = {*part.targets}
    while more - wanted:
        wanted |= more
        more = {
            name
            for nest in program.nests
            for statement in nest.body
            if array_of(statement.target) in wanted
            for name in _read(nest, statement)
        } - others
    return replace(program, nests=tuple(_only(program, wanted)))


def _read(nest: Nest, statement: Statement) -> Iterator[str]:
    """The arrays that a statement of a nest reads, in every member of its chain."""
    yield from replace(nest, body=(statement,)).reads
    yield from map(array_of, chain.from_iterable(map(elements, statement.earlier)))


def _only(program: Program, wanted: set[str]) -> Iterator[Nest]:
    for nest in program.nests:
        body = tuple(one for one in nest.body if array_of(one.target) in wanted)
        if body:
            yield replace(nest, body=body)
