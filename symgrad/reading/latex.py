r"""LaTeX to the syntax tree of the notation.

    text --lexer--> tokens --layout--> rows --LALR--> tree of LaTeX --lowering--> tree

What the names of the exercise mean decides how LaTeX is read: whether `W_1` is an array or an
element, `xz` a name or a product, `e` a number. The limits of the notation hold here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from symgrad.reading.boxes import unboxed
from symgrad.reading.complaints import explained
from symgrad.reading.equations import Equations
from symgrad.reading.layout import Layout
from symgrad.reading.lowering import Lowering
from symgrad.reading.parse import check_length, check_tree, parse
from symgrad.reading.source import Source
from symgrad.reading.spellings import Spellings
from symgrad.reading.trees import Node, as_node, entries, nodes, tokens
from symgrad.reading.vocabulary import Vocabulary
from symgrad.writing.names import canonical, protect

ONLY_LEXED = (
    "ROWEND BEGIN END TAG BOX MATH SETOPEN SETCLOSE DOUBLEBAR HASH UNDERSCORE SPACING COMMAND "
    "PERIOD SIGNS BAR AMP SEMICOLON COLON SUPERSCRIPT _NEWLINE"
)
"""What the lexer finds and the grammar does not name."""

_SIGN = re.compile(r"[\\$]")
_TRANSPOSITION = re.compile(r"\^\{?T\}?(?![A-Za-z0-9])")
_DECLARATION = re.compile(
    r"^[ \t]*(?:(?:input|output|loss|function)[ \t]+[^\W\d]|assume[ \t]+[^ \t=:←+*−-]).*$", re.M
)


def is_latex(text: str) -> bool:
    """Does a text hold a command or a formula of LaTeX, remarks aside?"""
    return any(_SIGN.search(line.partition("#")[0]) for line in text.split("\n"))


def may_be_latex(text: str) -> bool:
    """Does a text hold a transposition as both dialects write it, `W^T`?"""
    return any(_TRANSPOSITION.search(line.partition("#")[0]) for line in text.split("\n"))


def parse_latex(text: str, vocabulary: Vocabulary) -> Node:
    """The tree of the notation that a LaTeX text means."""
    source = vocabulary.source
    check_length(text)
    declared = _declarations(text, vocabulary)
    names = Spellings(vocabulary)
    for line in declared:
        _note(line, names)
    text = _DECLARATION.sub(lambda match: " " * len(match[0]), text)
    tree = _parsed(unboxed(text), source, names)
    check_tree(tree, source)
    lowered = Equations(Lowering(names, source)).lower(tree)
    check_tree(lowered, source)
    return Tree("start", [*declared, *lowered.children])


def _parsed(text: str, source: Source, names: Spellings) -> Node:
    """The tree of LaTeX."""
    parser = _grammar()
    interactive = parser.parse_interactive("")
    last = Token("WORD", "", 0, 1, 1)
    try:
        for last in Layout(source, names.known).arrange(parser.lex(text)):
            interactive.feed_token(last)
        return as_node(interactive.feed_eof(last))  # type: ignore[no-untyped-call]
    except UnexpectedToken as error:
        accepted = interactive.accepts()  # type: ignore[no-untyped-call]
        raise explained(_as_typed(error, accepted, text), text, source) from None
    except UnexpectedInput as error:
        raise explained(error, text, source) from None


def _as_typed(error: UnexpectedToken, accepted: set[str], text: str) -> UnexpectedToken:
    """The parser's report with the token as the student typed it."""
    token = error.token
    if token.type == "_ROW":
        token = Token.new_borrow_pos("_NEWLINE", "\n", token)
    elif token.start_pos is not None and token.type != "$END":
        typed = text[token.start_pos : token.end_pos].split("\n")[0]
        token = Token.new_borrow_pos(token.type, typed or str(token), token)
    operands = {"NAME", "NUMBER", "LPAR"} if "WORD" in accepted else set()
    return UnexpectedToken(token, {*accepted, *operands})  # type: ignore[no-untyped-call]


class _Kept:
    """Terminals that the grammar itself does not name: the layout has use for them."""

    always_accept = tuple(ONLY_LEXED.split())

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    return Lark(
        files("symgrad.reading").joinpath("latex.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        postlex=_Kept(),
        maybe_placeholders=True,
        propagate_positions=True,
    )


# --- declarations ------------------------------------------------------------------------------


def _declarations(text: str, vocabulary: Vocabulary) -> list[Node]:
    """The declarations of a forward pass, which are those of the notation."""
    lines = text.split("\n")
    kept = "\n".join(line if _DECLARATION.match(line) else "" for line in lines)
    if not kept.strip():
        return []
    return nodes(parse(protect(kept, vocabulary.ranks), vocabulary.source))


def _note(line: Node, names: Spellings) -> None:
    """What a declaration makes known."""
    words = [canonical(str(token)) for token in tokens(line) if token.type == "NAME"]
    if line.data == "input":
        names.ranks[words[0]] = len(entries(next(iter(line.find_data("bracket")), None)))
        names.extents.update(words[1:])
    elif line.data == "function":
        names.functions[words[0]] = tuple(words[1:])
