"""The literal evaluator: runs a program as it is written.

    statements in order, loops lexicographically ascending, the statements of a body interleaved,
    the guard asked in each iteration; `=` overwrites, `+=` adds

A program with a `given` continues from the state in which that one ends. Gradients and auxiliaries
that a program writes start at zero there, inputs at their value, arrays of the forward pass are
computed anew from zero. Everything cleverer in symgrad is tested against this module.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any, Protocol, TypeAlias

import sympy
from sympy import Expr, Symbol

from symgrad.arithmetic import BALLS, Arithmetic
from symgrad.closures import (
    ARITHMETIC,
    ONE,
    WORK,
    ZERO,
    Closure,
    Compiler,
    Frame,
    Layout,
    access_text,
    guarded,
    is_lenient,
    nested,
)
from symgrad.expressions import FUNCTIONS, array_of
from symgrad.program import (
    GRADIENT,
    Array,
    Axis,
    Data,
    Input,
    Loss,
    Nest,
    Operator,
    Program,
    Statement,
)
from symgrad.slopes import slope
from symgrad.values import Nonvalue, Number, OutsideAxis

Cells: TypeAlias = dict[tuple[int, ...], Number]
"""The elements of one array by index tuple; a scalar's is `()`."""

State: TypeAlias = Mapping[str, Cells]

WORK_LIMIT = 1_000_000


class Smooth(Protocol):
    """An instance of an opaque function."""

    def slope(self, orders: tuple[int, ...], arithmetic: Arithmetic) -> Callable[..., Number]:
        """Its partial derivative of these orders; of orders 0 the function itself."""


def evaluate(
    program: Program,
    extents: Mapping[str, int],
    values: State,
    arithmetic: Arithmetic = BALLS,
    functions: Mapping[str, Smooth] = {},
    work: int = WORK_LIMIT,
) -> State:
    """Every array after the whole program has run, what is given first.

    `values` holds the inputs and the gradients of the outputs; declared data need not be given.
    """
    state = start(program, values, arithmetic)
    for stage in stages(program):
        state = run(stage, state, extents, arithmetic, functions, work)
    return state


def start(program: Program, values: State, arithmetic: Arithmetic = BALLS) -> State:
    """The state before anything has run: inputs, fixed data, the gradient of a loss."""
    state: dict[str, Cells] = {}
    for item in program.declared(Input):
        assert isinstance(item, Input)
        if item.data is not None:
            state[item.name] = data_cells(item.data, item.axes)
    for item in program.declared(Loss):
        assert isinstance(item, Loss)
        state[item.name + GRADIENT] = {(): 1}
    state.update(values)
    return {
        name: {key: arithmetic.number(value) for key, value in cells.items()}
        for name, cells in state.items()
    }


def run(
    program: Program,
    state: State,
    extents: Mapping[str, int],
    arithmetic: Arithmetic = BALLS,
    functions: Mapping[str, Smooth] = {},
    work: int = WORK_LIMIT,
) -> State:
    """Continue from a state with the program's own nests, not those of its given."""
    return stage_of(program).run(state, extents, arithmetic, functions, work)


def stages(program: Program) -> Iterator[Program]:
    """The programs that run one after the other, each on the state that the one before leaves."""
    if program.given is not None:
        yield from stages(program.given)
    yield program


def box(program: Program, name: str, extents: Mapping[str, int]) -> list[tuple[int, ...]] | None:
    """The admitted index tuples of an array, None where the axes are not known by extents alone."""
    return stage_of(program).box(name, extents)


def ends(axis: Axis, extents: Mapping[str, int]) -> tuple[int, int]:
    """The first and the last admitted value of an index."""
    layout = Layout()
    _, first, last = Compiler(layout, {}).span(_AXIS, axis.lower, axis.upper, {})
    frame: Frame = [None] * layout.size
    for name, slot in layout.extents.items():
        frame[slot] = extents[name]
    return first(frame), last(frame)


def data_cells(data: Data, axes: tuple[Axis, ...]) -> Cells:
    """Nested tuples as cells, counted from the lower end of each axis."""
    if not isinstance(data, tuple):
        return {(): data}
    first = int(axes[0].lower)
    return {
        (first + n, *rest): value
        for n, part in enumerate(data)
        for rest, value in data_cells(part, axes[1:]).items()
    }


_STAGES: dict[int, Stage] = {}


def stage_of(program: Program) -> Stage:
    """The compiled program, kept while the program lives.

    By identity: hashing a program would cost more than running it at small extents. Not on the
    program itself, which is sent between processes, as closures cannot be.
    """
    stage = _STAGES.get(id(program))
    if stage is None:
        stage = _STAGES[id(program)] = Stage(program.nests, program.arrays)
        weakref.finalize(program, _STAGES.pop, id(program), None)
    return stage


