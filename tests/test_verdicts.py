"""The verdict does not depend on how a pair is written: every row of the tables, and rewritings.

A row is decided as it stands and in a few of the ways in which rewritings.py writes it otherwise;
which ones is told by the row's name, so that all of them are met. `pytest -s` prints the counts.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from renamings import WHOLE, Case
from rewritings import SIDES, rewritten

from symgrad import StudentError, equivalent, read
from symgrad.course.exercise import exercise
from symgrad.course.reference import reference
from symgrad.equivalence import Verdict
from symgrad.program import Program
from symgrad.proof.prove import attempt

ANSWERS = Path(__file__).parent / "answers"
EXERCISES = tomllib.loads((ANSWERS / "exercises.toml").read_text(encoding="utf-8"))["answer"]
IDENTITIES = tomllib.loads((ANSWERS / "identities.toml").read_text(encoding="utf-8"))

EACH = 1
"""Rewritings of one row that are tried."""

AS_IT_STANDS = "as it stands"


@dataclass(frozen=True)
class Row:
    kind: str
    name: str
    verdict: str
    case: Case


def over(text: str, given: Program) -> Program:
    found = read(text, given=given)
    return found if found.given else Program(found.declarations, found.nests, given)


def answers() -> Iterator[Row]:
    for row in EXERCISES:
        part = exercise(row["exercise"]).part(row["part"])
        try:
            left = over(row["text"], part.forward)
        except StudentError:
            continue  # what clashes with the axes is told by the reader
        case = Case(left, reference(part), part.forward, tuple(part.targets))
        name = f"{row['exercise']} {row['part']}: {row['why']}"
        yield Row(row["exercise"], name, VERDICTS[row["verdict"]], case)


VERDICTS = {"right": "equal", "wrong": "different"}


def identities() -> Iterator[Row]:
    for pair in IDENTITIES["pair"]:
        given = read(IDENTITIES["given"][pair["given"]])
        left, right = (over(pair[side], given) for side in ("left", "right"))
        yield Row(pair["kind"], pair["id"], pair["verdict"], Case(left, right, given, ("out",)))


def presentations(row: Row) -> Iterator[tuple[str, Case]]:
    """The row as it stands, and some of its rewritings."""
    yield AS_IT_STANDS, row.case
    turn = int.from_bytes(sha256(row.name.encode()).digest()[:4])
    names = [*WHOLE, *SIDES]
    order = [names[(turn + n * 7) % len(names)] for n in range(len(names))]
    chosen = rewritten(row.case, order)
    yield from (found for found, _ in zip(chosen, range(EACH), strict=False))


def reason(verdict: Verdict) -> str:
    """Why nothing was proved."""
    assert verdict.evidence is not None and verdict.evidence.points
    asked = verdict.unproved
    assert asked is not None
    return asked if isinstance(asked, str) else attempt(asked).reason


def test_the_verdict_is_kept() -> None:
    """None is wrong; none of the rows is left open, and one in a hundred presentations at most."""
    counts: dict[str, Counter[str]] = {}
    undecided: list[tuple[str, ...]] = []
    for row in (*answers(), *identities()):
        count = counts.setdefault(row.kind, Counter())
        for name, case in presentations(row):
            verdict = equivalent(case.left, case.right, given=case.given, targets=case.targets)
            count[verdict.status] += 1
            told = row.name, name, str(case.left)
            if verdict.status == "undecided":
                undecided.append((*told, reason(verdict)))
            else:
                assert verdict.status == row.verdict, told
    for kind, count in sorted(counts.items()):
        print(f"{kind:24}", *(f"{status} {number:4}" for status, number in sorted(count.items())))
    print(*undecided, sep="\n")
    assert not [name for name, how, *_ in undecided if how == AS_IT_STANDS]
    assert len(undecided) <= sum(map(Counter.total, counts.values())) / 100
