"""What the parser reports, as a finding: a character or a token that does not fit.

for b j: Z[b] += 1       the token `j` where a comma or a colon was expected
Z[b] += s[b]²            the character `²`, which begins no token
"""

from __future__ import annotations

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from symgrad.errors import StudentError
from symgrad.reading.findings import Strange, Surprise
from symgrad.reading.messages import CHARACTERS
from symgrad.reading.source import Source

NOUNS = {
    "_NEWLINE": "the end of the line",
    "$END": "the end of the text",
    "SEMICOLON": "';'",
    "COLON": "':'",
}

SIGNS = set("+-−*/^@%=<>:;,.()[]{}_·⋅×⊙√≤≥≠←…")
"""Characters of the notation, which can only be out of place."""


def explained(error: UnexpectedInput, text: str, source: Source) -> StudentError:
    """The parser's report as an error for the student."""
    line, column = max(error.line, 1), max(error.column, 1)
    if isinstance(error, UnexpectedCharacters):
        character = text.split("\n")[line - 1][column - 1 : column]
        if character in CHARACTERS or character not in SIGNS:
            return source.found(Strange(character), line, column)
        found, kind, expected = f"'{character}'", "", set(error.allowed or ())
    else:
        assert isinstance(error, UnexpectedToken)
        kind = error.token.type
        found = NOUNS.get(kind, f"'{error.token}'")
        expected = set(error.accepts or error.expected)
        if kind == "$END":
            line = len(source.lines)
        if kind in ("$END", "_NEWLINE"):
            column = len(source.lines[line - 1]) + 1
    before = source.lines[line - 1][: column - 1].rstrip()
    after = source.lines[line - 1][column - 1 :]
    surprise = Surprise(found, kind, frozenset(expected), before, after)
    return source.found(surprise, line, column)
