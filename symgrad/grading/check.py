"""One submission against one exercise: a report with points and reasons.

    Exercise, Submission --check--> Report (a PartReport for each part)

An answer is right when it is equivalent to the reference answer, target by target; it may be asked
for in a form besides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal

from symgrad.chains import conclusion, passing
from symgrad.course.alternative import names_in, under
from symgrad.course.exercise import Exercise, Part, exercise
from symgrad.course.form import form_of
from symgrad.course.reference import reference
from symgrad.equivalence import equivalent, unproved_steps
from symgrad.errors import StudentError
from symgrad.grading.answers import Answer, Submission, load
from symgrad.grading.digits import agrees_to
from symgrad.grading.explain import explain, explain_step, witness_object
from symgrad.grading.mistakes import recognise
from symgrad.grading.order import read_early
from symgrad.grading.outcome import Feedback, PartReport, Policy, Report, Status
from symgrad.grading.pages import Places
from symgrad.grading.undivided import problem_of, readable, share, sharing, together
from symgrad.program import Program
from symgrad.python.read import read_python
from symgrad.reading.names.star import ELEMENTWISE, Star
from symgrad.reading.names.words import UNEVALUATED
from symgrad.reading.text import read

PARTLY = 0.5
"""What an equal answer is worth in another form than asked, or by a step that does not hold."""


UNPROVED = (
    "Agrees with the reference answer wherever it was tried, but no proof was found that it always "
    "does: {}."
)

READ_EARLY = "{0} is read before anything is assigned to it, where it is 0: write {0} first."

LEFT_OPEN = "A derivative of one array by another is left as it is: write out what it is."

UNPROVED_STEP = "No proof was found that {} always holds, nor values for which it does not."


def check_file(id: str, path: Path, undecided: Policy = "accept") -> Report:
    """The report on an answer file; StudentError if the file cannot be read."""
    found = exercise(id)
    submission = load(path, [part.name for part in found.parts])
    return check(found, submission, path.name, undecided)


def check(
    exercise: Exercise, submission: Submission, file: str = "", undecided: Policy = "accept"
) -> Report:
    names = [part.name for part in exercise.parts]
    shared = sharing(exercise) if submission.whole and not submission.whole.missing else ()
    if shared and submission.whole:
        found = check_together(exercise, shared, submission.whole, undecided)
        return Report(exercise.id, file, found, policy=undecided)
    parts = tuple(
        check_part(
            part, submission.answers[part.name], undecided, exercise.names, names, exercise.star
        )
        for part in exercise.parts
    )
    return Report(exercise.id, file, _with_strays(parts, submission.remarks), policy=undecided)


def _with_strays(parts: tuple[PartReport, ...], remarks: Sequence[str]) -> tuple[PartReport, ...]:
    """Remarks on what belongs to no part go to the first missing part, or else the first."""
    found = next((n for n, part in enumerate(parts) if part.status == "missing"), 0)
    strays = tuple(Feedback("remark", remark) for remark in remarks)
    return tuple(
        replace(part, feedback=part.feedback + strays) if n == found else part
        for n, part in enumerate(parts)
    )


# --- one part ------------------------------------------------------------------------------------


def check_part(
    part: Part,
    answer: Answer,
    undecided: Policy = "accept",
    aliases: Mapping[str, str] = {},
    parts: Sequence[str] = (),
    star: Star = ELEMENTWISE,
) -> PartReport:
    """What one answer is worth, and why."""
    blank = _blank(part, answer)
    if answer.problem is not None:
        return _unread(blank, answer.problem, answer.places)
    if answer.missing:
        return blank
    try:
        program = understood(answer, part, parts, aliases, star)
    except StudentError as error:
        return _unread(blank, error, answer.places)
    if not program.nests:
        return blank
    return _judged(replace(blank, reading=str(program)), part, program, undecided)


def check_together(
    exercise: Exercise, shared: Sequence[Part], answer: Answer, undecided: Policy
) -> tuple[PartReport, ...]:
    """What a text for several parts is worth in each; parts that do not share it are missing."""
    whole = together(shared)
    program, problems = readable(
        answer, lambda text: understood(text, whole, (), exercise.names, exercise.star)
    )
    program = program and passing(program, whole.targets)
    reports = {part.name: _blank(part, Answer()) for part in exercise.parts}
    for part in shared:
        blank = reports[part.name]
        found = share(program, part, shared) if program is not None else None
        if found is not None and {*found.written} & {*part.targets}:
            own = replace(blank, answer=str(found), reading=str(found))
            reports[part.name] = _judged(own, part, found, undecided)
            continue
        problem = problem_of(part, problems, shared)
        own = replace(blank, answer=_trimmed(answer.text))
        if problem is not None:
            reports[part.name] = _unread(own, problem, answer.places)
        elif program is None:
            unread = _unread(own, problems[0], answer.places)
            reports[part.name] = replace(unread, status="unreadable")
    return _with_strays(tuple(reports.values()), answer.remarks)


def _blank(part: Part, answer: Answer) -> PartReport:
    return PartReport(
        part.name,
        "missing",
        0.0,
        float(part.points),
        _trimmed(answer.text),
        tuple(Feedback("remark", remark) for remark in answer.remarks),
    )


def understood(
    answer: Answer,
    part: Part,
    parts: Sequence[str],
    aliases: Mapping[str, str],
    star: Star = ELEMENTWISE,
) -> Program:
    """The program that an answer means, in whichever language it is written."""
    if not answer.python:
        return read(answer.text, given=part.forward, aliases=aliases, star=star)
    return read_python(
        answer.text,
        part.forward,
        part.targets,
        part=part.name,
        parts=parts,
        alternatives=[name for _, name in part.alternatives],
        aliases=aliases,
    )


def _unread(blank: PartReport, error: StudentError, places: Places) -> PartReport:
    """A text whose shapes clash says something wrong; any other error says nothing."""
    status: Status = "incorrect" if error.kind == "shape" else "unreadable"
    hint = f" ({error.hint})" if error.hint else ""
    place = f"\n{dedent(error.excerpt())}" if error.source else ""
    where = places.named(error.line).capitalize()
    reason = Feedback(error.kind, f"{where}: {error.message}{hint}{place}")
    return replace(blank, status=status, feedback=(reason, *blank.feedback))


def _judged(blank: PartReport, part: Part, written: Program, undecided: Policy) -> PartReport:
    """Points by target; an equal answer in another form, or by a wrong step, earns a part."""
    written = passing(written, part.targets)
    program = conclusion(written)
    names = names_in(part, program)
    truth = under(names, conclusion(reference(part)))
    found = _verdicts(part, program, truth, tuple(names.values()))
    steps = _steps(written, part)
    earning = {"equal", "undecided"} if undecided == "accept" else {"equal"}
    earned = sum(item.status in earning for item in found) / len(found)
    earned *= steps.status in {"different", *earning}
    asked = replace(part, targets=tuple(names.values()), alternatives=())
    lacking = (form_of(asked)(written) or _unevaluated(written)) if earned else None
    partly = lacking is not None or steps.status == "different"
    reasons = [*steps.reasons, *(reason for item in found for reason in item.reasons)]
    unproved = [
        target
        for target, item in zip(names.values(), found, strict=True)
        if item.status == "undecided"
    ]
    if any(item.status == "different" for item in found):
        reasons += [Feedback("order", READ_EARLY.format(name)) for name in read_early(program)]
    if unproved:
        reasons.append(Feedback("undecided", UNPROVED.format(", ".join(unproved))))
    if lacking is not None:
        reasons.append(Feedback("form", lacking))
    return replace(
        blank,
        status=_status([*found, steps], bool(earned), partly),
        score=round(earned * part.points * (PARTLY if partly else 1), 2),
        feedback=(*dict.fromkeys(reasons), *blank.feedback),
        witness=next((item.witness for item in found if item.witness is not None), None),
    )


def _unevaluated(written: Program) -> str | None:
    """What to say of an answer that leaves the derivative of a step as a derivative."""
    return LEFT_OPEN if UNEVALUATED in written.functions else None


def _status(found: Sequence[TargetVerdict], earned: bool, partly: bool) -> Status:
    statuses = {item.status for item in found}
    if partly or statuses & {"different", "unwritten"}:
        return "partial" if earned else "incorrect"
    return "undecided" if "undecided" in statuses else "correct"


def _trimmed(answer: str) -> str:
    """The answer without blank lines and the indentation that all lines share."""
    return dedent("\n".join(line for line in answer.split("\n") if line.strip()))


# --- one target ----------------------------------------------------------------------------------

TargetStatus = Literal["equal", "different", "undecided", "unwritten"]


@dataclass(frozen=True)
class TargetVerdict:
    """What was found out about one array that a part asks for."""

    status: TargetStatus
    reasons: tuple[Feedback, ...] = ()
    witness: Mapping[str, Any] | None = None


def _verdicts(
    part: Part, program: Program, truth: Program, targets: tuple[str, ...]
) -> list[TargetVerdict]:
    """All targets at once, for a right answer needs no more; else one by one."""
    together = len(targets) > 1 and {*program.written} >= set(targets)
    if together and equivalent(program, truth, given=part.forward, targets=targets):
        return [TargetVerdict("equal") for _ in targets]
    return [_verdict(part, program, truth, target) for target in targets]


def _steps(written: Program, part: Part) -> TargetVerdict:
    """The first step of a chain that does not hold, or else those of which that is not known."""
    doubts: list[Feedback] = []
    for doubt in unproved_steps(written, part.forward):
        assert doubt.step is not None
        if doubt.witness is not None:
            message = explain_step(doubt.step, doubt.witness)
            return TargetVerdict("different", (Feedback("step", message),))
        doubts.append(Feedback("undecided", UNPROVED_STEP.format(doubt.step.title)))
    return TargetVerdict("undecided" if doubts else "equal", tuple(doubts))


def _verdict(part: Part, program: Program, truth: Program, target: str) -> TargetVerdict:
    if target not in program.written:
        message = f"{target} is asked for, but nothing is assigned to it."
        return TargetVerdict("unwritten", (Feedback("missing target", message),))
    verdict = equivalent(program, truth, given=part.forward, targets=[target])
    if verdict.status == "equal" or _rounds(part, program, truth, target):
        return TargetVerdict("equal")
    if verdict.status == "undecided":
        return TargetVerdict("undecided")
    assert verdict.witness is not None
    reasons = [Feedback("different", explain(verdict.witness))]
    compared = verdict.witness.kind == "value"
    mistake = recognise(program, truth, target) if compared else None
    if mistake is not None:
        reasons.append(Feedback("mistake", mistake))
    return TargetVerdict("different", tuple(reasons), witness_object(verdict.witness))


def _rounds(part: Part, program: Program, truth: Program, target: str) -> bool:
    """Is the answer a decimal with the digits that were asked for?"""
    return part.digits is not None and agrees_to(part.digits, program, truth, target)
