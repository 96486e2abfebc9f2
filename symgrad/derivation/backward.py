"""The backward pass of a program, by one rule.

For every update of the forward pass, in reverse, and every element `a` that its value reads, in
the same loops:

    a.grad += target.grad * d value / d a

A read inside a reduction takes the ranges of the reduction as further loops, and its condition as a
guard. The gradient of an `output` is free, that of the `loss` is 1; a gradient that nothing reaches
is 0. The forward pass must finish an array before it reads it and never overwrite one: then every
update can be treated independently, and `target.grad` is complete when it is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import sympy
from sympy import Expr, Integer
from sympy.logic.boolalg import Boolean

from symgrad.algebra.binding import axis_loops, fresh, names, rebind
from symgrad.algebra.differentiate import Read, reads
from symgrad.algebra.monomials import Monomial
from symgrad.algebra.tidy import total
from symgrad.derivation.seeds import Roots, roots, suffix, wanted
from symgrad.errors import StudentError
from symgrad.expressions import (
    Element,
    array_of,
    element,
    elements,
    indices_of,
    is_negative,
    mul,
    negate,
)
from symgrad.heads import Bracket
from symgrad.program import (
    Array,
    Loop,
    Nest,
    Operator,
    Program,
    Statement,
)
from symgrad.separation.separate import Separated, separate
from symgrad.sets.literals import conjunction, conjuncts


def derive(program: Program, wrt: Sequence[str] | None = None) -> Program:
    """The gradients of the arrays `wrt` (default: of all), as a program that follows `program`.

    `target.grad` of an output is read and never written; where other arrays read the output too,
    an auxiliary total adds what flows back from them. A program that is itself a backward pass is
    joined to its forward pass first; its gradients are then called `.grad2`, and its outputs are
    the gradients of the inputs that it writes.
    """
    return Program((), tuple(one.nest for one in adjoints(program, wrt)), program)


@dataclass(frozen=True)
class Adjoint:
    """An update of the backward pass, with the update of the forward pass that it belongs to.

        nest      for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2
        origin    for b, j: p[b, j] += exp(s[b, j]) / Z[b]
        read      Z[b]
        local     -exp(s[b, j]) / Z[b]^2          d value / d read

    The chain rule, not yet simplified, is `flow`: the target's gradient times the local derivative.
    Seeds, totals and zeros belong to no update.
    """

    nest: Nest
    origin: Nest | None = None
    read: Element | None = None
    local: Expr | None = None
    flow: Nest | None = None


def adjoints(program: Program, wrt: Sequence[str] | None = None) -> Iterator[Adjoint]:
    """The updates of the backward pass in their order, each with where it comes from."""
    forward = separated(program.joined())
    backward = _Backward(forward, roots(program), wanted(forward, wrt))
    yield from backward.adjoints(zeros=wrt is not None)


def separated(program: Program) -> Program:
    """The program with one statement a nest and every array complete before it is read."""
    found = separate(program)
    if isinstance(found, Separated) and not found.overwritten:
        return found.program
    problem = found.overwritten[0] if isinstance(found, Separated) else found
    raise StudentError(
        f"this program has no backward pass by updates: {problem.reason}",
        kind="syntax",
        hint="finish an array before reading it, and never overwrite one",
    )


# --- one update ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Update:
    """An update of the forward pass, with every way in which it depends on an element."""

    nest: Nest
    statement: Statement
    reads: tuple[Read, ...]

    @property
    def target(self) -> str:
        return array_of(self.statement.target)

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(array_of(read.part) for read in self.reads)


def _update(nest: Nest, statement: Statement, reserved: Collection[str]) -> _Update:
    value = rebind(statement.value, [loop.index for loop in nest.loops], reserved)
    return _Update(nest, statement, tuple(reads(value)))


@dataclass
class _Backward:
    """The adjoint updates of a forward pass whose statements are separated."""

    forward: Program
    roots: Roots
    wanted: tuple[str, ...]
    reserved: frozenset[str] = field(init=False)
    suffix: str = field(init=False)
    reached: set[str] = field(init=False)
    totals: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.reserved = names(self.forward)
        self.suffix = suffix(self.forward)
        self.reached = {*self.roots.outputs, *self.roots.losses}

    def adjoints(self, zeros: bool) -> Iterator[Adjoint]:
        """The seeds, the adjoint of every update in reverse, and the gradients that are 0."""
        updates = [
            _update(nest, statement, self.reserved) for nest, statement in self.forward.statements
        ]
        needed = _needed(updates, self.wanted)
        for name in self.roots.losses:
            seed = element(name + self.suffix)
            yield Adjoint(_single((), sympy.true, seed, "=", Integer(1)))
        for update in reversed(updates):
            if update.target in self.reached:
                yield from self._adjoints(update, needed)
        for name in self.wanted:
            if name not in self.reached and (zeros or self.forward.arrays[name].role == "input"):
                yield Adjoint(self._zero(self.forward.arrays[name]))

    def _adjoints(self, update: _Update, needed: Collection[str]) -> Iterator[Adjoint]:
        seed = element(self._gradient(update.target), *indices_of(update.statement.target))
        sign = Monomial(Integer(-1 if update.statement.op == "-=" else 1))
        for read, coefficients in self._grouped(update, needed):
            scope = (*update.nest.loops, *(Loop(*limit) for limit in read.limits))
            guard = conjunction((update.nest.guard, *read.guard))
            local = total(sign * coefficient for coefficient in coefficients)
            if local == 0 or guard is sympy.false:
                continue
            yield from map(Adjoint, self._totalled(array_of(read.part)))
            target = element(self._gradient(array_of(read.part)), *indices_of(read.part))
            value = total(sign * Monomial.of(seed) * coefficient for coefficient in coefficients)
            inner = [loop.index for loop in scope]
            guard, local, value = (
                rebind(part, inner, self.reserved) for part in (guard, local, value)
            )
            flow = Statement(target, "+=", seed if local == 1 else mul(seed, local))
            yield Adjoint(
                _single(scope, guard, target, "+=", value),
                Nest(update.nest.loops, (update.statement,), update.nest.guard),
                read.part,
                local,
                Nest(scope, (flow,), guard),
            )

    def _grouped(
        self, update: _Update, needed: Collection[str]
    ) -> Iterator[tuple[Read, list[Monomial]]]:
        """Equal reads in equal scopes belong to one derivative."""
        groups: dict[Read, list[Monomial]] = {}
        for read in update.reads:
            if array_of(read.part) in needed:
                guards, derivative = self._split(read.derivative)
                place = Read(read.part, limits=read.limits, guard=(*read.guard, *guards))
                groups.setdefault(place, []).append(derivative)
        yield from groups.items()

    def _split(self, derivative: Monomial) -> tuple[tuple[Boolean, ...], Monomial]:
        """Conditions on indices become guards: without them an access may leave its axis."""
        guards: list[Boolean] = []
        rest = Monomial(derivative.number)
        for base, exponent in derivative.powers:
            factor = Monomial(Integer(1), ((base, exponent),))
            if isinstance(base, Bracket) and exponent > 0:
                parts = conjuncts(base.condition)
                found = [part for part in parts if self._on_indices(part)]
                guards += found
                if found:
                    left = conjunction(part for part in parts if part not in found)
                    factor = Monomial.of(Bracket(left))
            rest = rest * factor
        return tuple(guards), rest

    def _on_indices(self, condition: Boolean) -> bool:
        return all(self.forward.arrays[array_of(part)].values for part in elements(condition))

    def _gradient(self, name: str) -> str:
        return self.totals.get(name, name + self.suffix)

    def _totalled(self, name: str) -> Iterator[Nest]:
        """Before the first addition to the gradient of an output: a total that starts at its seed.

        Z_total[b] = Z.grad[b]
        """
        self.reached.add(name)
        if name in self.roots.outputs and name not in self.roots.losses and name not in self.totals:
            loops = axis_loops(self.forward, self.forward.arrays[name])
            indices = [loop.index for loop in loops]
            seed = element(name + self.suffix, *indices)
            self.totals[name] = fresh(f"{name}_total", self.reserved.union(self.totals.values()))
            yield _single(loops, sympy.true, element(self.totals[name], *indices), "=", seed)

    def _zero(self, array: Array) -> Nest:
        loops = axis_loops(self.forward, array)
        target = element(array.name + self.suffix, *(loop.index for loop in loops))
        return _single(loops, sympy.true, target, "=", Integer(0))


def _needed(updates: Iterable[_Update], wanted: Iterable[str]) -> set[str]:
    """The wanted arrays and all that depends on them."""
    needed = set(wanted)
    for update in updates:
        if update.sources & needed:
            needed.add(update.target)
    return needed


def _single(
    loops: tuple[Loop, ...], guard: Boolean, target: Element, op: Operator, value: Expr
) -> Nest:
    """One statement in its loops; `+= -…` is written `-= …`."""
    if op == "+=" and is_negative(value):
        op, value = "-=", negate(value)
    return Nest(loops, (Statement(target, op, value),), guard)
