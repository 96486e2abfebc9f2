"""Text to syntax tree: the lexical and syntactic half of reading, with every limit on size.

    text --limits--> characters --lexer--> tokens --LALR--> lark tree

Nothing here knows what a name means, and nothing imports SymPy, so that a text that is too large or
not the notation is refused within milliseconds. All limits hold before anything is built from the
tree, hence no later stage meets a deep recursion or a huge integer.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from symgrad.errors import StudentError
from symgrad.reading.slips.findings import Unbalanced
from symgrad.reading.syntax.complaints import explained
from symgrad.reading.syntax.grammar import grammar
from symgrad.reading.syntax.lookalikes import figures, plain
from symgrad.reading.syntax.source import Source
from symgrad.reading.syntax.trees import INNER, Node

MAX_CHARACTERS = 20_000
MAX_TOKENS = 12_000
MAX_DEPTH = 40
MAX_LOOPS = 12
MAX_DIGITS = 40
MAX_DECIMAL_EXPONENT = 300

PAIRS = {"(": ")", "[": "]", "{": "}"}
"""Opening brackets and what closes them."""

NESTING = {*INNER, "group", "bracket", "brace", "subscript", "choice", "negation", "exponent"}
"""Trees that hold an expression inside an expression."""


MAX_COUNTS = {"statement": 400, "comparison": 400, "step": 40}
"""How many trees of a kind one text may hold."""


def normalised(text: str) -> str:
    """The text with `\\n` alone between lines, and without look-alikes of its signs."""
    return plain(text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")


def check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise StudentError(
            f"the text has {len(text)} characters; at most {MAX_CHARACTERS} are read", kind="limit"
        )


def parse(text: str, source: Source | None = None) -> Node:
    """The syntax tree of a text; `source` holds the lines to show where they differ from it."""
    check_length(text)
    source = source or Source.of(text)
    _check_brackets(text, source)
    try:
        tree = grammar("notation.lark", "contextual", _Brackets).parse(text)
    except UnexpectedInput as error:
        raise _refusal(error, text, source) from None
    check_tree(tree, source)
    return tree


# --- tokens ------------------------------------------------------------------------------------


class _Brackets:
    """Inside brackets a line break is a blank, `=` compares and `:` makes a slice."""

    always_accept = ("_NEWLINE", "ASSIGN", "COLON", "SUPERSCRIPT")

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
            if token.type == "SUPERSCRIPT":
                yield from _raised(token)
            else:
                yield token


def _raised(token: Token) -> Iterator[Token]:
    """`x²` is x^2, `x⁻¹` x^-1, `Wᵀ` W.T."""
    if token == "ᵀ":
        yield Token.new_borrow_pos("ATTRIBUTE", ".T", token)
        return
    yield Token.new_borrow_pos("POWER", "^", token)
    if token[0] == "⁻":
        yield Token.new_borrow_pos("SIGN", "-", token)
    yield Token.new_borrow_pos("NUMBER", figures(token), token)


class _TooMany(UnexpectedInput):
    """More tokens than are read."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.line = token.line or 1
        self.column = token.column or 1


# --- limits ------------------------------------------------------------------------------------


def _check_brackets(text: str, source: Source) -> None:
    """Every bracket is closed by its own kind, and none lies too deep."""
    opened: list[tuple[str, int, int]] = []
    for line, row in enumerate(text.split("\n"), 1):
        for column, character in enumerate(row.partition("#")[0], 1):
            if character in PAIRS:
                opened.append((character, line, column))
                if len(opened) > MAX_DEPTH:
                    raise source.at(f"brackets nest deeper than {MAX_DEPTH}", line, column, "limit")
            elif character in ")]}":
                if not opened:
                    raise source.found(Unbalanced(closed=character), line, column)
                start, *_ = opened.pop()
                if PAIRS[start] != character:
                    raise source.found(Unbalanced(start, character, PAIRS[start]), line, column)
    if opened:
        start, line, column = opened[-1]
        raise source.found(Unbalanced(start, wanted=PAIRS[start]), line, column)


def check_tree(tree: Node, source: Source) -> None:
    """Depth, loops and numbers of a tree that parsed."""
    stack: list[tuple[Node, int]] = [(tree, 0)]
    counts = dict.fromkeys(MAX_COUNTS, 0)
    while stack:
        node, depth = stack.pop()
        if node.data in counts:
            counts[node.data] += 1
            if counts[node.data] > MAX_COUNTS[node.data]:
                raise source.error(f"more than {MAX_COUNTS[node.data]} {node.data}s", node, "limit")
        depth += node.data in NESTING
        if depth > MAX_DEPTH:
            raise source.error(f"expressions nest deeper than {MAX_DEPTH}", node, "limit")
        if node.data in ("loops", "group") and len(node.children) > MAX_LOOPS:
            raise source.error(
                f"{len(node.children)} entries in one list; at most {MAX_LOOPS} are read",
                node,
                "limit",
            )
        for child in reversed(node.children):
            if isinstance(child, Tree):
                stack.append((child, depth))
            elif isinstance(child, Token) and child.type == "NUMBER":
                _check_number(child, source)


def _check_number(token: Token, source: Source) -> None:
    mantissa, _, exponent = token.lower().partition("e")
    if len(mantissa) > MAX_DIGITS:
        raise source.error(f"a number of more than {MAX_DIGITS} digits", token, "limit")
    if exponent and not exponent.lstrip("+-").isdigit():
        raise source.error(f"{token} is no number", token)
    if exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_DECIMAL_EXPONENT):
        raise source.error(f"a decimal exponent beyond {MAX_DECIMAL_EXPONENT}", token, "limit")


def _refusal(error: UnexpectedInput, text: str, source: Source) -> StudentError:
    if isinstance(error, _TooMany):
        return source.at(
            f"more than {MAX_TOKENS} words and signs", error.line, error.column, "limit"
        )
    return explained(error, text, source)
