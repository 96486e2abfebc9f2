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
from difflib import get_close_matches
from itertools import count

import sympy
from sympy import Integer, Symbol
from sympy.logic.boolalg import And, Boolean

from symgrad.binding import fresh, names, rebind
from symgrad.differentiate import Read, reads
from symgrad.errors import StudentError
from symgrad.expressions import (
    Bracket,
    Element,
    array_of,
    element,
    elements,
    index,
    indices_of,
    is_index,
    is_negative,
    negate,
)
from symgrad.monomials import Monomial
from symgrad.program import (
    GRADIENT,
    Array,
    Input,
    Loop,
    Loss,
    Nest,
    Output,
    Program,
    Statement,
    is_gradient,
    primal,
)
from symgrad.tidy import total


def derive(program: Program, wrt: Sequence[str] | None = None) -> Program:
    """The gradients of the arrays `wrt` (default: of all), as a program that follows `program`.

    `target.grad` of an output is read and never written; where other arrays read the output too,
    an auxiliary total adds what flows back from them. A program that is itself a backward pass is
    joined to its forward pass first; its gradients are then called `.grad2`, and its outputs are
    the gradients of the inputs that it writes.
    """
    forward = _separate(program.joined())
    backward = _Backward(program, forward, _roots(program), _wanted(forward, wrt))
    return Program((), tuple(backward.nests(zeros=wrt is not None)), program)


def _separate(program: Program) -> Program:
    """One statement a nest, every array finished before it is read."""
    read: set[str] = set()
    written: set[str] = set()
    for _, statement in program.statements:
        name = array_of(statement.target)
        read.update(map(array_of, elements(statement.value)))
        if statement.op == "*=" or name in read or (statement.op == "=" and name in written):
            raise StudentError(f"{name} is overwritten, or written after it is read", kind="syntax")
        written.add(name)
    nests = (Nest(nest.loops, (one,), nest.guard) for nest, one in program.statements)
    return Program(program.declarations, tuple(nests), program.given)


# --- what is differentiated with respect to what ------------------------------------------------


@dataclass(frozen=True)
class _Roots:
    """Where the adjoints start: free seeds, and scalars whose gradient is 1."""

    outputs: tuple[str, ...]
    losses: tuple[str, ...]


def _roots(program: Program) -> _Roots:
    own = program if program.given is None else Program(program.declarations)
    outputs = tuple(dict.fromkeys(item.name for item in own.declared(Output)))  # type: ignore[union-attr]
    losses = tuple(dict.fromkeys(item.name for item in own.declared(Loss)))  # type: ignore[union-attr]
    if not outputs and not losses and program.given is not None:
        outputs = _gradients_of_inputs(program)
    if not outputs and not losses:
        raise StudentError(
            "there is nothing to differentiate: the program declares no output and no loss",
            kind="name",
            hint="add `output NAME` or `loss NAME`",
        )
    return _Roots(outputs, losses)


def _gradients_of_inputs(program: Program) -> tuple[str, ...]:
    """What a backward pass is for: the gradients of inputs that it writes, else all its results."""
    inputs = {item.name for item in program.declared(Input)}  # type: ignore[union-attr]
    written = dict.fromkeys(
        array_of(statement.target)
        for _, statement in program.statements
        if is_gradient(array_of(statement.target))
    )
    read = {
        array_of(part) for _, statement in program.statements for part in elements(statement.value)
    }
    return tuple(name for name in written if primal(name) in inputs) or tuple(
        name for name in written if name not in read
    )


def _wanted(forward: Program, wrt: Sequence[str] | None) -> tuple[str, ...]:
    """The arrays whose gradients are asked for; arrays of indices have none."""
    arrays = forward.arrays
    if wrt is None:
        return tuple(name for name, array in arrays.items() if array.values is None)
    for name in wrt:
        if name not in arrays:
            close = get_close_matches(name, arrays, n=1)
            raise StudentError(
                f"there is no array {name} to differentiate with respect to",
                kind="name",
                hint=f"did you mean {close[0]}?" if close else f"arrays: {', '.join(arrays)}",
            )
        if arrays[name].values is not None:
            raise StudentError(
                f"{name} is an index: there is no gradient with respect to it", kind="name"
            )
    return tuple(dict.fromkeys(wrt))


