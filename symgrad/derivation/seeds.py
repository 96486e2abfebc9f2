"""Where a backward pass starts, what it is asked for, and what its gradients are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import count

from symgrad.errors import StudentError
from symgrad.expressions import array_of, elements
from symgrad.program import GRADIENT, Input, Loss, Output, Program, is_gradient, primal


@dataclass(frozen=True)
class Roots:
    """The outputs, whose gradients are free, and the losses, whose gradients are 1."""

    outputs: tuple[str, ...]
    losses: tuple[str, ...]


def roots(program: Program) -> Roots:
    """What a program declares; of a backward pass that declares nothing, its results."""
    outputs, losses = (
        tuple(dict.fromkeys(item.name for item in program.declarations if isinstance(item, kind)))
        for kind in (Output, Loss)
    )
    if not outputs and not losses and program.given is not None:
        outputs = results(program)
    if not outputs and not losses:
        raise StudentError(
            "there is nothing to differentiate: the program declares no output and no loss",
            kind="name",
            hint="add `output NAME` or `loss NAME`",
        )
    return Roots(outputs, losses)


def results(backward: Program) -> tuple[str, ...]:
    """What a backward pass is for: the gradients of inputs that it writes, else those not read."""
    inputs = {item.name for item in backward.declared(Input)}
    read = {
        array_of(part) for _, statement in backward.statements for part in elements(statement.value)
    }
    written = dict.fromkeys(
        name
        for _, statement in backward.statements
        if is_gradient(name := array_of(statement.target))
    )
    return tuple(name for name in written if primal(name) in inputs) or tuple(
        name for name in written if name not in read
    )


def wanted(forward: Program, wrt: Sequence[str] | None) -> tuple[str, ...]:
    """The arrays whose gradients are asked for, by default all; arrays of indices have none."""
    arrays = forward.arrays
    if wrt is None:
        return tuple(name for name, array in arrays.items() if array.values is None)
    for name in wrt:
        if name not in arrays:
            close = get_close_matches(name, arrays, n=1)
            raise StudentError(
                f"there is no array {name} to differentiate with respect to",
                kind="name",
                hint=f"did you mean {close[0]}?" if close else f"arrays: {', '.join(arrays)}",
            )
        if arrays[name].values is not None:
            raise StudentError(
                f"{name} is an index: there is no gradient with respect to it", kind="name"
            )
    return tuple(dict.fromkeys(wrt))


def suffix(program: Program) -> str:
    """`.grad`, or the first of `.grad2`, `.grad3`, … that no array of the program carries."""
    carried = {name[name.rfind(GRADIENT) :] for name in program.arrays if is_gradient(name)}
    candidates = (GRADIENT if n == 1 else f"{GRADIENT}{n}" for n in count(1))
    return next(candidate for candidate in candidates if candidate not in carried)
