"""What the parser reports, as a finding: a character or a token that does not fit.

for b j: Z[b] += 1       the token `j` where a comma or a colon was expected
Z[b] += s[b]²            the character `²`, which begins no token
"""

from __future__ import annotations

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from symgrad.errors import StudentError
from symgrad.reading.slips.characters import CHARACTERS
from symgrad.reading.slips.findings import Strange, Surprise
from symgrad.reading.syntax.source import Source
from symgrad.reading.syntax.trees import place

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
    if isinstance(error, UnexpectedToken):
        return misplaced(error.token, set(error.accepts or error.expected), source)
    assert isinstance(error, UnexpectedCharacters)
    line, column = max(error.line, 1), max(error.column, 1)
    character = text.split("\n")[line - 1][column - 1 : column]
    if character in CHARACTERS or character not in SIGNS:
        return source.found(Strange(character), line, column)
    return _surprise(f"'{character}'", "", set(error.allowed or ()), source, (line, column))


def misplaced(token: Token, expected: set[str], source: Source) -> StudentError:
    """A token where the parser expected others."""
    line, column = place(token)
    if token.type == "$END":
        line = len(source.lines)
    if token.type in ("$END", "_NEWLINE"):
        column = len(source.lines[line - 1]) + 1
    found = NOUNS.get(token.type, f"'{token}'")
    return _surprise(found, token.type, expected, source, (line, column))


def _surprise(
    found: str, kind: str, expected: set[str], source: Source, at: tuple[int, int]
) -> StudentError:
    line, column = at
    before = source.lines[line - 1][: column - 1].rstrip()
    after = source.lines[line - 1][column - 1 :]
    return source.found(Surprise(found, kind, frozenset(expected), before, after), line, column)
