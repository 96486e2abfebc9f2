"""What comes of checking, as values; how they look is for others to say.

Report of a file: a PartReport for each part, with a status, points and reasons
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from symgrad.course.exercise import Exercise

Status = Literal["correct", "partial", "incorrect", "unreadable", "missing", "undecided"]
Policy = Literal["accept", "reject"]
"""Whether an answer that is neither proved nor refuted earns its points."""


@dataclass(frozen=True)
class Feedback:
    """A reason: `kind` names its sort, `message` is for the student."""

    kind: str
    message: str


@dataclass(frozen=True)
class PartReport:
    """The result of one answer; `reading` is what was understood of it, in plain notation."""

    part: str
    status: Status
    score: float
    max_score: float
    answer: str = ""
    feedback: tuple[Feedback, ...] = ()
    witness: Mapping[str, Any] | None = None
    reading: str = ""


@dataclass(frozen=True)
class Report:
    """The result of one file; `problem` says why the file as a whole could not be checked."""

    exercise: str
    file: str
    parts: tuple[PartReport, ...]
    problem: str = ""
    policy: Policy = "accept"

    @property
    def score(self) -> float:
        return round(sum(part.score for part in self.parts), 2)

    @property
    def max_score(self) -> float:
        return sum(part.max_score for part in self.parts)

    @property
    def all_correct(self) -> bool:
        good = {"correct", "undecided"} if self.policy == "accept" else {"correct"}
        return all(part.status in good for part in self.parts)


def not_checked(
    exercise: Exercise, status: Literal["missing", "unreadable"], problem: str, file: str = ""
) -> Report:
    """The report where nothing was handed in, or on a file that could not be checked at all."""
    parts = tuple(PartReport(part.name, status, 0.0, float(part.points)) for part in exercise.parts)
    return Report(exercise.id, file, parts, problem)
