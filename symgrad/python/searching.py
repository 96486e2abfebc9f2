"""Loops that look for the largest number, or the smallest: its place is an argmax.

best = 0                                    best = -np.inf
for i in range(1, n):                       for i, v in enumerate(x):
    if x[i] > x[best]:                          if v > best:
        best = i                                    best, k = v, i

What stands on the other side of the comparison is, in each round, what the searched number was in
an earlier one: with the names that the branch assigns replaced by what they get, it is that number.
Before the first round it is the number of that round, that of the round before it, or infinite.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import sympy
from sympy import Expr

from symgrad.expressions import array_of, elements, negate, rename
from symgrad.heads import MaxOver, MinOver
from symgrad.program import Loop
from symgrad.python.counters import Counters
from symgrad.python.flow import stored_names, uses
from symgrad.python.iteration import Rounds
from symgrad.python.largest import first_places
from symgrad.python.productaxes import plain
from symgrad.python.scope import Unset
from symgrad.python.values import Anything, Infinity, Positions, Value, single
from symgrad.python.views import numeric

MAX_WRITTEN_OUT = 4
"""How many names of a round are written out: each may stand several times in the next."""


@dataclass(frozen=True)
class Search:
    """Loops around `if searched > kept: name = new; …`; `largest`: or the smallest is sought.

    `local` are names that each round gives a value before, which is written out.
    """

    loops: Sequence[ast.For]
    searched: ast.expr
    kept: ast.expr
    new: Mapping[str, ast.expr]
    local: Set[str]
    largest: bool

    @property
    def keeps_places(self) -> bool:
        """Does it keep anything but the number itself?"""
        return not all(map(self.is_number, self.new))

    def is_number(self, name: str) -> bool:
        """Is it the number itself that is kept under a name?"""
        return ast.dump(self.new[name]) == ast.dump(self.searched)


def search_in(node: ast.For) -> Search | None:
    """The search that loops are, if they are nothing else."""
    loops = [node]
    while len(loops[-1].body) == 1 and isinstance(loops[-1].body[0], ast.For):
        loops.append(loops[-1].body[0])
    *before, last = loops[-1].body
    test, new = _branch(last)
    if test is None or not new or any(loop.orelse for loop in loops):
        return None
    written = _written_out(before)
    if written is None or new.keys() & written.names.keys():
        return None
    left, right = (written.renewed(side) for side in (test.left, test.comparators[0]))
    new = {name: written.renewed(value) for name, value in new.items()}
    for searched, kept, signs in (
        (left, right, (ast.Gt, ast.Lt)),
        (right, left, (ast.Lt, ast.Gt)),
    ):
        found = ast.dump(searched) == ast.dump(_Renewed(new).renewed(kept))
        free = not any(uses(name, part) for name in new for part in (searched, *new.values()))
        if found and free and isinstance(test.ops[0], signs):
            largest = isinstance(test.ops[0], signs[0])
            return Search(loops, searched, kept, new, {*written.names}, largest)
    return None


def _written_out(statements: Sequence[ast.stmt]) -> _Renewed | None:
    """`v = x[i]`, and what is computed from it, to be written out where it is read."""
    found = _Renewed({})
    pairs = [pair for statement in statements for pair in _pairs(statement)]
    if len(pairs) > MAX_WRITTEN_OUT or len({name for name, _ in pairs}) < len(pairs):
        return None
    for name, value in pairs:
        if not name or any(uses(other, value) for other, _ in pairs if other not in found.names):
            return None
        found.names[name] = found.renewed(value)
    return found


def _branch(node: ast.stmt) -> tuple[ast.Compare | None, dict[str, ast.expr]]:
    """The comparison of `if a > b: name = value; …` and what it assigns."""
    if isinstance(node, ast.Assign):
        return _of_max(node)
    if not isinstance(node, ast.If) or node.orelse or not isinstance(node.test, ast.Compare):
        return None, {}
    pairs = [pair for part in node.body for pair in _pairs(part)]
    names = [name for name, _ in pairs]
    if len(node.test.ops) > 1 or "" in names or len({*names}) < len(names):
        return None, {}
    return node.test, dict(pairs)


def _of_max(node: ast.Assign) -> tuple[ast.Compare | None, dict[str, ast.expr]]:
    """`m = max(m, e)` as `if e > m: m = e`."""
    call, target = node.value, node.targets[0]
    if not (isinstance(call, ast.Call) and isinstance(target, ast.Name) and len(call.args) == 2):
        return None, {}
    sign = {"max": ast.Gt(), "min": ast.Lt()}.get(ast.unparse(call.func))
    own = [part for part in call.args if isinstance(part, ast.Name) and part.id == target.id]
    if sign is None or len(own) != 1 or len(node.targets) > 1 or call.keywords:
        return None, {}
    other = call.args[1] if call.args[0] is own[0] else call.args[0]
    return ast.copy_location(ast.Compare(other, [sign], [own[0]]), node), {target.id: other}


def _pairs(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The names that an assignment gives values, one by one; "" where it does something else."""
    if not isinstance(node, ast.Assign) or len(node.targets) > 1:
        yield "", ast.Constant(None)
        return
    target, value = node.targets[0], node.value
    one_by_one = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
    targets = target.elts if one_by_one and isinstance(target, ast.Tuple) else [target]
    values = value.elts if one_by_one and isinstance(value, ast.Tuple) else [value]
    for part, new in zip(targets, values, strict=len(targets) == len(values)):
        yield part.id if isinstance(part, ast.Name) else "", new


