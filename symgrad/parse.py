"""Text to syntax tree: the lexical and syntactic half of reading, with every limit on size.

    text --limits--> characters --lexer--> tokens --LALR--> lark tree

Nothing here knows what a name means, and nothing imports SymPy, so that a text that is too large or
not the notation is refused within milliseconds. All limits hold before anything is built from the
tree, hence no later stage meets a deep recursion or a huge integer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from symgrad.errors import Kind, StudentError

MAX_CHARACTERS = 20_000
MAX_TOKENS = 6_000
MAX_DEPTH = 40
MAX_LOOPS = 12
MAX_DIGITS = 40
MAX_DECIMAL_EXPONENT = 300

Node = Tree[Token]

PAIRS = {"(": ")", "[": "]", "{": "}"}
"""Opening brackets and what closes them."""

WORDS = {"for", "if", "else", "and", "or", "not", "in"}
"""Names that the grammar keeps for itself."""


@dataclass(frozen=True)
class Source:
    """The lines of a text, for errors that point into it."""

    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Source:
        return cls(tuple(text.split("\n")))

    def error(
        self, message: str, where: Token | Node | None, kind: Kind = "syntax", hint: str = ""
    ) -> StudentError:
        """An error at a token or at the first token of a tree."""
        line, column = place(where)
        return self.at(message, line, column, kind, hint)

    def at(
        self, message: str, line: int, column: int, kind: Kind = "syntax", hint: str = ""
    ) -> StudentError:
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return StudentError(
            message, kind=kind, line=line, column=column, hint=hint, source=source
        )


def place(where: Token | Node | None) -> tuple[int, int]:
    """Line and column, from 1, of a token or of the first token of a tree."""
    token = where if isinstance(where, Token) else next(tokens(where), None)
    if token is None or token.line is None or token.column is None:
        return 1, 1
    return token.line, token.column


def tokens(tree: Node | None) -> Iterator[Token]:
    """The tokens of a tree from the left."""
    stack: list[Token | Node | None] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Token):
            yield node
        elif node is not None:
            stack.extend(reversed(node.children))


def normalised(text: str) -> str:
    """The text with `\\n` alone between lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").lstrip("\ufeff")


def parse(text: str, source: Source | None = None) -> Node:
    """The syntax tree of a text; `source` holds the lines to show where they differ from it."""
    if len(text) > MAX_CHARACTERS:
        raise StudentError(
            f"the text has {len(text)} characters; at most {MAX_CHARACTERS} are read", kind="limit"
        )
    source = source or Source.of(text)
    _check_brackets(text, source)
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise _explained(error, text, source) from None
    _check_tree(tree, source)
    return tree


# --- the grammar -------------------------------------------------------------------------------


class _Brackets:
    """Inside brackets a line break is a blank, `=` compares and `:` makes a slice."""

    always_accept = ("_NEWLINE", "ASSIGN", "COLON")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for count, token in enumerate(stream):
            if count >= MAX_TOKENS:
                raise _TooMany(token)
            if token.type in ("LPAR", "LSQB", "LBRACE", "SUBSCRIPT"):
                depth += 1
            elif token.type in ("RPAR", "RSQB", "RBRACE"):
                depth -= 1
            elif depth and token.type == "_NEWLINE":
                continue
            elif depth and token.type == "ASSIGN":
                token = token.update(type="COMPARE", value="==")
            elif depth and token.type == "COLON":
                token = token.update(type="SLICE")
            yield token


