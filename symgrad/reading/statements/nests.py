"""Loops and statements: tree to `Nest`.

for b, j if c: Z[b] += e; …      one nest
Z[b] += s[b, j]                  for b, j: …      indices of both sides loop under += and -=
x.grad += y.grad * x             for i: …         whole arrays are assigned element by element
y[i] = x[j]                      refused: did you forget a sum over j?
y[i] = e = x[i]                  a chain: one statement with two members
x[argmax(k, e)] += y             argmax1 = argmax(k, e); x[argmax1] += y      in the same loops
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, get_args

import sympy
from lark import Token, Tree
from sympy.logic.boolalg import Boolean

from symgrad.algebra.interleaving import woven
from symgrad.errors import StudentError
from symgrad.expressions import Element, array_of, index, scalar
from symgrad.heads import ArgmaxOver
from symgrad.program import Loop, Nest, Operator, Statement
from symgrad.reading.arrays.whole import Value
from symgrad.reading.names.factors import Factor, Piece, pieces
from symgrad.reading.names.grouping import Grouping
from symgrad.reading.names.scope import Scope
from symgrad.reading.names.vocabulary import UNEVALUATED
from symgrad.reading.slips.findings import Glued, NoTarget, OneSided
from symgrad.reading.statements.assigning import assigned, new_array, new_part
from symgrad.reading.statements.distributing import (
    Step,
    changes_its_own_head,
    nests,
    rounds,
    unread_before,
    widened,
)
from symgrad.reading.syntax.parse import MAX_LOOPS
from symgrad.reading.syntax.trees import (
    Node,
    Part,
    as_node,
    as_token,
    entries,
    first,
    nodes,
    optional,
    sole_name,
    tokens,
)
from symgrad.reading.values.indexing import is_whole_axis
from symgrad.reading.values.phrases import Phrases
from symgrad.sets.integers import Integers
from symgrad.sets.literals import ranges
from symgrad.writing.names import (
    canonical,
    gradient_spellings,
    quotient_spelling,
    split_suffix,
)

OPERATORS: dict[str, Operator] = {
    **{operator: operator for operator in get_args(Operator)},
    ":=": "=",
    "←": "=",
    "−=": "-=",
}
"""What assigns, in all its spellings."""

ONE_SIDED = {"=", "*="}
"""Operators that say nothing of an index of the right side alone; += and -= add over it."""

TRUE: Boolean = sympy.true

Target: TypeAlias = Callable[[Value], Value]
"""What a statement assigns to, once its value is known."""


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


class Statements:
    """Reads the nests of one text."""

    def __init__(self, reader: Phrases) -> None:
        self.reader = reader
        self.vocabulary = reader.vocabulary
        self.source = reader.source
        self.places: list[list[Located]] = []
        """For each nest and each of its statements, where they stand."""
        self._spoken: list[set[str]] = []
        self._passed: set[str] = set()
        self._spoken_elsewhere: set[str] = set()
        self._spoken_here: Counter[str] = Counter()
        self._widened: set[str] = set()
        self.refused_if_empty: dict[int, tuple[int, StudentError]] = {}
        """Nests whose innermost loops, so many, must have a round, and what to say if not."""

    # --- left sides, before anything is read -------------------------------------------------

    def introduce(self, nests: Sequence[Node]) -> None:
        """Note the auxiliaries: the names on left sides that are not known yet."""
        self._spoken = [{*map(_spelled, _names(nest))} for nest in nests]
        new: dict[str, tuple[Token, int]] = {}
        bare: set[str] = set()
        for nest in nests:
            for statement, loops in _statements(nest, frozenset()):
                row = pieces(as_node(statement.children[0]))
                token = row[0].atom
                if isinstance(token, Token) and token.type == "NAME" and not _is_quotient(row):
                    base, suffix = split_suffix(token)
                    name = canonical(base)
                    if not suffix and not self._is_known(name, base):
                        if name not in new and not row[1:]:
                            bare.add(name)
                        if name not in new or not new[name][1]:
                            new[name] = token, _rank(row[1:], loops)
                        if _first_name(statement.children[-1]) == "argmax":
                            self.vocabulary.labels.add(name)
        for name, (token, rank) in new.items():
            if not any(base in new for _, base in gradient_spellings(str(token))):
                self._introduce(name, token, rank)
        self.vocabulary.open.update(bare)

    def _is_known(self, name: str, spelled: str) -> bool:
        named = self.vocabulary.named
        return named(name) is not None or any(
            named(base) is not None for _, base in gradient_spellings(spelled)
        )

    def _introduce(self, name: str, token: Token, rank: int) -> None:
        if "∂" in token or "∇" in token:
            return
        self.vocabulary.check_new(token)
        if self.vocabulary.given is not None and self.vocabulary.unmarked_gradient(name):
            raise self.vocabulary.unknown(token)
        if name in self.vocabulary.extents:
            raise self.source.error(f"{token} is an extent and has a fixed value", token, "name")
        if name in self.vocabulary.functions:
            raise self.source.error(f"{token} is a function of the forward pass", token, "name")
        self.vocabulary.write(name, rank)

    # --- nests -------------------------------------------------------------------------------

    def read(self, tree: Node) -> Iterator[Nest]:
        own, *self._spoken = self._spoken
        self._spoken_elsewhere = self._passed.union(*self._spoken)
        self._passed |= own
        self._spoken_here = Counter(map(_spelled, _names(tree)))
        header = tree.children[0]
        statements = nodes(tree)
        if isinstance(header, Tree):
            yield from self._nests(header, statements[1:])
            return
        found = [self._implicit(statement) for statement in statements]
        if all(not loops and not any(step.loops for step in steps) for loops, steps, _ in found):
            yield self._noted((), [(step, at) for _, steps, at in found for step in steps])
            return
        for loops, steps, located in found:
            yield from self._arranged(loops, sympy.true, [(step, located) for step in steps])

    def _noted(
        self, loops: tuple[Loop, ...], steps: Sequence[tuple[Step, Located]], guard: Boolean = TRUE
    ) -> Nest:
        """One nest over the loops and those of its steps, whose places are known."""
        self.places.append([at for step, at in steps for _ in step.statements])
        body = tuple(statement for step, _ in steps for statement in step.statements)
        return Nest(loops + steps[0][0].loops, body, guard)

    def _arranged(
        self, loops: tuple[Loop, ...], guard: Boolean, steps: Sequence[tuple[Step, Located]]
    ) -> Iterator[Nest]:
        """The nests of a loop's body, whose steps may have loops of their own."""
        bodies = [step for step, _ in steps]
        if not any(step.loops for step in bodies):
            yield self._noted(loops, steps, guard)
            return
        if changes_its_own_head(loops, guard, bodies):
            raise self._write_out(steps, "this loop changes what its condition or range reads")
        groups = nests(loops, bodies)
        if groups is None:
            before = set(self._widened)
            bodies = self._widen(loops, bodies)
            groups = nests(loops, bodies)
            copies = self._written_out(loops, guard, steps) if groups is None else None
            if copies is not None:
                self._widened = before
                yield from self._arranged(loops[:-1], guard, copies)
                return
            steps = [(step, at) for step, (_, at) in zip(bodies, steps, strict=True)]
        if groups is None:
            yield self._woven(loops, guard, steps)
            return
        left = iter(steps)
        for group in groups:
            yield self._noted(loops, [next(left) for _ in group], guard)

    def _written_out(
        self, loops: tuple[Loop, ...], guard: Boolean, steps: Sequence[tuple[Step, Located]]
    ) -> list[tuple[Step, Located]] | None:
        """The rounds of a short innermost loop, one after the other."""
        values = rounds(loops, guard, sum(len(step.statements) for step, _ in steps))
        if values is None:
            return None
        return [(step.at(loops[-1].index, value), at) for value in values for step, at in steps]

    def _woven(
        self, loops: tuple[Loop, ...], guard: Boolean, steps: Sequence[tuple[Step, Located]]
    ) -> Nest:
        """One nest over all the loops of a body, to be checked once their ranges are known."""
        refusal = self._write_out(steps, "these statements depend on each other")
        times = [one for step, _ in steps for one in step.timed()]
        used = {symbol.name for one in times for symbol in one.statement.value.free_symbols}
        found = woven(loops, guard, times, used | self.vocabulary.names)
        if len(found.nest.loops) > MAX_LOOPS:
            raise refusal
        called = {loop.upper: new.index for new, loop in found.inner}
        for item in self.reader.pending:
            item.called = called.get(item.upper, item.called)
        self.refused_if_empty[len(self.places)] = len(found.inner), refusal
        self.places.append([at for step, at in steps for _ in step.statements])
        return found.nest

    def check_rounds(self, nests: Sequence[Nest], integers: Integers) -> None:
        """Refuse the nests over several loops of a body, one of which may have no round."""
        for number, (inner, refusal) in self.refused_if_empty.items():
            loops = nests[number].loops
            for depth in range(len(loops) - inner, len(loops)):
                runs = sympy.Le(loops[depth].lower, loops[depth].upper, evaluate=False)
                if not integers.implies(ranges(loops[:depth]), runs):
                    raise refusal

    def _widen(
        self, loops: tuple[Loop, ...], steps: Sequence[Step], elsewhere: Collection[str] = ()
    ) -> list[Step]:
        """The steps with an element for each iteration of what belongs to one iteration."""
        own = self._own_of(steps).difference(elsewhere, self._widened)
        names = {name for name in own if unread_before(name, steps)}
        self._widened |= names
        return widened(loops, steps, names)

    def _own_of(self, steps: Sequence[Step]) -> set[str]:
        """The auxiliaries that nothing but this loop speaks of, written whole in each iteration."""
        written = set().union(*(step.written for step in steps))
        return {
            name
            for name in written - self._spoken_elsewhere
            if self.vocabulary.given is not None
            and name in self.vocabulary.written
            and (name in self.reader.known.own or not self.vocabulary.rank(name))
        }

    def _write_out(self, steps: Sequence[tuple[Step, Located]], what: str) -> StudentError:
        return self.source.error(
            what, steps[0][1].start, hint="write the indices of its arrays, and a loop for each"
        )

    def _nests(self, header: Node, statements: Sequence[Node]) -> Iterator[Nest]:
        begun = len(self.reader.accessed)
        loops, guard, scope = self._head(header, Scope())
        while len(statements) == 1 and statements[0].data == "inner":
            header, *statements = nodes(statements[0])
            inner, condition, scope = self._head(header, scope)
            loops, guard = loops + inner, _both(guard, condition)
        above = self.reader.accessed[begun:]
        found: list[tuple[Step, Located]] = []
        self.reader.known.current = lambda: [step.nest(loops, guard) for step, _ in found]
        for part in statements:
            found += self._item(part, len(found), scope, above, loops)
        self.reader.known.current = tuple
        yield from self._arranged(loops, guard, found)

    def _head(self, header: Node, scope: Scope) -> tuple[tuple[Loop, ...], Boolean, Scope]:
        """The loops and the condition of a header, and what is bound below it."""
        loops: list[Loop] = []
        guard: Boolean = sympy.true
        for part in nodes(header):
            if part.data == "loops":
                for loop in nodes(part):
                    name, written = loop.children
                    scope = self._loop(as_token(name), optional(written), scope, loops)
            else:
                guard = self.reader.condition(as_node(part.children[1]), scope)
        return tuple(loops), guard, scope

    def _item(
        self, part: Node, number: int, scope: Scope, above: Accesses, around: tuple[Loop, ...]
    ) -> list[tuple[Step, Located]]:
        """A statement of a body, or a loop within it, as steps, with the first number for them."""
        if part.data == "inner":
            inner = self._inner(part, scope, above, around)
            return [(step.numbered(number), at) for step, at in inner]
        steps, located = self._grouped(part, scope, above)
        return [(step.numbered(n), located) for n, step in enumerate(steps, number)]

    def _inner(
        self, part: Node, scope: Scope, above: Accesses, around: tuple[Loop, ...]
    ) -> list[tuple[Step, Located]]:
        """A loop within a body: one step over all its statements, or over some of them."""
        header, *items = nodes(part)
        begun = len(self.reader.accessed)
        loops, guard, scope = self._head(header, scope)
        if guard is not sympy.true:
            hint = "write a loop for each statement, or the condition as a factor [ … ]"
            raise self.source.error("a condition on a loop beside statements", header, hint=hint)
        above = [*above, *self.reader.accessed[begun:]]
        found: list[tuple[Step, Located]] = []
        for item in items:
            found += self._item(item, len(found), scope, above, around + loops)
        steps, places = [step for step, _ in found], [at for _, at in found]
        if len(steps) > 1 and not any(step.loops for step in steps):
            statements = tuple(statement for step in steps for statement in step.statements)
            return [(Step(loops, statements), _joined(places))]
        return self._told_apart(loops, around, found, self._outside(part))

    def _told_apart(
        self,
        loops: tuple[Loop, ...],
        around: tuple[Loop, ...],
        found: list[tuple[Step, Located]],
        outside: set[str],
    ) -> list[tuple[Step, Located]]:
        """The steps of an inner loop, which may share it or not, with the loop."""
        steps, places = [step for step, _ in found], [at for _, at in found]
        if loops and nests(loops, steps) is None:
            before = set(self._widened)
            steps = self._widen(around + loops, steps, outside)
            if nests(loops, steps) is None:
                copies = self._written_out(loops, TRUE, found)
                if copies is not None:
                    self._widened = before
                    return self._told_apart(loops[:-1], around, copies, outside)
        tied = nests(loops, steps) is None
        return [(step.inside(loops, tied), at) for step, at in zip(steps, places, strict=True)]

    def _outside(self, part: Node) -> set[str]:
        """The names that the loops around a part speak of beside it."""
        return set(self._spoken_here - Counter(map(_spelled, _names(part))))

    def _loop(self, token: Token, written: Node | None, scope: Scope, loops: list[Loop]) -> Scope:
        name = self.reader.new_index(token)
        if name in scope.bound:
            raise self.source.error(f"{token} is bound twice", token, "name")
        loops.append(Loop(index(name), *self.reader.range_of(token, written, scope)))
        return scope.bind(name)

    def _implicit(self, tree: Node) -> tuple[tuple[Loop, ...], list[Step], Located]:
        """A statement without `for`, with the loops that its indices make."""
        free: dict[str, Token] = {}
        own: dict[str, Token] = {}
        with self.reader.choosing() as chosen:
            begun = len(self.reader.accessed)
            target = self._target(tree, Scope(free=free))
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

    # --- statements --------------------------------------------------------------------------

    def _grouped(self, tree: Node, scope: Scope, above: Accesses) -> tuple[list[Step], Located]:
        """A statement, behind the indices that are chosen in it."""
        with self.reader.choosing() as chosen:
            begun = len(self.reader.accessed)
            steps = self._steps(tree, scope, self._target(tree, scope), chosen)
            return steps, Located(first(tree), {**dict(above), **self._accessed(begun)})

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
        steps = assigned(self.reader, target(read[-1]), operator, read, first(tree))
        if self.reader.tuples and any(
            has_loose_tuple(member)
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

    def _turned(self, tree: Node) -> str:
        """What is assigned where the value stands on the left; nothing if that is not so."""
        value = as_node(tree.children[2])
        terms = nodes(value) if value.data == "sum" else []
        row = Grouping(pieces(terms[0]), self.vocabulary).factors() if len(terms) == 1 else []
        if len(row) != 1 or not _is_element(row[0]) or row[0].array is None:
            return ""
        return row[0].array

    def _target(self, tree: Node, scope: Scope) -> Target:
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


def _joined(parts: Sequence[Located]) -> Located:
    """Where several statements begin, and where their elements are written."""
    return Located(parts[0].start, {key: at for one in parts for key, at in one.accesses.items()})


def _is_element(factor: Factor) -> bool:
    return factor.shape in ("name", "access") and factor.exponent is None and not factor.negative


def _names(tree: Node) -> Iterator[Token]:
    return (token for token in tokens(tree) if token.type == "NAME")


def _spelled(token: Token) -> str:
    return canonical(split_suffix(token)[0])


def _both(one: Boolean, other: Boolean) -> Boolean:
    if sympy.true in (one, other):
        return other if one is sympy.true else one
    return sympy.And(one, other, evaluate=False)


def _statements(nest: Node, around: frozenset[str]) -> Iterator[tuple[Node, set[str]]]:
    """The statements of a nest and of the loops within it, with the names of their loops."""
    header, *items = nest.children
    loops = around | set(_loop_names(header))
    for item in map(as_node, items):
        if item.data == "inner":
            yield from _statements(item, loops)
        else:
            yield item, set(loops)


def _loop_names(header: Part | None) -> Iterator[str]:
    if isinstance(header, Tree):
        for loop in header.find_data("loop"):
            yield canonical(str(loop.children[0]))


def _is_quotient(row: Sequence[Piece]) -> bool:
    """Does a left side begin with dL/dx?"""
    if len(row) < 2 or row[1].operator != "/" or not row[1].is_token("NAME"):
        return False
    return quotient_spelling(str(row[0].atom), str(row[1].atom)) is not None


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
