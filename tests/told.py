"""What is said of rows of the tables: `python told.py STEP [backwards]` prints it as JSON.

Every STEP-th row is decided, from the first to the last or from the last to the first.
"""

from __future__ import annotations

import json
import sys

from test_verdicts import Row, answers, identities

from symgrad import equivalent
from symgrad.typesetting.explanation import explanation


def told(row: Row) -> list[str]:
    """The verdict, the witness or what was tried, and the steps of the proof."""
    case = row.case
    verdict = equivalent(case.left, case.right, given=case.given, targets=case.targets)
    witness = verdict.witness
    shown = witness.message if witness is not None else ""
    return [verdict.status, shown, repr(witness), repr(verdict.evidence), explanation(verdict)]


def main(step: str, *order: str) -> None:
    rows = list(enumerate([*answers(), *identities()]))[:: int(step)]
    if order:
        rows.reverse()
    print(json.dumps({f"{n} {row.name}": told(row) for n, row in rows}, sort_keys=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
