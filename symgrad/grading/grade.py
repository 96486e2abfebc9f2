"""A class: every submission checked in a process of its own, so that none can stop another.

    class/alice.md, class/bob.txt, …                 one file a student
    class/alice/softmax.md, class/bob/softmax.txt    one folder a student

A submission that takes too long or too much memory loses its worker and becomes one row that says
so; the others never notice.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlinePassed
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from symgrad.course.exercise import exercise, order
from symgrad.errors import StudentError
from symgrad.grading.answers import KINDS
from symgrad.grading.check import check_file
from symgrad.grading.outcome import Policy, Report, not_checked

DEADLINE = 60.0
"""Seconds that one submission may take."""

MEMORY = 4 << 30
"""Bytes of address space that one worker may take."""


@dataclass(frozen=True)
class Submitted:
    """What a student handed in: the file, or the reason why there is none to check."""

    name: str
    path: Path | None
    problem: str = ""


@dataclass(frozen=True)
class Grade:
    name: str
    report: Report


Progress = Callable[[Grade, int, int], None]
"""Called after each submission, in order: its grade, how many are done, of how many."""


def grade(
    id: str,
    folder: Path,
    undecided: Policy = "accept",
    progress: Progress | None = None,
    deadline: float = DEADLINE,
) -> tuple[Grade, ...]:
    """The grades of everything in a folder, in the order of the names."""
    found = submissions(folder, id)
    grades: list[Grade] = []
    present = [item.path for item in found if item.path is not None]
    with _pool(len(present)) as pool:
        futures = {
            path: pool.schedule(check_file, args=(id, path, undecided), timeout=deadline)
            for path in present
        }
        for item in found:
            if item.path is None:
                report = not_checked(exercise(id), "missing", item.problem)
            else:
                report = _outcome(id, item.path.name, futures[item.path].result, deadline)
            grades.append(Grade(item.name, report))
            if progress is not None:
                progress(grades[-1], len(grades), len(found))
    return tuple(grades)


# --- what was handed in --------------------------------------------------------------------------


def submissions(folder: Path, id: str) -> tuple[Submitted, ...]:
    """One for each file, and for each folder the file in it that answers the exercise."""
    entries = sorted(
        (entry for entry in folder.iterdir() if not entry.name.startswith(".")),
        key=lambda entry: entry.name,
    )
    stems = [entry.stem for entry in entries]
    return tuple(
        _in_folder(entry, id)
        if entry.is_dir()
        else Submitted(_name(entry.stem if stems.count(entry.stem) == 1 else entry.name), entry)
        for entry in entries
    )


def _in_folder(folder: Path, id: str) -> Submitted:
    """The file named after the exercise, or the only file if it is named after no other."""
    if folder.is_symlink():
        return Submitted(_name(folder.name), None, "this is a link, not a folder")
    files = [
        file
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(".")
    ]
    candidates = [file for file in files if file.stem.lower() == id]
    if not candidates:
        candidates = [file for file in files if file.stem.lower() not in order()]
        candidates = [file for file in candidates if file.suffix.lower() in KINDS]
    name = _name(folder.name)
    if len(candidates) == 1:
        return Submitted(name, candidates[0])
    if candidates:
        names = ", ".join(_name(file.name) for file in candidates)
        return Submitted(name, None, f"which file answers {id}: {names}? Name one {id}.md")
    return Submitted(name, None, f"no file named {id} in the folder")


def _name(name: str) -> str:
    """A file's name as printable text, whatever its bytes."""
    text = os.fsencode(name).decode("utf-8", errors="backslashreplace")
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


# --- workers -------------------------------------------------------------------------------------


def _pool(submissions: int) -> ProcessPool:
    """A worker for each processor; each checks one submission and ends."""
    method = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
    context = get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["symgrad.grading.check", "symgrad.equivalence"])
    return ProcessPool(
        max_workers=max(1, min(os.cpu_count() or 1, submissions)),
        max_tasks=1,
        initializer=_limit_memory,
        context=context,
    )


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _outcome(id: str, file: str, result: Callable[[], Report], deadline: float) -> Report:
    """The report of one submission, or one that says why there is none.

    Whatever goes wrong in a worker must stay one row: this is the one place that catches all.
    """
    try:
        return result()
    except StudentError as error:
        problem = f"{error.message}; {error.hint}"
    except DeadlinePassed:
        problem = f"took longer than {deadline:g} s and was stopped; please grade it by hand"
    except (MemoryError, ProcessExpired):
        problem = "took too much memory and was stopped; please grade it by hand"
    except Exception as error:
        problem = f"symgrad failed ({type(error).__name__}: {error}); please grade it by hand"
    return not_checked(exercise(id), "unreadable", problem, file)
