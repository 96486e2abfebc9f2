"""Programs in array notation, as far as it can say them; other nests in index notation.

    for b, j: e[b] += p.grad[b, j] * p[b, j]             e += (p.grad * p).sum(axis=1)
    for b, j: s.grad[b, j] += p[b, j] * …                s.grad += p * (p.grad - e[:, None])

It is the code of NumPy under the program's own names: the search for sums, products and `einsum` is
the same. A nest stays in index notation if it runs over parts of axes, since array notation has
no slices with bounds, or compares the values of indices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symgrad.codegen.dialects import NUMPY
from symgrad.codegen.places import Places
from symgrad.codegen.plan import looped
from symgrad.codegen.statements import Statements
from symgrad.errors import StudentError
from symgrad.program import Nest, Program
from symgrad.reading.text import read
from symgrad.sets.integers import Integers
from symgrad.writing.write import nest_texts

ARRAYS = replace(
    NUMPY,
    name="arrays",
    functions={
        name: f"{name}({{}})"
        for name in ("exp", "log", "tanh", "sin", "cos", "sqrt", "abs", "erf", "relu", "sigma",
                     "softplus")
    },
    operations={
        "max": "maximum({})",
        "min": "minimum({})",
        "largest": "{}.max",
        "least": "{}.min",
        "indicator": "1 * {}",
        "where": "where({})",
        "einsum": "einsum({})",
        "whole": "{}",
    },
    definitions={},
)  # fmt: skip
"""What array notation has; a nest that asks for more is left in index notation."""


class Unsayable(Exception):
    """Array notation has no form for this."""


class WholePlaces(Places):
    """Places on whole arrays alone."""

    def subscript(self, spots: list[str]) -> str:
        raise Unsayable


def array_text(program: Program) -> str:
    """The statements of a program over a forward pass, one line for each nest."""
    lines = nest_texts(program)
    integers = Integers.of(program)
    whole = {n: _whole(nest, program, integers) for n, nest in enumerate(program.nests)}
    text = "\n".join(whole[n] or line for n, line in enumerate(lines))
    try:
        read(text, given=program.given)
    except StudentError:
        # The range of an index was told by a nest that has none any more.
        return "\n".join(lines)
    return text


def _whole(nest: Nest, program: Program, integers: Integers) -> str:
    """A nest as one statement on whole arrays; "" where there is none."""
    if len(nest.body) > 1 or looped(nest, program.arrays, integers):
        return ""
    names: Mapping[str, str] = {name: name for name in program.arrays}
    extents = {
        symbol.name: symbol.name
        for array in program.arrays.values()
        for axis in array.axes
        for symbol in axis.extent.free_symbols
    }
    places = WholePlaces(names, {}, extents, program.arrays)
    statements = Statements(ARRAYS, places, program.arrays)
    try:
        statements.nest(nest, frozenset())
    except (Unsayable, KeyError, StudentError):
        return ""
    return statements.lines[0] if len(statements.lines) == 1 else ""
