"""Loops and statements: tree to `Nest`.

for b, j if c: Z[b] += e; …      one nest
Z[b] += s[b, j]                  for b, j: …      indices of both sides loop under += and -=
y[i] = x[j]                      refused: did you forget a sum over j?
y[i] = e = x[i]                  a chain: one statement with two members
x[argmax(k, e)] += y             argmax1 = argmax(k, e); x[argmax1] += y      in the same loops
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import sympy
from lark import Token, Tree
from sympy.logic.boolalg import Boolean

from symgrad.expressions import Element, index
from symgrad.heads import ArgmaxOver
from symgrad.program import Loop, Nest, Operator, Statement
from symgrad.reading.factors import Factor, Piece, pieces
from symgrad.reading.grouping import Grouping
from symgrad.reading.phrases import Phrases
from symgrad.reading.scope import Scope
from symgrad.reading.trees import (
    Node,
    Part,
    as_node,
    as_token,
    entries,
    first,
    nodes,
    optional,
    sole_name,
)
from symgrad.reading.vocabulary import ARRAY_HINT
from symgrad.writing.names import canonical, gradient_spellings, split_suffix

OPERATORS: dict[str, Operator] = {
    **{operator: operator for operator in get_args(Operator)},
    ":=": "=",
    "←": "=",
    "−=": "-=",
}
"""What assigns, in all its spellings."""

ONE_SIDED = {
    "=": "did you forget a sum over {0}?",
    "*=": "write its loop, as in `for {0}: …`, if every factor is meant",
}
"""What to say, without a loop, of an index that occurs on the right side only; += and -= add."""


@dataclass(frozen=True)
class Located:
    """Where a statement begins, and where each element that it accesses is written."""

    start: Token
    accesses: Mapping[Element, Token]

    def place(self, element: Element) -> Token:
        return self.accesses.get(element, self.start)


class Statements:
    """Reads the nests of one text."""

    def __init__(self, reader: Phrases) -> None:
        self.reader = reader
        self.vocabulary = reader.vocabulary
        self.source = reader.source
        self.places: list[list[Located]] = []
        """For each nest and each of its statements, where they stand."""

    # --- left sides, before anything is read -------------------------------------------------

    def introduce(self, nests: Sequence[Node]) -> None:
        """Note the auxiliaries: the names on left sides that are not known yet."""
        new: dict[str, tuple[Token, int]] = {}
        for nest in nests:
            header, *statements = nest.children
            loops = set(_loop_names(header))
            for statement in map(as_node, statements):
                row = pieces(as_node(statement.children[0]))
                token = row[0].atom
                if isinstance(token, Token) and token.type == "NAME":
                    base, suffix = split_suffix(token)
                    name = canonical(base)
                    if not suffix and not self._is_known(name, base):
                        new.setdefault(name, (token, _rank(row[1:], loops)))
                        if _first_name(statement.children[-1]) == "argmax":
                            self.vocabulary.labels.add(name)
        for name, (token, rank) in new.items():
            if not any(base in new for _, base in gradient_spellings(str(token))):
                self._introduce(name, token, rank)

    def _is_known(self, name: str, spelled: str) -> bool:
        named = self.vocabulary.named
        return named(name) is not None or any(
            named(base) is not None for _, base in gradient_spellings(spelled)
        )

    def _introduce(self, name: str, token: Token, rank: int) -> None:
        if "∂" in token or "∇" in token:
            return
        self.vocabulary.check_new(token)
        if name in self.vocabulary.extents:
            raise self.source.error(f"{token} is an extent and has a fixed value", token, "name")
        if name in self.vocabulary.functions:
            raise self.source.error(f"{token} is a function of the forward pass", token, "name")
        self.vocabulary.write(name, rank)

    # --- nests -------------------------------------------------------------------------------

    def read(self, tree: Node) -> Iterator[Nest]:
        header = tree.children[0]
        statements = nodes(tree)
        if isinstance(header, Tree):
            yield self._nest(header, statements[1:])
            return
        found = [self._implicit(statement) for statement in statements]
        if all(not loops for loops, _, _ in found):
            yield self._noted((), [group for _, group, _ in found], [at for *_, at in found])
            return
        for loops, group, located in found:
            yield self._noted(loops, [group], [located])

    def _noted(
        self,
        loops: tuple[Loop, ...],
        groups: Sequence[tuple[Statement, ...]],
        located: Sequence[Located],
        guard: Boolean = sympy.true,
    ) -> Nest:
        """A nest whose places are known: those of a statement are those of its group."""
        pairs = [
            (one, place) for group, place in zip(groups, located, strict=True) for one in group
        ]
        self.places.append([place for _, place in pairs])
        return Nest(loops, tuple(one for one, _ in pairs), guard)

    def _nest(self, header: Node, statements: Sequence[Node]) -> Nest:
        scope = Scope()
        loops: list[Loop] = []
        guard: Boolean = sympy.true
        begun = len(self.reader.accessed)
        for part in nodes(header):
            if part.data == "loops":
                for loop in nodes(part):
                    name, written = loop.children
                    scope = self._loop(as_token(name), optional(written), scope, loops)
            else:
                guard = self.reader.condition(as_node(part.children[1]), scope)
        above = self.reader.accessed[begun:]
        found = [self._grouped(part, scope, above) for part in statements]
        groups, located = [group for group, _ in found], [at for _, at in found]
        return self._noted(tuple(loops), groups, located, guard)

    def _loop(self, token: Token, written: Node | None, scope: Scope, loops: list[Loop]) -> Scope:
        name = self.reader.new_index(token)
        if name in scope.bound:
            raise self.source.error(f"{token} is bound twice", token, "name")
        loops.append(Loop(index(name), *self.reader.range_of(token, written, scope)))
        return scope.bind(name)

    def _implicit(self, tree: Node) -> tuple[tuple[Loop, ...], tuple[Statement, ...], Located]:
        """A statement without `for`, with the loops that its indices make."""
        free: dict[str, Token] = {}
        own: dict[str, Token] = {}
        with self.reader.choosing() as chosen:
            begun = len(self.reader.accessed)
            target = self._target(tree, Scope(free=free))
            right = Scope(bound=frozenset(free), free=own)
            statement = self._statement(tree, right, target)
            group = (*chosen, statement)
            located = Located(first(tree), self._accessed(begun))
        if own and group[-1].op in ONE_SIDED:
            name, token = next(iter(own.items()))
            raise self.source.error(
                f"{name} occurs on the right side only",
                token,
                "name",
                ONE_SIDED[group[-1].op].format(name),
            )
        for token in (*free.values(), *own.values()):
            self.reader.new_index(token)
        loops = tuple(
            Loop(index(name), *self.reader.range_of(token, None, Scope()))
            for name, token in {**free, **own}.items()
        )
        return loops, group, located

    # --- statements --------------------------------------------------------------------------

    def _grouped(
        self, tree: Node, scope: Scope, above: Sequence[tuple[Element, Token]]
    ) -> tuple[tuple[Statement, ...], Located]:
        """A statement, behind the indices that are chosen in it."""
        with self.reader.choosing() as chosen:
            begun = len(self.reader.accessed)
            statement = self._statement(tree, scope)
            group = (*chosen, statement)
            return group, Located(first(tree), {**dict(above), **self._accessed(begun)})

    def _accessed(self, begun: int) -> dict[Element, Token]:
        """Where the elements read since then are written, each for the first time."""
        return dict(reversed(self.reader.accessed[begun:]))

    def _statement(self, tree: Node, scope: Scope, target: Element | None = None) -> Statement:
        _, sign, first_member, *steps = tree.children
        operator = OPERATORS.get(str(sign))
        if operator is None:
            hint = f"write x = x {str(sign)[0]} y"
            raise self.source.error(f"{sign} is not read", as_token(sign), hint=hint)
        members = (first_member, *(as_node(step).children[1] for step in steps))
        *earlier, value = (self.reader.value(as_node(member), scope) for member in members)
        if self.reader.tuples and any(map(has_loose_tuple, (*earlier, value))):
            raise self.source.error(
                "argmax over several indices gives several numbers",
                self.reader.tuples[-1],
                "shape",
                "compare it, as in [(i, j) == argmax(a, b, e)]",
            )
        return Statement(target or self._target(tree, scope), operator, value, tuple(earlier))

    def _target(self, tree: Node, scope: Scope) -> Element:
        row = Grouping(pieces(as_node(tree.children[0])), self.vocabulary).factors()
        factor = row[0]
        if len(row) > 1 or not _is_element(factor):
            raise self.source.error(
                "the left side must be one array element",
                row[-1].head,
                hint="as in Z[b] += … ; prose is not read",
            )
        assert isinstance(factor.head, Token)
        name = factor.array
        if name is None:
            raise self._no_target(factor.head)
        if factor.shape == "name" and self.vocabulary.rank(name):
            raise self.source.error(f"{factor.head} is a whole array", factor.head, hint=ARRAY_HINT)
        return self.reader.access(factor, scope)

    def _no_target(self, token: Token) -> Exception:
        _, suffix = split_suffix(token)
        if suffix:
            return self.vocabulary.unknown(token)
        return self.source.error(f"{token} cannot be assigned", token, "name")


def has_loose_tuple(expr: sympy.Basic) -> bool:
    """Does an argmax over several indices stand anywhere but beside a comparison sign?"""
    if isinstance(expr, ArgmaxOver) and len(expr.limits) > 1:
        return True
    if isinstance(expr, sympy.Eq | sympy.Ne):
        sides = (side.args if isinstance(side, ArgmaxOver) else (side,) for side in expr.args)
        return any(has_loose_tuple(part) for side in sides for part in side)
    return any(map(has_loose_tuple, expr.args))


def _is_element(factor: Factor) -> bool:
    return factor.shape in ("name", "access") and factor.exponent is None and not factor.negative


def _loop_names(header: Part | None) -> Iterator[str]:
    if isinstance(header, Tree):
        for loop in header.find_data("loop"):
            yield canonical(str(loop.children[0]))


def _rank(row: Sequence[Piece], loops: set[str]) -> int:
    """How many indices stand behind the name on a left side."""
    if not row:
        return 0
    parts = entries(row[0].atom)
    name = sole_name(parts[0]) if len(parts) == 1 and row[0].is_tree("subscript") else None
    if name is not None and name.isalpha() and canonical(name) not in loops:
        return len(name)
    return len(parts)


def _first_name(tree: object) -> str:
    while isinstance(tree, Tree) and tree.children:
        tree = tree.children[0]
    return str(tree)
