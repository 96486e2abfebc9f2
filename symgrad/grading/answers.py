"""An answer file as one text per part of the exercise.

    ## a                                    {"a": "\\nfor b: Z[b] += 1\\n…"}
    for b: Z[b] += 1

What does not belong to an answer (headings, prose, fences) is blanked out and never cut, so every
line and column keeps the place that it has in the file. Prose is ignored, but a line that starts
like a statement always belongs to the answer: whether it can be read is for `read` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from symgrad.errors import StudentError
from symgrad.grading.lines import formula_in
from symgrad.grading.markdown import markdown_page
from symgrad.grading.notebook import MAX_NOTEBOOK, notebook_page
from symgrad.grading.pages import LINES, Page, Places
from symgrad.grading.pyfile import is_program, python_parts
from symgrad.grading.sections import Kind, Marked, sections
from symgrad.grading.texfile import tex_page
from symgrad.grading.textfile import MAX_BYTES, refuse_link, refuse_other_than_file, text_of


@dataclass(frozen=True)
class Answer:
    """What was written for one part; `problem` says why it cannot be read at all.

    `python`: the text is Python, not the notation.
    """

    text: str = ""
    remarks: tuple[str, ...] = ()
    problem: StudentError | None = None
    places: Places = LINES
    python: bool = False

    @property
    def missing(self) -> bool:
        return not self.text.strip() and self.problem is None


@dataclass(frozen=True)
class Submission:
    """The answer to every part of the exercise; remarks on what belongs to none.

    `whole` is the text of a file that announces no part.
    """

    answers: Mapping[str, Answer]
    remarks: tuple[str, ...] = ()
    whole: Answer | None = None


def load(path: Path, parts: Sequence[str]) -> Submission:
    """Read an answer file; StudentError says why that is not possible."""
    refuse_link(path)
    refuse_other_than_file(path)
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise StudentError(
            f"{path.suffix or 'no ending'} is not a kind of answer file that is read",
            kind="limit",
            hint=f"hand in one of {', '.join(sorted(KINDS))}",
        )
    return kind.split(text_of(path, kind.limit), parts)


@dataclass(frozen=True)
class FileKind:
    """How a file of a kind becomes answers, and how many bytes of it are read."""

    split: Callable[[str, Sequence[str]], Submission]
    limit: int = MAX_BYTES


def split_python(text: str, parts: Sequence[str]) -> Submission:
    """The answers in a Python file."""
    found = python_parts(text, parts)
    answers = {part: Answer(found.texts.get(part, ""), python=True) for part in parts}
    for part, lines in found.headings.items():
        if part in answers and len(lines) > 1:
            answers[part] = Answer(problem=_answered_twice(part, lines, LINES))
    whole = Answer(text, python=True) if not found.texts and not found.headings else None
    return Submission(answers, found.remarks, whole)


def _of_pages(page: Callable[[str], Page], limit: int = MAX_BYTES) -> FileKind:
    return FileKind(lambda text, parts: split(page(text), parts), limit)


KINDS: Mapping[str, FileKind] = {
    ".txt": _of_pages(markdown_page),
    ".md": _of_pages(markdown_page),
    ".tex": _of_pages(tex_page),
    ".ipynb": _of_pages(notebook_page, MAX_NOTEBOOK),
    ".py": FileKind(split_python),
}
"""The kinds of files that are read; a new kind is a row."""

MAX_LINE = 20_000
"""Characters of a line that are looked at."""

MAX_LINES = 10_000


def split(page: Page, parts: Sequence[str]) -> Submission:
    """The answers on a page: under headings, in blocks of code, as formulas or line by line."""
    if len(page.lines) > MAX_LINES:
        message = f"more than {MAX_LINES} lines"
        raise StudentError(message, kind="limit", hint="the answers alone are enough")
    for line in page.lines:
        if len(line.text) > MAX_LINE:
            message = f"{page.places.named(line.number)} has more than {MAX_LINE} characters"
            raise StudentError(message, kind="limit", line=line.number, hint="break it")
    found = sections(page, parts)
    answers = {}
    for part in parts:
        section = found.get(part, [])
        places = _announced(section)
        answers[part] = _answer(section, page)
        if len(places) > 1:
            problem = _answered_twice(part, places, page.places)
            answers[part] = Answer(problem=problem, places=page.places)
    whole = _answer(found[""], page) if {*found} == {""} else None
    return Submission(answers, tuple(_strays(found, parts, page.places)), whole)


# --- answers -------------------------------------------------------------------------------------

ANSWERS: tuple[tuple[Kind, bool], ...] = (
    (Kind.CODE, False),
    (Kind.STATEMENT, False),
    (Kind.FORMULA, True),
    (Kind.INLINE, True),
    (Kind.PROGRAM, False),
    (Kind.FORMULA, False),
)
"""What a section's answer is: the first kind of which it has a line. Formulas may be asked to be
statements; where there is nothing else, any displayed formula is taken, so that it is not lost."""

UNGRADED: Mapping[Kind, str] = {
    Kind.STATEMENT: "{} stands outside the code block and was not graded",
    Kind.FORMULA: "{}: mathematics was not graded",
    Kind.INLINE: "{}: a formula within a sentence was not graded; give it a line",
    Kind.PROGRAM: "{}: this code was not graded",
}
"""What is said of lines that look like a part of the answer beside the lines that are it."""


def _answer(section: Sequence[Marked], page: Page) -> Answer:
    """The lines of the first kind that a section has, and what is not graded beside them."""
    for kind, strict in ANSWERS:
        lines = [line for line in section if _is(line, kind, strict)]
        if lines:
            remarks = tuple(_remarks(section, kind, page.places))
            text = _in_place(lines, page.height)
            program = kind is Kind.PROGRAM or (kind is Kind.CODE and is_program(text))
            return Answer(text, remarks, places=page.places, python=program)
    remarks = tuple(
        f"{page.places.named(line.number)}: a formula within a sentence is not graded; "
        "give it a line"
        for line in section
        if line.kind is Kind.PROSE and formula_in(line.text)
    )
    return Answer("", remarks, places=page.places)


def _is(line: Marked, kind: Kind, strict: bool) -> bool:
    return line.kind is kind and bool(line.text.strip()) and (line.statement or not strict)


def _remarks(section: Sequence[Marked], graded: Kind, places: Places) -> Iterator[str]:
    """The first line of each run of lines that were not graded and might have been meant to be."""
    before = 0
    for line in section:
        meant = line.kind in (Kind.STATEMENT, Kind.PROGRAM) or line.statement
        if meant and line.kind is not graded and line.text.strip():
            if line.number != before + 1 or line.kind is Kind.STATEMENT:
                yield UNGRADED[line.kind].format(places.named(line.number))
            before = line.number


def _announced(section: Iterable[Marked]) -> list[int]:
    """The lines on which a part is announced anew: a heading right below another is the same."""
    places: list[int] = []
    answered = True
    for line in section:
        if line.kind is Kind.HEADING and answered:
            places.append(line.number)
            answered = False
        elif line.kind not in (Kind.HEADING, Kind.PROSE) and line.text.strip():
            answered = True
    return places


def _in_place(lines: Iterable[Marked], height: int) -> str:
    """The lines at their numbers in a text of otherwise empty lines, without trailing ones."""
    rows = [""] * height
    for line in lines:
        rows[line.number - 1] = line.text.rstrip()
    return "\n".join(rows).rstrip("\n")


def _answered_twice(part: str, lines: Sequence[int], places: Places) -> StudentError:
    return StudentError(
        f"part {part} is answered twice, from {places.both_named(lines[0], lines[1])}",
        kind="syntax",
        line=lines[1],
        hint="keep one",
    )


def _strays(
    found: Mapping[str, Sequence[Marked]], parts: Sequence[str], places: Places
) -> Iterator[str]:
    """What was written under no part of the exercise: it is said, never dropped."""
    for part, section in found.items():
        lines = [
            line.number
            for line in section
            if part not in parts
            and (line.kind in (Kind.CODE, Kind.STATEMENT) or line.statement)
            and line.text.strip()
        ]
        if lines and part:
            named = places.named(lines[0])
            yield f"{named}: there is no part {part}; the parts are {', '.join(parts)}"
        elif lines:
            yield (
                f"{places.named(lines[0])} stands before the first part and was not graded; "
                f"start each part with a line such as '## {parts[0]}'"
            )
