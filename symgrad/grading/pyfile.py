"""A Python file as answers: functions named after the parts, or comments that announce them.

    def part_a(dp, p): …            # (a)
    def part_b(dp, p): …            ds = …

A function that is named after a part belongs to it, below another part's heading, too. What stands
before the first heading belongs to every part: imports, numbers, and the functions that the part
calls. Without a heading each part that a function is named after gets the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from symgrad.grading.headings import heading
from symgrad.python.entry import parts_named

_COMMENT = re.compile(r"#+[\s%=*-]*(?P<words>.*?)[\s=*-]*$")
_MARKED = re.compile(r"\(|(?:part|problem|exercise|question|task)\b", re.IGNORECASE)
"""A comment that says more than the name of a part is only a heading where it is marked as one."""

_MORE = re.compile(r"\s*(?:[,&/]|and\b|to\b)\s*\(?\w{1,3}\)?(?:\W|$)")
"""What follows the first of several parts that a comment speaks of."""

_DEFINED = re.compile(r"(?:def|class)\s+(\w+)")


_PROGRAM = re.compile(
    r"^\s*(?:import \w|from \w+ import |def \w+\s*\(|class \w|for \w+ in range\s*\()", re.MULTILINE
)


def is_program(code: str) -> bool:
    """Is this Python rather than the notation? Of a single formula it does not matter."""
    return _PROGRAM.search(code) is not None


@dataclass(frozen=True)
class PythonParts:
    """The text of each part that is answered, where parts are announced, and what is left over."""

    texts: Mapping[str, str]
    headings: Mapping[str, Sequence[int]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def python_parts(text: str, parts: Sequence[str]) -> PythonParts:
    """For each part that is answered the lines that belong to it, in their places."""
    lines = text.split("\n")
    announced = {n: part for n, line in enumerate(lines) if (part := _announced(line, parts))}
    if len(parts) == 1 and not set(announced.values()) - set(parts):
        return PythonParts({parts[0]: text})
    if announced:
        return _sections(lines, announced, parts)
    named = [part for *_, name in _definitions(lines) for part in parts_named(name, parts)]
    answered = {part: _own(lines, part, parts) for part in named}
    return PythonParts(answered, remarks=tuple(_strays(lines, answered, parts)))


def _announced(line: str, parts: Sequence[str]) -> str:
    """The part that a comment announces: `# a`, `# Part (b)`, `# %% c`."""
    words = _COMMENT.match(line)
    found = heading(f"# {words['words']}", parts) if words and words["words"] else None
    plain = words is not None and _MARKED.match(words["words"])
    if found is None or _MORE.match(found[1]):
        return ""
    return found[0] if plain or not found[1].strip() else ""


def _sections(
    lines: Sequence[str], announced: Mapping[int, str], parts: Sequence[str]
) -> PythonParts:
    """The lines below each heading, with what of the lines above the first they need."""
    starts = [*announced, len(lines)]
    own: dict[str, dict[int, str]] = {}
    headings: dict[str, list[int]] = {}
    for start, end in pairwise(starts):
        part = announced[start]
        headings.setdefault(part, []).append(start + 1)
        own.setdefault(part, {}).update(enumerate(lines[start:end], start))
    own = _by_name(lines, own, parts)
    texts = {
        part: _page({**_needed(lines[: starts[0]], "\n".join(section.values())), **section})
        for part, section in own.items()
        if part in parts and any(map(_is_code, section.values()))
    }
    remarks = (
        f"line {headings[part][0]}: there is no part {part}; the parts are {', '.join(parts)}"
        for part in own
        if part not in parts
    )
    return PythonParts(texts, headings, tuple(remarks))


def _by_name(
    lines: Sequence[str], own: Mapping[str, Mapping[int, str]], parts: Sequence[str]
) -> dict[str, dict[int, str]]:
    """The sections, each function in the part that it is named after, whatever stands above it.

    It stays where it is used, by more than a trial of it (`if __name__ == …`, `print(…)`), and
    where the other part has an answer of its own.
    """
    trials = {n for start, end in _trials(lines) for n in range(start, end)}
    found = {part: dict(section) for part, section in own.items()}
    for start, end, name in _definitions(lines):
        part = next((one for one, section in own.items() if start in section), None)
        named = parts_named(name, parts)
        if part is None or not named or part in named:
            continue
        inside = {n: own[part][n] for n in range(start, end) if n in own[part]}
        others = [line for n, line in own[part].items() if n not in inside and n not in trials]
        if _is_named(name, others) or any(map(_is_code, own.get(named[0], {}).values())):
            continue
        found.setdefault(named[0], {}).update(inside)
        found[part].update(dict.fromkeys(inside, ""))
    if len(found) > len(own):
        for section in found.values():
            section.update(dict.fromkeys(section.keys() & trials, ""))
    return found


def _trials(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The statements in which functions are tried out."""
    tops = [n for n, line in enumerate(lines) if line[:1].strip() and line[0] not in "#)]}"]
    for start, end in pairwise((*tops, len(lines))):
        if lines[start].startswith(("if __name__", "print(", "assert ")):
            yield start, end


def _own(lines: Sequence[str], part: str, parts: Sequence[str]) -> str:
    """The file without the functions that are named after other parts."""
    others = [name for name in parts if name != part]
    kept = dict(enumerate(lines))
    for start, end, name in _definitions(lines):
        if parts_named(name, others) and not _is_named(name, (*lines[:start], *lines[end:])):
            kept.update(dict.fromkeys(range(start, end), ""))
    return _page(kept)


def _is_named(name: str, lines: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", line) for line in lines)


def _needed(before: Sequence[str], section: str) -> dict[int, str]:
    """The lines above the first heading, without functions that nothing calls."""
    kept = dict(enumerate(before))
    for start, end, name in _definitions(before):
        if not _is_named(name, (*before[:start], *before[end:], section)):
            kept.update(dict.fromkeys(range(start, end), ""))
    return kept


def _definitions(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """The outermost functions and classes: their lines and names."""
    tops = [n for n, line in enumerate(lines) if line[:1].strip() and line[0] not in "#)]}"]
    for start, end in pairwise((*tops, len(lines))):
        found = _DEFINED.match(lines[start])
        if found:
            yield start, end, found[1]


def _page(lines: Mapping[int, str]) -> str:
    return "\n".join(lines.get(n, "") for n in range(max(lines) + 1)).rstrip("\n")


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _strays(
    lines: Sequence[str], answered: Mapping[str, str], parts: Sequence[str]
) -> Iterator[str]:
    """What no part is named in."""
    if not answered and any(map(_is_code, lines)):
        yield (
            "no part is named in this file; name functions after the parts, as in "
            f"`def part_{parts[0]}(…):`, or write comments such as `# {parts[0]}`"
        )
