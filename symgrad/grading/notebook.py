"""A Jupyter notebook as a page: its cells below each other, their outputs ignored.

A notebook is JSON that anybody may have written. Its size, its nesting and the shape of its cells
are looked at before the format's own library brings an older version to today's.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from symgrad.errors import StudentError
from symgrad.grading.markdown import markdown_lines
from symgrad.grading.pages import Line, Page, Places
from symgrad.grading.textfile import MAX_BYTES, refuse_control_characters

MAX_NOTEBOOK = 5_000_000
"""Bytes of a notebook that are read, its pictures included."""

MAX_CELLS = 1000
MAX_NESTING = 40
VERSIONS = (3, 4)

_PROGRAM = re.compile(
    r"^\s*(?:import |from |def |class |print\s*\(|plt\.|return\b|assert |with |while |[%!@]"
    r"|for .* in range\s*\()",
    re.MULTILINE,
)
_DEFINES = re.compile(r"^(?:import|from|def)\s", re.MULTILINE)
_NOTATION = re.compile(
    r"^\s*for\s+\w+(?:\s*,\s*\w+)*\s*(?::|if\b|in\b[^:\n]*\.\.)|\.grad\s*\[|[δ∂∇Σ]", re.MULTILINE
)
"""What no Python has: where functions are defined, a cell without it is Python, too."""

_SHOWN = re.compile(r"\s*%%(?:latex|markdown)\b.*")


def notebook_page(text: str) -> Page:
    lines: list[Line] = []
    starts: list[int] = []
    cells = _cells(text)
    computes = any(_DEFINES.search(one["source"]) for one in cells if one["cell_type"] == "code")
    for cell in cells:
        starts.append(len(lines))
        lines.extend(_lines(cell["cell_type"], cell["source"], len(lines), computes))
        lines.append(Line(len(lines) + 1, ""))
    return Page(tuple(lines), Places(tuple(starts)))


def _lines(kind: str, source: str, before: int, computing: bool) -> Iterator[Line]:
    """The lines of one cell, below `before` others; does the notebook compute something?"""
    shown = _SHOWN.match(source)
    if kind == "markdown" or (kind == "code" and shown):
        yield from markdown_lines(source[shown.end() :] if shown else source, before)
    elif kind == "code":
        computes = _PROGRAM.search(source) or (computing and not _NOTATION.search(source))
        for number, line in enumerate(source.split("\n"), start=before + 1):
            yield Line(number, line, "program" if computes else "code")


# --- the format ----------------------------------------------------------------------------------


def _cells(text: str) -> list[dict[str, Any]]:
    """Every cell, of a notebook of any version that is read."""
    notebook = _parsed(text)
    version = notebook.get("nbformat")
    if type(version) is not int or version not in VERSIONS:
        raise _refused(f"notebooks of version {version!r:.20} are not read", "save it anew")
    cells = _current([_bare(cell, version) for cell in _stored_cells(notebook)], version)
    written = "\n".join(cell["source"] for cell in cells)
    if len(written) > MAX_BYTES:
        raise _refused(f"its cells are larger than {MAX_BYTES // 1000} kB", "hand in the answers")
    refuse_control_characters(written)
    return cells


def _parsed(text: str) -> dict[str, Any]:
    _check_nesting(text)
    try:
        notebook = json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise _refused("this is not a notebook: it is no JSON", "save it again", line) from None
    if not isinstance(notebook, dict):
        raise _refused("this is not a notebook", "save it again")
    return notebook


def _check_nesting(text: str) -> None:
    depth = 0
    for sign in re.finditer(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', text, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(sign[0], 0)
        if depth > MAX_NESTING:
            raise _refused(f"its JSON nests deeper than {MAX_NESTING}", "save it again")


def _distinct(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys differ: of two equal ones, programs show one or the other."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _refused(f"its JSON has the key {key!r:.30} twice", "save it again")
        found[key] = value
    return found


def _stored_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells as version 3 or 4 stores them."""
    sheets = _objects(notebook.get("worksheets", [notebook]))
    cells = [cell for sheet in sheets for cell in _objects(sheet.get("cells", []))]
    if len(cells) > MAX_CELLS:
        raise _refused(f"more than {MAX_CELLS} cells", "the answers alone are enough")
    return cells


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _refused("this is not a notebook: its cells are not a list of cells", "save it again")
    return value


def _bare(cell: dict[str, Any], version: int) -> dict[str, Any]:
    """A cell with its type and text alone: outputs are not read, so nothing in them can matter."""
    kind = cell.get("cell_type")
    if not isinstance(kind, str):
        raise _refused("this is not a notebook: a cell without a type", "save it again")
    if kind != "code":
        level = {"level": 2} if kind == "heading" and version == 3 else {}
        kind = kind if kind == "markdown" or level else "raw"
        return {"cell_type": kind, "metadata": {}, "source": _text(cell, "source"), **level}
    code: dict[str, Any] = {"cell_type": kind, "metadata": {}, "outputs": []}
    if version == 3:
        return {**code, "language": "python", "input": _text(cell, "input")}
    return {**code, "execution_count": None, "source": _text(cell, "source")}


def _text(cell: dict[str, Any], key: str) -> str:
    """A cell's text, which is a string, or a list of the strings of its lines."""
    value = cell.get(key, "")
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str) for part in parts):
        raise _refused("this is not a notebook: the text of a cell is none", "save it again")
    return "".join(parts).replace("\r\n", "\n").replace("\r", "\n")


def _current(cells: list[dict[str, Any]], version: int) -> list[dict[str, Any]]:
    """The cells as today's version has them; headings of version 3 become Markdown."""
    import nbformat

    body = {"cells": cells} if version > 3 else {"worksheets": [{"cells": cells}]}
    notebook = {"metadata": {}, "nbformat": version, "nbformat_minor": 0, **body}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found: list[dict[str, Any]]
            found = nbformat.convert(nbformat.from_dict(notebook), max(VERSIONS))["cells"]
            return found
        except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError):
            raise _refused("this is not a notebook", "save it again") from None


def _refused(message: str, hint: str, line: int = 1) -> StudentError:
    return StudentError(message, kind="limit", hint=hint, line=line)
