r"""What stands above and below a name, taken by itself: its parts, and its text.

W^{h,R}    the marks h and R    as declared W^{h,R}    as plain letters WhR, W_hR
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from lark import Token, Tree

from symgrad.reading.syntax.trees import Node, Part, made, tokens

Script = Node
"""A `sub` or a `sup`."""


def arguments(mark: Script) -> list[Part]:
    """What a mark holds; the brackets around all of it, as in x^{(i)}, are left out."""
    inside = paired(mark)
    if inside is not None:
        mark = inside
    return [part for part in mark.children if isinstance(part, Tree) or _is_index(part)]


def _is_index(part: Part | None) -> bool:
    return isinstance(part, Token) and part.type in ("TRANSPOSE", "STAR")


def paired(mark: Script) -> Node | None:
    """The brackets that a raised mark consists of: (b) of s^{(b)}."""
    inner: Part | None = mark.children[1] if len(mark.children) == 2 else None
    while isinstance(inner, Tree) and inner.data in ("sum", "term", "piece"):
        if len(inner.children) != 1:
            return None
        inner = inner.children[0]
    return inner if isinstance(inner, Tree) and inner.data in ("group", "bracket") else None


def is_word(mark: Script) -> bool:
    r"""Does a mark hold a word, as in theta_{\text{new}}?"""
    return any(word.type == "BOXED" and len(word) > 1 for word in tokens(mark))


def subsets(marks: Sequence[Script]) -> Iterator[tuple[Script, ...]]:
    """Which marks may belong to the name: all, then one, then none."""
    for count in range(len(marks), -1, -1):
        yield from combinations(marks, count)


def _text(mark: Script) -> str:
    """What a mark holds, as a declared name has it: t+1, h,R, (1)."""
    inside = paired(mark)
    parts = [part for part in (inside or mark).children if part is not None]
    text = ",".join(
        "".join("^" if word.type == "SUP" else str(word) for word in tokens(part))
        for part in (parts if inside else parts[1:])
    )
    return {"group": f"({text})", "bracket": f"[{text}]"}.get(
        str(inside.data) if inside else "", text
    )


def exact(base: str, marks: Sequence[Script]) -> Iterator[str]:
    r"""The name as it is declared with its marks: W^{h,R}, h_{t+1}."""
    for order in {tuple(marks), tuple(reversed(marks))}:
        yield str(base) + "".join(
            f"{'^' if mark.data == 'sup' else '_'}{{{_text(mark)}}}" for mark in order
        )


def flat(base: str, marks: Sequence[Script]) -> Iterator[str]:
    """The name with its marks as plain letters: alpha1, theta_new, WhR, ystar."""
    for order in {tuple(marks), tuple(reversed(marks))}:
        texts = [_plain(mark) for mark in order]
        if not all(text.replace("_", "").isalnum() for text in texts):
            continue
        below = "_".join(texts)
        if not texts[0][0].isdigit():
            yield f"{base}_{below}"
        yield str(base) + "".join(texts)
        if len(texts) > 1 and not texts[1][0].isdigit():
            yield f"{base}{texts[0]}_{texts[1]}"


def _plain(mark: Script) -> str:
    """A mark as plain letters: (1) is 1, h,R is hR, 2,total is 2_total."""
    text = "".join(c for c in _text(mark) if c not in "()[]_{} ").replace("*", "star")
    first, *more = text.split(",")
    return "_".join([first, *more]) if first.isdigit() else "".join([first, *more])


def alike(base: str, marks: Sequence[Script]) -> set[str]:
    """Names that only look like the base with these marks."""
    bare = base.rstrip("'")
    return {name + base[len(bare) :] for name in flat(bare, marks)}


def characters(word: Token) -> Iterator[Token]:
    """The letters of a word, a number kept together."""
    for n, letter in enumerate(word):
        yield Token(
            "NUMBER" if letter.isdigit() else "WORD",
            letter,
            (word.start_pos or 0) + n,
            word.line,
            (word.column or 1) + n,
            end_pos=(word.start_pos or 0) + n + 1,
        )


def letters_of(part: Part) -> Iterator[Token]:
    """The letters and figures beside each other that an index consists of; nothing else."""
    if isinstance(part, Tree) and part.data == "sum" and len(part.children) == 1:
        found: list[Token] = []
        (term,) = part.children
        assert isinstance(term, Tree)
        for piece in term.children:
            if not isinstance(piece, Tree) or len(piece.children) != 1:
                return
            (word,) = piece.children
            if not isinstance(word, Token) or word.type not in (
                "WORD",
                "LETTER",
                "NUMBER",
                "BOXED",
            ):
                return
            found += characters(word) if word.type in ("WORD", "NUMBER") else [word]
        yield from found


def marked_letters(part: Part) -> list[Node]:
    """i i^*: letters beside each other of which some have marks, each an index."""
    (term,) = part.children if isinstance(part, Tree) and len(part.children) == 1 else (None,)
    pieces = term.children if isinstance(term, Tree) and term.data == "term" else []
    letters = [
        one
        for one in pieces
        if isinstance(one, Tree)
        and isinstance(one.children[0], Token)
        and one.children[0].type in ("WORD", "LETTER", "BOXED")
        and len(one.children[0]) == 1
    ]
    if len(letters) < max(2, len(pieces)) or all(len(one.children) == 1 for one in letters):
        return []
    return [made("sum", [made("term", [one])]) for one in letters]


def sum_of(letter: Token) -> Node:
    return made("sum", [made("term", [made("piece", [letter])])])
