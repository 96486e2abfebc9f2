r"""Ranges and limits: what a loop or a sum runs over.

\sum_{j=1}^{J}    j in 1..J          j \in \{1, \dots, J\}    j in 1..J
\sum_{j \ne i}    j if j != i        \sum_{ij}                i, j
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lark import Token, Tree

from symgrad.reading.latex.pieces import sole_bracket, sole_piece, wrapped
from symgrad.reading.latex.scripts import Scripts
from symgrad.reading.syntax.trees import Node, Part, as_node, made, nodes, tokens


class Limits(Scripts):
    """Lowers ranges and limits."""

    def limits(self, below: Node, above: Sequence[Node]) -> list[Node]:
        """What a sum runs over, as the first arguments of sum(j in 1..J if c, e)."""
        found: list[Node] = []
        conditions: list[Node] = []
        for part in map(as_node, self.names.split(below, None)):
            limit, condition = self._limit(part, above, found)
            if limit is not None and limit.data == "bound" and above:
                ends = nodes(nodes(limit)[1])
                found = [_bound(one, *ends) if one.data == "sum" else one for one in found]
            found += [] if limit is None else [limit]
            conditions += [] if condition is None else [condition]
        if not found:
            raise self.source.error("over which index?", below, hint="write it first: j, j != i")
        if above and not any(limit.data == "bound" for limit in found):
            raise self.source.error(
                "the range has no beginning", below, hint=r"write \sum_{j=1}^{J}"
            )
        if conditions:
            found[-1] = _guarded(found[-1], conditions)
        return found

    def _limit(
        self, part: Node, above: Sequence[Node], found: Sequence[Node]
    ) -> tuple[Node | None, Node | None]:
        """One index with its range, or a condition; `j \\ne i` is both, unless j stands before."""
        if part.data == "comparison":
            return self._compared(part, above, found)
        if part.data == "slice":
            before, _, condition = part.children
            if before is None or condition is None:
                raise self.source.error("an index is expected here", part)
            limit, more = self._limit(as_node(before), above, found)
            return limit, _both(more, self.value(condition))
        if part.data == "bound":
            return self._member(part), self._guard_of(part)
        if part.data == "sum":
            return self.index(part), None
        return None, self.value(part)

    def _compared(
        self, part: Node, above: Sequence[Node], found: Sequence[Node]
    ) -> tuple[Node | None, Node | None]:
        """j = 1 with what stands above, 1 <= j <= J, or a condition on the index at the left."""
        sides, signs = nodes(part), [str(sign) for sign in part.children[1::2]]
        if signs == ["=="] and above:
            upper = [one for one in above[0].children[1:] if one is not None]
            if len(upper) != 1 or isinstance(upper[0], Token):
                raise self.source.error("this is no upper end of a range", above[0])
            return _bound(self.index(sides[0]), self.value(sides[1]), self.value(upper[0])), None
        before = {str(word) for limit in found for word in tokens(limit)}
        condition = self.generic(part)
        if before & {str(word) for word in tokens(condition)}:  # both as names: k_{1} is k1
            return None, condition
        if signs == ["<=", "<="] and not above:
            return _bound(self.index(sides[1]), self.value(sides[0]), self.value(sides[2])), None
        if signs == ["=="]:
            raise self.source.error(
                "the range has no end", part, hint=r"write \sum_{j=1}^{J}, or \sum_{j} x_j"
            )
        return self.index(sides[0]), condition

    def _member(self, part: Node) -> Node:
        r"""j \in \{1, \dots, J\} as j in 1..J."""
        index, inside, *more = nodes(part)
        kinds = _kinds(part)
        return _bound(self.index(index), *self.span(inside, more[0] if "RANGE" in kinds else None))

    def _guard_of(self, bound: Node) -> Node | None:
        """The condition behind `j \\in …`."""
        kinds = _kinds(bound)
        own = self.value(nodes(bound)[-1]) if "IF" in kinds else None
        if "SETMINUS" not in kinds:
            return own
        without = self._without(nodes(bound)[0], nodes(bound)[2 + ("RANGE" in kinds)])
        return without if own is None else _both(without, own)

    def _without(self, index: Node, left_out: Node) -> Node:
        r"""j \in A \setminus \{i\}: j != i."""
        bracket = sole_bracket(left_out)
        parts = [one for one in bracket.children if one is not None] if bracket else []
        if bracket is None or bracket.data != "set" or len(parts) != 1:
            raise self.source.error("one index is left out", left_out, hint=r"as in \{i\}")
        sign = Token("COMPARE", "!=")
        return made("comparison", [self.index(index), sign, self.value(as_node(parts[0]))])

    def bound(self, tree: Node) -> Node:
        made, condition = self._member(tree), self._guard_of(tree)
        return made if condition is None else _guarded(made, [condition])

    def index(self, part: Node) -> Node:
        """The name of an index, by itself."""
        piece = sole_piece(part)
        if piece is None or not isinstance(piece[0], Token):
            raise self.source.error("an index is expected here", part, hint=r"as in \sum_{j}")
        return wrapped(self.index_name(piece[0], piece[1]))

    def index_name(self, token: Token, scripts: Sequence[Part]) -> Token:
        found = self.names.spelled(token, scripts)
        if found.scripts:
            raise self.source.error("an index has no index", as_node(found.scripts[0]))
        return found.token

    def span(self, inside: Node, upper: Node | None) -> tuple[Node, Node]:
        """The first and last value of {1, …, J}, {0, 1}, {3}, [1, J], [J] or 1..J."""
        if upper is not None:
            return self.value(inside), self.value(upper)
        bracket = sole_bracket(inside)
        parts = [as_node(part) for part in bracket.children if part is not None] if bracket else []
        if bracket is not None and bracket.data == "bracket":
            if len(parts) == 1:
                one = wrapped(Token.new_borrow_pos("NUMBER", "1", next(tokens(inside))))
                return one, self.value(parts[0])
            if len(parts) == 2:
                return self.value(parts[0]), self.value(parts[1])
        if bracket is not None and bracket.data == "set" and parts:
            if parts[-1].data == "range" and self._counts(parts):
                first, _, last = parts[-1].children
                return self.value(parts[0] if len(parts) > 1 else first), self.value(last)
            if len(parts) == 1 or self._consecutive(parts):
                return self.value(parts[0]), self.value(parts[-1])
        raise self.source.error(
            "this is no range", next(tokens(inside)), hint=r"write \{1, \dots, J\} or 1..J"
        )

    def _counts(self, parts: Sequence[Node]) -> bool:
        """1, 2, …, J counts by ones."""
        starts = [*parts[:-1], as_node(parts[-1].children[0])]
        return len(starts) == 1 or self._consecutive(starts)

    def _consecutive(self, parts: Sequence[Node]) -> bool:
        texts = ["".join(tokens(part)) for part in parts]
        if all(text.isdigit() for text in texts):
            numbers = [int(text) for text in texts]
            return all(b == a + 1 for a, b in pairwise(numbers))
        return all(b == f"{a}+1" or a == f"{b}-1" for a, b in pairwise(texts))

    def generic(self, tree: Node) -> Node:
        """A tree that the notation has as well, its parts lowered."""
        parts = (self.value(part) if isinstance(part, Tree) else part for part in tree.children)
        return made(str(tree.data), parts)


def _bound(index: Node, lower: Node, upper: Node) -> Node:
    span = made("range", [lower, Token("RANGE", ".."), upper])
    return made("bound", [index, span, None, None])


def _guarded(limit: Node, conditions: Sequence[Node]) -> Node:
    """The limit with conditions behind it."""
    condition = conditions[0]
    for more in conditions[1:]:
        condition = _both(condition, more)
    sign = Token("IF", "if")
    if limit.data == "bound":
        return made("bound", [*limit.children[:2], sign, condition])
    return made("limited", [limit, sign, condition])


def has_condition(limits: Sequence[Node]) -> bool:
    """Has one of the limits a condition?"""
    return any(token.type == "IF" for limit in limits for token in tokens(limit))


def _kinds(tree: Node) -> list[str]:
    """What the words of a tree are, those of its parts left out."""
    return [one.type for one in tree.children if isinstance(one, Token)]


def _both(first: Node | None, second: Node) -> Node:
    if first is None:
        return second
    return made("conjunction", [first, Token("AND", "and"), second])
