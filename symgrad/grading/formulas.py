r"""The mathematics in running text: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` and environments.

Nothing is read here. A formula is what stands between its signs, kept in its place; the signs
belong to it, for they tell the reader that this is LaTeX.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from symgrad.errors import StudentError
from symgrad.grading.lines import left_side
from symgrad.grading.pages import Line

ENVIRONMENTS = (
    "align", "alignat", "aligned", "eqnarray", "equation", "flalign", "gather", "gathered",
    "math", "displaymath", "multline", "split",
)  # fmt: skip

MAX_FORMULAS = 500
"""How many formulas may stand between two headings."""

_BEGIN = rf"\\begin\{{(?P<name>(?:{'|'.join(ENVIRONMENTS)})\*?)\}}"
_SIGN = re.compile(rf"\\[\[(]|{_BEGIN}|\\.|\$\$?", re.DOTALL)
_OPENING = re.compile(rf"\s*(?:\$|\\[\[(]|{_BEGIN})")
_DOLLAR = re.compile(r"(?<!\\)\$|\n[ \t]*\n")
_ARROW = re.compile(r"\\(?:gets|leftarrow)(?![A-Za-z])")
_NO_TARGET = re.compile(r"(?:\\(?:sum|prod|int|max|min)(?![A-Za-z])|[-+(\[|0-9])")
_AROUND = re.compile(r"[\s.,;:]*(?:[-*+•]|\d{1,3}[.)]|\\item)?[\s.,;:]*")
_DEFINES = re.compile(
    r"\b(let|where|with|define|defining|set|setting|put|write|writing|using|is|are|be|have|get|obtain|compute"
    r"|computing|introduce|introducing|denote|call|by|sum|product)\b\s*:?\s*$",
    re.IGNORECASE,
)
_DEFINED = re.compile(r"\s*(\\?[A-Za-z]+)")
_DESCRIBES = re.compile(r"\\(?:(?:[lc]?dots|in|colon|to)(?![A-Za-z])|mathbb[ {]*R)|:(?!=)")
"""What stands in formulas that say what something is, and compute nothing."""

_RANGE = re.compile(r"\$\s*\\?[A-Za-z]+\s*=[^=]*\\[lc]?dots[^=]*\$")
"""$b = 1, \\dots, B$ in a sentence, which says over what something runs."""

_SPACING = re.compile(
    r"\\(?:begin\{[A-Za-z]+\*?\}(?:\[\w\]|\{\d+\})?|quad|qquad|[,;:! \[(])|[\s&$]"
)


@dataclass(frozen=True)
class Formula:
    """A formula with its lines as they stand in the file, everything else blanked out.

    alone     it is displayed, or shares its lines with formulas only
    assigns   it may be a statement
    """

    lines: Mapping[int, str]
    alone: bool
    assigns: bool


def formulas(lines: Sequence[Line]) -> Iterator[Formula]:
    """The formulas in lines that follow each other."""
    text = "\n".join(line.text for line in lines)
    starts = [0, *accumulate(len(line.text) + 1 for line in lines)]
    found = list(islice(spans(text), MAX_FORMULAS + 1))
    if len(found) > MAX_FORMULAS:
        raise StudentError(f"more than {MAX_FORMULAS} formulas in one part", kind="limit")
    beside = text
    for start, end in reversed(found):
        beside = beside[:start] + " " * (end - start) + beside[end:]
    for span in found:
        lead = _lead(text, span, beside, found)
        start, end = (span[0] if lead is None else lead), span[1]
        first, last = (bisect_right(starts, at) - 1 for at in (start, end - 1))
        begin, stop = starts[first], starts[last] + len(lines[last].text)
        masked = " " * (start - begin) + text[start:end] + " " * (stop - end)
        numbers = (line.number for line in lines[first : last + 1])
        alone = (
            lead is not None
            or not text.startswith(("$", "\\("), start)
            or text.startswith("$$", start)
            or all(map(_AROUND.fullmatch, (beside[begin:start], beside[end:stop])))
        )
        ranges = not alone and _RANGE.fullmatch(text, *span)
        yield Formula(
            dict(zip(numbers, masked.split("\n"), strict=True)),
            alone,
            assigns=not ranges and assigns(text[slice(*span)]),
        )


def _lead(
    text: str, span: tuple[int, int], beside: str, found: Sequence[tuple[int, int]]
) -> int | None:
    """Where the words begin that make a formula in a sentence a definition: Let $e_b = \\dots$, if
    another formula uses what it defines; `where` belongs to it, for it may stand behind its use."""
    start, end = span
    words = _DEFINES.search(beside, max(0, start - 20), start)
    name = _DEFINED.match(_SPACING.sub(" ", text[start:end]))
    if words is None or name is None or not assigns(text[start:end]):
        return None
    if _DESCRIBES.search(text, start, end):
        return None
    used = re.compile(rf"(?<![A-Za-z\\]){re.escape(name[1])}(?![A-Za-z])")
    elsewhere = any(used.search(text, *one) for one in found if one != span)
    if not elsewhere:
        return None
    behind = words[1] in ("where", "with") and any(one < span for one in found)
    return words.start(1) if behind else start


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each formula of a text begins and ends, its signs included."""
    at = 0
    endless: set[str] = set()
    while sign := _SIGN.search(text, at):
        closing = _closing(sign)
        end = -1 if closing is None or closing in endless else _end(text, sign.end(), closing)
        if end < 0:
            at = sign.end()
            if closing is not None and closing != "$":
                endless.add(closing)
        else:
            yield sign.start(), end
            at = end


def _closing(sign: re.Match[str]) -> str | None:
    """What closes a formula that begins with this sign; None if none does."""
    if sign["name"]:
        return rf"\end{{{sign['name']}}}"
    return {"$": "$", "$$": "$$", r"\[": r"\]", r"\(": r"\)"}.get(sign[0])


def _end(text: str, start: int, closing: str) -> int:
    """Where a formula ends; one between single dollars has no blank line."""
    if closing != "$":
        found = text.find(closing, start)
        return found + len(closing) if found >= 0 else -1
    stop = _DOLLAR.search(text, start)
    return stop.end() if stop and stop[0] == "$" else -1


def begins_a_formula(line: str) -> bool:
    """Does mathematics begin here that never ends?"""
    return bool(_OPENING.match(line))


def assigns(formula: str) -> bool:
    """Could a formula be a statement: does something that can be assigned stand before an =?

    Nothing at all may stand there: such a formula goes on with the one above it.
    """
    bare = _SPACING.sub(" ", formula)
    arrow = _ARROW.search(bare)
    left = bare[: arrow.start()] if arrow else left_side(bare)
    return left is not None and not _NO_TARGET.match(left.strip())
