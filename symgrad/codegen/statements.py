"""Statements as lines of code.

for b, j: s.grad[b, j] += Z.grad[b] * exp(s[b, j])      s_grad += Z_grad[:, None] * np.exp(s)
for i, l: J[i] += I[i + l - 1] * K[l]                   for l in range(h):
                                                            J += I[l:l + H - h + 1] * K[l]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sympy
from sympy import Expr, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.codegen.code import ATOM, POWER, PRODUCT, SUM, Code
from symgrad.codegen.dialects import Dialect
from symgrad.codegen.places import Places, Scope
from symgrad.codegen.plan import bound_loops, looped
from symgrad.codegen.values import Values
from symgrad.expressions import array_of, indices_of, is_element, mul
from symgrad.heads import ArgmaxOver, Bracket, Partial
from symgrad.program import Loop, Nest, Program, Statement
from symgrad.separation.separate import Separated, separate
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction, written_conjuncts
from symgrad.shapes import nest_accesses

INDENT = "    "


class Statements:
    """Writes the statements of a program; `ready` are the arrays that exist before it runs."""

    def __init__(self, dialect: Dialect, places: Places, ready: Iterable[str]) -> None:
        self.dialect = dialect
        self.places = places
        self.ready = set(ready)
        self.lines: list[str] = []
        self.model = ""
        """An array of the kind that new ones are to be of (torch)."""

    def program(self, program: Program) -> list[str]:
        found = separate(program)
        plain = isinstance(found, Separated) and not found.final and not found.lost
        run = found.program if isinstance(found, Separated) and plain else program
        integers = Integers.of(program)
        for nest in run.nests:
            for part, _ in nest_accesses(nest):
                own = array_of(part) == array_of(nest.body[0].target)
                if array_of(part) in run.written and not own:
                    self._start(array_of(part))
            if plain and self.dialect.arrays:
                self.nest(nest, looped(nest, self.places.arrays, integers))
            else:
                self._literal(nest)
        return self.lines

    # --- element by element ------------------------------------------------------------------

    def _literal(self, nest: Nest) -> None:
        """Every index in a loop of its own, the statements of a body in turn."""
        for statement in nest.body:
            self._start(array_of(statement.target))
        own = frozenset(loop.index for loop in nest.loops) | _bound_symbols(nest)
        values = Values(self.dialect, self.places, own)
        scope, depth = self._open(nest.loops, Scope(), 0)
        depth = self._if(nest.guard, values, scope, depth)
        for statement in nest.body:
            target = self.places.element(statement.target, scope)
            value = values.value(statement.value, scope)
            self._write(f"{target} {statement.op} {self._own(statement, value)}", depth)

    def _open(self, loops: Sequence[Loop], scope: Scope, depth: int) -> tuple[Scope, int]:
        for loop in loops:
            name = self.places.variable(loop.index)
            self._write(f"for {name} in {self.places.range(loop, scope)}:", depth)
            scope = scope.counting(loop, name)
            depth += 1
        return scope, depth

    def _if(self, guard: Boolean, values: Values, scope: Scope, depth: int) -> int:
        if guard is sympy.true:
            return depth
        self._write(f"if {values.condition(guard, scope).text}:", depth)
        return depth + 1

    def _write(self, line: str, depth: int) -> None:
        self.lines.append(INDENT * depth + line)

    # --- whole arrays ------------------------------------------------------------------------

    def nest(self, nest: Nest, own: frozenset[Symbol]) -> None:
        """One statement; the indices not in `own` run along axes."""
        (statement,) = nest.body
        name = array_of(statement.target)
        along = [loop for loop in nest.loops if loop.index not in own]
        kept = [
            loop
            for position in indices_of(statement.target)
            for loop in along
            if loop.index in position.free_symbols
        ]
        summed = [loop for loop in along if loop not in kept]
        values = Values(self.dialect, self.places, own)
        explicit = [loop for loop in nest.loops if loop.index in own]
        fresh = name not in self.ready
        if not self._is_whole(statement, kept, explicit, nest):
            self._start(name)
            fresh = False
        scope, depth = self._open(explicit, Scope(), 0)
        scope = scope.spread(kept)
        outer, masks = _split(nest.guard, {loop.index for loop in along})
        depth = self._if(outer, values, scope, depth)
        body = mul(statement.value, *map(Bracket, masks)) if masks else statement.value
        value = values.contracted(body, summed, scope)
        target = values.value(statement.target, scope)
        axes = tuple(loop.index for loop in kept)
        if fresh and value.axes == axes:
            self._write(
                f"{self.places.names[name]} = {self._first(statement, value, summed)}", depth
            )
            self.ready.add(name)
            return
        self._start(name)
        op = statement.op
        text = self._own(statement, value.aligned(axes))
        spot = target.text
        if op == "=" and spot == self.places.names[name] and axes:
            spot = self.dialect.operations.get("whole", "{}[...]").format(spot)
        self._write(f"{spot} {op} {text}", depth)

    def _is_whole(
        self, statement: Statement, kept: list[Loop], explicit: list[Loop], nest: Nest
    ) -> bool:
        """Does the statement give every element of an array its first value?"""
        array = self.places.arrays[array_of(statement.target)]
        full = [
            position == loop.index and (loop.lower, loop.upper) == (axis.lower, axis.upper)
            for position, loop, axis in zip(
                indices_of(statement.target), kept, array.axes, strict=False
            )
        ]
        return (
            not explicit
            and nest.guard is sympy.true
            and statement.op != "*="
            and len(full) == array.rank
            and all(full)
        )

    def _own(self, statement: Statement, value: Code) -> str:
        """A value to assign; of torch, an element is a view of its array and must be copied."""
        if self.dialect.name == "torch" and statement.op == "=" and is_element(statement.value):
            return f"{value.place(ATOM)}.clone()"
        return value.text

    def _first(self, statement: Statement, value: Code, summed: Sequence[Loop]) -> str:
        """The first value of an array; never the same array under another name."""
        if statement.op == "-=":
            return f"-{value.place(PRODUCT)}"
        if is_element(statement.value) and not summed:
            if value.axes:
                return self.dialect.operations["copy"].format(value.place(ATOM))
            return f"1.0 * {value.place(POWER)}"
        if self.dialect.name == "torch" and statement.value.is_Rational:
            # A number of Python would leave a mask that it multiplies an array of whole numbers.
            return self.dialect.operations["fixed"].format(float(statement.value))
        if statement.value.is_Integer:
            return str(float(statement.value))
        if self._counts(statement.value) and not value.text.startswith("1.0 *"):
            return f"1.0 * {value.place(POWER)}"
        return value.place(SUM)

    def _counts(self, expr: Expr) -> bool:
        """Would the code give whole numbers, to which nothing else could be added in place?"""
        if is_element(expr):
            return self.places.arrays[array_of(expr)].values is not None
        if isinstance(expr, (Bracket, ArgmaxOver)):
            return True
        if isinstance(expr, Partial):
            return False
        return all(self._counts(part) for part in expr.args if isinstance(part, Expr))

    def _start(self, name: str) -> None:
        """An array starts at zero."""
        if name in self.ready:
            return
        self.ready.add(name)
        sizes = [
            self.places.text(self.places.counted(axis.extent, Scope()))
            for axis in self.places.arrays[name].axes
        ]
        text = "0.0"
        if sizes or self.dialect.name == "torch":
            template = self.dialect.operations["zeros alike" if self.model else "zeros"]
            sizes = sizes or ["()"]
            listed = ", ".join(sizes)
            shape = f"({listed})" if sizes[1:] else listed
            text = template.format(listed, shape=shape, model=self.model)
        self.lines.append(f"{self.places.names[name]} = {text}")


def _split(guard: Boolean, along: set[Symbol]) -> tuple[Boolean, list[Boolean]]:
    """The part of a guard that is the same for whole arrays, and the part that is not."""
    parts = written_conjuncts(guard)
    outer = [part for part in parts if not part.free_symbols & along]
    masks = [part for part in parts if part.free_symbols & along]
    return conjunction(outer), masks


def _bound_symbols(nest: Nest) -> frozenset[Symbol]:
    found = [nest.guard, *(statement.value for statement in nest.body)]
    return frozenset(loop.index for expr in found for loop in bound_loops(expr))
