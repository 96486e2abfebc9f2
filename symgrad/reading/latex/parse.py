r"""LaTeX to the syntax tree of the notation.

    text --lexer--> tokens --layout--> rows --LALR--> tree of LaTeX --lowering--> tree

What the names of the exercise mean decides how LaTeX is read: whether `W_1` is an array or an
element, `xz` a name or a product, `e` a number. The limits of the notation hold here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark import Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from symgrad.reading.latex.boxes import unboxed
from symgrad.reading.latex.equations import Equations
from symgrad.reading.latex.layout import Layout
from symgrad.reading.latex.lowering import Lowering
from symgrad.reading.latex.spellings import Spellings
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.slips.misfits import OPERANDS
from symgrad.reading.syntax.complaints import explained, misplaced
from symgrad.reading.syntax.grammar import fed, grammar
from symgrad.reading.syntax.parse import check_length, check_tree, parse
from symgrad.reading.syntax.source import Source
from symgrad.reading.syntax.trees import Node, as_node, entries, nodes, tokens
from symgrad.writing.names import canonical, protect

ONLY_LEXED = (
    "ROWEND BEGIN END TAG BOX MATH SETOPEN SETCLOSE DOUBLEBAR HASH UNDERSCORE SPACING COMMAND "
    "PERIOD SIGNS BAR AMP SEMICOLON COLON SUPERSCRIPT _NEWLINE"
)
"""What the lexer finds and the grammar does not name."""

_SIGN = re.compile(r"[\\$]")
_TRANSPOSITION = re.compile(r"\^\{?T\}?(?![A-Za-z0-9])")
_LONG_NAME = re.compile(r"_(?!\{|[^\W_](?!\w))")
_DECLARATION = re.compile(
    r"^[ \t]*(?:(?:input|output|loss|function)[ \t]+[^\W\d]|assume[ \t]+[^ \t=:←+*−-]).*$", re.M
)


def is_latex(text: str) -> bool:
    """Does a text hold a command or a formula of LaTeX, remarks aside?"""
    return any(_SIGN.search(line.partition("#")[0]) for line in text.split("\n"))


def may_be_latex(text: str) -> bool:
    """Does a text hold a transposition as both dialects write it, `W^T`?"""
    return any(_TRANSPOSITION.search(line.partition("#")[0]) for line in text.split("\n"))


def is_lowered(text: str) -> bool:
    """Are all indices of a text behind `_`, one letter or in braces, `Z_b` and `p_{bj}`?"""
    lines = [line.partition("#")[0] for line in text.split("\n")]
    return any("_" in line for line in lines) and not any(map(_LONG_NAME.search, lines))


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
    parser = grammar("latex.lark", "basic", _Kept)
    run = fed(parser)
    last = Token("WORD", "", 0, 1, 1)
    try:
        for last in Layout(source, names.known).arrange(parser.lex(text)):
            run.feed_token(last)
        return as_node(run.feed_eof(last))
    except UnexpectedToken as error:
        raise misplaced(_as_typed(error.token, text), _expected(run.accepts()), source) from None
    except UnexpectedInput as error:
        raise explained(error, text, source) from None


def _as_typed(token: Token, text: str) -> Token:
    """A token as the student typed it."""
    if token.type == "_ROW":
        return Token.new_borrow_pos("_NEWLINE", "\n", token)
    if token.start_pos is None or token.type == "$END":
        return token
    typed = text[token.start_pos : token.end_pos].split("\n")[0]
    return Token.new_borrow_pos(token.type, typed or str(token), token)


def _expected(accepted: set[str]) -> set[str]:
    """What the parser accepts, by the names that the notation has for it, too."""
    return accepted | OPERANDS if "WORD" in accepted else accepted


class _Kept:
    """Terminals that the grammar itself does not name: the layout has use for them."""

    always_accept = tuple(ONLY_LEXED.split())

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


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
