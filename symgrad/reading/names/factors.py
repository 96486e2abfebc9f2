"""The factors of a term: what the grammar finds, and what belongs together.

The grammar hands a term over as a flat row of pieces. Pieces that belong together become one
`Factor`, whose shape says how it is read; `grouping` decides which do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from lark import Token, Tree

from symgrad.reading.names.vocabulary import Derivative
from symgrad.reading.syntax.source import Source
from symgrad.reading.syntax.trees import Node, Part, optional

Shape = Literal[
    "number",
    "name",
    "access",
    "call",
    "reduction",
    "group",
    "condition",
    "list",
    "sum",
    "root",
    "attribute",
    "item",
    "derivative",
    "end",
]


@dataclass
class Piece:
    """One factor of the grammar: what stands before it, its signs, its atom, its exponent."""

    operator: str
    negative: bool
    atom: Part
    exponent: Node | None

    def beside(self) -> bool:
        """Does nothing stand between this piece and the one before?"""
        return not self.operator and not self.negative

    def is_tree(self, data: str) -> bool:
        return isinstance(self.atom, Tree) and self.atom.data == data

    def is_token(self, kind: str) -> bool:
        return isinstance(self.atom, Token) and self.atom.type == kind


@dataclass
class Factor:
    """What belongs together: a head, its arguments, its exponent.

    operator   what stands before: "" beside the last factor or first, "*", "·", "⊙", "@", "/", "//"
    head       the token or tree that it begins with
    arguments  indices of an access, arguments of a call, limits of a `sum_j`
    inner      of a root: what is under it; of a `sum_j`: the row it reaches over; of an attribute
               or an index behind a value: that value;
               of a derivative: what it is taken by
    called     has an attribute parentheses?
    """

    shape: Shape
    operator: str
    negative: bool
    head: Part
    arguments: list[Part] = field(default_factory=list)
    exponent: Node | None = None
    inner: list[Factor] = field(default_factory=list)
    upper: Node | None = None
    array: str | None = None
    function: Derivative | None = None
    called: bool = False


def pieces(term: Node, operator: str = "") -> list[Piece]:
    """The flat row of a term of the grammar."""
    row: list[Piece] = []
    negative = False
    for child in term.children:
        if isinstance(child, Token) and child.type == "SIGN":
            negative ^= child != "+"
        elif isinstance(child, Token):
            operator = str(child)
        else:
            atom, *power = child.children
            assert atom is not None
            row.append(Piece(operator, negative, atom, optional(power[1] if power else None)))
            operator, negative = "", False
    return row


def check_quotients(row: Sequence[Factor], source: Source) -> None:
    """`1/2x` and `a/b c` could be meant in two ways."""
    for _, right in pairwise(row):
        if isinstance(right.head, Token) and right.head.type == "NUMBER" and not right.operator:
            raise source.error(
                f"the number {right.head} directly behind a factor",
                right.head,
                hint="did you forget * or ^?",
            )
    for before, divisor, after in zip(row, row[1:], row[2:], strict=False):
        if divisor.operator not in ("/", "//") or after.operator:
            continue
        if not before.shape == divisor.shape == "number":
            raise source.error(
                "a quotient followed by a factor without a sign",
                after.head,
                hint=_two_meanings(before, divisor, after),
            )
        if divisor.operator == "/" and _touching(divisor, after):
            raise source.error(
                "a quotient followed by a factor without a sign",
                after.head,
                hint="write 1/2 * x or 1/(2*x)",
            )


SHORT = {"name": "", "number": "", "sum": " …", "call": "(…)", "reduction": "(…)"}
"""What follows the name of a factor where it is not repeated whole."""


def _two_meanings(*row: Factor) -> str:
    """`1/B * sum_b … or 1/(B * sum_b …)`, in the words of the text where they are short."""
    if any(
        one.shape not in SHORT or one.exponent is not None or not isinstance(one.head, Token)
        for one in row
    ):
        return "write (a/b) * c or a/(b*c)"
    a, b, c = (f"{one.head}{SHORT[one.shape]}" for one in row)
    return f"write {a}/{b} * {c} or {a}/({b} * {c})"


def _touching(left: Factor, right: Factor) -> bool:
    """No blank between a number and what follows: `2x`."""
    if not (isinstance(left.head, Token) and isinstance(right.head, Token)):
        return False
    return left.head.end_pos == right.head.start_pos