def _suffix(program: Program) -> str:
    """`.grad`, or the first of `.grad2`, `.grad3`, … that no array of the program carries."""
    carried = {name[name.rfind(GRADIENT) :] for name in program.arrays if is_gradient(name)}
    candidates = (GRADIENT if n == 1 else f"{GRADIENT}{n}" for n in count(1))
    return next(suffix for suffix in candidates if suffix not in carried)


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

    program: Program
    forward: Program
    roots: _Roots
    wanted: tuple[str, ...]
    reserved: frozenset[str] = field(init=False)
    suffix: str = field(init=False)
    reached: set[str] = field(init=False)
    totals: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.reserved = names(self.forward)
        self.suffix = _suffix(self.forward)
        self.reached = {*self.roots.outputs, *self.roots.losses}

    def nests(self, zeros: bool) -> Iterator[Nest]:
        """The seeds, the adjoint of every update in reverse, and the gradients that are 0."""
        updates = [
            _update(nest, statement, self.reserved) for nest, statement in self.forward.statements
        ]
        needed = _needed(updates, self.wanted)
        for name in self.roots.losses:
            yield _single((), sympy.true, element(name + self.suffix), "=", Integer(1))
        for update in reversed(updates):
            if update.target in self.reached:
                yield from self._adjoints(update, needed)
        for name in self.wanted:
            if name not in self.reached and (zeros or self.forward.arrays[name].role == "input"):
                yield self._zero(self.forward.arrays[name])

    def _adjoints(self, update: _Update, needed: Collection[str]) -> Iterator[Nest]:
        seed = element(self._gradient(update.target), *indices_of(update.statement.target))
        sign = Monomial.of(Integer(-1 if update.statement.op == "-=" else 1), seed)
        for read, coefficients in self._grouped(update, needed):
            scope = (*update.nest.loops, *(Loop(*limit) for limit in read.limits))
            guard = _all((update.nest.guard, *read.guard))
            value = total(sign * coefficient for coefficient in coefficients)
            if value == 0 or guard is sympy.false:
                continue
            yield from self._totalled(array_of(read.part))
            inner = [loop.index for loop in scope]
            yield _single(
                scope,
                rebind(guard, inner, self.reserved),
                element(self._gradient(array_of(read.part)), *indices_of(read.part)),
                "+=",
                rebind(value, inner, self.reserved),
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
        """Brackets on indices become guards: without them an access may leave its axis."""
        guards = []
        powers = []
        for base, exponent in derivative.powers:
            if isinstance(base, Bracket) and exponent > 0 and self._on_indices(base):
                guards.append(base.condition)
            else:
                powers.append((base, exponent))
        return tuple(guards), Monomial(derivative.number, tuple(powers))

    def _on_indices(self, bracket: Bracket) -> bool:
        return all(
            self.forward.arrays[array_of(part)].values for part in elements(bracket.condition)
        )

    def _gradient(self, name: str) -> str:
        return self.totals.get(name, name + self.suffix)

    def _totalled(self, name: str) -> Iterator[Nest]:
        """Before the first addition to the gradient of an output: a total that starts at its seed.

        Z_total[b] = Z.grad[b]
        """
        self.reached.add(name)
        if name in self.roots.outputs and name not in self.roots.losses and name not in self.totals:
            array = self.forward.arrays[name]
            seed = name + self.suffix
            total_name = fresh(f"{name}_total", self.reserved)
            self.totals[name] = total_name
            loops = self._loops(array)
            indices = [loop.index for loop in loops]
            yield _single(
                loops, sympy.true, element(total_name, *indices), "=", element(seed, *indices)
            )

    def _zero(self, array: Array) -> Nest:
        loops = self._loops(array)
        target = element(array.name + self.suffix, *(loop.index for loop in loops))
        return _single(loops, sympy.true, target, "=", Integer(0))

    def _loops(self, array: Array) -> tuple[Loop, ...]:
        """Loops over the axes of an array, with the indices that the program uses for them."""
        loops: list[Loop] = []
        for axis, name in zip(array.axes, self._index_names(array), strict=True):
            loops.append(Loop(index(name), axis.lower, axis.upper))
        return tuple(loops)

    def _index_names(self, array: Array) -> Iterator[str]:
        taken = set(self.forward.arrays) | {
            symbol.name for axis in array.axes for symbol in axis.upper.free_symbols
        }
        used = _standing_indices(self.forward, array)
        for n in range(array.rank):
            name = used[n].name if used else "ijklmnopq"[n % 9]
            name = fresh(name, taken)
            taken.add(name)
            yield name


def _needed(updates: Iterable[_Update], wanted: Iterable[str]) -> set[str]:
    """The wanted arrays and all that depends on them."""
    needed = set(wanted)
    for update in updates:
        if update.sources & needed:
            needed.add(update.target)
    return needed


def _standing_indices(program: Program, array: Array) -> tuple[Symbol, ...]:
    """The distinct loop indices with which the program first accesses an array, if it does so."""
    for nest, statement in program.statements:
        loops = {loop.index for loop in nest.loops}
        for part in (statement.target, *elements(statement.value)):
            own = indices_of(part)
            if array_of(part) == array.name and all(is_index(i) and i in loops for i in own):
                if len(set(own)) == len(own):
                    return own
    return ()


def _single(
    loops: tuple[Loop, ...], guard: Boolean, target: Element, op: str, value: sympy.Expr
) -> Nest:
    """One statement in its loops; `+= -…` is written `-= …`."""
    if op == "+=" and is_negative(value):
        op, value = "-=", negate(value)
    return Nest(loops, (Statement(target, op, value),), guard)  # type: ignore[arg-type]


def _all(conditions: Iterable[Boolean]) -> Boolean:
    parts = dict.fromkeys(condition for condition in conditions if condition is not sympy.true)
    if len(parts) < 2:
        return next(iter(parts), sympy.true)
    return And(*parts, evaluate=False)
