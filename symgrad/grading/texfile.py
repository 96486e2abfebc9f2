r"""A LaTeX document as a page: what is typeset as an answer, in its place.

    \section*{Part a}    \subsection*{(a)}    \item[(a)]    \paragraph{a)}    \textbf{a)}

Comments, the preamble and what follows the document are blanked out, and so are quotations, as the
`quote` environment and `\iffalse` make them. Verbatim blocks are code. Nothing is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from symgrad.grading.pages import Line, Page, blanked

_VERBATIM = re.compile(r"\\begin\{((?:[vV]erbatim|lstlisting|minted|alltt)\*?)\}")
_HIDDEN = {
    r"\begin{quote}": r"\end{quote}",
    r"\begin{quotation}": r"\end{quotation}",
    r"\begin{comment}": r"\end{comment}",
    r"\iffalse": r"\fi",
}
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%.*")
_SECTION = re.compile(
    r"\s*\\(?:part|chapter|(?:sub){0,2}section|(?:sub)?paragraph)\*?\s*(?:\[[^\]]*\])?\s*(?=\{)"
)
_BOLD = re.compile(
    r"\s*(?:\\noindent\s*)?(?:\\(?:text\w\w|underline|emph)\s*(?=\{)|(?=\{\\(?:bf|it|large)\w*\b))"
)
_ITEM = re.compile(r"\s*\\item(?![A-Za-z])\s*(?:\[(?P<label>[^\]]*)\])?")
_LABEL = re.compile(r"\s*(\(\w{1,12}\)|\w{1,12}\))")
_LIST = re.compile(r"\\(begin|end)\{(?:enumerate|itemize)\}(?:\[[^\]]*\])?")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?(?:\[[^\]]*\])?|[{}~]|\\.")


def tex_page(text: str) -> Page:
    body = _body(text)
    return Page(tuple(_Lines().read(body)))


def _body(text: str) -> str:
    """The document without its preamble and what follows it."""
    begin = text.find(r"\begin{document}")
    if begin >= 0:
        text = blanked(text, 0, begin + len(r"\begin{document}"))
    end = text.find(r"\end{document}")
    return blanked(text, end, len(text)) if end >= 0 else text


@dataclass
class _Lines:
    """Reads a document line by line: inside which block it is, and at which entry of a list."""

    code: str = ""
    hidden: str = ""
    depth: int = 0
    items: int = 0

    def read(self, text: str) -> Iterator[Line]:
        for number, line in enumerate(text.split("\n"), start=1):
            yield self._code(number, line) if self.code else self._text(number, line)

    def _code(self, number: int, line: str) -> Line:
        if self.code not in line:
            return Line(number, line, "code")
        before = line.partition(self.code)[0]
        self.code = ""
        return Line(number, before, "code")

    def _text(self, number: int, line: str) -> Line:
        line = self._shown(_COMMENT.sub(r"\1", line))
        block = _VERBATIM.search(line)
        if block:
            self.code = rf"\end{{{block[1]}}}"
            line = line[: block.start()]
        item = self._item(line)
        title, line = _titled(line)
        return Line(number, line, title=title, item=item)

    def _shown(self, line: str) -> str:
        """The line without what is hidden or quoted in it."""
        shown = 0
        while True:
            if self.hidden:
                end = line.find(self.hidden, shown)
                if end < 0:
                    return blanked(line, shown, len(line))
                line = blanked(line, shown, end + len(self.hidden))
                shown, self.hidden = end, ""
            found = min(
                ((at, sign) for sign in _HIDDEN if (at := line.find(sign, shown)) >= 0),
                default=None,
            )
            if found is None:
                return line
            shown, self.hidden = found[0], _HIDDEN[found[1]]

    def _item(self, line: str) -> int:
        """The number of the entry of an outermost list that begins here, if it has no label."""
        for mark in _LIST.finditer(line):
            self.depth = max(0, self.depth + (1 if mark[1] == "begin" else -1))
        found = _ITEM.match(_LIST.sub("", line))
        if not found or found["label"] is not None or self.depth != 1:
            return 0
        self.items += 1
        return self.items


def _titled(line: str) -> tuple[str, str]:
    """What a line announces as a heading, and the line without it."""
    heading = _SECTION.match(line)
    if heading:
        end = _closing(line, heading.end())
        return _words(line[heading.end() : end]), blanked(line, 0, end)
    item = _ITEM.match(line)
    if item and item["label"] is not None:
        return _words(item["label"]), blanked(line, 0, item.end())
    start = item.end() if item else 0
    label = _LABEL.match(line, start) if item else None
    if label:
        return label[1], blanked(line, 0, label.end())
    bold = _BOLD.match(line, start)
    if bold:
        end = _closing(line, bold.end())
        title = _words(line[bold.end() : end])
        if not re.search(r"[$=]", line[bold.end() : end]):
            return title, blanked(line, 0, end)
    return "", blanked(line, 0, start)


def _closing(line: str, start: int) -> int:
    """Where the braces that open at a place close; the end of the line if they do not."""
    depth = 0
    for at in range(start, len(line)):
        depth += {"{": 1, "}": -1}.get(line[at], 0)
        if depth == 0:
            return at + 1
    return len(line)


def _words(title: str) -> str:
    """A heading without its commands."""
    return " ".join(_COMMAND.sub(" ", title).split())