class _TooMany(UnexpectedInput):
    """More tokens than are read."""

    def __init__(self, token: Token) -> None:
        super().__init__()
        self.token = token
        self.line = token.line or 1
        self.column = token.column or 1


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    return Lark(
        files("symgrad").joinpath("notation.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="contextual",
        postlex=_Brackets(),
        maybe_placeholders=True,
    )


# --- limits ------------------------------------------------------------------------------------


def _check_brackets(text: str, source: Source) -> None:
    """Every bracket is closed by its own kind, and none lies too deep."""
    opened: list[tuple[str, int, int]] = []
    for line, row in enumerate(text.split("\n"), 1):
        for column, character in enumerate(row.partition("#")[0], 1):
            if character in PAIRS:
                opened.append((character, line, column))
                if len(opened) > MAX_DEPTH:
                    raise source.at(
                        f"brackets nest deeper than {MAX_DEPTH}", line, column, "limit"
                    )
            elif character in ")]}":
                if not opened:
                    raise source.at(f"this '{character}' closes nothing", line, column)
                start, *_ = opened.pop()
                if PAIRS[start] != character:
                    raise source.at(
                        f"'{character}' closes a '{start}'",
                        line,
                        column,
                        hint=f"did you mean '{PAIRS[start]}'?",
                    )
    if opened:
        start, line, column = opened[-1]
        raise source.at(
            f"this '{start}' is never closed", line, column, hint=f"did you forget '{PAIRS[start]}'?"
        )


def _check_tree(tree: Node, source: Source) -> None:
    """Depth, loops and numbers of a tree that parsed."""
    stack: list[tuple[Node, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > DEPTH_OF_TREE:
            raise source.error("the expression nests too deep", node, "limit")
        if node.data in ("loops", "group") and len(node.children) > MAX_LOOPS:
            raise source.error(
                f"{len(node.children)} entries in one list; at most {MAX_LOOPS} are read",
                node,
                "limit",
            )
        for child in node.children:
            if isinstance(child, Tree):
                stack.append((child, depth + 1))
            elif isinstance(child, Token) and child.type == "NUMBER":
                _check_number(child, source)


DEPTH_OF_TREE = 6 * MAX_DEPTH
"""A bracket costs up to six levels of the tree."""


def _check_number(token: Token, source: Source) -> None:
    mantissa, _, exponent = token.lower().partition("e")
    if len(mantissa) > MAX_DIGITS:
        raise source.error(f"a number of more than {MAX_DIGITS} digits", token, "limit")
    if exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_DECIMAL_EXPONENT):
        raise source.error(
            f"a decimal exponent beyond {MAX_DECIMAL_EXPONENT}", token, "limit"
        )


# --- messages ----------------------------------------------------------------------------------


LATEX = "LaTeX is not read yet; write plain text, as in `p[b, j] = exp(s[b, j]) / Z[b]`"

CHARACTERS: dict[str, tuple[str, str]] = {
    "\\": ("a command of LaTeX", LATEX),
    "$": ("a formula of LaTeX", LATEX),
    "&": ("'&' is not the notation", "between conditions write `and`"),
    "|": ("'|' is not the notation", "write abs(x), or `or` between conditions"),
    "!": ("'!' is not the notation", "write != or `not`"),
    "?": ("'?' is not the notation", "a choice is written `a if c else b`"),
    "²": ("a raised figure is not read", "write x^2"),
    "³": ("a raised figure is not read", "write x^3"),
    "'": ("a prime belongs directly behind a name", "x' is a name, g'(x) a derivative"),
    '"': ("quotation marks are not the notation", ""),
    "~": ("'~' is not the notation", "write `not`"),
    "∏": ("products over a range are not read", ""),
}
"""What to say of a character that begins no token."""

NOUNS = {
    "_NEWLINE": "the end of the line",
    "$END": "the end of the text",
    "SEMICOLON": "';'",
    "COLON": "':'",
}

OPERANDS = {"NAME", "NUMBER", "LPAR"}
"""What is expected wherever an expression may begin."""


def _explained(error: UnexpectedInput, text: str, source: Source) -> StudentError:
    line, column = max(error.line, 1), max(error.column, 1)
    if isinstance(error, _TooMany):
        return source.at(f"more than {MAX_TOKENS} words and signs", line, column, "limit")
    if isinstance(error, UnexpectedCharacters):
        found = text.split("\n")[line - 1][column - 1 : column]
        message, hint = CHARACTERS.get(found, ("", ""))
        if not message and (found.isalnum() or not found.isprintable() or found not in _SIGNS):
            return source.at(f"the character {found!r} is not the notation", line, column)
        if message:
            return source.at(message, line, column, hint=hint)
        return _unexpected(f"'{found}'", set(error.allowed or ()), line, column, source)
    assert isinstance(error, UnexpectedToken)
    token = error.token
    if token.type == "$END":
        line, column = len(source.lines), len(source.lines[-1]) + 1
    elif token.type == "_NEWLINE":
        column = len(source.lines[line - 1]) + 1
    found = NOUNS.get(token.type, f"'{token}'")
    return _unexpected(found, set(error.accepts or error.expected), line, column, source, token)


_SIGNS = set("+-−*/^@%=<>:;,.()[]{}_·⋅×⊙√≤≥≠←…")


def _unexpected(
    found: str,
    expected: set[str],
    line: int,
    column: int,
    source: Source,
    token: Token | None = None,
) -> StudentError:
    row = source.lines[line - 1] if line <= len(source.lines) else ""
    before = row[: column - 1].rstrip()
    for applies, message, hint in _CASES:
        if applies(found, expected, before, token):
            return source.at(
                message.format(found=found, before=_last_sign(before)), line, column, hint=hint
            )
    return source.at(f"{found} does not fit here", line, column)


def _last_sign(before: str) -> str:
    return f"'{before[-1:]}'" if before else "the beginning of the line"


def _header(before: str) -> bool:
    return before.lstrip().startswith("for ")


_CASES = [
    (
        lambda found, expected, before, token: before.endswith(":") and "NAME" in expected
        and found.startswith("the end"),
        "the loop has no statement",
        "write its statements on the same line, separated by ';'",
    ),
    (
        lambda found, expected, before, token: token is not None
        and token.type in ("ASSIGN", "UPDATE")
        and _header(before)
        and ":" not in before,
        "{found} inside the head of a loop",
        "after a range or a condition the head ends with ':', and conditions are written ==",
    ),
    (
        lambda found, expected, before, token: token is not None
        and token.type == "ASSIGN"
        and before.lstrip().startswith(("assume ", "if ")),
        "'=' inside a condition",
        "an equation is written ==",
    ),
    (
        lambda found, expected, before, token: token is not None
        and token.type == "COMPARE"
        and "ASSIGN" in expected,
        "{found} where the statement should assign",
        "write = to assign; == compares",
    ),
    (
        lambda found, expected, before, token: "ASSIGN" in expected and "UPDATE" in expected,
        "{found} where a statement goes on with =, +=, -= or *=",
        "a statement looks like `Z[b] += exp(s[b, j])`; prose is not read",
    ),
    (
        lambda found, expected, before, token: token is not None
        and token.type in ("ASSIGN", "UPDATE"),
        "{found} does not fit here",
        "did you forget a line break or ';' between two statements?",
    ),
    (
        lambda found, expected, before, token: OPERANDS <= expected and "TIMES" not in expected,
        "an expression is missing between {before} and {found}",
        "",
    ),
    (
        lambda found, expected, before, token: expected <= {"NAME", "FOR", "_NEWLINE", "IF"}
        and "NAME" in expected,
        "a name is expected here, not {found}",
        "",
    ),
    (
        lambda found, expected, before, token: found == "':'",
        "':' does not fit here",
        "a loop begins with `for`",
    ),
]
"""Which message fits: the first row whose test holds, with a hint."""
