"""A program as a node of the education framework (EDF) of the 2017 problem set.

    class Softmax:
        def __init__(self, s): …
        def forward(self): self.value = …          from self.s.value
        def backward(self): self.s.grad += …       from self.grad

What the forward pass computes on the way stays on the node; gradients of it are local.
"""

from __future__ import annotations

from collections.abc import Mapping

from symgrad.codegen.dialects import NUMPY
from symgrad.codegen.function import Function, body_of, places_for
from symgrad.codegen.identifiers import identifiers
from symgrad.codegen.statements import INDENT
from symgrad.errors import StudentError
from symgrad.program import Input, Loss, Opaque, Output, Program, is_gradient, primal


def node(forward: Program, backward: Program, name: str) -> str:
    """The source of a class with forward() and backward(); one output or loss is needed."""
    ends = [item.name for item in forward.declared(Output)]
    ends += [item.name for item in forward.declared(Loss)]
    inputs = [item.name for item in forward.declared(Input) if item.data is None]
    if len(ends) != 1 or ends[0] in inputs:
        raise StudentError(
            f"a node has one output, and this forward pass has {len(ends) or 'none'}", kind="shape"
        )
    if next(forward.declared(Opaque), None):
        raise StudentError("a node needs functions that are known", kind="name")
    own = identifiers(dict.fromkeys([*inputs, *forward.arrays, *backward.arrays]))
    names = {
        array: _attribute(array, ends[0], inputs, forward, own)
        for array in {**forward.arrays, **backward.arrays}
    }
    bodies = (
        _method("forward", forward, names, inputs),
        _method("backward", backward, names, inputs),
    )
    parameters = ", ".join(own[n] for n in inputs)
    lines = [
        f"class {name}:",
        f"{INDENT}def __init__(self{', ' if inputs else ''}{parameters}):",
        *(f"{INDENT * 2}self.{own[n]} = {own[n]}" for n in inputs),
        *([] if inputs else [f"{INDENT * 2}pass"]),
        "",
        *bodies[0],
        "",
        *bodies[1],
    ]
    return "\n".join(lines)


def _attribute(
    array: str, end: str, inputs: list[str], forward: Program, own: Mapping[str, str]
) -> str:
    """Where an array stands: on the node, on the node of an input, or in a local variable."""
    base = primal(array) if is_gradient(array) else array
    place = "grad" if is_gradient(array) else "value"
    if base == end:
        return f"self.{place}"
    if base in inputs:
        return f"self.{own[base]}.{place}"
    if array in forward.arrays and not is_gradient(array):
        return f"self.{own[array]}"
    return own[array]


def _method(name: str, program: Program, names: Mapping[str, str], inputs: list[str]) -> list[str]:
    places = places_for(program, names, NUMPY)
    before = [n for n in program.arrays if n not in program.written]
    started = [f"{n}.grad" for n in inputs] if name == "backward" else []
    function = Function(name, program, tuple(before), (), "")
    arguments = [(n, names[n]) for n in before]
    lines, unknown = body_of(function, NUMPY, places, arguments, started)
    if unknown:
        raise StudentError(f"no array tells the extent {unknown[0]}", kind="shape")
    return [f"{INDENT}def {name}(self):", *(INDENT * 2 + line for line in lines)]
