"""Python text to `ast`, with every limit on size; nothing of it is ever run.

    text --limits--> ast.parse --limits--> ast.Module

All limits hold before anything looks at the tree, so that no later stage meets a deep recursion or
a huge number. Places are those of the text: lines and columns from 1, in characters.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from symgrad.errors import Kind, StudentError
from symgrad.reading.syntax.parse import MAX_CHARACTERS, MAX_DECIMAL_EXPONENT, MAX_DEPTH, MAX_DIGITS
from symgrad.reading.syntax.source import Source

MAX_NODES = 12_000

_LONG_NUMBER = re.compile(
    rf"[0-9A-Fa-f_]*[0-9_]{{{MAX_DIGITS + 1},}}|0[xob][0-9A-Fa-f_]{{41,}}", re.I
)
_TENS = re.compile(r"(?<![\w.])[0-9][0-9_]*\.?[0-9_]*[eE][-+]?([0-9_]+)")
_CODING = re.compile(r"[ \t\f]*#.*?coding[:=]")

MESSAGES: tuple[tuple[str, str], ...] = (
    ("expected ':'", "did you forget ':' at the end of the line?"),
    ("was never closed", "did you forget to close a bracket?"),
    ("unmatched", "this bracket closes nothing"),
    ("does not match opening", "this bracket closes another kind"),
    ("unindent does not match", "indent all lines of a block alike"),
    ("unexpected indent", "indent all lines of a block alike"),
    ("expected an indented block", "the lines of a block are indented"),
    ("invalid non-printable character", "delete the invisible character"),
    ("Maybe you meant '=='", "== compares, = assigns"),
    ("unterminated string", "close the string"),
)
"""What to do about Python's own complaint: a piece of it, and the hint."""


@dataclass(frozen=True)
class Text:
    """The lines of a Python text, for errors that point into it.

    `torch`: it speaks of torch and not of NumPy, so methods of arrays are torch's.
    """

    source: Source
    torch: bool = False

    def error(
        self, message: str, where: ast.AST | None, kind: Kind = "syntax", hint: str = ""
    ) -> StudentError:
        """An error at a node of the tree."""
        return self.source.at(message, *self.place(where), kind, hint)

    def place(self, where: ast.AST | None) -> tuple[int, int]:
        """Line and column of a node, from 1, in characters (`ast` counts bytes)."""
        line = getattr(where, "lineno", 1)
        if not 0 < line <= len(self.source.lines):
            return 1, 1
        written = self.source.lines[line - 1].encode()[: getattr(where, "col_offset", 0)]
        return line, len(written.decode(errors="ignore")) + 1

    def written(self, node: ast.expr) -> str:
        """What stands in the text for a node of one line."""
        line = self.source.lines[node.lineno - 1].encode()
        return line[node.col_offset : node.end_col_offset].decode(errors="ignore")


def parsed(text: str) -> tuple[ast.Module, Text]:
    """The tree of a Python text; StudentError for whatever is none, or is too large."""
    source = Source.of(text)
    if len(text) > MAX_CHARACTERS:
        raise StudentError(
            f"the text has {len(text)} characters; at most {MAX_CHARACTERS} are read", kind="limit"
        )
    _check_numbers(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(_plain(text))
    except SyntaxError as error:
        raise _refusal(error, source) from None
    except (RecursionError, MemoryError):
        raise StudentError("the text nests deeper than is read", kind="limit") from None
    except (ValueError, OverflowError):
        raise StudentError("this is not Python text", kind="syntax") from None
    _check_tree(tree, Text(source))
    return tree, Text(source, _speaks_torch(tree))


def _speaks_torch(tree: ast.Module) -> bool:
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            words |= {alias.name.split(".")[0] for alias in node.names}
            words.add((getattr(node, "module", None) or "").split(".")[0])
    return "torch" in words and not words & {"np", "numpy", "jnp"}


def _plain(text: str) -> str:
    """The text without a declared encoding, which the bytes no longer have."""
    lines = text.split("\n")
    for n, line in enumerate(lines[:2]):
        if _CODING.match(line):
            lines[n] = "#"
    return "\n".join(lines)


def _check_numbers(source: Source) -> None:
    """No numeral too long: Python would compute it while it parses."""
    for n, line in enumerate(source.lines, 1):
        code = line.partition("#")[0]
        found = _LONG_NUMBER.search(code)
        if found:
            raise source.at(
                f"a number of more than {MAX_DIGITS} digits", n, found.start() + 1, "limit"
            )
        for power in _TENS.finditer(code):
            digits = power[1].replace("_", "")
            if len(digits) > 5 or int(digits) > MAX_DECIMAL_EXPONENT:
                raise source.at(
                    f"a decimal exponent beyond {MAX_DECIMAL_EXPONENT}",
                    n,
                    power.start() + 1,
                    "limit",
                )


def _check_tree(tree: ast.Module, text: Text) -> None:
    """Not too many nodes, none too deep."""
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    count = 0
    while stack:
        node, depth = stack.pop()
        count += 1
        depth += isinstance(node, (ast.expr, ast.stmt))
        if count > MAX_NODES:
            raise text.error(f"more than {MAX_NODES} words and signs", node, "limit")
        if depth > 2 * MAX_DEPTH:
            raise text.error(f"the text nests deeper than {2 * MAX_DEPTH}", node, "limit")
        stack.extend((child, depth) for child in ast.iter_child_nodes(node))


def _refusal(error: SyntaxError, source: Source) -> StudentError:
    """Python's complaint at its place; too long or too deep is a limit."""
    said = str(error.msg)
    line = min(max(error.lineno or 1, 1), len(source.lines))
    column = max(error.offset or 1, 1)
    if "too many nested" in said or "Exceeds the limit" in said or "too many levels" in said:
        return source.at("the text nests deeper than is read", line, column, "limit")
    hint = next((hint for piece, hint in MESSAGES if piece in said), "")
    return source.at(f"this is not Python: {said}", line, column, hint=hint)
