"""The one value everything hangs on: a program of loops over indexed arrays.

    Statement(target, op, value)            Z[b] += exp(s[b, j])
    Nest(loops, guard, body)                for b, j if …: statement; statement
    Program(declarations, nests, given)     nests run in order

Forward passes, reference answers and students' answers are all Programs. A program runs as it is
written: statements in order, loops lexicographically ascending, the statements of a body
interleaved; `=` overwrites, `+=` adds. Its text is legal notation: `read(str(p)) == p`, with
`given` where the program refers to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import Any, Concatenate, Literal, ParamSpec, TypeAlias, TypeVar

import sympy
from sympy import Expr, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.expressions import Element, array_of, elements, indices_of, is_extent, rename

Operator: TypeAlias = Literal["=", "+=", "-=", "*="]
Data: TypeAlias = "sympy.Rational | tuple[Data, ...]"

GRADIENT = ".grad"


@dataclass(frozen=True)
class Axis:
    """The admitted values of an index: lower, lower+1, …, upper (symbolic in the extents)."""

    upper: Expr
    lower: Expr = sympy.S.One

    @property
    def extent(self) -> Expr:
        return self.upper - self.lower + 1


@dataclass(frozen=True)
class Loop:
    """`index in lower..upper`; the bounds may use the loops before it."""

    index: Symbol
    lower: Expr
    upper: Expr

    def renamed(self, new: dict[Symbol, Expr]) -> Loop:
        """The loop with expressions in the place of indices in its bounds."""
        return Loop(self.index, rename(self.lower, new), rename(self.upper, new))


@dataclass(frozen=True)
class Statement:
    """`target op value`; of a chain `target = a = b = value`, `earlier` holds a and b.

    A chain runs as its last member alone; that its members agree is for `symgrad.chains` to ask.
    """

    target: Element
    op: Operator
    value: Expr
    earlier: tuple[Expr, ...] = ()

    @property
    def members(self) -> tuple[Expr, ...]:
        """The right sides of a chain, in order; of any other statement its value alone."""
        return (*self.earlier, self.value)

    def mapped(self, change: Callable[[Any], Any]) -> Statement:
        """The statement with its target and every member of its chain changed."""
        target, *earlier, value = map(change, (self.target, *self.members))
        return Statement(target, self.op, value, tuple(earlier))

    def renamed(self, new: dict[Symbol, Expr]) -> Statement:
        """The statement with expressions in the place of indices."""
        return self.mapped(lambda part: rename(part, new))


@dataclass(frozen=True)
class Nest:
    loops: tuple[Loop, ...]
    body: tuple[Statement, ...]
    guard: Boolean = sympy.true

    @property
    def indices(self) -> set[Symbol]:
        return {loop.index for loop in self.loops}

    def renamed(self, new: dict[Symbol, Expr]) -> Nest:
        """The nest with expressions in the place of indices, those of its loops left alone."""
        loops = tuple(loop.renamed(new) for loop in self.loops)
        return Nest(loops, tuple(one.renamed(new) for one in self.body), rename(self.guard, new))

    @cached_property
    def reads(self) -> frozenset[str]:
        """The arrays that it reads, in values, places, its guard and its bounds."""
        bounds = (bound for loop in self.loops for bound in (loop.lower, loop.upper))
        places = (place for item in self.body for place in indices_of(item.target))
        parts = (*bounds, self.guard, *places, *(item.value for item in self.body))
        return frozenset(array_of(found) for part in parts for found in elements(part))


@dataclass(frozen=True)
class Input:
    """`input s[B, J]`, `input x[4] = [1, 3, 3, 0]` (fixed data), `input y in 1..K` (an index)."""

    name: str
    axes: tuple[Axis, ...] = ()
    values: Axis | None = None
    data: Data | None = None


@dataclass(frozen=True)
class Output:
    """An array whose gradient is free."""

    name: str


@dataclass(frozen=True)
class Loss:
    """A scalar whose gradient is 1."""

    name: str


@dataclass(frozen=True)
class Opaque:
    """`function f(y, z)`: smooth, otherwise unknown."""

    name: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Assume:
    """A condition on extents (`H >= h`), on every element of an array (`x > 0`, the array standing
    for its elements as a scalar symbol), or an equation (`sum(k, y[k]) == 1`)."""

    condition: Boolean


Declaration: TypeAlias = Input | Output | Loss | Opaque | Assume

Kind = TypeVar("Kind", bound=Declaration)

Role: TypeAlias = Literal["input", "computed", "gradient", "auxiliary"]


@dataclass(frozen=True)
class Array:
    """What is known of a name: its axes, where it comes from, and, for arrays of indices, the
    range of their values."""

    name: str
    axes: tuple[Axis, ...]
    role: Role
    values: Axis | None = None
    data: Data | None = None

    @property
    def rank(self) -> int:
        return len(self.axes)


@dataclass(frozen=True)
class Program:
    declarations: tuple[Declaration, ...] = ()
    nests: tuple[Nest, ...] = ()
    given: Program | None = field(default=None, repr=False)
    functions: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """The array functions that the text used, of which the program has only what they mean."""

    def declared(self, kind: type[Kind]) -> Iterator[Kind]:
        """The declarations of one kind, those of the given program first."""
        return (item for item in self.all_declarations if isinstance(item, kind))

    @property
    def all_declarations(self) -> tuple[Declaration, ...]:
        """The declarations of the given program and this one's."""
        return (self.given.all_declarations if self.given else ()) + self.declarations

    @property
    def statements(self) -> Iterator[tuple[Nest, Statement]]:
        for nest in self.nests:
            for statement in nest.body:
                yield nest, statement

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The arrays that the program's own statements assign to, in order."""
        return tuple(dict.fromkeys(array_of(item.target) for _, item in self.statements))

    @cached_property
    def arrays(self) -> Mapping[str, Array]:
        """Every array that the program, or the one given, declares, writes or reads."""
        from symgrad.shapes import shapes

        return shapes(self)

    @cached_property
    def extents(self) -> frozenset[str]:
        """The symbols in the axes of its arrays and in the ranges of its labels, by their names."""
        axes = (axis for array in self.arrays.values() for axis in (*array.axes, array.values))
        ends = (end for axis in axes if axis is not None for end in (axis.lower, axis.upper))
        symbols = (symbol for end in ends for symbol in end.free_symbols)
        return frozenset(symbol.name for symbol in symbols if is_extent(symbol))

    @cached_property
    def assumptions(self) -> tuple[Boolean, ...]:
        return tuple(item.condition for item in self.declared(Assume))

    def joined(self) -> Program:
        """The given program followed by this one, as a single program."""
        return self if self.given is None else _joined(self, self.given)

    def over_the_same_arrays(self, nests: tuple[Nest, ...]) -> Program:
        """The program with other nests, which leave every array its axes, role and kind."""
        changed = replace(self, nests=nests)
        changed.__dict__["arrays"] = self.arrays
        return changed

    def with_declarations(self, *declarations: Declaration) -> Program:
        return replace(self, declarations=self.declarations + declarations)

    @cached_property
    def made(self) -> dict[object, Any]:
        """What `kept` functions have made of this program."""
        return {}

    @cached_property
    def _hash(self) -> int:
        return hash((self.declarations, self.nests, self.given))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        # SymPy evaluates what it unpickles, x/x to 1: a program travels as its text.
        return _received, (str(self), self.given, self.functions)

    def __str__(self) -> str:
        from symgrad.writing.write import text

        return text(self)


