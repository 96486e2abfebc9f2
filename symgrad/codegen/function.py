"""A forward pass and its backward pass as functions of one file.

    def forward(s):                          def backward(s, Z, p, p_grad):
        …                                        …
        return Z, p                              return s_grad

What the functions take and return is read off the programs: the inputs, the arrays of the forward
pass that the backward pass reads, the gradients that it reads and does not write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sympy import Symbol, preorder_traversal
from sympy.core.function import AppliedUndef

from symgrad.codegen.dialects import DIALECTS, Dialect
from symgrad.codegen.identifiers import identifiers
from symgrad.codegen.places import Places, Scope
from symgrad.codegen.sizes import assignments
from symgrad.codegen.statements import INDENT, Statements
from symgrad.codegen.values import derivative_name
from symgrad.errors import StudentError
from symgrad.expressions import array_of, is_extent, is_index
from symgrad.heads import Partial
from symgrad.program import Data, Input, Opaque, Program, is_gradient
from symgrad.shapes import nest_accesses
from symgrad.writing.write import nest_texts


@dataclass(frozen=True)
class Function:
    """What a function takes, runs and returns, in the names of the program."""

    name: str
    program: Program
    arguments: tuple[str, ...]
    results: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class Passes:
    """A forward pass with its backward pass; `name` tells it from others in the same file."""

    forward: Program
    backward: Program
    name: str = ""


def module(passes: Sequence[Passes], layout: str) -> str:
    """The source of a file with all passes: layout is "python", "numpy" or "torch"."""
    dialect = DIALECTS[layout]
    functions = [
        function for each in passes for function in _functions_of(each) if function.results
    ]
    if not functions:
        raise StudentError("there is nothing to compute", kind="syntax")
    bodies = "\n\n\n".join(_source(function, dialect) for function in functions)
    return "\n\n\n".join(filter(None, [header(bodies, dialect), bodies])) + "\n"


def header(bodies: str, dialect: Dialect) -> str:
    """Imports, and the definitions that the code uses."""
    own = [
        text
        for name, text in dialect.definitions.items()
        if re.search(rf"(?<![\w.]){name}\(", bodies)
    ]
    code = "\n".join([*own, bodies])
    standard = [line for sign, line in STANDARD.items() if re.search(rf"(?<![\w.]){sign}", code)]
    imports = "\n\n".join(filter(None, ["\n".join(standard), *dialect.imports]))
    return "\n\n\n".join(filter(None, [imports, *own]))


STANDARD = {r"math\.": "import math", r"reduce\(": "from functools import reduce"}
"""What of the standard library code may use, by how it is called."""


def _functions_of(passes: Passes) -> list[Function]:
    forward, backward = passes.forward, passes.backward
    inputs = tuple(item.name for item in forward.declared(Input) if item.data is None)
    computed = forward.written
    read, own = _read(backward), backward.written
    gradients = sorted(name for name in read if is_gradient(name) and name not in own)
    arguments = (*(name for name in (*inputs, *computed) if name in read), *gradients)
    wanted = [f"{name}.grad" for name in inputs if f"{name}.grad" in own]
    return [
        Function(f"forward{passes.name}", forward, inputs, computed, "The forward pass."),
        Function(
            f"backward{passes.name}",
            backward,
            arguments,
            tuple(wanted) or own,
            "The backward pass: the gradients of the inputs.",
        ),
    ]


def _read(program: Program) -> set[str]:
    """The arrays that a program reads or adds to."""
    return {array_of(part) for nest in program.nests for part, _ in nest_accesses(nest)}


# --- one function --------------------------------------------------------------------------------


def _source(function: Function, dialect: Dialect) -> str:
    program = function.program
    names = identifiers([*program.arrays, *_functions(program)])
    names = {**names, **_spelled(program, names)}
    places = places_for(program, names, dialect)
    arguments = [(name, names[name]) for name in function.arguments]
    body, unknown = body_of(function, dialect, places, arguments)
    functions = _functions_used(program)
    parameters = [names[name] for name in (*function.arguments, *functions)]
    parameters += [places.extents[name] for name in unknown]
    lines = [f"def {function.name}({', '.join(parameters)}):", f'{INDENT}"""{function.about}']
    lines += ["", *(INDENT + line for line in nest_texts(program)), f'{INDENT}"""']
    lines += [INDENT + line for line in body]
    lines.append(f"{INDENT}return {', '.join(names[name] for name in function.results)}")
    return "\n".join(lines)


