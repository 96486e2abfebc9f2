r"""The rows of a LaTeX text: what is shown on one line.

    a &= b \\\\ &\quad + c        a = b + c
    \[ a = b, \quad c = d. \]     a = b  GAP  c = d

A row ends with `\\\\` or with its environment, outside of mathematics with its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lark import Token

from symgrad.reading.latex.commands import ROWS, TABLES
from symgrad.reading.slips.findings import Unbalanced
from symgrad.reading.syntax.parse import MAX_DEPTH
from symgrad.reading.syntax.source import Source

CLOSING = {
    "LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE", "_SETOPEN": "_SETCLOSE",
    "LFLOOR": "_RFLOOR", "LCEIL": "_RCEIL", "LBAR": "_RBAR", "LNORM": "_RNORM",
    "LANGLE": "_RANGLE", "EVALUATED": "_BAREND", "CASES": "_ENDTABLE", "MATRIX": "_ENDTABLE",
}  # fmt: skip
"""What opens and what closes it."""

PAIRED = {"MATH": "$", "BEGIN": "\\end"} | {
    start: {"RPAR": ")", "RSQB": "]", "RBRACE": "}", "_SETCLOSE": "\\}", "_RBAR": "|",
            "_RFLOOR": "\\rfloor", "_RCEIL": "\\rceil", "_RNORM": "\\|", "_RANGLE": "\\rangle",
            "_BAREND": "\\right|",
            "_ENDTABLE": "\\end"}[end]
    for start, end in CLOSING.items()
}  # fmt: skip
"""What is missing where something is never closed."""

OPERANDS = {
    "WORD", "LETTER", "BOXED", "NUMBER", "RPAR", "RSQB", "RBRACE", "_SETCLOSE", "_RFLOOR", "_RCEIL",
    "_RBAR", "_RNORM", "_RANGLE", "_BAREND", "_ENDTABLE", "PRIMES", "ATTRIBUTE", "TRANSPOSE",
}  # fmt: skip
"""With what an expression may end."""

JOINING = {"SIGN", "TIMES", "ASSIGN", "UPDATE", "COMPARE", "RANGE", "COMMA"}
"""What stands between two expressions, and never begins a row of its own."""

DISPLAYS = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
"""What begins mathematics and what ends it."""

STOPS = {"PERIOD", "COMMA", "GAP", "COLON", "SEMICOLON"}
"""What may end a row without meaning."""


@dataclass
class Row:
    """One line as it is shown; `fresh` are the tokens that begin a line of the text in it.

    defines: does it stand behind a `where`?
    """

    tokens: list[Token] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)
    column: int = 0
    typed: bool = False
    indented: bool = False
    defines: bool = False


class Rows:
    """Collects the rows of one text, token by token."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.rows: list[Row] = []
        self.row = Row()
        self.open: list[Token] = []
        self.math: list[Token] = []
        self.side = ""
        self.closing = ""
        self.fresh = True
        self.remark = False
        self.condition = False

    def take(self, token: Token, following: Token | None) -> None:
        kind = token.type
        if self.side and kind == "PERIOD":
            self._unseen(token)
            self.side = ""
            return
        if kind not in ("_NEWLINE", "ROWEND") and not self.row.column:
            self.row.column = token.column or 1
            self.row.typed = not self.math and self.fresh
        if kind == "SIDE":
            self.side = str(token)
            return
        handle = HANDLERS.get(kind)
        if handle is not None:
            handle(self, token, following)
        elif not self.remark:
            self._keep(token)
        self.side = ""

    def _unseen(self, token: Token) -> None:
        r"""`\left.` before `\right|_{x = a}`, and `\right.` behind cases."""
        if self.side == "left":
            self._keep(_as(token, "EVALUATED"))
        elif not self.row.tokens or self.row.tokens[-1].type != "_ENDTABLE":
            raise self.source.error("a bracket that is not seen", token, hint="delete it")

    @property
    def inside(self) -> str:
        """What the innermost open bracket is."""
        return self.open[-1].type if self.open else ""

    def end(self) -> None:
        """The row is complete."""
        self.remark = self.condition = False
        row, self.row = self.row, Row()
        if not row.tokens:
            self.row.defines = row.defines
            return
        self._check_lines(row)
        _trim(row)
        if row.tokens:
            self.rows.append(row)

    def _defining(self, token: Token, following: Token | None) -> None:
        """`where` behind a formula; `where(c, a, b)` is a function."""
        before = self.row.tokens[-1].type if self.row.tokens else "GAP"
        called = following is not None and following.type == "LPAR"
        if self.open or called or before in JOINING - {"COMMA"}:
            self._keep(_as(token, "BOXED"))
            return
        self.end()
        self.row.defines = True

    def _keep(self, token: Token) -> None:
        """A token that means something, by where it stands."""
        kind = token.type
        if kind in CLOSING:
            self.open.append(token)
            if len(self.open) > MAX_DEPTH:
                raise self.source.error(f"brackets nest deeper than {MAX_DEPTH}", token, "limit")
        elif kind == self.closing and self.row.tokens[-1].type == "_ENDTABLE":
            self.closing = ""
            return
        elif kind in ENDS:
            self._close(token)
        elif kind == "COMMA" and self.row.tokens and self.row.tokens[-1].type == "RANGE":
            return
        elif kind == "RANGE" and self.row.tokens and self.row.tokens[-1].type == "COMMA":
            self.row.tokens.pop()
        elif kind in ("IF", "ELSE", "FOR") and self.inside == "CASES":
            self._drop("COMMA")
            token = _as(token, "ELSE" if kind == "ELSE" else "IF")
        elif kind == "IF":
            self.condition = not self.open
        elif kind in ("ELSE", "COMMA"):
            self.condition = False
        elif kind == "ASSIGN" and (self.open or self.condition):
            token = Token.new_borrow_pos("COMPARE", "==", token)
        self.row.tokens.append(token)

    def _drop(self, *kinds: str) -> None:
        if self.row.tokens and self.row.tokens[-1].type in kinds:
            self.row.tokens.pop()

    def _close(self, token: Token) -> None:
        if not self.open:
            raise self.source.wrong(Unbalanced(closed=str(token)), token)
        opened = self.open.pop()
        if CLOSING[opened.type] != token.type:
            closed = Unbalanced(str(opened), str(token), PAIRED[opened.type])
            raise self.source.wrong(closed, token)

    # --- signs that mean something by where they stand -----------------------------------------

    def _math(self, token: Token, following: Token | None) -> None:
        if self.open:
            raise self.source.error(
                f"'{token}' inside of brackets", token, hint="is a bracket before it not closed?"
            )
        if self.math and DISPLAYS.get(self.math[-1]) == token:
            self.math.pop()
        elif token in DISPLAYS:
            self.math.append(token)
        else:
            raise self.source.wrong(Unbalanced(closed=str(token)), token)
        if token in ("$", "\\(", "\\)"):
            self.row.tokens.append(_as(token, "GAP"))
        else:
            self.end()

    def _begin(self, token: Token, following: Token | None) -> None:
        name = _environment(token)
        if name in TABLES:
            self._keep(Token.new_borrow_pos(TABLES[name], name, token))
        elif name == "array" and self.open and self._opened_just_now():
            self._table(token)
        elif name in ROWS and not self.open:
            self.math.append(token)
            if following is not None and following.type not in ("AMP", "GAP", "_NEWLINE"):
                self.row.typed = False
        else:
            what = "inside of brackets" if name in ROWS else "is not read"
            raise self.source.error(f"the environment {name} {what}", token)

    def _opened_just_now(self) -> bool:
        return self.row.tokens[-1:] == self.open[-1:] and self.inside in ARRAYS

    def _table(self, token: Token) -> None:
        r"""`\left\{ \begin{array}` is cases, and `\left( \begin{array}` a matrix."""
        opened = self.open.pop()
        self.row.tokens.pop()
        self._keep(Token.new_borrow_pos(ARRAYS[opened.type], "array", opened))
        self.closing = CLOSING[opened.type]

    def _end(self, token: Token, following: Token | None) -> None:
        name = _environment(token)
        if name in TABLES or (name == "array" and self.inside in ("CASES", "MATRIX")):
            self._drop("_ROWSEP", "COMMA", "PERIOD")
            self._keep(Token.new_borrow_pos("_ENDTABLE", name, token))
        elif self.math and self.math[-1].type == "BEGIN" and _environment(self.math[-1]) == name:
            self.math.pop()
            self.end()
        else:
            raise self.source.wrong(Unbalanced(closed=f"\\end{{{name}}}"), token)

    def _row_end(self, token: Token, following: Token | None) -> None:
        if self.inside in ("CASES", "MATRIX"):
            self._drop("COMMA", "PERIOD")
            self.row.tokens.append(_as(token, "_ROWSEP"))
        elif not self.open:
            self.end()
            self.fresh = False

    def _newline(self, token: Token, following: Token | None) -> None:
        if self.open:
            return
        if self.math:
            self.row.fresh.append(len(self.row.tokens))
        else:
            self.end()
            self.fresh = True

    def _ampersand(self, token: Token, following: Token | None) -> None:
        kind = following.type if following is not None else ""
        if self.inside == "MATRIX":
            self.row.tokens.append(_as(token, "_CELL"))
        elif self.inside == "CASES":
            self._drop("COMMA")
            if kind not in ("IF", "ELSE", "FOR", "GAP"):
                self.row.tokens.append(_as(token, "IF"))
        elif not self.open:
            self.row.tokens.append(_as(token, "GAP"))

    def _bar(self, token: Token, following: Token | None) -> None:
        if token.type == "BAR" and self.inside == "EVALUATED" and self.side == "right":
            self._keep(_as(token, "_BAREND"))
            return
        left, right = ("LBAR", "_RBAR") if token.type == "BAR" else ("LNORM", "_RNORM")
        ended = bool(self.row.tokens) and self.row.tokens[-1].type in OPERANDS
        closes = self.inside == left and ended and self.side != "left"
        self._keep(_as(token, right if closes or self.side == "right" else left))

    def _gap(self, token: Token, following: Token | None) -> None:
        if token.type == "COLON" and self.open:
            self._keep(_as(token, "SLICE"))
        elif not self.open and not self.remark:
            self.condition = False
            self.row.tokens.append(_as(token, "GAP"))

    def _remark(self, token: Token, following: Token | None) -> None:
        self.remark = True

    def _check_lines(self, row: Row) -> None:
        r"""Two statements on two lines of a formula, without the end of a row between them."""
        for n, start in enumerate(row.fresh):
            before, after = row.tokens[:start], row.tokens[start:]
            if not before or not after or before[-1].type not in OPERANDS:
                continue
            if after[0].type in JOINING | {"FOR", "IF", "ELSE", "GAP"}:
                continue
            more = row.fresh[n + 1] - start if n + 1 < len(row.fresh) else None
            if _assigns(before) and _assigns(after[:more]):
                raise self.source.error(
                    "two statements on one line of the formula",
                    after[0],
                    hint=r"end the first one with \\",
                )


