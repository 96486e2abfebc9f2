r"""A solution sheet as LaTeX: a document that pdflatex takes, or a fragment for `\input`.

All but the answers stands in `quote`, which belongs to no answer; amsmath is all that is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from symgrad.typesetting.latex import align, boxed
from symgrad.typesetting.sheet import Block, Code, Display, Math, Pieces, Section, Sheet

PREAMBLE = r"""\documentclass[11pt,fleqn]{article}
\usepackage[a4paper,margin=2.3cm]{geometry}
\usepackage{amsmath}
\setlength{\mathindent}{1em}
\begin{document}
"""

SETTINGS = r"""\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5em}
\renewenvironment{quote}{\par}{\par}
\allowdisplaybreaks
"""
"""What a sheet needs; in a fragment for itself alone."""

MOST_BOXED = 25
"""The lines of an answer that certainly fit on a page."""

KEPT_TOGETHER = r"\par\vspace{0pt plus .24\textheight}\penalty-100\vspace{0pt plus -.24\textheight}"
"""A new page rather than a question at the foot of one."""

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "·": r"$\cdot$",
    "“": "``",
    "”": "''",
    "–": "--",
    "’": "'",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
"""Characters of a text that LaTeX reads as commands or lacks."""


def document(sheet: Sheet) -> str:
    """The sheet as a document."""
    return PREAMBLE + SETTINGS + _body(sheet) + "\\end{document}\n"


def fragment(sheet: Sheet) -> str:
    r"""The sheet for `\input`, after `\usepackage{amsmath}`."""
    return "\\begingroup\n" + SETTINGS + _body(sheet) + "\\par\\endgroup\n"


def _body(sheet: Sheet) -> str:
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    yield rf"\section*{{{escaped(sheet.title)}}}"
    yield rf"\emph{{{escaped(sheet.source)}}}"
    yield ""
    yield from _quoted(sheet.question)
    for section in sheet.sections:
        yield ""
        yield KEPT_TOGETHER
        yield rf"\subsection*{{({section.name})\hfill\normalfont {section.points}}}"
        yield from _quoted(section.question)
        yield from _answered(section) if section.answer else [r"\vspace{5cm}"]


def _answered(section: Section) -> Iterator[str]:
    assert section.answer is not None
    if section.derivation:
        yield ""
        yield from _quoted(section.derivation)
    yield ""
    yield r"\textbf{Answer.}"
    yield from _boxed(section.answer.lines)
    if section.remarks:
        yield from _quoted(section.remarks)


def _boxed(lines: Sequence[str]) -> Iterator[str]:
    """A box, or what may go on on the next page where a box has no room on one."""
    if len(lines) > MOST_BOXED:
        yield align(lines)
        return
    yield from (r"\[", boxed(lines), r"\]")


def _quoted(blocks: Iterable[Block]) -> Iterator[str]:
    yield r"\begin{quote}"
    before: Block | None = None
    for block in blocks:
        if isinstance(block, Display):
            yield align(block.lines)
        else:
            if (before is not None and not isinstance(before, Display)) or block.lead:
                yield ""
            lead = rf"\textbf{{{_written(block.lead)}}}\quad " if block.lead else ""
            yield lead + _written(block.pieces)
        before = block
    yield r"\end{quote}"


def _written(pieces: Pieces) -> str:
    return "".join(map(_piece, pieces))


def _piece(piece: str | Math | Code) -> str:
    if isinstance(piece, Math):
        return f"${piece.latex}$"
    return rf"\texttt{{{escaped(piece.text)}}}" if isinstance(piece, Code) else escaped(piece)


def escaped(text: str) -> str:
    return "".join(SPECIAL.get(character, character) for character in text)
