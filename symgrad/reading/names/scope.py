"""What is in force at a place of a text: the indices bound there, and ranges not yet known."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lark import Token, Tree
from sympy import Expr, Symbol

from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.names.words import ARRAY_FUNCTIONS
from symgrad.reading.syntax.trees import Part, tokens
from symgrad.writing.names import canonical


@dataclass(frozen=True)
class Scope:
    """The indices bound at a place.

    Where a statement has no `for`, `free` collects the unknown names that stand as indices; in an
    assumption a whole array stands for each of its elements. `inner` are the indices that only
    exist inside of the statement, bound by a reduction. `end` is the last place of the axis whose
    index is read.
    """

    bound: frozenset[str] = frozenset()
    free: dict[str, Token] | None = None
    whole: bool = False
    end: Expr | None = None
    inner: frozenset[str] = frozenset()

    def bind(self, *names: str) -> Scope:
        return replace(self, bound=self.bound | {*names})

    def inside(self, name: str) -> Scope:
        """The scope of a reduction over an index."""
        return replace(self.bind(name), inner=self.inner | {name})

    def names(self) -> frozenset[str]:
        """The indices in force, those that no `for` names included."""
        return self.bound | frozenset(self.free or ())


@dataclass
class Pending:
    """A loop or bound index whose range is not written, with what stands for it meanwhile.

    `called` is what it is in the program, where that is not the index that is written.
    """

    index: Symbol
    token: Token
    lower: Symbol
    upper: Symbol
    called: Symbol | None = None

    @property
    def bound(self) -> Symbol:
        return self.called or self.index


def is_integral(tree: Part, scope: Scope, vocabulary: Vocabulary) -> bool:
    """Does this side of a comparison consist of indices, extents and whole numbers only?"""
    if isinstance(tree, Tree) and any(
        node.data in ("bracket", "brace", "subscript", "bound", "range", "limited", "slice")
        for node in tree.iter_subtrees()
    ):
        return False
    found = list(tokens(tree))
    words = {str(token) for token in found}
    for token in found:
        if token.type == "NAME" and not _is_integer_name(token, scope, vocabulary):
            return False
        if token.type == "NUMBER" and not token.isdigit():
            return False
        if token.type in ("POWER", "ROOT", "ATTRIBUTE", "COMPARE"):
            return False
        if token == "/" and not words & {"floor", "ceil"}:
            return False
    return True


def _is_integer_name(token: Token, scope: Scope, vocabulary: Vocabulary) -> bool:
    name = canonical(token)
    if name in scope.bound:
        return True
    if vocabulary.array(token) is not None or name in ARRAY_FUNCTIONS:
        return False
    if name in vocabulary.extents or name in ("floor", "ceil", "mod", "max", "min"):
        return True
    return scope.free is not None and vocabulary.function(token) is None
