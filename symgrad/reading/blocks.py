"""Loops with their statements below them, indented: brought to the one-line form.

    for b:                                for b, j: y[b, j] = x[b, j]; z[b] += y[b, j]
        for j:
            y[b, j] = x[b, j]
            z[b] += y[b, j]

Every character keeps its line and column: what joins two lines stands at the end of the first. A
body of loops *and* statements is no one nest of loops; it is left as it is, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

JOINED = "\ue020"
"""At the end of a line: the next one belongs to it."""

_HEADER = re.compile(r"(\s*)for\b[^#\n]*:\s*$")
_LOOP = re.compile(r"\s*for\b")
_CONTINUES = re.compile(r"\s*(?:=(?!=)|:=|←|[-+*/]\s)")


def joined(text: str) -> str:
    """The text with each block of loops as one statement of the notation."""
    lines = text.replace(JOINED, "\ufffd").split("\n")
    place = 0
    while place < len(lines):
        end = _end(lines, place)
        if end > place:
            found = _block(lines, place, end)
            if found is not None:
                lines[place : end + 1] = found
        place = max(end, place) + 1
    return "\n".join(lines)


def _code(line: str) -> str:
    return line.partition("#")[0].rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _end(lines: Sequence[str], place: int) -> int:
    """The last line of the block below a header; the header itself if there is none."""
    if not _HEADER.match(_code(lines[place])):
        return place
    last = place
    for n in range(place + 1, len(lines)):
        if _code(lines[n]).strip():
            if _indent(lines[n]) <= _indent(lines[place]):
                break
            last = n
    return last


@dataclass(frozen=True)
class _Item:
    """One statement or loop of a body: its first and its last line."""

    first: int
    last: int
    is_loop: bool


def _items(lines: Sequence[str], place: int, end: int) -> list[_Item]:
    """What stands in a body: lines that are indented further belong to the one above."""
    items: list[_Item] = []
    depth = None
    for n in range(place + 1, end + 1):
        code = _code(lines[n])
        if not code.strip():
            continue
        depth = _indent(lines[n]) if depth is None else depth
        if items and (_indent(lines[n]) > depth or _CONTINUES.match(code)):
            items[-1] = _Item(items[-1].first, n, items[-1].is_loop)
        else:
            items.append(_Item(n, n, bool(_LOOP.match(code))))
    return items


def _block(lines: Sequence[str], place: int, end: int) -> list[str] | None:
    """The lines of a header and its body, joined; None where they are no single nest."""
    items = _items(lines, place, end)
    header = _code(lines[place])
    if any(item.is_loop for item in items):
        return _nested(lines, place, end, items[0]) if len(items) == 1 else None
    lasts = {item.last for item in items[:-1]}
    body = [_code(lines[n]) + (";" if n in lasts else "") + JOINED for n in range(place + 1, end)]
    return [header + JOINED, *body, lines[end]]


def _nested(lines: Sequence[str], place: int, end: int, inner: _Item) -> list[str] | None:
    """A loop whose body is one loop: their indices in one list."""
    header = _code(lines[place])
    if re.search(r"\bif\b", header):
        return None
    below: list[str] | None
    if _HEADER.match(_code(lines[inner.first])):
        below = _block(lines, inner.first, end)
    else:
        below = [*(_code(line) + JOINED for line in lines[inner.first : end]), lines[end]]
    if below is None:
        return None
    below[0] = _LOOP.sub(lambda match: " " * len(match[0]), below[0], count=1)
    blank = [JOINED] * (inner.first - place - 1)
    return [header[:-1] + "," + JOINED, *blank, *below]
