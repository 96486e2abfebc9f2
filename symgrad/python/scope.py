"""Names of a Python text and the memory that they share.

A name refers to a value; arrays are shared by all names that refer to them, so `dx = dy` makes no
copy and `dx += …` changes dy as well. What a loop or branch may assign anew has memory of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import sympy

from symgrad.errors import StudentError
from symgrad.expressions import array_of, elements
from symgrad.program import Loop
from symgrad.python.expressions import Expressions
from symgrad.python.names import Names
from symgrad.python.trace import Trace
from symgrad.python.values import Anything, Named, Several, Storage, Value


@dataclass
class Unset:
    """A name that some way through the text leaves without a value."""

    why: str


@dataclass(frozen=True)
class Growing:
    """What a round adds to a list, once that is known, and the loops within the one at hand."""

    added: Value | None = None
    loops: tuple[Loop, ...] = ()


@dataclass
class Frame:
    """The names of one function, or of the top level.

    `fixed` are the names that are overwritten in place, since another round or branch sees them;
    `lists` has for each list within how many loops it was made;
    `loops` and `guards` count those that were open when the function was called.
    """

    names: dict[str, Anything | Unset] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    lists: dict[str, int] = field(default_factory=dict)
    outer: Frame | None = None
    caller: Frame | None = None
    result: Anything | None = None
    returned: ast.expr | None = None
    depth: int = 0
    loops: int = 0
    unrolled: int = 0


class Scope(Expressions):
    """Binds names to values; `frame` holds the names in force."""

    frame: Frame

    def __init__(self, trace: Trace, names: Names) -> None:
        super().__init__(trace, names)
        self.detached: dict[Storage | None, list[tuple[Storage, int]]] = {}
        """Memory of names that a loop or branch assigns anew, and what they share it with at times:
        as long as neither changes, a copy is as good."""
        self.lists: dict[str, Growing] = {}
        """Lists that grow in the innermost loop."""
        self.changed: set[Storage] = set()
        """Memory that was changed element by element."""

    def _detach(self, copy: Value, value: Value) -> None:
        if value.rank and value.storage is not None:
            pair = value.storage, value.storage.renewed
            self.detached.setdefault(copy.storage, []).append(pair)

    def _shared(self, name: str, node: ast.AST) -> StudentError:
        return self.trace.error(
            f"{name} may share its memory with another array here, or not",
            hint="copy it first, as in y = x.copy()",
            at=node,
        )

    def local(self, name: str, node: ast.AST) -> Anything | None:
        frame: Frame | None = self.frame
        while frame is not None:
            if name in frame.names:
                return self._current(name, frame.names[name], node)
            frame = frame.outer
        return None

    def _current(self, name: str, found: Anything | Unset, node: ast.AST) -> Anything:
        if isinstance(found, Unset):
            raise self.trace.error(f"{name} {found.why}", "name", at=node)
        if isinstance(found, Value) and any(
            source.renewed != renewed
            for source, renewed in (*self.detached.get(found.storage, ()), *found.sources)
        ):
            raise self._shared(name, node)
        if isinstance(found, Kept):
            changed = [storage for storage, renewed in found.made if storage.renewed != renewed]
            if changed:
                raise self.trace.error(
                    f"{changed[0].wanted} has changed since {name} was computed from it",
                    hint=f"compute {name} where it is used",
                    at=node,
                )
        return found

    @contextmanager
    def under(self, names: Mapping[str, Anything]) -> Iterator[None]:
        frame = self.frame
        self.frame = Frame({**names}, outer=frame, depth=frame.depth)
        yield
        self.frame = frame

    def bind(self, name: str, value: Anything) -> None:
        """`name = value`"""
        self.trace.spend()
        if isinstance(value, Value):
            if name in self.frame.fixed:
                self._overwrite(name, value)
                return
            value = self._kept(name, value)
        if isinstance(value, Several):
            self.frame.lists[name] = len(self.trace.loops)
        self.frame.names[name] = value

    def _kept(self, name: str, value: Value) -> Value:
        """What a name refers to: a view, a plain number, or a new array with the values of now."""
        if value.mask is not None:
            raise self.trace.error("x[mask] has no name of its own", hint="write np.where(…)")
        if (value.storage is not None and value.rank) or self.trace.frozen:
            return value
        if value.rank and value.sort == "number":
            copy = self.trace.stored(value, name)
            if value.sources:
                self.detached[copy.storage] = list(value.sources)
            return replace(copy, listed=value.listed)
        at = self.trace.somewhere(value.shape)
        expr = value.at(at)
        if value.sort == "number" and not isinstance(expr, sympy.Basic):
            raise self.trace.error("this is not a number")
        read = {array_of(found) for found in elements(expr)}
        if not read and not value.rank:
            return value
        if value.sort == "number":
            return replace(self.trace.stored(value, name), listed=value.listed)
        made = [one for one in self._storages() if one.name in read]
        return Kept(
            value.shape,
            value.at,
            value.sort,
            value.storage if value.rank else None,
            value.place,
            made=tuple((storage, storage.renewed) for storage in made),
        )

    def steady(self, value: Value) -> Value:
        return self._kept("", value)

    def _storages(self) -> list[Storage]:
        return [*self.trace.storages, *self.names.storages.values()]

    def _overwrite(self, name: str, value: Value) -> None:
        """A new value for a name that other rounds or branches see: in its own memory."""
        target = self.frame.names[name]
        assert isinstance(target, Value) and target.storage is not None
        if value.storage is target.storage and value.whole:
            return
        if self._holders(target.storage) > 1:
            raise self.trace.error(
                f"{name} shares its memory with another name and gets a new value in a loop",
                hint=f"write {name}[:] = … or copy it first",
            )
        if value.rank != target.rank:
            raise self.trace.error(
                f"{name} changes its shape from {self.trace.shown(target.shape)} to "
                f"{self.trace.shown(value.shape)}",
                "shape",
                "use another name",
            )
        self.algebra.fits(value, target.shape, name)
        self.trace.assign(target, "=", value)
        if value.rank and value.storage is not None and target.storage in self.changed:
            raise self._shared(name, self.trace.node)
        self._detach(target, value)

    def _holders(self, storage: Storage) -> int:
        """How many names refer to a memory."""
        waiting: list[Frame | None] = [self.frame]
        seen: list[Frame] = []
        while waiting:
            frame = waiting.pop()
            if frame is not None and not any(frame is other for other in seen):
                seen.append(frame)
                waiting += [frame.outer, frame.caller]
        return sum(_refers(value, storage) for frame in seen for value in frame.names.values())


@dataclass(frozen=True, eq=False)
class Kept(Value):
    """A condition or index that is computed anew where it is used, and from what it was made."""

    made: tuple[tuple[Storage, int], ...] = ()


def _refers(value: Anything | Unset, storage: Storage) -> bool:
    if isinstance(value, Value):
        return value.storage is storage
    if isinstance(value, Several):
        return any(_refers(item, storage) for item in value.items)
    if isinstance(value, Named):
        return any(_refers(item, storage) for item in value.items.values())
    return False
