r"""Programs as LaTeX that looks like the course notes; amsmath is all it needs.

    for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]

    \text{for } b, j\quad
    s.\text{grad}[b, j] \mathrel{+}= p.\text{grad}[b, j] \, \frac{\exp(s[b, j])}{Z[b]}

What is too long for a line is broken between its terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import sympy
from sympy import Add, Expr, Mul, Symbol

from symgrad.expressions import array_of, is_reciprocal
from symgrad.formula import NAMED, PRODUCT, Formulas, number_latex
from symgrad.program import (
    Assume,
    Axis,
    Data,
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
from symgrad.typeset import name_latex
from symgrad.write import expression_text, nest_text, statement_text

WIDTH = 78
"""The characters of plain notation for which a line of LaTeX has room."""

OPERATORS = {"=": "=", "+=": r"\mathrel{+}=", "-=": r"\mathrel{-}=", "*=": r"\mathrel{*}="}


def latex(program: Program, names: Mapping[str, str] | None = None) -> str:
    """The nests of a program as the lines of an `align*`."""
    return align(Typesetter.of(program, names).nests(program))


def align(lines: Iterable[str]) -> str:
    """Lines set flush left below each other."""
    body = " \\\\\n".join(f"& {line}" for line in lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


class Typesetter(Formulas):
    """Statements, loops and declarations."""

    def nests(self, program: Program) -> list[str]:
        """Every nest; an array that is written has no known axes before."""
        known = {item.name: item.axes for item in program.declared(Input)}  # type: ignore[union-attr]
        if program.given is not None:
            known |= {name: array.axes for name, array in program.given.arrays.items()}
        lines = []
        for nest in program.nests:
            lines += replace(self, known=dict(known)).nest(nest)
            for statement in nest.body:
                name = array_of(statement.target)
                known.setdefault(name, program.arrays[name].axes)
        return lines

    def nest(self, nest: Nest) -> list[str]:
        """The loops and the body: on one line where there is room, else the body below."""
        head = self.head(nest)
        body = [line for one in nest.body for line in self.statement(one)]
        if not head:
            return body
        if len(nest_text(nest, self.known)) <= WIDTH and len(body) == 1:
            return [rf"{head}\quad {body[0]}"]
        return [head, *(rf"\qquad {line}" for line in body)]

    def head(self, nest: Nest) -> str:
        """`for` with the loops, their ranges where these are not those of an axis."""
        if not nest.loops and nest.guard is sympy.true:
            return ""
        axes = self.ranges(_outside_reductions(nest))
        loops = ",\\ ".join(self._range(loop, axes) for loop in nest.loops)
        guard = "" if nest.guard is sympy.true else rf"\text{{ if }} {self.condition(nest.guard)}"
        return rf"\text{{for }} {loops}{guard}"

    def _range(self, loop: Loop, axes: Mapping[Symbol, set[Axis]]) -> str:
        index = self.name(loop.index.name)
        if axes.get(loop.index) == {Axis(loop.upper, loop.lower)}:
            return index
        ends = [self.expression(end) for end in dict.fromkeys((loop.lower, loop.upper))]
        between = ", " if loop.upper - loop.lower in (0, 1) else r", \dots, "
        return rf"{index} = {between.join(ends)}"

    def statement(self, statement: Statement) -> list[str]:
        """One line, or several that are broken before the terms of the sum."""
        target = f"{self.expression(statement.target)} {OPERATORS[statement.op]}"
        if len(statement_text(statement, self.known)) <= WIDTH:
            return [f"{target} {self.expression(statement.value)}"]
        first, *rest = self._pieces(statement.value)
        if len(expression_text(statement.target)) + len(first[1]) > WIDTH:
            return [target, *(rf"\qquad {piece}" for piece, _ in [first, *rest])]
        return [f"{target} {first[0]}", *(rf"\qquad {{}} {piece}" for piece, _ in rest)]

    def _pieces(self, value: Expr) -> list[tuple[str, str]]:
        """Where a long value may be broken, each piece with its plain text."""
        if isinstance(value, Add):
            parts = [(term, self._signed(term, not n)) for n, term in enumerate(value.args)]
        elif isinstance(value, Mul) and not any(map(is_reciprocal, value.args)):
            parts = [
                (factor, (r"\cdot " if n else "") + self._place(factor, PRODUCT))
                for n, factor in enumerate(value.args)
            ]
        else:
            parts = [(value, self.expression(value))]
        pieces: list[tuple[str, str]] = []
        for part, written in parts:
            plain = expression_text(part, self.known)
            if pieces and len(pieces[-1][1]) + len(plain) < WIDTH - 12:
                pieces[-1] = (f"{pieces[-1][0]} {written}", f"{pieces[-1][1]} + {plain}")
            else:
                pieces.append((written, plain))
        return pieces

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
            return f"{written} = {_matrix(item.data)}"
        if item.values is not None:
            lower, upper = map(self.expression, (item.values.lower, item.values.upper))
            return rf"{written} \in \{{{lower}, \dots, {upper}\}}"
        return f"{written}[{', '.join(map(self._axis, item.axes))}]" if item.axes else written

    def _axis(self, axis: Axis) -> str:
        upper = self.expression(axis.upper)
        return upper if axis.lower == 1 else rf"{self.expression(axis.lower)}..{upper}"


def _matrix(data: Data) -> str:
    if not isinstance(data, tuple):
        return number_latex(data)[0]
    if data and isinstance(data[0], tuple):
        rows = (" & ".join(map(_matrix, row)) for row in data)  # type: ignore[arg-type]
        return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"
    return f"({', '.join(map(_matrix, data))})"


def _outside_reductions(nest: Nest) -> Iterable[tuple[Expr, tuple[Loop, ...]]]:
    """The accesses of a nest, without those on indices that a reduction binds again."""
    own = {loop.index for loop in nest.loops}
    for element, scope in nest_accesses(nest):
        if not any(loop.index in own for loop in scope[len(nest.loops) :]):
            yield element, scope


def inline(code: str, names: Mapping[str, str]) -> str:
    """A formula in a sentence, such as `x.grad[b, j]` or `sigma'`: its names typeset."""

    def word(match: re.Match[str]) -> str:
        function = match[0].rstrip("'")
        if function in NAMED:
            return NAMED[function] + match[0][len(function) :]
        return name_latex(match[0], names)

    return re.sub(r"[A-Za-z]\w*'*(?:\.[a-z]+)?", word, code.replace("==", "="))
