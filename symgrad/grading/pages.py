"""The lines of an answer file, whatever its kind: what stands where, before it is split into parts.

A reader of a kind of file (Markdown, LaTeX, notebook) makes a page: what can belong to no answer is
blanked out and never cut, so that every line and column keeps the place that it has in the file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Sort = Literal["text", "code", "program"]
"""Running text, a block of code, or a code cell that computes something."""


@dataclass(frozen=True)
class Line:
    """A line of a page.

    title    what the line announces, where the file marks its headings itself
    item     the n of an unlabelled entry of an outermost list
    """

    number: int
    text: str
    sort: Sort = "text"
    title: str = ""
    item: int = 0


@dataclass(frozen=True)
class Places:
    """What the lines of a page are called; `cells` are the lines before each cell of a notebook."""

    cells: tuple[int, ...] = ()

    def named(self, number: int) -> str:
        """`line 7`, or `cell 3, line 2`."""
        cell = bisect_right(self.cells, number - 1)
        if not cell:
            return f"line {number}"
        return f"cell {cell}, line {number - self.cells[cell - 1]}"

    def both_named(self, one: int, other: int) -> str:
        """`lines 7 and 9`, or each with its cell."""
        if self.cells:
            return f"{self.named(one)} and {self.named(other)}"
        return f"lines {one} and {other}"


LINES = Places()
"""A page whose lines are those of its file."""


@dataclass(frozen=True)
class Page:
    lines: Sequence[Line]
    places: Places = LINES

    @property
    def height(self) -> int:
        return self.lines[-1].number if self.lines else 0


def blanked(text: str, start: int, end: int) -> str:
    """The text with blanks for what stands in a span; its line breaks stay."""
    hidden = "".join("\n" if sign == "\n" else " " for sign in text[start:end])
    return text[:start] + hidden + text[end:]
