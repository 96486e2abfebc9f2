"""The lines of a text, for errors that point into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lark import Token, Tree

from symgrad.errors import Kind, StudentError

Node: TypeAlias = Tree[Token]
Part: TypeAlias = Token | Node
"""What a syntax tree is made of."""


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
        return StudentError(message, kind=kind, line=line, column=column, hint=hint, source=source)


def place(where: Token | Node | None) -> tuple[int, int]:
    """Line and column, from 1, of a token or of the first token of a tree."""
    if isinstance(where, Tree) and not where.meta.empty:
        return where.meta.line, where.meta.column
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
