"""One program compiled: its nests as closures, and the boxes of its arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, Protocol, TypeAlias

import sympy
from sympy import Expr, Symbol

from symgrad.evaluation.closures import Compiler
from symgrad.evaluation.frames import (
    ARITHMETIC,
    WORK,
    ZERO,
    Closure,
    Frame,
    Layout,
    Scope,
    Step,
    guarded,
    nested,
)
from symgrad.evaluation.positions import access_text, is_lenient
from symgrad.evaluation.slopes import slope
from symgrad.evaluation.values import Arithmetic, Budget, Nonvalue, Number, OutsideAxis, Work
from symgrad.expressions import array_of
from symgrad.heads import FUNCTIONS
from symgrad.program import Array, Axis, Nest, Operator, Statement

Cells: TypeAlias = dict[tuple[int, ...], Number]
"""The elements of one array by index tuple; a scalar's is `()`."""

State: TypeAlias = Mapping[str, Cells]

MAX_CELLS = 100_000
"""Elements that one array may have."""


class Smooth(Protocol):
    """An instance of an opaque function."""

    def slope(self, orders: tuple[int, ...], arithmetic: Arithmetic) -> Callable[..., Number]:
        """Its partial derivative of these orders; of orders 0 the function itself."""


def ends(axis: Axis, extents: Mapping[str, int]) -> tuple[int, int]:
    """The first and the last admitted value of an index."""
    layout = Layout()
    _, first, last = Compiler(layout, {}).span(_AXIS, axis.lower, axis.upper, {})
    frame = layout.frame(extents)
    return first(frame), last(frame)


class Stage:
    """The compiled nests of one program."""

    def __init__(self, nests: tuple[Nest, ...], arrays: Mapping[str, Array]) -> None:
        self.layout = Layout()
        self._arrays = arrays
        self._compiler = Compiler(self.layout, arrays)
        self._boxes: dict[str, list[tuple[Closure, Closure]] | None] = {}
        self._numbers: dict[str, dict[int, Number]] = {}
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
        work: Work,
    ) -> State:
        frame = self._frame(extents, arithmetic, functions, work)
        after = dict(state)
        for name in self.written:
            if self._arrays[name].role == "input":
                after[name] = dict(state[name])
            else:
                after[name] = dict.fromkeys(self.box(name, extents) or (), frame[ZERO])
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
        if not axes:
            return [()]
        frame = self.layout.frame(extents)
        ranges = [range(first(frame), last(frame) + 1) for first, last in axes]
        if prod(map(len, ranges)) > MAX_CELLS:
            raise Budget(f"{name} has more than {MAX_CELLS} elements")
        return list(product(*ranges))

    def _axes(self, name: str) -> list[tuple[Closure, Closure]] | None:
        """The ends of each axis, None where one still depends on an index."""
        if name not in self._boxes:
            try:
                self._boxes[name] = [
                    self._compiler.span(_AXIS, axis.lower, axis.upper, {})[1:]
                    for axis in self._arrays[name].axes
                ]
            except KeyError:
                self._boxes[name] = None
        return self._boxes[name]

    def _frame(
        self,
        extents: Mapping[str, int],
        arithmetic: Arithmetic,
        functions: Mapping[str, Smooth],
        work: Work,
    ) -> Frame:
        frame = self.layout.frame(extents)
        frame[ARITHMETIC], frame[WORK] = arithmetic, work
        for slot, value in self._constants(arithmetic).items():
            frame[slot] = value
        for (name, orders), slot in self.layout.functions.items():
            if name in FUNCTIONS and name not in functions:
                frame[slot] = slope(arithmetic, name, orders[0])
            else:
                frame[slot] = functions[name].slope(orders, arithmetic)
        return frame

    def _constants(self, arithmetic: Arithmetic) -> dict[int, Number]:
        """The constants of the program by their slots, turned into numbers once."""
        numbers = self._numbers.setdefault(arithmetic.name, {})
        if len(numbers) < len(self.layout.constants):
            for value, slot in self.layout.constants.items():
                numbers[slot] = arithmetic.number(_exact(value))
        return numbers

    def _nest(self, nest: Nest) -> Step:
        compiler = self._compiler
        scope: dict[Symbol, int] = {}
        spans = [compiler.span(loop.index, loop.lower, loop.upper, scope) for loop in nest.loops]
        before = compiler.compiled
        statements = [self._statement(statement, scope) for statement in nest.body]

        def body(frame: Frame, absent: Nonvalue | None = None) -> None:
            for statement in statements:
                statement(frame, absent)

        step: Step = statements[0] if len(statements) == 1 else body
        if nest.guard is not sympy.true:
            step = guarded(compiler.condition(nest.guard, scope), step)
        return nested(spans, step, compiler.weight_since(before))

    def _statement(self, statement: Statement, scope: Scope) -> Step:
        compiler, name = self._compiler, array_of(statement.target)
        slot = self.layout.of(self.layout.arrays, name)
        key = compiler.key(statement.target, scope)
        value = compiler.value(statement.value, scope)
        update, adds = UPDATES[statement.op], statement.op == "+="
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
            new = value(frame) if absent is None else absent
            if not (adds and before is frame[ZERO]):  # 0 + x is x itself, the same ball
                new = update(before, new)
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
