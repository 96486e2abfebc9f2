"""Test points: extents, inputs, gradients of outputs and opaque functions, all from a fixed seed.

A point is admissible: it satisfies the assumptions, and the forward pass is defined there. Numbers
are small rationals, pairwise different and not zero, so that a tie or a zero is no accident of the
choice; `nudged` moves them by random parts in a million, which tells what holds around a point from
what holds only at it. Declared data are never touched.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import sympy
from flint import fmpq
from sympy import Integer
from sympy.logic.boolalg import Not

from symgrad.evaluation.evaluate import box, data_cells, run
from symgrad.evaluation.stage import Cells, State, ends
from symgrad.evaluation.values import UNDECIDED, Nonvalue, Work
from symgrad.expressions import array_of, elements, is_extent, scalar
from symgrad.program import Array, Loss, Nest, Opaque, Program, Statement, primal
from symgrad.refutation.domains import STYLES, Domain, Style, domains
from symgrad.refutation.equations import Equation, free_loops, spread
from symgrad.refutation.extents import Shape
from symgrad.refutation.smooth import Polynomial
from symgrad.sets.literals import conjuncts

VIOLATIONS = "violations*"

NAME = r"[^\W\d]\w*"

MOST_CELLS = 4_000
"""Elements that all inputs may have at one point, or the equations that are looked at."""

TRIES = 12
"""How often a point that is not admissible is replaced before a style is given up."""


@dataclass(frozen=True)
class Point:
    """Where programs are run: extents, values of the free arrays, instances of the functions."""

    extents: Shape
    values: State
    functions: Mapping[str, Polynomial]
    fixed: bool
    """Is nothing free, so that there is no other point of this shape?"""


class Sampler:
    """Draws points for one forward pass."""

    def __init__(self, program: Program, gradients: Iterable[str] = ()) -> None:
        """`gradients` names the free ones: those of outputs, and of a loss, that nothing writes."""
        self._program = program
        arrays = program.arrays
        self._domains = domains(program.assumptions)
        self._inputs = [array for array in arrays.values() if array.role == "input"]
        losses = {item.name for item in program.declared(Loss)}
        self._gradients = [(name, primal(name) in losses) for name in gradients]
        self._opaque = list(program.declared(Opaque))
        assumed = [part for whole in program.assumptions for part in conjuncts(whole)]
        about_values = [part for part in assumed if not all(map(is_extent, part.free_symbols))]
        equations = [
            Equation(part, arrays)
            for part in about_values
            if isinstance(part, sympy.Eq)
            and all(arrays[array_of(read)].role == "input" for read in elements(part))
        ]
        self._equations = equations
        self._checks = [
            (_violations(part, program), isinstance(part, sympy.Eq)) for part in about_values
        ]
        names, declared = _without_names(str(Program(program.all_declarations)))
        self._names = {name: place for place, name in enumerate(names)}
        self._seed = int.from_bytes(hashlib.sha256(declared.encode()).digest()[:8])

    def points(self, shape: Shape, style: str) -> Iterator[Point]:
        """Points of a shape, those that miss an assumption on inputs left out."""
        for attempt in range(TRIES):
            random = self._random(shape, f"{style} {attempt}")
            point = self._draw(shape, STYLES[style], random)
            if point is not None:
                yield point
                if point.fixed and not point.functions:
                    return

    def _random(self, shape: Shape, purpose: str) -> Random:
        """Numbers that depend on what is declared and on the sizes, whatever these are called."""
        order = sorted(shape, key=lambda name: (self._names.get(name, len(self._names)), name))
        return Random(f"{self._seed} {[shape[name] for name in order]} {purpose}")

    def admits(self, point: Point, state: State) -> bool:
        """Does the state after the forward pass satisfy every assumption?

        An equation that balls cannot tell from true counts as true.
        """
        for check, is_equation in self._checks:
            after = run(check, state, point.extents, functions=point.functions)
            violations = after[VIOLATIONS][()]
            undecided = is_equation and violations is UNDECIDED
            if not undecided and (isinstance(violations, Nonvalue) or violations != 0):
                return False
        return True

    def nudged(self, point: Point) -> Point | None:
        """A generic point next to this one; None where the assumptions leave no room."""
        random = self._random(point.extents, "nudge")
        moved = {
            name: {key: _moved(value, self._domain(name), random) for key, value in cells.items()}
            if self.is_free(name)
            else cells
            for name, cells in point.values.items()
        }
        return self.corrected(replace(point, values=moved))

    def corrected(self, point: Point) -> Point | None:
        """The point with values that satisfy the assumed equations."""
        values = self._satisfying(point.values, point.extents)
        return None if values is None else replace(point, values=values)

    def _draw(self, shape: Shape, style: Style, random: Random) -> Point | None:
        """A point, if its equations can be satisfied; `Budget` where it would be enormous."""
        work = Work(MOST_CELLS)
        for array in self._inputs:
            work.charge(len(box(self._program, array.name, shape) or ()))
        used: set[fmpq] = set()
        drawn: dict[str, Cells] = {}
        for turn, array in enumerate(self._inputs):
            drawn[array.name] = self._cells(array, shape, style.of_turn(turn), random, used)
        either = replace(style, signs=(0,))
        for name, is_loss in self._gradients:
            drawn[name] = {
                key: fmpq(1) if is_loss else _fresh(either, Domain(), random, used)
                for key in box(self._program, primal(name), shape) or ()
            }
        functions = {item.name: Polynomial.random(item.parameters, random) for item in self._opaque}
        values = self._satisfying(drawn, shape)
        if values is None:
            return None
        free = any(cells and self.is_free(name) for name, cells in values.items())
        return Point(shape, values, functions, fixed=not free)

    def _cells(
        self, array: Array, shape: Shape, style: Style, random: Random, used: set[fmpq]
    ) -> Cells:
        if array.data is not None:
            return {
                key: fmpq(int(value.p), int(value.q))
                for key, value in data_cells(array.data, array.axes).items()
            }
        keys = box(self._program, array.name, shape) or ()
        if array.values is not None:
            first, last = ends(array.values, shape)
            return {key: fmpq(random.randint(first, last)) for key in keys}
        domain = self._domain(array.name)
        return {key: _fresh(style, domain, random, used) for key in keys}

    def _satisfying(self, values: State, shape: Shape) -> State | None:
        """The values changed to satisfy the assumed equations, if they stay in their domains."""
        for _ in self._equations:
            before = values
            for equation in self._equations:
                solved = equation.solve(values, shape)
                if solved is None:
                    return None
                values = solved
            if values is before:
                break
        else:
            if not all(equation.holds(values, shape) for equation in self._equations):
                return None
        inside = all(
            value in domain
            for name, domain in self._domains.items()
            if name in values
            for value in values[name].values()
        )
        return values if inside else None

    def _domain(self, name: str) -> Domain:
        return self._domains.get(name, Domain())

    def is_free(self, name: str) -> bool:
        """May this array take any real values?"""
        array = self._program.arrays.get(name)
        if array is not None and array.role == "input":
            return array.values is None and array.data is None
        return not any(name == gradient and is_loss for gradient, is_loss in self._gradients)


def _without_names(text: str) -> tuple[list[str], str]:
    """The names in a text in the order in which they come, and the text with their places."""
    names: dict[str, int] = {}
    plain = re.sub(NAME, lambda found: f"#{names.setdefault(found[0], len(names))}", text)
    return list(names), plain


def _violations(condition: Any, program: Program) -> Program:
    """Counts where a condition fails: `for …: violations += [not condition]`."""
    condition = spread(condition, program.arrays)
    count = Statement(scalar(VIOLATIONS), "+=", Integer(1))
    loops = free_loops((condition,), program.arrays)
    return Program((), (Nest(loops, (count,), Not(condition, evaluate=False)),), program)


def _fresh(style: Style, domain: Domain, random: Random, used: set[fmpq]) -> fmpq:
    """A number of the style that was not used yet, as far as a few tries find one."""
    for _ in range(8):
        number = domain.place(style.number(random))
        if number not in used:
            break
    used.add(number)
    return number


def _moved(value: fmpq, domain: Domain, random: Random) -> fmpq:
    share = fmpq(random.choice((-1, 1)) * random.randint(1, 1 << 30), 1 << 50)
    step = share * value if value != 0 else share
    return value + step if value + step in domain else value - step