class _Renewed(ast.NodeTransformer):
    """Names replaced by what they get."""

    def __init__(self, names: dict[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return deepcopy(self.names.get(node.id, node))

    def renewed(self, node: ast.expr) -> ast.expr:
        """The expression with the names replaced, which itself stays as it is."""
        found: ast.expr = self.visit(deepcopy(node))
        return found


Pair: TypeAlias = tuple[Value, Anything | Unset | None]
"""What a round gives a name, and what it had before."""


class Searching(Counters):
    """Follows loops that search."""

    def searched(self, node: ast.For) -> bool:
        """Follow such a loop; False if it is none."""
        search = search_in(node)
        if search is None or not self._is_told(search):
            return False
        begun = self.read(search.kept)
        if not search.keeps_places and not isinstance(begun, Infinity):
            return False
        names = {name: self.frame.names.get(name) for name in search.new}
        with ExitStack() as stack:
            loops = [loop for part in search.loops for loop in self._entered(part, stack)]
            number = numeric(self.value(search.searched))
            new = {name: self.value(part) for name, part in search.new.items()}
        self.trace.node = node
        kept = search.kept.id if isinstance(search.kept, ast.Name) else ""
        others = [(new[name], names[name]) for name in new if name != kept]
        shift = self._begins_before(search, loops, (number, begun), others)
        loops[0] = replace(loops[0], lower=sympy.expand(loops[0].lower - shift))
        self._find(search, loops, number, new)
        left = {name for part in search.loops for name in stored_names(part.target)}
        for name in left | search.local:
            self.frame.names[name] = Unset("is what the last round of a search left")
        return True

    def _is_told(self, search: Search) -> bool:
        """Has all that the search keeps a value before it, and does it count its rounds?"""
        known = all(name in self.frame.names for name in search.new)
        if any(self.local(name, search.kept) for name in ("max", "min")):
            return False
        over = all(isinstance(loop.iter, (ast.Call, ast.Name)) for loop in search.loops)
        return over and (known or self._is_infinite(search.kept))

    def _is_infinite(self, node: ast.expr) -> bool:
        kept = self.frame.names.get(node.id) if isinstance(node, ast.Name) else None
        return isinstance(kept, Infinity)

    def _entered(self, node: ast.For, stack: ExitStack) -> list[Loop]:
        over = self.rounds(node.iter)
        if not isinstance(over, Rounds):
            raise self.trace.error("a search runs over range(…) or an array", at=node.iter)
        loops = self.loops_of(over, node.target)
        for loop in loops:
            stack.enter_context(self.trace.loop(loop))
        self.put(node.target, over.item(tuple(loop.index - 1 for loop in loops)))
        return loops

    def _begins_before(
        self, search: Search, loops: Sequence[Loop], kept: Pair, others: Sequence[Pair]
    ) -> int:
        """Does a search start from its first round, 0, or from the round before it, 1?"""
        if isinstance(kept[1], Infinity) and kept[1].negative == search.largest:
            shifts, pairs = [0], []
        else:
            shifts, pairs = [0, 1] if len(loops) == 1 else [0], [kept, *others]
        for shift in shifts:
            at: dict[Any, Expr] = {}
            for loop in loops:
                at[loop.index] = sympy.expand(rename(loop.lower, at) - shift)
            if self._runs(loops, shift) and all(self._begins(*pair, at) for pair in pairs):
                return shift
        raise self.trace.error(
            "this search starts from something that is not its first number",
            hint="start from the first number and its place, or from -np.inf",
        )

    def _runs(self, loops: Sequence[Loop], shift: int) -> bool:
        """Is there a round, of loops that are always as long?"""
        indices = {loop.index for loop in loops}
        bounds = [(loop.lower - shift, loop.upper) for loop in loops]
        steady = not any(indices & bound.free_symbols for pair in bounds for bound in pair)
        return steady and all(
            self.trace.implied(sympy.Le(*pair, evaluate=False)) for pair in bounds
        )

    def _begins(self, value: Value, before: Anything | Unset | None, at: dict[Any, Expr]) -> bool:
        """Has a name, before a search, the value that a round would give it?"""
        if not isinstance(before, Value) or before.rank or value.rank:
            return False
        now, then = rename(value.at(()), at), before.at(())
        if value.sort == before.sort == "integer":
            return bool(sympy.expand(plain(now) - plain(then)) == 0)
        return bool(now == then or now == self._written_to(before))

    def _written_to(self, value: Value) -> Expr | None:
        """What was put into the memory of a number, if what it was computed from is as it was."""
        for number, step in reversed([*enumerate(self.trace.steps)]):
            if value.storage is not None and step.statement.target == value.at(()):
                later = {array_of(one.statement.target) for one in self.trace.steps[number:]}
                read = {array_of(found) for found in elements(step.statement.value)}
                plain_one = step.statement.op == "=" and not later & read
                return step.statement.value if plain_one else None
        return None

    def _find(
        self, search: Search, loops: Sequence[Loop], number: Value, new: Mapping[str, Value]
    ) -> None:
        """Give the names that a search keeps what they have where the number is largest."""

        def at(positions: Positions) -> Expr:
            pairs = zip(loops, positions, strict=True)
            places = {loop.index: loop.lower + plain(place) for loop, place in pairs}
            found: Expr = rename(number.at(()), places)
            return found

        whole = Value(tuple(sympy.expand(loop.upper - loop.lower + 1) for loop in loops), at)
        extreme = self.algebra.reduced(MaxOver if search.largest else MinOver, whole, None, False)
        signed = whole if search.largest else self.algebra.elementwise(negate, whole)
        places = first_places(self.algebra, signed) if search.keeps_places else []
        where = {
            loop.index: sympy.expand(loop.lower + plain(place.at(())))
            for loop, place in zip(loops, places, strict=False)
        }
        for name, value in new.items():
            there = single(rename(value.at(()), where), value.sort)
            self.bind(name, extreme if search.is_number(name) else there)
