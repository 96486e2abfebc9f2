"""The lines of a page under the parts of the exercise, each with its kind.

## a                          heading
By the chain rule             prose
for b: Z[b] += 1              statement
$$Z_b = 1$$                   formula
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import groupby

from symgrad.grading.formulas import Formula, begins_a_formula, formulas
from symgrad.grading.headings import heading, titled
from symgrad.grading.lines import formula_in, has_open_bracket, starts_like_a_statement
from symgrad.grading.pages import Line, Page, blanked

_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)]|\(?[ivx]{1,4}\)|\\item)\s+(?=\S)")

_QUOTED = re.compile(r"(\s*)[`“\"]([^`“”\"]+)[`”\"]\s*[.,;]?\s*")
_FOR_ALL = r",?\s*\(?for (?:all|each|every)\s+\w+(?:(?:\s*,\s*|\s+and\s+)\w+)*\)?"
_ENDED = re.compile(rf"(?<=[\w\])}}])(?:{_FOR_ALL})?\s*[.;]?\s*$")
_REMARK = re.compile(
    r"\s+[(\[](?:by|from|since|because|see|using|due to|chain rule|element-?wise)\b"
    r"[a-z ,.'’-]*[)\]]\s*$",
    re.IGNORECASE,
)
"""What a student says of a step behind it, in words alone: (by the chain rule)."""

_LEADING = re.compile(r"\s*(?:let|then|so|hence|thus|therefore|and)\b,?\s+", re.IGNORECASE)


class Kind(Enum):
    HEADING = auto()
    CODE = auto()
    PROGRAM = auto()
    STATEMENT = auto()
    FORMULA = auto()
    INLINE = auto()
    PROSE = auto()


SORTS = {"code": Kind.CODE, "program": Kind.PROGRAM}


@dataclass(frozen=True)
class Marked:
    """A line with its kind; of a formula `statement` says whether it may be one."""

    number: int
    kind: Kind
    text: str
    statement: bool = False


def sections(page: Page, parts: Sequence[str]) -> dict[str, list[Marked]]:
    """The lines under each part; "" holds those before the first heading."""
    return {
        part: [mark for run in _runs(lines) for mark in run]
        for part, lines in _split(_with_items(page.lines, parts), parts).items()
    }


Headed = tuple[Line, bool]
"""A line, and whether a heading stands on it; the text is what follows the heading."""


def _split(lines: Sequence[Line], parts: Sequence[str]) -> dict[str, list[Headed]]:
    part = parts[0] if len(parts) == 1 else ""
    found: dict[str, list[Headed]] = {part: []}
    for line in lines:
        named, rest = _announced(line, parts)
        part = named or part
        found.setdefault(part, []).append((replace(line, text=rest), bool(named)))
    return found


def _announced(line: Line, parts: Sequence[str]) -> tuple[str, str]:
    """The part that a line announces, if any, and its text without that."""
    if line.title:
        return titled(line.title, parts), line.text
    return heading(line.text, parts) or ("", line.text)


def _with_items(lines: Sequence[Line], parts: Sequence[str]) -> Sequence[Line]:
    """An outermost list with an entry for each part, where nothing else announces one."""
    items = [line.item for line in lines if line.item]
    if items != list(range(1, len(parts) + 1)) or any(_announced(line, parts)[0] for line in lines):
        return lines
    return [replace(line, title=parts[line.item - 1]) if line.item else line for line in lines]


# --- kinds ---------------------------------------------------------------------------------------


def _runs(lines: Sequence[Headed]) -> Iterator[Iterator[Marked]]:
    """The lines of one sort that follow each other, marked; a heading begins a new run."""
    run = 0
    keyed = []
    for line, headed in lines:
        run += headed
        keyed.append((run, line, headed))
    for _, group in groupby(keyed, key=lambda item: (item[0], item[1].sort)):
        members = list(group)
        yield _marked([line for _, line, _ in members], members[0][2])


def _marked(lines: Sequence[Line], headed: bool) -> Iterator[Marked]:
    if headed:
        yield Marked(lines[0].number, Kind.HEADING, "")
    if lines[0].sort in SORTS:
        yield from (Marked(line.number, SORTS[lines[0].sort], line.text) for line in lines)
        return
    mathematics = _by_line(formulas(lines))
    before: Marked | None = None
    for line, following in zip(lines, [*lines[1:], Line(0, "")], strict=True):
        before = mathematics.get(line.number) or _classify(line, before, following.text)
        yield before


def _by_line(found: Iterator[Formula]) -> dict[int, Marked]:
    """The formulas of each line; several on one line are one text."""
    marks: dict[int, Marked] = {}
    for formula in found:
        kind = Kind.FORMULA if formula.alone else Kind.INLINE
        for number, text in formula.lines.items():
            mark = Marked(number, kind, text, formula.assigns)
            marks[number] = _merged(marks[number], mark) if number in marks else mark
    return marks


def _merged(one: Marked, other: Marked) -> Marked:
    """Two formulas of one line: what may be a statement is kept, the rest blanked out."""
    if one.statement != other.statement:
        return one if one.statement else other
    text = "".join(b if a == " " else a for a, b in zip(one.text, other.text, strict=True))
    return Marked(one.number, min(one.kind, other.kind, key=_rank), text, one.statement)


def _rank(kind: Kind) -> int:
    return kind.value


def _classify(line: Line, before: Marked | None, following: str) -> Marked:
    bare = _without_marks(line.text)
    if before and before.kind is Kind.STATEMENT and _continues(before.text, line.text):
        return Marked(line.number, Kind.STATEMENT, _ENDED.sub("", line.text))
    if starts_like_a_statement(bare, following):
        return Marked(line.number, Kind.STATEMENT, bare)
    if begins_a_formula(bare):
        return Marked(line.number, Kind.FORMULA, line.text, True)
    return Marked(line.number, Kind.PROSE, line.text)


def _continues(statement: str, line: str) -> bool:
    """Does a line go on with the statement above it?"""
    begun = statement.split("#")[0].rstrip()
    return bool(line.strip()) and (
        has_open_bracket(begun)
        or begun.endswith(("+", "-", "*", "/", "=", ",", ";", "\\"))
        or bool(re.match(r"\s*(=|[-+*/·]\s*[\w(]+[\[(.])", line))
    )


def _without_marks(line: str) -> str:
    """The line without a list's bullet and code's backticks, each replaced by blanks."""
    bullet = _BULLET.match(line)
    if bullet:
        line = " " * bullet.end() + line[bullet.end() :]
    inline = _QUOTED.fullmatch(line)
    if inline:
        line = f"{inline[1]} {inline[2]}"
    return _leading(_ENDED.sub("", _REMARK.sub("", line)))


def _leading(line: str) -> str:
    """A formula without the word that leads to it: `let e[b] = …`, `hence x.grad = …`."""
    word = _LEADING.match(line)
    if word is None or not formula_in(line):
        return line
    rest = blanked(line, 0, word.end())
    return rest if starts_like_a_statement(rest) else line