def places_for(program: Program, names: Mapping[str, str], dialect: Dialect) -> Places:
    used = set(names.values())
    extents = identifiers(sorted(_symbols(program, is_extent)), used)
    used |= set(extents.values())
    indices = identifiers(sorted(_symbols(program, is_index)), used)
    return Places(names, indices, extents, program.arrays, nested=not dialect.arrays)


def body_of(
    function: Function,
    dialect: Dialect,
    places: Places,
    arguments: Sequence[tuple[str, str]],
    ready: Iterable[str] = (),
) -> tuple[list[str], list[str]]:
    """The lines of a function, and the extents that its arguments do not tell."""
    program = function.program
    fixed = [item for item in program.declared(Input) if item.data is not None]
    read = _read(program)
    statements = Statements(
        dialect, places, [*function.arguments, *(i.name for i in fixed), *ready]
    )
    if "zeros alike" in dialect.operations:
        statements.model = next(
            (
                text
                for n, text in arguments
                if program.arrays[n].rank and not program.arrays[n].values
            ),
            "",
        )
    constants = [
        f"{places.names[item.name]} = {dialect.operations['fixed'].format(_literal(item.data))}"
        for item in fixed
        if item.name in read
    ]
    lines = statements.program(program)
    for name in function.results:
        if name not in statements.ready:
            statements.lines.append(f"{places.names[name]} = 0.0")
    shaped = [(text, program.arrays[name]) for name, text in arguments]
    sizes, unknown = assignments(
        {name for name, text in places.extents.items() if text in places.used},
        shaped,
        program.assumptions,
        places.extents,
        lambda expr: places.bound(expr, Scope()),
        nested=not dialect.arrays,
    )
    return [*constants, *sizes, *lines], unknown


def _literal(data: Data) -> str:
    if isinstance(data, tuple):
        return f"[{', '.join(map(_literal, data))}]"
    return repr(float(data))


def _symbols(program: Program, kind: Callable[[object], bool]) -> set[str]:
    """The names of all indices, or of all extents."""
    found: set[Symbol] = set()
    for nest in program.nests:
        exprs = [nest.guard, *(e for s in nest.body for e in (s.target, s.value))]
        for loop in nest.loops:
            exprs += [loop.index, loop.lower, loop.upper]
        for expr in exprs:
            found |= expr.atoms(Symbol)
    for array in program.arrays.values():
        for axis in array.axes:
            found |= axis.lower.free_symbols | axis.upper.free_symbols
    for condition in program.assumptions:
        found |= condition.atoms(Symbol)
    return {symbol.name for symbol in found if kind(symbol)}


def _functions(program: Program) -> list[str]:
    return [item.name for item in program.declared(Opaque)]


def _functions_used(program: Program) -> list[str]:
    """The unknown functions and derivatives that a program calls."""
    found: dict[str, None] = {}
    for _, statement in program.statements:
        for node in preorder_traversal(statement.value):
            if isinstance(node, Partial) and node.function in _functions(program):
                found[derivative_name(node)] = None
            elif isinstance(node, AppliedUndef):
                found[node.func.__name__] = None
    return list(found)


def _spelled(program: Program, names: Mapping[str, str]) -> dict[str, str]:
    """`f 1 1` -> f_yz, `g 2` -> g_prime_prime: how the derivatives are called in the code."""
    parameters = {item.name: item.parameters for item in program.declared(Opaque)}
    spelled: dict[str, str] = {}
    for name in _functions_used(program):
        function, *orders = name.split()
        if orders and len(orders) == 1:
            spelled[name] = names[function] + "_prime" * int(orders[0])
        elif orders:
            by = (p * int(n) for p, n in zip(parameters[function], orders, strict=True))
            spelled[name] = f"{names[function]}_{''.join(by)}"
    return spelled
