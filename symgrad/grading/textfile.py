"""Texts from files that strangers wrote: a text, or the reason why there is none.

Size and kind are looked at before anything is read, and nothing but text comes through: no control
characters, which could change what a terminal shows.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import BinaryIO

from symgrad.errors import StudentError
from symgrad.reading.syntax.lookalikes import plain

MAX_BYTES = 200_000


def text_of(path: Path, limit: int = MAX_BYTES) -> str:
    """The text of a file, or a StudentError that says why it has none."""
    try:
        refuse_other_than_file(path)
        with path.open("rb") as stream:
            return text_in(stream, limit)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(f"the file cannot be opened: {reason}", "check it") from None


def refuse_other_than_file(path: Path) -> None:
    if path.is_dir():
        raise _refused("this is a folder, not a file", "name one file")
    if not path.exists():
        raise _refused("there is no such file", "check the name")
    if not path.is_file():
        raise _refused("this is not a regular file", "hand in a text file")


def refuse_link(path: Path) -> None:
    """A link that a stranger made may lead anywhere, to another's answers for example."""
    if path.is_symlink():
        raise _refused("this is a link, not a file", "hand in the file itself")


def text_in(stream: BinaryIO, limit: int = MAX_BYTES) -> str:
    """The text of a stream, in whatever encoding it is, its lines ended by newlines."""
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise _refused(f"larger than {limit // 1000} kB", "the answers alone are enough")
    text = _decoded(content)
    refuse_control_characters(text)
    return plain(text).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    """UTF-8; UTF-16 where it is marked or every other byte is 0; else the western code page.

    What is no UTF-8 is in practice Windows-1252, of which Latin-1 is the part that can be printed.
    """
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else (*_wide(content), "utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
    raise _refused("this is not a text file", "save the file as UTF-8", line)


def _wide(content: bytes) -> tuple[str, ...]:
    """The encoding of a text of two bytes a character that does not say so."""
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content and content[start::2].count(0) > 0.4 * len(content):
            return (encoding,)
    return ()


def refuse_control_characters(text: str) -> None:
    control = CONTROL.search(text)
    if control:
        line = text[: control.start()].count("\n") + 1
        raise _refused("this is not a text file", "save the answers as plain text", line)


CONTROL = re.compile(r"[^\t\n\r\f\x20-\x7e\xa0-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
"""Control characters: none belongs to a text, and printed they could change what a teacher sees."""


def _refused(message: str, hint: str, line: int = 1) -> StudentError:
    return StudentError(message, kind="limit", hint=hint, line=line)
