"""Markdown and plain text as a page: fenced blocks are code, everything else is text.

What is quoted belongs to the question and to no answer:

    > The chain rule gives          blanked out, with the formula in it
    > $$ Z_b = 1 $$
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symgrad.grading.pages import Line, Page, blanked

_QUOTED = re.compile(r"\s{0,3}>")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)[^`]*$")


def markdown_page(text: str) -> Page:
    return Page(tuple(markdown_lines(text)))


def markdown_lines(text: str, before: int = 0) -> Iterator[Line]:
    """The lines of a text that stands below `before` others; fences themselves are left out."""
    fence = ""
    for number, line in enumerate(text.split("\n"), start=before + 1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            yield Line(number, "")
        elif not fence and _QUOTED.match(line):
            yield Line(number, blanked(line, 0, len(line)))
        else:
            yield Line(number, line, "code" if fence else "text")
