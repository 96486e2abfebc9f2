"""The lines of a text, for errors that point into it."""

from __future__ import annotations

from dataclasses import dataclass

from symgrad.errors import Kind, StudentError
from symgrad.reading.trees import Part, place
from symgrad.writing.names import revealed


@dataclass(frozen=True)
class Source:
    """The lines of a text, for errors that point into it."""

    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Source:
        return cls(tuple(text.split("\n")))

    def error(
        self, message: str, where: Part | None, kind: Kind = "syntax", hint: str = ""
    ) -> StudentError:
        """An error at a token or at the first token of a tree."""
        line, column = place(where)
        return self.at(message, line, column, kind, hint)

    def at(
        self, message: str, line: int, column: int, kind: Kind = "syntax", hint: str = ""
    ) -> StudentError:
        message, hint = revealed(message), revealed(hint)
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return StudentError(message, kind=kind, line=line, column=column, hint=hint, source=source)
