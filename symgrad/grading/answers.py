"""An answer file as one text per part of the exercise.

    ## a                                    {"a": "\\nfor b: Z[b] += 1\\n…"}
    for b: Z[b] += 1

What does not belong to an answer (headings, prose, fences) is blanked out and never cut, so every
line and column keeps the place that it has in the file. Prose is ignored, but a line that starts
like a statement always belongs to the answer: whether it can be read is for `read` to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from symgrad.errors import StudentError
from symgrad.grading.lines import formula_in, has_open_bracket, starts_like_a_statement
from symgrad.grading.textfile import refuse_other_than_file, text_of


@dataclass(frozen=True)
class Answer:
    """What was written for one part; `problem` says why it cannot be read at all."""

    text: str = ""
    remarks: tuple[str, ...] = ()
    problem: StudentError | None = None

    @property
    def missing(self) -> bool:
        return not self.text.strip() and self.problem is None


@dataclass(frozen=True)
class Submission:
    """The answer to every part of the exercise; remarks on what belongs to none."""

    answers: Mapping[str, Answer]
    remarks: tuple[str, ...] = ()


def load(path: Path, parts: Sequence[str]) -> Submission:
    """Read an answer file; StudentError says why that is not possible."""
    refuse_other_than_file(path)
    split = KINDS.get(path.suffix.lower())
    if split is None:
        raise StudentError(
            f"{path.suffix or 'no ending'} is not a kind of answer file that is read",
            kind="limit",
            hint=f"hand in {' or '.join(sorted(KINDS))}",
        )
    return split(text_of(path), parts)


def split_prose(text: str, parts: Sequence[str]) -> Submission:
    """The answers in plain text or Markdown: under headings, fenced or line by line."""
    lines = text.split("\n")
    sections = _sections(lines, parts)
    answers = {part: _answer(sections.get(part, []), len(lines)) for part in parts}
    for part in parts:
        places = _headings(sections.get(part, []))
        if len(places) > 1:
            answers[part] = Answer(problem=_answered_twice(part, places))
    return Submission(answers, tuple(_strays(sections, parts)))


KINDS: Mapping[str, Callable[[str, Sequence[str]], Submission]] = {
    ".txt": split_prose,
    ".md": split_prose,
}
"""How each kind of file is split into answers; a new kind is a row."""


# --- lines ---------------------------------------------------------------------------------------


class Kind(Enum):
    HEADING = auto()
    CODE = auto()
    STATEMENT = auto()
    MATHEMATICS = auto()
    PROSE = auto()


@dataclass(frozen=True)
class Line:
    number: int
    kind: Kind
    text: str


_FENCE = re.compile(r"\s{0,3}(```+|~~~+)[^`]*$")
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+(?=\S)")


def _sections(lines: Sequence[str], parts: Sequence[str]) -> dict[str, list[Line]]:
    """The lines under each heading; "" holds those before the first one."""
    part = parts[0] if len(parts) == 1 else ""
    sections: dict[str, list[Line]] = {part: []}
    fence = ""
    for number, line in enumerate(lines, start=1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            continue
        heading = _heading(line, parts)
        if heading:
            part, line = heading
            sections.setdefault(part, []).append(Line(number, Kind.HEADING, part))
        before = sections[part][-1:]
        following = lines[number] if number < len(lines) else ""
        sections[part].append(
            Line(number, Kind.CODE, line) if fence else _classify(number, line, before, following)
        )
    return sections


def _classify(number: int, line: str, before: Sequence[Line], following: str) -> Line:
    bare = _without_marks(line)
    if before and before[0].kind is Kind.STATEMENT and _continues(before[0].text, line):
        return Line(number, Kind.STATEMENT, line)
    if starts_like_a_statement(bare, following):
        return Line(number, Kind.STATEMENT, bare)
    if bare.lstrip().startswith(("$", r"\[", r"\(")):
        return Line(number, Kind.MATHEMATICS, line)
    return Line(number, Kind.PROSE, line)


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
    inline = re.fullmatch(r"(\s*)`([^`]+)`(\s*[.,;]?\s*)", line)
    return f"{inline[1]} {inline[2]}" if inline else line


# --- headings ------------------------------------------------------------------------------------

_WORD = r"(?:part|problem|exercise|question|task)"
_LABEL = r"(?P<label>\w{1,12})"
_END = r"(?:\s*$|\s*[:.)–—-]\s*(?P<rest>.*)$)"
_HEADINGS = tuple(
    re.compile(rf"\s{{0,3}}{pattern}", re.IGNORECASE)
    for pattern in (
        rf"\#{{1,6}}\s*(?:{_WORD}\s+)?(?:\d++\s*)?\({_LABEL}\)\s*[:.]?(?P<rest>.*)$",
        rf"\#{{1,6}}\s*(?:{_WORD}\s+)?{_LABEL}{_END}",
        rf"{_WORD}\s+(?:\d++\s*)?\(?{_LABEL}\)?{_END}",
        rf"\({_LABEL}\)\s*:?(?P<rest>.*)$",
        rf"{_LABEL}\)\s*:?(?P<rest>.*)$",
    )
)
_SHORT = re.compile(rf"\s{{0,3}}{_LABEL}[.:](?P<rest>(?:\s.*)?)$")


def _heading(line: str, parts: Sequence[str]) -> tuple[str, str] | None:
    """The part that a line announces and what stands behind it, in its place."""
    shown = re.sub(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)", _blanks, line)
    for pattern in _HEADINGS:
        match = pattern.match(shown)
        part = _named(match["label"], parts) if match else ""
        if match and part:
            return part, _after(line, match)
    match = _SHORT.match(shown)
    if match and _named(match["label"], parts) in parts:
        rest = _after(line, match)
        if not rest.strip() or starts_like_a_statement(rest):
            return _named(match["label"], parts), rest
    return None


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _after(line: str, match: re.Match[str]) -> str:
    """What follows a heading on its line, in its place."""
    start = len(line) - len(match["rest"] or "")
    return " " * start + re.sub(r"^[*_]+", _blanks, line[start:])


def _named(label: str, parts: Sequence[str]) -> str:
    """The part that a label means; a label of the same sort as the parts' names one that is not
    there, any other is no heading at all ("1)" where parts are letters is a list)."""
    exact = [part for part in parts if part == label]
    alike = [part for part in parts if part.lower() == label.lower()]
    if exact or len(alike) == 1:
        return (exact or alike)[0]
    if len(label) == 1 and any(len(p) == 1 and p.isdigit() == label.isdigit() for p in parts):
        return label
    return ""


def _headings(section: Iterable[Line]) -> list[int]:
    """The lines on which a part is announced anew: a heading right below another is the same."""
    places: list[int] = []
    answered = True
    for line in section:
        if line.kind is Kind.HEADING and answered:
            places.append(line.number)
            answered = False
        elif line.kind is not Kind.HEADING and line.kind is not Kind.PROSE and line.text.strip():
            answered = True
    return places


# --- answers -------------------------------------------------------------------------------------


def _answer(section: Sequence[Line], height: int) -> Answer:
    """The fenced code of a section, or else its statements."""
    code = [line for line in section if line.kind is Kind.CODE and line.text.strip()]
    statements = [line for line in section if line.kind is Kind.STATEMENT]
    mathematics = [line for line in section if line.kind is Kind.MATHEMATICS]
    if not code and not statements and mathematics:
        return Answer(problem=_mathematics(mathematics[0]))
    remarks = [
        f"line {line.number} stands outside the code block and was not graded"
        for line in (statements if code else ())
    ]
    remarks += [f"line {line.number}: mathematics was not graded" for line in mathematics]
    if not code and not statements:
        remarks += [
            f"line {line.number}: a formula within a sentence is not graded; give it a line"
            for line in section
            if line.kind is Kind.PROSE and formula_in(line.text)
        ]
    return Answer(_in_place(code or statements, height), tuple(remarks))


def _in_place(lines: Iterable[Line], height: int) -> str:
    """The lines at their numbers in a text of otherwise empty lines, without trailing ones."""
    page = [""] * height
    for line in lines:
        page[line.number - 1] = line.text.rstrip()
    return "\n".join(page).rstrip("\n")


def _mathematics(line: Line) -> StudentError:
    return StudentError(
        "LaTeX is not read",
        kind="syntax",
        line=line.number,
        hint="write the answer as plain text, as in the question",
        source=line.text,
    )


def _answered_twice(part: str, places: Sequence[int]) -> StudentError:
    return StudentError(
        f"part {part} is answered twice, from lines {' and '.join(map(str, places))}",
        kind="syntax",
        line=places[1],
        hint="keep one",
    )


def _strays(sections: Mapping[str, Sequence[Line]], parts: Sequence[str]) -> Iterator[str]:
    """What was written under no part of the exercise: it is said, never dropped."""
    for part, section in sections.items():
        lines = [
            line.number
            for line in section
            if part not in parts and line.kind in (Kind.CODE, Kind.STATEMENT) and line.text.strip()
        ]
        if lines and part:
            yield f"line {lines[0]}: there is no part {part}; the parts are {', '.join(parts)}"
        elif lines:
            yield (
                f"line {lines[0]} stands before the first part and was not graded; "
                f"start each part with a line such as '## {parts[0]}'"
            )
