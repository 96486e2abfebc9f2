"""The lines of a text, for errors that point into it."""

from __future__ import annotations

from dataclasses import dataclass

from symgrad.errors import Kind, StudentError
from symgrad.reading.slips.findings import Finding
from symgrad.reading.slips.messages import rule_of
from symgrad.reading.syntax.trees import Part, place
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
        message, hint = rule.message.format(finding), rule.hint.format(finding)
        return self.at(message, line, column, rule.kind, hint, rule.name)

    def at(
        self,
        message: str,
        line: int,
        column: int,
        kind: Kind = "syntax",
        hint: str = "",
        rule: str = "",
    ) -> StudentError:
        """An error at a place."""
        return StudentError(
            revealed(message),
            kind=kind,
            line=line,
            column=column,
            hint=revealed(hint),
            source=self.lines[line - 1] if 0 < line <= len(self.lines) else "",
            rule=rule,
        )
