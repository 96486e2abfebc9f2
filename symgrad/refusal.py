"""Whatever the command line cannot take is one line on stderr: what, where, what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from symgrad.errors import AuthorError, StudentError
from symgrad.grading.textfile import text_in, text_of

LONGEST = 400
"""Characters of a line that are shown."""


class Refusal(click.ClickException):
    """One line on stderr and exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        line = " ".join(self.message.split())
        click.echo(f"symgrad: {line if len(line) <= LONGEST else line[:LONGEST] + ' …'}", err=True)


class Commands(click.Group):
    """A group whose commands turn bad input into a refusal."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (StudentError, AuthorError) as error:
            raise Refusal(str(error)) from None


@contextmanager
def place(name: str) -> Iterator[None]:
    """Name the file or argument in whatever cannot be read in it."""
    try:
        yield
    except StudentError as error:
        raise Refusal(f"{name}: {error}") from None


@contextmanager
def whole(name: str) -> Iterator[None]:
    """Name the file that cannot be read as a whole."""
    try:
        yield
    except StudentError as error:
        raise Refusal(f"{name}: {error.message}; {error.hint}") from None


def text_from(name: str) -> str:
    """The text of a file, or of stdin for `-`."""
    with whole("stdin" if name == "-" else name):
        return text_in(sys.stdin.buffer) if name == "-" else text_of(Path(name))
