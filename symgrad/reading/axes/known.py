"""The axes of arrays while a text is being read.

Whole arrays need them at once: declared arrays have theirs, a statement like `e = p * q` gives its
left side those of the value, and the axes of what was written with indices follow from the ranges
in the nests read so far. What is written further down must leave them as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sympy
from lark import Token
from sympy import Integer

from symgrad.expressions import array_of
from symgrad.program import Axis, Declaration, Nest, Program, Statement, primal
from symgrad.reading.axes.ranges import infer
from symgrad.reading.names.scope import Pending
from symgrad.reading.syntax.source import Source
from symgrad.writing.agreement import Same

Axes = tuple[Axis, ...]

MOST_QUESTIONS = 64
"""So often the ranges of what has been read are inferred before the end of a text."""


@dataclass
class KnownAxes:
    """Axes by name, as far as the text has been read; `current` is the nest that is being read."""

    source: Source
    given: Program | None
    pending: Sequence[Pending]
    declarations: tuple[Declaration, ...] = ()
    nests: list[Nest] = field(default_factory=list)
    current: Callable[[], Sequence[Nest]] = tuple
    own: dict[str, Axes] = field(default_factory=dict)
    used: dict[str, tuple[Axes, Token]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._questions = 0

    def declare(self, declarations: tuple[Declaration, ...]) -> Same:
        """Note the declarations; the result compares extents under what they assume."""
        self.declarations = declarations
        head = Program(declarations, (), self.given)
        self._declared = head.arrays
        return Same(head)

    def of(self, name: str, token: Token) -> Axes:
        """The axes of an array of this text or its given."""
        for candidate in (name, *_primals(name)):
            if candidate in self._declared:
                return self._declared[candidate].axes
            if candidate in self.own:
                return self.own[candidate]
        found = self._written()
        for candidate in (name, *_primals(name)):
            if candidate in found:
                self.used.setdefault(candidate, (found[candidate], token))
                return found[candidate]
        raise self.source.error(
            f"the axes of {token} are not known here",
            token,
            "shape",
            f"write {token} before it is used as a whole array",
        )

    def has(self, name: str) -> bool:
        """Has an array been declared or written by now?"""
        names = {name, *_primals(name)}
        nests = (*self.nests, *self.current())
        return bool(
            names & (self._declared.keys() | self.own.keys())
            or names & {array_of(one.target) for nest in nests for one in nest.body}
        )

    def _written(self) -> dict[str, Axes]:
        """The axes of what the nests read so far write."""
        self._questions += 1
        if self._questions > MOST_QUESTIONS:
            raise self.source.error("too many whole arrays between loops", None, "limit")
        nests = (*self.nests, *self.current())
        program = Program(self.declarations, nests, self.given)
        return written_axes(infer(program, list(self.pending), self.source))

    def check(self, program: Program) -> None:
        """Nothing further down made an array larger than it was taken for."""
        found = written_axes(program) if self.used else {}
        for name, (axes, token) in self.used.items():
            if found[name] != axes:
                raise self.source.error(
                    f"{token} is written at more places further down",
                    token,
                    "shape",
                    "write it whole before it is used as a whole array",
                )


def written_axes(program: Program) -> dict[str, Axes]:
    """The axes of every array that a program writes, read off its left sides alone."""
    zeroed = tuple(
        Nest(nest.loops, tuple(Statement(one.target, "=", Integer(0)) for one in nest.body))
        for nest in program.nests
    )
    arrays = Program(program.declarations, zeroed, program.given).arrays
    return {name: tuple(map(_plain, arrays[name].axes)) for name in program.written}


def _plain(axis: Axis) -> Axis:
    """An axis up to max(1, N) is one up to N: extents are at least 1."""
    upper = axis.upper
    if isinstance(upper, sympy.Max):
        rest = [part for part in upper.args if part != 1]
        if any(part.is_integer and part.is_positive for part in rest):
            upper = sympy.Max(*rest)
    return Axis(upper, axis.lower)


def _primals(name: str) -> list[str]:
    """x.grad and x, for x.grad2."""
    found = []
    while primal(name) != name:
        name = primal(name)
        found.append(name)
    return found
