"""The literal evaluator: runs a program as it is written.

    statements in order, loops lexicographically ascending, the statements of a body interleaved,
    the guard asked in each iteration; `=` overwrites, `+=` adds

A program with a `given` continues from the state in which that one ends. Gradients and auxiliaries
that a program writes start at zero there, inputs at their value, arrays of the forward pass are
computed anew from zero. Everything cleverer in symgrad is tested against this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symgrad.evaluation.arithmetic import BALLS
from symgrad.evaluation.stage import Cells, Smooth, Stage, State
from symgrad.evaluation.values import Arithmetic, Work
from symgrad.program import GRADIENT, Axis, Data, Input, Loss, Program, kept

__all__ = ["Cells", "Smooth", "State", "box", "data_cells", "evaluate", "run", "stages", "start"]

WORK_LIMIT = 1_000_000
"""Terms that a run may evaluate, where its caller sets no other limit."""


def evaluate(
    program: Program,
    extents: Mapping[str, int],
    values: State,
    arithmetic: Arithmetic = BALLS,
    functions: Mapping[str, Smooth] = {},
    work: Work | None = None,
) -> State:
    """Every array after the whole program has run, what is given first.

    `values` holds the inputs and the gradients of the outputs; declared data need not be given.
    """
    work = work or Work(WORK_LIMIT)
    state = start(program, values, arithmetic)
    for stage in stages(program):
        state = run(stage, state, extents, arithmetic, functions, work)
    return state


def start(program: Program, values: State, arithmetic: Arithmetic = BALLS) -> State:
    """The state before anything has run: inputs, fixed data, the gradient of a loss."""
    state: dict[str, Cells] = {}
    for item in program.declared(Input):
        if item.data is not None:
            state[item.name] = data_cells(item.data, item.axes)
    for loss in program.declared(Loss):
        state[loss.name + GRADIENT] = {(): 1}
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
    work: Work | None = None,
) -> State:
    """Continue from a state with the program's own nests, not those of its given."""
    return stage_of(program).run(state, extents, arithmetic, functions, work or Work(WORK_LIMIT))


def stages(program: Program) -> Iterator[Program]:
    """The programs that run one after the other, each on the state that the one before leaves."""
    if program.given is not None:
        yield from stages(program.given)
    yield program


def box(program: Program, name: str, extents: Mapping[str, int]) -> list[tuple[int, ...]] | None:
    """The admitted index tuples of an array, None where the axes are not known by extents alone."""
    return stage_of(program).box(name, extents)


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


@kept
def stage_of(program: Program) -> Stage:
    """The compiled program."""
    return Stage(program.nests, program.arrays)
