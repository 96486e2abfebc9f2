"""The grammars of the dialects, each loaded once, as parsers of lark."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Literal, Protocol

from lark import Lark, Token


class Filter(Protocol):
    """What stands between lexer and parser; `always_accept` are terminals it takes anywhere."""

    always_accept: tuple[str, ...]

    def process(self, stream: Iterator[Token]) -> Iterator[Token]: ...


class Fed(Protocol):
    """A parser that is given token after token, with the types that lark leaves out."""

    def feed_token(self, token: Token) -> object: ...

    def feed_eof(self, last_token: Token) -> object: ...

    def accepts(self) -> set[str]: ...


@lru_cache
def grammar(file: str, lexer: Literal["basic", "contextual"], postlex: type[Filter]) -> Lark:
    """The parser of a grammar of this package, whose trees know where they stand."""
    return Lark(
        files("symgrad.reading.syntax").joinpath(file).read_text(encoding="utf-8"),
        parser="lalr",
        lexer=lexer,
        postlex=postlex(),
        maybe_placeholders=True,
        propagate_positions=True,
    )


def fed(parser: Lark) -> Fed:
    """A run of the parser that has read nothing yet."""
    return parser.parse_interactive("")