def _received(text: str, given: Program | None, functions: frozenset[str]) -> Program:
    """The program that a text stands for, after it was sent."""
    from symgrad.reading.text import read

    return replace(read(text, given=given), functions=functions)


Made = TypeVar("Made")
More = ParamSpec("More")


def kept(
    make: Callable[Concatenate[Program, More], Made],
) -> Callable[Concatenate[Program, More], Made]:
    """The function, with each value kept beside the program of which it was made.

    It lives as long as the program does. Equal programs that are not the same make their own. What
    it is made with besides must be hashable, and little.
    """

    @wraps(make)
    def found(program: Program, /, *more: More.args, **named: More.kwargs) -> Made:
        key = (make, *more, *named.items()) if more or named else make
        made: dict[object, Made] = program.made
        if key not in made:
            made[key] = make(program, *more, **named)
        return made[key]

    return found


@kept
def _joined(program: Program, given: Program) -> Program:
    """Both as a single program."""
    whole = given.joined()
    return Program(
        whole.declarations + program.declarations, whole.nests + program.nests, whole.given
    )


def primal(name: str) -> str:
    """The array that a gradient belongs to: `x` for `x.grad`."""
    return name.rpartition(GRADIENT)[0] or name


def is_gradient(name: str) -> bool:
    return GRADIENT in name
