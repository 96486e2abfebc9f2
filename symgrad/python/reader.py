"""What every kind of expression is read with: the trace, the names, errors in their places."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from symgrad.errors import StudentError
from symgrad.python.algebra import Algebra
from symgrad.python.calls import Call
from symgrad.python.names import Names
from symgrad.python.productaxes import product
from symgrad.python.subscripts import Subscripts
from symgrad.python.trace import Trace
from symgrad.python.values import (
    Anything,
    Callee,
    Defined,
    Infinity,
    Library,
    Several,
    Value,
    single,
)


class Reader(ABC):
    """Reads nodes to values; how each kind is read, and what names hold, is up to subclasses."""

    def __init__(self, trace: Trace, names: Names) -> None:
        self.trace = trace
        self.names = names
        self.algebra = Algebra(trace)
        self.subscripts = Subscripts(trace, self.algebra)

    @abstractmethod
    def read(self, node: ast.expr) -> Anything:
        """What an expression is."""

    @abstractmethod
    def local(self, name: str, node: ast.AST) -> Anything | None:
        """What the text itself has put under a name."""

    @abstractmethod
    def inline(self, function: Defined, arguments: ast.Call) -> Anything:
        """The result of a function of the text."""

    @abstractmethod
    def defined(self, node: ast.FunctionDef | ast.Lambda) -> Defined:
        """A function, as it is defined here."""

    @abstractmethod
    def under(self, names: Mapping[str, Anything]) -> AbstractContextManager[None]:
        """While names have values of their own."""

    def value(self, node: ast.expr) -> Value:
        """A number, an array or a condition; a list of numbers is an array."""
        return self.as_number(self.read(node), node)

    def as_number(self, found: Anything, node: ast.expr) -> Value:
        """What has been read as a number, an array or a condition."""
        if isinstance(found, Value):
            return found
        if isinstance(found, Callee) and found.name == "size" and isinstance(found.of, Value):
            return single(product(found.of.shape), "integer")
        if isinstance(found, Several):
            with self._at(node):
                return replace(self._call("array", [], {}).as_value(found), listed=True)
        raise self._no_value(found, node)

    def _no_value(self, found: Anything, node: ast.AST) -> StudentError:
        if isinstance(found, (Callee, Defined)):
            what, hint = "a function without its argument", "write f(x)"
        elif isinstance(found, Infinity):
            what, hint = "infinity is read where a search starts, not as a number", ""
        elif isinstance(found, Library):
            what, hint = "a module where an array is expected", ""
        else:
            what, hint = "a number or an array is expected here", ""
        return self.trace.error(what, hint=hint, at=node)

    def _at(self, node: ast.AST) -> _Place:
        return _Place(self.trace, node)

    def _call(
        self,
        name: str,
        arguments: Sequence[Anything],
        keywords: dict[str, Anything],
        torch: bool = False,
    ) -> Call:
        return Call(name, list(arguments), keywords, self.trace, self.algebra, torch, self.wanted)

    wanted = ""
    """The name that the value being read is assigned to."""

    def _literal(self, node: ast.expr) -> int:
        call = self._call("an index", [], {})
        return call.number(self.read(node), "the number of an entry")


class _Place:
    """The trace stands at a node for a while."""

    def __init__(self, trace: Trace, node: ast.AST) -> None:
        self.trace, self.node = trace, node

    def __enter__(self) -> None:
        self.outer, self.trace.node = self.trace.node, self.node

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.trace.node = self.outer
