r"""The tokens of a LaTeX text, arranged as the lines that it shows.

    \begin{aligned} Z_b &= \sum_j \frac12 e^{s_{bj}} \\ p &= … \end{aligned}
    Z _ { b } = sum _ { j } FRAC {1} {2} e ^ { s _ { bj } }   ROW   p = …

Math signs, spaces and alignment go; environments become rows; what a command is applied to stands
in braces; a row that begins with an operator goes on with the row above it. Tokens keep their
places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lark import Token

from symgrad.reading.latex.commands import (
    AFTER_FOR,
    CHARACTERS,
    COMMANDS,
    DEFINING,
    WORDS,
    unread,
)
from symgrad.reading.latex.rows import CLOSING, PAIRED, Row, Rows, joined
from symgrad.reading.slips.findings import Prose, Unbalanced
from symgrad.reading.syntax.lookalikes import figures
from symgrad.reading.syntax.parse import MAX_DEPTH, MAX_TOKENS
from symgrad.reading.syntax.source import Source

ARGUMENTS = {"FRAC": 2, "SQRT": 1, "ACCENT": 1, "STYLE": 1}
"""How many arguments a command takes."""

_BOXED = re.compile(
    r"[A-Za-zͰ-Ͽ](?:[A-Za-z0-9Ͱ-Ͽ]|\\?_)*|\.[A-Za-z]+|[0-9]+|'+|[:,;.()=]|\\[, ]|\s+|~"
)
_CONTENT = re.compile(r"\{(.*)\}$", re.S)

SPELLED = {"arg max": "argmax", "arg\\,max": "argmax", "arg min": "argmin"}


class Layout:
    """Arranges the tokens of one text."""

    def __init__(self, source: Source, is_name: Callable[[str], bool]) -> None:
        self.source = source
        self.is_name = is_name

    def arrange(self, found: Iterator[Token]) -> Iterator[Token]:
        """The tokens that the grammar of LaTeX knows."""
        tokens = [one for token in self._limited(found) for one in self._meaning(token)]
        tokens = self._sequence(self._joined_names(tokens)[::-1], 0)
        last = Token("WORD", "")
        for n, row in enumerate(joined(self._rows(tokens))):
            if n:
                yield _made(last, "_ROW", "\n")
                if row.indented or row.defines:
                    yield _made(row.tokens[0], "WHERE" if row.defines else "INDENT", "")
            yield from row.tokens
            last = row.tokens[-1]

    def _limited(self, found: Iterator[Token]) -> list[Token]:
        tokens: list[Token] = []
        for token in found:
            if len(tokens) == MAX_TOKENS:
                raise self.source.error(f"more than {MAX_TOKENS} words and signs", token, "limit")
            tokens.append(token)
        return tokens

    # --- one token ---------------------------------------------------------------------------

    def _meaning(self, token: Token) -> Iterator[Token]:
        """The token by its kind, or nothing where it only spaces."""
        if token.type == "COMMAND":
            yield from self._command(token)
        elif token.type == "BOX":
            yield from self._boxed(token)
        elif token.type == "SIGNS":
            kind, value = CHARACTERS[token]
            yield _made(token, kind, value)
        elif token.type == "WORD":
            yield self._word(token)
        elif token.type == "UPDATE":
            yield _made(token, "UPDATE", next(c for c in token if c in "+-−*/") + "=")
        elif token.type == "SETOPEN":
            yield _made(token, "_SETOPEN", "{")
        elif token.type == "SETCLOSE":
            yield _made(token, "_SETCLOSE", "}")
        elif token.type == "SUPERSCRIPT":
            yield from self._raised(token)
        elif token.type not in ("SPACING", "TAG"):
            yield token

    def _raised(self, token: Token) -> Iterator[Token]:
        """`x²` is x^{2}, and `Wᵀ` is W^{\\top}."""
        yield _made(token, "SUP", "^")
        yield _made(token, "LBRACE", "{")
        if token[0] == "⁻":
            yield _made(token, "SIGN", "-")
        yield (
            _made(token, "NUMBER", figures(token))
            if token != "ᵀ"
            else _made(token, "TRANSPOSE", "top")
        )
        yield _made(token, "RBRACE", "}")

    def _command(self, token: Token) -> Iterator[Token]:
        row = COMMANDS.get(token) or COMMANDS.get(token.rstrip("*"))
        if row is None:
            raise self.source.wrong(unread(token), token)
        kind, value = row
        if kind == "PRIMES":
            value = "'"
        if kind != "NOTHING":
            yield _made(token, kind, value)
        elif value in ("left", "right"):
            yield _made(token, "SIDE", value)

    def _word(self, token: Token) -> Token:
        if token.lower() in DEFINING:
            return _made(token, "WHERE", token)
        kind = WORDS.get(token.lower()) if token.lower() != "to" else None
        return _made(token, kind, token.lower()) if kind else token

    def _boxed(self, token: Token) -> Iterator[Token]:
        r"""The words of a \text, each with its place."""
        content = _CONTENT.search(token)
        assert content is not None
        start = content.start(1)
        inner = content[1]
        if inner.strip() in SPELLED:
            yield _placed(token, "BIG", SPELLED[inner.strip()], start)
            return
        at, before = 0, ""
        while at < len(inner):
            match = _BOXED.match(inner, at)
            if match is None:
                where = _placed(token, "BOXED", inner, start + at)
                raise self.source.wrong(Prose(symbol=True), where)
            word = match[0].replace("\\", "")
            made = self._in_box(word, before)
            if made is not None:
                if made[0] == "BOXED" and before == "BOXED":
                    where = _placed(token, *made, start + at)
                    raise self.source.wrong(Prose(), where)
                yield _placed(token, *made, start + at)
                before = made[0]
            at = match.end()

    def _in_box(self, word: str, before: str) -> tuple[str, str] | None:
        if word.isspace() or (word in ("~", ",", " ", "") and word != ","):
            return None
        if word[0] == ".":
            return ("ATTRIBUTE", word) if len(word) > 1 else ("PERIOD", word)
        if word[0] in PUNCTUATION:
            return PUNCTUATION[word[0]], word
        if word.isdigit():
            return "NUMBER", word
        if before == "FOR" and word.lower() in AFTER_FOR:
            return None
        if word.lower() in DEFINING:
            return "WHERE", word
        kind = WORDS.get(word.lower())
        return (kind, "..") if kind == "RANGE" else (kind or "BOXED", word)

    # --- names and arguments -----------------------------------------------------------------

    def _joined_names(self, tokens: Sequence[Token]) -> list[Token]:
        """`x_grad` where it is a name: three tokens that touch become one."""
        out: list[Token] = []
        for token in tokens:
            name = f"{out[-2]}_{token}" if len(out) > 1 and out[-1].type == "SUB" else ""
            if (
                name
                and token.type == out[-2].type == "WORD"
                and len(token) > 1
                and out[-2].end_pos == out[-1].start_pos
                and out[-1].end_pos == token.start_pos
                and self.is_name(name)
            ):
                del out[-1]
                out[-1] = _made(out[-1], "BOXED", name)
            elif token.type in ("BOXED", "WORD") and self._is_dot(out):
                out[-1] = _made(out[-1], "ATTRIBUTE", f".{token}")
            elif token.type == "BIG" and out and out[-1].type == "ARG":
                out[-1] = _made(out[-1], "BIG", f"arg{token}")
            elif token in AFTER_FOR and out and out[-1].type == "FOR":
                continue
            else:
                out.append(token)
        return out

    def _is_dot(self, before: Sequence[Token]) -> bool:
        r"""Does a dot stand before this, which is not that of `\right.`?"""
        kinds = [one.type for one in before[-2:]]
        return kinds[-1:] == ["PERIOD"] and kinds[0] != "SIDE"

    def _sequence(self, rest: list[Token], depth: int, opened: Token | None = None) -> list[Token]:
        """What follows, up to the brace that closes; every argument in braces.

        x_i2 is x_{i} 2, and \\frac12 has two pairs of braces.
        """
        out: list[Token] = []
        while rest:
            token = rest.pop()
            if token.type == "RBRACE":
                if opened is None:
                    raise self.source.wrong(Unbalanced(closed="}"), token)
                return out
            out += self._taken(token, rest, depth)
        if opened is not None:
            raise self._unclosed(opened)
        return out

    def _taken(self, token: Token, rest: list[Token], depth: int) -> list[Token]:
        """A token with its arguments."""
        if depth > MAX_DEPTH:
            raise self.source.error(f"brackets nest deeper than {MAX_DEPTH}", token, "limit")
        if token.type == "LBRACE":
            inner = self._sequence(rest, depth + 1, token)
            return [token, *inner, _made(token, "RBRACE", "}")] if inner else []
        if token.type in ("SUB", "SUP"):
            return self._script(token, rest, depth)
        if token.type == "SUBSTACK":
            inner = self._argument(token, rest, depth)[1:-1]
            return [_made(one, "COMMA", ",") if one.type == "ROWEND" else one for one in inner]
        if token.type == "UNDERSET":
            below = self._argument(token, rest, depth)
            return [*self._argument(token, rest, depth)[1:-1], _made(token, "SUB", "_"), *below]
        taken = [] if token.type == "STYLE" else [token]
        if token.type == "SQRT" and rest and rest[-1].type == "LSQB":
            while rest and taken[-1].type != "RSQB":
                taken.append(rest.pop())
        for _ in range(ARGUMENTS.get(token.type, 0)):
            taken += self._argument(token, rest, depth)
        return taken

    def _script(self, token: Token, rest: list[Token], depth: int) -> list[Token]:
        """What is raised or lowered; raised primes are primes."""
        inner = self._argument(token, rest, depth)[1:-1]
        if len(inner) == 1 and inner[0] == "*":
            inner = [_made(inner[0], "STAR", "*")]
        primes: list[Token] = []
        while token.type == "SUP" and inner and inner[0].type == "PRIMES":
            primes.append(inner.pop(0))
        if primes and not inner:
            return primes
        marks = [*_in_braces(token, inner)]
        if token.type == "SUP" and len(inner) > 1 and _transposes(*inner[-2:]):
            marks = [*_in_braces(token, inner[:-1]), *_in_braces(token, inner[-1:])]
        return [*primes, *marks]

    def _argument(self, of: Token, rest: list[Token], depth: int) -> list[Token]:
        """The next argument, in braces: one sign, or what stands in braces."""
        while rest and rest[-1].type == "_NEWLINE":
            rest.pop()
        token = rest.pop() if rest else None
        if token is not None and token.type == "SIGN":
            raise self.source.error(
                "one sign alone is raised or lowered", token, hint="use braces, as in e^{-x}"
            )
        if token is None or (token.type in UNFIT and token != "*"):
            raise self._bare(of)
        if token.type in ("WORD", "NUMBER") and len(token) > 1:
            token, more = _split(token)
            rest.append(more)
        taken = self._taken(token, rest, depth + 1)
        if not taken:
            raise self._bare(of)
        if taken[0].type == "LBRACE" and token.type in ("LBRACE", "STYLE"):
            return taken
        return [_made(token, "LBRACE", "{"), *taken, _made(token, "RBRACE", "}")]

    def _bare(self, of: Token) -> Exception:
        """A command without what it is applied to."""
        if of.type == "FRAC":
            return self.source.error(f"\\{of} takes two arguments", of, hint=r"as in \frac{a}{b}")
        name = str(of) if of.type in ("SUB", "SUP") else f"\\{of}"
        return self.source.error(f"{name} has nothing to its right", of)

    def _unclosed(self, token: Token) -> Exception:
        return self.source.wrong(Unbalanced(str(token), wanted=PAIRED[token.type]), token)

    # --- rows --------------------------------------------------------------------------------

    def _rows(self, tokens: Sequence[Token]) -> list[Row]:
        """The lines that are shown, each bracket checked."""
        builder = Rows(self.source)
        for n, token in enumerate(tokens):
            builder.take(token, tokens[n + 1] if n + 1 < len(tokens) else None)
        builder.end()
        for opened in (*builder.open, *builder.math):
            raise self._unclosed(opened)
        return builder.rows


UNFIT = (
    {"SUB", "SUP", "ROWEND", "AMP", "MATH", "BEGIN", "END", "GAP", "SIDE", "COMMA", "COLON"}
    | {"SEMICOLON", "PERIOD", "ASSIGN", "UPDATE", "COMPARE", "TIMES", "RANGE"}
    | {*CLOSING.values()}
)
"""What is no argument."""

PUNCTUATION = {
    ":": "COLON", ",": "COMMA", ";": "SEMICOLON", "(": "LPAR", ")": "RPAR", "=": "ASSIGN",
    "'": "PRIMES",
}  # fmt: skip


def _in_braces(mark: Token, inner: Sequence[Token]) -> list[Token]:
    return [mark, _made(mark, "LBRACE", "{"), *inner, _made(mark, "RBRACE", "}")]


def _transposes(before: Token, last: Token) -> bool:
    r"""Is the end of a raised mark a transposition, p^{(b)\top} and p^{(b)T}?"""
    return last.type == "TRANSPOSE" or (before.type in ("RPAR", "RSQB") and last == "T")


def _made(token: Token, kind: str, value: str) -> Token:
    return Token.new_borrow_pos(kind, value, token)


def _placed(token: Token, kind: str, value: str, offset: int) -> Token:
    """A part of a token, at its own place."""
    return Token(
        kind,
        value,
        line=token.line,
        column=(token.column or 1) + offset,
        start_pos=(token.start_pos or 0) + offset,
        end_pos=(token.start_pos or 0) + offset + len(value),
        end_line=token.line,
    )


def _split(token: Token) -> tuple[Token, Token]:
    """The first character and the rest of a word or a number."""
    rest = token[1:]
    kind = "NUMBER" if rest[0].isdigit() or rest[0] == "." else "WORD"
    first = Token(token.type, token[0], token.start_pos, token.line, token.column, token.end_line)
    more = Token(
        kind, rest, (token.start_pos or 0) + 1, token.line, (token.column or 1) + 1, token.end_line
    )
    more.end_pos = token.end_pos
    return first, more
