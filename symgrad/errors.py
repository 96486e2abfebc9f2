"""The two families of errors, told apart by who reads them.

A student (or anybody who types notation) meets `StudentError`; whoever writes an exercise meets
`AuthorError`. Every other outcome of symgrad is a value, never an exception.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import Literal

Kind = Literal["syntax", "name", "shape", "limit"]


class StudentError(Exception):
    """A text that cannot be taken: what is wrong, where, and what to do.

    kind "syntax": not the notation; "name": an unknown or misused name; "shape": reads, but its
    ranks, extents or accesses clash; "limit": larger than what is read. `line` and `column` count
    from 1; `source` is the line itself, so that `excerpt` can point at the place. `rule` is what
    says this, where a rule does: a name in symgrad.reading.messages.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: Kind,
        line: int = 1,
        column: int = 1,
        hint: str = "",
        source: str = "",
        rule: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind: Kind = kind
        self.line = line
        self.column = column
        self.hint = hint
        self.source = source
        self.rule = rule

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}" + (
            f" ({self.hint})" if self.hint else ""
        )

    def excerpt(self) -> str:
        """The offending line with carets below the word or the sign at the column."""
        at = self.column - 1
        start = max(0, at - 60)
        shown = self.source[start : start + 120]
        before, behind = shown[: at - start], shown[at - start :]
        word = _WORD.match(behind)
        marked = word[0] if word else behind[:1]
        return f"{shown}\n{_blank(before)}{'^' * max(1, _width(marked))}"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not pickle by themselves; workers send them.
        made = partial(
            StudentError,
            kind=self.kind,
            line=self.line,
            column=self.column,
            hint=self.hint,
            source=self.source,
            rule=self.rule,
        )
        return made, (self.message,)


_WORD = re.compile(r"\\?[^\W\d][\w.']*|\d+(?:\.\d+)?")
"""What is marked whole: a name, a command, a number."""


def _width(text: str) -> int:
    """How many places a text takes where each letter has one: wide ones have two, accents none."""
    marks = sum(unicodedata.category(one) in ("Mn", "Me", "Cf") for one in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(one) in "WF" for one in text)


def _blank(text: str) -> str:
    """Blanks as wide as a text; its tabs stay, for nobody knows how wide they are."""
    return "\t".join(" " * _width(part) for part in text.split("\t"))


class AuthorError(Exception):
    """An exercise that is not well formed: the file, the key in it, and what is wrong."""

    def __init__(self, message: str, *, file: str = "", key: str = "") -> None:
        place = ", ".join(part for part in (file, key) if part)
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.file = file
        self.key = key
