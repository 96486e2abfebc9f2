"""Exercises as data, and where they are found.

An exercise is a module of the folder exercises/ that defines `EXERCISE`; exercises/__init__.py
lists them in order. The folder stands inside the package when symgrad is installed and beside it
in a checkout. An exercise holds no answers: `symgrad.course.reference` derives them.
"""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Literal

from symgrad.errors import AuthorError
from symgrad.program import Program
from symgrad.reading.names.star import ELEMENTWISE, Star

Kind = Literal[
    "loops", "step", "sums", "closed", "padded", "forward", "jacobian", "descent", "naive",
    "second", "mixed", "chain",
]  # fmt: skip
"""How the reference answer of a part is derived; `symgrad.course.reference` has a rule for each."""

Form = Literal["loops", "sums", "closed", "padded", "no exp", "chain"]
"""What an answer may be asked to look like; `symgrad.course.form` has a predicate for each."""


@dataclass(frozen=True)
class Part:
    """One question: the forward pass it is about, the arrays it asks for, what they are worth.

    reference: how the answer is derived from the forward pass; `of` names what that rule needs
    besides, such as the parameter and the rate of a descent step. rewriting: the forward pass as
    the question wants it written, where that is the question. digits: to how many digits a
    decimal must agree, where an answer may be a decimal. alternatives: pairs of a target and
    another array that an answer may write instead, such as the parameter itself.
    """

    name: str
    question: str
    forward: Program
    targets: tuple[str, ...]
    points: int = 1
    form: Form | None = None
    reference: Kind = "loops"
    of: tuple[str, ...] = ()
    rewriting: Program | None = None
    digits: int | None = None
    alternatives: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if (self.rewriting is not None) != (self.reference == "forward"):
            raise AuthorError(
                "a rewriting and the reference 'forward' go together", key=f"part {self.name}"
            )
        if not self.targets:
            raise AuthorError("asks for nothing", key=f"part {self.name}")
        for target, _ in self.alternatives:
            if target not in self.targets:
                raise AuthorError(f"{target} is not asked for", key=f"part {self.name}")


@dataclass(frozen=True)
class Exercise:
    """A computation of the course notes with its questions.

    aliases: names as the notes typeset them, each with the name that the program uses. spellings:
    what students call the arrays besides, which is read and never written. star: what `*` means
    between whole arrays in an answer, which the question says too.
    """

    id: str
    title: str
    document: str
    problem: str
    question: str
    parts: tuple[Part, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    star: Star = ELEMENTWISE

    def __post_init__(self) -> None:
        names = [part.name for part in self.parts]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated or not names:
            what = f"two parts named {repeated[0]}" if repeated else "no parts"
            raise AuthorError(what, file=self.id)
        for alias, name in self.names.items():
            if not any(name.removesuffix(".grad") in part.forward.arrays for part in self.parts):
                raise AuthorError(f"{name} is not an array of the exercise", key=f"alias {alias}")

    def part(self, name: str) -> Part:
        for part in self.parts:
            if part.name == name:
                return part
        names = ", ".join(part.name for part in self.parts)
        raise AuthorError(f"no part {name}; there are {names}", file=self.id)

    @property
    def names(self) -> Mapping[str, str]:
        """Every further name that an answer may use, with the name that the program uses."""
        return {**self.spellings, **self.aliases}

    @property
    def source(self) -> str:
        return f"{self.document}, {self.problem}"

    @property
    def naming(self) -> str:
        """How the names of the plain notation are typeset in the notes."""
        pairs = ", ".join(f"`{name}` is {alias}" for alias, name in self.aliases.items())
        return f"Names: {pairs}." if pairs else ""

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)


# --- the catalogue -----------------------------------------------------------------------------


def exercise(id: str) -> Exercise:
    """One exercise; of an unknown id, an AuthorError that suggests the nearest."""
    names = order()
    if id not in names:
        near = difflib.get_close_matches(id, names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "`symgrad list` shows them all"
        raise AuthorError(f"there is no exercise {id}; {hint}")
    return _load(id)


def catalogue() -> Mapping[str, Exercise]:
    """Every exercise by its id, in the order of the list in exercises/__init__.py."""
    return MappingProxyType({id: _load(id) for id in order()})


def order() -> tuple[str, ...]:
    """The ids of all exercises, without loading them."""
    listed = _module("__init__", FOLDER / "__init__.py").ORDER
    return tuple(listed)


def files() -> Iterator[Path]:
    """The modules of the folder, in the order of their names."""
    return (path for path in sorted(FOLDER.glob("*.py")) if path.stem != "__init__")


def _folder() -> Path:
    package = Path(__file__).parent.parent
    inside = package / "exercises"
    return inside if inside.is_dir() else package.parent / "exercises"


FOLDER = _folder()


@cache
def _load(id: str) -> Exercise:
    path = FOLDER / f"{id.replace('-', '_')}.py"
    if not path.is_file():
        raise AuthorError("the file is missing", file=path.name)
    try:
        found = getattr(_module(path.stem, path), "EXERCISE", None)
    except AuthorError as error:
        raise AuthorError(error.message, file=error.file or path.name, key=error.key) from None
    if not isinstance(found, Exercise):
        raise AuthorError("defines no EXERCISE", file=path.name)
    if found.id != id:
        raise AuthorError(f"is listed as {id} but calls itself {found.id}", file=path.name)
    return found


@cache
def _module(stem: str, path: Path) -> ModuleType:
    """A module of the folder, by its path: the folder need not be importable."""
    name = f"symgrad.exercises.{stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise AuthorError("cannot be imported", file=path.name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
