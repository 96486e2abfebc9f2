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

MAX_BYTES = 200_000


def text_of(path: Path) -> str:
    """The text of a file, or a StudentError that says why it has none."""
    try:
        refuse_other_than_file(path)
        with path.open("rb") as stream:
            return text_in(stream)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(f"the file cannot be opened: {reason}", "check it") from None


def refuse_other_than_file(path: Path) -> None:
    if path.is_dir():
        raise _refused("this is a folder, not a file", "name one answer file")
    if not path.exists():
        raise _refused("there is no such file", "check the name")
    if not path.is_file():
        raise _refused("this is not a regular file", "hand in a text file")


def text_in(stream: BinaryIO) -> str:
    """The text of a stream, in UTF-8 or a marked encoding, its lines ended by newlines."""
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _refused(f"larger than {MAX_BYTES // 1000} kB", "the answers alone are enough")
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        byte = content[error.start : error.start + 1].hex()
        raise _refused(
            f"byte {byte} in line {line} is not UTF-8 text", "save the file as UTF-8", line
        ) from None
    control = CONTROL.search(text)
    if control:
        line = text[: control.start()].count("\n") + 1
        raise _refused("this is not a text file", "save the answers as plain text", line)
    return text.replace("\r\n", "\n").replace("\r", "\n")


CONTROL = re.compile(r"[^\t\n\r\f\x20-\x7e\xa0-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
"""Control characters: none belongs to a text, and printed they could change what a teacher sees."""


def _refused(message: str, hint: str, line: int = 1) -> StudentError:
    return StudentError(message, kind="limit", hint=hint, line=line)
