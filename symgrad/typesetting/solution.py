"""The reference solution of an exercise, in every format that there is.

Question, source, forward pass; then each part with its question, its derivation, its reference
answer, the other forms of it, and what was proved. All but the PDF are themselves answer files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from symgrad.course.exercise import Exercise
from symgrad.typesetting.document import document, fragment
from symgrad.typesetting.markup import markdown, notebook
from symgrad.typesetting.pdf import compiled
from symgrad.typesetting.sheet import Sheet, sheet

FORMATS: dict[str, tuple[str, Callable[[Sheet], str | bytes]]] = {
    "latex": (".tex", document),
    "fragment": (".tex", fragment),
    "markdown": (".md", markdown),
    "notebook": (".ipynb", notebook),
    "pdf": (".pdf", lambda found: compiled(document(found))),
}
"""Each format with its file ending."""


def solution(exercise: Exercise, format: str, *, blank: bool = False) -> bytes:
    """The content of the file."""
    content = FORMATS[format][1](sheet(exercise, blank=blank))
    return content if isinstance(content, bytes) else content.encode()


def write_solutions(
    exercises: Sequence[Exercise],
    format: str,
    folder: Path,
    *,
    blank: bool = False,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> list[Path]:
    """A file for each exercise; the paths that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for done, exercise in enumerate(exercises):
        progress(exercise.id, done, len(exercises))
        path = folder / f"{exercise.id}{FORMATS[format][0]}"
        path.write_bytes(solution(exercise, format, blank=blank))
        paths.append(path)
    return paths
