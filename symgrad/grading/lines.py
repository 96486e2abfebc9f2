"""Telling a line of an answer from a line of prose, without reading either.

A line that could have been meant as a statement counts as one: `read` then takes it or says what
is wrong with it. Only what nobody would write as a statement is prose.
"""

from __future__ import annotations

import re

from symgrad.reading.latex.commands import LETTERS

_ASSIGNMENT = re.compile(
    r"(?<![<>=!~])(?::|[-+*/−]|\*\*)?=(?![=>])|←|<-(?!\s*\d)|\\(?:gets|leftarrow)(?![A-Za-z])"
)
_OPENING, _CLOSING = "([{", ")]}"

_NAME = r"[^\W\d][\w'′’]*"
_TARGET = re.compile(r"\s*[\w∂∇δ\\](?:[\w.'′’^\\/∂∇]|\^\*)*\s*$")
_SPACED = re.compile(r"\\(?:[,;:! ]|quad\b|mathrel\b)")
_TYPESET = re.compile(
    rf"\s*(?:{_NAME}[.^_*\s]*)?\\(?:{'|'.join(sorted(LETTERS))}|partial|nabla|[dt]?frac"
    r"|bar|hat|tilde|over\w+|math\w+|bold\w+|operatorname|text)(?![A-Za-z])"
    r"(?:\\(?:[A-Za-z]+|\|)|[\w.'′^*/|+\s-])*$"
)
"""A left side in LaTeX without signs around it, such as `\\delta Z_2` and `\\nabla_x L`."""

_HEADER = re.compile(rf"\s*for\s+{_NAME}\s*(?:,|\bin\b|∈|\bif\b|$)", re.IGNORECASE)
_WITHOUT_COLON = re.compile(rf"\s*for\s+{_NAME}(?:\s*,\s*{_NAME})*\s+\S+\s*$", re.IGNORECASE)
_LOOP_ALONE = re.compile(
    rf"\s*for\s+(?:{_NAME}[^!?]*:|(?:\w{{1,2}}(?:\s+(?:in|∈)\s[^!?,]*)?\s*(?:,\s*|$))+)\s*$",
    re.IGNORECASE,
)
_LOOP_ASSIGNED = re.compile(rf"\s*for\s+(?:{_NAME}\s*,\s*)*{_NAME}\s*=", re.IGNORECASE)
_TYPESET_LOOP = re.compile(r"\s*\\(?:forall(?![A-Za-z])|(?:text\w*|mbox|mathrm)\s*\{\s*for\b)")
_LOOP_BEGUN = re.compile(
    r"\s*for\s+\(?\s*\w{1,2}(?:\s*,\s*\w{1,2})*\s*\)?\s*(?:do\b|\{|->|→|⟶|:)", re.IGNORECASE
)
_CONDITION = re.compile(r"\s*(?:if\b[^:]*:|for\s+(?:each|every|all)\b)", re.IGNORECASE)
_ELEMENT_THEN_FORMULA = re.compile(
    rf"\s*{_NAME}(?:\.grad)?\s*\[[^\]]*\]\s*(?:[-+*/]|[=!]=|{_NAME}(?:\[|\(|\.grad\b))"
)


def starts_like_a_statement(line: str, following: str = "") -> bool:
    """Could this line be a statement, well formed or not?

    `following` is the next line: a loop's header on a line of its own has its body there.
    """
    if _LOOP_ASSIGNED.match(line) or (_CONDITION.match(line) and formula_in(line)):
        return True
    if _LOOP_BEGUN.match(line) and _ASSIGNMENT.search(line):
        return True
    left = left_side(line)
    if _TYPESET_LOOP.match(line) and (left is not None or following[:1] in (" ", "\t")):
        return True
    if left is None:
        return _is_loop_without_assignment(line, following) or bool(
            _ELEMENT_THEN_FORMULA.match(line)
        )
    header, colon, _ = _outside_brackets(left).partition(":")
    if colon:
        return bool(_HEADER.match(header))
    bare = _SPACED.sub(" ", header)
    return any(form.match(bare) for form in (_TARGET, _TYPESET, _WITHOUT_COLON)) or bool(
        _ELEMENT_THEN_FORMULA.match(line)
    )


def formula_in(line: str) -> bool:
    """Does a sentence contain an assignment to an element or a gradient?"""
    left = left_side(line)
    return left is not None and ("[" in left or ".grad" in left)


def left_side(line: str) -> str | None:
    """What stands before the first assignment outside brackets."""
    depth = seen = 0
    for match in _ASSIGNMENT.finditer(line):
        depth = _depth(line[seen : match.start()], depth)
        seen = match.start()
        if depth == 0:
            return line[:seen]
    return None


def has_open_bracket(text: str) -> bool:
    return _depth(text) > 0


def _depth(text: str, depth: int = 0) -> int:
    """How many brackets are open behind a text, if so many were before it."""
    for character in text:
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(0, depth - 1)
    return depth


def _outside_brackets(text: str) -> str:
    kept = []
    depth = 0
    for character in text:
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(character)
    return "".join(kept)


def _is_loop_without_assignment(line: str, following: str) -> bool:
    header, colon, body = line.partition(":")
    if colon and "[" in body and _HEADER.match(header):
        return True
    if not _LOOP_ALONE.match(line) or not following.strip():
        return False
    beside = _LOOP_ALONE.match(following) or starts_like_a_statement(following)
    return following[:1] in (" ", "\t") or bool(beside)
