"""A file is a text, or refused with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symgrad.errors import StudentError
from symgrad.grading.textfile import MAX_BYTES, text_of


def written(folder: Path, content: bytes) -> Path:
    path = folder / "alice.md"
    path.write_bytes(content)
    return path


def reason(path: Path) -> str:
    with pytest.raises(StudentError) as caught:
        text_of(path)
    return caught.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_marked_encodings_and_all_newlines_are_read(
    tmp_path: Path, encoding: str, newline: str
) -> None:
    content = newline.join(["## a", "\tδx = 1"]).encode(encoding)
    assert text_of(written(tmp_path, content)) == "## a\n\tδx = 1"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le", "utf-16-be"])
def test_unmarked_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    text = "## a\nLösung: x² · y\nfor b: Z[b] += 1"
    assert text_of(written(tmp_path, text.encode(encoding))) == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"## a\nZ = \x81\n", "this is not a text file"),
        (b"PK\x03\x04\0\0", "this is not a text file"),
        (b"## a\nZ = 1 \x1b[2J\n", "this is not a text file"),
        ("Z = \u202e1".encode(), "this is not a text file"),
        ("Z = \x9b1".encode(), "this is not a text file"),
        (b"x" * (MAX_BYTES + 1), "larger than 200 kB"),
    ],
    ids=["no code page", "binary", "escape", "right-to-left", "csi", "large"],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    assert reason(written(tmp_path, content)) == message


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert reason(tmp_path / "nobody.md") == "there is no such file"
    assert reason(tmp_path) == "this is a folder, not a file"
    assert reason(tmp_path / ("x" * 5000)).startswith("the file cannot be opened: ")


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert reason(tmp_path / "pipe.md") == "this is not a regular file"
