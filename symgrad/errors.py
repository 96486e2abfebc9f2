"""The two families of errors, told apart by who reads them.

A student (or anybody who types notation) meets `StudentError`; whoever writes an exercise meets
`AuthorError`. Every other outcome of symgrad is a value, never an exception.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["syntax", "name", "shape", "limit"]


class StudentError(Exception):
    """A text that cannot be taken: what is wrong, where, and what to do.

    kind "syntax": not the notation; "name": an unknown or misused name; "shape": reads, but its
    ranks, extents or accesses clash; "limit": larger than what is read. `line` and `column` count
    from 1; `source` is the line itself, so that `str(error)` can point at the place.
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
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind: Kind = kind
        self.line = line
        self.column = column
        self.hint = hint
        self.source = source

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}" + (
            f" ({self.hint})" if self.hint else ""
        )

    def excerpt(self) -> str:
        """The offending line with a caret below the column."""
        start = max(0, self.column - 1 - 60)
        return f"{self.source[start : start + 120]}\n{' ' * (self.column - 1 - start)}^"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not pickle by themselves; workers send them.
        return _rebuild, (
            self.message,
            self.kind,
            self.line,
            self.column,
            self.hint,
            self.source,
        )


def _rebuild(
    message: str, kind: Kind, line: int, column: int, hint: str, source: str
) -> StudentError:
    return StudentError(message, kind=kind, line=line, column=column, hint=hint, source=source)


class AuthorError(Exception):
    """An exercise that is not well formed: the file, the key in it, and what is wrong."""

    def __init__(self, message: str, *, file: str = "", key: str = "") -> None:
        place = ", ".join(part for part in (file, key) if part)
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.file = file
        self.key = key