ENDS = {*CLOSING.values()}

ARRAYS = {"_SETOPEN": "CASES", "LPAR": "MATRIX", "LSQB": "MATRIX"}
"""What an `array` is by the bracket before it."""

HANDLERS = {
    "MATH": Rows._math,
    "BEGIN": Rows._begin,
    "END": Rows._end,
    "ROWEND": Rows._row_end,
    "_NEWLINE": Rows._newline,
    "AMP": Rows._ampersand,
    "BAR": Rows._bar,
    "DOUBLEBAR": Rows._bar,
    "GAP": Rows._gap,
    "COLON": Rows._gap,
    "SEMICOLON": Rows._gap,
    "HASH": Rows._remark,
    "WHERE": Rows._defining,
}
"""What is done with the signs that mean something by where they stand."""


def joined(rows: Sequence[Row]) -> list[Row]:
    """The rows; those that go on with the row above are joined to it."""
    found: list[Row] = []
    column = 0
    for row in rows:
        if found and (row.tokens[0].type in JOINING or found[-1].tokens[-1].type in JOINING):
            found[-1].tokens += row.tokens
            continue
        if row.typed:
            row.indented |= bool(found) and row.column > column
            column = column if row.indented else row.column
        found.append(row)
    return found


def _trim(row: Row) -> None:
    """Gaps only between two things; no equation number, no sign at the end of a sentence."""
    kept: list[Token] = []
    for n, token in enumerate(row.tokens):
        if token.type == "GAP":
            after = next((one.type for one in row.tokens[n + 1 :] if one.type != "GAP"), "")
            if not kept:
                row.indented = row.indented or token not in ("$", "&")
            elif kept[-1].type == "COMMA" and after:
                kept[-1] = token
            elif kept[-1].type in OPERANDS and after not in JOINING | {"IF", "ELSE"}:
                kept.append(token)
        else:
            kept.append(token)
    while kept and kept[-1].type in STOPS:
        kept.pop()
    if [one.type for one in kept[-4:]] == ["GAP", "LPAR", "NUMBER", "RPAR"]:
        del kept[-4:]
    while kept and kept[-1].type in STOPS:
        kept.pop()
    kept = _unwrapped(kept)
    row.tokens = [_as(one, "_GAP") if one.type == "GAP" else one for one in kept]


