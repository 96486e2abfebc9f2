"""What a program costs: operations and elements moved, as polynomials in the extents.

    for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])     2 B J operations, 3 B J + B moved

A sum, product, quotient or comparison of two numbers is one operation, a square root two, any
other function ten. Each is done once for every value of the indices that it depends on, however
many loops there are around it (what does not depend on a loop is computed outside of it); several
factors or terms are joined in the order that keeps the indices few. An update adds, unless it is
the first of its array and no sum. Arithmetic on indices and conditions on them are free. Moved is
what each statement reads, every element once, and what it writes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import sympy
from sympy import Expr, Indexed, Symbol
from sympy.core.relational import Relational

from symgrad.expressions import add, array_of, elements, indices_of, is_element, is_index
from symgrad.heads import Bracket, Partial, Reduction, Where, relu
from symgrad.program import Axis, Loop, Nest, Program, Statement
from symgrad.shapes import span

FUNCTION, ROOT = 10, 2

Ranges = frozenset[Symbol]


@dataclass(frozen=True)
class Count:
    """Floating-point operations, and elements read or written."""

    operations: Expr
    moved: Expr

    @property
    def leading(self) -> Expr:
        """The terms that do not divide another: 7 B J of 7 B J + 4 J."""
        parts = {term: term.as_coeff_Mul()[1] for term in sympy.Add.make_args(self.operations)}
        return sympy.Add(
            *(
                term
                for term, size in parts.items()
                if not any(
                    other != size and sympy.cancel(other / size).is_polynomial()
                    for other in parts.values()
                )
            )
        )

    def at(self, extents: Mapping[str, float], default: float) -> float:
        """The operations where the extents have these values."""
        symbols = self.operations.free_symbols
        return _number(self.operations, {s: extents.get(s.name, default) for s in symbols})


def _number(expr: Expr, values: Mapping[Symbol, float]) -> float:
    """A polynomial at a point; quicker than substitution."""
    if isinstance(expr, Symbol):
        return values[expr]
    if isinstance(expr, sympy.Add):
        return sum(_number(part, values) for part in expr.args)
    if isinstance(expr, sympy.Mul):
        return math.prod(_number(part, values) for part in expr.args)
    if isinstance(expr, sympy.Pow):
        return float(_number(expr.base, values) ** _number(expr.exp, values))
    return float(expr.xreplace(values))


def operations(program: Program) -> Count:
    """What the nests of a program cost, those of the program that it follows not counted."""
    counted, moved = Counter[Expr](), Counter[Expr]()
    written: set[str] = set()
    for nest in program.nests:
        scope = _Scope(nest)
        for statement in nest.body:
            scope.statement(statement, nest, array_of(statement.target) in written)
            written.add(array_of(statement.target))
        counted.update(scope.counted)
        moved.update(scope.moved)
    return Count(_polynomial(counted), _polynomial(moved))


def written(polynomial: Expr) -> Expr:
    """A polynomial with its terms in order, the leading ones first."""
    return add(*polynomial.as_ordered_terms())


def _polynomial(counter: Counter[Expr]) -> Expr:
    return sympy.expand(sympy.Add(*(n * size for size, n in counter.items())))


class _Scope:
    """The operations of one nest, by how often they are done."""

    def __init__(self, nest: Nest) -> None:
        self.counted = Counter[Expr]()
        self.moved = Counter[Expr]()
        self.axes: dict[Symbol, Axis] = {}
        self.loops: tuple[Loop, ...] = ()
        for loop in nest.loops:
            self._enter(loop)

    def _enter(self, loop: Loop) -> None:
        """The range of an index; of one whose bounds depend on others, all that it may be."""
        self.loops = (*self.loops, loop)
        self.axes[loop.index] = span(loop.index, self.loops)

    def statement(self, statement: Statement, nest: Nest, again: bool) -> None:
        own = frozenset(loop.index for loop in nest.loops)
        target = set().union(*(place.free_symbols for place in indices_of(statement.target)))
        self._condition(nest.guard)
        self._value(statement.value)
        if statement.op in ("+=", "-=") and (again or own - target):
            self._done(own)
        if statement.op == "*=":
            self._done(own)
        for part in dict.fromkeys((*elements(statement.value), *elements(nest.guard))):
            self.moved[self.size(_free(part) & self.axes.keys())] += 1
        self.moved[self.size(frozenset(target) & own)] += 1

    def size(self, indices: Ranges) -> Expr:
        return sympy.Mul(*(self.axes[i].extent for i in indices))

    def _done(self, indices: Ranges, times: int = 1) -> None:
        if times:
            self.counted[self.size(indices)] += times

    def _value(self, expr: Expr) -> Ranges:
        """Count the operations below a node; the indices that its value depends on."""
        if is_element(expr) or not expr.args or isinstance(expr, Indexed):
            return _free(expr) & self.axes.keys()
        if isinstance(expr, Reduction):
            return self._reduction(expr)
        for head, rule in RULES:
            if isinstance(expr, head):
                return rule(self, expr)
        own = frozenset[Symbol]().union(*map(self._value, expr.args))
        self._done(own, FUNCTION)
        return own

    def _added(self, expr: Expr) -> Ranges:
        if not any(map(is_element, expr.atoms(Symbol, Indexed))) and not expr.has(Reduction):
            return _free(expr) & self.axes.keys()
        return self._joined([self._value(part) for part in expr.args])

    def _multiplied(self, expr: Expr) -> Ranges:
        sets = []
        upper = False
        for part in expr.args:
            if part == -1 or (isinstance(part, Bracket) and _on_indices(part.condition)):
                continue
            below = isinstance(part, sympy.Pow) and part.exp.is_Rational and part.exp < 0
            sets.append(self._power(part, inside=True) if below else self._value(part))
            upper = upper or not below
        if not upper:
            sets.append(frozenset())
        return self._joined(sets)

    def _power(self, expr: Expr, inside: bool = False) -> Ranges:
        base, exponent = expr.args
        own = self._value(base)
        if not exponent.is_Rational:
            own = own | self._value(exponent)
            self._done(own, FUNCTION)
            return own
        size = abs(exponent)
        self._done(own, price_of_power(size.p, size.q))
        if exponent < 0 and not inside:
            self._done(own)
        return own

    def _reduction(self, expr: Reduction) -> Ranges:
        for limit in expr.limits:
            self._enter(Loop(*limit))
        bound = frozenset(index for index, _, _ in expr.limits)
        body = self._value(expr.body)
        if not _on_indices(expr.condition):
            body = body | self._condition(expr.condition)
        self._done(body | bound)
        return body - bound

    def _condition(self, condition: Expr) -> Ranges:
        """A comparison is an operation, unless it is one of indices."""
        if _on_indices(condition):
            return _free(condition) & self.axes.keys()
        if isinstance(condition, Relational):
            sides = [self._value(part) for part in condition.args if is_value(part)]
            own = frozenset[Symbol]().union(*sides)
            self._done(own)
            return own
        return frozenset[Symbol]().union(*map(self._condition, condition.args))

    def _bracket(self, expr: Bracket) -> Ranges:
        return self._condition(expr.condition)

    def _where(self, expr: Where) -> Ranges:
        condition, *sides = expr.args
        return self._condition(condition).union(*map(self._value, sides))

    def _one(self, expr: Expr) -> Ranges:
        own = frozenset[Symbol]().union(*map(self._value, expr.args))
        self._done(own)
        return own

    def _partial(self, expr: Partial) -> Ranges:
        own = frozenset[Symbol]().union(*map(self._value, expr.arguments))
        self._done(own, FUNCTION)
        return own

    def _free_of_charge(self, expr: Expr) -> Ranges:
        return _free(expr) & self.axes.keys()

    def _joined(self, sets: Iterable[Ranges]) -> Ranges:
        """Operands joined two at a time, the fewest indices first."""
        left = sorted(sets, key=lambda own: (len(own), sorted(map(str, own))))
        while len(left) > 1:
            pairs = [(len(a | b), m, n) for n, b in enumerate(left) for m, a in enumerate(left[:n])]
            _, m, n = min(pairs)
            joined = left[m] | left[n]
            self._done(joined)
            left = [joined, *(own for k, own in enumerate(left) if k not in (m, n))]
        return left[0] if left else frozenset()


def price_of_power(numerator: int, denominator: int) -> int:
    """x^3: two products; sqrt(x): 2; x^(3/2) = x sqrt(x): 3."""
    if denominator == 1:
        return numerator - 1
    return ROOT + numerator // 2 if denominator == 2 else FUNCTION


def is_value(part: Expr) -> bool:
    return not isinstance(part, sympy.Tuple)


def _free(expr: Expr) -> Ranges:
    return frozenset(symbol for symbol in expr.free_symbols if is_index(symbol))


def _on_indices(condition: Expr) -> bool:
    return not any(elements(condition))


RULES: list[tuple[type | tuple[type, ...], Callable[..., Ranges]]] = [
    (sympy.Add, _Scope._added),
    (sympy.Mul, _Scope._multiplied),
    (sympy.Pow, _Scope._power),
    (Bracket, _Scope._bracket),
    (Where, _Scope._where),
    (Partial, _Scope._partial),
    ((sympy.Max, sympy.Min, sympy.Abs, relu), _Scope._one),
    ((sympy.floor, sympy.ceiling, sympy.Mod, sympy.Tuple), _Scope._free_of_charge),
]
