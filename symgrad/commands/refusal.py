"""Whatever the command line cannot take is one line on stderr: what, where, what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgrad.errors import AuthorError, StudentError
from symgrad.grading.textfile import text_in, text_of

if TYPE_CHECKING:
    from symgrad.program import Program

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
        except StudentError as error:
            raise Refusal(_said(error)) from None
        except AuthorError as error:
            raise Refusal(str(error)) from None
        except click.UsageError as error:
            asked = error.ctx.command_path if error.ctx else context.command_path
            said = error.format_message()
            stop = "" if said.endswith((".", "?")) else "."
            raise Refusal(f"{said}{stop} `{asked} --help` shows how") from None


def _said(error: StudentError) -> str:
    """What is wrong, with the place in the text if it has one."""
    if error.source:
        return str(error)
    return f"{error.message}; {error.hint}" if error.hint else error.message


def _said_of_file(error: StudentError) -> str:
    """What is wrong with a file as a whole, and what to do; no place in it is told."""
    return f"{error.message}; {error.hint}"


def called(name: str) -> str:
    """A file's name as it is said: `-` is stdin."""
    return {"-": "stdin", "": "''"}.get(name, name)


@contextmanager
def place(name: str, said: Callable[[StudentError], str] = _said) -> Iterator[None]:
    """Name the file or argument in whatever cannot be read in it."""
    try:
        yield
    except StudentError as error:
        raise Refusal(f"{called(name)}: {said(error)}") from None


def whole(name: str) -> AbstractContextManager[None]:
    """Name the file that cannot be read as a whole."""
    return place(name, _said_of_file)


def text_from(name: str) -> str:
    """The text of a file, or of stdin for `-`."""
    with whole(name):
        return text_in(sys.stdin.buffer) if name == "-" else text_of(Path(name))


def program_from(name: str) -> Program:
    """The program that is written in a file, or on stdin for `-`."""
    from symgrad.reading.text import read

    text = text_from(name)
    with place(name):
        return read(text)
