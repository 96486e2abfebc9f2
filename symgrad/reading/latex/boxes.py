r"""Answers in a box: `\boxed{…}` around whole statements or a whole right side is blanked out.

    \boxed{x = 3 y}    x = \boxed{3 y}    \boxed{\begin{aligned} … \end{aligned}}

The box says nothing, but it encloses: `2 \boxed{a + b}` would be read as 2 a + b without it. A box
that is only a part of a formula stays, and is refused like any other command that is not read.
"""

from __future__ import annotations

import re

_BOX = re.compile(r"\\boxed\s*\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
LONGEST = 40
"""The characters before a box that are looked at."""

_BEFORE = re.compile(r"(?:\A|[=&$\n]|\\\[|\\\(|\\\\|\\begin\{[A-Za-z]+\*?\}|\\q?quad)\Z")
_AFTER = re.compile(r"[\s.,;]*(?:$|[$\n]|\\\]|\\\)|\\\\|\\end\{)")


def unboxed(text: str) -> str:
    """The text with blanks in the place of boxes, so that everything keeps its line and column."""
    if r"\boxed" not in text:
        return text
    closing = _closing(text)
    signs = list(text)
    for box in _BOX.finditer(text):
        end = closing.get(box.end() - 1)
        before = "".join(signs[max(0, box.start() - LONGEST) : box.start()]).rstrip(" \t")
        if end and _BEFORE.search(before) and _AFTER.match(text, end + 1):
            signs[box.start() : box.end()] = " " * (box.end() - box.start())
            signs[end] = " "
    return "".join(signs)


def _closing(text: str) -> dict[int, int]:
    """For each brace that opens where it closes."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for sign in _BRACE.finditer(text):
        if sign[0] == "{":
            opened.append(sign.start())
        elif sign[0] == "}" and opened:
            found[opened.pop()] = sign.start()
    return found
