"""Loops and conditions with their statements below them, indented: brought to one line.

    for b:                           for b: e = 0; ⟦for j: e += x[b, j]; y[b, j] = e⟧
        e = 0
        for j:
            e += x[b, j]
            y[b, j] = e

An `if` is a loop of one round. Every character keeps its line and column: the signs that join lines
stand at the end of a line. A loop that has a statement on its line may have loops over further
indices below it:

    for b: e = 0                     for b: e = 0; ⟦for j: e += x[b, j]⟧
        for j: e += x[b, j]
"""

from __future__ import annotations

import re
from collections.abc import Sequence

JOINED, OPEN, CLOSE = "\ue020", "\ue021", "\ue022"
"""The next line belongs to this one; a loop within a body begins on the next line, or ends."""

FOREIGN = str.maketrans(dict.fromkeys((JOINED, OPEN, CLOSE), "\ufffd"))

_HEADER = re.compile(r"\s*(?:for|if)\b[^#\n]*:\s*$")
_OVER = r"\w+(?:\s+(?:in|∈)\s[^#\n:=,]*)?"
_BARE = re.compile(rf"\s*for\s+{_OVER}(?:,\s*{_OVER})*\s*$")
_EACH = re.compile(r"\bfor(\s+(?:all|each|every))(?=\s+\w)")
_LOOP = re.compile(r"\s*(?:for|if)\b")
_CONTINUES = re.compile(r"\s*(?:=(?!=)|:=|←|[-+*/]\s)")
_ASSIGNS = re.compile(r"(?<![=!<>])(?:=|←)(?!=)")
_GOES_ON = re.compile(r"[-+*/,=]$")
_BEGINS = re.compile(r"\s*[-+*/]\s*[^\s=]")
_BOUND = re.compile(r"(?:\bfor\s|,)\s*(\w+)")


def joined(text: str) -> str:
    """The text with each block of loops as one statement of the notation."""
    text = _EACH.sub(lambda match: "for" + " " * len(match[1]), text.translate(FOREIGN))
    lines = text.split("\n")
    ends = [""] * len(lines)
    place = 0
    while place < len(lines):
        last = _end(lines, place, len(lines) - 1)
        if last > place:
            _join(lines, ends, place, last)
            for n in range(place, last):
                ends[n] += JOINED
        place = last + 1
    for n in range(len(lines) - 1):
        if not ends[n] and _is_wrapped(_code(lines[n]), _code(lines[n + 1])):
            ends[n] = JOINED
    return "\n".join(
        _code(line) + end if end else line for line, end in zip(lines, ends, strict=True)
    )


def _is_wrapped(code: str, below: str) -> bool:
    """Does an operator at the end of a line, or at the beginning of the next, tie the two?"""
    if not code.strip() or not below.strip():
        return False
    return bool(_GOES_ON.search(code) or (_BEGINS.match(below) and not _ASSIGNS.search(below)))


def in_doubt(text: str) -> tuple[int, int] | None:
    """Line and column of a statement that is indented below a loop and its statement on one line.

    for b, j: e[b] += p[b, j]
        s.grad[b, j] += e[b]          in that loop, or behind it?
    """
    lines = text.split("\n")
    for place in filter(lambda place: _is_stated(lines[place]), range(len(lines))):
        below = _below(lines, place)
        if below is not None and not _LOOP.match(lines[below]) and _ASSIGNS.search(lines[below]):
            return below + 1, _indent(lines[below]) + 1
    return None


def _is_stated(line: str) -> bool:
    """Does a loop stand on this line together with the whole of a statement?"""
    code = _code(line)
    stated = _LOOP.match(code) and not _HEADER.match(code) and _ASSIGNS.search(code)
    return bool(stated) and not _is_open(code) and not _GOES_ON.search(code)


def _below(lines: Sequence[str], place: int) -> int | None:
    """The next line, if it is indented further and does not go on with this one."""
    below = next((n for n in range(place + 1, len(lines)) if _code(lines[n]).strip()), None)
    if below is None or _CONTINUES.match(lines[below]):
        return None
    return below if _indent(lines[below]) > _indent(lines[place]) else None


def _has_loops_below(lines: Sequence[str], place: int) -> bool:
    """Do loops over other indices stand below a loop and its statement, indented?"""
    below = _below(lines, place) if _is_stated(lines[place]) else None
    if below is None or not _LOOP.match(lines[below]):
        return False
    heads = (_code(lines[n]).partition(":")[0] for n in (place, below))
    above, further = ({*_BOUND.findall(head)} for head in heads)
    return not above & further


def _code(line: str) -> str:
    return line.partition("#")[0].rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _end(lines: Sequence[str], place: int, last: int) -> int:
    """The last line of the block below a header; the header itself if there is none."""
    code = _code(lines[place])
    if not (_HEADER.match(code) or _BARE.match(code) or _has_loops_below(lines, place)):
        return place
    end = place
    for n in range(place + 1, last + 1):
        if _code(lines[n]).strip():
            if _indent(lines[n]) <= _indent(lines[place]):
                break
            end = n
    return end if end > place else _lone(lines, place, last)


def _lone(lines: Sequence[str], place: int, last: int) -> int:
    """The end of the one statement below a head, where it is not indented and no other follows.

    for b, j:
    e[b] += p[b, j]
    for b, j: …
    """
    below = [n for n in range(place + 1, last + 1) if _code(lines[n]).strip()]
    if not below or _LOOP.match(lines[below[0]]) or _is_stated(lines[place]):
        return place
    end = below[0]
    for n in below[1:]:
        text = "".join(_code(line) for line in lines[below[0] : n])
        if not (_is_open(text) or _CONTINUES.match(lines[n]) or _is_wrapped(text, lines[n])):
            return end if _LOOP.match(lines[n]) else place
        end = n
    return end


def _is_open(code: str) -> bool:
    """Is a bracket still open?"""
    return any(code.count(opened) > code.count(closed) for opened, closed in ("()", "[]", "{}"))


def _join(lines: Sequence[str], ends: list[str], place: int, end: int) -> None:
    """Note what joins a header and its body: `;` between statements, signs around loops."""
    starts = _starts(lines, place, end)
    code = _code(lines[place])
    if _BARE.match(code):
        ends[place] += ":"
    elif not _HEADER.match(code) and not code.endswith(";"):
        ends[place] += ";"
    for start, behind in zip(starts, [*starts[1:], end + 1], strict=True):
        last = max(n for n in range(start, behind) if _code(lines[n]).strip())
        if _LOOP.match(lines[start]):
            ends[start - 1] += OPEN
            if _end(lines, start, last) > start:
                _join(lines, ends, start, last)
            ends[last] += CLOSE
        if behind <= end and not _code(lines[last]).endswith(";"):
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
