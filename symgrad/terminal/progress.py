"""How far long work is: a bar on stderr, and nothing in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from symgrad.grading.grade import Grade


@contextmanager
def grading_progress(description: str) -> Iterator[Callable[[Grade, int, int], None]]:
    """The progress of grading, by the names of those who are graded."""
    with naming_progress(f"grading {description}") as advance:
        yield lambda grade, done, total: advance(grade.name, done, total)


@contextmanager
def naming_progress(description: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr that follows the work by names, gone when it is done; none in a file."""
    out = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[name]}", style="dim"),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    ) as progress:
        task = progress.add_task(description, total=None, name="")

        def advance(name: str, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, name=name)

        yield advance
