"""What a text gives: the values that it returns or names, as the arrays that are asked for.

return ds            s.grad      by its name, or as the only result
return dx, dw        x.grad, w.grad     by their names, or in the order in which they are asked
return {"ds": e}     s.grad      by its key
ds = …               s.grad      outside of functions
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from symgrad.errors import StudentError
from symgrad.expressions import array_of, elements
from symgrad.program import GRADIENT, is_gradient
from symgrad.python.entry import name_of
from symgrad.python.names import Names
from symgrad.python.productaxes import plain
from symgrad.python.scope import Frame, Unset
from symgrad.python.statements import Statements
from symgrad.python.trace import Trace
from symgrad.python.values import (
    Anything,
    Callee,
    Defined,
    Library,
    Named,
    Nothing,
    Several,
    Storage,
    Value,
    view,
)
from symgrad.writing.names import canonical


class Results:
    """Finds the value of each target and makes it that array of the program."""

    def __init__(
        self, reader: Statements, targets: Sequence[str], alternatives: Sequence[str] = ()
    ) -> None:
        self.reader = reader
        self.trace: Trace = reader.trace
        self.names: Names = reader.names
        self.targets = list(targets)
        self.wanted = [*targets, *alternatives]
        self.claimed: dict[str, str] = {}
        """By the name of its storage, which target it becomes."""
        self.moved: dict[str, str] = {}
        """By an array of the exercise that the text changes, which target its copy becomes."""

    # --- which value is which target ---------------------------------------------------------

    def returned(self, value: Anything, frame: Frame, node: ast.AST) -> None:
        """The results of a function."""
        self.trace.node = frame.returned or node
        if isinstance(value, Nothing):
            self._left(frame, node)
            return
        if isinstance(value, Named):
            found = dict(self._entries(value))
            if not found:
                raise self._none_found(", ".join(value.items))
            self._give_all(found)
            return
        items = list(value.items) if isinstance(value, Several) else [value]
        written = _written(frame.returned, len(items))
        self._give_all(self._matched(items, written))

    def _matched(
        self, items: Sequence[Anything], written: Sequence[ast.expr | None]
    ) -> Mapping[str, Anything]:
        """By name where names say it, the rest in the order in which it is asked for."""
        found: dict[str, Anything] = {}
        rest: list[Anything] = []
        for item, node in zip(items, written, strict=True):
            target = self._target(name_of(node), node) if node is not None else None
            if target is not None and target not in found:
                found[target] = item
            elif len(items) == 1 or not self._is_another(node):
                rest.append(item)
        left = [target for target in self.targets if target not in found]
        if rest and len(rest) == len(left):
            found.update(zip(left, rest, strict=True))
        if not found:
            raise self._none_found(f"{len(items)} values")
        return found

    def _is_another(self, node: ast.expr | None) -> bool:
        """Does a name stand for an array of the exercise that is not asked for?"""
        name = name_of(node)
        return bool(name) and node is not None and self.names.of(name, node) is not None

    def _target(self, name: str, node: ast.AST | None) -> str | None:
        if not name or node is None:
            return None
        if canonical(name) in self.wanted:
            return canonical(name)
        array = self.names.of(name, node)
        for candidate in (array, f"{array}{GRADIENT}"):
            if candidate in self.wanted:
                return candidate
        return None

    def _none_found(self, what: str) -> StudentError:
        asked = ", ".join(self.targets)
        return self.trace.error(
            f"{what} for {asked}",
            "name",
            f"return {', '.join(map(spelled, self.targets))}" if self.targets else "",
        )

    def _left(self, frame: Frame, node: ast.AST) -> None:
        """Of a function without a result: what it changed in place, or `self.x.grad`."""
        if not any(self._is_written(target) for target in self.wanted):
            raise self.trace.error(
                "this function returns nothing",
                "name",
                f"did you forget `return {', '.join(map(spelled, self.targets))}`?",
                at=node,
            )

    def named(self, frame: Frame, statements: Sequence[ast.stmt]) -> None:
        """The results of statements outside of functions: what stands under the targets' names."""
        found: dict[str, Anything] = {}
        for name, value in frame.names.items():
            if isinstance(value, Named) and not value.open:
                found.update(self._entries(value))
            elif not isinstance(value, Defined | Library | Callee | Unset | Named):
                target = self._target(name, self.trace.node)
                if target is not None and target in (canonical(name), self._meant(name)):
                    found[target] = value
        if statements and not found and not any(map(self._is_written, self.wanted)):
            raise self.trace.error(
                f"nothing here is {' or '.join(self.targets)}",
                "name",
                f"call the result {' and '.join(map(spelled, self.targets))}",
                at=statements[-1],
            )
        self._give_all(found)

    def is_target(self, name: str) -> bool:
        """Does a name stand for what is asked for?"""
        return self._target(name, self.trace.node) is not None

    def _meant(self, name: str) -> str | None:
        return self.names.of(name, self.trace.node)

    def _entries(self, value: Named) -> Iterator[tuple[str, Anything]]:
        """The targets that a dictionary holds."""
        for key, item in value.items.items():
            target = self._target(key, self.trace.node)
            if target is not None:
                yield target, item

    # --- giving ------------------------------------------------------------------------------

    def _give_all(self, found: Mapping[str, Anything]) -> None:
        for target, value in found.items():
            if not isinstance(value, Value):
                value = self.reader.as_array(value, self.trace.node)
            self._give(target, value)

    def _give(self, target: str, value: Value) -> None:
        """Make a value the target: under its name, or by a copy."""
        if value.mask is not None:
            raise self.trace.error("x[mask] is no result", hint="write np.where(…)")
        if target not in self.names.vocabulary.ranks and not is_gradient(target):
            self._give_new(target, value)
            return
        storage = self.names.storage(target) if target in self.names.storages else None
        if storage is not None and value.storage is storage and value.whole:
            return
        shape = tuple(axis.extent for axis in self.names.axes(target))
        exact = len(shape) == value.rank and all(map(self.trace.same, shape, value.shape))
        if not exact:
            raise self.trace.error(
                f"{target} is {self.trace.shown(shape)}, the result is "
                f"{self.trace.shown(value.shape)}",
                "shape",
            )
        source = value.storage
        changed = source is not None and value.whole and source.renewed and source.given
        if changed and changed not in self.wanted and target not in used(self.trace):
            self.moved[changed] = target
            return
        if self._may_be(value, target):
            assert value.storage is not None
            self.claimed[value.storage.name] = target
            return
        self.trace.assign(view(self.names.storage(target)), "=", value)

    def _give_new(self, target: str, value: Value) -> None:
        """A result that the forward pass has no array for, such as theta_new."""
        storage = value.storage if value.whole else None
        own = storage is not None and storage.given is None and not storage.outer and storage.plain
        if storage is not None and own and storage.name not in self.claimed:
            self.claimed[storage.name] = target
            return
        copy = self.trace.storage(target, tuple(map(plain, value.shape)))
        self.trace.assign(view(copy), "=", value)
        self.claimed[copy.name] = target

    def _may_be(self, value: Value, target: str) -> bool:
        """May the storage of a value simply get the target's name?"""
        storage = value.storage
        return (
            storage is not None
            and value.whole
            and storage.given is None
            and not storage.outer
            and storage.plain
            and storage.sort == "number"
            and storage.name not in self.claimed
            and all(axis.lower == 1 for axis in self.names.axes(target))
            and target not in used(self.trace)
        )

    def _is_written(self, target: str) -> bool:
        return target in self.names.storages and self.names.storages[target].renewed > 0

    # --- arrays of the exercise that the text changes -----------------------------------------

    def copies(self) -> Iterator[Storage]:
        """Arrays that a text changes though it does not give them: it changes a copy."""
        for array, storage in list(self.names.storages.items()):
            if storage.renewed and array not in self.wanted and not self._starts_at_zero(array):
                yield storage

    def _starts_at_zero(self, array: str) -> bool:
        """A gradient that is added to before it is read is made here."""
        if not is_gradient(array) or self.names.is_free(array):
            return False
        for step in self.trace.steps:
            statement = step.statement
            parts = (statement.value, step.guard)
            if any(array_of(read) == array for part in parts for read in elements(part)):
                return False
            if array_of(statement.target) == array:
                return statement.op != "*="
        return False


def used(trace: Trace) -> set[str]:
    """The arrays that the steps read or write so far."""
    return {name for step in trace.steps for name in step.arrays}


def spelled(target: str) -> str:
    """How a target is called in Python: `s.grad` is ds."""
    bare = target.removesuffix(GRADIENT).replace("'", "_prime")
    return f"d{bare}" if is_gradient(target) else bare


def _written(node: ast.expr | None, count: int) -> list[ast.expr | None]:
    """What stands in the text for each of several results."""
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == count:
        return list(node.elts)
    return [node] if count == 1 else [None] * count