class Stage:
    """The compiled nests of one program."""

    def __init__(self, nests: tuple[Nest, ...], arrays: Mapping[str, Array]) -> None:
        self.layout = Layout()
        self._arrays = arrays
        self._compiler = Compiler(self.layout, arrays)
        self._boxes: dict[str, list[tuple[Closure, Closure]] | None] = {}
        self._nests = [self._nest(nest) for nest in nests]
        self.written: list[str] = list(
            dict.fromkeys(array_of(statement.target) for nest in nests for statement in nest.body)
        )
        self.read_only = [name for name in self.layout.arrays if name not in self.written]

    def run(
        self,
        state: State,
        extents: Mapping[str, int],
        arithmetic: Arithmetic,
        functions: Mapping[str, Smooth],
        work: int,
    ) -> State:
        after = dict(state)
        for name in self.written:
            after[name] = self._fresh(name, state, extents, arithmetic)
        frame = self._frame(extents, arithmetic, functions, work)
        for name, slot in self.layout.arrays.items():
            if name not in after:
                raise LookupError(f"{name} is read and has no value")
            frame[slot] = after[name]
        for nest in self._nests:
            nest(frame)
        return after

    def box(self, name: str, extents: Mapping[str, int]) -> list[tuple[int, ...]] | None:
        axes = self._axes(name)
        if axes is None:
            return None
        frame = [None] * self.layout.size
        for extent, slot in self.layout.extents.items():
            frame[slot] = extents.get(extent)  # type: ignore[call-overload]
        return list(product(*(range(first(frame), last(frame) + 1) for first, last in axes)))

    def _axes(self, name: str) -> list[tuple[Closure, Closure]] | None:
        """The ends of each axis, None where one still depends on an index."""
        if name not in self._boxes:
            ends: list[tuple[Closure, Closure]] | None = []
            try:
                for axis in self._arrays[name].axes:
                    _, first, last = self._compiler.span(_AXIS, axis.lower, axis.upper, {})
                    ends.append((first, last))
            except KeyError:
                ends = None
            self._boxes[name] = ends
        return self._boxes[name]

    def _fresh(
        self, name: str, state: State, extents: Mapping[str, int], arithmetic: Arithmetic
    ) -> Cells:
        if self._arrays[name].role == "input":
            return dict(state[name])
        return dict.fromkeys(self.box(name, extents) or (), arithmetic.number(0))

    def _frame(
        self,
        extents: Mapping[str, int],
        arithmetic: Arithmetic,
        functions: Mapping[str, Smooth],
        work: int,
    ) -> Frame:
        frame: Frame = [None] * self.layout.size
        frame[ARITHMETIC], frame[WORK] = arithmetic, work
        for value, slot in self.layout.constants.items():
            frame[slot] = arithmetic.number(_exact(value))
        for name, slot in self.layout.extents.items():
            frame[slot] = extents[name]
        for (name, orders), slot in self.layout.functions.items():
            if name in FUNCTIONS and name not in functions:
                frame[slot] = slope(arithmetic, name, orders[0])
            else:
                frame[slot] = functions[name].slope(orders, arithmetic)
        return frame

    def _nest(self, nest: Nest) -> Closure:
        compiler, scope = self._compiler, {}
        spans = [compiler.span(loop.index, loop.lower, loop.upper, scope) for loop in nest.loops]
        statements = [self._statement(statement, scope) for statement in nest.body]

        def body(frame: Frame, absent: Nonvalue | None = None) -> None:
            for statement in statements:
                statement(frame, absent)

        step: Closure = statements[0] if len(statements) == 1 else body
        if nest.guard is not sympy.true:
            step = guarded(compiler.condition(nest.guard, scope), step, step)
        return nested(spans, step)

    def _statement(self, statement: Statement, scope: Mapping[Symbol, int]) -> Closure:
        compiler, name = self._compiler, array_of(statement.target)
        slot = self.layout.of(self.layout.arrays, name)
        key = compiler.key(statement.target, scope)
        value = compiler.value(statement.value, scope)
        update = UPDATES[statement.op]
        lenient = is_lenient(self._arrays[name])

        def assign(frame: Frame, absent: Nonvalue | None = None) -> None:
            cells, position = frame[slot], key(frame)
            if isinstance(position, Nonvalue):
                # Some element is written, and nobody can say which.
                cells.update(dict.fromkeys(cells, position))
                return
            try:
                before = cells[position]
            except KeyError:
                if not lenient:
                    raise OutsideAxis(access_text(name, position)) from None
                before = frame[ZERO]
            new = update(before, value(frame) if absent is None else absent)
            cells[position] = frame[ARITHMETIC].kept(new)

        return assign


UPDATES: dict[Operator, Callable[[Number, Number], Number]] = {
    "=": lambda before, value: value,
    "+=": lambda before, value: before + value,
    "-=": lambda before, value: before - value,
    "*=": lambda before, value: before * value,
}

_AXIS = Symbol("axis", integer=True)


def _exact(value: Any) -> Any:
    """A SymPy number in the form in which arithmetics take numbers."""
    return Fraction(int(value.p), int(value.q)) if isinstance(value, Expr) else value
