"""Loops and their bodies: tree to `Nest`.

for b, j if c: Z[b] += e; …            one nest
for b: e = Z[b]; for j: p[b, j] = e    a body with a loop of its own: e gets an axis, two nests
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import sympy
from lark import Token, Tree
from sympy.logic.boolalg import Boolean

from symgrad.algebra.interleaving import woven
from symgrad.errors import StudentError
from symgrad.expressions import index
from symgrad.program import Loop, Nest
from symgrad.reading.names.scope import Scope
from symgrad.reading.statements.distributing import (
    Step,
    asked_again,
    changes_its_own_head,
    nests,
    rounds,
    together,
    unread_before,
    widened,
)
from symgrad.reading.statements.introducing import introduce, spoken
from symgrad.reading.statements.single import OPERATORS, Accesses, Located, Single
from symgrad.reading.syntax.parse import MAX_LOOPS
from symgrad.reading.syntax.trees import (
    INNER,
    Node,
    as_node,
    as_token,
    core,
    nodes,
    optional,
)
from symgrad.reading.values.phrases import Phrases
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, ranges
from symgrad.writing.names import canonical

TRUE: Boolean = sympy.true

OWN_HEAD = "this loop changes what its condition or range reads"


class Statements:
    """Reads the nests of one text."""

    def __init__(self, reader: Phrases) -> None:
        self.reader = reader
        self.vocabulary = reader.vocabulary
        self.source = reader.source
        self._single = Single(reader)
        self.places: list[list[Located]] = []
        """For each nest and each of its statements, where they stand."""
        self._spoken: list[set[str]] = []
        self._passed: set[str] = set()
        self._spoken_elsewhere: set[str] = set()
        self._spoken_here: Counter[str] = Counter()
        self._widened: set[str] = set()
        self.refused_if_empty: dict[int, tuple[int, StudentError]] = {}
        """Nests whose innermost loops, so many, must have a round, and what to say if not."""

    def introduce(self, nests: Sequence[Node]) -> None:
        """Note what each nest speaks of, and the auxiliaries."""
        self._spoken = [{*spoken(nest)} for nest in nests]
        introduce(self.vocabulary, nests)

    # --- nests -------------------------------------------------------------------------------

    def read(self, tree: Node) -> Iterator[Nest]:
        own, *self._spoken = self._spoken
        self._spoken_elsewhere = self._passed.union(*self._spoken)
        before = set(self._passed)
        self._passed |= own
        self._spoken_here = Counter(spoken(tree))
        header = tree.children[0]
        statements = nodes(tree)
        if isinstance(header, Tree):
            yield from self._nests(header, statements[1:])
            return
        behind = [statements.pop()] if statements[-1].data == "tail" else []
        yield from self._bare([one for one in statements if not self._is_zero(one, before)])
        for tail in behind:
            yield from self._nests(nodes(tail)[0], nodes(tail)[1:])

    def _is_zero(self, statement: Node, before: Collection[str]) -> bool:
        """`e = 0` before the elements of an auxiliary are added to, which start at 0 anyway."""
        left, sign, right, *more = statement.children
        token, value = core(left), core(right)
        if more or OPERATORS.get(str(sign)) != "=":
            return False
        name = canonical(token) if isinstance(token, Token) and token.type == "NAME" else ""
        rank = self.vocabulary.written.get(name, 0) if name not in self.vocabulary.ranks else 0
        return bool(rank) and name not in before and str(value) in ("0", "0.0")

    def _bare(self, statements: Sequence[Node]) -> Iterator[Nest]:
        """The nests of statements without a head, each in the loops that its indices make."""
        found = [self._single.bare(statement) for statement in statements]
        if found and all(
            not loops and not any(step.loops for step in steps) for loops, steps, _ in found
        ):
            yield self._noted((), [(step, at) for _, steps, at in found for step in steps])
            return
        for loops, steps, located in found:
            yield from self._arranged(loops, sympy.true, [(step, located) for step in steps])

    def _noted(
        self, loops: tuple[Loop, ...], steps: Sequence[tuple[Step, Located]], guard: Boolean = TRUE
    ) -> Nest:
        """One nest over the loops and those of its steps, whose places are known."""
        self.places.append([at for step, at in steps for _ in step.statements])
        return together([step for step, _ in steps]).nest(loops, guard)

    def _arranged(
        self, loops: tuple[Loop, ...], guard: Boolean, steps: Sequence[tuple[Step, Located]]
    ) -> Iterator[Nest]:
        """The nests of a loop's body, whose steps may have loops of their own."""
        bodies = [step for step, _ in steps]
        if all(step.is_plain for step in bodies):
            yield self._noted(loops, steps, guard)
            return
        if not loops:
            yield from self._one_by_one(guard, steps)
            return
        if changes_its_own_head(loops, guard, bodies):
            raise self._write_out(steps, OWN_HEAD)
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

    def _one_by_one(self, guard: Boolean, steps: Sequence[tuple[Step, Located]]) -> Iterator[Nest]:
        """The nests of steps that follow each other in no loop."""
        for tied, group in groupby(steps, key=lambda pair: pair[0].block):
            if tied:
                yield self._woven((), guard, list(group))
            else:
                yield from (self._noted((), [pair], guard) for pair in group)

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
        if any(asked_again(step) for step, _ in steps):
            raise self._write_out(steps, OWN_HEAD)
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
        once: Boolean = sympy.true
        while len(statements) == 1 and statements[0].data in INNER:
            header, *statements = nodes(statements[0])
            inner, condition, scope = self._head(header, scope)
            once = conjunction([once, guard]) if inner else once
            loops, guard = loops + inner, conjunction([guard, condition])
        above = self.reader.accessed[begun:]
        found: list[tuple[Step, Located]] = []
        self.reader.known.current = lambda: [step.nest(loops, guard) for step, _ in found]
        for part in statements:
            found += self._item(part, len(found), scope, above, loops)
        self.reader.known.current = tuple
        if changes_its_own_head((), once, [step for step, _ in found]):
            raise self._write_out(found, OWN_HEAD)
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
        if part.data in INNER:
            inner = self._inner(part, scope, above, around)
            return [(step.numbered(number), at) for step, at in inner]
        steps, located = self._single.within(part, scope, above)
        return [(step.numbered(n), located) for n, step in enumerate(steps, number)]

    def _inner(
        self, part: Node, scope: Scope, above: Accesses, around: tuple[Loop, ...]
    ) -> list[tuple[Step, Located]]:
        """A loop within a body: one step over all its statements, or over some of them."""
        header, *items = nodes(part)
        self._check_within(part, around)
        begun = len(self.reader.accessed)
        loops, guard, scope = self._head(header, scope)
        above = [*above, *self.reader.accessed[begun:]]
        found: list[tuple[Step, Located]] = []
        for item in items:
            found += self._item(item, len(found), scope, above, around + loops)
        steps, places = [step for step, _ in found], [at for _, at in found]
        if all(step.is_plain for step in steps):
            statements = tuple(statement for step in steps for statement in step.statements)
            return [(Step(loops, statements, guard=guard), _joined(places))]
        if changes_its_own_head((), guard, steps):
            raise self._write_out(found, OWN_HEAD)
        found = [(step.when(guard), at) for step, at in found]
        return self._told_apart(loops, around, found, self._outside(part))

    def _check_within(self, part: Node, around: tuple[Loop, ...]) -> None:
        """A loop behind a statement of a loop's body speaks of every index of that loop.

        for i: y[i] = 0; for j: z[j] += x[j]        once, or for every i?
        """
        said = {*spoken(part)}
        for loop in around:
            if part.data == "tail" and loop.index.name not in said:
                raise self.source.error(
                    f"is this loop run once, or once for each {loop.index.name}?",
                    part,
                    hint="give it a line of its own, indented if it belongs to the loop before it",
                )

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
        groups = nests(loops, steps)
        if groups is None:
            return [(step.inside(loops, True), at) for step, at in zip(steps, places, strict=True)]
        left = iter(places)
        return [
            (together(group).inside(loops, False), _joined([next(left) for _ in group]))
            for group in groups
        ]

    def _outside(self, part: Node) -> set[str]:
        """The names that the loops around a part speak of beside it."""
        return set(self._spoken_here - Counter(spoken(part)))

    def _loop(self, token: Token, written: Node | None, scope: Scope, loops: list[Loop]) -> Scope:
        name = self.reader.new_index(token)
        if name in scope.bound:
            raise self.source.error(f"{token} is bound twice", token, "name")
        loops.append(Loop(index(name), *self.reader.range_of(token, written, scope)))
        return scope.bind(name)


def _joined(parts: Sequence[Located]) -> Located:
    """Where several statements begin, and where their elements are written."""
    return Located(parts[0].start, {key: at for one in parts for key, at in one.accesses.items()})