def _unwrapped(tokens: list[Token]) -> list[Token]:
    r"""`… \quad (i = 1, \dots, N)`: a range in parentheses behind a formula without them."""
    starts = [n for n, token in enumerate(tokens) if token.type == "LPAR"]
    start = next((n for n in starts if n and tokens[n - 1].type == "GAP"), 0)
    inside = tokens[start + 1 : -1]
    kinds = {one.type for one in inside}
    if not start or tokens[-1].type != "RPAR" or kinds & {"LPAR", "RPAR"}:
        return tokens
    if not (kinds & {"IN", "FOR", "RANGE"} or _is_between(inside)):
        return tokens
    turned = [_as(one, "ASSIGN") if one in ("=", "==") else one for one in inside]
    return [*tokens[:start], *turned]


def _is_between(tokens: Sequence[Token]) -> bool:
    """Is this 1 <= i <= N?"""
    return bool(tokens) and tokens[0].type == "NUMBER" and tokens[1:2] in (["<="], ["≤"])


def _assigns(tokens: Sequence[Token]) -> bool:
    return any(token.type in ("ASSIGN", "UPDATE") for token in tokens)


def _as(token: Token, kind: str) -> Token:
    return Token.new_borrow_pos(kind, str(token), token)


def _environment(token: Token) -> str:
    return token[token.index("{") + 1 : token.index("}")].rstrip("*")
