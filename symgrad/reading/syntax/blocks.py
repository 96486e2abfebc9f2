"""Loops with their statements below them, indented: brought to one line of the notation.

    for b:                           for b: e = 0; ⟦for j: e += x[b, j]; y[b, j] = e⟧
        e = 0
        for j:
            e += x[b, j]
            y[b, j] = e

Every character keeps its line and column: the signs that join lines stand at the end of a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

JOINED, OPEN, CLOSE = "\ue020", "\ue021", "\ue022"
"""The next line belongs to this one; a loop within a body begins on the next line, or ends."""

FOREIGN = str.maketrans(dict.fromkeys((JOINED, OPEN, CLOSE), "\ufffd"))

_HEADER = re.compile(r"\s*for\b[^#\n]*:\s*$")
_LOOP = re.compile(r"\s*for\b")
_CONTINUES = re.compile(r"\s*(?:=(?!=)|:=|←|[-+*/]\s)")


def joined(text: str) -> str:
    """The text with each block of loops as one statement of the notation."""
    lines = text.translate(FOREIGN).split("\n")
    ends = [""] * len(lines)
    place = 0
    while place < len(lines):
        last = _end(lines, place, len(lines) - 1)
        if last > place:
            _join(lines, ends, place, last)
            for n in range(place, last):
                ends[n] += JOINED
        place = last + 1
    return "\n".join(
        _code(line) + end if end else line for line, end in zip(lines, ends, strict=True)
    )


def _code(line: str) -> str:
    return line.partition("#")[0].rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _end(lines: Sequence[str], place: int, last: int) -> int:
    """The last line of the block below a header; the header itself if there is none."""
    if not _HEADER.match(_code(lines[place])):
        return place
    end = place
    for n in range(place + 1, last + 1):
        if _code(lines[n]).strip():
            if _indent(lines[n]) <= _indent(lines[place]):
                break
            end = n
    return end


def _join(lines: Sequence[str], ends: list[str], place: int, end: int) -> None:
    """Note what joins a header and its body: `;` between statements, signs around loops."""
    starts = _starts(lines, place, end)
    for start, behind in zip(starts, [*starts[1:], end + 1], strict=True):
        last = max(n for n in range(start, behind) if _code(lines[n]).strip())
        if _LOOP.match(lines[start]):
            ends[start - 1] += OPEN
            if _end(lines, start, last) > start:
                _join(lines, ends, start, last)
            ends[last] += CLOSE
        if behind <= end:
            ends[last] += ";"


def _starts(lines: Sequence[str], place: int, end: int) -> list[int]:
    """Where the statements and loops of a body begin: what is indented further goes on."""
    starts: list[int] = []
    for n in range(place + 1, end + 1):
        code = _code(lines[n])
        if not code.strip():
            continue
        further = bool(starts) and _indent(lines[n]) > _indent(lines[starts[0]])
        if not further and not (starts and _CONTINUES.match(code)):
            starts.append(n)
    return starts
