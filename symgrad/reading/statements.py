"""Loops and statements: tree to `Nest`.

for b, j if c: Z[b] += e; …      one nest
Z[b] += s[b, j]                  for b, j: …      indices of both sides loop under += and -=
y[i] = x[j]                      refused: did you forget a sum over j?
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

import sympy
from lark import Token, Tree
from sympy.logic.boolalg import Boolean

from symgrad.expressions import Element, index
from symgrad.heads import ArgmaxOver
from symgrad.program import Loop, Nest, Operator, Statement
from symgrad.reading.factors import Factor, Grouping, pieces
from symgrad.reading.indexing import Scope, sole_name
from symgrad.reading.phrases import Phrases
from symgrad.reading.source import Node, Part
from symgrad.reading.vocabulary import ARRAY_HINT
from symgrad.writing.names import canonical, gradient_spellings, split_suffix

OPERATORS = {":=": "=", "←": "=", "−=": "-="}

CHAIN_HINT = "chains a = b = c are not read yet; write one step a line"


class Statements:
    """Reads the nests of one text."""

    def __init__(self, reader: Phrases) -> None:
        self.reader = reader
        self.vocabulary = reader.vocabulary
        self.source = reader.source
        self.places: list[list[Token]] = []
        """For each nest the first token of each of its statements."""

    # --- left sides, before anything is read -------------------------------------------------

    def introduce(self, nests: Sequence[Node]) -> None:
        """Note the auxiliaries: the names on left sides that are not known yet."""
        new: dict[str, tuple[Token, int]] = {}
        for nest in nests:
            header, *statements = nest.children
            loops = set(_loop_names(header))
            for statement in statements:
                assert isinstance(statement, Tree)
                row = pieces(statement.children[0])  # type: ignore[arg-type]
                token = row[0].atom
                if isinstance(token, Token) and token.type == "NAME":
                    base, suffix = split_suffix(token)
                    name = canonical(base)
                    if not suffix and not self._is_known(name, base):
                        new.setdefault(name, (token, _rank(row[1:], loops)))
                        if _first_name(statement.children[2]) == "argmax":
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
        header: Part | None = tree.children[0]
        statements = [part for part in tree.children[1:] if isinstance(part, Tree)]
        if isinstance(header, Tree):
            yield self._nest(header, statements)
            return
        found = [self._implicit(statement) for statement in statements]
        places = [_place(statement) for statement in statements]
        if all(not loops for loops, _ in found):
            self.places.append(places)
            yield Nest((), tuple(statement for _, statement in found))
            return
        for place, (loops, statement) in zip(places, found, strict=True):
            self.places.append([place])
            yield Nest(loops, (statement,))

    def _nest(self, header: Node, statements: Iterable[Node]) -> Nest:
        statements = list(statements)
        scope = Scope()
        loops: list[Loop] = []
        guard: Boolean = sympy.true
        for part in header.children:
            if isinstance(part, Tree) and part.data == "loops":
                for loop in part.children:
                    token, written = loop.children  # type: ignore[union-attr]
                    scope = self._loop(token, written, scope, loops)  # type: ignore[arg-type]
            elif isinstance(part, Tree):
                guard = self.reader.condition(part.children[1], scope)
        self.places.append([_place(statement) for statement in statements])
        return Nest(
            tuple(loops), tuple(self._statement(part, scope, scope) for part in statements), guard
        )

    def _loop(self, token: Token, written: Node | None, scope: Scope, loops: list[Loop]) -> Scope:
        name = self.reader.new_index(token)
        if name in scope.bound:
            raise self.source.error(f"{token} is bound twice", token, "name")
        loops.append(Loop(index(name), *self.reader.range_of(token, written, scope)))
        return scope.bind(name)

    def _implicit(self, tree: Node) -> tuple[tuple[Loop, ...], Statement]:
        """A statement without `for`, with the loops that its indices make."""
        left = Scope(free={})
        target = self._target(tree, left)
        assert left.free is not None
        right = Scope(bound=frozenset(left.free), free={})
        statement = self._statement(tree, left, right, target)
        assert right.free is not None
        if statement.op == "=" and right.free:
            name, token = next(iter(right.free.items()))
            raise self.source.error(
                f"{name} occurs on the right side only",
                token,
                "name",
                f"did you forget a sum over {name}?",
            )
        found = {**left.free, **right.free}
        for token in found.values():
            self.reader.new_index(token)
        loops = tuple(
            Loop(index(name), *self.reader.range_of(token, None, Scope()))
            for name, token in found.items()
        )
        return loops, statement

    # --- statements --------------------------------------------------------------------------

    def _statement(
        self, tree: Node, left: Scope, right: Scope, target: Element | None = None
    ) -> Statement:
        _, sign, value, *more = tree.children
        assert isinstance(sign, Token)
        if more:
            raise self.source.error("a second = in one statement", more[0], hint=CHAIN_HINT)
        operator = OPERATORS.get(str(sign), str(sign))
        if operator not in get_args(Operator):
            raise self.source.error(
                f"{sign} is not read", sign, hint="write x = x / y or x *= 1 / y"
            )
        read = self.reader.value(value, right)
        if self.reader.tuples and has_loose_tuple(read):
            raise self.source.error(
                "argmax over several indices gives several numbers",
                self.reader.tuples[-1],
                "shape",
                "compare it, as in [(i, j) == argmax(a, b, e)]",
            )
        return Statement(target or self._target(tree, left), operator, read)  # type: ignore[arg-type]

    def _target(self, tree: Node, scope: Scope) -> Element:
        row = Grouping(pieces(tree.children[0]), self.vocabulary).factors()  # type: ignore[arg-type]
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


def _place(statement: Node) -> Token:
    return next(statement.scan_values(lambda token: isinstance(token, Token)))


def _loop_names(header: Part | None) -> Iterator[str]:
    if isinstance(header, Tree):
        for loop in header.find_data("loop"):
            yield canonical(str(loop.children[0]))


def _rank(row: Sequence[object], loops: set[str]) -> int:
    """How many indices stand behind the name on a left side."""
    if not row:
        return 0
    atom = row[0].atom  # type: ignore[attr-defined]
    if not isinstance(atom, Tree):
        return 0
    parts: list[Part] = [
        part
        for part in atom.children
        if part is not None and not (isinstance(part, Token) and part.type == "SUBSCRIPT")
    ]
    name = sole_name(parts[0]) if len(parts) == 1 and atom.data == "subscript" else None
    if name is not None and name.isalpha() and canonical(name) not in loops:
        return len(name)
    return len(parts)


def _first_name(tree: object) -> str:
    while isinstance(tree, Tree) and tree.children:
        tree = tree.children[0]
    return str(tree)
