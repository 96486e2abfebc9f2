"""What is said of a text that is not the notation: where, what was expected, what to do.

The parser reports a character or a token that does not fit and what would have; the first row of
`CASES` whose test holds turns that into a sentence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from symgrad.errors import StudentError
from symgrad.reading.source import Source

DASH = ("a dash is not a minus sign", "write -")

STAR = ("this sign is not the notation", "a product is written a * b, a·b or a b")

CHARACTERS: dict[str, tuple[str, str]] = {
    "\\": ("this '\\' begins no command", ""),
    "&": ("'&' is not the notation", "between conditions write `and`"),
    "|": ("'|' is not the notation", "write abs(x), or `or` between conditions"),
    "!": ("'!' is not the notation", "write != or `not`"),
    "?": ("'?' is not the notation", "a choice is written `a if c else b`"),
    "²": ("a raised figure is not read", "write x^2"),
    "³": ("a raised figure is not read", "write x^3"),
    "'": ("a prime belongs directly behind a name", "x' is a name, g'(x) a derivative"),
    '"': ("quotation marks are not the notation", ""),
    "~": ("'~' is not the notation", "write `not`"),
    "—": DASH,
    "•": STAR,
    "÷": ("'÷' is not the notation", "write a / b"),
    "∛": ("'∛' is not the notation", "write x^(1/3)"),
    "𝟙": ("'𝟙' is not the notation", "a condition as a number is written 1{x > 0} or [x > 0]"),
    "∧": ("'∧' is not the notation", "between conditions write `and`"),
    "∨": ("'∨' is not the notation", "between conditions write `or`"),
    "¬": ("'¬' is not the notation", "write `not`"),
    "∞": ("infinity is not a number of the notation", ""),
    "\t": ("a tab does not fit here", ""),
    "∏": ("products over a range are not read", ""),
}
"""What to say of a character that begins no token."""

NOUNS = {
    "_NEWLINE": "the end of the line",
    "$END": "the end of the text",
    "SEMICOLON": "';'",
    "COLON": "':'",
}

SIGNS = set("+-−*/^@%=<>:;,.()[]{}_·⋅×⊙√≤≥≠←…")
"""Characters of the notation, which can only be out of place."""

OPERANDS = {"NAME", "NUMBER", "LPAR"}
"""What is expected wherever an expression may begin."""


@dataclass(frozen=True)
class Surprise:
    """What was found instead of what was expected; `kind` names the token, if it is one."""

    found: str
    kind: str
    expected: frozenset[str]
    before: str
    after: str = ""

    @property
    def last(self) -> str:
        return f"'{self.before[-1]}'" if self.before else "the beginning of the line"

    def within(self, *keywords: str) -> bool:
        """Does the line begin with one of these words, its `:` still to come?"""
        return self.before.lstrip().startswith(keywords) and ":" not in self.before

    @property
    def in_loops(self) -> bool:
        """Is this the head of a loop, no range or condition in it yet?"""
        words = self.before.replace(",", " ").split()
        return self.within("for ") and not {"in", "∈", "if"} & {*words}

    @property
    def assigns(self) -> bool:
        return self.kind in ("ASSIGN", "UPDATE")


CASES: list[tuple[Callable[[Surprise], bool], str, str]] = [
    (
        lambda it: it.before.endswith(":") and it.found.startswith("the end"),
        "the loop has no statement",
        "write its statements behind it, separated by ';', or indented below it",
    ),
    (
        lambda it: it.kind == "ASSIGN" and it.in_loops and ".." in it.after + it.before,
        "{0.found} inside the head of a loop",
        "a range is written as in `for n in 1..N: …`",
    ),
    (
        lambda it: it.kind == "COLON" and it.within("for "),
        "{0.found} does not fit the head of this loop",
        "commas separate indices, and ranges are written 1..N: `for b, j in 1..J: …`",
    ),
    (
        lambda it: it.found == "','" and it.before.startswith(("input ", "output ", "loss ")),
        "{0.found} does not fit here",
        "one name a line",
    ),
    (
        lambda it: it.found == "','" and it.before[-1:].isdigit() and it.after[1:2].isdigit(),
        "{0.found} inside a number",
        "decimals are written with a point, 0.5",
    ),
    (
        lambda it: it.found == "'<'" and it.after.startswith("<-"),
        "'<-' is not the notation",
        "assign with =, := or ←",
    ),
    (
        lambda it: it.assigns and it.within("for "),
        "{0.found} inside the head of a loop",
        "after a range or a condition the head ends with ':', and conditions are written ==",
    ),
    (
        lambda it: it.kind == "ASSIGN" and it.within("assume ", "if "),
        "'=' inside a condition",
        "an equation is written ==",
    ),
    (
        lambda it: it.kind == "COMPARE" and "ASSIGN" in it.expected,
        "{0.found} where the statement should assign",
        "write = to assign; == compares",
    ),
    (
        lambda it: "ELSE" in it.expected,
        "{0.found} where `else` is expected",
        "a choice is written `a if c else b`",
    ),
    (
        lambda it: it.expected >= {"ASSIGN", "UPDATE"},
        "{0.found} where a statement goes on with =, +=, -= or *=",
        "a statement looks like `Z[b] += exp(s[b, j])`; prose is not read",
    ),
    (
        lambda it: it.expected >= OPERANDS and "TIMES" not in it.expected,
        "an expression is missing between {0.last} and {0.found}",
        "",
    ),
    (
        lambda it: it.assigns,
        "{0.found} does not fit here",
        "did you forget a line break or ';' between two statements?",
    ),
    (
        lambda it: "NAME" in it.expected and it.expected <= {"NAME", "FOR", "_NEWLINE", "IF"},
        "a name is expected here, not {0.found}",
        "",
    ),
    (
        lambda it: it.kind == "COLON",
        "':' does not fit here",
        "a loop begins with `for`",
    ),
    (lambda it: True, "{0.found} does not fit here", ""),
]
"""Which sentence and hint fit: the first row whose test holds."""


def explained(error: UnexpectedInput, text: str, source: Source) -> StudentError:
    """The parser's report as an error for the student."""
    line, column = max(error.line, 1), max(error.column, 1)
    if isinstance(error, UnexpectedCharacters):
        character = text.split("\n")[line - 1][column - 1 : column]
        if character in CHARACTERS or character not in SIGNS:
            message, hint = CHARACTERS.get(character) or _strange(character)
            return source.at(message, line, column, hint=hint)
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
    message, hint = next((row[1], row[2]) for row in CASES if row[0](surprise))
    return source.at(message.format(surprise), line, column, hint=hint)


def _strange(character: str) -> tuple[str, str]:
    """What to say of a character that no table knows: its code where it cannot be seen."""
    kind = unicodedata.category(character) if character else "Cc"
    if kind.startswith("M") or " 03" in unicodedata.decomposition(character):
        return "an accent on a letter is not read", "write it out, as in xhat or xbar"
    if kind.startswith(("C", "Z")):
        code = f"U+{ord(character):04X}" if character else "at the end"
        return f"an invisible character ({code}) is not the notation", "delete it"
    return f"the character {character!r} is not the notation", ""
