"""Which part of the exercise a line announces.

## a    (a)    a)    Part a    **a.**    Problem 1 (a): the loop    (a) [2 points]
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from symgrad.grading.lines import starts_like_a_statement

_WORD = r"(?:part|problem|exercise|question|task)"
_LABEL = r"(?P<label>\w{1,12})"
_END = r"(?:\s*$|\s*[:.)–—-]\s*(?P<rest>.*)$)"
_MARK = r"(?:[-*+•]\s+|\d{1,2}[.)]\s*)?"
_HEADINGS = tuple(
    re.compile(rf"\s{{0,3}}{pattern}", re.IGNORECASE)
    for pattern in (
        rf"\#{{1,6}}\s*(?:{_WORD}\s+)?(?:\d++\s*)?\({_LABEL}\)\s*[:.]?(?P<rest>.*)$",
        rf"\#{{1,6}}\s*(?:{_WORD}\s+)?{_LABEL}{_END}",
        rf"{_WORD}\s+(?:\d++\s*)?\(?{_LABEL}\)?{_END}",
        rf"{_MARK}\({_LABEL}\)\s*:?(?P<rest>.*)$",
        rf"{_LABEL}\)\s*:?(?P<rest>.*)$",
    )
)
_NUMERALS = {"i", "v", "x"}
_POINTS = re.compile(r"[\[(]?\b\d+(?:\.\d+)?\s*(?:points?|pts?|marks?)\b\.?[\])]?", re.IGNORECASE)
_SHORT = re.compile(rf"\s{{0,3}}{_LABEL}[.:](?P<rest>(?:\s.*)?)$")


def heading(line: str, parts: Sequence[str]) -> tuple[str, str] | None:
    """The part that a line announces and what stands behind it, in its place."""
    line = _POINTS.sub(_blanks, line, count=1)
    shown = re.sub(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)", _blanks, line)
    for pattern in _HEADINGS:
        match = pattern.match(shown)
        part = _named(match["label"], parts) if match else ""
        if match and part:
            return part, _after(line, match)
    match = _SHORT.match(shown)
    if match and _named(match["label"], parts) in parts:
        rest = _after(line, match)
        if not rest.strip() or starts_like_a_statement(rest):
            return _named(match["label"], parts), rest
    return None


def titled(title: str, parts: Sequence[str]) -> str:
    """The part that a marked heading announces; "" if it announces none."""
    found = heading(f"# {title.strip()}", parts)
    return found[0] if found else ""


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _after(line: str, match: re.Match[str]) -> str:
    """What follows a heading on its line, in its place."""
    start = len(line) - len(match["rest"] or "")
    return " " * start + re.sub(r"^[*_]+", _blanks, line[start:])


def _named(label: str, parts: Sequence[str]) -> str:
    """The part that a label means; a label of the same sort as the parts' names one that is not
    there, any other is no heading at all: "1)" where parts are letters is a list, "(i)" is one."""
    exact = [part for part in parts if part == label]
    alike = [part for part in parts if part.lower() == label.lower()]
    if exact or len(alike) == 1:
        return (exact or alike)[0]
    if label in _NUMERALS:
        return ""
    if len(label) == 1 and any(len(p) == 1 and p.isdigit() == label.isdigit() for p in parts):
        return label
    return ""
