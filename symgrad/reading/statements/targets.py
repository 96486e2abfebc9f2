"""What is assigned to: an element, a whole array, a part of one.

    p[b, j] = …        p = …        p[b] = …, of two axes        dy/dx[i, j] = …

What a new array's axes are is known once its value is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from lark import Token

from symgrad.expressions import scalar
from symgrad.reading.arrays.whole import Value
from symgrad.reading.names.factors import Factor, pieces
from symgrad.reading.names.grouping import Grouping
from symgrad.reading.names.scope import Scope
from symgrad.reading.names.unknown import unknown
from symgrad.reading.slips.findings import NoTarget
from symgrad.reading.statements.assigning import new_array, new_part
from symgrad.reading.syntax.trees import Node, as_node, nodes
from symgrad.reading.values.accessing import is_whole_axis
from symgrad.reading.values.phrases import Phrases
from symgrad.writing.names import split_suffix

Target: TypeAlias = Callable[[Value], Value]
"""What a statement assigns to, once its value is known."""


class Targets:
    """Reads left sides."""

    def __init__(self, reader: Phrases) -> None:
        self.reader = reader
        self.vocabulary = reader.vocabulary
        self.source = reader.source

    def target(self, tree: Node, scope: Scope) -> Target:
        """What is assigned to: an element or a whole array, which may depend on the value."""
        row = Grouping(pieces(as_node(tree.children[0])), self.vocabulary).factors()
        factor = row[0]
        if factor.shape == "derivative" and len(row) == 1:
            defined = self.reader.defined_derivative(factor, scope)
            return lambda _: defined
        if len(row) > 1 or not _is_element(factor):
            raise self.source.wrong(NoTarget(self._turned(tree)), row[-1].head)
        token, name = factor.head, factor.array
        assert isinstance(token, Token)
        if name is None:
            raise self._no_target(token)
        if factor.shape == "name" and name in self.vocabulary.open:
            return lambda value: (
                new_array(self.reader, name, token, value)
                if name in self.vocabulary.open
                else scalar(name)
            )
        if factor.shape == "name" and self.vocabulary.rank(name):
            whole = self.reader.whole_array(name, token)
            return lambda _: whole
        if any(map(is_whole_axis, factor.arguments)) and not self.reader.known.has(name):
            return partial(new_part, self.reader, name, token, factor.arguments, scope)
        found = self.reader.access(factor, scope)
        return lambda _: found

    def _turned(self, tree: Node) -> str:
        """What is assigned where the value stands on the left; nothing if that is not so."""
        value = as_node(tree.children[2])
        terms = nodes(value) if value.data == "sum" else []
        row = Grouping(pieces(terms[0]), self.vocabulary).factors() if len(terms) == 1 else []
        if len(row) != 1 or not _is_element(row[0]) or row[0].array is None:
            return ""
        return row[0].array

    def _no_target(self, token: Token) -> Exception:
        _, suffix = split_suffix(token)
        if suffix:
            return unknown(self.vocabulary, token)
        return self.source.error(f"{token} cannot be assigned", token, "name")


def _is_element(factor: Factor) -> bool:
    return factor.shape in ("name", "access") and factor.exponent is None and not factor.negative
