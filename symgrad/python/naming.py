"""Final names for what a Python text computes, and steps written with them.

A storage that is a result is the target itself; a gradient of the exercise that is computed on the
way is that gradient; anything else is an auxiliary array, under a name that means nothing yet. An
index keeps the name that it has in the text, or in the forward pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, count
from typing import Any

from sympy import Indexed, Symbol

from symgrad.errors import StudentError
from symgrad.expressions import array_of, element, index, rebuild, scalar
from symgrad.heads import Reduction
from symgrad.program import Loop, is_gradient
from symgrad.python.names import Names
from symgrad.python.trace import Step, Trace
from symgrad.python.values import Storage
from symgrad.reading.names.words import ARRAY_FUNCTIONS, RESERVED
from symgrad.writing.names import gradient_spellings

LETTERS = "ijklmnpqruv"

_NAME = re.compile(r"[A-Za-z]\w*$", re.ASCII)


class Naming:
    """Gives every storage its name in the program."""

    def __init__(self, trace: Trace, names: Names, claimed: Mapping[str, str]) -> None:
        self.trace = trace
        self.names = names
        self.used = {name for step in trace.steps for name in step.arrays} | {*claimed.values()}
        self.final = dict(claimed)
        for storage in trace.storages:
            if storage.name not in self.final:
                self.final[storage.name] = self._named(storage)
                self.used.add(self.final[storage.name])

    def _named(self, storage: Storage) -> str:
        gradient = self._gradient(storage)
        if gradient is not None:
            return gradient
        wanted = storage.wanted if _NAME.match(storage.wanted) else "t"
        taken = self.used | {*self.final.values()}
        choices = chain([wanted], (f"{wanted.rstrip('_')}_{n}" for n in count(1)))
        return next(
            name
            for name in choices
            if name not in taken and self._is_new(name) and not _is_about(name, taken)
        )

    def _gradient(self, storage: Storage) -> str | None:
        """The gradient of the exercise that a name spells, where nothing else is meant by it."""
        array = self._meant(storage.wanted)
        if array is None or not is_gradient(array) or self.names.is_free(array):
            return None
        axes = self.names.axes(array)
        fits = (
            array not in self.used
            and not storage.outer
            and storage.plain
            and len(axes) == len(storage.shape)
            and all(axis.lower == 1 for axis in axes)
            and all(
                self.trace.same(axis.extent, extent)
                for axis, extent in zip(axes, storage.shape, strict=True)
            )
        )
        return array if fits else None

    def _meant(self, name: str) -> str | None:
        try:
            return self.names.of(name, self.trace.node)
        except StudentError:
            return None

    def _is_new(self, name: str) -> bool:
        vocabulary = self.names.vocabulary
        known = RESERVED | ARRAY_FUNCTIONS | vocabulary.extents
        if name in known or vocabulary.known(name):
            return False
        try:
            return vocabulary.array(name) is None and vocabulary.function(name) is None
        except StudentError:
            return False

    def written(self, step: Step) -> Step:
        """The step with final names of arrays and indices."""
        taken = {
            *self.final.values(),
            *self.used,
            *self.names.vocabulary.extents,
            *self.names.vocabulary.functions,
            *self.names.vocabulary.ranks,
            *RESERVED,
        }
        indices: dict[Symbol, Symbol] = {}
        for symbol in _indices(step):
            if symbol not in indices:
                indices[symbol] = self._letter(symbol, taken)
                taken.add(indices[symbol].name)

        def new(expr: Any) -> Any:
            return renamed(expr, self.final, indices)

        return replace(
            step,
            loops=tuple(
                Loop(indices[loop.index], new(loop.lower), new(loop.upper)) for loop in step.loops
            ),
            guard=new(step.guard),
            statement=step.statement.mapped(new),
            place=tuple(new(part) for part in step.place),
        )

    def _letter(self, symbol: Symbol, taken: set[str]) -> Symbol:
        wanted = symbol.name.rpartition(" ")[0]
        choices = [wanted] if _NAME.match(wanted) else []
        more = (f"{(wanted or 'i')[0]}{n}" for n in count(1))
        free = (name for name in chain(choices, LETTERS, more) if name not in taken)
        return index(next(free))


def _is_about(name: str, others: Iterable[str]) -> bool:
    """Does one of the names spell a gradient of the other, as dc_1 does one of c_1?"""
    return any(name in _gradients_of(other) or other in _gradients_of(name) for other in others)


def _gradients_of(name: str) -> set[str]:
    return {array for _, array in gradient_spellings(name)}


def renamed(expr: Any, arrays: Mapping[str, str], indices: Mapping[Symbol, Symbol]) -> Any:
    """The expression with other names of arrays and of indices, bound ones included."""

    def new(part: Any) -> Any:
        if isinstance(part, Indexed):
            name = array_of(part)
            return element(arrays.get(name, name), *map(new, part.indices))
        if isinstance(part, Symbol):
            if part in indices:
                return indices[part]
            if not part.is_integer and part.name in arrays:
                return scalar(arrays[part.name])
            return part
        return rebuild(part, new) if part.args else part

    return new(expr)


def _indices(step: Step) -> Iterable[Symbol]:
    """The indices of a step: its loops from the outside, then what its value binds."""
    yield from (loop.index for loop in step.loops)
    for part in (step.guard, step.statement.value):
        yield from _bound(part)


def _bound(expr: Any) -> Iterator[Symbol]:
    if isinstance(expr, Reduction):
        yield from (bound for bound, _, _ in expr.limits)
    for part in expr.args:
        yield from _bound(part)
