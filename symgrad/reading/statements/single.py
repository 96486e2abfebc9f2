"""One statement: tree to the steps that it takes, and where the elements are written.

Z[b] += s[b, j]                  for b, j: …      indices of both sides loop under += and -=
x.grad += y.grad * x             for i: …         whole arrays are assigned element by element
y[i] = x[j]                      refused: did you forget a sum over j?
y[i] = e = x[i]                  a chain: one statement with two members
x[argmax(k, e)] += y             argmax1 = argmax(k, e); x[argmax1] += y      in the same loops
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, get_args

import sympy
from lark import Token

from symgrad.expressions import Element, array_of, index
from symgrad.heads import ArgmaxOver
from symgrad.program import Loop, Operator, Statement
from symgrad.reading.arrays.whole import Value
from symgrad.reading.names.factors import pieces
from symgrad.reading.names.scope import Scope
from symgrad.reading.names.words import UNEVALUATED
from symgrad.reading.slips.findings import Glued, OneSided
from symgrad.reading.statements.assigning import assigned
from symgrad.reading.statements.distributing import Step
from symgrad.reading.statements.targets import Target, Targets
from symgrad.reading.syntax.trees import Node, Part, as_node, as_token, first, nodes, tokens
from symgrad.reading.values.phrases import Phrases

OPERATORS: dict[str, Operator] = {
    **{operator: operator for operator in get_args(Operator)},
    ":=": "=",
    "←": "=",
    "−=": "-=",
}
"""What assigns, in all its spellings."""

ONE_SIDED = {"=", "*="}
"""Operators that say nothing of an index of the right side alone; += and -= add over it."""

Accesses: TypeAlias = Sequence[tuple[Element, Token]]
"""What is read at a place, and where it is written."""


@dataclass(frozen=True)
class Located:
    """Where a statement begins, and where each element that it accesses is written."""

    start: Token
    accesses: Mapping[Element, Token]

    def place(self, element: Element) -> Token:
        name = array_of(element)
        of_array = (token for one, token in self.accesses.items() if array_of(one) == name)
        return self.accesses.get(element) or next(of_array, self.start)


class Single:
    """Reads one statement at a time."""

    def __init__(self, reader: Phrases) -> None:
        self.reader = reader
        self.vocabulary = reader.vocabulary
        self.source = reader.source
        self._targets = Targets(reader)

    def within(self, tree: Node, scope: Scope, above: Accesses) -> tuple[list[Step], Located]:
        """A statement in loops, behind the indices that are chosen in it."""
        with self.reader.choosing() as chosen:
            begun = len(self.reader.accessed)
            steps = self._steps(tree, scope, self._targets.target(tree, scope), chosen)
            return steps, Located(first(tree), {**dict(above), **self._accessed(begun)})

    def bare(self, tree: Node) -> tuple[tuple[Loop, ...], list[Step], Located]:
        """A statement without `for`, with the loops that its indices make."""
        free: dict[str, Token] = {}
        own: dict[str, Token] = {}
        with self.reader.choosing() as chosen:
            begun = len(self.reader.accessed)
            target = self._targets.target(tree, Scope(free=free))
            right = Scope(bound=frozenset(free), free=own)
            steps = self._steps(tree, right, target, chosen)
            located = Located(first(tree), self._accessed(begun))
        operator = steps[-1].statements[-1].op
        if own and operator in ONE_SIDED:
            name, token = next(iter(own.items()))
            raise self.source.wrong(OneSided(name, operator), token)
        for token in (*free.values(), *own.values()):
            self.reader.new_index(token)
        loops = tuple(
            Loop(index(name), *self.reader.range_of(token, None, Scope()))
            for name, token in {**free, **own}.items()
        )
        return loops, steps, located

    def _accessed(self, begun: int) -> dict[Element, Token]:
        """Where the elements read since then are written, each for the first time."""
        return dict(reversed(self.reader.accessed[begun:]))

    def _steps(
        self, tree: Node, scope: Scope, target: Target, chosen: list[Statement]
    ) -> list[Step]:
        _, sign, first_member, *further = tree.children
        operator = OPERATORS.get(str(sign))
        if operator is None:
            hint = f"write x = x {str(sign)[0]} y"
            raise self.source.error(f"{sign} is not read", as_token(sign), hint=hint)
        members = (first_member, *(as_node(step).children[1] for step in further))
        for member in members[:-1]:
            self._check_ends(as_node(tree.children[0]), as_node(member))
        read = self._members([as_node(member) for member in members], scope)
        steps = assigned(
            self.reader, target(read[-1]), operator, read, first(tree), lambda: self._whole(members)
        )
        if self.reader.tuples and any(
            _has_loose_tuple(member)
            for step in steps
            for one in step.statements
            for member in one.members
        ):
            raise self.source.error(
                "argmax over several indices gives several numbers",
                self.reader.tuples[-1],
                "shape",
                "compare it, as in [(i, j) == argmax(a, b, e)]",
            )
        return [replace(steps[0], statements=(*chosen, *steps[0].statements)), *steps[1:]]

    def _whole(self, members: Sequence[Part]) -> str:
        """The first array in some values that stands there without indices, if any does."""
        for token in (token for member in members for token in tokens(member)):
            line = self.source.lines[(token.line or 1) - 1]
            behind = line[(token.column or 1) - 1 :].removeprefix(token)[:1]
            array = self.vocabulary.array(token, noted=False) if token.type == "NAME" else None
            if array is not None and self.vocabulary.rank(array) and behind not in {*"[({_.^"}:
                return str(token)
        return ""

    def _check_ends(self, target: Node, member: Node) -> None:
        """`x = a x = b`, two statements without a sign between them, is no chain."""
        terms = nodes(member) if member.data == "sum" else []
        row = pieces(terms[-1]) if terms else []
        again = row[-len(pieces(target)) :]
        words = [str(word) for piece in again for word in tokens(piece.atom)]
        if len(again) < len(row) and again[0].beside() and words == [*map(str, tokens(target))]:
            raise self.source.wrong(Glued("".join(words[:1])), again[0].atom)

    def _members(self, members: Sequence[Node], scope: Scope) -> list[Value]:
        """The values of a chain; a derivative that its end writes out is not left unevaluated."""
        called = self.vocabulary.called
        left = called & {UNEVALUATED}
        earlier = [self.reader.value(member, scope) for member in members[:-1]]
        called -= {UNEVALUATED} - left
        return [*earlier, self.reader.value(members[-1], scope)]


def _has_loose_tuple(expr: sympy.Basic) -> bool:
    """Does an argmax over several indices stand anywhere but beside a comparison sign?"""
    if isinstance(expr, ArgmaxOver) and len(expr.limits) > 1:
        return True
    if isinstance(expr, sympy.Eq | sympy.Ne):
        sides = (side.args if isinstance(side, ArgmaxOver) else (side,) for side in expr.args)
        return any(_has_loose_tuple(part) for side in sides for part in side)
    return any(map(_has_loose_tuple, expr.args))
