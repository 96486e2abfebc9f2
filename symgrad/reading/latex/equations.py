r"""Loops and statements of LaTeX as the nests of the notation.

\text{for } i = 1, \dots, N \quad y_i = x_i        for i in 1..N: y[i] = x[i]
y_i = x_i \quad \forall i                         for i: y[i] = x[i]
\text{for } i \\ \quad y_i = x_i \\ \quad z_i = y_i   for i: y[i] = x[i]; z[i] = y[i]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from lark import Token, Tree

from symgrad.program import GRADIENT
from symgrad.reading.latex.gathering import gather
from symgrad.reading.latex.lowering import Lowering
from symgrad.reading.latex.pieces import is_token, is_tree, items, terms
from symgrad.reading.latex.timesteps import with_times_named, without_time
from symgrad.reading.syntax.trees import Node, Part, as_node, as_token, made, nodes, tokens
from symgrad.writing.names import canonical, gradient_spellings, split_suffix


@dataclass
class Nest:
    """A loop while its rows are read: its head, its statements, how its last row stood.

    behind: does the head follow the statement? Then indices that it does not name loop as well.
    """

    loops: list[Node] = field(default_factory=list)
    guards: list[Node] = field(default_factory=list)
    statements: list[Node] = field(default_factory=list)
    at: Token | None = None
    flat: bool = False
    defines: bool = False
    behind: bool = False

    @property
    def headed(self) -> bool:
        return bool(self.loops or self.guards)


class Equations:
    """Lowers the lines of one text."""

    def __init__(self, lowering: Lowering) -> None:
        self.lowering = lowering
        self.names = lowering.names
        self.source = lowering.source

    def lower(self, tree: Node) -> Node:
        """The whole text."""
        lines = nodes(tree)
        for line in lines:
            with_times_named(line, self.names)
            without_time(line, self.names)
        gather(lines, self.names)
        nests = self._ordered(
            [nest for nest in self._nests(lines) if nest.headed or nest.statements]
        )
        return made("start", [self._made(nest) for nest in nests])

    def _ordered(self, nests: list[Nest]) -> list[Nest]:
        """The nests with what `where` defines before the first of them that uses it."""
        for nest in [nest for nest in nests if nest.defines]:
            place = nests.index(nest)
            name = _target(nest.statements[0])
            first = next((n for n, one in enumerate(nests[:place]) if name in _read(one)), place)
            late = {_target(line) for one in nests[first:place] for line in one.statements}
            if late & _read(nest):
                raise self.source.error(
                    f"this is used above, and itself uses what is computed there: "
                    f"{min(late & _read(nest))}",
                    nest.at,
                    hint="write the statements in the order in which they are computed",
                )
            nests.insert(first, nests.pop(place))
        return nests

    def _nests(self, lines: Sequence[Node]) -> Iterator[Nest]:
        current: Nest | None = None
        for line in lines:
            indented = is_token(line.children[0], "INDENT")
            nest = self._line(line)
            nest.defines = is_token(line.children[0], "WHERE")
            if nest.defines:
                yield from [current] if current is not None else []
                yield from self._each(nest)
                current = None
                continue
            if current is not None and self._belongs(current, nest, indented):
                current.loops += nest.loops
                current.guards += nest.guards
                current.statements += nest.statements
                current.flat |= not indented
                continue
            if current is not None:
                yield current
            current = nest
        if current is not None:
            yield current

    def _each(self, nest: Nest) -> Iterator[Nest]:
        """What `where` defines, each by itself."""
        for line in nest.statements:
            yield Nest(nest.loops, nest.guards, [line], nest.at, defines=True)
        if not nest.statements:
            yield nest

    def _belongs(self, current: Nest, nest: Nest, indented: bool) -> bool:
        """Is this line a part of the loop above it?"""
        if not current.statements:
            return indented or not nest.headed
        if current.flat and not nest.headed:
            raise self.source.error(
                "which lines belong to the loop?", nest.at, hint=r"begin them with \quad"
            )
        return indented and current.headed and not nest.headed

    def _line(self, line: Node) -> Nest:
        """A line: heads of loops before its statements or behind them."""
        nest = Nest(at=next(tokens(line)))
        behind = False
        for part in nodes(line):
            if part.data == "statement":
                if behind:
                    raise self.source.error(
                        "a statement behind the loop of another",
                        next(tokens(part)),
                        hint=r"end the line with \\",
                    )
                statement = self._statement(part)
                nest.statements += [] if statement is None else [statement]
                continue
            behind = bool(nest.statements)
            nest.behind = (behind and not nest.headed) or nest.behind
            loops, guards = self._head(part)
            nest.loops += loops
            nest.guards += guards
        return nest

    def _made(self, nest: Nest) -> Node:
        if not nest.statements:
            raise self.source.error(
                "the loop has no statement", nest.at, hint=r"write it behind \quad"
            )
        if not nest.headed:
            return made("nest", [None, *nest.statements])
        if nest.behind and nest.loops:
            nest.loops += self._unnamed(nest)
        parts: list[Part] = [made("loops", [*nest.loops])] if nest.loops else []
        if nest.guards:
            condition = nest.guards[0]
            for more in nest.guards[1:]:
                condition = made("conjunction", [condition, Token("AND", "and"), more])
            parts.append(made("guard", [Token("IF", "if"), condition]))
        return made("nest", [made("header", parts), *nest.statements])

    def _unnamed(self, nest: Nest) -> Iterator[Node]:
        """Loops over the indices of the left sides that the head behind them does not name."""
        seen = {str(loop.children[0]) for loop in nest.loops}
        for statement in nest.statements:
            for token in islice(tokens(statement.children[0]), 1, None):
                if token.type == "NAME" and token in self.names.indices and token not in seen:
                    seen.add(str(token))
                    yield made("loop", [token, None])

    # --- heads -------------------------------------------------------------------------------

    def _head(self, part: Node) -> tuple[list[Node], list[Node]]:
        if part.data == "ranged":
            return [*self._ranged(part)], []
        loops: list[Node] = []
        guards: list[Node] = []
        for child in nodes(part):
            if child.data == "loops":
                loops += [one for loop in nodes(child) for one in self._loops(loop)]
            else:
                guards.append(self.lowering.value(nodes(child)[0]))
        return loops, guards

    def _loops(self, loop: Node) -> list[Node]:
        """One loop; `bj` without a range is two."""
        span = nodes(loop)
        kinds = [one.type for one in loop.children if isinstance(one, Token)]
        if loop.data == "between":
            first = self.lowering.value(_alone(loop.children[0]))
            return [self._loop(span[0], first, self.lowering.value(span[1]))]
        if loop.data == "spanned":
            return [self._loop(span[0], *map(self.lowering.value, span[1:]))]
        if loop.data == "member":
            ends = self.lowering.span(span[1], span[2] if "RANGE" in kinds else None)
            return [self._loop(span[0], *ends)]
        return [made("loop", [self._index(span[0]), None])]

    def _loop(self, index: Node, lower: Node, upper: Node) -> Node:
        span = made("range", [lower, Token("RANGE", ".."), upper])
        return made("loop", [self._index(index), span])

    def _index(self, tree: Node) -> Token:
        token, *scripts = tree.children
        return self.lowering.index_name(
            as_token(token), [one for one in scripts if one is not None]
        )

    def _ranged(self, tree: Node) -> Iterator[Node]:
        """i = 1, …, N or i, j in {1, …, N} behind a statement."""
        span = [one for one in nodes(tree) if one.data != "term"]
        kinds = [one.type for one in tree.children if isinstance(one, Token)]
        if kinds[0] == "NUMBER":
            ends = self.lowering.value(_alone(tree.children[0])), self.lowering.value(span[0])
        elif "IN" in kinds:
            ends = self.lowering.span(span[0], span[1] if "RANGE" in kinds else None)
        else:
            ends = self.lowering.value(span[0]), self.lowering.value(span[1])
        both = made("range", [ends[0], Token("RANGE", ".."), ends[1]])
        for term in tree.find_data("term"):
            if any(term is one for one in tree.children):
                index = self.lowering.index(made("sum", [term]))
                yield made("loop", [next(tokens(index)), both])

    # --- statements --------------------------------------------------------------------------

    def _statement(self, tree: Node) -> Node | None:
        target, sign, *rest = tree.children
        members = [
            made("step", [part.children[0], self.lowering.value(nodes(part)[0])])
            if is_tree(part, "step") and isinstance(part, Tree)
            else self.lowering.value(as_node(part))
            for part in rest
        ]
        left = self.lowering.term(items(as_node(target)))
        if members[1:]:
            self._note_equal_spellings([left, *members])
        if sign == "≡":
            sign = Token.new_borrow_pos("ASSIGN", "=", as_token(sign))
            if self._names_twice(left, members[0]):
                members = members[1:]
        elif members[1:] and self._is_renamed(left, members[0]):
            members = members[1:]
        if not members:
            return None
        first = nodes(members[0])[-1] if members[0].data == "step" else members[0]
        return made("statement", [left, sign, first, *members[1:]])

    def _note_equal_spellings(self, sides: Sequence[Node]) -> None:
        """Two sides of a chain may spell one gradient in two ways, for it says that they agree."""
        found = [*map(self._spellings, sides)]
        for gradient in {one for styles in found for one in styles}:
            own = [styles[gradient] for styles in found if gradient in styles]
            if all(len(styles) == 1 for styles in own) and len(set().union(*own)) > 1:
                self.names.vocabulary.twice.add(gradient + GRADIENT)

    def _spellings(self, side: Node) -> dict[str, set[str]]:
        """How one side of a chain spells each gradient."""
        found: dict[str, set[str]] = {}
        for word in _names(side):
            base, suffix = split_suffix(word)
            array = self.names.array(base)
            if array is not None and (suffix or not self.names.is_declared(base)):
                style = suffix or next(iter(gradient_spellings(base)))[0]
                found.setdefault(array, set()).add(style)
        return found

    def _is_renamed(self, left: Node, right: Node) -> bool:
        """Is this δx = ∂L/∂x = …, one gradient in two spellings?"""
        return _spelled(left.children) != _spelled(terms(right)) and self._names_twice(left, right)

    def _names_twice(self, left: Node, right: Node) -> bool:
        """Is this δx ≡ ∂L/∂x, one gradient in two spellings, both of which are then read?"""
        one = _spelled(left.children)
        other = _spelled(terms(right)) if len(right.children) == 1 else None
        if one is None or other is None or one[1:] != other[1:]:
            return False
        array = self.names.array(one[0])
        if array is None or array != self.names.array(other[0]):
            return False
        if self.names.is_declared(one[0]) or self.names.is_declared(other[0]):
            return False
        self.names.vocabulary.twice.add(array + GRADIENT)
        return True


def _spelled(factors: Sequence[Part]) -> tuple[str, ...] | None:
    """The name of a gradient and the words of its indices: δx[i] and ∂L/∂x[i]."""
    words = [str(word) for one in factors for word in tokens(one)]
    if len(words) > 2 and words[1] == "/":
        words = words[2:]
    return tuple(words) or None


def _alone(number: Part) -> Node:
    """A number as an expression."""
    return made("sum", [made("term", [made("piece", [as_token(number)])])])


def _target(statement: Node) -> str:
    """The name that a statement writes."""
    return canonical(next(_names(statement)))


def _read(nest: Nest) -> set[str]:
    """The names on the right sides of a nest, and in the places that it writes to."""
    places = (islice(_names(line.children[0]), 1, None) for line in nest.statements)
    values = (_names(part) for line in nest.statements for part in line.children[1:])
    return {canonical(word) for words in (*places, *values) for word in words}


def _names(tree: Part | None) -> Iterator[str]:
    """The names in a tree; ∂L/∂x is ∂x."""
    found = [*tokens(tree)]
    for n, word in enumerate(found):
        above = [str(one)[:1] for one in found[n : n + 3 : 2]] in (["∂", "∂"], ["d", "d"])
        if word.type == "NAME" and not (above and found[n + 1] == "/"):
            yield str(word)
