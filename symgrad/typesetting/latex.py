r"""Programs as LaTeX that looks like the course notes; amsmath is all it needs.

    for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]

    \text{for } b, j\quad
    s.\text{grad}[b, j] \mathrel{+}= p.\text{grad}[b, j] \, \frac{\exp(s[b, j])}{Z[b]}

What is too long for a line is broken between its terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import sympy
from sympy import Add, Expr, Mul, Rational, Symbol

from symgrad.expressions import is_negative, mul, negate, reciprocal
from symgrad.heads import SumOver
from symgrad.program import (
    Assume,
    Axis,
    Declaration,
    Input,
    Loop,
    Loss,
    Nest,
    Opaque,
    Output,
    Program,
    Statement,
)
from symgrad.shapes import nest_accesses
from symgrad.typesetting.formula import NAMED, OPEN, PRODUCT, Formulas, fractions, number_latex
from symgrad.typesetting.typeset import name_latex
from symgrad.writing.names import GREEK
from symgrad.writing.write import spellers

WIDTH = 84
"""The characters for which a line has room, as `width` counts them."""

INDENT = 8
"""What a line may stand in from the left, in characters."""

OPERATORS = {"=": "=", "+=": r"\mathrel{+}=", "-=": r"\mathrel{-}=", "*=": r"\mathrel{*}="}


def latex(program: Program, names: Mapping[str, str] | None = None) -> str:
    """The nests of a program as the lines of an `align*`."""
    return align(Typesetter.of(program, names).nests(program))


def align(lines: Iterable[str]) -> str:
    """Lines set flush left below each other."""
    body = ""
    for line in lines:
        body += f"{_end_before(line)}\n& {line}" if body else f"& {line}"
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def boxed(lines: Iterable[str]) -> str:
    """An answer: lines below each other in a box."""
    return rf"\boxed{{{aligned(lines)}}}"


def aligned(lines: Iterable[str]) -> str:
    """Lines flush left below each other inside a formula, where no page ends."""
    body = " \\\\\n".join(f"& {line}" for line in lines)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _end_before(line: str) -> str:
    """The end of the line above: no page ends there if this one goes on with it."""
    return r" \\*" if line.startswith(r"\qquad") else r" \\"


@dataclass(frozen=True)
class Piece:
    """A part of a long formula, as it looks at the start of a line and inside one.

    Of the first part of a term, `term` is how wide the whole term is.
    """

    at_start: str
    inside: str
    width: int
    term: int = 0

    def behind(self, front: str) -> Piece:
        wider = self.width + width(front) + 1
        return Piece(front + self.at_start, f" {front}{self.at_start}", wider)


def _enclosed(pieces: list[Piece]) -> list[Piece]:
    """The pieces in parentheses that may stand on several lines."""
    first = pieces[0].behind(r"\Bigl(")
    pieces = [first, *pieces[1:]]
    last = pieces[-1]
    closed = Piece(last.at_start + r"\Bigr)", last.inside + r"\Bigr)", last.width)
    return [*pieces[:-1], closed]


class Typesetter(Formulas):
    """Statements, loops and declarations."""

    def nests(self, program: Program, start: int = 0) -> list[str]:
        """Every nest from a place on, with the ranges that its reader would not find."""
        return [
            line
            for nest, speller in islice(spellers(program), start, None)
            for line in replace(self, known=speller.known, axes=speller.axes).nest(nest)
        ]

    def nest(self, nest: Nest) -> list[str]:
        """The loops and the body: on one line where there is room, else the body below."""
        head = self.head(nest)
        body = [line for one in nest.body for line in self.statement(one)]
        if not head:
            return body
        if len(body) == 1 and width(head) + width(body[0]) + 2 <= WIDTH:
            return [rf"{head}\quad {body[0]}"]
        return [head, *(rf"\qquad {line}" for line in body)]

    def head(self, nest: Nest) -> str:
        """`for` with the loops, their ranges where these are not those of an axis."""
        if not nest.loops and nest.guard is sympy.true:
            return ""
        axes = self.ranges(_outside_reductions(nest))
        ranges = [self._range(loop, axes) for loop in nest.loops]
        loops = (r",\ " if any("=" in one for one in ranges) else ", ").join(ranges)
        if not nest.loops:
            return rf"\text{{if }} {self.condition(nest.guard)}"
        guard = "" if nest.guard is sympy.true else rf"\text{{ if }} {self.condition(nest.guard)}"
        return rf"\text{{for }} {loops}{guard}"

    def _range(self, loop: Loop, axes: Mapping[Symbol, Axis | None]) -> str:
        index = self.name(loop.index.name)
        if axes.get(loop.index) == Axis(loop.upper, loop.lower):
            return index
        if loop.upper - loop.lower in (0, 1):
            return self._membership(index, loop.lower, loop.upper, None)
        lower, upper = self.expression(loop.lower), self.expression(loop.upper)
        return rf"{index} = {lower}, \dots, {upper}"

    def statement(self, statement: Statement) -> list[str]:
        """One line for each member of a chain, broken where it is too long."""
        front = f"{self.expression(statement.target)} {OPERATORS[statement.op]}"
        lines: list[str] = []
        for member in statement.members:
            lines += self._member(front, member)
            front = r"\qquad {} ="
        return lines

    def _member(self, front: str, member: Expr) -> list[str]:
        """One line, or several that are broken before terms, or factors of a long term."""
        whole = f"{front} {self.expression(member)}"
        if width(whole) <= WIDTH:
            return [whole]
        return self.broken(front, self.pieces(member))

    def broken(self, front: str, pieces: Iterable[Piece]) -> list[str]:
        """As many pieces on each line as there is room for, and no term broken that fits on one."""
        used = INDENT + width(front)
        lines = [""]
        for piece in pieces:
            kept_whole = piece.term and INDENT + piece.term <= WIDTH
            if lines[-1] and used + (piece.term if kept_whole else piece.width) > WIDTH:
                lines.append(r"\qquad {} " + piece.at_start)
                used = INDENT + piece.width
            else:
                lines[-1] += piece.inside if lines[-1] else piece.at_start
                used += piece.width
        return [f"{front} {lines[0]}", *lines[1:]]

    def derivative(self, value: Expr, read: Expr, result: Expr) -> list[str]:
        """d value / d read = result, on two lines where one is too short."""
        front = rf"\frac{{\partial}}{{\partial {self.expression(read)}}}"
        whole = rf"{front} \, {self.place(value, PRODUCT)} = {self.expression(result)}"
        if width(whole) <= WIDTH:
            return [whole]
        inner = _enclosed(self.pieces(value))
        return [*self.broken(front, inner), *self._member(r"\qquad {} =", result)]

    def pieces(self, value: Expr, not_first: bool = False) -> list[Piece]:
        """Where a long value may be broken."""
        if isinstance(value, Add):
            return [
                piece for n, term in enumerate(value.args) for piece in self.pieces(term, bool(n))
            ]
        sign = ("-" if is_negative(value) else "+") if not_first or is_negative(value) else ""
        bare = negate(value) if sign == "-" else value
        long = width(self.expression(bare)) > WIDTH // 2
        inner = self._factors_pieces(bare) if long else [self._piece(bare)]
        first = inner[0].behind(f"{sign} " if sign else "")
        wide = first.width + sum(piece.width for piece in inner[1:])
        return [replace(first, term=wide), *inner[1:]]

    def _factors_pieces(self, value: Expr) -> list[Piece]:
        """A long term: broken between its factors, and inside a factor that is a long sum."""
        if isinstance(value, SumOver) and value.condition is sympy.true:
            inner = self._factor(value.body, [])
            return [inner[0].behind(self.signs(value) + " "), *inner[1:]]
        if not isinstance(value, Mul):
            return self._factor(value, [], OPEN)
        pieces: list[Piece] = []
        for above, below in fractions(value.args):
            more = self._factor(above[0], below) if above else [self._fraction([], below)]
            if pieces:
                more[0] = replace(more[0], at_start=rf"\cdot {more[0].at_start}")
            pieces += more
        return pieces

    def _factor(self, factor: Expr, below: list[Expr], strength: int = PRODUCT) -> list[Piece]:
        if width(self.expression(factor)) <= WIDTH // 2:
            return [self._fraction([factor], below) if below else self._piece(factor, strength)]
        if isinstance(factor, Add):
            inner = _enclosed(self.pieces(factor, False))
            return [self._fraction([], below), *inner] if below else inner
        if isinstance(factor, Mul) and not below:
            return self._factors_pieces(factor)
        return [self._fraction([factor], below) if below else self._piece(factor, strength)]

    def _fraction(self, above: list[Expr], below: list[Expr]) -> Piece:
        return self._piece(mul(*above, *map(reciprocal, below)), PRODUCT)

    def _piece(self, expr: Expr, strength: int = OPEN) -> Piece:
        written = self.place(expr, strength)
        return Piece(written, rf" \, {written}", width(written))

    # --- declarations -----------------------------------------------------------------------

    def declaration(self, item: Declaration) -> str:
        """A declaration as mathematics, with a word where one is needed."""
        if isinstance(item, Input):
            return self._input(item)
        if isinstance(item, (Output, Loss)):
            return self.name(item.name)
        if isinstance(item, Opaque):
            parameters = ", ".join(map(self.name, item.parameters))
            return f"{self.name(item.name)}({parameters})"
        assert isinstance(item, Assume)
        return self.condition(item.condition)

    def _input(self, item: Input) -> str:
        written = self.name(item.name)
        if item.data is not None:
            return f"{written} = {self.matrix(item.data)}"
        if item.values is not None:
            lower, upper = map(self.expression, (item.values.lower, item.values.upper))
            return rf"{written} \in \{{{lower}, \dots, {upper}\}}"
        return f"{written}[{', '.join(map(self._axis, item.axes))}]" if item.axes else written

    def matrix(self, rows: Any) -> str:
        """Numbers or expressions, in rows of rows a matrix."""
        if not isinstance(rows, tuple):
            return decimal(rows) if isinstance(rows, Rational) else self.expression(rows)
        if rows and isinstance(rows[0], tuple):
            lines = (" & ".join(map(self.matrix, row)) for row in rows)
            return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"
        return f"({', '.join(map(self.matrix, rows))})"

    def _axis(self, axis: Axis) -> str:
        upper = self.expression(axis.upper)
        return upper if axis.lower == 1 else rf"{self.expression(axis.lower)}..{upper}"


def width(latex: str) -> int:
    """About how many characters LaTeX sets: of a fraction the wider part, of limits the smaller
    letters, of commands those that take room themselves."""
    latex = LIMITS.sub(_limits, latex)
    latex = FRACTION.sub(lambda match: max(match[1], match[2], key=len), latex)
    for command, wide in WIDE.items():
        latex = latex.replace(command, "m" * wide)
    return len(COMMANDS.sub("", latex))


def _limits(match: re.Match[str]) -> str:
    longest = max(len(COMMANDS.sub("", part or "")) for part in match.groups())
    return "m" * max(2, round(SMALLER * longest))


SMALLER = 0.7
"""The width of letters in limits."""

WIDE = {r"\dots": 3, r"\qquad": 3}
"""Commands that take room themselves, in characters."""

LIMITS = re.compile(r"\\(?:sum|max|min)_\{([^{}]*)\}(?:\^\{([^{}]*)\})?")
FRACTION = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")
COMMANDS = re.compile(r"\\[A-Za-z]+\*?|[{}\\^]|(?<=\d) | (?=\d)")


def decimal(number: Rational) -> str:
    """-1.5 for -3/2, where the decimals end; a fraction else."""
    places = next((n for n in range(1, MOST_PLACES) if 10**n % number.q == 0), None)
    if number.q == 1 or places is None:
        return number_latex(number)[0]
    return f"{float(number):.{places}f}"


MOST_PLACES = 5


def _outside_reductions(nest: Nest) -> Iterable[tuple[Expr, tuple[Loop, ...]]]:
    """The accesses of a nest, without those on indices that a reduction binds again."""
    own = {loop.index for loop in nest.loops}
    for element, scope in nest_accesses(nest):
        if not any(loop.index in own for loop in scope[len(nest.loops) :]):
            yield element, scope


def inline(code: str, names: Mapping[str, str]) -> str:
    """A formula in a sentence, such as `x.grad[b, j]` or `sigma'`: its names typeset."""

    def word(match: re.Match[str]) -> str:
        function = match[1].rstrip("'")
        if function in NAMED:
            return NAMED[function] + match[1][len(function) :] + match[2]
        if function == "ln":
            return rf"\ln{match[2]}"
        if match[2] and len(function) > 1 and function.isalpha() and function not in names:
            return rf"\operatorname{{{function}}}{match[2]}"
        return name_latex(match[1], names) + match[2]

    for sign, written in SIGNS.items():
        code = code.replace(sign, written)
    return re.sub(r"(?<!\\)\b([A-Za-z]\w*'*(?:\.[a-z]+)?)(\(?)", word, code)


SIGNS = {"==": "=", "·": r"\cdot", **{sign: rf"\{name} " for sign, name in GREEK.items()}}
"""Signs of the plain notation that LaTeX writes otherwise."""
