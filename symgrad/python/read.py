"""Python text to Program: what a student hands in as a .py file.

    text --ast--> values and statements --names--> steps --order--> Program

The text is never run. Its indices count from 0, those of the program from 1 (or from where an axis
starts): `for b in range(B): ds[b] = …` is `for b: s.grad[b] = …`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sympy import Integer

from symgrad.errors import StudentError
from symgrad.expressions import Element, array_of
from symgrad.program import Loop, Program
from symgrad.python.entry import entry
from symgrad.python.flow import parameters_of
from symgrad.python.names import NAMESPACES, Names
from symgrad.python.naming import Naming, renamed
from symgrad.python.order import ordered
from symgrad.python.remembering import forward_of, needs, object_of
from symgrad.python.results import Results, spelled
from symgrad.python.scope import Frame, Unset
from symgrad.python.statements import Statements
from symgrad.python.syntax import Text, parsed
from symgrad.python.trace import Step, Trace
from symgrad.python.values import Anything, Defined, Named, Storage, view
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.syntax.parse import normalised
from symgrad.sets.access import check_accesses
from symgrad.writing.names import typed

Aliases = Mapping[str, str]


def read_python(
    text: str,
    given: Program,
    targets: Sequence[str],
    *,
    part: str = "",
    parts: Sequence[str] = (),
    alternatives: Sequence[str] = (),
    aliases: Aliases | None = None,
) -> Program:
    """The program that a Python text means; `targets` are the arrays that it is to give.

    `part` names the question among `parts`, where a function may be named after it; instead of a
    target a text may give one of the `alternatives`. Raises StudentError, nothing else, for any
    text whatever.
    """
    tree, written = parsed(normalised(text))
    vocabulary = Vocabulary(written.source, given, typed(aliases or {}))
    reader = Statements(Trace(written, given), Names(written, vocabulary, given))
    reader.frame = Frame()
    results = Results(reader, targets, alternatives)
    try:
        function = entry(tree, part, parts, written, results.is_target)
        if function is None:
            reader.block(tree.body)
            results.named(reader.frame, tree.body)
            return _program(results, given, written)
        reader.surroundings(tree.body)
        forward = forward_of(tree, function)
        kept: Mapping[str, Anything] = {}
        if forward is not None and needs(function, forward):
            kept = _kept(forward, reader)
        _followed(function, kept, results)
        return _program(results, given, written)
    except RecursionError:
        raise StudentError("the text nests deeper than is read", kind="limit") from None


def _kept(forward: ast.FunctionDef, reader: Statements) -> Mapping[str, Anything]:
    """What the forward pass of an object keeps in it."""
    owner = Named(object_of(forward), open=True)
    reader.entered(
        Defined(forward), {**_arguments(forward, reader), owner.name: owner}, reader.frame
    )
    if any(storage.renewed for storage in reader.names.storages.values()):
        raise reader.trace.error(
            "a forward pass that changes its arguments is not read", at=forward
        )
    return owner.items


def _followed(function: ast.FunctionDef, kept: Mapping[str, Anything], results: Results) -> None:
    """Run through a function, and hand what it gives to the results."""
    reader = results.reader
    bound = _arguments(function, reader)
    owner = bound.get(object_of(function))
    if isinstance(owner, Named):
        owner.items.update(kept)
    value = reader.entered(Defined(function), bound, reader.frame)
    results.returned(value, reader.ended, function)


def _arguments(function: ast.FunctionDef, reader: Statements) -> dict[str, Anything | Unset]:
    return {
        name: _argument(name, default, function, reader)
        for name, default in parameters_of(function, reader.trace.text).items()
    }


def _argument(
    name: str, default: ast.expr | None, function: ast.FunctionDef, reader: Statements
) -> Anything:
    """What a parameter of the answer is: an array of the exercise, by its name."""
    node = next(part for part in ast.walk(function.args) if getattr(part, "arg", "") == name)
    reader.trace.node = node
    found = reader.names.find(name, node)
    if found is not None:
        return found
    if default is not None:
        return reader.read(default)
    if name in NAMESPACES or name == "cls":
        return Named(name, open=True)
    error = reader.names.unknown(name, node)
    raise reader.trace.error(
        f"the parameter {name} is no array of the exercise", "name", error.hint, at=node
    )


# --- from steps to the program -----------------------------------------------------------------


def _program(results: Results, given: Program, text: Text) -> Program:
    trace = results.trace
    _check_filled(trace)
    copied = list(results.copies())
    for storage in copied:
        name = _copy_first(storage, trace)
        if storage.given in results.moved:
            results.claimed[name] = results.moved[storage.given]
    naming = Naming(trace, results.names, results.claimed)
    steps = [naming.written(step) for step in _needed(trace.steps, results)]
    found = ordered(steps, given, text)
    program = Program((), found.nests, given)

    def where(nest: int, statement: int, element: Element) -> tuple[int, int, str]:
        line, column = text.place(found.nodes[nest][statement])
        return line, column, text.source.lines[line - 1]

    check_accesses(program, where)
    return program


def _check_filled(trace: Trace) -> None:
    """Nothing may be read of `np.empty` that nothing is written to."""
    written = {array_of(step.statement.target) for step in trace.steps}
    for storage in trace.storages:
        if storage.empty and storage.name not in written:
            for step in trace.steps:
                if storage.name in step.arrays:
                    raise trace.error(
                        "np.empty holds what happens to be in memory",
                        hint="start with np.zeros",
                        at=step.node,
                    )


def _copy_first(storage: Storage, trace: Trace) -> str:
    """Let the text change a copy of an array of the exercise, made before everything else."""
    assert storage.given is not None
    copy = trace.storage(spelled(storage.given), storage.shape)
    copy.lowers = storage.lowers
    trace.steps, later = [], trace.steps
    trace.assign(view(copy), "=", view(storage))
    first = [replace(step, place=(Integer(-1), *step.place[1:])) for step in trace.steps]
    shifted = {storage.given: copy.name}
    trace.steps = [*first, *(_moved(step, shifted) for step in later)]
    return copy.name


def _moved(step: Step, names: Mapping[str, str]) -> Step:
    def new(expr: object) -> object:
        return renamed(expr, names, {})

    return replace(
        step,
        loops=tuple(Loop(loop.index, new(loop.lower), new(loop.upper)) for loop in step.loops),
        guard=new(step.guard),
        statement=step.statement.mapped(new),
    )


def _needed(steps: Sequence[Step], results: Results) -> list[Step]:
    """Without the zeros that arrays start as anyway, where something else writes them."""
    inputs = {name for name, array in results.names.given.arrays.items() if array.role == "input"}
    written = [array_of(step.statement.target) for step in steps if not step.clears]
    return [
        step
        for step in steps
        if not (
            step.clears
            and (name := array_of(step.statement.target)) in written
            and results.claimed.get(name) not in inputs
        )
    ]
