"""A solution as a program: loops over updates, named reductions and shared parts.

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
from sympy.logic.boolalg import Boolean

from symgrad.algebra.binding import axis_loops, fresh, names
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import product
from symgrad.efficient.atoms import FOREIGN, STEP
from symgrad.efficient.planning import Planner
from symgrad.efficient.terms import ONE
from symgrad.efficient.trees import EXP, WHERE, Call, Leaf, Node, Product, Total
from symgrad.efficient.units import Unit, leaves, product_of
from symgrad.expressions import (
    Element,
    add,
    array_of,
    call,
    element,
    extent,
    index,
    is_negative,
    negate,
    opaque,
    partial,
    rename,
)
from symgrad.forms.naming import Naming
from symgrad.heads import Bracket, SumOver, Where
from symgrad.program import Loop, Nest, Operator, Program, Statement
from symgrad.sets.literals import conjunction, conjuncts

Places = Mapping[int, Symbol]


@dataclass
class Emission:
    """The nests of some units, in an order in which everything is complete when it is read."""

    backward: Program
    planner: Planner
    units: Sequence[Unit]
    auxiliary: dict[str, str] = field(default_factory=dict)
    """The names of reductions and shared parts."""

    def __post_init__(self) -> None:
        self.naming = Naming.of(self.backward)
        self.taken = set(names(self.backward))
        self.own = {unit.name: unit for unit in self.units if unit.kind in ("sum", "shared")}
        self.inline = self._inline()

    def program(self) -> Program:
        nests = [
            nest
            for unit in self.units
            if unit.name not in self.inline
            for nest in self._filled(unit)
        ]
        done = 0
        while done < len(self.auxiliary):  # writing one may name another
            nests += self._named(self.own[list(self.auxiliary)[done]])
            done += 1
        program = replace(self.backward, nests=tuple(ordered(nests)))
        return replace(program, nests=tuple(map(self.naming.nest, program.nests)))

    def _inline(self) -> set[str]:
        """The reductions that are read once, at all indices of the unit that reads them."""
        uses: Counter[str] = Counter()
        narrow: set[str] = set()
        for unit in self.units:
            for leaf in leaves(unit.node):
                uses[leaf.name] += 1
                if len(set(leaf.indices)) < len(unit.ranges) or unit.kind == "shared":
                    narrow.add(leaf.name)
        return {
            name
            for name, unit in self.own.items()
            if unit.kind == "sum" and uses[name] == 1 and name not in narrow
        }

    # --- statements ---

    def _filled(self, unit: Unit) -> Iterator[Nest]:
        if unit.kind == "array":
            known = axis_loops(self.backward, self.backward.arrays[unit.name])
            bound = self._loops(unit.ranges[unit.formals :], (loop.index for loop in known))
            target = element(unit.name, *(loop.index for loop in known))
            if unit.node == Product(0, ()):
                yield Nest(known, (Statement(target, "=", Integer(0)),))
            else:
                yield from self._updates(target, (*known, *bound), unit.node)
        elif unit.scatter is not None:
            used = {loop.index for loop in unit.scatter.formals}
            loops = tuple(loop for loop in unit.scatter.nest.loops if loop.index in used)
            places = {~n: loop.index for n, loop in enumerate(unit.scatter.formals)}
            target = unit.scatter.nest.body[0].target
            for nest in self._updates(target, loops, unit.node, places):
                guard = conjunction([*conjuncts(unit.scatter.nest.guard), *conjuncts(nest.guard)])
                yield replace(nest, guard=guard)

    def _updates(
        self,
        target: Element,
        loops: tuple[Loop, ...],
        node: Node,
        places: Places | None = None,
    ) -> Iterator[Nest]:
        """The statement, and an update of its own for each term that is a sum read here alone."""
        at = places or {~n: loop.index for n, loop in enumerate(loops)}
        parts = node.parts if isinstance(node, Total) else (node,)
        apart = [part for part in parts if self._sum_alone(part)]
        rest = [part for part in parts if part not in apart]
        if rest:
            whole = rest[0] if len(rest) == 1 else Total(tuple(rest))
            yield self._single(loops, target, whole, at)
        for part in apart:
            leaf, sign = _signed(part)
            assert leaf is not None
            below, bound, inner = self._opened(leaf, at)
            signed = below if sign > 0 else product_of(-ONE, [(below, 1)])
            yield self._single((*loops, *bound), target, signed, inner)

    def _single(self, loops: tuple[Loop, ...], target: Element, node: Node, places: Places) -> Nest:
        """One update; factors that are conditions on indices are its guard."""
        node, guard = self._guarded(node, places)
        value = self.tree(node, places)
        op: Operator = "+="
        if _leads_negative(value):
            op, value = "-=", negate(value)
        return Nest(loops, (Statement(target, op, value),), guard)

    def _guarded(self, node: Node, places: Places) -> tuple[Node, Boolean]:
        """A product apart from its factors that are conditions on indices."""
        if not isinstance(node, Product):
            return node, sympy.true
        flags = [part for part, _ in node.powers if self.planner.is_free(part)]
        rest = [item for item in node.powers if item[0] not in flags]
        conditions = [self.tree(flag, places).condition for flag in flags]
        return product_of(node.number, rest), conjunction(conditions)

    def _sum_alone(self, part: Node) -> bool:
        leaf, _ = _signed(part)
        return leaf is not None and leaf.name in self.inline

    def _named(self, unit: Unit) -> Iterator[Nest]:
        """for b, j: e[b] += …, or c[b, j] = … where nothing is summed."""
        formals = self._loops(unit.ranges[: unit.formals], ())
        bound = self._loops(unit.ranges[unit.formals :], (loop.index for loop in formals))
        loops = (*formals, *bound)
        target = element(self.auxiliary[unit.name], *(loop.index for loop in formals))
        places = {~n: loop.index for n, loop in enumerate(loops)}
        nest = self._single(loops, target, unit.node, places)
        if unit.kind == "shared" and nest.guard is sympy.true:
            value = self.tree(unit.node, places)
            nest = Nest(loops, (Statement(target, "=", value),))
        yield nest

    def _opened(self, leaf: Leaf, places: Places) -> tuple[Node, tuple[Loop, ...], Places]:
        """The body of a reduction at actual indices, with loops for what it sums over."""
        unit = self.own[leaf.name]
        actual = [places[i] for i in leaf.indices]
        bound = self._loops(unit.ranges[unit.formals :], [*places.values(), *actual])
        symbols = [*actual, *(loop.index for loop in bound)]
        return unit.node, bound, {~n: symbol for n, symbol in enumerate(symbols)}

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
            return add(*sorted((self.tree(p, places) for p in node.parts), key=_leads_negative))
        if isinstance(node, Call):
            parts = [self.tree(part, places) for part in node.parts]
            return HEADS.get(node.head, _called(node.head))(*parts)
        return self._product(node, places)

    def _product(self, node: Product, places: Places) -> Expr:
        """A product; where it is negative, a difference in it is turned around."""
        number = Rational(int(node.number.p), int(node.number.q))
        powers = [(self.tree(part, places), Rational(power)) for part, power in node.powers]
        for n, (base, power) in enumerate(powers):
            if _all_negative(base) and power.is_Integer:
                powers[n] = (_negated(base), power)
                number = -number if power.is_odd else number
        if number < 0:
            for n, (base, power) in enumerate(powers):
                if isinstance(base, sympy.Add) and power.is_odd and _has_negative(base):
                    powers[n], number = (_negated(base), power), -number
                    break
        return product(_monomial(number, powers))

    def _leaf(self, leaf: Leaf, places: Places) -> Expr:
        if leaf.name[0] == "#":
            axis = self.planner.atoms.axes.get(leaf.name[1:])
            return axis.extent if axis else extent(leaf.name[1:])
        actual = [places[i] for i in leaf.indices]
        if leaf.name in self.inline:
            node, bound, inner = self._opened(leaf, places)
            limits = [(loop.index, loop.lower, loop.upper) for loop in bound]
            body, condition = self._guarded(node, inner)
            return SumOver.over(limits, self.tree(body, inner), condition)
        if leaf.name in self.own:
            return element(self._name(leaf.name), *actual)
        atom = self.planner.atoms.known.get(leaf.name)
        if atom is None or atom.head != FOREIGN:
            return element(leaf.name, *actual)
        new: dict[Symbol, Expr] = {index(f"${n}"): place for n, place in enumerate(actual)}
        return rename(atom.tree, new)

    def _name(self, name: str) -> str:
        if name not in self.auxiliary:
            own = fresh("e" if self.own[name].kind == "sum" else "c", self.taken)
            self.taken.add(own)
            self.auxiliary[name] = own
        return self.auxiliary[name]


def ordered(nests: Sequence[Nest]) -> list[Nest]:
    """The nests in their order, but each after all that write what it reads.

    Those of one array keep their order: the one that adds no sum comes first and need not add.
    """
    result: list[Nest] = []
    left = list(nests)
    while left:
        waiting = {array_of(nest.body[0].target) for nest in left}
        seen: set[str] = set()
        ready = left[0]
        for nest in left:
            target = array_of(nest.body[0].target)
            if target not in seen and not nest.reads & waiting:
                ready = nest
                break
            seen.add(target)
        left.remove(ready)
        result.append(ready)
    return result


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


def _monomial(number: Rational, powers: Sequence[tuple[Expr, Rational]]) -> Monomial:
    """A product with its powers as they are, unless a base occurs twice or is a number."""
    bases = [base for base, _ in powers]
    if len(set(bases)) == len(bases) and not any(base.is_Rational for base in bases):
        return Monomial(number, tuple(powers))
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


def _positive(value: Expr) -> Boolean:
    """u - v > 0 as u > v."""
    terms = value.args if isinstance(value, sympy.Add) else (value,)
    less = [negate(term) for term in terms if is_negative(term)]
    greater = [term for term in terms if not is_negative(term)]
    sides = (add(*part) if part else sympy.S.Zero for part in (greater, less))
    return sympy.StrictGreaterThan(*sides, evaluate=False)


def _held(flag: Expr) -> Boolean:
    """A condition, or that an array of zeros and ones holds a 1."""
    if isinstance(flag, Bracket):
        return flag.condition
    return sympy.StrictGreaterThan(flag, 0, evaluate=False)


HEADS: dict[str, Callable[..., Expr]] = {
    EXP: lambda part: call("exp", part),
    WHERE: lambda flag, then, otherwise: Where(_held(flag), then, otherwise),
    STEP: lambda part: Bracket(_positive(part)),
    "pow": lambda base, exponent: sympy.Pow(base, exponent, evaluate=False),
}
