"""A solution as a program: loops over updates, reductions under names of their own.

    for b, j: e[b] += p[b, j] * p.grad[b, j]
    for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])

A reduction that is read once, at every index of the statement that reads it, is written where it is
read: as updates of their own where it is a term, else as a sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy
from sympy import Expr, Integer, Rational, Symbol

from symgrad.algebra.binding import axis_loops, fresh, names
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import product
from symgrad.efficient.atoms import COMPOUND, FOREIGN, STEP
from symgrad.efficient.factoring import EXP, SUM, Leaf, Node, Planner, Product, Total
from symgrad.efficient.flatten import Scatter, Sought
from symgrad.efficient.search import Choice, Solution
from symgrad.expressions import (
    Element,
    add,
    array_of,
    call,
    element,
    elements,
    extent,
    index,
    indices_of,
    negate,
    opaque,
    partial,
    rename,
)
from symgrad.forms.naming import Naming
from symgrad.heads import Bracket, SumOver
from symgrad.program import Loop, Nest, Operator, Program, Statement

Places = Mapping[int, Symbol]


@dataclass
class Emission:
    """The nests of a solution, in an order in which everything is complete when it is read."""

    backward: Program
    planner: Planner
    sought: Mapping[str, Sought]
    solution: Solution
    auxiliary: dict[str, str] = field(default_factory=dict)
    _uses: Counter[str] = field(default_factory=Counter)
    _wide: set[str] = field(default_factory=set)
    """Reductions that are read at fewer indices than a statement has."""

    def __post_init__(self) -> None:
        self.naming = Naming.of(self.backward)
        self.taken = set(names(self.backward))
        self.equal: dict[str, str] = {}

    def program(self) -> Program:
        for choice in self.solution.choices:
            self._count(choice)
        nests = [nest for choice in self.solution.choices for nest in self._filled(choice)]
        made: set[str] = set()
        while True:
            new = [name for name in self.auxiliary if name not in made]
            if not new:
                break
            for name in new:
                made.add(name)
                nests += self._reduced(name)
        program = replace(self.backward, nests=tuple(ordered(nests)))
        return replace(program, nests=tuple(map(self.naming.nest, program.nests)))

    # --- what is read how often ---

    def _count(self, choice: Choice) -> None:
        whole = len(self.sought[choice.name].ranges)
        if choice.plan is not None:
            self._leaves(choice.plan.node, whole)
        for plan, scatter in zip(choice.scatters, self.sought[choice.name].scatters, strict=True):
            self._leaves(plan.node, len(scatter.ranges) + 1)

    def _leaves(self, node: Node, rank: int) -> None:
        if not isinstance(node, Leaf):
            parts = [p for p, _ in node.powers] if isinstance(node, Product) else node.parts
            for part in parts:
                self._leaves(part, rank)
            return
        atom = self.planner.atoms.known.get(node.name)
        if atom is None:
            return
        if atom.head != SUM:
            for poly in atom.polys:
                inner = self.planner.plan(poly, atom.ranges)
                self._leaves(inner.node, len(atom.ranges) if len(atom.ranges) == rank else -1)
            return
        self._uses[node.name] += 1
        if len(set(node.indices)) != rank:
            self._wide.add(node.name)
        if self._uses[node.name] == 1:
            body, ranges, _ = self.planner.summed(node.name)
            self._leaves(body, len(ranges))

    def _inline(self, name: str) -> bool:
        return self._uses[name] == 1 and name not in self._wide

    # --- statements ---

    def _filled(self, choice: Choice) -> Iterator[Nest]:
        item = self.sought[choice.name]
        first = True
        if choice.plan is not None:
            loops = axis_loops(self.backward, self.backward.arrays[item.name])
            target = element(item.name, *(loop.index for loop in loops))
            for nest in self._updates(target, loops, choice.plan.node):
                yield nest
                first = False
            if first and not item.scatters:
                yield Nest(loops, (Statement(target, "=", Integer(0)),))
        for plan, scatter in zip(choice.scatters, item.scatters, strict=True):
            yield from self._scattered(plan.node, scatter)

    def _updates(self, target: Element, loops: tuple[Loop, ...], node: Node) -> Iterator[Nest]:
        """The statement, and an update of its own for each term that is a sum read here alone."""
        places = {~n: loop.index for n, loop in enumerate(loops)}
        parts = node.parts if isinstance(node, Total) else (node,)
        apart = [part for part in parts if self._sum_alone(part)]
        rest = [part for part in parts if part not in apart]
        if rest and not (len(rest) == 1 and rest[0] == Product(0, ())):
            whole = rest[0] if len(rest) == 1 else Total(tuple(rest))
            yield self._single(loops, target, self.tree(whole, places))
        for part in apart:
            yield self._accumulated(target, loops, places, part)

    def _sum_alone(self, part: Node) -> bool:
        leaf, _ = _signed(part)
        if leaf is None:
            return False
        atom = self.planner.atoms.known.get(leaf.name)
        return atom is not None and atom.head == SUM and self._inline(leaf.name)

    def _accumulated(
        self, target: Element, loops: tuple[Loop, ...], places: Places, part: Node
    ) -> Nest:
        leaf, sign = _signed(part)
        assert leaf is not None
        node, bound, inner = self._opened(leaf, places)
        value = self.tree(node, inner)
        return self._single((*loops, *bound), target, value if sign > 0 else negate(value))

    def _single(self, loops: tuple[Loop, ...], target: Element, value: Expr) -> Nest:
        op: Operator = "+="
        if (value.is_Rational and value < 0) or _leads_negative(value):
            op, value = "-=", negate(value)
        return Nest(loops, (Statement(target, op, value),))

    def _scattered(self, node: Node, scatter: Scatter) -> Iterator[Nest]:
        """The nest with its loops and guard, and the value found for it."""
        used = {symbol.index for symbol in scatter.formals}
        places = {~n: loop.index for n, loop in enumerate(scatter.formals)}
        loops = tuple(loop for loop in scatter.nest.loops if loop.index in used)
        statement = scatter.nest.body[0]
        parts = node.parts if isinstance(node, Total) else (node,)
        for part in parts:
            nest = (
                self._accumulated(statement.target, loops, places, part)
                if self._sum_alone(part)
                else self._single(loops, statement.target, self.tree(part, places))
            )
            yield replace(nest, guard=scatter.nest.guard)

    def _reduced(self, name: str) -> Iterator[Nest]:
        """for b, j: e[b] += …"""
        atom = self.planner.atoms.known[name]
        loops = self._loops(atom.ranges, ())
        places = {~n: loop.index for n, loop in enumerate(loops)}
        leaf = Leaf(name, tuple(places))
        node, bound, inner = self._opened(leaf, places)
        target = element(self.auxiliary[name], *(loop.index for loop in loops))
        yield self._single((*loops, *bound), target, self.tree(node, inner))

    def _opened(self, leaf: Leaf, places: Places) -> tuple[Node, tuple[Loop, ...], Places]:
        """The body of a reduction at actual indices, with loops for what it sums over."""
        node, ranges, formals = self.planner.summed(leaf.name)
        actual = [places[i] for i in leaf.indices]
        bound = self._loops(ranges[formals:], [*places.values(), *actual])
        symbols = [*actual, *(loop.index for loop in bound)]
        return node, bound, {~n: symbol for n, symbol in enumerate(symbols)}

    def _loops(self, ranges: Sequence[str], around: Iterable[Symbol]) -> tuple[Loop, ...]:
        """Loops over ranges, called as the program calls an index of such a range."""
        taken = {*self.naming.taken, *(symbol.name for symbol in around)}
        loops = []
        for range_ in ranges:
            axis = self.planner.atoms.axes[range_]
            usual = self.naming.usual.get((axis.lower, axis.upper), ("k",))
            free = [name for name in usual if name not in taken]
            name = free[0] if free else fresh(usual[0], taken)
            taken.add(name)
            loops.append(Loop(index(name), axis.lower, axis.upper))
        return tuple(loops)

    # --- trees ---

    def tree(self, node: Node, places: Places) -> Expr:
        if isinstance(node, Leaf):
            return self._leaf(node, places)
        if isinstance(node, Total):
            parts = [self.tree(part, places) for part in node.parts]
            parts.sort(key=_leads_negative)
            return add(*parts)
        number = Rational(int(node.number.p), int(node.number.q))
        powers = []
        for part, power in node.powers:
            base = self.tree(part, places)
            if _all_negative(base) and power in (1, -1, 3, -3):
                base, number = _negated(base), -number
            elif _all_negative(base) and isinstance(power, int):
                base = _negated(base)
            powers.append((base, Rational(power)))
        if number < 0:
            for n, (base, power) in enumerate(powers):
                if isinstance(base, sympy.Add) and power.is_odd and _has_negative(base):
                    powers[n], number = (_negated(base), power), -number
                    break
        return product(
            Monomial(number, tuple(powers)) if _distinct(powers) else _joined(number, powers)
        )

    def _leaf(self, leaf: Leaf, places: Places) -> Expr:
        name = leaf.name
        if name[0] == "#":
            axis = self.planner.atoms.axes.get(name[1:])
            return axis.extent if axis else extent(name[1:])
        actual = [places[i] for i in leaf.indices]
        atom = self.planner.atoms.known.get(name)
        if atom is None:
            return element(name, *actual)
        if atom.head == SUM:
            return self._sum(leaf, places)
        if atom.head == FOREIGN:
            new: dict[Symbol, Expr] = {index(f"${n}"): place for n, place in enumerate(actual)}
            return rename(atom.tree, new)
        inner = {~n: place for n, place in enumerate(actual)}
        parts = [self.tree(self.planner.plan(poly, atom.ranges).node, inner) for poly in atom.polys]
        return HEADS.get(atom.head, _called(atom.head))(*parts)

    def _sum(self, leaf: Leaf, places: Places) -> Expr:
        if not self._inline(leaf.name):
            if leaf.name not in self.auxiliary:
                own = fresh("e", self.taken)
                self.taken.add(own)
                self.auxiliary[leaf.name] = own
            return element(self.auxiliary[leaf.name], *(places[i] for i in leaf.indices))
        node, bound, inner = self._opened(leaf, places)
        limits = [(loop.index, loop.lower, loop.upper) for loop in bound]
        return SumOver.over(limits, self.tree(node, inner))


def ordered(nests: Sequence[Nest]) -> list[Nest]:
    """The nests in their order, but each after all that write what it reads."""
    result: list[Nest] = []
    left = list(nests)
    while left:
        waiting = {array_of(nest.body[0].target) for nest in left}
        ready = next((nest for nest in left if not _read(nest) & waiting), left[0])
        left.remove(ready)
        result.append(ready)
    return result


def _read(nest: Nest) -> set[str]:
    statement = nest.body[0]
    parts = (nest.guard, statement.value, *indices_of(statement.target))
    return {array_of(found) for part in parts for found in elements(part)}


def _signed(part: Node) -> tuple[Leaf | None, int]:
    """The array that is added or subtracted as it is."""
    if isinstance(part, Leaf):
        return part, 1
    if isinstance(part, Product) and abs(part.number) == 1 and len(part.powers) == 1:
        ((inner, power),) = part.powers
        if isinstance(inner, Leaf) and power == 1:
            return inner, int(part.number)
    return None, 1


def _leads_negative(expr: Expr) -> bool:
    first = expr.args[0] if isinstance(expr, sympy.Mul) else expr
    return bool(first.is_Rational and first < 0)


def _all_negative(expr: Expr) -> bool:
    return isinstance(expr, sympy.Add) and all(map(_leads_negative, expr.args))


def _has_negative(expr: Expr) -> bool:
    return any(map(_leads_negative, expr.args))


def _negated(expr: Expr) -> Expr:
    return add(*sorted(map(negate, expr.args), key=_leads_negative))


def _distinct(powers: Sequence[tuple[Expr, Rational]]) -> bool:
    bases = [base for base, _ in powers]
    return len(set(bases)) == len(bases) and not any(base.is_Rational for base in bases)


def _joined(number: Rational, powers: Iterable[tuple[Expr, Rational]]) -> Monomial:
    result = Monomial(number)
    for base, power in powers:
        result = result * Monomial(Integer(1), ((base, power),))
    return result


def _called(head: str) -> Callable[..., Expr]:
    """A function by its name, its name and the orders of a derivative, or an opaque one."""
    name, bar, orders = head.partition("|")
    if not bar:
        return lambda *parts: call(name, *parts)
    if not orders:
        return lambda *parts: opaque(name)(*parts)
    return lambda *parts: partial(name, tuple(map(int, orders.split(","))), *parts)


HEADS: dict[str, Callable[..., Expr]] = {
    COMPOUND: lambda part: part,
    EXP: lambda part: call("exp", part),
    STEP: lambda part: Bracket(sympy.StrictGreaterThan(part, 0, evaluate=False)),
    "pow": lambda base, exponent: sympy.Pow(base, exponent, evaluate=False),
}
