"""A solution sheet as Markdown or as a Jupyter notebook, with its mathematics between dollars.

All but the answers is quoted, and so belongs to no answer. In a notebook each answer has a cell
of its own; in a blank one that cell is empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from symgrad.typesetting.latex import aligned, boxed
from symgrad.typesetting.sheet import Block, Code, Display, Math, Paragraph, Pieces, Section, Sheet


def markdown(sheet: Sheet) -> str:
    return "\n\n".join(cell for cell in _cells(sheet) if cell) + "\n"


def notebook(sheet: Sheet) -> str:
    """A notebook of version 4.5."""
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "id": f"cell-{n}", "metadata": {}, "source": source}
        for n, source in enumerate(_cells(sheet))
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _cells(sheet: Sheet) -> Iterator[str]:
    """The parts that stand in cells of their own; an empty one where an answer is asked for."""
    yield f"# {sheet.title}\n\n> {sheet.source}\n>\n{_quoted(sheet.question)}"
    for section in sheet.sections:
        yield f"## ({section.name})\n\n{_quoted([*section.question, _points(section)])}"
        if section.derivation:
            yield _quoted(section.derivation)
        yield _displayed(boxed(section.answer.lines)) if section.answer else ""
        if section.remarks:
            yield _quoted(section.remarks)


def _points(section: Section) -> Block:
    return Paragraph((f"[{section.points}]",))


def _quoted(blocks: Iterable[Block]) -> str:
    """The blocks in a quotation, with an empty line between them."""
    text = "\n\n".join(map(_block, blocks))
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _block(block: Block) -> str:
    if isinstance(block, Display):
        return _displayed(aligned(block.lines))
    lead = f"**{_written(block.lead)}** " if block.lead else ""
    return lead + _written(block.pieces)


def _displayed(formula: str) -> str:
    return f"$$\n{formula}\n$$"


def _written(pieces: Pieces) -> str:
    return "".join(map(_piece, pieces))


def _piece(piece: str | Math | Code) -> str:
    if isinstance(piece, Math):
        return f"${piece.latex}$"
    return f"`{piece.text}`" if isinstance(piece, Code) else piece
