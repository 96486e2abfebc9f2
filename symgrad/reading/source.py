"""The lines of a text, for errors that point into it."""

from __future__ import annotations

from dataclasses import dataclass

from symgrad.errors import Kind, StudentError
from symgrad.reading.findings import Finding
from symgrad.reading.messages import rule_of
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

    def wrong(self, finding: Finding, where: Part | None) -> StudentError:
        """What is said of a finding at a token or at the first token of a tree."""
        return self.found(finding, *place(where))

    def found(self, finding: Finding, line: int, column: int) -> StudentError:
        """What is said of a finding at a place, by the table of messages."""
        rule = rule_of(finding)
        error = self.at(
            rule.message.format(finding), line, column, rule.kind, rule.hint.format(finding)
        )
        error.rule = rule.name
        return error

    def at(
        self, message: str, line: int, column: int, kind: Kind = "syntax", hint: str = ""
    ) -> StudentError:
        message, hint = revealed(message), revealed(hint)
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return StudentError(message, kind=kind, line=line, column=column, hint=hint, source=source)
